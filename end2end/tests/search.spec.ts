import { choose } from '../attachments.ts';
import { addRoom, ask, expect, say, type TestUser, test } from '../fixtures.ts';
import { expectAccessible, lines } from '../helpers.ts';
import { RoomPage } from '../pages/room.ts';
import { SearchPage } from '../pages/search.ts';

test.use({ settings: { BANTER_RATE_LIMIT: 'off' } });

/** Two rooms with messages of Ada and Bo. */
async function talk(ada: TestUser, bo: TestUser) {
  await ada.enter(); // only the messages of one's rooms are found
  const release = await addRoom(ada, 'Release');
  await say(ada, release, ['Backup while running', 'then restore on a clean machine']);
  await say(bo, release, ['The backup takes two seconds: https://example.org/notes']);
  await say(bo, 'general', ['Lunch at noon?', 'Where does the backup go?']);
  // In Firefox, the window that was opened last has the focus.
  await ada.page.bringToFront();
  return { release };
}

test('messages are found by parts of words, as one types', async ({ ada, join }) => {
  await talk(ada, await join('Bo'));
  await say(ada, 'general', ['A **Backupplan** for all', 'Épée and été']);
  const search = new SearchPage(ada.page);
  await search.open();
  await expect(search.field).toBeFocused();
  await search.field.pressSequentially('backup');
  await expect(search.count).toHaveText('4 messages, newest first');
  await search.expectFound('Backupplan', 'Where does', 'takes two seconds', 'while running');
  await expect(search.results.first().locator('mark')).toHaveText('Backup');
  await expect(search.results.nth(2)).toContainText(/Bo\s*in Release/);
  await expect(ada.page).toHaveURL('/search?q=backup');
  await expect(ada.page).toHaveTitle(/Search · Banter$/);

  await search.field.fill('ete');
  await search.expectFound('Épée');
  await expect(search.results.locator('mark')).toHaveText('été');
  await search.field.fill('"restore on a clean"');
  await search.expectFound('then restore');
  await search.field.fill('backup -takes -where -plan');
  await search.expectFound('while running');
});

test('nothing found, and what cannot be searched, is said', async ({ ada, join }) => {
  await talk(ada, await join('Bo'));
  const search = new SearchPage(ada.page);
  await search.open('lunch in:release');
  await expect(search.count).toHaveText('Nothing found for “lunch” in Release.');
  await ada.page.getByRole('button', { name: 'Search everywhere' }).click();
  await search.expectFound('Lunch at noon');
  await expect(search.field).toHaveValue('lunch');
  await search.field.fill('nowhere');
  await expect(search.count).toHaveText('Nothing found for “nowhere”.');
  await expect(ada.page.getByText('Only your rooms are searched.')).toBeVisible();
  await search.field.fill('-lunch');
  await expect(search.fault).toHaveText('The search must say what to look for.');
  await search.field.fill('before:someday ');
  await expect(search.fault).toHaveText(
    '“before:” must be a day as 2026-11-30, today or yesterday.',
  );
  await search.field.fill('lunch');
  await search.expectFound('Lunch at noon');
  await expect(search.fault).toBeEmpty();
});

test('operators and their values are completed', async ({ ada, join, isMobile }) => {
  test.skip(isMobile, 'there is no keyboard');
  const bo = await join('Bo');
  await talk(ada, bo);
  const { page } = ada;
  const search = new SearchPage(page);
  await search.open();
  await search.field.pressSequentially('fr');
  await expect(search.options).toHaveText([/^from: who wrote it/]);
  await page.keyboard.press('Tab');
  await expect(search.field).toHaveValue('from:');
  await page.keyboard.type('bo');
  await expect(search.options.first()).toHaveText(/Bo.*@bo/);
  await expect(search.options.first()).toHaveAttribute('aria-selected', 'true');
  await page.keyboard.press('Tab');
  await expect(search.field).toHaveValue('from:bo ');
  await search.expectFound('Where does', 'Lunch', 'takes two seconds');
  await expect(search.filter('From Bo')).toHaveAttribute('aria-pressed', 'true');

  await page.keyboard.type('in:rel');
  await expect(search.options).toHaveText([/Release/]);
  await page.keyboard.press('Enter');
  await expect(search.field).toHaveValue('from:bo in:release ');
  await search.expectFound('takes two seconds');
  await page.keyboard.type('on:');
  await expect(search.options).toHaveText([/Today/, /Yesterday/, /A week ago/, /30 days ago/]);
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await expect(search.field).toHaveValue(/ on:yesterday $/);
  await expect(search.filter('Yesterday')).toHaveAttribute('aria-pressed', 'true');
  await expect(search.count).toContainText('Nothing found for');
  await page.keyboard.press('Escape');
  await expect(search.field).toHaveValue('');

  // A word that begins like an operator is a word.
  await page.keyboard.type('on');
  await expect(search.options).toHaveText([/^on:/]);
  await page.keyboard.press('Enter');
  await search.expectFound('restore on');
  await page.keyboard.type(' h');
  await expect(search.options).toHaveText([/^has:/]);
  await page.keyboard.press('Escape');
  await expect(search.options).toHaveCount(0);
  await expect(search.field).toHaveValue('on h');
});

