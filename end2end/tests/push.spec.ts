import { ask, expect, say } from '../fixtures.ts';
import { asleep, direct, subscribe, test, texts } from '../push-fixtures.ts';

test('a mention is pushed encrypted after 3 seconds, and closed when it is read', async ({
  ada,
  join,
  service,
}) => {
  const bo = await asleep(await join('Bo'));
  await asleep(ada);
  await ask(bo, 'subscribe', { room: 'general' });
  const phone = await subscribe(service, bo);
  const sent = Date.now();
  await say(ada, 'general', ['nothing for you', 'look, @bo: **lunch** <b>now</b>']);
  await texts(phone, ['look, @bo: lunch <b>now</b>']);
  const [push] = phone.received;
  expect(push!.at - sent, 'time until it is pushed').toBeGreaterThanOrEqual(2_900);
  const { payload } = push!;
  expect(payload).toMatchObject({ kind: 'message', title: 'Ada in general', count: 2 });
  expect(payload.url).toMatch(/^\/m\/[0-9a-f-]{36}$/);
  const { rooms } = (await bo.call('GET', '/api/rooms')) as { rooms: { id: string }[] };
  expect(payload.tag).toBe(rooms[0]!.id);

  await ask(bo, 'read', { room: 'general', seq: 2 });
  const read = Date.now();
  await expect.poll(() => phone.taken.at(-1)?.kind).toBe('close');
  expect(phone.received.at(-1)!.at - read, 'time until it is closed').toBeLessThan(2_000);
  const { tag, at } = payload;
  expect(phone.taken.at(-1)).toEqual({ kind: 'close', tag, count: 0, at });
});

test('nothing is pushed that was read, edited away or deleted, or is in view', async ({
  ada,
  join,
  service,
}) => {
  const bo = await asleep(await join('Bo'));
  await asleep(ada);
  const room = await direct(ada, 'bo');
  const phone = await subscribe(service, bo);
  await say(ada, room, ['read at once']);
  await ask(bo, 'read', { room, seq: 1 });
  const wrong = crypto.randomUUID();
  await ask(ada, 'chat', { room, text: 'deleted at once', id: wrong });
  await ask(ada, 'chat_delete', { room, id: wrong });
  await ask(bo, 'subscribe', { room: 'general' });
  const edited = crypto.randomUUID();
  await ask(ada, 'chat', { room: 'general', text: 'edited, @bo', id: edited });
  await ask(ada, 'chat_edit', { room: 'general', id: edited, text: 'edited' });
  await say(ada, room, ['wanted']);
  await texts(phone, ['wanted']);

  // A page that is visible and follows the room is told by its socket.
  const looking = await bo.enter('general');
  await expect(looking.composer).toBeVisible();
  await say(ada, room, ['in view']);
  await say(ada, 'general', ['in view, @bo']);
  await expect(bo.page.getByText('in view, @bo', { exact: true })).toBeVisible();
  const cat = await asleep(await join('Cat'));
  const other = await subscribe(service, cat);
  await say(ada, await direct(ada, 'cat'), ['later']);
  await texts(other, ['later']);
  expect(phone.texts).toEqual(['wanted']);
});

