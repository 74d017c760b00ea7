import type { Page, Route } from '@playwright/test';
import { expect, test, type TestUser } from '../fixtures.ts';
import { hold, hydrated, NO_MODULE, PROGRAM } from '../helpers.ts';
import { RoomPage } from '../pages/room.ts';

/** What keeps the program from running. */
const FAILURES: [string, (route: Route) => Promise<void>, RegExp][] = [
  ['404', (route) => route.fulfill({ status: 404, body: 'no' }), /did not arrive/],
  ['a blocker', (route) => route.abort('blockedbyclient'), /did not arrive/],
  [
    'a page of a proxy instead',
    (route) => route.fulfill({ contentType: 'text/html', body: '<p>Sign in to the network' }),
    /did not arrive/,
  ],
];

for (const file of ['banter.wasm', 'banter.js'])
  for (const [what, answer, text] of FAILURES)
    test(`without its program the page says so and sends: ${what} for ${file}`, async ({
      ada,
      join,
      complaints,
    }) => {
      const bo = await join('Bo');
      const his = await bo.enter();
      await ada.page.route(`**/${file}`, answer);
      await expectPlainChat(ada, his, text);
      await ada.page.close(); // it complains of each load
      const others = complaints.splice(0).filter((line) => !NO_MODULE.test(line));
      expect(others).toEqual([]);
    });

test('a policy without WebAssembly: the page says so and sends', async ({
  ada,
  join,
  complaints,
}) => {
  const bo = await join('Bo');
  const his = await bo.enter();
  // Playwright does not change the page after a redirect, so this sends once.
  await replacePolicy(ada.page, "default-src 'self'");
  const hers = new RoomPage(ada.page, 'general');
  await ada.page.goto('/rooms/general');
  await expect(ada.page.locator('.boot')).toContainText('runs no WebAssembly');
  await hers.composer.fill('under another policy');
  await hers.send.click();
  await expect(his.message('under another policy')).toHaveCount(1);
  complaints.splice(0); // the browser reports what the policy forbids
});

test('a browser without WebAssembly: the page says so and sends', async ({ ada, join }) => {
  const bo = await join('Bo');
  const his = await bo.enter();
  await ada.page.addInitScript(() => delete (globalThis as { WebAssembly?: unknown }).WebAssembly);
  await expectPlainChat(ada, his, /runs no WebAssembly/);
});

test('a policy without nonces does not matter', async ({ ada, complaints }) => {
  await replacePolicy(ada.page, "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'");
  const room = new RoomPage(ada.page, 'general');
  await ada.page.goto('/rooms/general');
  await hydrated(ada.page);
  await expect(room.send).toBeDisabled();
  complaints.splice(0); // the browser reports the scripts that the policy forbids
});

async function replacePolicy(page: Page, policy: string) {
  await page.route('**/rooms/*', async (route) => {
    const response = await route.fetch();
    const headers = { ...response.headers(), 'content-security-policy': policy };
    await route.fulfill({ response, headers });
  });
}

/** Expects that the page without its program says so, keeps what is typed, and sends it. */
async function expectPlainChat(ada: TestUser, his: RoomPage, text: RegExp) {
  const hers = new RoomPage(ada.page, 'general');
  const notice = ada.page.locator('.boot');
  await ada.page.goto('/rooms/general');
  await expect(notice).toContainText(text);
  await expect(ada.page.locator('html')).not.toHaveAttribute('data-hydrated');
  await hers.composer.fill('half written');
  await notice.getByRole('button', { name: 'Load again' }).click();
  await expect(notice).toContainText(text);
  await expect(hers.composer).toHaveValue('half written');
  await hers.send.click();
  await expect(his.message('half written')).toHaveCount(1);
  await expect(hers.message('half written')).toHaveCount(1);
  await expect(notice).toContainText(text);
  await expect(hers.composer).toHaveValue('');
  await his.write('an answer');
  await expect(his.pending).toHaveCount(0);
  await hers.composer.fill('another');
  await hers.send.click();
  await expect(hers.messages).toHaveCount(3);
  await expect(hers.composer).toHaveValue('');
}

