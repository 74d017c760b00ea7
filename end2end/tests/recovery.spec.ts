import { expect, test, type TestUser } from '../fixtures.ts';
import type { RoomPage } from '../pages/room.ts';
import { NODES, type Server } from '../server.ts';

// Longer than the longest pause of the page between two connection attempts.
const RECONNECTED = { timeout: 30_000 };

const endings: [string, (server: Server) => Promise<void>][] = [
  ['a restart', (server) => server.stop()],
  ['kill -9', (server) => server.kill()],
];

for (const [ending, end] of endings) {
  test(`open pages reconnect by themselves after ${ending}`, async ({ server, ada, join }) => {
    const bo = await join('Bo');
    const rooms = [await ada.enter(), await bo.enter()] as const;
    const [hers, his] = rooms;
    const written: string[] = [];
    for (let i = 1; i <= 5; i++) {
      await hers.write(`acknowledged ${i}`);
      written.push(`acknowledged ${i}`);
    }
    await expect(hers.messages).toHaveCount(5);
    await expect(hers.pending).toHaveCount(0);

    await end(server);
    for (const room of rooms)
      await expect(room.connection).toHaveAttribute('data-state', /connecting|offline/);
    await server.start();
    for (const room of rooms)
      await expect(room.connection).toHaveAttribute('data-state', 'current', RECONNECTED);

    await his.write('back again');
    written.push('back again');
    await expectExactly(hers, written);
    await expectExactly(his, written);
    await ada.page.reload();
    await expectExactly(hers, written);
  });
}

test('messages written while the server is down are sent once when it is back', async ({
  server,
  ada,
  join,
}) => {
  const bo = await join('Bo');
  const hers = await ada.enter();
  const his = await bo.enter();
  await hers.write('before');
  await expect(his.message('before')).toHaveCount(1);

  await server.kill();
  await expect(hers.connection).toHaveAttribute('data-state', /connecting|offline/);
  await hers.write('during the outage one');
  await hers.write('during the outage two');
  await expect(hers.pending).toHaveCount(2);
  await expect(hers.composer).toHaveValue('');

  await server.start();
  await expect(hers.pending).toHaveCount(0, RECONNECTED);
  await expect(his.connection).toHaveAttribute('data-state', 'current', RECONNECTED);
  const written = ['before', 'during the outage one', 'during the outage two'];
  await expectExactly(hers, written);
  await expectExactly(his, written);
  await bo.page.reload();
  await expectExactly(his, written);
});

test('a page says that an older backup was restored, and what is missing', async ({
  server,
  ada,
}) => {
  test.skip(NODES > 1, 'a backup of SQLite');
  const room = await ada.enter();
  await room.write('before');
  await expect(room.pending).toHaveCount(0);
  server.backUp();
  await room.write('after one');
  await room.write('after two');
  await expect(room.pending).toHaveCount(0);
  await server.restore();
  const notice = ada.page.getByRole('alert').filter({ hasText: 'Older data was restored' });
  await expect(notice).toContainText('2 messages that were here are missing', RECONNECTED);
  await expectExactly(room, ['before']);
  await notice.getByRole('button', { name: 'Close' }).click();
  await expect(notice).toHaveCount(0);
});

test('messages in flight when the server was killed arrive once', async ({ server, ada }) => {
  const room = await ada.enter();
  const written: string[] = [];
  for (let i = 1; i <= 8; i++) {
    await room.write(`under way ${i}`);
    written.push(`under way ${i}`);
    if (i === 4) await server.kill();
  }
  await server.start();
  await expect(room.pending).toHaveCount(0, RECONNECTED);
  await expectExactly(room, written);
  await ada.page.reload();
  await expectExactly(room, written);
});

test('a flood of messages survives a restart and a crash', async ({ server, ada, join }) => {
  test.slow(); // because of the rate limit and the reconnects
  const bo = await join('Bo');
  const hers = await ada.enter();
  const his = await bo.enter();
  // More than the rate limit allows at once: only some are acknowledged when the server stops.
  const flood = (by: string, from: number) =>
    Array.from({ length: 60 }, (_, i) => `${by} ${from + i}.`);
  for (const [end, from] of [
    [server.stop, 1],
    [server.kill, 61],
  ] as const) {
    await Promise.all([hers.writeAll(flood('hers', from)), his.writeAll(flood('his', from))]);
    await expect(hers.pending).not.toHaveCount(0);
    await end.call(server);
    await server.start();
    await expect(hers.connection).toHaveAttribute('data-state', 'current', RECONNECTED);
  }
  // The list keeps the newest of them in the page.
  for (const room of [hers, his]) await expect(room.pending).toHaveCount(0, RECONNECTED);
  const texts = await stored(ada, 'general');
  expect(texts).toHaveLength(240);
  for (const by of ['hers', 'his']) {
    const own = texts.filter((text) => text.startsWith(by));
    expect(own).toEqual([...flood(by, 1), ...flood(by, 61)]);
  }
  for (const room of [hers, his]) await expect(room.message(texts.at(-1)!)).toBeVisible();
  const picture = await hers.picture();
  expect((await his.picture()).slice(-20)).toEqual(picture.slice(-20));
  await ada.page.reload();
  await expect.poll(async () => (await hers.picture()).slice(-20)).toEqual(picture.slice(-20));
});

/** Returns the texts of all messages of a room, oldest first. */
async function stored(by: TestUser, room: string): Promise<string[]> {
  const texts: string[] = [];
  for (let before = ''; ; ) {
    const path = `/api/rooms/${room}/messages?limit=100${before}`;
    const headers = { authorization: `Bearer ${by.token}` };
    const page = await (await by.page.request.get(path, { headers })).json();
    texts.unshift(...page.messages.map((message: { text: string }) => message.text));
    if (!page.has_more) return texts;
    before = `&before=${page.messages[0].seq}`;
  }
}

/** Expects each of these texts once, in this order, and nothing else. */
async function expectExactly(room: RoomPage, texts: string[]) {
  await expect(room.messages).toHaveText(texts.map((text) => new RegExp(`${text}(\\D|$)`)));
}
