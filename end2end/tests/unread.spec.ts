import { addRoom, expect, expectAsFresh, say, test } from '../fixtures.ts';
import { lines } from '../helpers.ts';
import { RoomPage } from '../pages/room.ts';

test.use({ settings: { BANTER_RATE_LIMIT: 'off' } });

test('habit 8: unread counts appear in list and title, and are cleared on all devices', async ({
  ada,
  join,
  device,
  isMobile,
}) => {
  test.skip(isMobile, 'a phone shows the list of rooms on another screen');
  await addRoom(ada, 'Front desk');
  const bo = await join('Bo');
  const his = await bo.enter('front-desk', 'Front desk');
  const hers = await ada.enter('front-desk', 'Front desk');
  await his.write('seen already');
  await expect(hers.message('seen already')).toBeVisible();
  await hers.goTo('general');
  const phone = await device(ada);
  const phoneRoom = await phone.enter();
  await expect(phoneRoom.unread('Front desk')).toHaveCount(0);

  await his.write('one');
  const expectIcon = async (icon: RegExp) => {
    const link = ada.page.locator("link[rel=icon][type='image/svg+xml']");
    const address = async () => decodeURIComponent((await link.getAttribute('href')) ?? '');
    await expect.poll(address).toMatch(icon);
    await link.evaluate((link: HTMLLinkElement) => {
      const image = new Image();
      image.src = link.href;
      return image.decode();
    });
  };
  await expectIcon(/^data:.*cx="26" cy="6" r="5"/);
  await expect(ada.page).toHaveTitle('• general · Banter');
  await his.write('two for @ada');
  await expectIcon(/^data:.*d="M22 5.5v5M22 14.5v.1"/);
  for (const room of [new RoomPage(ada.page, 'general'), phoneRoom]) {
    await expect(room.unread('Front desk')).toHaveText('2 unread, 1 mention');
    await expect(room.page).toHaveTitle('(1) general · Banter');
  }

  const desk = new RoomPage(ada.page, 'Front desk');
  await desk.goTo('Front desk');
  await expect(desk.newLine).toBeVisible();
  await expect(
    desk.list
      .getByRole('listitem')
      .filter({ hasText: /^New$/ })
      .locator('xpath=following-sibling::li[1]'),
  ).toContainText('one');
  for (const room of [desk, phoneRoom]) {
    await expect(room.unread('Front desk')).toHaveCount(0);
    await expect(room.page).toHaveTitle(/^(Front desk|general) · Banter$/);
  }
  await expectIcon(/^\/icons\/favicon\./);
  await phone.page.reload();
  await expect(phoneRoom.unread('Front desk')).toHaveCount(0);
  // The divider stays while the room is open, and is gone when it is opened again.
  await his.write('three');
  await expect(desk.message('three')).toBeVisible();
  await expect(desk.newLine).toBeVisible();
  await desk.goTo('general');
  await desk.goTo('Front desk');
  await expect(desk.message('three')).toBeVisible();
  await expect(desk.newLine).toHaveCount(0);
  await expectAsFresh(desk);
});

test('habit 7: a room opens where the user stopped, and only what stands in view is read', async ({
  ada,
  join,
  isMobile,
}) => {
  test.skip(isMobile, 'a phone shows the list of rooms on another screen');
  const id = await addRoom(ada, 'Front desk');
  const bo = await join('Bo');
  const hers = await ada.enter('front-desk', 'Front desk');
  await say(bo, id, ['seen already']);
  await expect(hers.message('seen already')).toBeVisible();
  await expect(hers.page).toHaveTitle('Front desk · Banter');
  await hers.goTo('general');
  await say(bo, id, lines(70));
  await expect(hers.unread('Front desk')).toHaveText('70 unread');

  await hers.goTo('Front desk');
  await expect(hers.newLine).toBeInViewport();
  await expect(hers.message('line 1.')).toBeInViewport();
  await expect(hers.message('line 70.')).not.toBeInViewport();
  const unread = async () => Number((await hers.unread('Front desk').textContent())?.match(/\d+/));
  await expect.poll(unread).toBeLessThan(70);
  expect(await unread()).toBeGreaterThan(20);
  const server = await ada.page.request.get('/api/rooms', {
    headers: { authorization: `Bearer ${ada.token}` },
  });
  const { rooms } = await server.json();
  expect(rooms.find((room: { id: string }) => room.id === id).unread).toBeGreaterThan(20);

  await hers.scroller.evaluate((list) => list.scrollBy(0, list.clientHeight / 2));
  const before = await unread();
  await expect.poll(unread).toBeLessThan(before);
  await ada.page.getByRole('button', { name: 'Jump to latest' }).click();
  await expect(hers.message('line 70.')).toBeInViewport();
  await expect(hers.unread('Front desk')).toHaveCount(0);
  await expect(ada.page.getByRole('button', { name: 'First new message' })).toHaveCount(0);
});

