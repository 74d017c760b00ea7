import type { Page } from '@playwright/test';
import { addRoom, ask, expect, say, test } from '../fixtures.ts';
import { expectAccessible, hydrated } from '../helpers.ts';
import { openThread } from '../pages/thread.ts';

const HOUR = 3_600_000;

const dialog = (page: Page) => page.getByRole('dialog');
const rows = (page: Page) => page.getByRole('list', { name: 'To be sent' }).getByRole('listitem');
/** The line that says what came of something. */
const note = (page: Page) => page.locator('.toast--note');
const isPhone = (page: Page) => (page.viewportSize()?.width ?? 0) < 768;

async function open(page: Page) {
  await page.goto('/drafts');
  await hydrated(page);
}

async function act(page: Page, text: string, action: string) {
  const row = rows(page).filter({ hasText: text });
  await row.getByRole('button', { name: 'More about' }).click();
  await row.getByRole('button', { name: action }).click();
}

test('drafts are listed with their places, the newest first, to open or to drop', async ({
  ada,
  device,
}) => {
  await addRoom(ada, 'Front desk');
  await say(ada, 'general', ['a question']);
  const { page } = ada;
  const room = await ada.enter();
  const other = await device(ada);
  await open(other.page);
  const draftsOf = (page: Page) =>
    page.getByRole('list', { name: 'Drafts', exact: true }).getByRole('listitem');
  const [here, there] = [draftsOf(page), draftsOf(other.page)];
  await expect(other.page.getByText('No draft, and nothing waits.')).toBeVisible();
  await room.composer.fill('begun in general');
  await expect(there).toHaveText([/begun in general/]);
  const thread = await openThread(room, 'a question');
  await thread.composer.fill('begun in a thread');
  await expect(there).toHaveText([/begun in a thread/, /begun in general/]);
  await page.goto('/rooms/front-desk');
  const desk = page.getByRole('textbox', { name: 'Write to Front desk' });
  await desk.fill('begun at the desk');
  const all = [/begun at the desk/, /in a thread.*begun in a thread/, /begun in general/];
  await expect(there).toHaveText(all);
  const entry = page.locator('.room-list a[href="/drafts"]');
  await expect(entry, 'that of the room in view stands in its composer').toContainText('2');

  await open(page);
  await expect(here).toHaveText(all);
  await expect(entry).toContainText('3 begun or waiting');
  await expectAccessible(page);
  await page.getByRole('radio', { name: 'Later' }).check({ force: true });
  await expect(here).toHaveCount(0);
  await page.getByRole('radio', { name: 'Drafts' }).check({ force: true });
  await here.nth(1).getByRole('link').click();
  await expect(thread.composer).toHaveValue('begun in a thread');

  await open(page);
  const drop = here.first().getByRole('button', { name: 'Drop the draft in Front desk' });
  await drop.click();
  await here.first().getByRole('button', { name: 'Keep' }).click();
  await expect(drop).toBeFocused();
  await drop.click();
  await expect(drop).toHaveText('Drop it');
  await drop.click();
  await expect(here).toHaveText(all.slice(1));
  await expect(page.getByRole('heading', { level: 2, name: 'Drafts and later' })).toBeFocused();
  await expect(there).toHaveText(all.slice(1));
  await page.goto('/rooms/front-desk');
  await expect(desk).toHaveValue('');
});

