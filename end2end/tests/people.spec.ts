import type { Locator, Page } from '@playwright/test';
import { expect, test } from '../fixtures.ts';
import { hydrated } from '../helpers.ts';

/** The smallest red picture. */
const RED = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJg' +
    'gg==',
  'base64',
);

/** A person in the list at `/people`. */
const person = (page: Page, name: string): Locator =>
  page.getByRole('list', { name: 'People' }).getByRole('listitem').filter({ hasText: name });

test('a changed name shows live on messages, in the panel and on another device', async ({
  ada,
  join,
  isMobile,
}) => {
  const bo = await join('Bo');
  const room = await ada.enter();
  const his = await bo.enter();
  await his.write('Hello from Bo');
  const message = room.message('Hello from Bo');
  await expect(message.locator('.message__author')).toHaveText('Bo');
  await room.members.click();
  await expect(room.panel).toContainText('Bo');

  if (await his.back.isVisible()) await his.back.click();
  await bo.page.getByRole('link', { name: 'Settings' }).click();
  await bo.page.getByLabel('Name', { exact: true }).fill('Bodil');
  await bo.page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(bo.page.getByRole('status').filter({ hasText: 'Saved' })).toBeVisible();
  await expect(room.panel).toContainText('Bodil');
  // On a phone, the panel covers the messages.
  if (!isMobile) await expect(message.locator('.message__author')).toHaveText('Bodil');
  await expect(bo.page.locator('.room-list__me-name')).toContainText('Bodil');
  await ada.page.reload();
  await expect(message.locator('.message__author')).toHaveText('Bodil');
});

test('a picture shows live, keeps its place, and gives way to the letter', async ({
  ada,
  join,
}) => {
  const bo = await join('Bo');
  const room = await ada.enter();
  const his = await bo.enter();
  await his.write('Hello');
  const avatar = room.message('Hello').locator('.avatar');
  await expect(avatar).toHaveText('B');
  const before = await avatar.boundingBox();

  await bo.page.goto('/settings');
  await hydrated(bo.page);
  await bo.page
    .getByLabel('Choose picture')
    .setInputFiles({ name: 'red.png', mimeType: 'image/png', buffer: RED });
  const picture = avatar.locator('img');
  await expect(picture).toBeVisible();
  await expect
    .poll(() => picture.evaluate((image: HTMLImageElement) => image.naturalWidth))
    .toBeGreaterThan(0);
  expect(await avatar.boundingBox(), 'nothing moves').toEqual(before);
  await expect(ada.page.getByRole('button', { name: 'Bo', exact: true })).toBeVisible();

  await bo.page.getByRole('button', { name: 'Remove', exact: true }).click();
  await expect(picture).toHaveCount(0);
  await expect(avatar).toHaveText('B');

  await bo.page.getByLabel('Choose picture').setInputFiles({
    name: 'words.png',
    mimeType: 'image/png',
    buffer: Buffer.from('no picture'),
  });
  await expect(bo.page.getByRole('alert')).toContainText('must be a PNG, JPEG, GIF or WebP file');
});

