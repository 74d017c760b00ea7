import type { Page } from '@playwright/test';
import { addRoom, expect, test } from '../fixtures.ts';
import type { RoomPage } from '../pages/room.ts';

/** The text of the composer, with its selection between `‹` and `›`, or its caret as `|`. */
const written = (room: RoomPage) =>
  room.composer.evaluate((element) => {
    const { value, selectionStart, selectionEnd } = element as HTMLTextAreaElement;
    const [before, chosen, after] = [
      value.slice(0, selectionStart),
      value.slice(selectionStart, selectionEnd),
      value.slice(selectionEnd),
    ];
    return chosen ? `${before}‹${chosen}›${after}` : `${before}|${after}`;
  });

const select = (room: RoomPage, start: number, end: number) =>
  room.composer.evaluate(
    (element, [start, end]) => (element as HTMLTextAreaElement).setSelectionRange(start!, end!),
    [start, end],
  );

/** Whether the composer has the focus of its window: Firefox gives the keyboard to one window. */
const hasFocus = (room: RoomPage) =>
  room.composer.evaluate((element) => element === document.activeElement);

/** The buttons of formats, which come after the first load. */
const toolsOf = (page: Page) => page.locator('.composer__formats');

test.describe('with a keyboard', () => {
  test.skip(({ isMobile }) => isMobile, 'there is no keyboard');

  test('habit 16: keys format the selection, and the browser undoes it', async ({ ada }) => {
    const room = await ada.enter();
    await expect(toolsOf(ada.page)).toBeAttached();
    await room.composer.pressSequentially('a 👍 word');
    await select(room, 5, 9);
    await room.composer.press('Control+b');
    expect(await written(room)).toBe('a 👍 **‹word›**');
    await room.composer.press('Control+i');
    expect(await written(room)).toBe('a 👍 **_‹word›_**');
    await room.composer.press('Control+b');
    expect(await written(room)).toBe('a 👍 _‹word›_');
    await room.composer.press('Control+z');
    await expect(room.composer).toHaveValue('a 👍 **_word_**');
    await room.composer.press('Control+z');
    await expect(room.composer).toHaveValue('a 👍 **word**');
    await room.composer.press('Control+z');
    await expect(room.composer).toHaveValue('a 👍 word');
    await room.composer.press('Control+Shift+z');
    await expect(room.composer).toHaveValue('a 👍 **word**');

    for (const [keys, expected] of [
      ['Control+Shift+x', '~~‹word›~~'],
      ['Control+e', '`‹word›`'],
      ['Control+Shift+l', '[word](|)'],
      ['Control+Shift+Digit9', '‹> word›'],
      ['Control+Shift+Digit8', '‹- word›'],
      ['Control+Shift+Digit7', '‹1. word›'],
      ['Control+Shift+e', '```\n‹word›\n```'],
    ] as const) {
      await room.composer.fill('word');
      await select(room, 0, 4);
      await room.composer.press(keys);
      expect(await written(room), keys).toBe(expected);
    }
    await room.composer.fill('');
    await room.composer.press('Control+b');
    expect(await written(room)).toBe('**|**');
    await room.composer.pressSequentially('bold');
    await room.composer.press('Control+b');
    expect(await written(room)).toBe('**bold**|');
    await room.composer.press('Enter');
    await expect(room.messages).toHaveCount(1);
  });

  test('habit 11: formats are found by the switcher and in the list of shortcuts', async ({
    ada,
  }) => {
    const room = await ada.enter();
    await expect(toolsOf(ada.page)).toBeAttached();
    await room.composer.fill('word');
    await select(room, 0, 4);
    await room.composer.press('Control+k');
    await ada.page.keyboard.type('bold');
    await expect(ada.page.getByRole('option', { name: 'Bold', exact: true })).toBeVisible();
    await ada.page.keyboard.press('Enter');
    await expect.poll(() => written(room)).toBe('**‹word›**');
    await expect(room.composer).toBeFocused();
    await ada.page.keyboard.press('Control+/');
    const shortcuts = ada.page.getByRole('dialog', { name: 'Shortcuts' });
    await expect(shortcuts.getByText('Numbered list')).toBeVisible();
  });

  test('a line break continues a list, and ends it after an empty item', async ({ ada }) => {
    const room = await ada.enter();
    await expect(toolsOf(ada.page)).toBeAttached();
    await room.composer.pressSequentially('1. one');
    await room.composer.press('Shift+Enter');
    expect(await written(room)).toBe('1. one\n2. |');
    await room.composer.press('Control+z');
    await expect(room.composer).toHaveValue('1. one');
    await room.composer.press('Shift+Enter');
    await room.composer.press('Shift+Enter');
    expect(await written(room)).toBe('1. one\n|');
    await room.composer.press('Shift+Enter');
    expect(await written(room)).toBe('1. one\n\n|');
  });
});

