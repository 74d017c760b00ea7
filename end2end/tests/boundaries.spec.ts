import { createServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, invite, PASSWORD, test } from '../fixtures.ts';
import { hydrated } from '../helpers.ts';
import { EntryPage } from '../pages/entry.ts';
import { NODES, Server } from '../server.ts';

/** The element of a page that beats the header `Referrer-Policy`. */
const POLICY = /<meta name="referrer"[^>]*>/;

/** Forwards requests to a server, and has a referrer policy of its own: in place of the pages'. */
async function proxyWithoutReferrer(
  to: Server,
  strips: boolean,
): Promise<{ url: string; origins: string[]; end: () => void }> {
  const target = new URL(to.url);
  const origins: string[] = [];
  const proxy = createServer((incoming, outgoing) => {
    const { method, headers, url: path } = incoming;
    if (path === '/sign-in' && method === 'POST') origins.push(headers.origin ?? 'none');
    const { hostname, port } = target;
    const plain = strips ? { ...headers, 'accept-encoding': 'identity' } : headers;
    const forwarded = request({ hostname, port, path, method, headers: plain }, async (answer) => {
      const replaced = { ...answer.headers, 'referrer-policy': 'no-referrer' };
      const isPage = answer.headers['content-type']?.startsWith('text/html');
      if (strips && isPage) delete replaced['content-length'];
      outgoing.writeHead(answer.statusCode!, replaced);
      if (strips && isPage) outgoing.end((await text(answer)).replace(POLICY, ''));
      else answer.pipe(outgoing);
    });
    incoming.pipe(forwarded as unknown as NodeJS.WritableStream & IncomingMessage);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  return { url, origins, end: () => void (proxy.closeAllConnections(), proxy.close()) };
}

for (const strips of [false, true]) {
  const what = strips ? ', even from the page itself' : '';
  test(`forms work behind a proxy that hides the referrer${what}`, async ({
    ada,
    server,
    browser,
  }) => {
    test.skip(NODES > 1, 'its address is not the public one');
    const proxy = await proxyWithoutReferrer(server, strips);
    const visitor = await browser.newContext();
    const entry = new EntryPage(await visitor.newPage());
    await entry.page.goto(`${proxy.url}/sign-in`);
    await entry.signIn(ada.username, PASSWORD);
    await expect(entry.page).toHaveURL(`${proxy.url}/rooms/general`);
    // The page tells its origin in spite of the proxy, or the server does without.
    expect(proxy.origins).toEqual([strips ? 'null' : proxy.url]);
    await visitor.close();
    proxy.end();
  });
}

test('a form of another site is refused by a page that keeps what was typed', async ({
  ada,
  server,
  browser,
}) => {
  const visitor = await browser.newContext();
  const entry = new EntryPage(await visitor.newPage());
  await entry.page.setContent(`<form method="post" action="${server.url}/sign-in">
    <input name="username" value="${ada.username}"><input name="password" value="${PASSWORD}">
    <button>Go</button></form>`);
  await entry.page.getByRole('button').click();
  await expect(entry.heading('Not accepted')).toBeVisible();
  await hydrated(entry.page);
  await entry.page.getByRole('button', { name: 'Back to what you typed' }).click();
  await expect(entry.username).toHaveValue(ada.username);
  await entry.signIn(ada.username, PASSWORD);
  await expect(entry.page).toHaveURL(`${server.url}/rooms/general`);
  await visitor.close();
});

test('an invitation tells who is signed in and stays open', async ({ ada, entry }) => {
  const path = `/join/${await invite(ada)}`;
  await ada.page.goto(path);
  await expect(entry.heading('You are signed in as Ada')).toBeVisible();
  await hydrated(ada.page);
  await ada.page.getByRole('button', { name: 'Sign out and create another' }).click();
  await expect(ada.page).toHaveURL(path);
  await entry.name.fill('Bo');
  await entry.username.fill('bo');
  await entry.password.fill(PASSWORD);
  await entry.button('Join').click();
  await expect(ada.page).toHaveURL('/rooms/general');
});

test('two installations on one host keep their users signed in', async ({ ada }, testInfo) => {
  const other = await Server.create(testInfo.parallelIndex, {});
  await other.start();
  const { page } = ada;
  const entry = new EntryPage(page);
  await page.goto(`${other.url}/first-start`);
  await entry.name.fill('Ada elsewhere');
  await entry.username.fill('ada');
  await entry.password.fill(PASSWORD);
  await entry.button('Create owner account').click();
  await expect(page).toHaveURL(`${other.url}/rooms/general`);
  await ada.enter();
  await page.goto(`${other.url}/rooms/general`);
  await expect(page).toHaveURL(`${other.url}/rooms/general`);
  await page.goto('about:blank');
  await other.discard();
});
