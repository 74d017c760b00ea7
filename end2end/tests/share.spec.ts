import type { Page } from '@playwright/test';
import { items, notes } from '../attachments.ts';
import { addRoom, expect, PASSWORD, test, type TestUser } from '../fixtures.ts';
import { appearances, expectAccessible, hydrated } from '../helpers.ts';
import { EntryPage } from '../pages/entry.ts';
import { RoomPage } from '../pages/room.ts';
import { type Picture, png } from '../pictures.ts';

test.use({ serviceWorkers: 'allow' });

const NOTHING = 'Nothing is here. Share something to Banter from another app';
const GONE = 'What was shared is not here any more';

/** What another app shares. */
interface Shared {
  title?: string;
  text?: string;
  url?: string;
  files?: Picture[];
}

/** Starts the service worker of a page, unless it runs. */
async function startWorker(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const { serviceWorker } = navigator;
    await serviceWorker.register('/sw.js', { updateViaCache: 'none' });
    await serviceWorker.ready;
    if (!serviceWorker.controller)
      await new Promise((resolve) => (serviceWorker.oncontrollerchange = resolve));
  });
}

/** Sends a form as the share sheet of a system does. */
async function submit(page: Page, shared: Shared): Promise<void> {
  const { files = [], ...words } = shared;
  const given = files.map(({ name, mimeType, buffer }) => [name, mimeType, [...buffer]] as const);
  await page.evaluate(
    ([words, given]) => {
      const form = document.createElement('form');
      Object.assign(form, { action: '/share', method: 'post', enctype: 'multipart/form-data' });
      for (const [name, value] of Object.entries(words)) {
        const field = document.createElement('textarea');
        Object.assign(field, { name, value });
        form.append(field);
      }
      const chosen = new DataTransfer();
      for (const [name, type, bytes] of given)
        chosen.items.add(new File([new Uint8Array(bytes)], name, { type }));
      const input = document.createElement('input');
      Object.assign(input, { type: 'file', name: 'files', multiple: true, files: chosen.files });
      form.append(input);
      document.body.append(form);
      setTimeout(() => form.submit()); // once this function has returned
    },
    [words, given] as const,
  );
}

/** Shares something to a user's Banter, and waits for the page that shows it. */
async function share({ page }: TestUser, shared: Shared): Promise<SharePage> {
  if (page.url() === 'about:blank') await page.goto('/rooms');
  await startWorker(page);
  const loaded = page.waitForEvent('load');
  await submit(page, shared);
  await loaded;
  await page.waitForURL('/share');
  await hydrated(page);
  return new SharePage(page);
}

/** The page that shows what was shared. */
class SharePage {
  constructor(readonly page: Page) {}

  get words() {
    return this.page.getByRole('group', { name: 'The words' });
  }

  get files() {
    return this.page.getByRole('list', { name: 'The files' }).getByRole('listitem');
  }

  get field() {
    return this.page.getByRole('combobox', { name: 'Write it to' });
  }

  get options() {
    return this.page.getByRole('listbox', { name: 'Rooms and people' }).getByRole('option');
  }

  async choose(name: string): Promise<RoomPage> {
    await this.options.filter({ hasText: name }).first().click();
    const room = new RoomPage(this.page, name);
    await expect(room.composer).toBeVisible();
    return room;
  }
}

const isKept = (page: Page) => page.evaluate(() => caches.has('banter-shared'));

