import { choose, picture } from '../attachments.ts';
import {
  addRoom,
  ask,
  expect,
  expectAsFresh,
  invite,
  PASSWORD,
  say,
  test,
  type TestUser,
} from '../fixtures.ts';
import { appearances, expectAccessible, hydrated, lines } from '../helpers.ts';
import { caches, copied, databases } from '../offline.ts';
import { RoomPage } from '../pages/room.ts';
import { png } from '../pictures.ts';

test.use({ serviceWorkers: 'allow', settings: { BANTER_RATE_LIMIT: 'off' } });

const PICTURE = png('sea.png', 40, 30);

const noConnection = (user: TestUser) =>
  user.page.getByRole('heading', { name: 'No connection' });

/** Returns the id of a message in `general`. */
async function idOf(user: TestUser, text: string): Promise<string> {
  const answer = await user.call('GET', '/api/rooms/general/messages');
  const { messages } = answer as { messages: { id: string; text?: string }[] };
  return messages.find((message) => message.text === text)!.id;
}

/** Loads the page while the server does not answer. */
async function reload(user: TestUser): Promise<void> {
  await user.page.reload();
  await hydrated(user.page);
}

test('a room is read and written to without the server, and catches up', async ({
  server,
  ada,
  join,
}) => {
  test.slow();
  const bo = await join('Bo');
  const general = await ada.enter();
  const his = await bo.enter();
  await addRoom(bo, 'design');
  await addRoom(bo, 'unseen');
  await say(bo, 'general', ['to be deleted', 'to be edited', 'stays']);
  await expect(general.message('stays')).toBeVisible();
  await copied(ada.page, 'stays');
  await ask(ada, 'subscribe', { room: 'unseen' }); // as another device of hers would
  const design = await ada.enter('design');
  await say(bo, 'design', ['blue or green?']);
  await expect(design.message('blue or green?')).toBeVisible();
  await copied(ada.page, 'stays', 'blue or green?');

  await server.kill();
  await reload(ada);
  await expect(design.message('blue or green?')).toBeVisible();
  await expect(design.connection).toHaveAttribute('data-state', /connecting|offline/);
  await ada.page.goto('/rooms/general');
  await expect(general.messages).toHaveText([/to be deleted/, /to be edited/, /stays/]);
  await general.goTo('design');
  await expect(design.message('blue or green?')).toBeVisible();
  await ada.page.goto('/'); // as the installed page begins: with the room that was open last
  await expect(design.message('blue or green?')).toBeVisible();
  await expect(ada.page).toHaveURL('/rooms/design');
  await general.goTo('unseen');
  await expect(ada.page.getByRole('heading', { name: 'Not on this device' })).toBeVisible();
  await general.goTo('general');
  await choose(ada.page, PICTURE);
  await general.write('written without a network');
  await expect(general.pending).toHaveCount(1);
  await reload(ada);
  await expect(general.pending).toHaveCount(1);

  await server.start();
  await expect(his.connection).toHaveAttribute('data-state', 'current', { timeout: 30_000 });
  const id = await idOf(bo, 'to be edited');
  await ask(bo, 'chat_edit', { room: 'general', id, text: 'was edited' });
  await ask(bo, 'chat_delete', { room: 'general', id: await idOf(bo, 'to be deleted') });
  await expect(general.connection).toHaveAttribute('data-state', 'current', { timeout: 30_000 });
  await expect(general.pending).toHaveCount(0, { timeout: 30_000 });
  await expect(general.messages).toHaveText([
    /deleted/,
    /was edited/,
    /stays/,
    /written without a network/,
  ]);
  await expect(picture(his.message('written without a network'), PICTURE.name)).toBeVisible();
  await expectAsFresh(general);
});

