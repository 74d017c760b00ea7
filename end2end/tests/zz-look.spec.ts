import { addRoom, say, test, expect } from '../fixtures.ts';
import { hydrated, lines } from '../helpers.ts';
import { RoomPage } from '../pages/room.ts';

test.use({ settings: { BANTER_RATE_LIMIT: 'off' } });
for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme });
    test('look', async ({ ada, join }, info) => {
      const name = `${info.project.name}-${colorScheme}`;
      const shot = (what: string) =>
        ada.page.screenshot({ path: `/tmp/look-message/${name}-${what}.png` });
      const bo = await join('Bo');
      const chen = await join('Chen');
      for (const [name, slug] of [['release', 'release'], ['design', 'design']] as const) {
        const id = await addRoom(ada, name);
        await say(ada, id, ['Welcome']);
        await say(bo, id, ['Thanks']);
        const room = await ada.enter(slug, name);
        await expect(room.message('Thanks')).toBeVisible();
      }
      const his = await bo.enter();
      const room = await ada.enter();
      await his.write('Before we tag: backup, resume, copy');
      await his.write('Sleep is done. Measured by closing the lid.');
      await room.write('Lovely. It stays calm behind the form, which is all I wanted.');
      await room.write('I will read it once more');
      await expect(room.messages).toHaveCount(4);
      for (const text of ['Before we tag, in this order: backup, resume, copy for the invitation page', 'Before we tag, in this order: backup, resume after a night of sleep, copy for the invitation page']) {
        await his.act('Before we tag', 'Edit');
        await his.composer.fill(text);
        await his.send.click();
        await expect(room.message(text)).toBeVisible();
      }
      await room.act('Before we tag', 'Pin');
      await room.act('Sleep is done', 'Pin');
      await expect(room.message('Sleep is done')).toContainText('Pinned');
      await ada.page.mouse.move(0, 0);
      await shot('room');
      await room.action('Lovely', 'Delete');
      await shot('menu');
      await ada.page.keyboard.press('Escape');
      if (info.project.name !== 'phone') {
        await room.message('Lovely').hover();
        await shot('toolbar');
      }
      await room.act('Before we tag', 'Edit history');
      await expect(ada.page.getByRole('dialog').getByRole('listitem')).toHaveCount(3);
      await shot('history');
      await ada.page.keyboard.press('Escape');
      await ada.page.getByRole('button', { name: 'pinned message' }).click();
      await expect(ada.page.getByRole('complementary').getByRole('listitem')).toHaveCount(2);
      await shot('pins');
      await ada.page.getByRole('complementary').getByRole('button', { name: 'Show the place' }).last().click();
      await shot('linked');
      await ada.page.reload();
      await room.act('I will read', 'Delete');
      await shot('deleting');
      await room.act('Sleep is done', 'Mark unread from here');
      await shot('marked-unread');
      await say(bo, 'design', ['The two icons for presence, at 9 px. The ring survives, the half moon does not.', 'Then the ring.']);
      await say(chen, 'release', ['@ada could you read the invitation text once more? I changed “Accept” to “Join”.', 'Tagging at three unless somebody shouts.']);
      const direct = await bo.page.request.post('/api/direct', { headers: { authorization: `Bearer ${bo.token}` }, data: { users: ['ada'] } });
      await say(bo, (await direct.json()).id, ['Lunch at half past? The Persian place.', ...lines(7)]);
      await ada.page.goto('/unread');
      await hydrated(ada.page);
      await expect(ada.page.locator('section.unread')).toHaveCount(4);
      await ada.page.getByText('Why is this unread?').first().click();
      await expect(ada.page.getByText(/You read up to|nothing here/)).toBeVisible();
      await shot('unread');
      await ada.page.getByRole('button', { name: 'Mark all read' }).click();
      await expect(ada.page.getByRole('heading', { name: 'All read' })).toBeVisible();
      await shot('unread-empty');
    });
  });
}
