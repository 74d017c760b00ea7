import type { Page, Route } from '@playwright/test';
import { expect, test, type TestUser } from '../fixtures.ts';
import { RoomPage } from '../pages/room.ts';

/** What translators, add-ons and proxies make of a page before its program starts. */
const CHANGES: [string, () => void][] = [
  [
    'a proxy that strips comments',
    () => {
      const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_COMMENT);
      const comments: Comment[] = [];
      for (let node = walker.nextNode(); node; node = walker.nextNode())
        comments.push(node as Comment);
      comments.forEach((comment) => comment.remove());
      document.body.normalize();
    },
  ],
  [
    'a proxy that strips blanks',
    () => {
      const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      const texts: Text[] = [];
      for (let node = walker.nextNode(); node; node = walker.nextNode()) texts.push(node as Text);
      texts.filter((text) => !text.data.trim()).forEach((text) => text.remove());
    },
  ],
  [
    'a translator',
    () => {
      const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      const texts: Text[] = [];
      for (let node = walker.nextNode(); node; node = walker.nextNode()) texts.push(node as Text);
      for (const text of texts) {
        if (!text.data.trim() || text.parentElement!.closest('script, textarea')) continue;
        const [outer, inner] = [document.createElement('font'), document.createElement('font')];
        inner.textContent = `[${text.data.trim()}]`;
        outer.append(inner);
        text.replaceWith(outer);
      }
    },
  ],
  [
    'an add-on, at the top',
    () => document.body.insertAdjacentHTML('afterbegin', '<div id="addon">hi</div>'),
  ],
  [
    'an add-on, inside the composer',
    () =>
      document
        .querySelector('textarea')!
        .insertAdjacentHTML('afterend', '<div id="addon">hi</div>'),
  ],
  [
    'an add-on, before each message',
    () =>
      document
        .querySelectorAll('article')
        .forEach((article) => article.insertAdjacentHTML('beforebegin', '<i></i>')),
  ],
];

/** Changes each page once it is parsed, and before its scripts run. */
async function change(page: Page, edit: () => void) {
  await page.addInitScript(`addEventListener('readystatechange', () => {
    if (document.readyState === 'interactive' && document.querySelector('main')) (${edit})();
  }, true);`);
}

const hydrated = (page: Page) => expect(page.locator('html')).toHaveAttribute('data-hydrated');

for (const [what, edit] of CHANGES) {
  test(`a page that was changed on its way works: ${what}`, async ({ ada, join }) => {
    const bo = await join('Bo');
    const before = await ada.enter();
    await before.write('written before');
    await expect(before.pending).toHaveCount(0);

    await change(ada.page, edit);
    const hers = await ada.enter();
    await hydrated(ada.page);
    const his = await bo.enter();
    await hers.write('from a changed page');
    await expect(his.message('from a changed page')).toHaveCount(1);
    await his.write('an answer');
    await expect(hers.messages).toHaveCount(3);
    await expect(hers.composer).toHaveCount(1);
    await expect(ada.page.locator('.boot')).toHaveCount(0);
  });
}

test('an unchanged page is taken over, not rendered anew', async ({ ada }) => {
  await ada.page.addInitScript(() => {
    addEventListener('DOMContentLoaded', () =>
      document.querySelector('main')!.setAttribute('data-first', ''),
    );
  });
  const room = await ada.enter();
  await hydrated(ada.page);
  await expect(ada.page.locator('main[data-first]')).toHaveCount(1);
  await expect(room.composer).toBeVisible();
});

test('what was typed into a changed page is kept', async ({ ada }) => {
  let release = () => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  await ada.page.route('**/*.wasm', async (route) => {
    await released;
    await route.continue();
  });
  await change(ada.page, () =>
    document.body.insertAdjacentHTML('afterbegin', '<div id="addon">hi</div>'),
  );
  const room = new RoomPage(ada.page, 'general');
  await ada.page.goto('/rooms/general');
  await room.composer.fill('half written');
  release();
  await hydrated(ada.page);
  await expect(room.composer).toHaveValue('half written');
  await room.send.click();
  await expect(room.message('half written')).toHaveCount(1);
  await expect(room.pending).toHaveCount(0);
});

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

/** What browsers complain of when a module does not arrive, and what the fixtures do. */
const NO_MODULE = /404 for .*\/banter\.|Failed to load module|Loading module from .* was blocked/;

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

