import { addRoom, ask, expect, test } from '../fixtures.ts';
import { Switcher } from '../pages/switcher.ts';
import { ThreadPanel } from '../pages/thread.ts';
import { Speech } from '../speech.ts';

// Evidence that a blind colleague can work: the exact words of each task. A task is a test; what a
// step says is the second argument of `speech.expect`.
test.use({ settings: { BANTER_RATE_LIMIT: 'off' } });
test.skip(({ isMobile }) => isMobile, 'the tasks are done with a keyboard');

/** The time of a message, as it is spoken. */
const TIME = String.raw`\d\d:\d\d`;

test('habit 20: finding a room', async ({ ada }) => {
  await addRoom(ada, 'Design');
  await addRoom(ada, 'Front desk');
  await ada.enter();
  const { page } = ada;
  const { keyboard } = page;
  const speech = await Speech.start(page);
  await speech.expect(
    () => keyboard.press('Control+k'),
    [
      'dialog, Jump to a room or person',
      'combobox, Jump to a room or person, has popup listbox, expanded, ' +
        'active descendant Search messages, autocomplete in list, 1 control',
    ],
  );
  // What is typed selects the best match. A screen reader speaks it and its place.
  await keyboard.type('de');
  const switcher = new Switcher(page);
  await expect(switcher.active).toMatchAriaSnapshot(`
    - option "Design" [selected]
  `);
  await keyboard.press('ArrowDown');
  await expect(switcher.active).toMatchAriaSnapshot(`
    - option "Front desk" [selected]
  `);
  await speech.expect(
    () => keyboard.press('Enter'),
    ['textbox, Write to Front desk, placeholder Write to Front desk'],
  );
  await speech.expect(
    () => keyboard.press('Alt+ArrowDown'),
    ['textbox, Write to general, placeholder Write to general'],
  );
  await speech.expect(
    () => keyboard.press('Alt+Shift+ArrowDown'),
    ['polite: Nothing is unread.'],
  );
  await speech.expect(() => keyboard.press('Control+,'), ['heading, Settings, level 2']);
});

test('habit 20: a new message is heard once, author first', async ({ ada, join }) => {
  const bo = await join('Bo');
  const his = await bo.enter();
  const room = await ada.enter();
  const speech = await Speech.start(ada.page);
  await speech.expect(async () => {
    await his.write('Lunch at noon?');
    await expect(room.message('Lunch at noon?')).toBeVisible();
    await his.write('Or at one');
    await expect(room.message('Or at one')).toBeVisible();
  }, ['polite: Bo: Lunch at noon?', 'polite: Bo: Or at one']);
  // What one wrote oneself, one knows.
  await speech.expect(async () => {
    await room.composer.fill('At one');
    await ada.page.keyboard.press('Enter');
    await expect(room.pending).toHaveCount(0);
  }, []);
  await speech.expect(
    () => room.message('Or at one').focus(),
    [new RegExp(`^listitem, Bo, ${TIME}: Or at one, `)],
  );
  await speech.expect(
    () => ada.page.keyboard.press('ArrowUp'),
    [new RegExp(`^listitem, Bo, ${TIME}: Lunch at noon\\?, `)],
  );
});

test('habit 20: reacting to a message', async ({ ada, join }) => {
  const bo = await join('Bo');
  const his = await bo.enter();
  await his.write('Lunch at noon?');
  const room = await ada.enter();
  await expect(room.message('Lunch at noon?')).toBeVisible();
  const { keyboard } = ada.page;
  const speech = await Speech.start(ada.page);
  await speech.expect(
    () => keyboard.press('Shift+Tab'),
    [new RegExp(`^listitem, Bo, ${TIME}: Lunch at noon\\?, `)],
  );
  await speech.expect(() => keyboard.press('Enter'), ['button, React with thumbs up']);
  await speech.expect(() => keyboard.press('Enter'), ['polite: Reacted with 👍']);
  await expect(room.reactions('Lunch at noon?')).toHaveText(['👍1']);
  await speech.expect(
    () => keyboard.press('Escape'),
    [new RegExp(`^listitem, Bo, ${TIME}: Lunch at noon\\?, `)],
  );
});

test('habit 20: editing a message', async ({ ada }) => {
  const room = await ada.enter();
  await room.write('Lunch at noon');
  await expect(room.pending).toHaveCount(0);
  const { keyboard } = ada.page;
  const speech = await Speech.start(ada.page);
  const editing = 'polite: Editing your message. Press Esc to restore the original.';
  await speech.expect(() => keyboard.press('ArrowUp'), [editing]);
  await keyboard.type(', or one');
  await speech.expect(() => keyboard.press('Enter'), ['polite: Edited']);
  await expect(room.message('Lunch at noon, or one')).toContainText('edited');
  await speech.expect(
    () => keyboard.press('Shift+Tab'),
    [new RegExp(`^listitem, Ada, ${TIME}, edited: Lunch at noon, or one, `)],
  );
  await speech.expect(
    () => keyboard.press('e'),
    ['textbox, Write to general, placeholder Write to general', editing],
  );
});