test('a status is set, shows live, and is cleared', async ({ ada, join }) => {
  const bo = await join('Bo');
  const room = await ada.enter();
  const his = await bo.enter();
  await his.write('Hello');

  if (await his.back.isVisible()) await his.back.click();
  await bo.page.getByRole('button', { name: 'Bo Here' }).click();
  const dialog = bo.page.getByRole('dialog', { name: 'Your status' });
  await dialog.getByRole('button', { name: 'At lunch' }).click();
  await expect(dialog.getByRole('textbox', { name: 'Status' })).toHaveValue('At lunch');
  await dialog.getByRole('button', { name: /^Set until/ }).click();
  await expect(dialog).toBeHidden();
  await expect(bo.page.locator('.room-list__me-state')).toHaveText('🥪 At lunch');
  await expect(room.message('Hello').getByRole('img', { name: 'At lunch' })).toHaveText('🥪');

  await room.message('Hello').getByRole('button', { name: 'Bo', exact: true }).click();
  const card = ada.page.getByRole('dialog', { name: 'Bo' });
  await expect(card).toContainText('@bo, here');
  await expect(card).toContainText('At lunch');
  await expect(card).toContainText(/until (tomorrow )?\d\d:\d\d/);
  await ada.page.keyboard.press('Escape');
  await expect(card).toBeHidden();

  await bo.page.getByRole('button', { name: /^Bo 🥪/ }).click();
  const names = bo.page.waitForResponse(/\/emoji\..*\.txt$/);
  await dialog.getByRole('button', { name: /^Choose an emoji/ }).click();
  await (await names).finished();
  await dialog.getByRole('textbox', { name: 'Another emoji' }).fill(':rocket:');
  await bo.page.keyboard.press('Tab');
  await expect(dialog.getByRole('button', { name: 'Choose an emoji, now 🚀' })).toBeVisible();
  await dialog.getByRole('button', { name: 'Clear the status' }).click();
  await dialog.getByRole('button', { name: 'Clear', exact: true }).click();
  await expect(bo.page.locator('.room-list__me-state')).toHaveText('Here');
  await expect(room.message('Hello').getByRole('img')).toHaveCount(0);
});

test('who is quiet is shown as quiet, and the time is chosen', async ({ ada, join }) => {
  const bo = await join('Bo');
  const room = await ada.enter();
  const his = await bo.enter();
  await his.write('Hello');
  if (await his.back.isVisible()) await his.back.click();
  await bo.page.getByRole('button', { name: 'Bo Here' }).click();
  const dialog = bo.page.getByRole('dialog', { name: 'Your status' });
  await expect(dialog.getByRole('radio', { name: 'Away' }), 'by itself').toBeDisabled();
  await dialog.getByRole('radio', { name: /^Quiet/ }).check();
  await dialog.getByLabel('Quiet until').selectOption('4 hours');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(bo.page.locator('.room-list__me-state')).toHaveText('Quiet');
  await room.message('Hello').getByRole('button', { name: 'Bo', exact: true }).click();
  await expect(ada.page.getByRole('dialog', { name: 'Bo' })).toContainText('@bo, quiet');

  await bo.page.goto('/settings#notifications');
  const now = bo.page.getByLabel('Quiet now');
  await expect(now.locator('option:checked')).toContainText('Until');
  await now.selectOption('No');
  await expect(bo.page.locator('.room-list__me-state')).toHaveText('Here');
  await bo.page.getByRole('switch', { name: 'Quiet every week' }).check();
  await bo.page.getByLabel('From').fill('21:30');
  await bo.page.getByLabel('Saturday').check();
  await bo.page.getByRole('button', { name: 'Save hours' }).click();
  await expect(bo.page.getByText(/^21:30 to 08:00, /)).toBeVisible();
  await expect(now, 'the hours decide').toBeDisabled();
  await bo.page.reload();
  await expect(bo.page.getByLabel('From')).toHaveValue('21:30');
  await expect(bo.page.getByLabel('Saturday')).toBeChecked();
});

test('the card opens a direct room', async ({ ada, join }) => {
  const bo = await join('Bo');
  const room = await ada.enter();
  await (await bo.enter()).write('Hello');
  await room.message('Hello').getByRole('button', { name: 'Bo', exact: true }).click();
  const card = ada.page.getByRole('dialog', { name: 'Bo' });
  await card.getByRole('button', { name: 'Message' }).click();
  await expect(card).toBeHidden();
  await expect(ada.page.getByRole('heading', { level: 1, name: 'Bo' })).toBeAttached();
  await expect(ada.page.getByRole('textbox', { name: 'Write to Bo' })).toBeVisible();
});