test('a message is sent later: listed, changed, taken back, cancelled', async ({ ada, device }) => {
  const { page } = ada;
  const room = await ada.enter();
  const entry = page.locator('.room-list a[href="/drafts"]');
  if (!isPhone(page)) {
    await page.getByRole('button', { name: 'Send later' }).click();
    await expect(page.locator('.composer__fault')).toHaveText(/Write the message first/);
  }

  await room.composer.fill('good morning');
  await room.composer.press('ControlOrMeta+Shift+Enter');
  await expect(dialog(page).getByRole('radio').first()).toBeFocused();
  await dialog(page).getByLabel('Day and time').fill('2001-01-01T08:00');
  await dialog(page).getByRole('button', { name: /^Send / }).click();
  await expect(dialog(page).getByRole('alert')).toHaveText(/has passed/);
  // On Sundays, tomorrow is Monday.
  await dialog(page).getByRole('radio', { name: 'Monday' }).last().check();
  await dialog(page).getByRole('button', { name: /^Send / }).press('Enter');
  await expect(dialog(page)).toHaveCount(0);
  await expect(room.composer).toHaveValue('');
  await page.locator('.composer').getByRole('link', { name: 'Drafts and later' }).click();

  // Another device has it at once.
  const other = await device(ada);
  await open(other.page);
  await expect(rows(other.page)).toHaveText(/good morning/);
  await expect(rows(other.page)).toContainText('08:00');
  await act(page, 'good morning', 'Change time');
  const soon = new Date(Date.now() + 48 * HOUR);
  const local = new Date(soon.getTime() - soon.getTimezoneOffset() * 60_000).toISOString();
  await dialog(page)
    .getByLabel('Day and time')
    .fill(`${local.slice(0, 10)}T21:07`);
  await dialog(page).getByRole('button', { name: /^Send / }).click();
  await expect(rows(other.page)).toContainText('21:07');

  await act(page, 'good morning', 'Edit text');
  await expect(rows(other.page)).toHaveCount(0);
  await expect(room.composer).toHaveValue('good morning');
  await room.composer.fill('good evening');
  await page.getByRole('button', { name: 'Send later' }).click();
  await dialog(page).getByRole('button', { name: /^Send / }).click();
  await expect(rows(other.page)).toHaveText(/good evening/);

  await act(other.page, 'good evening', 'Cancel');
  await other.page.getByRole('button', { name: 'Keep' }).click();
  await expect(rows(other.page)).toHaveText(/good evening/);
  await act(other.page, 'good evening', 'Send now');
  await expect(rows(other.page)).toHaveCount(0);
  await expect(room.message('good evening')).toHaveCount(1);
  await expect(room.messages).toHaveCount(1);
  await expect(entry).toHaveText('Drafts and later');

  await room.composer.fill('never mind');
  await room.composer.press('ControlOrMeta+Shift+Enter');
  await dialog(page).getByRole('button', { name: /^Send / }).click();
  await expect(rows(other.page)).toHaveText(/never mind/);
  await act(other.page, 'never mind', 'Cancel');
  await expect(other.page.getByRole('button', { name: 'Cancel it' })).toBeFocused();
  await other.page.getByRole('button', { name: 'Cancel it' }).press('Enter');
  await expect(rows(other.page)).toHaveCount(0);
  await expect(note(other.page)).toHaveText(/Cancelled/);
});

test('what is due arrives once, and what cannot be sent is kept', async ({ ada, join }) => {
  const bo = await join('Bo');
  const his = await bo.enter();
  const hers = await ada.enter();
  const at = (ahead: number) => new Date(Date.now() + ahead).toISOString();
  await hers.composer.fill('begun');
  await ask(ada, 'later', { room: 'general', text: 'on time', at: at(1_500) });
  await expect(his.message('on time')).toHaveCount(1);
  await expect(hers.message('on time')).toHaveCount(1);
  await expect(hers.composer).toHaveValue('begun');
  await ada.page.reload();
  await expect(hers.message('on time')).toHaveCount(1);

  const id = await addRoom(ada, 'Old desk');
  // The room is closed before that.
  await ask(ada, 'later', { room: id, text: 'too late', at: at(5_000) });
  await ada.call('PATCH', `/api/rooms/${id}`, { archived: true });
  await open(ada.page);
  const failed = ada.page.getByRole('list', { name: 'Not sent' }).getByRole('listitem');
  await expect(failed).toHaveText(/Old desk.*too late.*archived/s);
  await ada.call('PATCH', `/api/rooms/${id}`, { archived: false });
  await failed.getByRole('button', { name: 'Move to composer' }).click();
  await expect(ada.page.getByRole('textbox', { name: 'Write to Old desk' })).toHaveValue(
    'too late',
  );
});

test('reminders: of a message, by command, and when they are due', async ({ ada }) => {
  const { page } = ada;
  const room = await ada.enter();
  await room.write('water the plants');
  await expect(room.pending).toHaveCount(0);
  if (isPhone(page)) {
    await room.composer.fill('/remind tomorrow at 9 the plants');
  } else {
    await room.act('water the plants', 'Remind me');
    await expect(dialog(page).getByLabel('What about')).toHaveValue('Ada: water the plants');
    await dialog(page).getByRole('button', { name: /^Remind me / }).click();
    await expect(note(page)).toContainText('You will be reminded tomorrow 08:00');
    await room.composer.fill('/remind soon tea');
    await room.send.click();
    await expect(page.locator('.composer').getByRole('alert')).toHaveText(/no time after/);
    await expect(room.composer).toHaveValue('/remind soon tea');
    await room.composer.fill('/remind tomorrow at 9 the plants');
  }
  await room.send.click();
  await expect(note(page)).toContainText('tomorrow 09:00');
  await expect(room.composer).toHaveValue('');
  await note(page).getByRole('link', { name: 'Drafts and later' }).click();
  await expect(rows(page).filter({ hasText: 'the plants' }).last()).toContainText('09:00');
  await page.getByRole('button', { name: 'Close', exact: true }).click();

  const at = new Date(Date.now() + 1_000).toISOString();
  const message = (await (await page.request.get('/api/rooms/general/messages')).json()) as {
    messages: { id: string }[];
  };
  const about = message.messages[0]!.id;
  await ask(ada, 'remind', { text: 'look at it', message: about, at });
  await expect(note(page)).toContainText('Reminder: look at it');
  await note(page).getByRole('link', { name: 'Open the message' }).click();
  await expect(room.message('water the plants')).toBeVisible();
});

