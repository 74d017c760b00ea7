import type { Page } from '@playwright/test';
import { expect, say, test } from '../fixtures.ts';
import { lines } from '../helpers.ts';

test.use({ settings: { BANTER_RATE_LIMIT: 'off' } });

/** Keeps the memory of the program where `memory` finds it. */
async function watchMemory(page: Page): Promise<void> {
  await page.addInitScript(() => {
    for (const name of ['instantiate', 'instantiateStreaming'] as const) {
      const instantiate = WebAssembly[name] as (...all: unknown[]) => Promise<unknown>;
      const watched = async (...all: unknown[]) => {
        const result = (await instantiate.apply(WebAssembly, all)) as
          WebAssembly.Instance | WebAssembly.WebAssemblyInstantiatedSource;
        const { exports } = 'instance' in result ? result.instance : result;
        // The rest of the program has the memory of the first part.
        if (exports.memory) Object.assign(window, { programMemory: exports.memory });
        return result;
      };
      Object.assign(WebAssembly, { [name]: watched });
    }
  });
}

/** Returns the size of the program's memory, once what the page no longer needs is freed. */
async function memory(page: Page): Promise<number> {
  const browser = await page.context().newCDPSession(page);
  for (let i = 0; i < 3; i++) await browser.send('HeapProfiler.collectGarbage');
  await browser.detach();
  return page.evaluate(
    () =>
      (window as unknown as { programMemory: WebAssembly.Memory }).programMemory.buffer.byteLength,
  );
}

test('rows that come and go leave nothing in memory', async ({ ada, browserName, isMobile }) => {
  test.skip(browserName !== 'chromium' || isMobile, 'only Chromium frees memory on request');
  test.setTimeout(180_000);
  const count = 700;
  await watchMemory(ada.page);
  await say(ada, 'general', lines(count));
  const room = await ada.enter();
  const readUp = () =>
    room.list.evaluate(async (list) => {
      const scroller = list.closest('[role=group]')!;
      while (list.querySelector('[data-seq]')!.getAttribute('data-seq') !== '1') {
        scroller.scrollTop = -scroller.scrollHeight;
        await new Promise(requestAnimationFrame);
      }
    });
  const readAll = async (rounds: number) => {
    for (let round = 0; round < rounds; round++) {
      await expect(room.message(`line ${count}.`)).toBeVisible();
      await readUp();
      await ada.page.getByRole('button', { name: 'Jump to latest' }).click();
    }
    await expect(room.message(`line ${count}.`)).toBeVisible();
    return memory(ada.page);
  };
  // At first the memory grows to what the page needs for its work.
  const before = await readAll(3);
  const grown = (await readAll(5)) - before;
  expect(grown / (5 * count), 'bytes for each row that is gone').toBeLessThan(150);
});