test('habit 20: replying to a message, and in its thread', async ({ ada, join }) => {
  const bo = await join('Bo');
  const his = await bo.enter();
  await his.write('Lunch at noon?');
  const room = await ada.enter();
  const message = room.message('Lunch at noon?');
  await expect(message).toBeVisible();
  const { keyboard } = ada.page;
  const speech = await Speech.start(ada.page);
  await message.focus();
  await speech.clear();
  await speech.expect(() => keyboard.press('r'), [
      'textbox, Write to general, placeholder Write to general',
      'polite: Replying to Bo. Press Esc to stop.',
    ]);
  await keyboard.type('At noon');
  await speech.expect(async () => {
    await keyboard.press('Enter');
    await expect(room.pending).toHaveCount(0);
  }, []);
  await speech.expect(
    () => room.message('At noon').last().focus(),
    [new RegExp(`^listitem, Ada, ${TIME}, in reply to Bo: At noon, `)],
  );
  await message.first().focus();
  await speech.clear();
  await speech.expect(
    () => keyboard.press('t'),
    ['textbox, Reply in thread, placeholder Reply in thread'],
  );
  const thread = new ThreadPanel(ada.page);
  await keyboard.type('The green door');
  await speech.expect(async () => {
    await keyboard.press('Enter');
    await expect(thread.pending).toHaveCount(0);
  }, []);
  await speech.expect(
    () => keyboard.press('Escape'),
    ['textbox, Write to general, placeholder Write to general'],
  );
  await speech.expect(
    () => message.first().focus(),
    [new RegExp(`^listitem, Bo, ${TIME}, 1 reply: Lunch at noon\\?, `)],
  );
});

test('habit 20: pinning a message', async ({ ada, join }) => {
  const bo = await join('Bo');
  const his = await bo.enter();
  await his.write('The code is 4711');
  const room = await ada.enter();
  const message = room.message('The code is 4711');
  await expect(message).toBeVisible();
  const { keyboard } = ada.page;
  const speech = await Speech.start(ada.page);
  await message.focus();
  await speech.clear();
  await speech.expect(async () => {
    await keyboard.press('p');
    await expect(message).toContainText('Pinned by Ada');
  }, ['polite: Pinned']);
  await speech.expect(async () => {
    await keyboard.press('p');
    await expect(message).not.toContainText('Pinned by');
  }, ['polite: No longer pinned']);
});

test('habit 20: opening a profile', async ({ ada, join }) => {
  const bo = await join('Bo');
  const his = await bo.enter();
  await his.write('Hello');
  const room = await ada.enter();
  await expect(room.message('Hello')).toBeVisible();
  const { keyboard } = ada.page;
  const speech = await Speech.start(ada.page);
  await room.message('Hello').focus();
  await speech.clear();
  await speech.expect(() => keyboard.press('ArrowRight'), ['button, Bo, has popup dialog']);
  await speech.expect(() => keyboard.press('Enter'), ['dialog, Bo', 'button, Close']);
  await speech.expect(() => keyboard.press('Escape'), ['button, Bo, has popup dialog']);
});

test('habit 20: setting a status', async ({ ada }) => {
  await ada.enter();
  const { page } = ada;
  const { keyboard } = page;
  const speech = await Speech.start(page);
  await page.getByRole('button', { name: 'Ada Here' }).focus();
  await speech.clear();
  await speech.expect(
    () => keyboard.press('Enter'),
    ['dialog, Your status', 'textbox, Status, placeholder What are you doing?'],
  );
  await keyboard.type('At lunch');
  await speech.expect(
    () => keyboard.press('Enter'),
    ['button, Ada At lunch, Set a status, has popup dialog'],
  );
});

test('habit 20: turning the notifications of a room to mentions', async ({ ada }) => {
  const { page } = ada;
  const { keyboard } = page;
  const room = await ada.enter();
  await ask(ada, 'notify', { room: 'general', level: 'all' });
  await page.reload();
  await expect(room.connection).toHaveAttribute('data-state', 'current');
  await room.about.focus();
  const speech = await Speech.start(page);
  await speech.expect(() => keyboard.press('Enter'), ['heading, About this room general, level 2']);
  await speech.expect(() => keyboard.press('Tab'), ['button, Close']);
  await speech.expect(() => keyboard.press('Tab'), ['group, About this room']);
  await speech.expect(
    () => keyboard.press('Tab'),
    ['radio, Everything, checked, position 1, set size 3'],
  );
  await speech.expect(
    () => keyboard.press('ArrowRight'),
    [/^radio, Mentions, (not )?checked, position 2, set size 3$/],
  );
  await expect(page.getByRole('radio', { name: 'Mentions' })).toBeChecked();
});
