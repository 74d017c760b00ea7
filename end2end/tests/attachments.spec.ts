import { writeFile } from 'node:fs/promises';
import type { Locator, Page } from '@playwright/test';
import { expect, PASSWORD, test } from '../fixtures.ts';
import { hold } from '../helpers.ts';
import { EntryPage } from '../pages/entry.ts';
import { RoomPage } from '../pages/room.ts';
import { type Picture, png } from '../pictures.ts';

const tray = (page: Page) => page.getByRole('list', { name: 'Files of this message' });
const items = (page: Page) => tray(page).getByRole('listitem');
const picture = (message: Locator, name: string) => message.getByRole('img', { name });
const notes: Picture = {
  name: 'notes.txt',
  mimeType: 'text/plain',
  buffer: Buffer.from('a few words\n'),
};

/** Chooses files as the button for it does. */
async function choose(page: Page, ...files: Picture[]): Promise<void> {
  await expect(page.getByRole('button', { name: 'Add files' })).toBeVisible();
  await page.getByLabel('Files to add').setInputFiles(files);
}

/** Pastes or drops files, by events. */
async function give(page: Page, type: 'paste' | 'drop' | 'dragover', ...files: Picture[]) {
  const given = files.map(({ name, mimeType, buffer }) => [name, mimeType, [...buffer]] as const);
  await page.locator('.composer__text').first().evaluate(
    (target, [type, given]) => {
      const data = new DataTransfer();
      for (const [name, kind, bytes] of given)
        data.items.add(new File([new Uint8Array(bytes)], name, { type: kind }));
      const options = { bubbles: true, cancelable: true };
      target.dispatchEvent(
        type === 'paste'
          ? new ClipboardEvent(type, { ...options, clipboardData: data })
          : new DragEvent(type, { ...options, dataTransfer: data }),
      );
    },
    [type, given] as const,
  );
}

