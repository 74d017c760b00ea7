import type { Page } from '@playwright/test';
import { expect, test } from '../fixtures.ts';
import { hold, hydrated } from '../helpers.ts';

/** What a page needs beyond a room. */
const REST = '**/split_rest.wasm';
/** What the fixtures complain of when it does not arrive. */
const NO_REST =
  /^Error$|split_rest|Failed to load resource|TypeError|NetworkError|Response|Failed to fetch/;

const settings = (page: Page) => page.getByRole('heading', { level: 2, name: 'Settings' });

test('a view that is opened before its code arrives says so, then shows', async ({ ada }) => {
  const release = await hold(ada.page, REST);
  const room = await ada.enter();
  await room.composer.fill('half written');
  await ada.page.locator('a[href="/settings"]').first().click();
  await expect(settings(ada.page)).toBeVisible();
  await expect(ada.page.getByRole('status').filter({ hasText: 'Loading' })).toBeVisible();
  release();
  await expect(ada.page.getByRole('radio', { name: 'Dark' })).toBeVisible();
  await expect(settings(ada.page)).toHaveCount(1);
  await ada.page.goBack();
  await expect(room.composer).toHaveValue('half written');
});

test('dialogs and panels open as soon as their code arrives', async ({ ada }) => {
  const release = await hold(ada.page, REST);
  await ada.enter();
  await ada.page.keyboard.press('ControlOrMeta+k');
  await ada.page.locator('.room-header__people').first().click();
  await expect(ada.page.locator('.panel')).toContainText('Loading');
  await expect(ada.page.locator('dialog')).toHaveCount(0);
  release();
  await expect(ada.page.getByRole('dialog').getByRole('combobox')).toBeFocused();
  await ada.page.keyboard.press('Escape');
  await expect(ada.page.locator('.member__name').first()).toBeVisible();
});

test('code that does not arrive is fetched again', async ({ ada, complaints }) => {
  await ada.page.route(REST, (route) => route.abort());
  const room = await ada.enter();
  await ada.page.locator('a[href="/settings"]').first().click();
  const notice = ada.page.getByRole('alert').filter({ hasText: 'did not arrive' });
  await expect(notice).toBeVisible();
  await ada.page.goBack();
  await room.write('The room works without it');
  await ada.page.keyboard.press('ControlOrMeta+k');
  await expect(notice).toBeVisible();
  await ada.page.unroute(REST);
  await notice.getByRole('button', { name: 'Load again' }).click();
  await expect(ada.page.getByRole('dialog').getByRole('combobox')).toBeVisible();
  const others = complaints.splice(0).filter((line) => !NO_REST.test(line));
  expect(others).toEqual([]);
});

test('after an update of the server the page is loaded again', async ({ ada, complaints }) => {
  await ada.page.route(REST, (route) => route.fulfill({ status: 404, body: 'no' }));
  await ada.enter();
  await ada.page.locator('a[href="/settings"]').first().click();
  const notice = ada.page.getByRole('alert').filter({ hasText: 'did not arrive' });
  await expect(notice).toBeVisible();
  await ada.page.unroute(REST);
  const gone = { times: 1 };
  await ada.page.route(REST, (route) => route.fulfill({ status: 404, body: 'no' }), gone);
  await Promise.all([
    ada.page.waitForEvent('load'),
    notice.getByRole('button', { name: 'Load again' }).click(),
  ]);
  await hydrated(ada.page);
  await expect(ada.page.getByRole('radio', { name: 'Dark' })).toBeVisible();
  const others = complaints.splice(0).filter((line) => !NO_REST.test(line));
  expect(others).toEqual([]);
});

test('an address of the rest works at once, and everything does offline', async ({ ada }) => {
  await ada.page.goto('/settings');
  await hydrated(ada.page);
  await ada.page.getByRole('radio', { name: 'Dark' }).check();
  await expect(ada.page.locator('html')).toHaveAttribute('data-theme', 'dark');

  const arrived = ada.page.waitForResponse(REST).catch(() => null);
  await ada.enter();
  await arrived;
  await ada.page.context().setOffline(true);
  await ada.page.keyboard.press('ControlOrMeta+k');
  await expect(ada.page.getByRole('dialog').getByRole('combobox')).toBeFocused();
  await ada.page.keyboard.press('Escape');
  await ada.page.locator('a[href="/settings"]').first().click();
  await expect(ada.page.getByRole('radio', { name: 'Dark' })).toBeChecked();
  await ada.page.context().setOffline(false);
});

test('each address of the rest is taken over, not rendered anew', async ({ ada }) => {
  await ada.page.addInitScript(() => {
    addEventListener('DOMContentLoaded', () =>
      document.querySelector('main')?.setAttribute('data-first', ''),
    );
  });
  const views = ['browse', 'unread', 'threads', 'new-message', 'settings', 'people', 'admin'];
  for (const path of [...views, 'new-room', 'invitations']) {
    await ada.page.goto(`/${path}`);
    await hydrated(ada.page);
    await expect(ada.page.locator('main[data-first]'), path).toHaveCount(1);
  }
});