test('a program that is late takes over', async ({ ada }) => {
  let release = () => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  await ada.page.route('**/*.wasm', async (route) => {
    await released;
    await route.continue();
  });
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

test('the key that sends does so before the program runs', async ({ ada, isMobile }) => {
  test.skip(isMobile, 'on touch screens, the key makes a new line');
  const released = new Promise<void>(() => {}); // never
  await ada.page.route('**/*.wasm', () => released);
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

test('after an update of the server, a page loads the new program', async ({
  ada,
  complaints,
}) => {
  // The first page names the files of a build that is gone.
  await change(ada.page, () => {
    if (sessionStorage.getItem('loaded')) return;
    sessionStorage.setItem('loaded', 'yes');
    document.querySelector<HTMLElement>('script[data-path]')!.dataset.path = '/pkg/000000000000';
  });
  let loads = 0;
  ada.page.on('domcontentloaded', () => (loads += 1));
  const room = await ada.enter();
  await hydrated(ada.page);
  expect(loads).toBe(2);
  await room.write('with the new program');
  await expect(room.pending).toHaveCount(0);
  expect(complaints.splice(0).filter((line) => !NO_MODULE.test(line))).toEqual([]);
});

test('a program that fails says so, and what is typed is kept', async ({
  ada,
  join,
  complaints,
}) => {
  const bo = await join('Bo');
  const his = await bo.enter();
  const hers = await ada.enter();
  await hers.composer.fill('half');
  // As a panic does.
  await ada.page.evaluate(() => {
    document.documentElement.setAttribute('data-failed', '');
  });
  const notice = ada.page.locator('.boot');
  await expect(notice).toContainText('stopped working');
  await expect(ada.page.locator('html')).not.toHaveAttribute('data-hydrated');
  await hers.composer.pressSequentially(' written');
  await hers.send.click();
  await expect(his.message('half written')).toHaveCount(1);
  await hydrated(ada.page);
  await expect(hers.composer).toHaveValue('');
  await expect(notice).toHaveCount(0);
  expect(complaints).toEqual([]);
});

test('a program that cannot take over the page renders it anew, once', async ({
  ada,
  complaints,
}) => {
  // The comparison is switched off, so that the program begins and finds what it does not expect.
  await ada.page.route('**/boot.js*', async (route) => {
    const response = await route.fetch();
    const script = await response.text();
    const body = script.replace('shape() !== html.dataset.shape', 'false');
    expect(body).not.toBe(script);
    await route.fulfill({ response, body });
  });
  await change(ada.page, CHANGES[0]![1]);
  let loads = 0;
  ada.page.on('domcontentloaded', () => (loads += 1));
  const room = await ada.enter();
  await hydrated(ada.page);
  expect(loads).toBe(2);
  await room.write('after a failure');
  await expect(room.pending).toHaveCount(0);
  expect(complaints.splice(0).join(), 'the program reports its panic').toContain('panicked');
});

test('what a translator replaced on a living page is kept up to date', async ({ ada, join }) => {
  const bo = await join('Bo');
  const hers = await ada.enter();
  const his = await bo.enter();
  await translate(ada.page);
  const typing = ada.page.getByText('[Bo is typing]', { exact: true });
  await his.composer.pressSequentially('a');
  await expect(typing).toHaveCount(1);
  await his.write('translate me');
  await expect(typing).toHaveCount(0);
  await expect(ada.page.getByText('is typing')).toHaveCount(0);
  await expect(hers.message('[translate me]')).toHaveCount(1);

  for (const number of [1, 2, 3]) {
    await hers.write(`hers ${number}`);
    await expect(his.message(`hers ${number}`)).toHaveCount(1);
    await his.write(`his ${number}`);
    await expect(hers.message(`[his ${number}]`)).toHaveCount(1);
  }
  await expect(hers.messages).toHaveCount(7);
  await expect(hers.list.getByText('Sending')).toHaveCount(0);
  await expect(ada.page.locator('html')).toHaveAttribute('data-hydrated');
});

test('a translator does not make the connection line stale', async ({ server, ada }) => {
  const room = await ada.enter();
  await translate(ada.page);
  await server.kill();
  await expect(room.connection).toHaveAttribute('data-state', 'offline');
  await expect(room.connection).toContainText('[Offline since');
  await server.start();
  await expect(room.connection).toHaveAttribute('data-state', 'current', { timeout: 30_000 });
  await expect(room.connection).not.toContainText('Offline');
  await room.write('still here');
  await expect(room.pending).toHaveCount(0);
  await expect(room.messages).toHaveCount(1);
});

/** Does what Google Translate does: replaces each text node, now and later, by two elements. */
async function translate(page: Page) {
  await page.evaluate(() => {
    const done = new WeakSet<Node>();
    const work = (root: Node) => {
      const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
      const texts: Text[] = [];
      for (let node = walker.nextNode(); node; node = walker.nextNode()) texts.push(node as Text);
      if (root instanceof Text) texts.push(root);
      for (const text of texts) {
        const parent = text.parentElement;
        if (!parent || done.has(text) || !text.data.trim()) continue;
        if (parent.closest('script, textarea, font')) continue;
        const [outer, inner] = [document.createElement('font'), document.createElement('font')];
        const translated = document.createTextNode(`[${text.data.trim()}]`);
        done.add(translated);
        inner.append(translated);
        outer.append(inner);
        parent.replaceChild(outer, text);
      }
    };
    work(document.body);
    new MutationObserver((records) => {
      for (const { type, target, addedNodes } of records)
        for (const node of type === 'characterData' ? [target] : addedNodes) work(node);
    }).observe(document.body, { childList: true, characterData: true, subtree: true });
  });
}

test('a proxy that passes no upgrade: the page says so, and sends', async ({
  server,
  ada,
  join,
  browserName,
}) => {
  test.skip(browserName === 'firefox', 'WebDriver BiDi does not route WebSockets yet');
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
  await ada.page.goto('/rooms/general');
  await expect(hers.connection).toHaveAttribute('data-state', 'blocked', { timeout: 30_000 });
  await expect(hers.connection).toContainText('This page reaches the server');
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