test('levels, threads, keywords, quiet times and reminders decide what is pushed', async ({
  ada,
  join,
  service,
}) => {
  const bo = await asleep(await join('Bo'));
  await asleep(ada);
  await ask(bo, 'subscribe', { room: 'general' });
  const phone = await subscribe(service, bo);
  await bo.call('PATCH', '/api/me', { keywords: ['Backup', 'front desk'] });
  const thread = crypto.randomUUID();
  await ask(bo, 'chat', { room: 'general', text: 'a question', id: thread });
  await ask(ada, 'chat', { room: 'general', text: 'an answer', thread });
  await say(ada, 'general', ['backups', 'the BACKUP failed']);
  await ask(bo, 'notify', { room: 'general', level: 'all' });
  await texts(phone, ['an answer', 'backups', 'the BACKUP failed']);
  const answer = phone.taken.find(({ body }) => body === 'an answer');
  expect(answer).toMatchObject({ title: 'Ada in a thread of general', tag: thread });

  await ask(bo, 'notify', { room: 'general', level: 'nothing' });
  await say(ada, 'general', ['nothing, @bo']);
  const at = new Date(Date.now() + 500).toISOString();
  await ask(bo, 'remind', { text: 'water the plants', at });
  await expect.poll(() => phone.texts.length).toBe(4);
  expect(phone.taken.at(-1)).toMatchObject({ title: 'Reminder', body: '⏰ water the plants' });

  const until = new Date(Date.now() + 60_000).toISOString();
  await bo.call('PATCH', '/api/me', { quiet: { until } });
  const room = await direct(ada, 'bo');
  await say(ada, room, ['in quiet time']);
  const cat = await asleep(await join('Cat'));
  const other = await subscribe(service, cat);
  await say(ada, await direct(ada, 'cat'), ['later']);
  await texts(other, ['later']);
  await bo.call('PATCH', '/api/me', { quiet: null });
  await say(ada, room, ['afterwards']);
  await expect.poll(() => phone.texts.at(-1)).toBe('afterwards');
  expect(phone.texts).toHaveLength(5);
});

test('what a service cannot take is tried again, and what it refuses is not', async ({
  ada,
  join,
  service,
}) => {
  const bo = await asleep(await join('Bo'));
  await asleep(ada);
  const room = await direct(ada, 'bo');
  const phone = await subscribe(service, bo);
  phone.answers = [{ status: 429, headers: { 'retry-after': '3' } }, { status: 503 }];
  await say(ada, room, ['first', 'second']);
  await texts(phone, ['first', 'second']);
  const [slow, down, taken] = phone.received;
  expect(down!.at - slow!.at, 'as the service asked').toBeGreaterThanOrEqual(2_900);
  expect(taken!.at - down!.at, 'twice the first time').toBeGreaterThanOrEqual(3_900);

  phone.answers = [{ status: 400 }];
  await say(ada, room, ['refused']);
  await expect.poll(() => phone.received.at(-1)?.status).toBe(400);
  phone.answers = [{ status: 410 }];
  await say(ada, room, ['too late']);
  await expect.poll(() => phone.received.at(-1)?.status).toBe(410);
  const devices = async () =>
    ((await bo.call('GET', '/api/push')) as { devices: { ended_at?: string }[] }).devices;
  await expect.poll(async () => (await devices())[0]?.ended_at).toBeTruthy();
  const again = await subscribe(service, bo);
  expect(await devices(), 'the ended one gives way').toHaveLength(1);
  await say(ada, room, ['new device']);
  await texts(again, ['new device']);
  expect(phone.texts).toEqual(['first', 'second']);
});

test('a test tells how each service answers, and what does not fit is refused', async ({
  join,
  service,
}) => {
  const bo = await join('Bo');
  const [phone, desk] = [await subscribe(service, bo), await subscribe(service, bo)];
  desk.answers = [{ status: 500 }];
  const { results } = (await bo.call('POST', '/api/push/test')) as {
    results: { status: number; detail?: string }[];
  };
  expect(results).toMatchObject([{ status: 201 }, { status: 500, detail: /fault/ }]);
  expect(phone.taken).toMatchObject([{ kind: 'test', tag: 'test' }]);

  const good = service.subscribe().toJSON() as { endpoint: string; keys: object };
  const post = async (data: object) => {
    const headers = { authorization: `Bearer ${bo.token}` };
    const response = await bo.page.request.post('/api/push', { headers, data });
    return [response.status(), (await response.json()).errors?.[0]?.field];
  };
  const endpoint = (endpoint: string) => post({ ...good, endpoint });
  for (const address of [
    'http://127.0.0.1/push',
    'https://10.0.0.1/push',
    'https://[::1]/push',
    'https://169.254.169.254/',
    'https://user@127.0.0.1:4443/',
    'https://127.0.0.1:22/',
    'nothing',
    `${good.endpoint}${'x'.repeat(1000)}`,
  ])
    expect(await endpoint(address), address).toEqual([422, 'endpoint']);
  const keys = (keys: object) => post({ ...good, keys: { ...good.keys, ...keys } });
  expect(await keys({ p256dh: 'AAAA' })).toEqual([422, 'keys.p256dh']);
  const noPoint = Buffer.alloc(65, 4).toString('base64url');
  expect(await keys({ p256dh: noPoint })).toEqual([422, 'keys.p256dh']);
  expect(await keys({ auth: 'AAAA' })).toEqual([422, 'keys.auth']);

  // Another spelling is the same browser.
  const spelling = desk.endpoint.replace('/push/', '/./push/').replace('https', 'HTTPS');
  expect(await endpoint(`${spelling}#there`)).toEqual([201, undefined]);
  // The endpoint of another user changes hands.
  const cat = await join('Cat');
  await cat.call('POST', '/api/push', { ...phone.toJSON(), endpoint: `${phone.endpoint}#` });
  const { devices } = (await bo.call('GET', '/api/push')) as { devices: object[] };
  expect(devices).toHaveLength(1);
});

