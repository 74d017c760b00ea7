import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { addRoom, expect, say, test } from '../fixtures.ts';
import { hydrated } from '../helpers.ts';
import { SearchPage } from '../pages/search.ts';
import { Switcher } from '../pages/switcher.ts';

test.use({ settings: { BANTER_RATE_LIMIT: 'off' } });

/** The element with the focus: its name, or the tag. */
const focused = (page: Page) =>
  page.evaluate(() => {
    const focus = document.activeElement;
    const label = (focus as HTMLInputElement | null)?.labels?.[0];
    return focus?.getAttribute('aria-label') ?? (label ?? focus)?.textContent?.trim() ?? '';
  });

/** Expects that something in the page has the focus. */
const expectFocus = (page: Page) =>
  expect.poll(() => page.evaluate(() => document.activeElement?.tagName)).not.toBe('BODY');

test.describe('habit 11, with a keyboard', () => {
  test.skip(({ isMobile }) => isMobile, 'there is no keyboard');

  test('Ctrl+K finds a room by any word, also with a typo, and opens it', async ({ ada }) => {
    for (const name of ['Release notes', 'Front desk', 'Incident 2026', 'Design'])
      await addRoom(ada, name);
    const room = await ada.enter();
    const { page } = ada;
    await page.keyboard.press('Control+k');
    const switcher = new Switcher(page);
    await expect(switcher.input).toBeFocused();
    await page.keyboard.type('de');
    await expect(switcher.names('Rooms')).toHaveText(['Design', 'Front desk', 'Incident 2026']);
    await expect(switcher.active).toContainText('Design');
    await expect(switcher.active.locator('mark')).toHaveText('De');
    await page.keyboard.press('ArrowDown');
    await expect(switcher.active).toContainText('Front desk');
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('ArrowUp');
    await expect(switcher.options.last()).toHaveAttribute('aria-selected', 'true');

    await switcher.input.fill('notes relaese');
    await expect(switcher.names('Rooms')).toHaveText(['Release notes']);
    await page.keyboard.press('Enter');
    await expect(switcher.dialog).toHaveCount(0);
    await expect(page).toHaveURL(/\/rooms\/release-notes$/);
    await expect(page.getByRole('textbox', { name: 'Write to Release notes' })).toBeFocused();

    // The same room again: the focus is where it was.
    await page.keyboard.press('Control+k');
    await page.keyboard.press('Control+k');
    await expect(switcher.dialog).toHaveCount(0);
    await expect(page.getByRole('textbox', { name: 'Write to Release notes' })).toBeFocused();

    await page.keyboard.press('Control+k');
    await switcher.input.fill('kitchen');
    await expect(switcher.dialog).toContainText('Nothing is named “kitchen”.');
    await expect(switcher.names('Messages')).toHaveText([/^Search messages for “\S+”$/]);
    await page.keyboard.press('Escape');
    await expect(switcher.dialog).toHaveCount(0);
    await expect(page.getByRole('textbox', { name: 'Write to Release notes' })).toBeFocused();
    await expect(room.heading).toHaveCount(0);
  });

  test('the last line of Ctrl+K searches messages', async ({ ada }) => {
    await ada.enter();
    await say(ada, 'general', ['Lunch in the kitchen', 'a general remark']);
    const { page } = ada;
    const switcher = new Switcher(page);
    const search = new SearchPage(page);
    await page.keyboard.press('Control+k');
    await page.keyboard.type('kitchen ');
    await expect(switcher.active).toHaveText(/Search messages for “.*kitchen.*”/);
    await page.keyboard.press('Enter');
    await expect(switcher.dialog).toHaveCount(0);
    await expect(page).toHaveURL('/search?q=kitchen');
    await expect(search.field).toHaveValue('kitchen');
    await expect(search.field).toBeFocused();
    await search.expectFound('Lunch in');

    // From there too
    await page.keyboard.press('Control+k');
    await page.keyboard.type('general');
    await page.keyboard.press('ArrowUp');
    await expect(switcher.active).toHaveText(/Search messages for/);
    await page.keyboard.press('Enter');
    await expect(search.field).toHaveValue('general');
    await search.expectFound('a general remark');
    await expect(page).toHaveURL('/search?q=general');
    await expect(search.field).toBeFocused();
  });

  test('a dialog that was just closed opens again', async ({ ada }) => {
    await ada.enter();
    await ada.page.keyboard.press('Control+k');
    const switcher = new Switcher(ada.page);
    await switcher.input.fill('general');
    // Both keys come before the browser tells the page that the dialog was closed.
    await ada.page.evaluate(async () => {
      const key = { key: 'k', code: 'KeyK', ctrlKey: true, bubbles: true };
      for (let press = 0; press < 2; press += 1) {
        document.activeElement!.dispatchEvent(new KeyboardEvent('keydown', key));
        for (let turn = 0; turn < 100; turn += 1) await null;
      }
    });
    await expect(switcher.input).toBeFocused();
    await expect(switcher.input).toHaveValue('');
  });

  test('what was open last comes first, also after a reload', async ({ ada }) => {
    for (const name of ['Alpha', 'Beta', 'Gamma']) await addRoom(ada, name);
    for (const slug of ['gamma', 'alpha', 'beta', 'general']) await ada.enter(slug);
    await ada.page.keyboard.press('Control+k');
    const switcher = new Switcher(ada.page);
    await expect(switcher.names('Recent')).toHaveText(['Beta', 'Alpha', 'Gamma']);
    await ada.page.keyboard.press('Enter');
    await expect(ada.page).toHaveURL(/\/rooms\/beta$/);
    await ada.page.keyboard.press('Control+k');
    await expect(switcher.names('Recent')).toHaveText(['general', 'Alpha', 'Gamma']);
    // Among equal matches, too.
    await switcher.input.fill('a');
    await expect(switcher.names('Rooms').first()).toHaveText('Alpha');
  });

  test('people are found, and their direct room is made', async ({ ada, join }) => {
    await join('Bo Lind', 'bo');
    await ada.enter();
    await ada.page.bringToFront(); // Firefox focuses nothing elsewhere
    const { page } = ada;
    await page.keyboard.press('Control+k');
    const switcher = new Switcher(page);
    await switcher.input.fill('lin');
    await expect(switcher.names('People')).toHaveText(['Bo Lind']);
    await page.keyboard.press('Enter');
    await expect(switcher.dialog).toHaveCount(0);
    await expect(page.getByRole('heading', { level: 1, name: 'Bo Lind' })).toBeAttached();
    await expect(page.getByRole('textbox', { name: 'Write to Bo Lind' })).toBeFocused();

    await page.keyboard.press('Control+k');
    await switcher.input.fill('bo');
    await expect(switcher.names('People')).toHaveText(['Bo Lind']);
    await switcher.input.fill('ada');
    await expect(switcher.option('Ada')).toContainText('Notes to yourself');
    await page.keyboard.press('Enter');
    await expect(page.getByRole('textbox', { name: /^Write to/ })).toBeFocused();
    await expect(page).not.toHaveURL(/general$/);
  });

  test('actions are found with their keys, and run', async ({ ada, join }) => {
    await ada.enter();
    const { page } = ada;
    await page.keyboard.press('Control+k');
    const switcher = new Switcher(page);
    await switcher.input.fill('all ro');
    await page.keyboard.press('Enter');
    await expect(page).toHaveURL(/\/browse$/);
    await expect(page.getByRole('heading', { level: 2, name: 'All rooms' })).toBeFocused();

    await page.keyboard.press('Control+,');
    await expect(page).toHaveURL(/\/settings$/);
    await expect(page.getByRole('heading', { level: 1, name: 'Settings' })).toBeAttached();
    await page.keyboard.press('Control+k');
    await switcher.input.fill('administration');
    await expect(switcher.names('Actions')).toHaveText(['Administration']);
    await switcher.input.fill('shortcuts');
    await expect(switcher.option('Shortcuts')).toContainText('?');
    await page.keyboard.press('Enter');
    await expect(page.getByRole('dialog', { name: 'Shortcuts' })).toBeVisible();
    await expect(switcher.dialog).toHaveCount(0);

    // Nobody is offered what is refused.
    const bo = await join('Bo');
    await bo.enter();
    await bo.page.keyboard.press('Control+k');
    const his = new Switcher(bo.page);
    await his.input.fill('administration');
    await expect(his.names('Actions')).toHaveCount(0);
  });

  test('? shows the shortcuts, but is text in a field', async ({ ada }) => {
    const room = await ada.enter();
    const { page } = ada;
    const dialog = page.getByRole('dialog', { name: 'Shortcuts' });
    await expect(room.composer).toBeFocused();
    await page.keyboard.type('why?');
    await expect(room.composer).toHaveValue('why?');
    await page.keyboard.press('Control+/');
    await expect(dialog).toBeVisible();
    await expect(dialog.getByText('Jump to a room or person')).toBeVisible();
    await expect(dialog.getByText('Go to the messages')).toBeVisible();
    await page.keyboard.press('Escape');
    await expect(dialog).toHaveCount(0);
    await expect(room.composer).toBeFocused();

    await room.members.focus();
    await page.keyboard.type('?');
    await expect(dialog).toBeVisible();
    // No key reaches the page behind it.
    await page.keyboard.press('Control+k');
    await expect(new Switcher(page).dialog).toHaveCount(0);
    await page.keyboard.type('?');
    await expect(dialog).toHaveCount(0);
    await expect(room.members).toBeFocused();
    await expect(room.composer).toHaveValue('why?');
  });

  test('Alt+Down and Alt+Up walk the rooms, with Shift the unread ones', async ({ ada, join }) => {
    const ids = [];
    for (const name of ['Alpha', 'Beta', 'Gamma']) ids.push(await addRoom(ada, name));
    await ada.enter('alpha', 'Alpha');
    const { page } = ada;
    const at = (slug: string) => expect(page).toHaveURL(new RegExp(`/rooms/${slug}$`));
    const writes = (name: string) =>
      expect(page.getByRole('textbox', { name: `Write to ${name}` })).toBeFocused();
    for (const [keys, slug, name] of [
      ['Alt+ArrowDown', 'beta', 'Beta'],
      ['Alt+ArrowDown', 'gamma', 'Gamma'],
      ['Alt+ArrowDown', 'general', 'general'],
      ['Alt+ArrowDown', 'alpha', 'Alpha'],
      ['Alt+ArrowUp', 'general', 'general'],
    ] as const) {
      await page.keyboard.press(keys);
      await at(slug);
      await writes(name);
    }

    const nothing = page.getByText('Nothing is unread.');
    await page.keyboard.press('Alt+Shift+ArrowDown');
    await expect(nothing).toBeAttached();
    await at('general');
    const bo = await join('Bo');
    await say(bo, ids[1]!, ['hello']);
    await expect(page.locator('.room-link[href^="/rooms/"][data-unread]')).toHaveText(/Beta/);
    await page.bringToFront(); // Firefox focuses nothing elsewhere
    await page.keyboard.press('Alt+Shift+ArrowUp');
    await at('beta');
    await writes('Beta');
  });

  test('the focus is never lost, and screen readers hear of each view', async ({ ada }) => {
    await addRoom(ada, 'Alpha');
    const room = await ada.enter();
    const { page } = ada;
    const said = page.locator('[aria-live=polite]').first();
    await room.newRoom.click();
    await expect(page.getByRole('textbox', { name: 'Name' })).toBeFocused();
    await page.goBack();
    await expect(room.composer).toBeFocused();
    await room.link('Alpha').click();
    await expect(page.getByRole('textbox', { name: 'Write to Alpha' })).toBeFocused();
    await page.goBack();
    await expect(room.composer).toBeFocused();
    await page.getByRole('link', { name: 'Banter' }).click();
    await expect(page.getByText('Nothing open')).toBeVisible();
    await expectFocus(page);
    await expect(said).toHaveText('Rooms');

    // What has the focus goes: the panel, a room, a view.
    await page.goBack();
    await expect(room.composer).toBeFocused();
    await page.keyboard.press('Control+Shift+m');
    await expect(room.panel).toBeVisible();
    await page.keyboard.press('Escape');
    await expect(room.panel).toHaveCount(0);
    await expectFocus(page);
    for (const view of ['Threads', 'People', 'New message', 'Unread']) {
      await page.keyboard.press('Control+k');
      const switcher = new Switcher(page);
      await switcher.input.fill(view);
      await switcher.option(view).first().click();
      await expect(page.getByRole('heading', { level: 1, name: view })).toBeAttached();
      await expect(page).toHaveTitle(new RegExp(view));
      await expectFocus(page);
      await expect.poll(() => focused(page)).not.toBe('');
    }
  });

  test('no key is taken from a field, and the keys of a message act on it', async ({ ada }) => {
    const room = await ada.enter();
    const { page } = ada;
    await room.write('first words');
    await expect(room.pending).toHaveCount(0);
    await room.composer.fill('ed');
    await page.keyboard.type('e');
    await expect(room.composer).toHaveValue('ede');
    await room.composer.fill('');
    await page.keyboard.press('Shift+Tab');
    await expect(room.message('first words')).toBeFocused();
    await page.keyboard.press('e');
    await expect(room.composer).toBeFocused();
    await expect(room.composer).toHaveValue('first words');
    await page.keyboard.press('Escape');
    await expect(room.composer).toHaveValue('');
  });
});

