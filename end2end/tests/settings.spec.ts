import type { Page } from '@playwright/test';
import { PASSWORD, expect, test } from '../fixtures.ts';
import { change, hydrated } from '../helpers.ts';

const theme = (page: Page) =>
  page.evaluate(() => ({
    chosen: document.documentElement.dataset.theme,
    ground: getComputedStyle(document.body).colorScheme,
    bar: [...document.querySelectorAll('meta[name=theme-color]')].map(
      (meta) => (meta as HTMLMetaElement).media,
    ),
  }));

test('the appearance is kept on this device and applied before anything is painted', async ({
  ada,
}) => {
  await ada.page.goto('/settings#appearance');
  await hydrated(ada.page);
  await ada.page.getByRole('radio', { name: 'Dark' }).check();
  await ada.page.getByRole('radio', { name: 'Compact' }).check();
  await expect(ada.page.locator('html')).toHaveAttribute('data-theme', 'dark');
  await expect(ada.page.locator('html')).toHaveAttribute('data-density', 'compact');
  expect(await theme(ada.page)).toEqual({
    chosen: 'dark',
    ground: 'dark',
    bar: ['not all', 'all'],
  });

  // The document has it once its head is parsed, and so before a body can be painted.
  await ada.page.addInitScript(() => {
    const seen: (string | null)[] = [];
    new MutationObserver((_, observer) => {
      if (!document.body) return;
      seen.push(document.documentElement.dataset.theme ?? null);
      sessionStorage.setItem('seen', JSON.stringify(seen));
      observer.disconnect();
    }).observe(document, { childList: true, subtree: true });
  });
  await ada.page.reload();
  await hydrated(ada.page);
  expect(await ada.page.evaluate(() => sessionStorage.getItem('seen'))).toBe('["dark"]');
  await expect(ada.page.getByRole('radio', { name: 'Dark' })).toBeChecked();
  await expect(ada.page.getByRole('radio', { name: 'Compact' })).toBeChecked();
  expect((await theme(ada.page)).bar).toEqual(['not all', 'all']);
  await ada.page.goto('/rooms/general');
  await expect(ada.page.locator('html'), 'on every page').toHaveAttribute('data-theme', 'dark');

  await ada.page.goto('/settings');
  await hydrated(ada.page);
  await ada.page.getByRole('radio', { name: 'System' }).check();
  await expect(ada.page.locator('html')).not.toHaveAttribute('data-theme');
  expect((await theme(ada.page)).bar).toEqual([
    '(prefers-color-scheme: light)',
    '(prefers-color-scheme: dark)',
  ]);
});

test('times have twelve hours, here and in another tab', async ({ ada, context }) => {
  const room = await ada.enter();
  await room.write('What time is it?');
  const time = room.message('What time is it?').locator('.message__byline time');
  await expect(time).toHaveText(/^\d\d:\d\d$/);
  const settings = await context.newPage();
  await settings.goto('/settings');
  await hydrated(settings);
  await settings.getByRole('radio', { name: '12 hours' }).check();
  await expect(time).toHaveText(/^\d{1,2}:\d\d (am|pm)$/);
  await ada.page.reload();
  await expect(time).toHaveText(/^\d{1,2}:\d\d (am|pm)$/);
});

test('sessions are listed, and others are signed out', async ({ ada, device }) => {
  const phone = await device(ada);
  await phone.enter();
  await ada.page.goto('/settings#sessions');
  const sessions = ada.page.locator('#sessions');
  await expect(sessions.getByText('this one')).toHaveCount(1);
  await expect(sessions.getByRole('listitem')).toHaveCount(2);
  await sessions.getByRole('listitem').getByRole('button', { name: /^Sign out/ }).click();
  await expect(sessions.getByRole('listitem')).toHaveCount(1);
  await expect(phone.page).toHaveURL(/sign-in/);
  const everywhere = sessions.getByRole('button', { name: 'Sign out everywhere else' });
  await expect(everywhere).toBeDisabled();
  await expect(sessions.getByText('You are signed in nowhere else.')).toBeVisible();

  const tablet = await device(ada);
  const laptop = await device(ada);
  await tablet.enter();
  await laptop.enter();
  await ada.page.reload();
  await expect(sessions.getByRole('listitem')).toHaveCount(3);
  await everywhere.click();
  await expect(sessions.getByRole('listitem')).toHaveCount(1);
  await expect(tablet.page).toHaveURL(/sign-in/);
  await expect(laptop.page).toHaveURL(/sign-in/);
});

test('a password is changed, and a wrong one is refused', async ({ ada, device }) => {
  const other = await device(ada);
  await other.enter();
  await ada.page.goto('/settings#password');
  await hydrated(ada.page);
  const form = ada.page.locator('#password');
  await form.getByLabel('Current password').fill('not the password');
  await form.getByLabel('New password').fill('another short sentence');
  await form.getByRole('button', { name: 'Change password' }).click();
  await expect(form.getByRole('alert')).toContainText('The current password is wrong.');
  await form.getByLabel('Current password').fill(PASSWORD);
  await form.getByRole('button', { name: 'Change password' }).click();
  await expect(form.getByRole('status')).toContainText('Changed.');
  await expect(form.getByLabel('New password')).toHaveValue('');
  await expect(other.page).toHaveURL(/sign-in/);
});

test('without storage, the appearance lasts as long as the page', async ({ ada }) => {
  await change(ada.page, () => {
    Object.defineProperty(window, 'localStorage', {
      get: () => {
        throw new Error('forbidden');
      },
    });
  });
  await ada.page.goto('/settings');
  await hydrated(ada.page);
  await ada.page.getByRole('radio', { name: 'Dark' }).check();
  await expect(ada.page.locator('html')).toHaveAttribute('data-theme', 'dark');
});