test('a picture is chosen, sent without a text, and seen by others in its size', async ({
  ada,
  join,
  browserName,
}) => {
  const bo = await join('Bo');
  const theirs = await bo.enter();
  const room = await ada.enter();
  await expect(room.send).toBeDisabled();
  await choose(ada.page, png('lighthouse.png', 832, 468));
  await expect(items(ada.page)).toContainText(/lighthouse\.png.*KB, ready/s);
  await room.send.click();
  await expect(items(ada.page)).toHaveCount(0);
  await expect(room.pending).toHaveCount(0);
  // Firefox gives the focus to one window only.
  if (browserName !== 'firefox') await expect(room.composer).toBeFocused();

  const message = theirs.messages.filter({ has: theirs.page.getByRole('img') });
  const shown = picture(message, 'lighthouse.png');
  await expect(shown).toHaveAttribute('width', '384');
  await expect(shown).toHaveAttribute('height', '216');
  await expect(shown).toHaveAttribute('src', /^\/previews\//);
  await expect
    .poll(() => shown.evaluate((img) => (img as HTMLImageElement).naturalWidth))
    .toBe(720);
  await expect(message).toHaveAccessibleName(/with lighthouse\.png/);
});

test('a picture takes its space before it arrives', async ({ ada }) => {
  const room = await ada.enter();
  await choose(ada.page, png('hills.png', 300, 700));
  await room.write('look');
  await expect(room.pending).toHaveCount(0);
  const message = room.message('look');
  await expect(picture(message, 'hills.png')).toHaveAttribute('src', /^\/previews\//);
  const release = await hold(ada.page, '**/previews/**');
  await ada.page.reload({ waitUntil: 'domcontentloaded' });
  await expect(room.connection).toHaveAttribute('data-state', 'current');
  const height = () => message.evaluate((row) => row.getBoundingClientRect().height);
  const before = await height();
  expect(before).toBeGreaterThan(320);
  release();
  const shown = picture(message, 'hills.png');
  await expect
    .poll(() => shown.evaluate((img) => (img as HTMLImageElement).naturalWidth))
    .toBe(300);
  expect(await height()).toBeCloseTo(before, 0);
});

test('files are pasted and dropped, and a message takes ten', async ({ ada, browserName }) => {
  const room = await ada.enter();
  await expect(ada.page.getByRole('button', { name: 'Add files' })).toBeVisible();
  // Scripts cannot make a paste with files in Firefox.
  const how = browserName === 'firefox' ? 'drop' : 'paste';
  await give(ada.page, how, png('pasted.png', 40, 30));
  await expect(items(ada.page)).toHaveCount(1);
  await give(ada.page, 'dragover', notes);
  await expect(ada.page.getByText('Drop files to add them')).toBeVisible();
  await give(ada.page, 'drop', notes, png('dropped.png', 40, 30));
  await expect(ada.page.getByText('Drop files to add them')).toHaveCount(0);
  await expect(items(ada.page)).toHaveCount(3);
  await room.write('three of them');
  await expect(room.pending).toHaveCount(0);
  const message = room.message('three of them');
  await expect(message.getByRole('img')).toHaveCount(2);
  await expect(message.getByRole('link', { name: 'notes.txt' })).toContainText('TXT, 12 bytes');

  await give(ada.page, 'drop', ...Array.from({ length: 12 }, () => notes));
  await expect(items(ada.page)).toHaveCount(10);
  await expect(ada.page.getByText('at most 10 files').first()).toBeVisible();
});

test('an upload shows its progress and can be cancelled', async ({ ada }) => {
  const room = await ada.enter();
  const release = await hold(ada.page, '**/api/uploads/*');
  await choose(ada.page, png('slow.png', 400, 300), notes);
  await expect(items(ada.page)).toHaveCount(2);
  const bar = ada.page.getByRole('progressbar', { name: 'Uploading slow.png' });
  await expect(bar).toBeVisible();
  const cancel = ada.page.getByRole('button', { name: 'Cancel slow.png' });
  await cancel.focus();
  await ada.page.keyboard.press('Enter');
  await expect(items(ada.page)).toHaveCount(1);
  await room.composer.fill('only the notes');
  await room.send.click();
  // It stands pending with its file, and the composer is free.
  await expect(room.pending).toHaveCount(1);
  await expect(room.pending).toContainText('notes.txt');
  await expect(room.composer).toHaveValue('');
  await expect(items(ada.page)).toHaveCount(0);
  release();
  await expect(room.pending).toHaveCount(0);
  const sentNotes = room.message('only the notes').getByRole('link', { name: 'notes.txt' });
  await expect(sentNotes).toBeVisible();
});

test.describe('with a small limit', () => {
  test.use({ settings: { BANTER_MAX_FILE: '1000' } });

  test('a file that is too large says so, and holds the message back', async ({ ada }) => {
    const room = await ada.enter();
    const large = { ...notes, name: 'large.txt', buffer: Buffer.alloc(2_000, 'x') };
    await choose(ada.page, large, notes);
    const item = items(ada.page).filter({ hasText: 'large.txt' });
    await expect(item).toContainText('Larger than 1 KB');
    await expect(item.getByRole('button', { name: 'Try again' })).toBeVisible();
    await room.write('with files');
    await expect(ada.page.getByRole('alert').filter({ hasText: 'was not uploaded' })).toBeVisible();
    await expect(room.composer).toHaveValue('with files');
    await item.getByRole('button', { name: 'Remove large.txt' }).click();
    await room.send.click();
    await expect(room.pending).toHaveCount(0);
    await expect(room.message('with files').getByRole('link')).toHaveCount(1);
  });
});

test('an upload goes on after the line was lost', async ({ ada }) => {
  const room = await ada.enter();
  let failures = 0;
  await ada.page.route('**/api/uploads/*', async (route) => {
    const isFirst = route.request().method() === 'PATCH' && failures++ === 0;
    await (isFirst ? route.abort('connectionreset') : route.continue());
  });
  await choose(ada.page, png('again.png', 60, 60));
  await expect(items(ada.page)).toContainText('ready', { timeout: 20_000 });
  expect(failures).toBeGreaterThan(1);
  await room.send.click();
  await expect(picture(room.messages, 'again.png')).toHaveCount(1);
});

test('offline, a message with its picture waits and is sent once', async ({ ada, join }) => {
  const bo = await join('Bo');
  const theirs = await bo.enter();
  const room = await ada.enter();
  await expect(ada.page.getByRole('button', { name: 'Add files' })).toBeVisible();
  await ada.page.context().setOffline(true);
  await choose(ada.page, png('later.png', 200, 100));
  await room.write('from the train');
  await expect(room.pending).toHaveCount(1);
  await expect(picture(room.pending, 'later.png')).toBeVisible();
  await ada.page.context().setOffline(false);
  await expect(room.pending).toHaveCount(0, { timeout: 40_000 });
  await expect(picture(theirs.message('from the train'), 'later.png')).toHaveCount(1);
  await expect(theirs.messages).toHaveCount(1);
});

test('a file that cannot be sent fails with its message, and later texts go on', async ({
  ada,
}, testInfo) => {
  // The browser keeps no copy, so that a file that changes on the disk cannot be read any more.
  await ada.page.addInitScript(() => Reflect.deleteProperty(window, 'indexedDB'));
  const room = await ada.enter();
  let failures = 0;
  // The server cannot store it, and the page need not wait for the next attempt.
  await ada.page.route('**/api/uploads/*', async (route) => {
    if (route.request().method() !== 'PATCH') return route.fallback();
    failures++;
    await route.fulfill({ status: 500 });
  });
  await choose(ada.page, png('broken.png', 60, 60));
  await room.write('with a picture');
  await room.write('only words');
  const failed = room.pending.filter({ hasText: 'with a picture' });
  await expect(async () => {
    await ada.page.evaluate(() => window.dispatchEvent(new Event('online')));
    await expect(failed.getByRole('button', { name: 'Retry' })).toBeVisible({ timeout: 250 });
  }).toPass({ timeout: 30_000 });
  await expect(failed).toContainText('broken.png');
  await expect(room.pending).toHaveCount(1);
  await expect(room.message('only words')).toBeVisible();
  expect(failures).toBe(6);
  await ada.page.unrouteAll();
  await failed.getByRole('button', { name: 'Retry' }).click();
  await expect(room.pending).toHaveCount(0);
  await expect(picture(room.message('with a picture'), 'broken.png')).toHaveCount(1);

  const path = testInfo.outputPath('changing.txt');
  await writeFile(path, 'as it was chosen');
  const release = await hold(ada.page, '**/api/uploads');
  await ada.page.getByLabel('Files to add').setInputFiles(path);
  await expect(items(ada.page)).toHaveCount(1);
  await writeFile(path, 'as it was changed afterwards');
  release();
  await expect(async () => {
    await ada.page.evaluate(() => window.dispatchEvent(new Event('online')));
    await expect(items(ada.page)).toContainText('not on this device any more', { timeout: 250 });
  }).toPass({ timeout: 30_000 });
});

test('a message with a picture survives a reload and is sent once', async ({ ada, join }) => {
  const bo = await join('Bo');
  const theirs = await bo.enter();
  const room = await ada.enter();
  await ada.page.route('**/api/uploads**', (route) => route.abort());
  await choose(ada.page, png('kept.png', 200, 100));
  await room.write('kept over a reload');
  await expect(picture(room.pending, 'kept.png')).toBeVisible();
  await ada.page.reload();
  await expect(picture(room.pending, 'kept.png')).toBeVisible();
  await expect(theirs.messages).toHaveCount(0);
  await ada.page.unroute('**/api/uploads**');
  await ada.page.reload();
  await expect(room.pending).toHaveCount(0, { timeout: 40_000 });
  await expect(picture(theirs.message('kept over a reload'), 'kept.png')).toHaveCount(1);
  await expect(theirs.messages).toHaveCount(1);
  // Nothing of it stays on the device.
  const left = () =>
    ada.page.evaluate(async () => {
      const [known] = await indexedDB.databases();
      const opening = indexedDB.open(known!.name!);
      await new Promise((resolve) => (opening.onsuccess = resolve));
      const keys = opening.result.transaction('files').objectStore('files').getAllKeys();
      await new Promise((resolve) => (keys.onsuccess = resolve));
      opening.result.close();
      return keys.result.length;
    });
  await expect.poll(left).toBe(0);
});

test('signing out deletes the files of unsent messages', async ({ ada }) => {
  const room = await ada.enter();
  await ada.page.route('**/api/uploads**', (route) => route.abort());
  await choose(ada.page, notes);
  await room.write('never sent');
  await expect(room.pending).toContainText('notes.txt');
  const databases = () => ada.page.evaluate(async () => (await indexedDB.databases()).length);
  await expect.poll(databases).toBe(1);
  ada.page.on('dialog', (dialog) => dialog.accept());
  if (await room.back.isVisible()) await room.back.click();
  await room.signOut.click();
  await expect(ada.page).toHaveURL('/sign-in');
  await expect.poll(databases).toBe(0);
});

test('a picture is described before it is sent, and read by its description', async ({
  ada,
  join,
}) => {
  const bo = await join('Bo');
  const theirs = await bo.enter();
  const room = await ada.enter();
  await choose(ada.page, png('IMG_20261129.png', 320, 200), notes);
  await expect(items(ada.page).filter({ hasText: 'IMG' })).toContainText('ready');
  const describe = ada.page.getByRole('button', { name: 'Describe' });
  await expect(describe).toHaveCount(1);
  await describe.click();
  const field = ada.page.getByRole('textbox', { name: 'Description of IMG_20261129.png' });
  await expect(field).toBeFocused();
  await field.fill('A lighthouse\u202e');
  await ada.page.keyboard.press('Enter');
  await expect(field).toHaveAttribute('aria-invalid', 'true');
  await field.fill('A lighthouse before a storm');
  await ada.page.keyboard.press('Enter');
  await expect(field).toHaveCount(0);
  await expect(describe).toBeFocused();
  await expect(items(ada.page).filter({ hasText: 'IMG' })).toContainText('described');
  await room.write('look');
  await expect(room.pending).toHaveCount(0);
  const shown = picture(theirs.message('look'), 'A lighthouse before a storm');
  await expect(shown).toBeVisible();
  await shown.click();
  const large = theirs.page.getByRole('dialog').getByRole('img', { name: 'A lighthouse' });
  await expect(large).toBeVisible();
});

test('a picture opens large, and keys lead through the others', async ({ ada, isMobile }) => {
  const room = await ada.enter();
  const names = ['one.png', 'two.png', 'three.png'];
  await choose(ada.page, ...names.map((name, i) => png(name, 320, 200, 90 * i)));
  await room.write('three pictures');
  await expect(room.pending).toHaveCount(0);
  const link = room.message('three pictures').getByRole('link', { name: 'two.png' });
  await link.focus();
  await ada.page.keyboard.press('Enter');
  const dialog = ada.page.getByRole('dialog');
  await expect(dialog).toHaveAccessibleName('Picture 2 of 3: two.png');
  await ada.page.keyboard.press('ArrowRight');
  await expect(dialog).toHaveAccessibleName('Picture 3 of 3: three.png');
  await ada.page.keyboard.press('Home');
  await expect(dialog).toHaveAccessibleName('Picture 1 of 3: one.png');
  const shown = dialog.getByRole('img', { name: 'one.png' });
  const width = async () => (await shown.boundingBox())!.width;
  const before = await width();
  await ada.page.keyboard.press('+');
  await expect.poll(width).toBeCloseTo(before * 1.5, -1);
  // What is larger than the window is moved by the arrows, and they do not leave it.
  for (let i = 0; i < 5; i++) await ada.page.keyboard.press('+');
  const left = () => dialog.locator('.viewer__stage').evaluate((stage) => stage.scrollLeft);
  const start = await left();
  await ada.page.keyboard.press('ArrowRight');
  await expect.poll(left).toBeGreaterThan(start);
  await ada.page.keyboard.press('ArrowLeft');
  await expect.poll(left).toBe(start);
  await expect(dialog).toHaveAccessibleName('Picture 1 of 3: one.png');
  await ada.page.keyboard.press('0');
  await expect.poll(width).toBeCloseTo(before, -1);
  await dialog.getByRole('button', { name: 'Next picture' }).click();
  await expect(dialog).toHaveAccessibleName('Picture 2 of 3: two.png');
  const download = dialog.getByRole('link', { name: 'Download' });
  await expect(download).toHaveAttribute('download', 'two.png');
  await ada.page.keyboard.press('Escape');
  await expect(dialog).toHaveCount(0);
  if (!isMobile) await expect(link).toBeFocused();
});

test('files are downloaded under their names, and played in place', async ({ ada }) => {
  const room = await ada.enter();
  const wav = Buffer.from(
    'UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAAZGF0YQAAAAA=',
    'base64',
  );
  await choose(
    ada.page,
    { ...notes, name: 'Protokoll für März.txt' },
    { name: 'sea.wav', mimeType: 'audio/wav', buffer: wav },
  );
  await room.write('two files');
  await expect(room.pending).toHaveCount(0);
  const message = room.message('two files');
  await expect(message.locator('audio')).toHaveAttribute('src', /sea\.wav$/);
  const [download] = await Promise.all([
    ada.page.waitForEvent('download'),
    message.getByRole('link', { name: 'Protokoll' }).click(),
  ]);
  expect(download.suggestedFilename()).toBe('Protokoll für März.txt');
});

test('hostile names stay text', async ({ ada }) => {
  const room = await ada.enter();
  const name = '<img src=x onerror=alert(1)>"\u202egnp.exe';
  await choose(ada.page, { ...notes, name });
  await expect(items(ada.page)).toContainText('<img src=x onerror=alert(1)>');
  await room.write('a strange one');
  await expect(room.pending).toHaveCount(0);
  const card = room.message('a strange one').getByRole('link');
  await expect(card).toContainText('<img src=x onerror=alert(1)>"gnp.exe');
  await expect(ada.page.locator('img[src=x]')).toHaveCount(0);
});

test('without JavaScript, files are seen and downloaded', async ({
  ada,
  browser,
  browserName,
}) => {
  test.skip(browserName === 'firefox', 'WebDriver BiDi does not switch scripts off yet');
  const room = await ada.enter();
  await choose(ada.page, png('plain.png', 200, 100), notes);
  await room.write('for everything');
  await expect(room.pending).toHaveCount(0);

  const plain = await browser.newContext({ javaScriptEnabled: false });
  const page = await plain.newPage();
  await page.goto('/sign-in');
  await new EntryPage(page).signIn('ada', PASSWORD);
  await page.goto('/rooms/general');
  const message = new RoomPage(page, 'general').message('for everything');
  await expect(picture(message, 'plain.png')).toBeVisible();
  await expect(message.getByRole('link', { name: 'plain.png' })).toHaveAttribute(
    'href',
    /^\/files\/.*plain\.png$/,
  );
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    message.getByRole('link', { name: 'notes.txt' }).click(),
  ]);
  expect(download.suggestedFilename()).toBe('notes.txt');
  await plain.close();
});

test('a thread has files of its own, and a quote names the file', async ({ ada }) => {
  const room = await ada.enter();
  await choose(ada.page, png('quoted.png', 60, 40));
  await room.send.click();
  await expect(room.pending).toHaveCount(0);
  const first = room.messages.first();
  await first.focus();
  await ada.page.keyboard.press('r');
  const bar = ada.page.getByRole('group', { name: 'Replying to Ada' });
  await expect(bar).toContainText('quoted.png');
  await room.write('this one');
  await expect(room.pending).toHaveCount(0);
  await expect(room.message('this one').getByRole('link', { name: 'In reply to' })).toContainText(
    'quoted.png',
  );
  await ada.page.reload();
  await expect(room.message('this one').getByRole('link', { name: 'In reply to' })).toContainText(
    'quoted.png',
  );
});