test('oneself is offered first, and a space may follow an operator', async ({
  ada,
  join,
  isMobile,
}) => {
  test.skip(isMobile, 'there is no keyboard');
  await talk(ada, await join('Bo'));
  const { page } = ada;
  const search = new SearchPage(page);
  await search.open();
  await page.keyboard.type('backup from:');
  await expect(search.options.first()).toHaveText(/^\S*\s*Me\s+@ada/);
  await expect(search.options.filter({ hasText: '@ada' })).toHaveCount(1);
  await page.keyboard.press('Enter');
  await expect(search.field).toHaveValue('backup from:me ');
  await search.expectFound('while running');
  await expect(search.filter('From me')).toHaveAttribute('aria-pressed', 'true');

  // An operator that is cancelled goes; others stay.
  await search.field.fill('backup');
  await search.filter('From anyone').click();
  await expect(search.field).toHaveValue('backup from:');
  await page.keyboard.press('Escape');
  await expect(search.field).toHaveValue('backup ');
  await search.expectFound('Where does', 'takes two', 'while running');
  await search.filter('From anyone').click();
  await search.field.blur(); // the list covers the button
  await search.filter('In any room').click();
  await expect(search.field).toHaveValue('backup in:');
  await page.keyboard.press('Escape');
  await page.keyboard.type('from: b');
  await expect(search.options.first()).toHaveText(/Bo.*@bo/);
  await page.keyboard.type('o');
  await search.expectFound('Where does', 'takes two');
  await page.keyboard.press('Escape');
  await expect(search.field).toHaveValue('backup from: bo');
});

test('an operator of another program is corrected', async ({ ada, join }) => {
  await talk(ada, await join('Bo'));
  const search = new SearchPage(ada.page);
  await search.open('backup to:release');
  const hint = ada.page.getByText('“to:” is searched as a word. Did you mean “in:”?');
  await expect(hint).toBeVisible();
  await ada.page.getByRole('button', { name: 'Use “in:”' }).click();
  await expect(search.field).toHaveValue('backup in:release');
  await expect(search.field).toBeFocused();
  await search.expectFound('takes two', 'while running');
  await expect(hint).toHaveCount(0);
});

test('what another query found is not shown as the answer to this one', async ({ ada, join }) => {
  await talk(ada, await join('Bo'));
  const { page } = ada;
  // The answer to a search for lunch is held back.
  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  await page.routeWebSocket(/\/ws/, (socket) => {
    const server = socket.connectToServer();
    server.onMessage(async (message) => {
      if (String(message).includes('Lunch at noon') && /search_response/.test(String(message)))
        await held;
      socket.send(message);
    });
  });
  const search = new SearchPage(page);
  const list = page.getByRole('list', { name: 'Results' });
  await search.open('backup');
  await expect(search.results).toHaveCount(3);
  await expect(list).not.toHaveAttribute('aria-busy');

  // A value that is not finished
  await search.field.pressSequentially(' has:fi');
  await expect(list).toHaveAttribute('aria-busy', 'true');
  await expect(list).toHaveCSS('opacity', '0.5');
  await expect(search.count).toBeEmpty();
  await expect(search.results).toHaveCount(3);
  await search.field.fill('backup  from:');
  await expect(list).not.toHaveAttribute('aria-busy');
  await expect(search.count).toHaveText('3 messages, newest first');

  // One that is refused
  await search.field.fill('backup on:someday ');
  await expect(list).toHaveAttribute('aria-busy', 'true');
  await search.field.press('Enter');
  await expect(search.fault).toContainText('“on:” must be a day');
  await expect(list).toHaveCount(0);
  await expect(search.count).toBeEmpty();

  // One that takes a while
  await search.field.fill('backup');
  await expect(search.results).toHaveCount(3);
  await search.field.fill('lunch');
  await expect(search.count).toHaveText('Searching…');
  await expect(list).toHaveAttribute('aria-busy', 'true');
  release();
  await search.expectFound('Lunch at noon');
  await expect(search.count).toHaveText('1 message');
});

