import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { ask, expect, say } from '../fixtures.ts';
import { asleep, direct, subscribe, test, texts } from '../push-fixtures.ts';
import type { Subscription } from '../push-service.ts';
import { NODES } from '../server.ts';

/** Push services that hang, ask for time or are cut off, and what browsers do with what comes. */

test('services that hang delay nobody else', async ({ ada, join, service }) => {
  test.slow();
  const bo = await asleep(await join('Bo'));
  await asleep(ada);
  const phone = await subscribe(service, bo);
  const hanging: Subscription[] = [];
  const rooms = [];
  for (const name of ['Cat', 'Dan', 'Eve', 'Fay']) {
    const user = await asleep(await join(name));
    for (let browser = 0; browser < 20; browser++) {
      const subscription = await subscribe(service, user);
      subscription.hangs = true;
      hanging.push(subscription);
    }
    rooms.push(await direct(ada, user.username));
  }
  const room = await direct(ada, 'bo');
  for (const other of rooms) await say(ada, other, ['hangs', 'hangs', 'hangs']);
  const asked = () => hanging.filter(({ received }) => received.length > 0).length;
  await expect.poll(asked, { timeout: 20_000 }).toBeGreaterThan(4);
  for (const text of ['first', 'second', 'third']) {
    const sent = Date.now();
    await say(ada, room, [text]);
    await expect.poll(() => phone.texts.at(-1), { timeout: 20_000 }).toBe(text);
    expect(phone.received.at(-1)!.at - sent, 'time until it is pushed').toBeLessThan(6_500);
  }
  // What is read is closed as fast as ever.
  await ask(bo, 'read', { room, seq: 3 });
  const read = Date.now();
  await expect.poll(() => phone.taken.at(-1)?.kind, { timeout: 20_000 }).toBe('close');
  expect(phone.received.at(-1)!.at - read, 'time until it is closed').toBeLessThan(3_000);
});

test('a service that asks for time has it from all messages', async ({ ada, join, service }) => {
  test.skip(NODES > 1, 'each node remembers that for itself');
  const bo = await asleep(await join('Bo'));
  await asleep(ada);
  const room = await direct(ada, 'bo');
  const phone = await subscribe(service, bo);
  phone.answers = [{ status: 429, headers: { 'retry-after': '8' } }];
  await say(ada, room, ['first']);
  await expect.poll(() => phone.received.length).toBe(1);
  await say(ada, room, ['second']);
  await texts(phone, ['first', 'second']);
  const [asked, ...later] = phone.received;
  for (const { at } of later) expect(at - asked!.at).toBeGreaterThanOrEqual(7_900);

  // Nothing waits for so long.
  phone.answers = [{ status: 429, headers: { 'retry-after': '7200' } }];
  await say(ada, room, ['third']);
  await expect.poll(() => phone.received.length).toBe(4);
  await say(ada, room, ['fourth']);
  const cat = await asleep(await join('Cat'));
  const other = await subscribe(service, cat);
  await say(ada, await direct(ada, 'cat'), ['later']);
  await texts(other, ['later']);
  expect(phone.texts).toEqual(['first', 'second']);
  expect(phone.received).toHaveLength(4);
});

test('what is deleted or out of reach is closed', async ({ ada, join, service }) => {
  const bo = await asleep(await join('Bo'));
  await asleep(ada);
  const phone = await subscribe(service, bo);
  const made = await ada.call('POST', '/api/rooms', { name: 'Secret', private: true });
  const { id: room } = made as { id: string };
  await ada.call('POST', `/api/rooms/${room}/members`, { user: 'bo' });
  await ask(bo, 'notify', { room, level: 'all' });
  const wrong = crypto.randomUUID();
  await ask(ada, 'chat', { room, text: 'wrong', id: wrong });
  await texts(phone, ['wrong']);
  await ask(ada, 'chat_delete', { room, id: wrong });
  const closes = () => phone.taken.filter(({ kind }) => kind === 'close');
  await expect.poll(closes).toEqual([
    { kind: 'close', tag: room, count: 0, at: phone.taken[0]!.at },
  ]);
  await say(ada, room, ['a secret']);
  await texts(phone, ['wrong', 'a secret']);
  await ada.call('DELETE', `/api/rooms/${room}/members/bo`);
  await expect.poll(() => closes().length).toBe(2);
});

