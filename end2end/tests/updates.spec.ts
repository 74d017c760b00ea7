import { expect, expectAsFresh, test } from '../fixtures.ts';
import { RoomPage } from '../pages/room.ts';

test('edits, reactions and deletions are shown to both users', async ({ ada, join }) => {
  const bo = await join('Bo');
  const hers = await ada.enter();
  const his = await bo.enter();
  await his.write('The demo is on Thursday');
  await his.write('Bring a cable');
  await expect(hers.messages).toHaveCount(2);

  await his.act('The demo is on Thursday', 'Edit');
  await expect(his.composer).toHaveValue('The demo is on Thursday');
  await his.composer.fill('The demo is on Friday');
  await his.send.click();
  for (const room of [hers, his]) {
    await expect(room.message('The demo is on Friday')).toContainText('edited');
    await expect(room.message('Thursday')).toHaveCount(0);
    await expect(room.messages).toHaveCount(2);
  }
  await expect(his.composer).toHaveValue('');

  await hers.act('The demo is on Friday', 'React with party');
  await his.act('The demo is on Friday', 'React with party');
  for (const room of [hers, his]) {
    await expect(room.reactions('The demo is on Friday')).toHaveText(['🎉2']);
    await expect(room.reactions('The demo is on Friday')).toHaveAttribute('aria-pressed', 'true');
  }
  await expect(hers.reactions('The demo is on Friday')).toHaveAttribute('title', 'You, Bo');
  await his.reactions('The demo is on Friday').click();
  await expect(hers.reactions('The demo is on Friday')).toHaveText(['🎉1']);
  await expect(his.reactions('The demo is on Friday')).toHaveAttribute('aria-pressed', 'false');
  await expect(his.reactions('The demo is on Friday')).toBeFocused();

  // Ada is the owner: she may delete Bo's messages, but not edit them.
  await expect(await hers.action('Bring a cable', 'Edit')).toHaveCount(0);
  await hers.act('Bring a cable', 'Delete');
  for (const room of [hers, his]) await expect(room.message('Bring a cable')).toHaveCount(0);
  await his.act('The demo is on Friday', 'Delete');
  const deleted = /You deleted this message\.|(Ada|Bo) deleted this message\./;
  for (const room of [hers, his]) {
    await expect(room.message('deleted this message')).toHaveCount(2);
    await expectAsFresh(room);
    await expect(room.message('deleted this message')).toHaveText([deleted, deleted]);
    await expect(room.message('You deleted this message.')).toHaveCount(1);
  }
  await expect(hers.message('Bo deleted this message.')).toHaveCount(1);
  await expect(his.message('Ada deleted this message.')).toHaveCount(1);
});

test('habit 2: the up arrow edits the last message, and Escape restores the draft', async ({
  ada,
  isMobile,
}) => {
  test.skip(isMobile, 'there are no arrow keys');
  const room = await ada.enter();
  await room.write('first');
  await room.write('second');
  await expect(room.pending).toHaveCount(0);
  await room.composer.press('ArrowUp');
  await expect(room.composer).toHaveValue('second');
  await room.composer.fill('changed my mind');
  await room.composer.press('Escape');
  await expect(room.composer).toHaveValue('');
  await expect(room.message('second')).toHaveCount(1);

  await room.composer.fill('half written');
  await room.composer.press('ArrowUp');
  await expect(room.composer).toHaveValue('half written');
  await room.message('first').getByRole('button', { name: 'Message actions' }).focus();
  await ada.page.keyboard.press('Enter');
  await (await room.action('first', 'Edit')).press('Enter');
  await expect(room.composer).toHaveValue('first');
  await expect(room.composer).toBeFocused();
  await room.composer.fill('the first');
  await room.composer.press('Enter');
  await expect(room.message('the first')).toHaveCount(1);
  await expect(room.composer).toHaveValue('half written');
});

test('updates made while the server is down are sent when it is back', async ({
  server,
  ada,
  join,
}) => {
  const bo = await join('Bo');
  const hers = await ada.enter();
  const his = await bo.enter();
  await hers.write('around noon');
  await hers.write('not for you');
  await expect(his.messages).toHaveCount(2);
  await server.kill();
  await expect(hers.connection).toHaveAttribute('data-state', /connecting|offline/);
  await hers.act('around noon', 'Edit');
  await hers.composer.fill('at one');
  await hers.send.click();
  await hers.act('at one', 'React with heart');
  await hers.act('not for you', 'Delete');
  await expect(hers.message('at one')).toContainText('Saved when you are back online');
  const deleted = hers.message('You deleted this message');
  await expect(deleted).toContainText('Deleted when you are back online');
  await expect(hers.reactions('at one')).toHaveText(['❤️1']);

  await server.start();
  for (const room of [hers, his]) {
    await expect(room.message('deleted this message')).toHaveCount(1, { timeout: 30_000 });
    await expect(room.message('at one')).toContainText('edited');
    await expect(room.reactions('at one')).toHaveText(['❤️1']);
    await expectAsFresh(room);
  }
});

test('updates of a closed page are sent by the next one', async ({ server, ada }) => {
  const room = await ada.enter();
  await room.write('around noon');
  await expect(room.pending).toHaveCount(0);
  await server.kill();
  await expect(room.connection).toHaveAttribute('data-state', /connecting|offline/);
  await room.act('around noon', 'Edit');
  await room.composer.fill('at one');
  await room.send.click();
  await expect(room.message('at one')).toContainText('Saved when you are back online');
  const next = await ada.page.context().newPage();
  await ada.page.close();
  await server.start();
  const again = new RoomPage(next, 'general');
  await next.goto('/rooms/general');
  await expect(again.message('at one')).toContainText('edited', { timeout: 30_000 });
  await expectAsFresh(again);
});

test('the words of an edit are kept if its message is deleted meanwhile', async ({ ada, join }) => {
  const bo = await join('Bo');
  const his = await bo.enter();
  await his.write('a first attempt');
  await expect(his.pending).toHaveCount(0);
  await his.act('a first attempt', 'Edit');
  await his.composer.fill('many better words');
  const hers = await ada.enter();
  await hers.act('a first attempt', 'Delete');
  await expect(his.message('Ada deleted this message.')).toBeVisible();
  const bar = bo.page.getByRole('region', { name: 'general' });
  await expect(bar.getByText('Editing your message')).toHaveCount(0);
  await expect(his.composer).toHaveValue('many better words');
  await his.send.click();
  await expect(his.message('many better words')).toBeVisible();
  await expect(his.composer).toHaveValue('');
});