test('a role is given, a ban takes effect at once, and is lifted', async ({ ada, join }) => {
  const bo = await join('Bo');
  await bo.enter();
  await ada.page.goto('/people');
  const row = person(ada.page, 'Bo');
  await expect(row).toContainText('invited by Ada');
  await row.getByLabel('Role of Bo').selectOption('Admin');
  await bo.page.goto('/people');
  await expect(bo.page.getByRole('link', { name: 'Invite' })).toBeVisible();
  const his = person(bo.page, 'Ada');
  await his.getByRole('button', { name: 'More about Ada' }).click();
  const ban = his.getByRole('button', { name: /^Ban/ });
  await expect(ban).toBeDisabled();
  await expect(ban).toContainText('The owner cannot be banned.');

  await row.getByRole('button', { name: 'More about Bo' }).click();
  await row.getByRole('button', { name: /^Ban/ }).click();
  await expect(row).toContainText('They are signed out at once.');
  await row.getByRole('button', { name: 'Ban', exact: true }).click();
  await expect(row).toContainText('banned');
  await expect(bo.page, 'signed out').toHaveURL(/sign-in/);

  await row.getByRole('button', { name: /back in/ }).click();
  await expect(row).not.toContainText('banned');
  await expect(row.getByRole('button', { name: 'More about Bo' })).toBeVisible();
});

test('a reset link sets a password once, and its user is told', async ({ ada, join }) => {
  const bo = await join('Bo');
  await bo.enter();
  await ada.page.goto('/people');
  const row = person(ada.page, 'Bo');
  await row.getByRole('button', { name: 'More about Bo' }).click();
  await row.getByRole('button', { name: 'New password link' }).click();
  const dialog = ada.page.getByRole('dialog', { name: 'New password link for' });
  await expect(dialog).toContainText('It works once, until tomorrow');
  const link = await dialog.getByLabel('Link', { exact: true }).inputValue();
  await dialog.getByRole('button', { name: 'Done' }).click();
  await expect(dialog).toBeHidden();

  await bo.page.goto(link);
  await bo.page.getByLabel('Password', { exact: true }).fill('another short sentence');
  await bo.page.getByRole('button', { name: 'Save and sign in' }).click();
  await expect(bo.page).toHaveURL(/rooms/);
  await bo.page.goto(link);
  await expect(bo.page.getByRole('heading', { level: 1 })).toContainText('no longer valid');
});

test('everybody sees the list; what manages people is for the owner and admins', async ({
  ada,
  join,
}) => {
  const bo = await join('Bo');
  await bo.page.goto('/people');
  await expect(person(bo.page, 'Ada')).toContainText('Owner');
  await expect(bo.page.getByRole('button', { name: /More about/ })).toHaveCount(0);
  await expect(bo.page.getByText('invited by')).toHaveCount(0);
  await bo.page.getByLabel('Find a person').fill('ad');
  await expect(person(bo.page, 'Bo')).toHaveCount(0);
  await bo.page.getByLabel('Find a person').fill('nobody');
  await expect(bo.page.getByText(/^Nobody here is named/)).toBeVisible();
  const response = await bo.page.goto('/admin');
  expect(response?.status()).toBe(404);
  expect((await ada.page.goto('/admin'))?.status()).toBe(200);
});

test('the list of everybody is loaded by pages', async ({ ada, join }) => {
  for (const name of ['Bo', 'Chen', 'Dana']) await join(name);
  // Short pages of the real list.
  await ada.page.route('**/api/users?*', async (route) => {
    const response = await route.fetch({ url: `${route.request().url()}&limit=3` });
    await route.fulfill({ response });
  });
  await ada.page.goto('/people');
  const rows = ada.page.getByRole('list', { name: 'People' }).getByRole('listitem');
  await expect(rows).toHaveCount(3);
  await expect(ada.page.getByText('The first 3')).toBeVisible();
  await ada.page.getByRole('button', { name: 'Show more' }).click();
  await expect(rows).toHaveCount(4);
  await expect(ada.page.getByText('4 people')).toBeVisible();
  await expect(ada.page.getByRole('button', { name: 'Show more' })).toHaveCount(0);
});