test('results show the text without its Markdown', async ({ ada }) => {
  await ada.enter();
  await say(ada, 'general', [
    '# Plan\n\n- the **backup** plan\n- [x] `backup --now`',
    'see [the backup](https://example.org/backup)',
  ]);
  const search = new SearchPage(ada.page);
  await search.open('backup');
  await expect(search.results).toHaveCount(2);
  // In the address there is one too, which is not read.
  await expect(search.link('see')).toHaveText('see [the backup](https://example.org/backup)');
  const text = search.results.last().locator('.result__text');
  await expect(text).toHaveText('Plan\nthe backup plan\nDone: backup --now');
  await expect(search.results.last().locator('mark')).toHaveText(['backup', 'backup']);
});

test('filters set operators and take them away', async ({ ada, join }) => {
  const bo = await join('Bo');
  await talk(ada, bo);
  const room = await ada.enter('release', 'Release');
  await choose(ada.page, {
    name: 'backup-plan.txt',
    mimeType: 'text/plain',
    buffer: Buffer.from('a plan'),
  });
  await room.write('see this');
  await expect(room.pending).toHaveCount(0);
  const search = new SearchPage(ada.page);
  await search.open('backup');
  await search.expectFound('see this', 'Where does', 'takes two', 'while running');
  await expect(search.results.first().locator('mark')).toHaveText('backup');
  await search.filter('Has a file').click();
  await expect(search.field).toHaveValue('backup has:file ');
  await search.expectFound('see this');
  await expect(search.filter('Has a file')).toHaveAttribute('aria-pressed', 'true');
  await search.filter('Has a file').click();
  await search.filter('Has a link').click();
  await search.expectFound('takes two');
  await search.filter('Has a link').click();
  await search.filter('From anyone').click();
  await search.options.filter({ hasText: '@bo' }).click();
  await search.expectFound('Where does', 'takes two');
  await search.filter('In any room').click();
  await search.options.filter({ hasText: 'Release' }).click();
  await search.expectFound('takes two');
  await search.filter('From Bo').click();
  await expect(search.field).toHaveValue('backup in:release');
  await search.expectFound('see this', 'takes two', 'while running');
  await search.filter('In Release').click();
  await search.filter('Pinned').click();
  await expect(search.count).toContainText('Nothing found');
});

test('a result leads to its place, and back to the results', async ({ ada, join }) => {
  const bo = await join('Bo');
  await addRoom(ada, 'Release');
  await ada.enter();
  await say(bo, 'general', lines(300));
  const { page } = ada;
  const search = new SearchPage(page);
  await search.open('line');
  await expect(search.count).toHaveText('300 messages, newest first');
  await expect(search.results).toHaveCount(20);
  await search.results.last().scrollIntoViewIfNeeded();
  await expect(search.link('line 261.')).toBeAttached();
  const link = search.link('line 275.');
  await link.scrollIntoViewIfNeeded();
  await link.click();
  await expect(page).toHaveURL('/rooms/general');
  const room = new RoomPage(page, 'general');
  await expect(room.message('line 275.')).toBeInViewport();
  await expect(room.message('line 275.')).toHaveAttribute('aria-current', 'true');
  const frame = (await room.scroller.boundingBox())!;
  const row = (await room.message('line 275.').boundingBox())!;
  const offset = row.y + row.height / 2 - (frame.y + frame.height / 2);
  expect(Math.abs(offset)).toBeLessThan(row.height);

  await page.goBack();
  await expect(page).toHaveURL('/search?q=line');
  await expect(search.field).toHaveValue('line');
  await expect(search.link('line 261.')).toBeAttached();
  await expect(search.link('line 275.')).toBeInViewport();
  await expect(search.link('line 275.')).toBeFocused();
  await page.reload();
  await expect(search.count).toHaveText('300 messages, newest first');
});

