import { randomUUID } from 'node:crypto';
import { type BrowserContext, type Page, test as base, expect } from '@playwright/test';
import { EntryPage } from './pages/entry.ts';
import { RoomPage } from './pages/room.ts';
import { Server } from './server.ts';

export { expect };

export const PASSWORD = 'a short sentence is good';

/** A signed-in user with a browser context. */
export class TestUser {
  constructor(
    readonly name: string,
    readonly page: Page,
    readonly token: string,
    readonly username = name.toLowerCase(),
  ) {}

  /** Opens a room, joins it if needed, and waits until the page is interactive. */
  async enter(slug = 'general', name = slug): Promise<RoomPage> {
    const room = new RoomPage(this.page, name);
    await this.page.goto(`/rooms/${slug}`);
    await expect(room.connection).toHaveAttribute('data-state', 'current');
    if (await room.join.isVisible()) {
      await room.join.click();
      await expect(room.composer).toBeVisible();
      await expect(room.connection).toHaveAttribute('data-state', 'current');
    }
    return room;
  }

  /** Calls the HTTP API as this user, and returns what the server answered. */
  async call(method: string, path: string, data?: unknown): Promise<unknown> {
    const headers = { authorization: `Bearer ${this.token}` };
    const response = await this.page.request.fetch(path, { method, headers, data });
    expect(response.ok(), `${method} ${path}: ${await response.text()}`).toBe(true);
    return response.status() === 204 ? undefined : response.json();
  }
}

interface Fixtures {
  /** Settings of the server, as environment variables. */
  settings: Record<string, string>;
  /** A running Banter without any account. */
  server: Server;
  /** Errors of all pages of the test; must stay empty. */
  complaints: string[];
  /** Ada, the owner of this Banter; her page is the `page` of the test. */
  ada: TestUser;
  /** Opens another device of a user, signed in with the same account. */
  device: (of: TestUser) => Promise<TestUser>;
  /** Registers another user with an invitation from Ada, in a new browser context. */
  join: (name: string, username?: string) => Promise<TestUser>;
  /** The pages before signing in. */
  entry: EntryPage;
}

export const test = base.extend<Fixtures>({
  settings: [{}, { option: true }],

  server: async ({ settings }, use, testInfo) => {
    const server = await Server.create(testInfo.parallelIndex, settings);
    await server.start();
    await use(server);
    await server.discard();
    if (testInfo.status !== testInfo.expectedStatus) {
      await testInfo.attach('server.log', { body: server.log, contentType: 'text/plain' });
    }
  },

  baseURL: ({ server }, use) => use(server.url),

  complaints: [
    async ({}, use) => {
      const complaints: string[] = [];
      await use(complaints);
      expect(complaints, 'errors in the browser').toEqual([]);
    },
    { auto: true },
  ],

  context: async ({ context, complaints }, use) => {
    watch(context, complaints);
    await use(context);
  },

  ada: async ({ page }, use) => {
    await use(await register('Ada', page));
  },

  join: async ({ browser, ada, complaints }, use) => {
    const contexts: BrowserContext[] = [];
    await use(async (name, username) => {
      const context = await browser.newContext();
      watch(context, complaints);
      contexts.push(context);
      return register(name, await context.newPage(), await invite(ada), username);
    });
    await Promise.all(contexts.map((context) => context.close()));
  },

  device: async ({ browser, complaints }, use) => {
    const contexts: BrowserContext[] = [];
    await use(async (of) => {
      const context = await browser.newContext();
      watch(context, complaints);
      contexts.push(context);
      const page = await context.newPage();
      const response = await page.request.post('/api/auth/login', {
        data: { username: of.username, password: PASSWORD },
      });
      expect(response.status(), await response.text()).toBe(200);
      return new TestUser(of.name, page, (await response.json()).token);
    });
    await Promise.all(contexts.map((context) => context.close()));
  },

  entry: ({ page }, use) => use(new EntryPage(page)),
});

/** Creates an account through the API; the context keeps its session cookie. */
async function register(
  name: string,
  page: Page,
  invite?: string,
  username = name.toLowerCase(),
): Promise<TestUser> {
  const response = await page.request.post('/api/auth/register', {
    data: { username, display_name: name, password: PASSWORD, invite },
  });
  expect(response.status(), await response.text()).toBe(201);
  const { token } = await response.json();
  return new TestUser(name, page, token, username);
}

/** Creates an invitation and returns its code. */
export async function invite(by: TestUser): Promise<string> {
  const response = await by.page.request.post('/api/invites', {
    headers: { authorization: `Bearer ${by.token}` },
    data: {},
  });
  expect(response.status(), await response.text()).toBe(201);
  return (await response.json()).invite;
}

/** Creates a public room and returns its id. */
export async function addRoom(by: TestUser, name: string): Promise<string> {
  const response = await by.page.request.post('/api/rooms', {
    headers: { authorization: `Bearer ${by.token}` },
    data: { name },
  });
  expect(response.status(), await response.text()).toBe(201);
  return (await response.json()).id;
}

