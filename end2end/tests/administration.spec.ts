import { addRoom, expect, test } from '../fixtures.ts';
import { hydrated } from '../helpers.ts';

test('invitations are made, listed with what is left of them, and revoked', async ({
  ada,
  browser,
}) => {
  await ada.page.goto('/admin#invitations');
  await hydrated(ada.page);
  const section = ada.page.locator('#invitations');
  await expect(section).toContainText('There are no open invitations.');
  // Playwright's `fill` appends to a field of numbers in Firefox.
  await section.getByLabel('People').press('ControlOrMeta+a');
  await ada.page.keyboard.type('2');
  await section.getByLabel('Valid for').selectOption('1 day');
  await section.getByRole('button', { name: 'New invitation' }).click();
  const link = await section.getByRole('textbox', { name: 'Invitation link' }).inputValue();
  const row = section.getByRole('list', { name: 'Invitations' }).getByRole('listitem');
  await expect(row).toHaveCount(1);
  await expect(row).toContainText('By you');
  await expect(row).toContainText('2 uses left, ends tomorrow');

  const guest = await browser.newContext();
  const page = await guest.newPage();
  const code = link.split('/').pop();
  const response = await page.request.post(`${new URL(link).origin}/api/auth/register`, {
    data: { username: 'bo', password: 'a short sentence is good', invite: code },
  });
  expect(response.status()).toBe(201);
  await ada.page.reload();
  await expect(row).toContainText('1 use left');
  await row.getByRole('button', { name: /^Revoke/ }).click();
  await expect(section).toContainText('There are no open invitations.');
  await page.context().clearCookies();
  await page.goto(link);
  await expect(page.getByRole('heading', { level: 1 })).toContainText('no longer valid');
  await guest.close();
});

test('health and all rooms are shown', async ({ ada }) => {
  await addRoom(ada, 'Kitchen');
  await ada.page.goto('/admin');
  const health = ada.page.locator('#health');
  await expect(health).toContainText('Ready. The message store answers.');
  await expect(health).toContainText('Connected, events arrive live');
  await expect(health).toContainText('1 of 1 here now, 1 connection');
  await expect(health.getByRole('listitem').filter({ hasText: /^Store/ })).toContainText(/, \d/);
  const rooms = ada.page.locator('#rooms');
  await expect(rooms).toContainText('2 rooms');
  await rooms.getByRole('link', { name: 'Kitchen' }).click();
  await expect(ada.page).toHaveURL(/\/rooms\/kitchen/);
});

test('who is no longer an admin loses the page at once', async ({ ada, join }) => {
  const bo = await join('Bo');
  const role = (role: string) =>
    ada.page.request.post('/api/users/bo/role', {
      headers: { authorization: `Bearer ${ada.token}` },
      data: { role },
    });
  expect((await role('admin')).status()).toBe(204);
  await bo.page.goto('/admin');
  await expect(bo.page.locator('#invitations')).toBeVisible();
  expect((await role('member')).status()).toBe(204);
  await expect(bo.page.getByText('This page is for the owner and admins.')).toBeVisible();
  expect((await bo.page.goto('/admin'))?.status()).toBe(404);
});
