import { expect, test } from '../fixtures.ts';

test('an emoji is picked with the keyboard', async ({ ada, isMobile }) => {
  test.skip(isMobile, 'there is no keyboard');
  const room = await ada.enter();
  const picker = ada.page.getByRole('dialog', { name: 'Emoji' });
  let fetched = 0;
  ada.page.on('request', (request) => {
    if (/\/emoji\..*\.txt$/.test(request.url())) fetched += 1;
  });
  await room.composer.fill('Well done ');
  await ada.page.getByRole('button', { name: 'Emoji' }).click();
  await expect(picker.getByRole('button', { name: 'grinning', exact: true })).toBeVisible();
  expect(fetched).toBe(1);

  const search = picker.getByRole('searchbox');
  await search.fill('party pop');
  await expect(picker.locator('.emoji-picker__cell')).toHaveText(['🎉']);
  await search.press('Enter');
  await expect(picker).toBeHidden();
  await expect(room.composer).toHaveValue('Well done 🎉');
  await expect(room.composer).toBeFocused();

  // It is the first of the recent ones. Arrow keys walk the grid, of which one is a stop of Tab.
  const opener = ada.page.getByRole('button', { name: 'Emoji' });
  await opener.press('Enter');
  await expect(picker.getByRole('heading', { name: 'Recent' })).toBeVisible();
  await expect(picker.locator('.emoji-picker__cell')).toHaveText(['🎉']);
  await picker.getByRole('button', { name: 'Smileys' }).click();
  await expect(picker.locator('.emoji-picker__cell[tabindex="0"]')).toHaveText(['😀']);
  await search.press('ArrowDown');
  const cells = picker.locator('.emoji-picker__cell');
  await expect(cells.first()).toBeFocused();
  await cells.first().press('ArrowRight');
  await expect(cells.nth(1)).toBeFocused();
  await cells.nth(1).press('ArrowLeft');
  await cells.first().press('ArrowDown');
  await expect(cells.first()).not.toBeFocused();
  await expect(picker.locator('.emoji-picker__cell[tabindex="0"]')).toBeFocused();
  await ada.page.keyboard.press('Escape');
  await expect(picker).toBeHidden();
  await expect(opener).toBeFocused();
  await expect(room.composer).toHaveValue('Well done 🎉');
});

test('a skin tone is kept on the device', async ({ ada }) => {
  const room = await ada.enter();
  const picker = ada.page.getByRole('dialog', { name: 'Emoji' });
  await ada.page.getByRole('button', { name: 'Emoji' }).click();
  await picker.getByRole('button', { name: 'People' }).click();
  await expect(picker.locator('.emoji-picker__cell').first()).toHaveText('👋');
  await picker.getByRole('button', { name: 'Medium', exact: true }).click();
  await expect(picker.locator('.emoji-picker__cell').first()).toHaveText('👋🏽');
  await picker.locator('.emoji-picker__cell').first().click();
  await expect(room.composer).toHaveValue('👋🏽');
  await ada.page.reload();
  await expect(room.connection).toHaveAttribute('data-state', 'current');
  await ada.page.getByRole('button', { name: 'Emoji' }).click();
  await expect(picker.locator('.emoji-picker__cell')).toHaveText(['👋🏽']);
  await picker.getByRole('button', { name: 'People' }).click();
  await expect(picker.locator('.emoji-picker__cell').first()).toHaveText('👋🏽');
});

test('any emoji is a reaction', async ({ ada }) => {
  const room = await ada.enter();
  await room.write('We are done');
  await expect(room.pending).toHaveCount(0);
  await room.act('We are done', 'Another reaction');
  const picker = ada.page.getByRole('dialog', { name: 'Emoji' });
  await picker.getByRole('searchbox').fill('rocket');
  await picker.getByRole('button', { name: 'rocket', exact: true }).click();
  await expect(room.reactions('We are done')).toHaveText(['🚀1']);
});

test('the names are asked for again if they did not arrive', async ({ ada }) => {
  const room = await ada.enter();
  await ada.page.route(/\/emoji\..*\.txt$/, (route) => route.abort());
  await ada.page.getByRole('button', { name: 'Emoji' }).click();
  const picker = ada.page.getByRole('dialog', { name: 'Emoji' });
  await expect(picker.getByRole('alert')).toContainText('The emoji did not arrive.');
  await ada.page.unroute(/\/emoji\..*\.txt$/);
  await picker.getByRole('button', { name: 'Load again' }).click();
  await expect(picker.locator('.emoji-picker__cell').first()).toBeVisible();
  await expect(room.composer).toBeAttached();
});
