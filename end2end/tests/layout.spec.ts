import type { Page } from '@playwright/test';
import { addRoom, expect, invite, PASSWORD, TestUser, test } from '../fixtures.ts';
import { hydrated } from '../helpers.ts';
import { RoomPage } from '../pages/room.ts';

/** Expects that nothing sticks out of the page or makes it wider than the screen. */
async function expectToFit(page: Page, what: string): Promise<void> {
  const found = await page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    const sticksOut = (element: Element) => {
      const { left, right, width: own } = element.getBoundingClientRect();
      const isShown = getComputedStyle(element).visibility === 'visible' && own > 0;
      const isHidden = element.closest('.visually-hidden, .jump__rest, .truncate, svg, [inert]');
      return isShown && !isHidden && (right > width + 1 || left < -1);
    };
    const all = [...document.querySelectorAll('body *')].filter(sticksOut);
    return {
      wider: document.documentElement.scrollWidth - width,
      out: all.map((element) => `${element.tagName} ${element.className}`),
    };
  });
  expect(found, `${what}, ${page.url()}`).toEqual({ wider: 0, out: [] });
}

/** Expects that no text is cut: neither by its own box nor by one around it. */
async function expectNothingCut(page: Page, what: string): Promise<void> {
  const cut = await page.evaluate(() => {
    const clips = (element: Element) => {
      const { overflowX, overflowY } = getComputedStyle(element);
      return overflowX === 'hidden' || overflowY === 'hidden';
    };
    const found: string[] = [];
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = texts.nextNode(); node; node = texts.nextNode()) {
      const parent = node.parentElement!;
      const hidden = '.visually-hidden, .skip-link, .jump__rest';
      if (!node.textContent!.trim() || parent.closest(hidden)) continue;
      if (!parent.checkVisibility({ visibilityProperty: true })) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      const text = range.getBoundingClientRect();
      for (let box: Element | null = parent; box && box !== document.body; ) {
        const frame = box.getBoundingClientRect();
        // A name that ends in an ellipsis is meant to, but not its lower half.
        const isHigher = text.top < frame.top - 2 || text.bottom > frame.bottom + 2;
        const isBar = box.matches('header, footer, button, a, .badge, .strip, .connection');
        if (isHigher && (clips(box) || isBar)) {
          found.push(`${box.tagName} ${box.className}: ${node.textContent}`);
          break;
        }
        if (box.matches('.timeline__scroll, .room-list__scroll, .panel__scroll, .page')) break;
        box = box.parentElement;
      }
    }
    return found;
  });
  expect(cut, `${what}, ${page.url()}`).toEqual([]);
}

/** Types until the other page shows it: signals follow each other at some distance. */
async function type(writer: RoomPage, reader: Page): Promise<void> {
  await expect(async () => {
    await writer.composer.pressSequentially('a');
    await expect(reader.getByText('Bo is typing')).toBeVisible({ timeout: 500 });
  }).toPass();
}

test('nothing sticks out of a screen of 320 pixels', async ({ page, browser }) => {
  test.slow();
  await page.setViewportSize({ width: 320, height: 640 });
  await page.goto('/first-start');
  await expectToFit(page, 'first start');
  const account = { username: 'w'.repeat(32), display_name: 'W'.repeat(64), password: PASSWORD };
  const { token } = await (await page.request.post('/api/auth/register', { data: account })).json();
  const ada = new TestUser('Ada', page, token);
  await addRoom(ada, 'M'.repeat(80));
  for (const address of ['/rooms', '/new-room', '/rooms/nowhere', '/nowhere']) {
    await page.goto(address);
    await hydrated(page);
    await expectToFit(page, 'a page');
  }

  const room = await ada.enter();
  await expectToFit(page, 'an empty room');
  await room.write('x'.repeat(400));
  await room.write('short');
  await room.act('short', 'React with heart');
  await room.act('short', 'React with party');
  await expect(room.reactions('short')).toHaveCount(2);
  await expectToFit(page, 'messages');
  for (const text of ['short', 'xxx']) {
    await room.action(text, 'Delete');
    await expectToFit(page, 'the actions of a message');
    await (await room.action(text, 'Delete')).click();
    await expectToFit(page, 'a message that is being deleted');
    await page.getByRole('button', { name: 'Undo' }).click();
  }
  await room.act('short', 'Edit');
  await expectToFit(page, 'an edit');
  await room.composer.fill('y'.repeat(10_050));
  await expectToFit(page, 'a text that is too long');
  await room.composer.fill('');
  await room.members.click();
  await expect(room.panel).toBeVisible();
  await expectToFit(page, 'the members');

  const address = `/join/${await invite(ada)}`;
  const visitor = await browser.newContext({ viewport: { width: 320, height: 640 } });
  const other = await visitor.newPage();
  for (const path of ['/sign-in', address]) {
    await other.goto(path);
    await expectToFit(other, 'an entry page');
  }
  await visitor.close();
});

