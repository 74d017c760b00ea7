import { expect, test } from '../fixtures.ts';
import { expectAccessible } from '../helpers.ts';

/** Code that has all kinds of parts. */
const CODE = [
  '```rust',
  'let found: Vec<u8> = find("a", 42)?; // all of them',
  '```',
  '```diff',
  '-one',
  '+two',
  ' three',
  '```',
].join('\n');

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(`axe finds no violations, ${colorScheme}`, () => {
    test.use({ colorScheme });

    test('code in messages, the preview and the emoji picker', async ({ ada }) => {
      const room = await ada.enter();
      await room.write(CODE);
      const kinds = 'comment keyword string number name type inserted deleted'.split(' ');
      for (const kind of kinds)
        await expect(room.list.locator(`.code__${kind}`).first()).toBeVisible();
      await expectAccessible(ada.page);

      await room.composer.fill(CODE);
      await ada.page.getByRole('button', { name: 'Preview' }).click();
      const pane = ada.page.getByRole('region', { name: 'Preview' });
      await expect(pane.locator('.code__deleted')).toBeVisible();
      await expectAccessible(ada.page);

      await room.composer.fill('');
      await ada.page.getByRole('button', { name: 'Emoji' }).click();
      const picker = ada.page.getByRole('dialog', { name: 'Emoji' });
      await expect(picker.locator('.emoji-picker__cell').first()).toBeVisible();
      await expectAccessible(ada.page);
      await picker.getByRole('searchbox').fill('nothing at all');
      await expect(picker.getByRole('heading')).toHaveText('Nothing found');
      await expectAccessible(ada.page);
    });
  });
}