test('on a phone, a button opens a line of formats', async ({ ada, isMobile }) => {
  test.skip(!isMobile, 'only a phone has no space for them');
  const room = await ada.enter();
  const { page } = ada;
  const tools = page.getByRole('toolbar', { name: 'Formatting' });
  const open = page.getByRole('button', { name: 'Formatting' });
  await expect(open).toBeVisible();
  await expect(tools).toBeHidden();
  await room.composer.fill('word');
  await select(room, 0, 4);
  const before = await open.boundingBox();
  await open.tap();
  await expect(open).toHaveAttribute('aria-expanded', 'true');
  await expect(room.composer).toBeFocused();
  expect(await open.boundingBox(), 'it stays under the finger').toEqual(before);
  const buttons = await tools.getByRole('button').all();
  expect(buttons).toHaveLength(6);
  for (const button of [...buttons, open]) {
    const { width, height } = (await button.boundingBox())!;
    expect(Math.min(width, height)).toBeGreaterThanOrEqual(44);
  }
  await tools.getByRole('button', { name: 'Bold' }).tap();
  expect(await written(room)).toBe('**‹word›**');
  await open.tap();
  await expect(tools).toBeHidden();
});

test('the emoji stand above what is written', async ({ ada, isMobile }) => {
  test.skip(isMobile, 'they are a sheet there');
  const room = await ada.enter();
  const { page } = ada;
  const card = page.locator('.composer__card');
  const picker = page.getByRole('dialog', { name: 'Emoji' });
  for (const text of ['one line', 'many lines\n'.repeat(40)]) {
    await room.composer.fill(text);
    await page.locator('.composer').getByRole('button', { name: 'Emoji' }).click();
    await expect(picker.getByRole('searchbox')).toBeFocused();
    const bottom = () => picker.evaluate((it) => it.getBoundingClientRect().bottom);
    const top = await card.evaluate((it) => it.getBoundingClientRect().top);
    await expect.poll(bottom).toBeLessThan(top);
    expect(await picker.evaluate((it) => it.getBoundingClientRect().top)).toBeGreaterThan(0);
    await page.keyboard.press('Escape');
  }
});

test('buttons format the selection, one of them by Tab and the others by arrows', async ({
  ada,
  isMobile,
}) => {
  const room = await ada.enter();
  await expect(toolsOf(ada.page)).toBeAttached();
  const tools = ada.page.getByRole('toolbar', { name: 'Formatting' });
  test.skip(isMobile, 'there is no keyboard');
  await expect(tools.getByRole('button')).toHaveCount(6);
  await room.composer.fill('word');
  await select(room, 0, 4);
  await tools.getByRole('button', { name: 'Italic' }).click();
  await expect(room.composer).toBeFocused();
  expect(await written(room)).toBe('_‹word›_');

  await ada.page.getByRole('button', { name: 'Emoji' }).focus();
  await ada.page.keyboard.press('Tab');
  await expect(tools.getByRole('button', { name: 'Italic' })).toBeFocused();
  await ada.page.keyboard.press('ArrowLeft');
  await ada.page.keyboard.press('ArrowLeft');
  await expect(tools.getByRole('button', { name: 'Quote' })).toBeFocused();
  await ada.page.keyboard.press('Enter');
  expect(await written(room)).toBe('‹> _word_›');
  await expect(room.composer).toBeFocused();
});