/** Sends a request over a connection of its own, and waits for the response. */
export async function ask(by: TestUser, type: string, payload: object): Promise<void> {
  await by.page.evaluate(
    async ([type, payload]) => {
      const socket = new WebSocket(`${location.origin.replace('http', 'ws')}/ws`);
      await new Promise<void>((resolve, reject) => {
        socket.onclose = reject;
        socket.onmessage = ({ data }) => {
          const message = JSON.parse(data);
          if (message.type === 'welcome')
            socket.send(JSON.stringify({ type, payload, request_id: '1' }));
          else if (message.type === 'error') reject(new Error(data));
          else if (message.request_id === '1') resolve();
        };
      });
      socket.onclose = null;
      socket.close();
    },
    [type, payload] as const,
  );
}

/** Sends messages to a room over a connection of its own, and waits until all are stored. */
export async function say(by: TestUser, room: string, texts: string[]): Promise<void> {
  if (by.page.url() === 'about:blank') await by.page.goto('/rooms');
  await by.page.evaluate(
    async ([room, texts]) => {
      const socket = new WebSocket(`${location.origin.replace('http', 'ws')}/ws`);
      await new Promise<void>((resolve, reject) => {
        const waiting = new Set(texts.keys());
        const next = texts.entries();
        const send = () => {
          const { value, done } = next.next();
          if (done) return;
          const [i, text] = value;
          socket.send(
            JSON.stringify({ type: 'chat', payload: { room, text }, request_id: String(i) }),
          );
        };
        socket.onclose = reject;
        socket.onmessage = ({ data }) => {
          const { type, request_id, payload } = JSON.parse(data);
          if (type === 'welcome') for (let i = 0; i < 100; i++) send();
          else if (type === 'ping') socket.send('{"type":"pong","payload":{}}');
          else if (type === 'error') reject(new Error(JSON.stringify(payload)));
          else if (request_id && waiting.delete(Number(request_id))) send();
          if (!waiting.size) resolve();
        };
      });
      socket.onclose = null;
      socket.close();
    },
    [room, texts] as const,
  );
}

/** Stores unsent messages to `general` as another tab would, in random order. */
export async function storeUnsent(
  by: TestUser,
  entries: { text: string; failed?: string; written_at?: string }[],
): Promise<void> {
  const headers = { authorization: `Bearer ${by.token}` };
  const { rooms } = await (await by.page.request.get('/api/rooms', { headers })).json();
  const { user } = await (await by.page.request.get('/api/auth/me', { headers })).json();
  const room = rooms.find(({ slug }: { slug: string }) => slug === 'general').id;
  const items = entries.map((entry) => {
    const id = randomUUID();
    return [
      `banter/${user.id}/outbox/${id}`,
      JSON.stringify({ id, room, written_at: new Date().toISOString(), failed: null, ...entry }),
    ];
  });
  await by.page.evaluate(
    (items) => items.forEach(([key, item]) => localStorage.setItem(key!, item!)),
    items,
  );
}

/** What a page is made of: none of these is ever missing. Documents and calls may be refused. */
const PARTS = ['stylesheet', 'script', 'font', 'image', 'manifest', 'other'];

/**
 * Collects the errors of a page. Requests without a response are none, because tests stop servers
 * on purpose; the console does not tell them from refused ones, so responses are watched.
 */
function watch(context: BrowserContext, complaints: string[]) {
  // Firefox gives the focus to one window only; Chromium is configured to give it to all.
  void context.addInitScript(() => (document.hasFocus = () => true));
  const expected =
    // Playwright's driver for Firefox adds a style to each page; Chromium, with the
    // same policy, would report one of Banter's own.
    new RegExp(
      [
        'Failed to load resource',
        'WebSocket',
        'net::ERR_',
        'NetworkError',
        'can.t establish a connection',
        'was interrupted while the page was loading',
        String.raw`sha256-YjaKGiklmzC6wjXA513HAMmzus8VE61XCOT\+SmwNZWA=`,
      ].join('|'),
    );
  const collect = (text: string) => {
    if (!expected.test(text)) complaints.push(text);
  };
  context.on('response', (response) => {
    if (response.status() >= 400 && PARTS.includes(response.request().resourceType()))
      complaints.push(`${response.status()} for ${response.url()}`);
  });
  context.on('weberror', (error) => collect(String(error.error())));
  context.on('console', (message) => {
    // Whoever leaves a page interrupts the rest of its program, which only the console hears of.
    const { url } = message.location();
    if (message.type() === 'error' && !url.includes('__wasm_split')) collect(message.text());
  });
}

/** Expects that a page shows the same as after a reload. */
export async function expectAsFresh(room: RoomPage): Promise<void> {
  await expect(room.connection).toHaveAttribute('data-state', 'current', { timeout: 30_000 });
  await expect(room.pending).toHaveCount(0, { timeout: 30_000 });
  await expect(room.updating).toHaveCount(0, { timeout: 30_000 });
  const shown = await room.picture();
  await room.page.reload();
  await expect(room.connection).toHaveAttribute('data-state', 'current');
  await expect.poll(() => room.picture()).toEqual(shown);
}
