import { expect, PASSWORD, storeUnsent, test } from '../fixtures.ts';
import { expectAccessible, hydrated } from '../helpers.ts';
import type { Page } from '@playwright/test';
import { EntryPage } from '../pages/entry.ts';

const stored = (page: Page) =>
  page.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith('banter/')));

/** What the user wrote and has not sent. */
const unsent = async (page: Page) =>
  (await stored(page)).filter((key) => !/\/(recent|offline)$|\/told(-at)?\//.test(key));

test('signing out asks before unsent text is deleted, and deletes it', async ({ ada }) => {
  const room = await ada.enter();
  await room.composer.fill('half written');
  await storeUnsent(ada, [{ text: 'refused before', failed: 'no' }]);
  if (await room.back.isVisible()) await room.back.click();

  const questions: string[] = [];
  ada.page.once('dialog', (dialog) => {
    questions.push(dialog.message());
    void dialog.dismiss();
  });
  await room.signOut.click();
  await expect
    .poll(() => questions.join())
    .toMatch(/1 message, 1 draft in \u2068general\u2069/);
  await expect(ada.page).toHaveURL(/\/rooms/);
  expect(await unsent(ada.page)).toHaveLength(2);

  ada.page.once('dialog', (dialog) => void dialog.accept());
  await room.signOut.click();
  await expect(ada.page).toHaveURL('/sign-in');
  expect(await stored(ada.page)).toEqual([]);
});

test('nothing is stored once the user signs out', async ({ ada }) => {
  const { page } = ada;
  await page.clock.install();
  const room = await ada.enter();
  await page.clock.pauseAt(Date.now() + 60_000);
  await room.composer.fill('half written');
  if (await room.back.isVisible()) await room.back.click();
  // The page stays while the browser waits for the next one.
  await page.evaluate(() => {
    const { navigation } = window as unknown as { navigation: EventTarget };
    navigation.addEventListener('navigate', (event) => event.preventDefault());
  });
  page.once('dialog', (dialog) => void dialog.accept());
  await room.signOut.click();
  await expect.poll(() => stored(page)).toContain('banter/left');
  await page.clock.runFor(10_000); // tells the other devices of the draft
  expect((await stored(page)).filter((key) => key.includes('/told'))).toEqual([]);
});

test('who writes on because the server does not answer keeps the words', async ({
  ada,
  isMobile,
}) => {
  test.skip(isMobile, 'the button is on another screen');
  const { page } = ada;
  const room = await ada.enter();
  await page.route('**/sign-out', () => {});
  await room.signOut.click();
  await room.composer.fill('on second thought');
  await expect.poll(() => unsent(page)).toHaveLength(1);
  const notice = page.getByRole('alert').filter({ hasText: 'may still be signed in' });
  await expect(notice).toBeVisible();
  expect(await stored(page)).not.toContain('banter/left');
  await room.send.click();
  await expect(room.pending).toHaveCount(0);
  await page.reload();
  await expect(room.message('on second thought')).toBeVisible();
  await page.unroute('**/sign-out');
  await page.route('**/sign-out', (route) => route.fulfill({ status: 403 }));
  await room.composer.fill('and a third one');
  page.once('dialog', (dialog) => void dialog.accept());
  await room.signOut.click();
  await expect(page.getByRole('alert').filter({ hasText: 'did not sign you out' })).toBeVisible();
  expect(await unsent(page)).toHaveLength(1);
});

test('a tab without a connection leaves nothing once another one signs out', async ({
  ada,
  isMobile,
}) => {
  test.skip(isMobile, 'the button is on another screen');
  const away = await ada.enter();
  await ada.page.routeWebSocket(/\/ws/, (socket) => socket.close());
  await ada.page.reload();
  await hydrated(ada.page);
  await away.composer.fill('half written');
  await expect.poll(() => unsent(ada.page)).toHaveLength(1);
  const other = await ada.page.context().newPage();
  await other.goto('/rooms/general');
  await hydrated(other);
  other.once('dialog', (dialog) => void dialog.accept());
  await other.getByRole('button', { name: 'Sign out' }).click();
  await expect(other).toHaveURL('/sign-in');
  // Unless it has tried already.
  await ada.page.evaluate(() => window.dispatchEvent(new Event('online'))).catch(() => {});
  await expect(ada.page).toHaveURL(/\/sign-in/);
  expect(await stored(other)).toEqual([]);
});

test('signing out asks before an edit is lost', async ({ ada }) => {
  const room = await ada.enter();
  await room.write('first words');
  await expect(room.pending).toHaveCount(0);
  await room.act('first words', 'Edit');
  await expect(room.composer).toHaveValue('first words');
  await room.composer.fill('other words');
  if (await room.back.isVisible()) await room.back.click();
  const questions: string[] = [];
  ada.page.once('dialog', (dialog) => {
    questions.push(dialog.message());
    void dialog.accept();
  });
  await room.signOut.click();
  await expect(ada.page).toHaveURL('/sign-in');
  expect(questions.join()).toContain('1 edit.');
  expect(await ada.page.evaluate(() => sessionStorage.length)).toBe(0);
});

test('signing out asks nothing if nothing is unsent', async ({ ada }) => {
  const room = await ada.enter();
  await room.write('sent');
  await expect(room.pending).toHaveCount(0);
  ada.page.on('dialog', () => expect('a question').toBe('none'));
  if (await room.back.isVisible()) await room.back.click();
  await room.signOut.click();
  await expect(ada.page).toHaveURL('/sign-in');
  expect(await stored(ada.page)).toEqual([]);
});

test('without the server, signing out says so, and works once it is back', async ({
  ada,
  server,
}) => {
  const { page } = ada;
  const room = await ada.enter();
  await room.composer.fill('half written');
  if (await room.back.isVisible()) await room.back.click();
  page.on('dialog', (dialog) => void dialog.accept());
  await server.stop();
  await room.signOut.click();
  const notice = page.getByRole('alert').filter({ hasText: 'may still be signed in' });
  await expect(notice).toHaveText(/Sign out again once you are back online/);
  await expectAccessible(page);
  await expect(page).toHaveURL(/\/rooms/);
  expect(await unsent(page)).toHaveLength(1);
  await notice.getByRole('button', { name: 'Close' }).click();
  await expect(notice).toHaveCount(0);
  await server.start();
  await room.signOut.click();
  await expect(page).toHaveURL('/sign-in');
  await expect.poll(() => stored(page)).toEqual([]);
});

test('drafts leave the device if the session is ended elsewhere', async ({ ada, join }) => {
  const bo = await join('Bo');
  const room = await bo.enter();
  await room.composer.fill('half written');
  expect(await unsent(bo.page)).toHaveLength(1);
  const headers = { authorization: `Bearer ${ada.token}` };
  const me = await bo.page.request.get('/api/auth/me');
  const { user } = await me.json();
  const banned = await ada.page.request.post(`/api/users/${user.id}/ban`, { headers });
  expect(banned.status()).toBe(204);
  await expect(bo.page).toHaveURL(/\/sign-in/);
  await expect.poll(() => stored(bo.page)).toEqual([]);
});

test('the password is shown without the program', async ({ ada, browser }) => {
  const visitor = await browser.newContext();
  const page = await visitor.newPage();
  const requests: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  const entry = new EntryPage(page);
  await page.goto('/sign-in');
  await hydrated(page);
  await entry.password.fill(PASSWORD);
  await expect(entry.password).toHaveAttribute('type', 'password');
  await page.getByRole('button', { name: 'Show password' }).click();
  await expect(page.locator('#password')).toHaveAttribute('type', 'text');
  await page.getByRole('button', { name: 'Hide password' }).click();
  await expect(page.locator('#password')).toHaveAttribute('type', 'password');
  expect(requests.filter((url) => /banter\.(js|wasm)/.test(url))).toEqual([]);
  await visitor.close();
  expect(ada.name).toBe('Ada');
});
