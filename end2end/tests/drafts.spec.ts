import { addRoom, expect, test } from '../fixtures.ts';
import { hydrated } from '../helpers.ts';
import { RoomPage } from '../pages/room.ts';

test('a draft stays in its room', async ({ ada, isMobile }) => {
  await addRoom(ada, 'Front desk');
  const general = await ada.enter();
  const desk = new RoomPage(ada.page, 'Front desk');
  await general.composer.fill('begun in general');

  await general.goTo('Front desk');
  await expect(desk.composer).toHaveValue('');
  await expect(desk.send).toBeDisabled();
  const link = desk.link('general');
  if (!isMobile) await expect(link).toContainText('draft');
  await desk.composer.fill('begun at the desk');

  await desk.goTo('general');
  await expect(general.composer).toHaveValue('begun in general');
  await general.send.click();
  await expect(general.message('begun in general')).toHaveCount(1);
  await expect(general.composer).toHaveValue('');

  await general.goTo('Front desk');
  await expect(desk.composer).toHaveValue('begun at the desk');
  await expect(link).not.toContainText('draft');
  await expect(desk.message('begun in general')).toHaveCount(0);
  await ada.page.reload();
  await expect(desk.composer).toHaveValue('begun at the desk');
});

test('an edit survives loading the page again, and only a changed one', async ({ ada }) => {
  const room = await ada.enter();
  await room.write('first words');
  await expect(room.pending).toHaveCount(0);
  await room.composer.fill('a new message');
  await room.act('first words', 'Edit');
  await room.composer.fill('other words');
  await ada.page.reload();
  await expect(room.composer).toHaveValue('other words');
  const bar = ada.page.getByRole('region', { name: 'general' });
  await expect(bar.getByText('Editing your message')).toBeVisible();
  await room.composer.fill('first words');
  await ada.page.reload();
  await expect(room.composer).toHaveValue('a new message');
  await room.act('first words', 'Edit');
  await room.composer.fill('other words');
  await ada.page.reload();
  await expect(room.composer).toHaveValue('other words');
  await room.send.click();
  await expect(room.message('other words')).toHaveCount(1);
  await expect(room.message('first words')).toHaveCount(0);
  await ada.page.reload();
  await expect(room.composer).toHaveValue('a new message');
  await expect(room.messages).toHaveCount(1);
});

test('two tabs keep their own drafts', async ({ ada }) => {
  await addRoom(ada, 'Front desk');
  const one = await ada.enter();
  const second = await ada.page.context().newPage();
  const two = new RoomPage(second, 'general');
  await second.goto('/rooms/general');
  await expect(two.connection).toHaveAttribute('data-state', 'current');
  await one.composer.fill('begun in the first');
  await two.composer.fill('begun in the second');

  const desk = new RoomPage(ada.page, 'Front desk');
  await one.goTo('Front desk');
  await expect(desk.composer).toHaveValue('');
  await desk.goTo('general');
  await expect(one.composer).toHaveValue('begun in the first');
  await ada.page.reload();
  await expect(one.composer).toHaveValue('begun in the first');

  await two.composer.press('Enter');
  await expect(one.message('begun in the second')).toHaveCount(1);
  await ada.page.reload();
  await expect(one.composer).toHaveValue('begun in the first');
  await one.composer.press('Enter');
  await expect(two.message('begun in the first')).toHaveCount(1);
  await ada.page.reload();
  await expect(one.connection).toHaveAttribute('data-state', 'current');
  await expect(one.composer).toHaveValue('');
});

test('a draft is kept if the device has no space to store it', async ({ ada }) => {
  await addRoom(ada, 'Front desk');
  const room = await ada.enter();
  await room.write('written before');
  await expect(room.pending).toHaveCount(0);
  await ada.page.evaluate(() => {
    Storage.prototype.setItem = () => {
      throw new DOMException('full', 'QuotaExceededError');
    };
  });
  await room.composer.fill('half written');
  await room.act('written before', 'Edit');
  await expect(room.composer).toHaveValue('written before');
  await ada.page.getByRole('button', { name: 'Stop editing' }).click();
  await expect(room.composer).toHaveValue('half written');

  const desk = new RoomPage(ada.page, 'Front desk');
  await room.goTo('Front desk');
  await expect(desk.composer).toHaveValue('');
  await desk.goTo('general');
  await expect(room.composer).toHaveValue('half written');
});

