import { writeFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import { expect, test } from '../fixtures.ts';
import { hydrated } from '../helpers.ts';

/** Drags from outside of the page and drops, by events. Returns which events the page has taken. */
async function drop(page: Page, selector: string, type: string): Promise<string[]> {
  return page.evaluate(
    ([selector, type]) => {
      const data = new DataTransfer();
      if (type === 'Files') data.items.add(new File(['hello'], 'notes.txt'));
      else data.setData(type!, 'https://example.org/');
      const target = document.querySelector(selector!)!;
      return ['dragenter', 'dragover', 'drop'].filter((name) => {
        const options = { bubbles: true, cancelable: true, dataTransfer: data };
        return !target.dispatchEvent(new DragEvent(name, options));
      });
    },
    [selector, type],
  );
}

const ALL = ['dragenter', 'dragover', 'drop'];

test('a dropped file goes into the composer or is refused in words, and the page stays', async ({
  ada,
  browserName,
}, testInfo) => {
  const room = await ada.enter();
  await room.composer.fill('half written');
  await expect(ada.page.getByRole('button', { name: 'Add files' })).toBeVisible();
  const added = ada.page.getByRole('list', { name: 'Files of this message' }).getByRole('listitem');
  let count = 0;
  for (const target of ['.timeline__scroll, .empty', '.composer__text', '.room-header', 'body']) {
    expect(await drop(ada.page, target, 'Files'), target).toEqual(ALL);
    await expect(added).toHaveCount(++count);
  }
  await expect(room.composer).toHaveValue('half written');

  // Text and links go into fields, as the browser does it, and nowhere else.
  for (const type of ['text/plain', 'text/uri-list']) {
    expect(await drop(ada.page, '.composer__text', type)).toEqual([]);
    expect(await drop(ada.page, '.room-header', type)).toEqual(ALL);
  }

  if (browserName === 'chromium') {
    const file = testInfo.outputPath('notes.txt');
    await writeFile(file, 'hello');
    const devtools = await ada.page.context().newCDPSession(ada.page);
    const data = { items: [], files: [file], dragOperationsMask: 1 };
    for (const type of ['dragEnter', 'dragOver', 'drop'] as const)
      await devtools.send('Input.dispatchDragEvent', { type, x: 700, y: 300, data });
    await expect(added).toHaveCount(++count);
    await expect(ada.page).toHaveURL(/\/rooms\/general$/);
    await expect(room.composer).toHaveValue('half written');
  }

  // Where there is no composer, nothing takes it.
  await ada.page.goto('/people');
  await hydrated(ada.page);
  expect(await drop(ada.page, 'body', 'Files')).toEqual(ALL);
  const notice = ada.page.getByRole('alert').filter({ hasText: 'Open a room to send files' });
  await expect(notice).toBeVisible();
});

test('a dropped file does not replace the pages before signing in', async ({ page }) => {
  await page.goto('/first-start');
  await hydrated(page);
  expect(await drop(page, 'h1', 'Files')).toEqual(ALL);
});

test('the files of the page arrive compressed, and browsers keep them', async ({ request }) => {
  const page = await (await request.get('/first-start')).text();
  const files = [...page.matchAll(/(?:href|src)="(\/[^"]+\.(?:css|js|svg|woff2)[^"]*)"/g)];
  const paths = new Set(files.map((file) => file[1]!));
  expect([...paths].filter((path) => path.startsWith('/pkg/')), page).not.toEqual([]);
  const build = /data-build="(\w+)"/.exec(page)![1]!;
  for (const path of [...paths, `/pkg/${build}/banter.wasm`, `/pkg/${build}/banter.js`]) {
    const isFont = path.endsWith('.woff2'); // compressed by itself
    const length = { br: 0, gzip: 0, identity: 0 };
    for (const coding of ['br', 'gzip', 'identity'] as const) {
      const response = await request.get(path, { headers: { 'accept-encoding': coding } });
      expect(response.status(), path).toBe(200);
      const headers = response.headers();
      const encoding = coding === 'identity' ? undefined : coding;
      if (!isFont) expect(headers['content-encoding'], path).toBe(encoding);
      expect(headers['vary'], path).toContain('accept-encoding');
      const year = 'public, max-age=31536000, immutable';
      const isFixed = /^\/(pkg|fonts|icons)\//.test(path);
      expect(headers['cache-control'], path).toBe(isFixed ? year : 'public, max-age=3600');
      length[coding] = Number(headers['content-length']);
    }
    if (!isFont) expect(Math.max(length.br, length.gzip), path).toBeLessThan(length.identity);
  }
});