test('the key that sends does so before the program runs', async ({ ada }) => {
  await hold(ada.page, PROGRAM);
  await ada.page.clock.install();
  const room = new RoomPage(ada.page, 'general');
  await ada.page.goto('/rooms/general');
  await ada.page.clock.runFor(6_000);
  await expect(ada.page.locator('.boot')).toContainText('Still loading');
  await room.composer.fill('sent by key');
  await room.composer.press('Enter');
  await expect(room.message('sent by key')).toHaveCount(1);
  await expect(room.composer).toHaveValue('');
});

test('a browser without WebSockets: the page says so and sends', async ({ ada, join }) => {
  const bo = await join('Bo');
  const his = await bo.enter();
  await ada.page.addInitScript(() => delete (globalThis as { WebSocket?: unknown }).WebSocket);
  await expectPlainChat(ada, his, /opens no WebSocket/);
});

test('a program that is late takes over', async ({ ada }) => {
  const release = await hold(ada.page, PROGRAM);
  const room = new RoomPage(ada.page, 'general');
  await ada.page.goto('/rooms/general');
  await expect(ada.page.locator('html')).not.toHaveAttribute('data-hydrated');
  await room.composer.fill('sent early');
  await room.send.click();
  await expect(room.message('sent early')).toHaveCount(1);
  release();
  await hydrated(ada.page);
  await expect(room.composer).toHaveValue('');
  await room.write('sent late');
  await expect(room.message('sent late')).toHaveCount(1);
  await expect(room.messages).toHaveCount(2);
});

test('a proxy that passes no upgrade: the page says so, and sends', async ({
  server,
  ada,
  join,
}) => {
  const bo = await join('Bo');
  const his = await bo.enter();
  // Without pauses between the attempts.
  await ada.page.addInitScript(() => {
    Math.random = () => 0;
    // What a browser makes of a response that is no upgrade.
    const Socket = WebSocket;
    const stripped = (url: string) => new Socket(url.replace('/ws', '/healthz'));
    (globalThis as { WebSocket: unknown }).WebSocket = Object.assign(
      function (url: string) {
        return stripped(url);
      },
      { CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 },
    );
  });
  const hers = new RoomPage(ada.page, 'general');
  // Written before the page knows, when the browser does not send the form.
  const release = await hold(ada.page, '**/ws/ticket');
  await ada.page.goto('/rooms/general');
  await hydrated(ada.page);
  await hers.write('written early');
  await expect(hers.pending).toHaveCount(1);
  release();
  await expect(hers.connection).toHaveAttribute('data-state', 'blocked', { timeout: 30_000 });
  await expect(hers.connection).toContainText('No live updates');
  await hers.composer.fill('first line');
  await hers.pending.getByRole('button', { name: 'Move to composer' }).click();
  await expect(hers.pending).toHaveCount(0);
  await expect(hers.composer).toHaveValue('first line\nwritten early');
  await hers.send.click();
  await expect(his.message('written early')).toHaveCount(1);
  // The next page knows from the beginning.
  await expect(hers.message('written early')).toHaveCount(1);
  await hydrated(ada.page);
  await hers.write('at once');
  await expect(his.message('at once')).toHaveCount(1);
  await expect(hers.pending).toHaveCount(0);
  for (const text of ['by its button', 'by the key']) {
    await hers.composer.fill(text);
    const hasKeys = await ada.page.evaluate(() => !matchMedia('(pointer: coarse)').matches);
    if (text === 'by the key' && hasKeys)
      await hers.composer.press('Enter');
    else await hers.send.click();
    await expect(his.message(text)).toHaveCount(1);
    await expect(hers.message(text)).toHaveCount(1);
    await expect(hers.connection).toHaveAttribute('data-state', 'blocked', { timeout: 30_000 });
    await expect(hers.composer).toHaveValue('');
  }
  expect(server.log).not.toContain('panicked');
});
