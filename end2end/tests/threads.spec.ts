import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, test } from '../fixtures.ts';
import { hydrated } from '../helpers.ts';
import { ThreadPanel, openThread } from '../pages/thread.ts';

test('habit 17: a reply quotes a message and follows its edits and deletion', async ({
  ada,
  join,
}) => {
  const bo = await join('Bo');
  const hers = await ada.enter();
  const his = await bo.enter();
  await his.write('Which door is it?');
  await ada.page.bringToFront(); // Firefox focuses nothing elsewhere
  await hers.act('Which door is it?', 'Reply');
  const bar = ada.page.getByRole('group', { name: 'Replying to Bo' });
  await expect(bar).toContainText('Which door is it?');
  await expect(hers.composer).toBeFocused();
  await bar.getByRole('button', { name: 'Stop replying' }).click();
  await expect(bar).toHaveCount(0);
  await hers.act('Which door is it?', 'Reply');

  // The choice survives a reload, like the draft.
  await hers.composer.fill('The green one');
  await ada.page.reload();
  await expect(hers.connection).toHaveAttribute('data-state', 'current');
  await expect(bar).toContainText('Which door is it?');
  await hers.send.click();
  await expect(bar).toHaveCount(0);
  const quote = (room: typeof hers) => room.message('The green one').locator('.reply');
  for (const room of [hers, his]) {
    await expect(quote(room)).toHaveText(/In reply to\s*Bo\s*Which door is it\?/);
  }
  await his.composer.press('ArrowUp');
  await expect(his.composer).toHaveValue('Which door is it?');
  await his.composer.fill('Which gate is it?');
  await his.send.click();
  for (const room of [hers, his]) await expect(quote(room)).toContainText('Which gate is it?');
  await quote(hers).click();
  const original = hers.messages.filter({ hasText: 'Which gate is it?' }).first();
  await expect(original).toHaveAttribute('aria-current', 'true');
  await ada.page.reload();
  await expect(quote(hers)).toContainText('Which gate is it?');
});

test('habit 17: a thread opens beside its room, and on a phone in its place', async ({
  ada,
  join,
}) => {
  const bo = await join('Bo');
  const hers = await ada.enter();
  const his = await bo.enter();
  await hers.write('Where do we eat?');
  const thread = await openThread(hers, 'Where do we eat?');
  await expect(thread.messages).toHaveText([/Where do we eat\?/]);
  await thread.write('At the harbour');
  await expect(thread.message('At the harbour')).toHaveAttribute('data-seq');
  await expect(thread.panel).toContainText('1 reply');

  // The room shows a line under the first message, and not the reply.
  const line = his.message('Where do we eat?').getByRole('link', { name: '1 reply' });
  await expect(line).toContainText('last at');
  await expect(his.message('At the harbour')).toHaveCount(0);
  await expect(his.messages).toHaveCount(1);
  await line.click();
  const theirs = new ThreadPanel(bo.page);
  await expect(theirs.messages).toHaveText([/Where do we eat\?/, /At the harbour/]);
  await theirs.composer.pressSequentially('No');
  await expect(thread.panel.locator('.typing')).toHaveText('Bo is typing');
  await theirs.alsoInRoom.check();
  await theirs.write('No, at noon');
  await expect(thread.message('No, at noon')).toContainText('Also in the room');
  await expect(theirs.alsoInRoom).not.toBeChecked();

  await thread.leave();
  await expect(thread.panel).toHaveCount(0);
  await expect(hers.message('No, at noon')).toContainText('In a thread');
  await expect(hers.messages).toHaveCount(2);
  await hers.message('No, at noon').getByRole('link', { name: 'In a thread' }).click();
  await expect(thread.messages).toHaveCount(3);
});

test('replies survive reload and a lost connection, and a gap is filled', async ({
  server,
  ada,
  join,
}) => {
  const bo = await join('Bo');
  const hers = await ada.enter();
  await hers.write('Numbers?');
  await expect(hers.pending).toHaveCount(0);
  const his = await bo.enter();
  const thread = await openThread(hers, 'Numbers?');
  await thread.write('one');
  await expect(thread.message('one')).toHaveAttribute('data-seq');
  const theirs = await openThread(his, 'Numbers?');
  await expect(theirs.message('one')).toBeVisible();

  await server.kill();
  await expect(hers.connection).toHaveAttribute('data-state', 'offline');
  await thread.write('two, offline');
  await expect(thread.pending).toHaveText([/two, offline/]);
  await expect(hers.pending).toHaveCount(0);
  await server.start();
  for (const panel of [thread, theirs]) {
    await expect(panel.message('two, offline')).toHaveAttribute('data-seq', /\d/, {
      timeout: 30_000,
    });
    await expect(panel.pending).toHaveCount(0);
    await expect(panel.messages).toHaveText([/Numbers\?/, /one/, /two, offline/]);
  }

  // What was written before a reload is sent after it, into its thread.
  await ada.page.route('**/ws/ticket', (route) => route.abort());
  await server.kill();
  await expect(hers.connection).toHaveAttribute('data-state', 'offline');
  await thread.write('three, before the reload');
  await expect(thread.pending).toHaveCount(1);
  await server.start();
  await ada.page.unroute('**/ws/ticket');
  await ada.page.reload();
  await expect(theirs.message('three, before the reload')).toHaveAttribute('data-seq', /\d/);
  await theirs.leave(); // on a phone the panel covers the room
  await expect(his.messages).toHaveCount(1);
});