test('text spacing and large text cut nothing', async ({ server, ada, join, isMobile }) => {
  test.slow();
  const bo = await join('Bo');
  const his = await bo.enter();
  await his.write('Is anybody here, @ada?');
  await addRoom(ada, 'Front desk');
  const room = await ada.enter();
  await room.write('Yes, I am');
  await room.act('Yes, I am', 'React with heart');
  await expect(room.reactions('Yes, I am')).toHaveCount(1);
  await type(his, ada.page);
  // The Content Security Policy admits no style element, but a style sheet object.
  const apply = (css: string) =>
    ada.page.evaluate((css) => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(css);
      document.adoptedStyleSheets = [sheet];
    }, css);
  // WCAG 2.2, success criterion 1.4.12
  const spacing = `* { line-height: 1.5 !important; letter-spacing: 0.12em !important;
    word-spacing: 0.16em !important; } p { margin-block-end: 2em !important; }`;
  const large = 'html { font-size: 200%; }';
  const check = async (what: string) => {
    for (const css of [spacing, large]) {
      await apply(css);
      await expectNothingCut(ada.page, `${what}: ${css.slice(0, 20)}`);
      if (isMobile && css === large) await expectToFit(ada.page, `${what}, large`);
      await apply('');
    }
  };
  await check('a room');
  await room.members.click();
  await expect(room.panel).toBeVisible();
  await check('its members');
  if (isMobile) await room.leavePanel.click();
  await server.kill();
  await expect(room.connection).toHaveAttribute('data-state', 'offline');
  await room.write('are you there?');
  await check('offline');
});

test('the offline line takes two lines at most on a phone', async ({ server, ada }) => {
  const room = await ada.enter();
  await server.kill();
  await expect(room.connection).toHaveAttribute('data-state', 'offline');
  for (const width of [390, 320]) {
    await ada.page.setViewportSize({ width, height: 700 });
    const text = ada.page.locator('.connection__text');
    await expect(text).toContainText('Offline since');
    const lines = await text.evaluate((element) => {
      const range = document.createRange();
      range.selectNodeContents(element);
      return new Set([...range.getClientRects()].map(({ top }) => Math.round(top))).size;
    });
    expect(lines, `lines at ${width} pixels`).toBeLessThanOrEqual(2);
    const bar = await ada.page.locator('.connection').boundingBox();
    expect(bar!.height, `height at ${width} pixels`).toBeLessThanOrEqual(56);
    await expectToFit(ada.page, 'offline');
  }
});