test('what a service took without an answer is closed when it is read', async ({
  ada,
  join,
  service,
}) => {
  test.slow();
  const bo = await asleep(await join('Bo'));
  await asleep(ada);
  const room = await direct(ada, 'bo');
  const phone = await subscribe(service, bo);
  phone.answers = [{ status: 201, after: new Promise(() => {}) }];
  await say(ada, room, ['taken']);
  await expect.poll(() => phone.received.length).toBe(1);
  await ask(bo, 'read', { room, seq: 1 });
  await expect.poll(() => phone.received.at(-1)?.payload.kind, { timeout: 30_000 }).toBe('close');
  expect(phone.received).toHaveLength(2);
});

test('a server that stops waits for the answers of push services', async ({
  ada,
  join,
  server,
  service,
}) => {
  const bo = await asleep(await join('Bo'));
  await asleep(ada);
  const room = await direct(ada, 'bo');
  const phone = await subscribe(service, bo);
  let answer = () => {};
  phone.answers = [{ status: 201, after: new Promise<void>((resolve) => (answer = resolve)) }];
  await say(ada, room, ['once']);
  await expect.poll(() => phone.received.length).toBe(1);
  const stopped = server.stop();
  const isReady = () => fetch(`${server.url}/readyz`).then(({ ok }) => ok, () => false);
  await expect.poll(isReady).toBe(false);
  answer();
  await stopped;
  await server.start();
  await say(ada, room, ['afterwards']);
  await texts(phone, ['once', 'afterwards']);
  expect(phone.received).toHaveLength(2);
});

test('a browser keeps what is newer than a close, and ignores what is wrong', async () => {
  const worker = await Worker.start();
  const at = (second: number) => new Date(1e12 + second * 1_000).toISOString();
  const message = (second: number, more: object = {}) =>
    worker.push({ kind: 'message', tag: 'r', title: 'Ada', count: 1, at: at(second), ...more });
  await message(5, { url: '/m/five' });
  await worker.push({ kind: 'close', tag: 'r', count: 1, at: at(4) });
  expect(worker.shown).toHaveLength(1);
  await worker.push({ kind: 'close', tag: 'r', count: 0, at: at(5) });
  expect(worker.shown).toEqual([]);
  for (const wrong of ['no json', 'null', '{"kind":"toString"}', '{"kind":"__proto__"}', '{}'])
    await worker.push(wrong);
  await message(6, { url: '/.//evil.example/sign-in' });
  await worker.press();
  await message(7, { url: 'http://[' });
  await worker.press();
  await message(8, { url: '/m/eight' });
  await worker.press();
  expect(worker.opened).toEqual(['/evil.example/sign-in', '/', '/m/eight']);
});

interface Shown {
  tag?: string;
  data?: object;
  close: () => void;
}

/** The background worker in a browser that is made up. */
class Worker {
  shown: Shown[] = [];
  opened: string[] = [];
  private readonly listeners = new Map<string, (event: object) => void>();

  static async start(): Promise<Worker> {
    const worker = new Worker();
    const registration = {
      getNotifications: async ({ tag }: { tag?: string } = {}) =>
        worker.shown.filter((shown) => !tag || shown.tag === tag),
      showNotification: async (_title: string, options: object) => {
        const close = () => (worker.shown = worker.shown.filter((other) => other !== shown));
        const shown = { ...options, close };
        worker.shown = [...worker.shown.filter(({ tag }) => tag !== (shown as Shown).tag), shown];
      },
    };
    const self = {
      registration,
      location: { origin: 'https://chat.example' },
      navigator: {},
      addEventListener: (type: string, act: (event: object) => void) =>
        worker.listeners.set(type, act),
      clients: {
        matchAll: async () => [],
        openWindow: async (url: string) => worker.opened.push(url),
      },
    };
    const file = path.join(import.meta.dirname, '../../public/sw.js');
    runInContext(await readFile(file, 'utf8'), createContext({ self, URL }));
    return worker;
  }

  async push(payload: object | string): Promise<void> {
    const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
    await this.send('push', { data: { json: () => JSON.parse(text) } });
  }

  /** Presses the notification. */
  async press(): Promise<void> {
    await this.send('notificationclick', { notification: this.shown[0] });
  }

  private async send(type: string, event: object): Promise<void> {
    const waits: Promise<unknown>[] = [];
    const waitUntil = (until: Promise<unknown>) => waits.push(until);
    this.listeners.get(type)!({ ...event, waitUntil });
    await Promise.all(waits);
  }
}