test('the button in the navigation opens the switcher, which fits the screen', async ({ ada }) => {
  await addRoom(ada, 'A room with a name that is longer than any small screen is wide, in words');
  await ada.page.goto('/rooms');
  await hydrated(ada.page);
  const { page } = ada;
  const button = page.getByRole('button', { name: 'Jump to', exact: true });
  await expect(button).toHaveAttribute('aria-keyshortcuts', /^(Control|Meta)\+K$/);
  for (const width of [320, 390, 1280]) {
    await page.setViewportSize({ width, height: 640 });
    await button.click();
    const switcher = new Switcher(page);
    await switcher.input.fill('room');
    await expect(switcher.options.first()).toBeVisible();
    const wide = () => page.evaluate(() => document.documentElement.scrollWidth);
    expect(await wide()).toBeLessThanOrEqual(width);
    // It comes in with a motion.
    const end = async () => {
      const box = (await switcher.dialog.boundingBox())!;
      return { right: box.x + box.width <= width, bottom: box.y + box.height <= 640 };
    };
    await expect.poll(end).toEqual({ right: true, bottom: true });
    await switcher.dialog.getByRole('button', { name: 'Close' }).click();
    await expect(switcher.dialog).toHaveCount(0);
    await expect(button).toBeFocused();
  }
  // A click beside it closes it as well.
  await button.click();
  await page.mouse.click(5, 5);
  await expect(new Switcher(page).dialog).toHaveCount(0);
  await expect(button).toBeFocused();
});

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(`axe finds no violations, ${colorScheme}`, () => {
    test.use({ colorScheme });

    test('the switcher and the shortcuts', async ({ ada, join, isMobile }) => {
      await join('Bo');
      await addRoom(ada, 'Front desk');
      await ada.enter('front-desk', 'Front desk');
      await ada.enter();
      const { page } = ada;
      if (await page.getByRole('link', { name: 'Back to rooms' }).isVisible())
        await page.getByRole('link', { name: 'Back to rooms' }).click();
      const analyze = async (what: string) => {
        const { violations } = await new AxeBuilder({ page }).analyze();
        const found = violations.flatMap(({ id, nodes }) =>
          nodes.map(({ target, failureSummary }) => ({ id, target, failureSummary })),
        );
        expect(found, what).toEqual([]);
      };
      await page.getByRole('button', { name: 'Jump to', exact: true }).click();
      const switcher = new Switcher(page);
      // The room in view is not among them; on a phone the list of rooms is in view.
      const recent = isMobile ? ['general', 'Front desk'] : ['Front desk'];
      await expect(switcher.names('Recent')).toHaveText(recent);
      await analyze('nothing typed');
      await switcher.input.fill('bo');
      await expect(switcher.names('People')).toHaveText(['Bo']);
      await analyze('people');
      await switcher.input.fill('nowhere');
      await expect(switcher.options).toHaveText(['Search messages for “nowhere”']);
      await analyze('nothing found');
      await switcher.input.fill('shortcuts');
      await switcher.option('Shortcuts').click();
      await expect(page.getByRole('dialog', { name: 'Shortcuts' })).toBeVisible();
      await analyze('shortcuts');
    });
  });
}