test('unread replies are counted in the thread and listed under Threads', async ({ ada, join }) => {
  const bo = await join('Bo');
  const hers = await ada.enter();
  await hers.write('Who opens on Saturday?');
  await expect(hers.pending).toHaveCount(0);
  const his = await bo.enter();
  const theirs = await openThread(his, 'Who opens on Saturday?');
  await theirs.write('I can');
  await theirs.write('until noon');
  const line = hers.message('Who opens on Saturday?').getByRole('link', { name: '2 replies' });
  await expect(line).toContainText('2 new');

  await ada.page.goto('/threads');
  const item = ada.page.getByRole('list', { name: 'Threads' }).getByRole('listitem');
  await expect(item).toHaveCount(1);
  await expect(item).toContainText('2 new');
  // The page knows nobody else yet: the list brings the last words and the faces.
  await expect(item.locator('.thread__last')).toContainText('Bo until noon');
  await expect(item.locator('.avatar-stack .avatar')).toHaveCount(1);
  await expect(ada.page).toHaveTitle('Threads, 2 unread · Banter');
  await item.getByRole('link').click();
  const thread = new ThreadPanel(ada.page);
  await expect(thread.newLine).toHaveCount(1);
  await expect(thread.messages).toHaveCount(3);
  await expect(ada.page).toHaveTitle('Threads · Banter');
  await theirs.write('or two');
  await expect(thread.message('or two')).toBeVisible();
  await expect(ada.page).toHaveTitle('Threads · Banter'); // read after a moment in view

  await expect(thread.follow).toHaveAttribute('aria-pressed', 'true');
  await thread.leave();
  await expect(item).toContainText('3 replies');
  await expect(item).not.toContainText('new');
  await item.getByRole('link').click();
  await thread.follow.click();
  await expect(thread.follow).toHaveAttribute('aria-pressed', 'false');
  await thread.leave();
  await expect(item).toHaveCount(0);
  await ada.page.reload();
  await hydrated(ada.page);
  await expect(ada.page.getByText('No threads yet.')).toBeVisible();

  // A mention makes her follow it again: what the title counts is listed, and can be read.
  await theirs.write('@ada now?');
  await expect(item).toHaveCount(1);
  await expect(ada.page).toHaveTitle('(1) Threads, 1 unread · Banter');
  await item.getByRole('link').click();
  await expect(thread.follow).toHaveAttribute('aria-pressed', 'true');
  await expect(ada.page).toHaveTitle('Threads · Banter');
});

test('a permanent link to a reply opens its thread, also without the program', async ({
  ada,
  browser,
}) => {
  const hers = await ada.enter();
  await hers.write('The plan');
  await expect(hers.pending).toHaveCount(0);
  const thread = await openThread(hers, 'The plan');
  await thread.write('first step');
  await thread.write('second step');
  const reply = thread.message('first step');
  await expect(reply).toHaveAttribute('data-seq', /\d/);
  const id = await reply.getAttribute('data-id');
  await ada.page.goto(`/m/${id}`);
  await expect(thread.messages).toHaveText([/The plan/, /first step/, /second step/]);
  await expect(thread.message('first step')).toHaveAttribute('aria-current', 'true');
  await expect(hers.connection).toHaveAttribute('data-state', 'current');
  await expect(thread.messages).toHaveCount(3);

  const storageState = await ada.page.context().storageState();
  const plain = await browser.newContext({ javaScriptEnabled: false, storageState });
  const page = await plain.newPage();
  await page.goto(`/m/${id}`);
  const panel = new ThreadPanel(page);
  await expect(panel.message('first step')).toHaveAttribute('aria-current', 'true');
  await plain.close();
});

test('axe finds no violations in a thread and in the list of threads', async ({ ada, join }) => {
  const bo = await join('Bo');
  const hers = await ada.enter();
  await hers.write('Is it open?');
  await expect(hers.pending).toHaveCount(0);
  const his = await bo.enter();
  const theirs = await openThread(his, 'Is it open?');
  await theirs.write('From nine on');
  await expect(hers.message('Is it open?')).toContainText('1 new');
  const thread = await openThread(hers, 'Is it open?');
  await expect(thread.message('From nine on')).toBeVisible();
  await expectAccessible(ada.page);
  await ada.page.goto('/threads');
  await expect(ada.page.getByRole('list', { name: 'Threads' })).toContainText('Is it open?');
  await expectAccessible(ada.page);
});

async function expectAccessible(page: Page): Promise<void> {
  await page.evaluate(() =>
    Promise.allSettled(document.getAnimations().map((animation) => animation.finished)),
  );
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations).toEqual([]);
}
