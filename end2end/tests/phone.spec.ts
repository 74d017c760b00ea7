import { addRoom, expect, invite, PASSWORD, TestUser, test } from '../fixtures.ts';
import { RoomPage } from '../pages/room.ts';

test.skip(({ isMobile }) => !isMobile, 'only a phone shows one view at a time');

test('behind the member panel a room keeps its position, and new messages stay unread', async ({
  ada,
  join,
}) => {
  const bo = await join('Bo');
  const his = await bo.enter();
  const reader = await ada.enter();
  // Much taller than a screen, and more messages than a page starts with.
  await his.writeAll(
    Array.from({ length: 60 }, (_, i) => `message ${i + 1}.\n\n\n\n\nand its end`),
  );
  await expect(his.message('message 60.').and(his.page.locator('[data-seq]'))).toBeVisible({
    timeout: 30_000,
  });
  await expect(reader.message('message 60.')).toBeInViewport();
  await expect(ada.page).toHaveTitle('general · Banter');
  const room = await ada.enter();
  await expect(room.message('message 60.')).toBeInViewport();
  await expect(ada.page).toHaveTitle('general · Banter');
  await expect(room.messages).toHaveCount(50);

  await room.members.click();
  await expect(room.panel).toBeVisible();
  await his.write('behind the panel');
  await expect(ada.page).toHaveTitle('(1) general · Banter');
  await room.leavePanel.click();
  await expect(room.members).toBeFocused();
  await expect(room.message('behind the panel')).toBeInViewport();
  await expect(ada.page).toHaveTitle('general · Banter');

  await room.message('message 50.').evaluate((row) => row.scrollIntoView());
  await expect(ada.page.getByRole('button', { name: 'Jump to latest' })).toBeVisible();
  const place = () =>
    room.message('message 50.').evaluate((row) => Math.round(row.getBoundingClientRect().top));
  const before = await place();
  await room.members.click();
  await expect(room.panel).toBeVisible();
  await his.write('far below');
  // It is hidden, and therefore has no role.
  await expect(ada.page.locator('article').filter({ hasText: 'far below' })).toHaveCount(1);
  await room.leavePanel.click();
  await expect(room.panel).toHaveCount(0);
  await expect.poll(place).toBe(before);
  await expect(room.messages, 'nothing older was loaded').toHaveCount(52);
});

test('the member panel of one room does not cover another', async ({ ada }) => {
  await addRoom(ada, 'Front desk');
  const room = await ada.enter();
  const desk = new RoomPage(ada.page, 'Front desk');
  await room.goTo('Front desk');
  await desk.members.click();
  await expect(desk.panel).toBeVisible();
  await ada.page.goBack();
  await expect(ada.page).toHaveURL('/rooms');
  await room.link('general').click();
  await expect(room.composer).toBeVisible();
  await expect(room.panel).toHaveCount(0);
});

test('the focus moves to the visible view for screen readers', async ({ ada }) => {
  const room = await ada.enter();
  await room.back.click();
  await expect(ada.page.getByRole('heading', { level: 2, name: 'Rooms' })).toBeFocused();
  await room.link('general').click();
  await expect(ada.page.getByRole('heading', { level: 2, name: 'general' })).toBeFocused();
});

test('the longest names fit', async ({ page }) => {
  const name = 'W'.repeat(64);
  const account = { username: 'ada', display_name: name, password: PASSWORD };
  const { token } = await (await page.request.post('/api/auth/register', { data: account })).json();
  const ada = new TestUser('Ada', page, token);
  const long = 'M'.repeat(80);
  await addRoom(ada, long);
  const fits = async () => {
    const wide = await page.evaluate(() => {
      const all = [...document.querySelectorAll('body, body *')];
      const width = document.documentElement.clientWidth;
      return all
        .filter(
          (element) =>
            element.getBoundingClientRect().right > width + 1 &&
            !element.closest('.visually-hidden, .truncate, svg'),
        )
        .map((element) => element.className);
    });
    expect(wide, page.url()).toEqual([]);
    expect(await page.evaluate(() => innerWidth), page.url()).toBe(page.viewportSize()!.width);
  };

  const room = await ada.enter(long.toLowerCase().slice(0, 64), long);
  await fits();
  await room.write('hello');
  await expect(room.message('hello')).toHaveCount(1);
  await fits();
  await room.members.click();
  await expect(room.panel).toBeVisible();
  await fits();
  const address = `/join/${await invite(ada)}`;
  await page.context().clearCookies();
  await page.goto(address);
  await expect(page.getByRole('heading', { name })).toBeVisible();
  await fits();
});
