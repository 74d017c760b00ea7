import { expect, invite, test } from '../fixtures.ts';
import { expectAccessible } from '../helpers.ts';

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(`axe finds no violations, ${colorScheme}`, () => {
    test.use({ colorScheme });

    test('first start', async ({ page }) => {
      await page.goto('/first-start');
      await expectAccessible(page);
    });

    test('sign in, join and an error page', async ({ ada, browser }) => {
      const visitor = await browser.newContext();
      const page = await visitor.newPage();
      await page.goto('/sign-in');
      await expectAccessible(page);
      await page.goto(`/join/${await invite(ada)}`);
      await expectAccessible(page);
      await page.goto('/no-such-page');
      await expectAccessible(page);
      await visitor.close();
    });

    test('an empty room, then one with messages', async ({ server, ada, join }) => {
      const bo = await join('Bo');
      const room = await ada.enter();
      await expectAccessible(ada.page);

      await room.write('Lunch at noon?');
      const his = await bo.enter();
      await his.write('Yes, the usual place');
      await expect(room.messages).toHaveCount(2);
      await expectAccessible(ada.page);

      await server.kill();
      await expect(room.connection).toHaveAttribute('data-state', 'offline');
      await room.write('Are you there?');
      await expect(room.pending).toHaveCount(1);
      await expectAccessible(ada.page);
    });

    test('the composer with what it offers', async ({ ada, join }) => {
      await join('Bo');
      const room = await ada.enter();
      await expect(ada.page.locator('.composer__formats')).toBeAttached();
      for (const text of ['@b', '/', ':tada']) {
        await room.composer.fill('');
        await room.composer.pressSequentially(text);
        await expect(ada.page.getByRole('option').first()).toBeVisible();
        await expectAccessible(ada.page);
      }
      await room.write('/nothing');
      await expect(ada.page.locator('.composer').getByRole('alert')).toBeVisible();
      await expectAccessible(ada.page);
    });

    test('the room list and an unknown room', async ({ ada }) => {
      await ada.page.goto('/rooms');
      await expectAccessible(ada.page);
      await ada.page.goto('/rooms/nowhere');
      await expectAccessible(ada.page);
    });

    test('the members, the actions on a message, and the pages beside the rooms', async ({
      ada,
    }) => {
      const room = await ada.enter();
      await room.write('Lunch at noon?');
      await expect(room.pending).toHaveCount(0);
      await room.action('Lunch at noon?', 'Edit');
      await expectAccessible(ada.page);
      await ada.page.keyboard.press('Escape');
      await room.members.click();
      await expect(room.panel).toBeVisible();
      await expectAccessible(ada.page);
      for (const path of ['/new-room', '/invitations', '/join']) {
        await ada.page.goto(path);
        await expectAccessible(ada.page);
      }
    });
  });
}