test('what this device has is searched without the server, and all of it after that', async ({
  server,
  ada,
  join,
}) => {
  const { page } = ada;
  const bo = await join('Bo');
  const general = await ada.enter();
  await say(bo, 'general', ['The Café opens at nine', 'see you there', 'a quiet afternoon']);
  await expect(general.message('a quiet afternoon')).toBeVisible();
  await copied(page, 'a quiet afternoon');
  await server.kill();
  await page.goto('/search?q=cafe');
  await hydrated(page);
  const results = page.getByRole('list', { name: 'Results' }).getByRole('listitem');
  await expect(results).toHaveCount(1, { timeout: 20_000 });
  await expect(results.locator('mark')).toHaveText('Café');
  const status = page.getByRole('status').filter({ hasText: 'found on this device' });
  await expect(status).toContainText('1 message found on this device');
  const field = page.getByRole('searchbox').or(page.getByRole('combobox', { name: 'Search' }));
  await field.first().fill('from:bo -quiet');
  await expect(results).toHaveCount(2);
  await field.first().fill('nobody said this');
  await expect(status).toContainText('Nothing found on this device');
  await field.first().fill('nine');
  await results.first().getByRole('link').click();
  await expect(general.message('The Café opens at nine')).toBeVisible();
  await page.goBack();
  await expect(results).toHaveCount(1);
  await server.start();
  await expect(page.getByRole('status').filter({ hasText: /^1 message$/ })).toBeVisible({
    timeout: 40_000,
  });
});

test('what was deleted meanwhile is gone once the page is up to date', async ({
  server,
  ada,
  join,
}) => {
  const bo = await join('Bo');
  const general = await ada.enter();
  const his = await bo.enter();
  await his.write('a secret by mistake');
  await expect(general.message('a secret by mistake')).toBeVisible();
  await copied(ada.page, 'a secret by mistake');
  await ada.page.goto('about:blank');
  const id = await idOf(bo, 'a secret by mistake');
  await ask(bo, 'chat_delete', { room: 'general', id });
  await server.kill();
  await ada.page.goto('/rooms/general');
  await expect(general.message('a secret by mistake')).toBeVisible();
  // Whatever the page says to be up to date has no trace of it.
  await ada.page.evaluate(() => {
    new MutationObserver(() => {
      const isCurrent = document.querySelector('.connection[data-state=current]');
      const isShown = document.body.textContent.includes('a secret by mistake');
      if (isCurrent && isShown) document.documentElement.dataset.stale = 'yes';
    }).observe(document.body, { subtree: true, childList: true, attributes: true });
  });
  await server.start();
  await expect(general.connection).toHaveAttribute('data-state', 'current', { timeout: 30_000 });
  await expect(ada.page.getByText('a secret by mistake')).toHaveCount(0);
  expect(await ada.page.locator('html').getAttribute('data-stale')).toBeNull();
  await expect.poll(() => databases(ada.page)).not.toContain('a secret by mistake');
});

test('the page of an older backup shows what the server has', async ({ server, ada, join }) => {
  test.slow();
  const bo = await join('Bo');
  const general = await ada.enter();
  await say(bo, 'general', ['in the backup']);
  await expect(general.message('in the backup')).toBeVisible();
  server.backUp();
  await say(bo, 'general', ['after the backup']);
  await expect(general.message('after the backup')).toBeVisible();
  await copied(ada.page, 'after the backup');
  await bo.page.goto('about:blank');
  await ada.page.goto('about:blank');
  await server.stop();
  await ada.page.goto('/rooms/general');
  await expect(general.message('after the backup')).toBeVisible();
  await server.restore();
  await expect(general.connection).toHaveAttribute('data-state', 'current', { timeout: 30_000 });
  await expect(general.messages).toHaveText([/in the backup/]);
  await expect.poll(() => databases(ada.page)).not.toContain('after the backup');
});

test('signing out leaves nothing, and the page says that there is no connection', async ({
  server,
  ada,
}) => {
  const general = await ada.enter();
  await general.write('for my eyes');
  await copied(ada.page, 'for my eyes');
  await general.signOut.click();
  await expect(ada.page).toHaveURL('/sign-in');
  await expect.poll(() => databases(ada.page)).toBe('');
  expect(await caches(ada.page)).not.toContain('for my eyes');
  expect(await caches(ada.page)).not.toContain('Ada');
  const keys = () => [...Object.keys(localStorage), ...Object.keys(sessionStorage)];
  expect(await ada.page.evaluate(keys)).toEqual([]);
  await server.kill();
});