test('a reply is found in its thread', async ({ ada, join }) => {
  const bo = await join('Bo');
  const room = await ada.enter();
  await room.write('Who takes the night?');
  await expect(room.pending).toHaveCount(0);
  const thread = await room.message('Who takes').getAttribute('data-id');
  await bo.page.goto('/rooms');
  await ask(bo, 'chat', { room: 'general', text: 'I take the owl shift', thread });
  const search = new SearchPage(ada.page);
  await search.open('owl');
  await expect(search.results).toContainText([/Bo\s*in general, in a thread/]);
  await search.link('owl').click();
  await expect(ada.page).toHaveURL(/\/rooms\/general/);
  const reply = ada.page.locator('.panel').getByText('I take the owl shift');
  await expect(reply).toBeInViewport();
});

test('a search can be kept to one room', async ({ ada, join, isMobile }) => {
  const bo = await join('Bo');
  await talk(ada, bo);
  const { page } = ada;
  const room = await ada.enter('release', 'Release');
  if (isMobile) await room.about.click();
  await page.getByRole('button', { name: 'Search in this room' }).first().click();
  const search = new SearchPage(page);
  await expect(search.field).toHaveValue('in:release ');
  await expect(search.field).toBeFocused();
  await search.expectFound('takes two', 'restore on', 'while running');
  await page.keyboard.type('machine');
  await search.expectFound('restore on');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  await expect(page).toHaveURL('/rooms/release');

  // A direct room has no name that could be typed.
  const { id } = (await ada.call('POST', '/api/direct', { users: ['bo'] })) as { id: string };
  await say(ada, id, ['a word for Bo alone', 'the backup key']);
  await page.goto(`/rooms/${id}`);
  await expect(page.locator('[role=status][data-state]')).toHaveAttribute('data-state', 'current');
  if (isMobile) await page.getByRole('button', { name: 'About this' }).click();
  await page.getByRole('button', { name: 'Search in this room' }).first().click();
  await expect(search.filter('In Bo')).toHaveAttribute('aria-pressed', 'true');
  await page.keyboard.type('backup');
  await search.expectFound('the backup key');
  await expect(page).toHaveURL(`/search?q=backup&room=${id}`);
  await page.reload();
  await search.expectFound('the backup key');
  await search.filter('In Bo').click();
  await expect(search.results).toHaveCount(4);
});

test('the last searches are kept on this device, until they are removed', async ({
  ada,
  join,
}) => {
  await talk(ada, await join('Bo'));
  const { page } = ada;
  const search = new SearchPage(page);
  await search.open();
  await expect(page.getByText('Only your rooms are searched.')).toBeVisible();
  for (const [words, count] of [
    ['lunch', 1],
    ['backup', 3],
  ] as const) {
    await search.field.fill(words);
    await page.keyboard.press('Enter');
    await expect(search.results).toHaveCount(count);
  }
  await search.field.fill('nowhere to be found');
  await page.keyboard.press('Enter');
  await expect(search.count).toContainText('Nothing found');
  await search.field.fill('on:someday ');
  await page.keyboard.press('Enter');
  await expect(search.fault).not.toBeEmpty();
  await search.field.fill('noon');
  await expect(search.count).toHaveText('1 message');
  await page.getByRole('button', { name: 'Clear', exact: true }).click();
  await expect(search.field).toBeFocused();
  await expect(search.recent.getByRole('listitem')).toHaveText(['backup', 'lunch']);
  await page.reload();
  await search.recent.getByRole('button', { name: 'lunch', exact: true }).click();
  await search.expectFound('Lunch at noon');
  await expect(search.field).toHaveValue('lunch');
  await search.field.fill('');
  await search.recent.getByRole('button', { name: 'Forget lunch' }).click();
  await expect(search.recent.getByRole('listitem')).toHaveText(['backup']);
  await search.recent.getByRole('button', { name: 'Clear all' }).click();
  await expect(search.recent).toHaveCount(0);
  expect(
    await page.evaluate(() => Object.keys(localStorage).filter((key) => /searches/.test(key))),
  ).toEqual([]);
});