/** Pastes as the browser does: what the event does not take is inserted as text. */
const paste = (room: RoomPage, data: Record<string, string>) =>
  room.composer.evaluate((element, data) => {
    const clipboardData = new DataTransfer();
    for (const [type, text] of Object.entries(data)) clipboardData.setData(type, text);
    const event = new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true });
    // Firefox ignores the data of events that scripts make.
    Object.defineProperty(event, 'clipboardData', { value: clipboardData });
    if (element.dispatchEvent(event)) document.execCommand('insertText', false, data['text/plain']);
  }, data);

test('habit 14: an address pasted on a selection makes a link, and can be undone', async ({
  ada,
}) => {
  const room = await ada.enter();
  await expect(toolsOf(ada.page)).toBeAttached();
  await room.composer.fill('see the docs');
  await select(room, 8, 12);
  await paste(room, { 'text/plain': 'https://a.example/b' });
  expect(await written(room)).toBe('see the [docs](https://a.example/b)|');
  await room.composer.press('Control+z');
  await expect(room.composer).toHaveValue('see the docs');
  await select(room, 8, 12);
  await paste(room, { 'text/plain': 'words' });
  expect(await written(room)).toBe('see the words|');
});

test('habit 14: rich text is pasted as Markdown, and never becomes a part of the page', async ({
  ada,
  complaints,
}) => {
  const room = await ada.enter();
  await expect(toolsOf(ada.page)).toBeAttached();
  const html = `<meta charset="utf-8"><h2>Plan</h2><p>Read the
    <a href="https://a.example"><b>docs</b></a>, <i>then</i> <code>run</code>:</p>
    <ol><li>one</li><li>two <img src="/nothing.png" onerror="document.title='run'"></li></ol>
    <script>document.title = 'run'</script>`;
  await paste(room, { 'text/html': html, 'text/plain': 'Plan' });
  await expect(room.composer).toHaveValue(
    '## Plan\n\nRead the [**docs**](https://a.example), _then_ `run`:\n\n1. one\n2. two',
  );
  await room.composer.press('Control+z');
  await expect(room.composer).toHaveValue('');

  const sheet = '<table><tr><td>Name</td><td>Size</td></tr><tr><td>a</td><td>1</td></tr></table>';
  await paste(room, { 'text/html': sheet, 'text/plain': 'Name\tSize\na\t1' });
  await expect(room.composer).toHaveValue('| Name | Size |\n| --- | --- |\n| a | 1 |');

  // What has no format, and what is pasted into code, stays as it is.
  for (const [before, data, after] of [
    ['', { 'text/html': '<div>a</div><div>b</div>', 'text/plain': 'a\nb' }, 'a\nb'],
    ['```\n', { 'text/html': '<b>a</b>', 'text/plain': 'a' }, '```\na'],
  ] as const) {
    await room.composer.fill(before);
    await paste(room, data);
    await expect(room.composer).toHaveValue(after);
  }
  expect(await ada.page.title()).not.toContain('run');
  // The policy of the page is that of what is read, too.
  const blocked = complaints.splice(0);
  for (const text of blocked) expect(text).toMatch(/event handler/i);
});