test('a reminder that was due while no page was open is unread until it was seen', async ({
  ada,
  device,
}) => {
  const { page } = ada;
  await ada.enter();
  const at = new Date(Date.now() + 1_500).toISOString();
  await ask(ada, 'remind', { text: 'water the plants', at });
  await page.goto('about:blank');
  type Rooms = { rooms: { kind: string; unread: number }[] };
  const notes = async () => {
    const { rooms } = (await ada.call('GET', '/api/rooms')) as Rooms;
    return rooms.find((room) => room.kind === 'direct')?.unread;
  };
  await expect.poll(notes).toBe(1);

  const other = await device(ada);
  const there = await other.enter();
  const link = (room: typeof there) =>
    room.rooms.getByRole('link', { name: /Notes to yourself.*1 unread/ });
  await expect(other.page).toHaveTitle('(1) general · Banter');
  await page.goto('/unread');
  await hydrated(page);
  const unread = page.getByRole('region', { name: 'Notes to yourself' });
  await expect(unread.getByRole('article')).toContainText('water the plants');
  await unread.getByText('Why is this unread?').click();
  await expect(unread).toContainText('You wanted to be reminded');

  // It is read where it comes into view, on all devices.
  if (isPhone(other.page)) await there.back.click();
  await link(there).click();
  await expect(other.page.getByRole('article').filter({ hasText: 'water' })).toBeInViewport();
  await expect(link(there)).toHaveCount(0);
  await expect(unread).toHaveCount(0);
  await page.reload();
  await expect(page.getByText('All read')).toBeVisible();
});

test('in a thread, the keys send its reply later', async ({ ada }) => {
  const { page } = ada;
  const room = await ada.enter();
  await room.write('who comes?');
  await expect(room.pending).toHaveCount(0);
  await room.composer.fill('of the room');
  const thread = await openThread(room, 'who comes?');
  await thread.composer.fill('of the thread');
  await thread.composer.press('ControlOrMeta+Shift+Enter');
  await dialog(page).getByRole('button', { name: /^Send / }).click();
  await expect(thread.composer).toHaveValue('');
  if (!isPhone(page)) await expect(room.composer).toHaveValue('of the room');
  await open(page);
  await expect(rows(page)).toHaveText(/in a thread.*of the thread/s);
  await act(page, 'of the thread', 'Edit text');
  await expect(thread.composer).toHaveValue('of the thread');
});

test('without a connection, nothing is scheduled and nothing lost', async ({ ada, server }) => {
  const room = await ada.enter();
  await room.composer.fill('good morning');
  await server.stop();
  await expect(room.connection).toHaveAttribute('data-state', 'offline');
  await ada.page.getByRole('button', { name: 'Send later' }).click();
  await dialog(ada.page).getByRole('button', { name: /^Send / }).click();
  const fault = ada.page.locator('.composer').getByRole('alert');
  await expect(fault).toHaveText(/needs a connection/);
  await expect(room.composer).toHaveValue('good morning');
  await server.start();
  await expect(room.connection).toHaveAttribute('data-state', 'current', { timeout: 30_000 });
  await ada.page.getByRole('button', { name: 'Send later' }).click();
  await dialog(ada.page).getByRole('button', { name: /^Send / }).click();
  await expect(room.composer).toHaveValue('');
});

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(`axe finds no violations, ${colorScheme}`, () => {
    test.use({ colorScheme });

    test('the choice of a time, the list and what is said', async ({ ada }) => {
      const { page } = ada;
      const room = await ada.enter();
      await room.composer.fill('good morning');
      await page.getByRole('button', { name: 'Send later' }).click();
      await expect(dialog(page).getByRole('radio').first()).toBeVisible();
      await expectAccessible(page);
      await dialog(page).getByRole('button', { name: /^Send / }).click();
      await expect(page.locator('.composer').getByRole('link')).toHaveText('Drafts and later');
      await expectAccessible(page);
      await ask(ada, 'remind', { text: 'tea', at: new Date(Date.now() + 1_000).toISOString() });
      await expect(note(page)).toContainText('Reminder: tea');
      await open(page);
      await rows(page).getByRole('button', { name: 'More about' }).click();
      await expectAccessible(page);
      await rows(page).getByRole('button', { name: 'Cancel' }).click();
      await expect(rows(page).getByRole('button', { name: 'Cancel it' })).toBeVisible();
      await expectAccessible(page);
    });
  });
}
