import { addRoom, expect, invite, PASSWORD, say, TestUser, test } from '../fixtures.ts';
import { hydrated } from '../helpers.ts';
import { RoomPage } from '../pages/room.ts';
import { openThread } from '../pages/thread.ts';

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
  await expect(ada.page).toHaveTitle('• general · Banter');
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
  await expect(desk.panel).toHaveCount(0);
  await expect(ada.page).toHaveURL('/rooms/front-desk');
  await ada.page.goBack();
  await expect(ada.page).toHaveURL('/rooms');
  await room.link('general').click();
  await expect(room.composer).toBeVisible();
  await expect(room.panel).toHaveCount(0);
});

test('going back leaves a thread for its room, and a reload stays there', async ({ ada }) => {
  await say(ada, 'general', ['a question']);
  const room = await ada.enter();
  const { page } = ada;
  const thread = await openThread(room, 'a question');
  await expect(page).toHaveURL(/\/rooms\/general\?thread=/);
  await page.reload();
  await hydrated(page);
  await expect(thread.panel).toBeVisible();
  await page.goBack();
  await expect(thread.panel).toHaveCount(0);
  await expect(room.message('a question')).toBeVisible();
  await openThread(room, 'a question');
  await thread.back.click();
  await expect(thread.panel).toHaveCount(0);
  await expect(page).toHaveURL('/rooms/general');
});

test('going back closes the emoji and stays in the room', async ({ ada }) => {
  const { page } = ada;
  await page.goto('/rooms');
  await hydrated(page);
  const room = new RoomPage(page, 'general');
  await room.link('general').click();
  const picker = page.getByRole('dialog', { name: 'Emoji' });
  const emoji = page.locator('.composer').getByRole('button', { name: 'Emoji' });
  await emoji.click();
  await expect(picker).toBeVisible();
  await page.goBack();
  await expect(picker).toHaveCount(0);
  await expect(page).toHaveURL('/rooms/general');
  // What is chosen leaves nothing to go back to.
  await emoji.click();
  await picker.getByRole('searchbox').fill('rocket');
  await picker.getByRole('button', { name: 'rocket' }).first().click();
  await expect(room.composer).toHaveValue(/🚀/u);
  await expect.poll(() => page.evaluate(() => history.state)).toBe(null);
  await page.goBack();
  await expect(page).toHaveURL('/rooms');
});

test('what lies over a room goes with it', async ({ ada }) => {
  await say(ada, 'general', ['a question']);
  const { page } = ada;
  await page.goto('/rooms');
  await hydrated(page);
  const room = new RoomPage(page, 'general');
  await room.link('general').click();
  const message = room.message('a question');
  await message.locator('.prose').tap();
  await message.getByRole('button', { name: 'Message actions' }).tap();
  const sheet = page.getByRole('dialog');
  await expect(sheet).toBeVisible();
  await page.goBack();
  await expect(page).toHaveURL('/rooms');
  await expect(sheet).toHaveCount(0);
});

test('the focus moves to the visible view for screen readers', async ({ ada }) => {
  const room = await ada.enter();
  await room.back.click();
  await expect(ada.page.getByRole('heading', { level: 2, name: 'Rooms' })).toBeFocused();
  await room.link('general').click();
  await expect(ada.page.getByRole('heading', { level: 2, name: 'general' })).toBeFocused();
});

test('a long press opens the actions of a message as a sheet', async ({ ada, join }) => {
  const bo = await join('Bo');
  const his = await bo.enter();
  const room = await ada.enter();
  await his.write('The demo is on Thursday');
  await room.write('first of two');
  await room.write('second of two');
  await expect(room.messages).toHaveCount(3);
  const { page } = ada;
  const sheet = page.getByRole('dialog');
  const more = (text: string) =>
    room.message(text).getByRole('button', { name: 'Message actions' });

  // No button is seen on a message before the message is tapped, and then it covers no text.
  for (const text of ['The demo', 'first of', 'second of'])
    await expect(more(text).locator('.icon')).toHaveCSS('visibility', 'hidden');
  for (const text of ['The demo', 'second of']) {
    await room.message(text).locator('.prose').tap();
    await expect(more(text).locator('.icon')).toHaveCSS('visibility', 'visible');
    await expect(sheet).toHaveCount(0);
    const words = await room.message(text).locator('.prose').evaluate((prose) => {
      const range = document.createRange();
      range.selectNodeContents(prose.querySelector('p')!.firstChild!);
      const { left, top, right, bottom } = range.getBoundingClientRect();
      return { left, top, right, bottom };
    });
    const { x, y, width, height } = (await more(text).boundingBox())!;
    const covers =
      x < words.right && x + width > words.left && y < words.bottom && y + height > words.top;
    expect(covers && text, 'covers its message').toBe(false);
  }
  await expect(more('The demo').locator('.icon')).toHaveCSS('visibility', 'hidden');

  const devtools = await page.context().newCDPSession(page);
  const hold = async (text: string, until: () => Promise<void>) => {
    const box = (await room.message(text).locator('.prose').boundingBox())!;
    const point = { x: box.x + 20, y: box.y + box.height / 2 };
    await devtools.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [point] });
    await until();
    await devtools.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
  };
  await hold('The demo', () => expect(sheet).toBeVisible());
  await expect(sheet).toBeVisible();
  await expect(sheet).toHaveAccessibleName('Message from Bo');
  await expect(sheet).toContainText('The demo is on Thursday');
  const { y, height } = (await sheet.boundingBox())!;
  expect(y + height, 'at the lower edge').toBeCloseTo(page.viewportSize()!.height, 0);
  await expect(sheet.getByRole('button', { name: 'Edit' })).toHaveCount(0);
  await sheet.getByRole('button', { name: 'React with heart' }).tap();
  await expect(sheet).toHaveCount(0);
  await expect(more('The demo'), 'the focus is back').toBeFocused();
  await expect(room.reactions('The demo')).toHaveText(['❤️1']);

  // A finger that moves scrolls.
  const press = (type: string, x: number, y: number) =>
    room.message('second of').locator('.prose').dispatchEvent(type, {
      bubbles: true, pointerType: 'touch', clientX: x, clientY: y,
    });
  await press('pointerdown', 100, 100);
  await press('pointermove', 100, 130);
  await hold('second of', () => expect(sheet).toBeVisible());
  await sheet.getByRole('button', { name: 'Delete' }).tap();
  await expect(sheet).toHaveCount(0);
  await room.message('You deleted this message').getByRole('button', { name: 'Undo' }).tap();
  await expect(room.message('second of')).toHaveCount(1);
  // By keyboard and screen reader
  await more('second of').focus();
  await expect(more('second of').locator('.icon')).toHaveCSS('visibility', 'visible');
  await page.keyboard.press('Enter');
  await sheet.getByRole('button', { name: 'Edit' }).press('Enter');
  await expect(sheet).toHaveCount(0);
  await expect(room.composer).toHaveValue('second of two');
  await expect(room.composer).toBeFocused();
  await page.keyboard.press('Escape');
  // Beside the sheet
  await hold('first of', () => expect(sheet).toBeVisible());
  await page.touchscreen.tap(100, 100);
  await expect(sheet).toHaveCount(0);
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