test('habit 15: people are completed, those in the room first', async ({ ada, join, isMobile }) => {
  test.skip(isMobile, 'there are no arrow keys');
  await join('Bo');
  const desk = await addRoom(ada, 'Desk');
  await join('Bodil');
  await ada.call('POST', `/api/rooms/${desk}/members`, { user: 'bo' });
  const room = await ada.enter('desk', 'Desk');
  await expect(toolsOf(ada.page)).toBeAttached();
  const list = ada.page.getByRole('listbox', { name: 'People' });
  const options = list.getByRole('option');

  await room.composer.pressSequentially('hello @bo');
  await expect(options).toHaveCount(2);
  await expect(options.first()).toContainText('@bo,');
  await expect(options.last()).toContainText('@bodil, not in this room');
  await expect(room.composer).toHaveAttribute('aria-activedescendant', 'completion-0');
  await expect(room.composer).toHaveAttribute('aria-controls', 'completion');
  await room.composer.press('ArrowDown');
  await expect(options.last()).toHaveAttribute('aria-selected', 'true');
  await room.composer.press('Tab');
  expect(await written(room)).toBe('hello @bodil |');
  await expect(list).toBeHidden();
  expect(await hasFocus(room)).toBe(true);
  await expect(room.composer).not.toHaveAttribute('aria-activedescendant');
  await room.composer.press('Control+z');
  await expect(room.composer).toHaveValue('hello @bo');

  // Escape closes the list for this word; then keys have their plain meaning.
  await expect(options).toHaveCount(2);
  await room.composer.press('Escape');
  await expect(list).toBeHidden();
  await room.composer.press('d');
  await expect(list).toBeHidden();
  await room.composer.press('Tab');
  expect(await hasFocus(room)).toBe(false);
  await room.composer.focus();
  await room.composer.fill('');

  // Everybody is in the first room.
  await ada.enter();
  await expect(toolsOf(ada.page)).toBeAttached();
  const general = ada.page.getByRole('textbox', { name: 'Write to general' });
  await general.pressSequentially('@bodil');
  await expect(options).toHaveCount(1);
  await expect(options).not.toContainText('not in this room');
  await general.fill('');
  await ada.enter('desk', 'Desk');
  await expect(toolsOf(ada.page)).toBeAttached();

  // Enter completes what is begun, and sends what is complete.
  await room.composer.pressSequentially('@room');
  await expect(options.first()).toContainText('all 2 people');
  await room.composer.fill('');
  await room.composer.pressSequentially('@b');
  await expect(options.first()).toContainText('@bo,');
  await room.composer.press('Enter');
  expect(await written(room)).toBe('@bo |');
  await room.composer.fill('');

  // The list follows the text by a frame; its keys do not wait for that.
  await room.composer.evaluate((field) => {
    document.execCommand('insertText', false, '@b');
    const tab = { key: 'Tab', bubbles: true, cancelable: true };
    field.dispatchEvent(new KeyboardEvent('keydown', tab));
  });
  expect(await written(room)).toBe('@bo |');
  await room.composer.fill('');
  await room.composer.pressSequentially('@bo');
  await expect(options.first()).toContainText('@bo,');
  await room.composer.press('Enter');
  await expect(room.message('@bo')).toHaveCount(1);
  await expect(room.composer).toHaveValue('');
});

test('habit 16: emoji and rooms are completed by their names', async ({ ada }) => {
  await addRoom(ada, 'Front desk');
  const requests: string[] = [];
  ada.page.on('request', (request) => requests.push(new URL(request.url()).pathname));
  const room = await ada.enter();
  await expect(toolsOf(ada.page)).toBeAttached();
  const emoji = ada.page.getByRole('listbox', { name: 'Emoji' }).getByRole('option');
  await room.composer.pressSequentially('10:30 :t');
  await expect(emoji).toHaveCount(0);
  const isTable = (path: string) => /^\/emoji\..*\.txt$/.test(path);
  expect(requests.filter(isTable)).toEqual([]);
  await room.composer.pressSequentially('ad');
  await expect(emoji.first()).toContainText(':tada:');
  await emoji.first().click();
  expect(await written(room)).toBe('10:30 🎉 |');
  await expect(room.composer).toBeFocused();
  await room.composer.pressSequentially(':heart');
  await expect(emoji.first()).toContainText(':heart:');
  await room.composer.press('Enter');
  expect(await written(room)).toBe('10:30 🎉 ❤️ |');
  expect(requests.filter(isTable)).toHaveLength(1);

  const rooms = ada.page.getByRole('listbox', { name: 'Rooms' }).getByRole('option');
  await room.composer.fill('');
  await room.composer.pressSequentially('see #de');
  await expect(rooms).toHaveCount(1);
  await rooms.first().click();
  expect(await written(room)).toBe('see #front-desk |');
});