test('all of it works by keys', async ({ ada, join, isMobile }) => {
  test.skip(isMobile, 'there is no keyboard');
  await talk(ada, await join('Bo'));
  const { page } = ada;
  const room = await ada.enter('release', 'Release');
  await expect(room.message('takes two')).toBeVisible();
  await page.keyboard.press('Control+Shift+F');
  const search = new SearchPage(page);
  await expect(search.field).toBeFocused();
  await page.keyboard.type('backup');
  await search.expectFound('Where does', 'takes two', 'while running');
  await page.keyboard.press('ArrowDown');
  await expect(search.link('Where does')).toBeFocused();
  await expect(search.link('Where does')).toHaveAccessibleName(
    /^Bo in general \d\d:\d\d Where does the backup go\?$/,
  );
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await expect(search.link('while running')).toBeFocused();
  await expect(search.results.getByRole('link').and(page.locator('[tabindex="0"]'))).toHaveCount(1);
  await page.keyboard.press('Escape');
  await expect(search.field).toBeFocused();
  await page.keyboard.press('ArrowDown');
  await expect(search.link('while running')).toBeFocused();
  await page.keyboard.press('Home');
  await page.keyboard.press('ArrowUp');
  await expect(search.field).toBeFocused();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('End');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL('/rooms/release');
  await expect(room.message('while running')).toHaveAttribute('aria-current', 'true');
  await page.goBack();
  await expect(search.link('while running')).toBeFocused();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  await expect(search.field).toHaveValue('');
  await page.keyboard.press('Escape');
  await expect(page).toHaveURL('/rooms/release');
});

test('what was found follows edits and deletions', async ({ ada, join }) => {
  const bo = await join('Bo');
  await ada.enter();
  const his = await bo.enter();
  for (const text of ['first owl', 'second owl', 'third owl']) await his.write(text);
  await expect(his.pending).toHaveCount(0);
  const search = new SearchPage(ada.page);
  await search.open('owl');
  await search.expectFound('third', 'second', 'first');
  await his.act('second owl', 'Delete');
  await expect(search.results).toHaveCount(2, { timeout: 20_000 }); // it can be undone for a while
  await search.expectFound('third', 'first');
  await expect(search.count).toHaveText('2 messages, newest first');
});

test('a search waits for a connection', async ({ ada, join, server }) => {
  await talk(ada, await join('Bo'));
  const search = new SearchPage(ada.page);
  await search.open();
  await search.field.fill('lunch');
  await search.expectFound('Lunch at noon');
  await server.stop();
  await search.field.fill('backup');
  await expect(search.count).toHaveText(/^Search needs a connection\./);
  await server.start();
  await expect(search.count).toHaveText('3 messages, newest first', { timeout: 30_000 });
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`axe finds no violations, ${colorScheme}: search`, async ({ ada, join }) => {
    const { page } = ada;
    await page.emulateMedia({ colorScheme });
    await talk(ada, await join('Bo'));
    const search = new SearchPage(page);
    await search.open();
    await expectAccessible(page);
    await search.field.fill('backup from:');
    await expect(search.options.first()).toBeVisible();
    await expectAccessible(page);
    await search.field.fill('backup is:pinned ');
    await expect(search.count).toContainText('Nothing found');
    await expectAccessible(page);
    await search.field.fill('backup in:release');
    await page.keyboard.press('Enter');
    await expect(search.results).toHaveCount(2);
    await expectAccessible(page);
    await search.field.fill('');
    await expect(search.recent).toBeVisible();
    await expectAccessible(page);
  });
}

test('nothing is wider than a small screen', async ({ ada, join }) => {
  const bo = await join('Bo');
  await talk(ada, bo);
  await say(bo, 'general', [`backup ${'x'.repeat(300)}`, 'backup עברית ‮ שלום abc']);
  const { page } = ada;
  await page.setViewportSize({ width: 320, height: 640 });
  const search = new SearchPage(page);
  await search.open('backup');
  await expect(search.results).toHaveCount(5);
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  expect(width).toBe(320);
  const beyond = await page.locator('.page').evaluate((it) => it.scrollWidth - it.clientWidth);
  expect(beyond).toBe(0);
});
