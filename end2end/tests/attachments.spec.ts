import { writeFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import { choose, items, notes, picture } from '../attachments.ts';
import { expect, test } from '../fixtures.ts';
import { hold } from '../helpers.ts';
import { type Picture, png } from '../pictures.ts';

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
    // Trying again cannot help.
    await expect(item.getByRole('button')).toHaveCount(1);
    await room.write('with files');
    const fault = ada.page.getByRole('alert').filter({ hasText: 'cannot be uploaded. Remove it' });
    await expect(fault).toBeVisible();
    await expect(room.composer).toHaveValue('with files');
    await item.getByRole('button', { name: 'Remove large.txt' }).click();
    await room.send.click();
    await expect(room.pending).toHaveCount(0);
    await expect(room.message('with files').getByRole('link')).toHaveCount(1);
  });

  test('a message that was sent with one goes back to the composer', async ({ ada }) => {
    const room = await ada.enter();
    const release = await hold(ada.page, '**/api/uploads');
    await choose(ada.page, { ...notes, name: 'large.txt', buffer: Buffer.alloc(2_000, 'x') });
    await room.write('too much');
    await expect(room.pending).toHaveCount(1);
    release();
    const failed = room.messages.filter({ hasText: 'too much' });
    await expect(failed.getByRole('alert')).toContainText('Larger than 1 KB');
    await expect(failed.getByRole('button', { name: 'Try again' })).toHaveCount(0);
    await failed.getByRole('button', { name: 'Move to composer' }).click();
    await expect(room.composer).toHaveValue('too much');
    await ada.page.getByRole('button', { name: 'Remove large.txt' }).click();
    await room.send.click();
    await expect(room.pending).toHaveCount(0);
    await expect(room.message('too much').getByRole('link')).toHaveCount(0);
  });
});

test('an upload goes on after the line was lost, however often', async ({ ada }) => {
  const room = await ada.enter();
  let failures = 0;
  // Nobody has noticed yet that the line is lost.
  await ada.page.route('**/api/uploads/*', async (route) => {
    const isLost = route.request().method() === 'PATCH' && failures++ < 8;
    await (isLost ? route.abort('connectionreset') : route.continue());
  });
  await choose(ada.page, png('again.png', 60, 60));
  await expect(async () => {
    await ada.page.evaluate(() => window.dispatchEvent(new Event('online')));
    await expect(items(ada.page)).toContainText('ready', { timeout: 250 });
  }).toPass({ timeout: 30_000 });
  expect(failures).toBeGreaterThan(8);
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
  browserName,
}, testInfo) => {
  test.skip(browserName === 'firefox', 'Firefox logs refused requests, and reads a changed file');
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
  const failed = room.messages.filter({ hasText: 'with a picture' });
  await expect(async () => {
    await ada.page.evaluate(() => window.dispatchEvent(new Event('online')));
    await expect(failed.getByRole('button', { name: 'Try again' })).toBeVisible({ timeout: 250 });
  }).toPass({ timeout: 30_000 });
  await expect(failed.getByRole('alert')).toContainText('broken.png');
  await expect(room.pending).toHaveCount(0);
  await expect(room.message('only words')).toBeVisible();
  expect(failures).toBe(6);
  await ada.page.unrouteAll();
  await failed.getByRole('button', { name: 'Try again' }).click();
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

test('the files of a draft survive a reload', async ({ ada }) => {
  const room = await ada.enter();
  await choose(ada.page, png('kept.png', 200, 100));
  await room.composer.fill('to be sent later');
  await expect(items(ada.page)).toContainText('ready');
  await ada.page.reload();
  await expect(items(ada.page)).toContainText('kept.png');
  await expect(room.composer).toHaveValue('to be sent later');
  await room.send.click();
  await expect(room.pending).toHaveCount(0);
  await expect(picture(room.message('to be sent later'), 'kept.png')).toHaveCount(1);
  await ada.page.reload();
  await expect(picture(room.message('to be sent later'), 'kept.png')).toHaveCount(1);
  await expect(items(ada.page)).toHaveCount(0);
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