test('slash commands are listed, run, and said if there is none', async ({ ada, join }) => {
  const bo = await join('Bo');
  await addRoom(ada, 'Desk');
  const room = await ada.enter('desk', 'Desk');
  await expect(toolsOf(ada.page)).toBeAttached();
  const fault = ada.page.locator('.composer').getByRole('alert');
  const commands = ada.page.getByRole('listbox', { name: 'Commands' }).getByRole('option');
  await room.composer.pressSequentially('/');
  await expect(commands).toHaveCount(9);
  await room.composer.pressSequentially('to');
  await expect(commands).toHaveCount(1);
  await room.composer.press('Enter');
  expect(await written(room)).toBe('/topic |');
  await room.composer.pressSequentially('All about cables');
  await room.send.click();
  await expect(room.composer).toHaveValue('');
  await expect(ada.page.getByText('All about cables')).toHaveCount(1);

  await room.write('/tpoic x');
  await expect(fault).toHaveText('There is no command /tpoic. Type // to begin with a slash.');
  await expect(room.composer).toHaveValue('/tpoic x');
  await room.composer.press('End');
  await room.composer.press('!');
  await expect(fault).toHaveCount(0);
  await room.write('//tpoic x');
  await expect(room.message('/tpoic x')).toHaveCount(1);
  await room.write('/me waves');
  await expect(room.message('waves')).toHaveCount(1);
  await room.write('/shrug');
  await expect(room.message('(ツ)')).toHaveCount(1);
  await expect(room.messages).toHaveCount(3);

  await room.write('/invite @nobody');
  await expect(fault).toBeVisible();
  await room.write('/invite @bo');
  await expect(room.composer).toHaveValue('');
  const his = await bo.enter('desk', 'Desk');
  await expect(his.message('waves')).toHaveCount(1);

  await room.composer.fill('/code rust');
  await room.send.click();
  expect(await written(room)).toBe('```rust\n|\n```');
  await room.composer.press('Control+z');
  await expect(room.composer).toHaveValue('/code rust');

  await room.write('/dm bo are you here?');
  await expect(ada.page.getByRole('heading', { level: 1, name: 'Bo' })).toBeAttached();
  await expect(ada.page.getByText('are you here?')).toBeVisible();
  await ada.page.goto('/rooms/desk');
  await expect(room.connection).toHaveAttribute('data-state', 'current');
  await expect(room.composer).toHaveValue('');
  await expect(toolsOf(ada.page)).toBeAttached();
  await room.write('/leave');
  await expect(ada.page).toHaveURL(/\/rooms$/);
});

test('the composer grows to half of the view, then scrolls, and counts down', async ({ ada }) => {
  const room = await ada.enter();
  const height = () => room.composer.evaluate((element) => element.getBoundingClientRect().height);
  const before = await height();
  await room.composer.fill('one\ntwo\nthree');
  expect(await height()).toBeGreaterThan(before);
  await room.composer.fill('line\n'.repeat(100));
  const half = (await ada.page.evaluate(() => window.innerHeight)) / 2;
  expect(Math.abs((await height()) - half)).toBeLessThan(2);
  const scrolls = await room.composer.evaluate((it) => it.scrollHeight > it.clientHeight);
  expect(scrolls).toBe(true);

  await room.composer.fill('x'.repeat(9_799));
  await expect(ada.page.getByText('characters left')).toHaveCount(0);
  await room.composer.fill('x'.repeat(9_999));
  await expect(ada.page.getByText('1 character left')).toHaveCount(1);
  await room.composer.fill('x'.repeat(10_001));
  await expect(ada.page.getByText('1 character too long')).toBeVisible();
});