test('an unfinished edit is restored when the room is opened again', async ({ ada }) => {
  await addRoom(ada, 'Front desk');
  const room = await ada.enter();
  await room.write('at noon');
  await room.composer.fill('half written');
  await room.act('at noon', 'Edit');
  await room.composer.fill('at one');
  const desk = new RoomPage(ada.page, 'Front desk');
  await room.goTo('Front desk');
  await expect(desk.composer).toHaveValue('');
  await desk.write('in another room');
  await expect(desk.message('in another room')).toHaveCount(1);
  await desk.goTo('general');
  await expect(room.composer).toHaveValue('at one');
  await room.send.click();
  await expect(room.message('at one')).toContainText('edited');
  await expect(room.composer).toHaveValue('half written');
  await desk.goTo('Front desk');
  await room.goTo('general');
  await expect(room.composer).toHaveValue('half written');
});

test('what is begun on one device goes on and ends on the other', async ({ ada, device }) => {
  const desk = await ada.enter();
  const phone = await (await device(ada)).enter();
  await desk.composer.fill('I think');
  await expect(phone.composer).toHaveValue('I think');
  await phone.composer.fill('I think we should go');
  await expect(desk.composer).toHaveValue('I think we should go');
  await phone.composer.press('Enter');
  await expect(desk.message('I think we should go')).toHaveCount(1);
  await expect(desk.composer).toHaveValue('');
});

test('a draft of a page that had no connection reaches the other devices later', async ({
  ada,
  device,
}) => {
  const phone = await (await device(ada)).enter();
  const { page } = ada;
  await page.clock.install();
  const away = await ada.enter();
  await page.routeWebSocket(/\/ws/, (socket) => socket.close());
  await page.reload();
  await hydrated(page);
  await away.composer.fill('written without a connection');
  await page.clock.runFor(5_000); // the pause until other devices are told
  const again = await page.context().newPage();
  await page.close();
  await again.goto('/rooms/general');
  await expect(phone.composer).toHaveValue('written without a connection');
});

test('words of two devices that do not know each other stay', async ({ ada, device, server }) => {
  const desk = await ada.enter();
  const phone = await (await device(ada)).enter();
  await server.kill();
  await expect(phone.connection).not.toHaveAttribute('data-state', 'current');
  await desk.composer.fill('typed at the desk');
  await phone.composer.fill('words of the phone');
  await server.start();
  for (const room of [desk, phone]) {
    await expect(room.connection).toHaveAttribute('data-state', 'current', { timeout: 30_000 });
  }
  const third = await (await device(ada)).enter();
  await expect(third.composer).toHaveValue(/typed at the desk|words of the phone/);
  await expect(desk.composer).toHaveValue('typed at the desk');
  await expect(phone.composer).toHaveValue('words of the phone');
  await phone.composer.press('Enter');
  await expect(desk.message('words of the phone')).toHaveCount(1);
  await expect(desk.composer).toHaveValue('typed at the desk');
});

test('what was cleared right before leaving the page does not come back', async ({
  ada,
  device,
}) => {
  await addRoom(ada, 'Front desk');
  const room = await ada.enter();
  const phone = await (await device(ada)).enter();
  await room.composer.fill('not now');
  await expect(phone.composer).toHaveValue('not now');
  await room.composer.fill('');
  await ada.enter('front-desk', 'Front desk');
  await ada.enter();
  await expect(room.composer).toHaveValue('');
  await room.composer.fill('later');
  await expect(phone.composer).toHaveValue(/later|not now/);
  await expect(room.composer).toHaveValue('later');
});

test('a text of another device may be replaced after the room was opened again', async ({
  ada,
  device,
}) => {
  await addRoom(ada, 'Front desk');
  const desk = await ada.enter();
  const phone = await (await device(ada)).enter();
  await phone.composer.fill('first words');
  await expect(desk.composer).toHaveValue('first words');
  await desk.goTo('Front desk');
  await new RoomPage(ada.page, 'Front desk').goTo('general');
  await expect(desk.composer).toHaveValue('first words');
  await phone.composer.fill('quite another text');
  await expect(desk.composer).toHaveValue('quite another text');
});

test('what was sent elsewhere while a page was closed does not stand in it', async ({
  ada,
  device,
}) => {
  const desk = await ada.enter();
  const phone = await (await device(ada)).enter();
  await desk.composer.fill('see you at ten');
  await expect(phone.composer).toHaveValue('see you at ten');
  await ada.page.goto('about:blank');
  await phone.send.click();
  await expect(phone.message('see you at ten')).toHaveCount(1);
  await expect(phone.pending).toHaveCount(0);
  await ada.enter();
  await expect(desk.message('see you at ten')).toHaveCount(1);
  await expect(desk.composer).toHaveValue('');
  // The same words once more are new ones.
  await desk.composer.fill('see you at ten');
  await expect(phone.composer).toHaveValue('see you at ten');
  await ada.page.reload();
  await expect(desk.connection).toHaveAttribute('data-state', 'current');
  await expect(desk.composer).toHaveValue('see you at ten');
});