test('a session that was ended elsewhere leaves nothing', async ({ server, ada, device }) => {
  const general = await ada.enter();
  await general.write('for my eyes');
  await copied(ada.page, 'for my eyes');
  const phone = await device(ada);
  // While the page is open.
  await phone.call('DELETE', '/api/sessions');
  await expect(ada.page).toHaveURL(/\/sign-in/, { timeout: 20_000 });
  await expect.poll(() => databases(ada.page)).not.toContain('/rooms');
  // While it is not.
  await ada.page.request.post('/api/auth/login', { data: { username: 'ada', password: PASSWORD } });
  await ada.enter();
  await copied(ada.page, 'for my eyes');
  await ada.page.goto('about:blank');
  await phone.call('DELETE', '/api/sessions');
  await server.kill();
  await ada.page.goto('/rooms/general');
  await expect(general.message('for my eyes')).toBeVisible(); // nobody has told the device yet
  await server.start();
  await expect(ada.page).toHaveURL(/\/sign-in/, { timeout: 30_000 });
  await expect.poll(() => databases(ada.page)).not.toContain('/rooms');
});

test('another person on the device sees nothing of the first one', async ({
  server,
  ada,
  entry,
}) => {
  const general = await ada.enter();
  await general.write('for my eyes');
  await copied(ada.page, 'for my eyes');
  const join = await invite(ada);
  const { page } = ada;
  // As if the session had expired. The form is the first that the other person sees.
  await page.context().clearCookies();
  await page.goto(`/join/${join}`);
  await entry.name.fill('Bo');
  await entry.username.fill('bo');
  await entry.password.fill(PASSWORD);
  // The connection ends after the server has signed Bo in, before the next page comes.
  await page.evaluate(() => {
    addEventListener('submit', (event) => {
      event.preventDefault();
      const { action } = event.target as HTMLFormElement;
      const body = new URLSearchParams(new FormData(event.target as HTMLFormElement) as never);
      void fetch(action, { method: 'POST', body, redirect: 'manual' }).then(() => {
        document.title = 'joined';
      });
    });
  });
  await entry.button('Join').click();
  await expect(page).toHaveTitle('joined');
  await server.kill();
  await page.goto('/rooms/general');
  await expect(page.getByRole('heading', { name: 'No connection' })).toBeVisible();
  await expect(page.getByText('for my eyes')).toHaveCount(0);
  await server.start();
  await page.getByRole('button', { name: 'Try now' }).click();
  await hydrated(page);
  await expect(new RoomPage(page, 'general').message('for my eyes')).toBeVisible();
  await copied(page, 'for my eyes');
  await expect.poll(() => databases(page)).not.toContain('"username":"ada","role":"owner"');
});

test('where nothing is on the device, the page waits for the server', async ({ server, ada }) => {
  const { page } = ada;
  await ada.enter();
  await copied(page);
  await page.evaluate(async () => {
    for (const { name } of await indexedDB.databases()) indexedDB.deleteDatabase(name!);
  });
  await server.kill();
  await page.goto('/rooms/general');
  await expect(noConnection(ada)).toBeVisible();
  for await (const _ of appearances(page)) await expectAccessible(page);
  await server.start();
  await expect(new RoomPage(page, 'general').composer).toBeVisible({ timeout: 40_000 });
});

for (const [fault, prepare] of [
  [
    'refused',
    () => {
      IDBFactory.prototype.open = () => {
        throw new DOMException('', 'SecurityError');
      };
    },
  ],
  [
    'full',
    () => {
      IDBObjectStore.prototype.put = () => {
        throw new DOMException('', 'QuotaExceededError');
      };
    },
  ],
] as [string, () => void][]) {
  test(`without space on the device the page works: ${fault}`, async ({ server, ada }) => {
    await ada.page.addInitScript(prepare);
    const general = await ada.enter();
    await general.write('kept by the server');
    await expect(general.pending).toHaveCount(0);
    await copied(ada.page);
    await server.kill();
    await ada.page.goto('/rooms/general');
    await expect(noConnection(ada)).toBeVisible();
    await server.start();
    await expect(general.message('kept by the server')).toBeVisible({ timeout: 40_000 });
  });
}

