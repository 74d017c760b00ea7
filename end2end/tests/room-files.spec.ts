import { choose } from '../attachments.ts';
import { expect, test } from '../fixtures.ts';
import { expectAccessible } from '../helpers.ts';
import { type Picture, png } from '../pictures.ts';

const paper = (name: string): Picture => ({
  name,
  mimeType: 'text/plain',
  buffer: Buffer.from(`the words of ${name}\n`),
});

test('the files of a room are listed, and follow what happens there', async ({
  ada,
  join,
  isMobile,
}) => {
  const bo = await join('Bo');
  const room = await ada.enter();
  await choose(ada.page, paper('plan.txt'));
  await room.write('the plan');
  await choose(ada.page, png('hills.png', 300, 200), png('bay.png', 300, 200));
  await room.write('two pictures');
  await expect(room.pending).toHaveCount(0);

  const theirs = await bo.enter();
  const { page } = theirs;
  const panel = page.getByRole('complementary', { name: 'Files, general' });
  const open = async () => {
    if (isMobile) await theirs.about.click();
    await page.getByRole('button', { name: 'Files in this room' }).click();
  };
  await open();
  await expect(panel.getByRole('heading', { name: 'Files' }).first()).toBeFocused();
  const rows = panel.getByRole('listitem');
  await expect(rows).toHaveCount(3);
  await expect(rows.nth(0)).toContainText(/hills\.png.*Ada.*PNG, \d/s);
  await expect(rows.nth(1)).toContainText('bay.png');
  await expect(rows.nth(2)).toContainText(/plan\.txt.*TXT, 22 bytes/s);
  await expectAccessible(page);

  // A picture opens large beside the others of its message.
  await rows.nth(1).getByRole('link', { name: 'bay.png', exact: true }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog).toHaveAccessibleName('Picture 2 of 2: bay.png');
  await page.keyboard.press('Escape');
  const download = page.waitForEvent('download');
  await rows.nth(2).getByRole('link', { name: 'Download plan.txt' }).click();
  expect((await download).suggestedFilename()).toBe('plan.txt');

  // What is sent and deleted meanwhile.
  await choose(ada.page, paper('late.txt'));
  await room.write('one more');
  await expect(rows.nth(0)).toContainText('late.txt');
  await room.act('two pictures', 'Delete');
  await expect(rows).toHaveCount(2, { timeout: 20_000 });

  await rows.nth(1).getByRole('button', { name: 'Show plan.txt in the room' }).click();
  await expect(panel).toHaveCount(isMobile ? 0 : 1);
  await expect(theirs.message('the plan')).toBeInViewport();
});

test('files are found by a part of their names, and stand below their days', async ({
  ada,
  join,
  isMobile,
}) => {
  const his = await (await join('Bo')).enter();
  const room = await ada.enter();
  await choose(ada.page, paper('Übersicht.txt'), paper('plan.txt'));
  await room.write('two papers');
  await expect(room.pending).toHaveCount(0);
  if (isMobile) await room.about.click();
  await ada.page.getByRole('button', { name: 'Files in this room' }).click();
  const panel = ada.page.getByRole('complementary', { name: 'Files, general' });
  const rows = panel.getByRole('listitem');
  await expect(panel.getByRole('heading', { name: 'Today' })).toBeVisible();
  await expect(panel.getByRole('list', { name: 'Files, Today' })).toBeVisible();
  await expect(rows).toHaveCount(2);

  const field = panel.getByRole('searchbox', { name: 'Find a file' });
  const found = panel.getByRole('status');
  await field.fill('ubersicht');
  await expect(found).toHaveText('1 file found');
  await expect(rows).toHaveText(/Übersicht\.txt/);
  await expectAccessible(ada.page);
  // What is sent meanwhile is found as well.
  await choose(his.page, paper('UBERSICHT 2.txt'));
  await his.write('one more');
  await expect(found).toHaveText('2 files found');
  await field.fill('nothing of this name');
  await expect(found).toHaveText(/^No file is named “.*nothing of this name.*”/);
  await expect(rows).toHaveCount(0);
  await panel.getByRole('button', { name: 'Empty the field' }).click();
  await expect(field).toBeFocused();
  await expect(rows).toHaveCount(3);
  await expect(found).toBeEmpty();
});
