import type { Page } from '@playwright/test';
import { expect, expectAsFresh, PASSWORD, test } from '../fixtures.ts';
import { BALANCER, NODES } from '../server.ts';

test.skip(NODES < 2, 'only with several nodes behind a balancer (bin/test nodes)');
test.skip(
  ({ browserName }) => browserName === 'firefox',
  'WebDriver BiDi does not report WebSockets yet',
);

/** Records the node that serves the page, as reported in its welcome. */
function nodeOf(page: Page): () => string | undefined {
  let node: string | undefined;
  page.on('websocket', (socket) => {
    socket.on('framereceived', ({ payload }) => {
      const message = JSON.parse(String(payload));
      if (message.type === 'welcome') node = message.payload.node;
    });
  });
  return () => node;
}

test('two users on different nodes exchange messages', async ({ ada, join }) => {
  const bo = await join('Bo');
  const [herNode, hisNode] = [nodeOf(ada.page), nodeOf(bo.page)];
  const hers = await ada.enter();
  // The balancer chooses the node.
  const his = await bo.enter();
  for (let tries = 0; tries < 20 && herNode() === hisNode(); tries++) await bo.enter();
  expect(hisNode(), 'the balancer spreads users over the nodes').not.toBe(herNode());

  await hers.write('Is the release out?');
  await expect(his.message('Is the release out?')).toContainText('Ada');
  await his.write('Since noon, and all is quiet');
  await expect(hers.message('Since noon, and all is quiet')).toContainText('Bo');
  for (const room of [hers, his]) await expect(room.messages).toHaveCount(2);
});

for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
  test(`stopping one node after the other by ${signal} loses nothing`, async ({
    server,
    ada,
    join,
  }) => {
    const bo = await join('Bo');
    const [hers, his] = [await ada.enter(), await bo.enter()];
    const written: string[] = [];
    for (let i = 0; i < NODES; i++) {
      const ended = server.endNode(i, signal);
      for (const [room, name] of [
        [hers, 'ada'],
        [his, 'bo'],
      ] as const) {
        await room.write(`${name} while node ${i} goes`);
        written.push(`${name} while node ${i} goes`);
      }
      const status = await ended;
      if (signal === 'SIGTERM') expect(status).toBe(0);
      for (const text of written) {
        for (const room of [hers, his])
          await expect(room.message(text)).toHaveCount(1, { timeout: 30_000 });
      }
      await server.startNode(i);
    }
    for (const room of [hers, his]) {
      await expect(room.messages).toHaveCount(written.length);
      await expectAsFresh(room);
    }
  });
}

test('a stopped node receives no page requests', async ({ server, ada }) => {
  await server.endNode(0, 'SIGKILL');
  for (let i = 0; i < 30; i++) {
    const response = await ada.page.request.get('/readyz');
    expect(response.status()).toBe(200);
  }
});

test('while builds are mixed, a page receives the files of its own build', async ({
  server,
  ada,
}) => {
  const others = [];
  for (const i of [0, 1]) {
    await server.endNode(i, 'SIGKILL');
    others.push(await server.anotherBuild(i));
  }
  for (let i = 0; i < 10; i++) {
    const page = await ada.page.request.get('/rooms/general');
    expect(page.status()).toBe(200);
    const files = [...new Set((await page.text()).match(/\/pkg\/[\w./-]+\.(?:js|wasm|css)/g))];
    expect(files.length).toBeGreaterThan(1);
    for (const file of files) expect((await ada.page.request.get(file)).status(), file).toBe(200);
  }
  const room = await ada.enter();
  await room.write('still connected');
  await expect(room.pending).toHaveCount(0);
  for (const other of others) await other.end();
});

test('a form that cannot be processed leads to an error page', async ({ server, ada }) => {
  test.skip(BALANCER === 'haproxy', 'HAProxy replies itself if no node is ready');
  const room = await ada.enter();
  await server.database('away');
  await room.signOut.click();
  await expect(ada.page.getByText('you are still signed in on this device')).toBeVisible();
  // A browser without scripts sends the form at once.
  const form = ada.page.locator('form[action="/sign-out"]');
  await form.evaluate((form: HTMLFormElement) => form.submit());
  await expect(ada.page.getByRole('heading', { name: 'Temporarily unavailable' })).toBeVisible();
  await server.database('there');
  await ada.page.getByRole('link', { name: 'Back' }).click();
  await expect(room.connection).toHaveAttribute('data-state', 'current');
  await room.signOut.click();
  await expect(ada.page).toHaveURL('/sign-in');
});

test('client addresses cannot be forged', async ({ server, request }) => {
  const statuses: number[] = [];
  for (let i = 0; i < 40; i++) {
    const response = await request.post(`${server.url}/api/auth/login`, {
      headers: { 'x-forwarded-for': `192.0.2.${i}` },
      data: { username: 'unknown', password: PASSWORD },
    });
    statuses.push(response.status());
  }
  expect(statuses[0]).toBe(401);
  expect(statuses.at(-1), 'attempts from one address are limited').toBe(429);
  expect((await request.get(`${server.url}/metrics`)).status(), 'metrics are not public').toBe(404);
});
