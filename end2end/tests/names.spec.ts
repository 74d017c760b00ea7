import { expect, expectAsFresh, test } from '../fixtures.ts';

test('names that read alike come with the usernames', async ({ ada, join }) => {
  const hers = await ada.enter();
  const first = await (await join('Ida')).enter();
  await first.write('from the first');
  await expect(hers.message('from the first')).not.toContainText('@');

  const second = await (await join('IDA', 'eve')).enter();
  await second.composer.pressSequentially('m');
  await expect(hers.page.locator('.typing')).toHaveText('IDA @eve is typing');
  await second.write('from the second');
  for (const room of [hers, first, second]) {
    await expect(room.message('from the first')).toContainText('@ida');
    await expect(room.message('from the second')).toContainText('@eve');
    const named = room.page.getByRole('article', { name: /^Ida @ida, / });
    await expect(named).toContainText('from the first');
  }
  await expect(first.page.locator('.room-list__me-name')).toContainText('@ida');
  for (const room of [hers, first]) await expectAsFresh(room);
});

test('letters that only look the same are told apart', async ({ ada, join }) => {
  const hers = await ada.enter();
  const first = await (await join('Ida')).enter();
  await first.write('from the first');
  const second = await (await join('lda')).enter();
  await second.write('from the second');
  await expect(hers.message('from the second')).toContainText('@lda');
  await first.write('once more');
  await expect(hers.message('from the first')).toContainText('@ida');
});

test('a text that shows nothing cannot be sent', async ({ ada }) => {
  const room = await ada.enter();
  for (const nothing of [' ', '\u2800', '\u200b\ufe0f', '\u3164 \u00ad']) {
    await room.composer.fill(nothing);
    await expect(room.send).toBeDisabled();
    await room.composer.press('Enter');
    await expect(room.messages).toHaveCount(0);
  }
  await room.composer.fill('\u2800.');
  await expect(room.send).toBeEnabled();
});
