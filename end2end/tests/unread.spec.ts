import { addRoom, expect, expectAsFresh, test } from '../fixtures.ts';
import { RoomPage } from '../pages/room.ts';

test('unread counts appear in list and title, and are cleared on all devices', async ({
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
  const icon = ada.page.locator("link[rel=icon][type='image/svg+xml']");
  await expect(icon).toHaveAttribute('href', '/favicon-unread.svg');
  await expect(ada.page).toHaveTitle('• general · Banter');
  await his.write('two for @ada');
  await expect(icon).toHaveAttribute('href', '/favicon-mention.svg');
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
  await expect(icon).toHaveAttribute('href', '/favicon.svg');
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

test('unread messages far up are reached with one click', async ({ ada, join, isMobile }) => {
  test.skip(isMobile, 'a phone shows the list of rooms on another screen');
  await addRoom(ada, 'Front desk');
  const bo = await join('Bo');
  const his = await bo.enter('front-desk', 'Front desk');
  const hers = await ada.enter('front-desk', 'Front desk');
  await his.write('seen already');
  await expect(hers.message('seen already')).toBeVisible();
  await expect(hers.page).toHaveTitle('Front desk · Banter');
  await hers.goTo('general');
  await his.writeAll(Array.from({ length: 70 }, (_, i) => `line ${i + 1}.`));
  await expect(his.message('line 70.').and(his.page.locator('[data-seq]'))).toBeVisible({
    timeout: 30_000,
  });
  await expect(hers.unread('Front desk')).toHaveText('70 unread');

  await hers.goTo('Front desk');
  await expect(hers.message('line 70.')).toBeVisible();
  await ada.page.getByRole('button', { name: 'First new message' }).click();
  // Firefox gives the focus to one window only; in the others this shows where it would be.
  await expect
    .poll(() => hers.scroller.evaluate((list) => list === document.activeElement))
    .toBe(true);
  await expect(hers.newLine).toBeInViewport();
  await expect(hers.message('line 1.')).toBeInViewport();
  await expect(ada.page.getByRole('button', { name: 'First new message' })).toHaveCount(0);
  await expect(hers.unread('Front desk')).toHaveCount(0);
});
