import { expect, test } from '../fixtures.ts';
import { expectAccessible } from '../helpers.ts';
import { png } from '../pictures.ts';

test('an emoji is added, used in texts and reactions, and removed', async ({ ada, join }) => {
  const bo = await join('Bo');
  await ada.enter();
  const bos = await bo.enter();
  await bos.write('Wait for :blob-cat: here');
  await expect(bos.message('Wait for')).toContainText(':blob-cat:');

  await ada.page.goto('/emoji');
  const form = ada.page.getByRole('form', { name: 'New emoji' });
  const add = form.getByRole('button', { name: 'Add emoji' });
  await add.click();
  await expect(form.getByRole('alert')).toHaveText([
    'Choose a picture.',
    /^2 to 32 characters/,
  ]);
  await form.getByLabel('Choose picture').setInputFiles(png('Blob-Cat.png', 64, 64));
  await expect(form.getByLabel('Name')).toHaveValue('blob-cat');
  await form.getByLabel('Name').fill('tada');
  await add.click();
  await expect(form.getByRole('alert')).toContainText('This name is that of another emoji.');
  await form.getByLabel('Name').fill('blob-cat');
  await add.click();
  await expect(form.getByText('Added')).toBeVisible();
  const row = ada.page.getByRole('listitem').filter({ hasText: ':blob-cat:' });
  await expect(row).toContainText('By you');
  await expectAccessible(ada.page);

  // The text that was there shows it at once.
  const picture = bos.message('Wait for').getByRole('img', { name: ':blob-cat:' });
  await expect(picture).toBeVisible();
  await expect(picture).toHaveJSProperty('naturalWidth', 64);

  // Completion, with the picture. A message of emoji alone is large.
  await bos.composer.pressSequentially(':blob');
  const option = bo.page.getByRole('option', { name: ':blob-cat:' });
  await expect(option.locator('img')).toBeVisible();
  await bos.composer.press('Enter');
  await expect(bos.composer).toHaveValue(':blob-cat: ');
  await bos.composer.press('Enter');
  await expect(bo.page.locator('.prose__emoji img')).toBeVisible();

  // The picker: its group, its search, and those used last.
  const picker = bo.page.getByRole('dialog', { name: 'Emoji' });
  await bos.act('Wait for', 'Another reaction');
  await picker.getByRole('button', { name: 'Ours' }).click();
  await expect(picker.getByRole('button', { name: 'blob-cat' })).toBeVisible();
  await expectAccessible(bo.page);
  await picker.getByRole('searchbox').fill('cat');
  await picker.getByRole('button', { name: 'blob-cat', exact: true }).click();
  const reaction = bo.page.getByRole('button', { name: 'blob-cat 1: You' });
  await expect(reaction.locator('img')).toBeVisible();
  await bos.act('Wait for', 'Another reaction');
  await expect(picker.getByRole('heading', { name: 'Recent' })).toBeVisible();
  await expect(picker.getByRole('button', { name: 'blob-cat' })).toBeVisible();
  await bo.page.keyboard.press('Escape');

  // The server renders the picture as well.
  await bo.page.reload();
  await expect(picture).toBeVisible();
  await expect(bos.connection).toHaveAttribute('data-state', 'current');

  await row.getByRole('button', { name: 'Remove blob-cat' }).click();
  await row.getByRole('button', { name: 'Keep' }).click();
  await expect(row.getByRole('button', { name: 'Remove blob-cat' })).toBeFocused();
  await row.getByRole('button', { name: 'Remove blob-cat' }).click();
  await expect(row.getByText('Messages will show its name.')).toBeVisible();
  await row.getByRole('button', { name: 'Remove blob-cat' }).click();
  await expect(row).toHaveCount(0);
  await expect(picture).toHaveCount(0);
  await expect(bos.message('Wait for')).toContainText('Wait for :blob-cat: here');
  await expect(reaction).toContainText(':blob-cat:');
});
