import { existsSync } from 'node:fs';
import { defineConfig } from '@playwright/test';

const SHELL = '/usr/bin/chromium-headless-shell';

const chromium = {
  browserName: 'chromium' as const,
  launchOptions: {
    executablePath: process.env.CHROMIUM ?? (existsSync(SHELL) ? SHELL : '/usr/bin/chromium'),
    args: [
      '--headless=new',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
    ],
  },
};

// Debian's Firefox, driven by WebDriver BiDi; Playwright's default needs a patched build.
const firefox = {
  browserName: 'firefox' as const,
  channel: 'moz-firefox',
  launchOptions: {
    executablePath: process.env.FIREFOX ?? '/usr/bin/firefox-esr',
    // Each test loads the page anew. Optimizing its program takes longer than running it.
    firefoxUserPrefs: { 'javascript.options.wasm_optimizingjit': false },
  },
};

const desk = { viewport: { width: 1280, height: 800 } };
const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

/** These test nothing that depends on the width or on touch. */
const SAME_ON_PHONES = [
  'accounts',
  'boot',
  'boundaries',
  'cluster',
  'code',
  'copying',
  'custom-emoji',
  'documents',
  'drafts',
  'files',
  'hostile-text',
  'invitations',
  'leaving',
  'names',
  'no-script',
  'notifications',
  'offline',
  'plain-form',
  'preview',
  'print',
  'push',
  'push-services',
  'recovery',
  'rest',
  'sessions',
  'share',
  'suspended',
  'tabs',
  'translator',
  'undo-send',
  'updates',
];

/**
 * These test what the server answers and what the page makes of it, the same in each browser. Of
 * them, only the habits that people expect of a chat are tested in Firefox too.
 */
const SAME_IN_FIREFOX = [
  'about-room',
  'accessibility-people',
  'accounts',
  'actions',
  'administration',
  'boundaries',
  'browse',
  'chat',
  'code',
  'custom-emoji',
  'direct',
  'documents',
  'drafts',
  'first-start',
  'hostile-text',
  'invitations',
  'later',
  'link-previews',
  'markdown',
  'message',
  'names',
  'notifications',
  'offline',
  'people',
  'plain-form',
  'presence',
  'preview',
  'push',
  'push-services',
  'recovery',
  'rest',
  'room-files',
  'room-lists',
  'rooms',
  'search',
  'sessions',
  'settings',
  'share',
  'threads',
  'timeline',
  'undo-send',
  'unread',
  'unread-view',
  'updates',
];

/** Of these, only the habits and what axe examines are tested on phones too. */
const MOSTLY_SAME_ON_PHONES = [
  'about-room',
  'administration',
  'browse',
  'chat',
  'direct',
  'later',
  'markdown',
  'people',
  'presence',
  'room-lists',
  'rooms',
  'search',
  'settings',
  'threads',
  'timeline',
  'unread',
  'unread-view',
];

/** Matches the tests of these files whose names do not contain `marks`. */
const without = (marks: string, names: string[]) =>
  new RegExp(`[ /](${names.join('|')})\\.spec\\.ts (?!.*\\b(${marks}))`);

/** These are run on request: bin/test screenshots, bin/test measure. */
const ON_REQUEST = /@screenshots|@measure/;
const requested = process.env.BANTER_TEST_TAG;

const files = (names: string[]) => names.map((name) => `**/${name}.spec.ts`);

export default defineConfig({
  testDir: 'tests',
  outputDir: 'test-results',
  fullyParallel: true,
  forbidOnly: !!process.env.CI,
  retries: 0, // a flaky test has found a bug
  workers: 2,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  reporter: [['list'], ['./summary.ts']],
  ...(requested ? { grep: new RegExp(requested) } : { grepInvert: ON_REQUEST }),
  use: {
    // Tests change answers on the way to the page, which a worker would ask for itself: those of
    // the worker allow it.
    serviceWorkers: 'block',
    // Recording takes longer than most tests: bin/test e2e NAME --trace retain-on-failure.
    trace: 'off',
    screenshot: 'only-on-failure',
  },
  projects: [
    { name: 'chromium', use: { ...chromium, ...desk } },
    {
      name: 'firefox',
      use: { ...firefox, ...desk },
      // What axe examines and what is spoken is the same in each browser.
      grepInvert: [without('habit \\d', SAME_IN_FIREFOX), /[ /]speech\.spec|\baxe\b/, ON_REQUEST],
    },
    {
      name: 'phone',
      use: { ...chromium, ...phone },
      testIgnore: files(SAME_ON_PHONES),
      grepInvert: [
        without('habit \\d|axe', MOSTLY_SAME_ON_PHONES),
        /axe finds no violations, light/, // both themes have the same colors at each width
        ON_REQUEST,
      ],
    },
  ],
});
