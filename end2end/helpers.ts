import { AxeBuilder } from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';

/** Numbered texts. The dot tells `line 1.` from `line 10.`. */
export const lines = (count: number) => Array.from({ length: count }, (_, i) => `line ${i + 1}.`);

/** Waits until the program of a page runs, or until a page without one is complete. */
export const hydrated = (page: Page) =>
  expect(page.locator('html')).toHaveAttribute('data-hydrated');

/** Shows a page at the width of a desk and of a phone, each in both themes, with a name of each. */
export async function* appearances(page: Page): AsyncGenerator<string> {
  for (const viewport of [
    { width: 1280, height: 800 },
    { width: 390, height: 844 },
  ]) {
    await page.setViewportSize(viewport);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      yield `${viewport.width}-${colorScheme}`;
    }
  }
}

/** The program of a page. */
export const PROGRAM = '**/*.wasm';

/** Holds the responses at an address back. Returns the function that lets them arrive. */
export async function hold(page: Page, address: string): Promise<() => void> {
  let release = () => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  await page.route(address, async (route) => {
    await released;
    await route.continue();
  });
  return release;
}

/** Changes each page once it is parsed, and before its scripts run. */
export async function change(page: Page, edit: () => void): Promise<void> {
  await page.addInitScript(`addEventListener('readystatechange', () => {
    if (document.readyState === 'interactive' && document.querySelector('main')) (${edit})();
  }, true);`);
}

/** What browsers and fixtures complain of when a module does not arrive. */
export const NO_MODULE =
  /^404 for .*banter\.|Failed to load module|Loading module from .* was blocked/;

/** Waits until the page runs, and expects that axe finds nothing in it. */
export async function expectAccessible(page: Page) {
  await hydrated(page);
  const { violations } = await new AxeBuilder({ page }).analyze();
  const found = violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => ({ id, target, failureSummary })),
  );
  expect(found, page.url()).toEqual([]);
}