test('a text, a link and files go into a room, and nothing is sent by itself', async ({ ada }) => {
  await addRoom(ada, 'archive');
  await ada.call('PATCH', '/api/rooms/archive', { archived: true });
  await addRoom(ada, 'front-desk');
  await ada.enter('front-desk');
  await ada.enter('general');
  const { page } = ada;
  const shared = await share(ada, {
    title: 'A page',
    text: 'Worth a look',
    url: 'https://example.org/a?b=c',
    files: [png('lighthouse.png', 83, 46), notes],
  });
  await expect(page).toHaveTitle(/Share · Banter/);
  const words = 'A page\nWorth a look\nhttps://example.org/a?b=c';
  await expect(shared.words).toHaveText(words, { useInnerText: true });
  await expect(shared.files).toHaveText([/lighthouse\.png.*(KB|bytes)/, /notes\.txt.*12 bytes/]);
  await expect(shared.field).toBeFocused();
  // The one that was open last comes first; nobody can write to an archived one.
  await expect(shared.options.locator('.switcher__name').first()).toHaveText('general');
  await expect(shared.options.filter({ hasText: 'archive' })).toHaveCount(0);

  const room = await shared.choose('front-desk');
  await expect(page).toHaveURL('/rooms/front-desk');
  await expect(room.composer).toHaveValue(words);
  await expect(room.composer).toBeFocused();
  await expect(items(page)).toContainText([/lighthouse\.png.*ready/s, /notes\.txt.*ready/s]);
  await expect(room.messages).toHaveCount(0);
  expect(await isKept(page)).toBe(false);
  await room.send.click();
  await expect(room.pending).toHaveCount(0);
  const message = room.message('Worth a look');
  await expect(message.getByRole('img', { name: 'lighthouse.png' })).toBeVisible();
  await expect(message.getByRole('link', { name: 'https://example.org' }).first()).toBeVisible();

  // There is no way back to what has gone, and nothing left of it.
  await page.goBack();
  await expect(page).not.toHaveURL('/share');
  await page.goto('/share');
  await expect(page.getByText(NOTHING)).toBeVisible();
});

test('a draft and its files stay, and what is shared is no command', async ({ ada }) => {
  const { page } = ada;
  const room = await ada.enter('general');
  await room.composer.fill('begun');
  await expect(page.getByRole('button', { name: 'Add files' })).toBeVisible();
  await page.getByLabel('Files to add').setInputFiles([notes]);
  await expect(items(page)).toHaveCount(1);
  let shared = await share(ada, { text: 'first', files: [png('one.png', 40, 30)] });
  await shared.field.fill('gen');
  await shared.field.press('Enter');
  await expect(room.composer).toHaveValue('begun\nfirst');
  await expect(items(page)).toHaveCount(2);
  shared = await share(ada, { url: 'https://example.org/' });
  await shared.choose('general');
  await expect(room.composer).toHaveValue('begun\nfirst\nhttps://example.org/');
  await room.send.click();
  await expect(room.pending).toHaveCount(0);
  shared = await share(ada, { text: '/topic of the day' });
  await shared.choose('general');
  await expect(room.composer).toHaveValue('//topic of the day');
});

