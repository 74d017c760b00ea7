import { AxeBuilder } from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';

/** Numbered texts. The dot tells `line 1.` from `line 10.`. */
export const lines = (count: number) => Array.from({ length: count }, (_, i) => `line ${i + 1}.`);

/** Waits until the program of a page runs, or until a page without one is complete. */
export const hydrated = (page: Page) =>
  expect(page.locator('html')).toHaveAttribute('data-hydrated');

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