test('a room that was never read is new from its first message', async ({
  ada,
  join,
  isMobile,
}) => {
  test.skip(isMobile, 'a phone shows the list of rooms on another screen');
  const id = await addRoom(ada, 'Front desk');
  const bo = await join('Bo');
  const his = await bo.enter('front-desk', 'Front desk');
  await his.goTo('general');
  await say(ada, id, lines(3));
  await expect(his.unread('Front desk')).toHaveText('3 unread');
  await his.goTo('Front desk');
  await expect(
    his.newLine.locator('xpath=following-sibling::li[1]'),
    'the line is above the first message',
  ).toContainText('line 1.');
  await expect(his.unread('Front desk')).toHaveCount(0);

  await his.goTo('general');
  await say(ada, id, lines(300).slice(3));
  await expect(his.unread('Front desk')).toHaveText('297 unread');
  await his.goTo('Front desk');
  await expect(his.newLine).toBeInViewport();
  await expect(his.message('line 4.')).toBeInViewport();
});

test('unread messages far before the loaded ones are where a room opens', async ({
  ada,
  join,
  device,
  isMobile,
}) => {
  const bo = await join('Bo');
  const hers = await ada.enter();
  await say(bo, 'general', ['seen already']);
  await expect(hers.message('seen already')).toBeVisible();
  await expect(hers.page).toHaveTitle('general · Banter');
  await hers.page.goto('about:blank');
  await say(bo, 'general', lines(400));
  const room = await (await device(ada)).enter();
  await expect(room.newLine).toBeInViewport();
  await expect(room.message('line 1.')).toBeInViewport();
  // A phone shows the list of rooms on another screen, and the actions as a sheet.
  if (isMobile) {
    await room.action('line 1.', 'Edit');
    await expect(room.page.getByRole('dialog', { name: 'Message from Bo' })).toBeVisible();
    await room.page.keyboard.press('Escape');
  } else {
    await expect(room.unread('general')).toHaveText(/^3\d\d unread$/);
  }
  await room.page.getByRole('button', { name: 'Jump to latest' }).click();
  await expect(room.message('line 400.')).toBeInViewport();
  await expect(room.page).toHaveTitle('general · Banter');
});

test('what arrives while nobody looks is not read, and the list waits', async ({
  ada,
  join,
  isMobile,
}) => {
  const bo = await join('Bo');
  const hers = await ada.enter();
  await say(bo, 'general', ['seen already']);
  await expect(hers.message('seen already')).toBeVisible();
  await expect(hers.page).toHaveTitle('general · Banter');
  const look = (focused: boolean) =>
    hers.page.evaluate((focused) => {
      document.hasFocus = () => focused;
      window.dispatchEvent(new Event(focused ? 'focus' : 'blur'));
    }, focused);
  await look(false);
  await say(bo, 'general', lines(70));
  await expect(hers.page).toHaveTitle('• general · Banter');
  if (!isMobile) await expect(hers.unread('general')).toHaveText('70 unread');
  await expect(hers.newLine).toBeInViewport();
  await expect(hers.message('line 70.')).not.toBeInViewport();
  await look(true);
  if (!isMobile) {
    await expect(hers.unread('general')).not.toHaveText('70 unread');
    await expect(hers.unread('general')).toHaveText(/^\d\d unread$/);
  }
  await hers.page.getByRole('button', { name: 'Jump to latest' }).or(
    hers.page.getByRole('button', { name: 'new messages' }),
  ).click();
  await expect(hers.page).toHaveTitle('general · Banter');
});