test('older messages that are loaded for the device move nothing', async ({ ada, join }) => {
  const bo = await join('Bo');
  await say(bo, 'general', lines(320));
  const general = await ada.enter();
  await expect(general.message('line 320.')).toBeVisible();
  await ada.page.mouse.move(600, 400);
  await ada.page.mouse.wheel(0, -600);
  const top = () =>
    general.messages.evaluateAll((rows) => {
      const places = rows.map((row) => [row.textContent, row.getBoundingClientRect().top] as const);
      return places.find(([, top]) => top > 100);
    });
  await expect.poll(top).toBeDefined();
  await expect(general.scroller).not.toHaveJSProperty('scrollTop', 0);
  const before = await top();
  await copied(ada.page, 'line 121.', 'line 320.');
  expect(await databases(ada.page)).not.toContain('line 120.');
  const after = await top();
  expect(after![0]).toBe(before![0]);
  expect(Math.abs(after![1] - before![1]), 'how far it moved').toBeLessThan(1);
});

test('two tabs open without the server, and send once', async ({ server, ada }) => {
  test.slow();
  const first = await ada.enter();
  await first.write('before');
  await copied(ada.page, 'before');
  await server.kill();
  const second = new RoomPage(await ada.page.context().newPage(), 'general');
  await second.page.goto('/rooms/general');
  await reload(ada);
  for (const tab of [first, second]) await expect(tab.message('before')).toBeVisible();
  await second.write('from the second tab');
  await expect(first.message('from the second tab')).toBeVisible();
  await server.start();
  for (const tab of [first, second]) {
    await expect(tab.connection).toHaveAttribute('data-state', 'current', { timeout: 30_000 });
    await expect(tab.messages).toHaveText([/before/, /from the second tab/]);
  }
});

test('an update never mixes two builds, and keeps what is typed', async ({ server, ada }) => {
  test.slow();
  test.skip(process.arch !== 'x64', 'another build is made by changing the program');
  const { page } = ada;
  const general = await ada.enter();
  await general.write('before the update');
  await copied(page, 'before the update');
  const build = (await page.locator('html').getAttribute('data-build'))!;
  await general.composer.fill('half written');

  await server.becomeAnotherBuild(build);
  // The old build opens without the server, in full.
  await page.reload();
  await hydrated(page);
  await expect(general.composer).toHaveValue('half written');
  await page.getByRole('link', { name: 'Unread' }).click();
  await expect(page.getByRole('heading', { name: 'Unread' }).first()).toBeAttached();
  await expect(page.getByRole('heading', { name: 'All read' })).toBeVisible();
  await page.goto('/rooms/general');
  await hydrated(page);
  await server.start();
  // It goes on with the new server, and says that there is a new version.
  await expect(general.connection).toHaveAttribute('data-state', 'current', { timeout: 30_000 });
  await expect(page.getByText('Banter was updated')).toBeVisible();
  await expect(general.composer).toHaveValue('half written');

  const files: string[] = [];
  page.on('request', (request) => files.push(new URL(request.url()).pathname));
  await page.reload();
  await hydrated(page);
  await expect(page.locator('html')).not.toHaveAttribute('data-build', build);
  await expect(general.composer).toHaveValue('half written');
  const builds = files.filter((file) => file.startsWith('/pkg/')).map((file) => file.split('/')[2]);
  expect(new Set(builds)).toEqual(new Set([await page.locator('html').getAttribute('data-build')]));
  // The new one opens without the server too.
  const present = (await page.locator('html').getAttribute('data-build'))!;
  const kept = `banter-build-${present} ${server.url}/offline`;
  await expect.poll(() => caches(page), { timeout: 20_000 }).toContain(kept);
  await server.kill();
  await page.reload();
  await hydrated(page);
  await expect(page.locator('html')).toHaveAttribute('data-build', present);
  await expect(general.message('before the update')).toBeVisible();
  await expect(general.composer).toHaveValue('half written');
});