test('the end of a session ends its notifications', async ({ ada, device, join, service }) => {
  const bo = await asleep(await join('Bo'));
  await asleep(ada);
  const desk = await device(bo);
  const [phone, other] = [await subscribe(service, bo), await subscribe(service, desk)];
  const room = await direct(ada, 'bo');
  await say(ada, room, ['to both']);
  await Promise.all([texts(phone, ['to both']), texts(other, ['to both'])]);
  await desk.call('POST', '/api/auth/logout');
  await say(ada, room, ['to one']);
  await texts(phone, ['to both', 'to one']);
  expect(other.texts).toEqual(['to both']);
});

test('who is removed or banned meanwhile is told nothing', async ({ ada, join, service }) => {
  const [bo, cat] = [await asleep(await join('Bo')), await asleep(await join('Cat'))];
  await asleep(ada);
  const phones = [await subscribe(service, bo), await subscribe(service, cat)];
  const made = await ada.call('POST', '/api/rooms', { name: 'Secret', private: true });
  const { id: room } = made as { id: string };
  for (const user of [bo, cat]) {
    await ada.call('POST', `/api/rooms/${room}/members`, { user: user.username });
    await ask(user, 'notify', { room, level: 'all' });
  }
  await say(ada, room, ['while they were there']);
  for (const phone of phones) await texts(phone, ['while they were there']);
  // The first attempt fails, so that the second comes after they are gone.
  for (const phone of phones) phone.answers = [{ status: 503 }];
  await say(ada, room, ['a secret']);
  for (const phone of phones)
    await expect.poll(() => phone.received.at(-1)?.status).toBe(503);
  await ada.call('DELETE', `/api/rooms/${room}/members/bo`);
  await ada.call('POST', '/api/users/cat/ban');
  await say(ada, room, ['another secret']);
  const dan = await asleep(await join('Dan'));
  const other = await subscribe(service, dan);
  await say(ada, await direct(ada, 'dan'), ['later']);
  await texts(other, ['later']);
  for (const phone of phones) expect(phone.texts).toEqual(['while they were there']);
});

test('what is to be pushed survives that the server is killed', async ({
  ada,
  join,
  server,
  service,
}) => {
  const kills = Number(process.env.BANTER_TEST_KILLS ?? 8);
  test.setTimeout(90_000 + kills * 4_000);
  const bo = await asleep(await join('Bo'));
  await asleep(ada);
  const room = await direct(ada, 'bo');
  const phone = await subscribe(service, bo);
  const expected: string[] = [];
  for (let round = 0; round < kills; round++) {
    const sent = [1, 2, 3].map((number) => `${round}.${number}`);
    await say(ada, room, sent);
    expected.push(...sent);
    // At any moment: before, while and after the messages of earlier rounds are pushed.
    await new Promise((resolve) => setTimeout(resolve, (round % 8) * 150));
    await server.kill();
    await server.start();
  }
  // What nodes of a cluster had leased is free half a minute later.
  const missing = () => expected.filter((text) => !phone.texts.includes(text));
  const timeout = 50_000 + kills * 200;
  await expect.poll(missing, { timeout, message: 'not pushed' }).toEqual([]);
  const twice = phone.texts.length - expected.length;
  // Only what was answered right before a kill.
  expect(twice, 'pushed again').toBeLessThanOrEqual(kills);
});
