import { expect, test } from '../fixtures.ts';
import { hydrated } from '../helpers.ts';
import type { TestUser } from '../fixtures.ts';

async function hold(ada: TestUser) {
  await ada.page.goto('/settings');
  await hydrated(ada.page);
  await ada.page.getByRole('radio', { name: '5 seconds' }).check();
  return ada.enter();
}

test('a message is taken back before it is sent', async ({ ada, join }) => {
  const bo = await join('Bo');
  const his = await bo.enter();
  const hers = await hold(ada);
  await hers.write('too early');
  const row = hers.message('too early');
  await expect(row).toContainText('Not sent yet');
  await row.getByRole('button', { name: 'Undo' }).click();
  await expect(hers.composer).toHaveValue('too early');
  await expect(hers.messages).toHaveCount(0);
  await expect(his.messages).toHaveCount(0);

  // What is put back is no command.
  await hers.composer.fill('//leave');
  await hers.send.click();
  await hers.message('/leave').getByRole('button', { name: 'Undo' }).click();
  await expect(hers.composer).toHaveValue('//leave');
  await hers.send.click();
  await expect(his.message('/leave')).toHaveCount(1, { timeout: 15_000 });
});

test('leaving the page sends what is held', async ({ ada, join }) => {
  const bo = await join('Bo');
  const his = await bo.enter();
  const hers = await hold(ada);
  await hers.write('on my way');
  await expect(hers.message('on my way')).toContainText('Not sent yet');
  await ada.page.goto('about:blank');
  await expect(his.message('on my way')).toHaveCount(1, { timeout: 4_000 });
});
