import type { Page } from '@playwright/test';
import { addRoom, expect, say, test } from '../fixtures.ts';
import { hydrated, lines } from '../helpers.ts';
import { openThread } from '../pages/thread.ts';

test.use({ settings: { BANTER_RATE_LIMIT: 'off' } });
test.skip(({ isMobile }) => isMobile, 'there is no keyboard');

const focusedText = (page: Page) => page.evaluate(() => document.activeElement?.textContent ?? '');

test('the messages are one tab stop, in which keys walk', async ({ ada }) => {
  await say(ada, 'general', lines(60));
  const room = await ada.enter();
  await expect(room.message('line 60.')).toBeVisible();
  await expect(room.list.locator('[tabindex="0"]')).toHaveCount(1);
  expect(
    await room.list.evaluate(
      (list) =>
        [...list.querySelectorAll<HTMLElement>('button, a[href], [tabindex]')].filter(
          (element) => element.tabIndex >= 0,
        ).length,
    ),
  ).toBe(1);

  await expect(room.composer).toBeFocused();
  await ada.page.keyboard.press('Shift+Tab');
  await expect(room.message('line 60.')).toBeFocused();
  await ada.page.keyboard.press('ArrowUp');
  await expect(room.message('line 59.')).toBeFocused();
  await ada.page.keyboard.press('ArrowDown');
  await expect(room.message('line 60.')).toBeFocused();
  await ada.page.keyboard.press('ArrowDown');
  await expect(room.message('line 60.')).toBeFocused();
  await ada.page.keyboard.press('PageUp');
  await expect(room.message('line 60.')).not.toBeFocused();
  expect(await focusedText(ada.page)).toContain('line');
  await ada.page.keyboard.press('Home');
  await expect.poll(() => focusedText(ada.page)).toMatch(/line \d+\./);
  await expect(room.message('line 60.')).not.toBeInViewport();
  await ada.page.keyboard.press('End');
  await expect(room.message('line 60.')).toBeFocused();
  await expect(room.message('line 60.')).toBeInViewport();

  // Tab returns to where the focus was.
  await ada.page.keyboard.press('ArrowUp');
  await ada.page.keyboard.press('Tab');
  await expect(room.composer).toBeFocused();
  await ada.page.keyboard.press('Shift+Tab');
  await expect(room.message('line 59.')).toBeFocused();
  await ada.page.keyboard.press('Escape');
  await expect(room.composer).toBeFocused();
});

test('the actions of a message are reached with Enter, and the focus comes back', async ({
  ada,
}) => {
  const room = await ada.enter();
  await room.write('one');
  await room.write('two');
  await expect(room.pending).toHaveCount(0);
  const { keyboard } = ada.page;
  await keyboard.press('Shift+Tab');
  await keyboard.press('ArrowUp');
  const row = room.message('one');
  await expect(row).toBeFocused();
  await keyboard.press('Enter');
  await expect(row.getByRole('button', { name: 'React with thumbs up' })).toBeFocused();
  await keyboard.press('ArrowRight');
  await expect(row.getByRole('button', { name: 'React with heart' })).toBeFocused();
  await keyboard.press('Enter');
  await expect(room.reactions('one')).toHaveText(['❤️1']);
  await keyboard.press('Escape');
  await expect(row).toBeFocused();
  await expect(row.getByRole('group', { name: 'Message actions' })).toHaveCount(0);

  // The author is the first button, the reaction the next; taken back, it is gone.
  await keyboard.press('ArrowRight');
  await expect(row.getByRole('button', { name: 'Ada', exact: true })).toBeFocused();
  await keyboard.press('ArrowRight');
  await expect(room.reactions('one')).toBeFocused();
  await keyboard.press('Enter');
  await expect(room.reactions('one')).toHaveCount(0);
  await expect(row).toBeFocused();

  await (await room.action('one', 'Delete')).press('Enter');
  await expect(room.message('You deleted this message')).toBeFocused();
  await keyboard.press('Enter');
  await expect(ada.page.getByRole('button', { name: 'Undo' })).toBeFocused();
  await keyboard.press('Enter');
  await expect(row).toBeFocused();
  await (await room.action('one', 'Delete')).press('Enter');
  await expect(room.message('You deleted this message')).toBeFocused();
  await keyboard.press('ArrowDown');
  await expect(room.message('two')).toBeFocused();
});

test('Page Up and Page Down in the composer scroll the room', async ({ ada }) => {
  await say(ada, 'general', lines(100));
  const room = await ada.enter();
  await expect(room.message('line 100.')).toBeInViewport();
  const scrolled = () => room.scroller.evaluate((list) => Math.round(list.scrollTop));
  await room.composer.press('PageUp');
  await expect(room.message('line 100.')).not.toBeInViewport();
  await expect(room.composer).toBeFocused();
  await room.composer.press('PageDown');
  await expect(room.message('line 100.')).toBeInViewport();

  await room.composer.fill('word');
  await room.composer.press('PageUp');
  await expect(room.message('line 100.')).not.toBeInViewport();
  await room.composer.press('PageDown');
  // A text that is longer than the field scrolls itself.
  await room.composer.fill('word\n'.repeat(80));
  const before = await scrolled();
  await room.composer.press('PageUp');
  expect(await scrolled()).toBe(before);
});