test('the buttons that scroll the list cover no message and move nothing', async ({
  ada,
  join,
}) => {
  const bo = await join('Bo');
  const his = await bo.enter();
  const room = await ada.enter();
  await room.writeAll(Array.from({ length: 30 }, (_, i) => `line ${i + 1}.\nand its end`));
  await expect(room.pending).toHaveCount(0, { timeout: 30_000 });
  const height = () => room.scroller.evaluate((list) => list.getBoundingClientRect().height);
  const before = await height();
  await room.message('line 15.').evaluate((row) => row.scrollIntoView());
  const jump = ada.page.getByRole('button', { name: 'Jump to latest' });
  await expect(jump).toBeVisible();
  await his.write('new below');
  const unread = ada.page.getByRole('button', { name: '1 new message' });
  await expect(unread).toBeVisible();
  await type(his, ada.page);
  expect(await height(), 'the list keeps its height').toBe(before);
  const list = (await room.scroller.boundingBox())!;
  const button = (await unread.boundingBox())!;
  const composer = (await ada.page.locator('.composer__card').boundingBox())!;
  expect(button.y, 'below the list').toBeGreaterThanOrEqual(list.y + list.height - 1);
  expect(button.y + button.height, 'above the composer').toBeLessThanOrEqual(composer.y + 1);
  await unread.click();
  await expect(room.message('new below')).toBeInViewport();
  await expect(unread).toHaveCount(0);
});

test('the number of people is shown once it is known', async ({ ada, join }) => {
  await (await join('Bo')).enter();
  await addRoom(ada, 'Front desk');
  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  await ada.page.routeWebSocket(/\/ws/, (socket) => {
    const server = socket.connectToServer();
    server.onMessage(async (message) => {
      if (String(message).includes('"members_response"')) await held;
      socket.send(message);
    });
  });
  const room = await ada.enter();
  const desk = new RoomPage(ada.page, 'Front desk');
  await room.goTo('Front desk');
  await expect(desk.composer).toBeVisible();
  await expect(desk.page.getByText('Nobody has said anything yet')).toBeVisible();
  await expect(desk.members).toHaveAccessibleName('List of people');
  // On phones the line below the heading has the number.
  const topic = ada.page.locator('.room-header__topic');
  await expect(topic).toHaveText('');
  const html = await ada.page.request.get('/rooms/front-desk');
  expect(await html.text()).not.toContain('0 people');
  await desk.members.click();
  await expect(desk.panel.getByRole('heading', { level: 2 })).toHaveText('People');
  release();
  await expect(desk.panel.getByRole('heading', { level: 2 })).toContainText('1 in Front desk');
  await expect(desk.panel.getByText('Only you so far.')).toBeVisible();
  await expect(topic).toHaveText('1 person');
  await ada.page.goto('/rooms/front-desk');
  await expect(desk.members).toHaveAccessibleName('1 person, list of people');
  await ada.page.goto('/rooms/general');
  await expect(room.members).toHaveAccessibleName('2 people');
  await expect(topic).toHaveText('2 people, 2 here');
});

test('neighbours have different hues', async ({ ada, join, device }) => {
  test.slow();
  const users = [ada];
  for (const name of ['Bo', 'Chen', 'Dana', 'Elif', 'Fay']) users.push(await join(name));
  for (const user of users.slice(1)) {
    const room = await user.enter();
    await room.write(`I am ${user.name}`);
    await expect(room.pending).toHaveCount(0);
    await user.page.close();
  }
  const room = await ada.enter();
  await expect(room.messages).toHaveCount(5);
  await room.members.click();
  const hues = (of: string) =>
    ada.page
      .locator(of)
      .evaluateAll((all) => all.map((avatar) => /hue-\d/.exec(avatar.className)![0]));
  await expect(room.panel.getByRole('listitem')).toHaveCount(6);
  const panel = await hues('.member .avatar');
  expect(new Set(panel).size, panel.join()).toBe(6);
  const list = await hues('.message .avatar');
  expect(new Set(list).size, list.join()).toBe(5);
  // The same on another device.
  const other = await device(ada);
  const again = await other.enter();
  await again.members.click();
  await expect(again.panel.getByRole('listitem')).toHaveCount(6);
  const elsewhere = other.page.locator('.message .avatar');
  expect(
    await elsewhere.evaluateAll((all) =>
      all.map((avatar) => /hue-\d/.exec(avatar.className)![0]),
    ),
  ).toEqual(list);
});
