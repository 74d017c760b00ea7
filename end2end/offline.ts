import type { Page } from '@playwright/test';
import { expect } from './fixtures.ts';

/** Returns all that a page's origin has in the browser's databases, as text. */
export const databases = (page: Page): Promise<string> =>
  page.evaluate(async () => {
    const wait = <T>(request: IDBRequest<T>) =>
      new Promise<T>((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = reject;
      });
    const found: string[] = [];
    for (const { name } of await indexedDB.databases()) {
      const database = await wait(indexedDB.open(name!));
      for (const store of database.objectStoreNames) {
        const entries = database.transaction(store).objectStore(store);
        const keys = await wait(entries.getAllKeys());
        const values = await wait(entries.getAll());
        found.push(`${name} ${store} ${keys.join()} ${JSON.stringify(values)}`);
      }
      database.close();
    }
    return found.join('\n');
  });

/** Returns all that a page's origin has in caches, as text. */
export const caches = (page: Page): Promise<string> =>
  page.evaluate(async () => {
    const found: string[] = [];
    for (const name of await window.caches.keys()) {
      const cache = await window.caches.open(name);
      for (const { url } of await cache.keys()) {
        const type = (await cache.match(url))!.headers.get('content-type') ?? '';
        const isText = /text|json/.test(type);
        found.push(`${name} ${url} ${isText ? await (await cache.match(url))!.text() : ''}`);
      }
    }
    return found.join('\n');
  });

/** Waits until this device can open the page without the server, and has these texts. */
export async function copied(page: Page, ...texts: string[]): Promise<void> {
  await page.evaluate(async () => (await navigator.serviceWorker.ready).active);
  await expect
    .poll(() => page.evaluate(() => !!navigator.serviceWorker.controller), { timeout: 20_000 })
    .toBe(true);
  await expect.poll(() => caches(page), { timeout: 20_000 }).toContain('/offline');
  for (const text of texts)
    await expect.poll(() => databases(page), { timeout: 20_000 }).toContain(text);
}