test('the up arrow edits only by itself', async ({ ada }) => {
  const room = await ada.enter();
  await room.write('mine');
  await expect(room.pending).toHaveCount(0);
  for (const key of ['Shift', 'Alt', 'Control', 'Meta']) {
    await room.composer.press(`${key}+ArrowUp`);
    await expect(room.composer, key).toHaveValue('');
  }
  await room.composer.press('ArrowUp');
  await expect(room.composer).toHaveValue('mine');
});

test('typing anywhere writes into the composer, from the first character', async ({ ada }) => {
  await say(ada, 'general', ['hello']);
  const room = await ada.enter();
  await room.message('hello').focus();
  await ada.page.keyboard.press('w');
  await expect(room.composer).toBeFocused();
  await ada.page.keyboard.type('ell');
  await expect(room.composer).toHaveValue('well');

  await room.members.focus();
  await ada.page.keyboard.press('Control+b');
  await expect(room.members).toBeFocused();
  await ada.page.keyboard.press('Space');
  await expect(room.panel).toBeVisible();
  await room.panel.getByRole('button', { name: 'Close' }).focus();
  await ada.page.keyboard.type('!');
  await expect(room.composer).toHaveValue('well!');

  // A field keeps what is typed in it.
  await ada.page.goto('/new-room');
  await hydrated(ada.page);
  await ada.page.getByRole('textbox').first().focus();
  await ada.page.keyboard.type('desk');
  await expect(ada.page.getByRole('textbox').first()).toHaveValue('desk');
});

test('a key for messages never types while a message has the focus', async ({ ada, join }) => {
  const bo = await join('Bo');
  await say(bo, 'general', lines(60));
  const room = await ada.enter();
  const { keyboard } = ada.page;
  await ada.page.bringToFront(); // Firefox focuses nothing elsewhere
  await room.message('line 60.').focus();
  await keyboard.press('e'); // one edits only one's own
  await expect(ada.page.getByText('This message does not offer that')).toBeVisible();
  await keyboard.press('z');
  await expect(room.message('line 60.')).toBeFocused();
  await keyboard.press('Home');
  const latest = ada.page.getByRole('button', { name: 'Jump to latest' });
  await latest.focus();
  await keyboard.press('r');
  await expect(latest).toBeFocused();
  await expect(room.composer).toHaveValue('');
  await keyboard.press('w');
  await expect(room.composer).toHaveValue('w');
});

test('after a message is sent, the way back leads to the newest one', async ({ ada }) => {
  await say(ada, 'general', lines(9));
  const room = await ada.enter();
  await expect(room.message('line 9.')).toBeVisible();
  const { keyboard } = ada.page;
  await keyboard.press('Shift+Tab');
  for (let step = 0; step < 6; step += 1) await keyboard.press('ArrowUp');
  await expect(room.message('line 3.')).toBeFocused();
  await keyboard.press('r');
  await expect(room.composer).toBeFocused();
  await room.write('an answer');
  await expect(room.message('an answer')).toHaveAttribute('data-seq');
  await room.composer.focus();
  await keyboard.press('Shift+Tab');
  await expect(room.message('an answer')).toBeFocused();
});

test('Escape on a message of a thread leads to its composer, and there closes it', async ({
  ada,
}) => {
  const room = await ada.enter();
  await room.write('Where do we eat?');
  await expect(room.pending).toHaveCount(0);
  const thread = await openThread(room, 'Where do we eat?');
  await expect(thread.composer).toBeFocused();
  const { keyboard } = ada.page;
  await keyboard.type('unfinished');
  const first = thread.message('Where do we eat?');
  await first.focus();
  await keyboard.press('Escape');
  await expect(thread.composer).toBeFocused();
  await expect(thread.composer).toHaveValue('unfinished');
  await keyboard.press('Escape');
  await expect(thread.panel).toHaveCount(0);
});

test('links past the rooms come first, and the parts of the page are landmarks', async ({
  ada,
}) => {
  await addRoom(ada, 'Design'); // who is alone in the first room has an invitation there
  const room = await ada.enter('design');
  await room.write('hello');
  await expect(room.pending).toHaveCount(0);
  const skip = ada.page.getByRole('link', { name: 'Skip to messages' });
  await skip.focus();
  await expect(skip).toBeInViewport();
  await ada.page.keyboard.press('Enter');
  await ada.page.keyboard.press('Tab');
  await expect(room.message('hello')).toBeFocused();
  await ada.page.getByRole('link', { name: 'Skip to composer' }).focus();
  await ada.page.keyboard.press('Enter');
  await expect(room.composer).toBeFocused();

  await expect(ada.page.getByRole('main')).toHaveCount(1);
  await expect(ada.page.getByRole('navigation', { name: 'Rooms and people' })).toBeVisible();
  await expect(ada.page.getByRole('region', { name: 'design' })).toBeVisible();
  await room.members.click();
  await expect(room.panel).toBeVisible();

  await ada.page.goto('/rooms');
  await hydrated(ada.page);
  await ada.page.keyboard.press('Tab');
  await expect(ada.page.getByRole('link', { name: 'Skip to content' })).toBeFocused();
});

test('each link past the rooms has a target', async ({ ada }) => {
  await addRoom(ada, 'Empty');
  for (const path of ['/rooms', '/new-room', '/invitations', '/rooms/empty', '/rooms/general']) {
    await ada.page.goto(path);
    await hydrated(ada.page);
    const links = ada.page.locator('.skip-link');
    for (const link of await links.all()) {
      const target = ada.page.locator((await link.getAttribute('href'))!);
      await link.focus();
      await ada.page.keyboard.press('Enter');
      await expect(target, path).toBeFocused();
    }
    await expect(links.first()).toBeAttached();
  }
});