test('the room of a person is made, and Cancel drops what was shared', async ({ ada, join }) => {
  await join('Bo');
  const { page } = ada;
  await ada.enter('general');
  let shared = await share(ada, { text: 'for you' });
  await shared.field.fill('nobody of this name');
  await expect(page.getByText('Nothing is named “nobody of this name”')).toBeVisible();
  await shared.field.fill('bo');
  await expect(shared.options).toHaveCount(1);
  const room = await shared.choose('Bo');
  await expect(room.composer).toHaveValue('for you');

  shared = await share(ada, { text: 'for nobody' });
  await page.getByRole('button', { name: 'Cancel' }).click();
  await expect(page).toHaveURL(/\/rooms\//);
  await expect(room.composer).toHaveValue('for you');
  await expect.poll(() => isKept(page)).toBe(false);
});

test('of two tabs, one takes it, and only what was shared last is kept', async ({ ada }) => {
  const { page } = ada;
  await ada.enter('general');
  const one = await share(ada, { text: 'once' });
  const second = await page.context().newPage();
  const two = new SharePage(second);
  await second.goto('/share');
  await expect(two.words).toHaveText('once');
  await one.choose('general');
  await two.options.first().click();
  await expect(second.getByRole('alert').filter({ hasText: GONE })).toBeVisible();

  await share(ada, { text: 'earlier', files: [notes] });
  await second.goto('/share');
  await expect(two.words).toHaveText('earlier');
  const next = await share(ada, { text: 'later' });
  await two.options.first().click();
  await expect(second.getByText(GONE)).toBeVisible();
  const room = await next.choose('general');
  await expect(room.composer).toHaveValue('once\nlater');
  await expect(items(page)).toHaveCount(0);
});

test('what is hostile is shown as it is, and bounded', async ({ ada }) => {
  const { page } = ada;
  await ada.enter('general');
  const html = '</textarea><img src=x onerror=alert(1)><script>alert(1)</script>';
  const link = 'javascript:alert(document.cookie)';
  const file = { ...png('x', 40, 30), name: '../../etc/\u202Egnp.exe' };
  let shared = await share(ada, { title: html, text: '\u2067turned', url: link, files: [file] });
  await expect(shared.words).toContainText(html);
  await expect(shared.words.locator('a, img, script')).toHaveCount(0);
  await expect(shared.files).toHaveCount(1);
  const room = await shared.choose('general');
  await expect(room.composer).toHaveValue(`${html}\n\u2067turned\n${link}`);
  await expect(items(page)).toContainText(/ready/);
  await room.send.click();
  await expect(room.pending).toHaveCount(0);
  await expect(room.messages.last().getByRole('link', { name: 'javascript' })).toHaveCount(0);

  const many = Array.from({ length: 50 }, (_, i) => ({ ...notes, name: `${i}.txt` }));
  const text = 'ä'.repeat(300_000);
  shared = await share(ada, { title: 't'.repeat(5_000), text, url: link, files: many });
  await expect(shared.files).toHaveCount(10);
  await expect(page.getByText('40 more files were left out')).toBeVisible();
  await expect(page.getByText('Its end is left out')).toBeVisible();
  await shared.choose('general');
  const written = await room.composer.inputValue();
  expect(written.length).toBe(10_000);
  expect(written.endsWith(`ä\n${link}`)).toBe(true);
  await expect(items(page)).toHaveCount(10);
  await expect(room.send).toBeEnabled();

  shared = await share(ada, {});
  await expect(page.getByText(NOTHING)).toBeVisible();
});

test('it waits while there is no network, and while nobody is signed in', async ({ ada }) => {
  const { page } = ada;
  await ada.enter('general');
  await startWorker(page);
  await page.context().setOffline(true);
  await submit(page, { text: 'from the train', files: [notes] });
  await expect.poll(() => page.url(), 'as far as the page works').not.toContain('/rooms/general');
  await page.context().setOffline(false);
  await page.goto('/share');
  const shared = new SharePage(page);
  await expect(shared.words).toHaveText('from the train');
  await shared.choose('general');
  await expect(items(page)).toContainText(/notes\.txt.*ready/s);

  await startWorker(page);
  await page.goto('/robots.txt'); // the session ends while no page is open
  await page.context().clearCookies();
  await submit(page, { text: 'kept' });
  await page.waitForURL(/\/sign-in\?next=%2Fshare$/);
  await new EntryPage(page).signIn(ada.username, PASSWORD);
  await page.waitForURL('/share');
  await expect(shared.words).toHaveText('kept');

  // Whoever signs out leaves nothing.
  const room = new RoomPage(page, 'general');
  page.once('dialog', (dialog) => void dialog.accept());
  await room.signOut.click();
  await expect(page).toHaveURL('/sign-in');
  await expect.poll(() => isKept(page)).toBe(false);
});

test('without a service worker, the page says that nothing has arrived', async ({ ada }) => {
  const { page } = ada;
  await page.goto('/robots.txt');
  await submit(page, { text: 'lost', files: [png('large.png', 900, 900)] });
  await page.waitForURL('/share');
  await expect(page.getByText(NOTHING)).toBeVisible();
  await expectAccessible(page);
});

test('axe finds nothing in the page, at any width and in both themes', async ({ ada, join }) => {
  await join('Bo');
  const { page } = ada;
  await ada.enter('general');
  const shared = await share(ada, {
    title: 'A page',
    text: 'Many words. '.repeat(200),
    url: 'https://example.org/',
    files: [png('lighthouse.png', 83, 46), notes],
  });
  await expect(shared.options.filter({ hasText: 'Bo' })).toBeVisible();
  for await (const appearance of appearances(page)) {
    await test.step(appearance, () => expectAccessible(page));
  }
});
