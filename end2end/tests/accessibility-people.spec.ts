import { expect, test } from '../fixtures.ts';
import { expectAccessible } from '../helpers.ts';

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(`axe finds no violations, ${colorScheme}`, () => {
    test.use({ colorScheme });

    test('settings, people and administration', async ({ ada, join }) => {
      const bo = await join('Bo');
      await bo.page.goto('/people');
      await expectAccessible(bo.page);
      await ada.page.goto('/settings');
      await expect(ada.page.getByText('this one')).toBeVisible();
      await ada.page.getByRole('switch', { name: 'Quiet every week' }).check();
      await expectAccessible(ada.page);
      await ada.page.goto('/people');
      const row = ada.page.getByRole('listitem').filter({ hasText: '@bo' });
      await row.getByRole('button', { name: 'More about Bo' }).click();
      await expectAccessible(ada.page);
      await row.getByRole('button', { name: 'New password link' }).click();
      await expect(ada.page.getByRole('dialog')).toBeVisible();
      await expectAccessible(ada.page);
      await ada.page.keyboard.press('Escape');
      await row.getByRole('button', { name: 'More about Bo' }).click();
      await row.getByRole('button', { name: /^Ban/ }).click();
      await row.getByRole('button', { name: 'Ban', exact: true }).click();
      await expect(row.getByText('banned')).toBeVisible();
      await expectAccessible(ada.page);
      await ada.page.goto('/admin');
      await expect(ada.page.getByText('Ready.')).toBeVisible();
      await expectAccessible(ada.page);
    });

    test('a card, and the own status', async ({ ada, join }) => {
      const bo = await join('Bo');
      const room = await ada.enter();
      await (await bo.enter()).write('Hello');
      await room.message('Hello').getByRole('button', { name: 'Bo', exact: true }).click();
      await expect(ada.page.getByRole('dialog', { name: 'Bo' })).toBeVisible();
      await expectAccessible(ada.page);
      await ada.page.keyboard.press('Escape');
      if (test.info().project.name === 'phone') await ada.page.goto('/rooms');
      await ada.page.getByRole('button', { name: /^Ada/ }).click();
      const dialog = ada.page.getByRole('dialog', { name: 'Your status' });
      await dialog.getByRole('button', { name: 'At lunch' }).click();
      await dialog.getByRole('button', { name: /^Choose an emoji/ }).click();
      await dialog.getByRole('radio', { name: /^Quiet/ }).check();
      await expectAccessible(ada.page);
    });
  });
}
