import { expect, test } from '../fixtures.ts';
import { hydrated } from '../helpers.ts';
import { RoomPage } from '../pages/room.ts';

test('habit 18: a direct message is found by name, and only its people see it', async ({
  ada,
  join,
}) => {
  const bo = await join('Bo');
  const chen = await join('Chen');
  const his = await bo.enter();
  await chen.page.goto('/new-message');
  await hydrated(chen.page);
  const to = chen.page.getByRole('combobox', { name: 'To' });
  await expect(to).toBeFocused();
  await to.pressSequentially('b');
  await expect(chen.page.getByRole('option', { name: 'Bo' })).toBeVisible();
  await to.press('Enter');
  await expect(chen.page.getByRole('button', { name: 'Remove Bo' })).toBeVisible();
  await expect(chen.page.getByText('Only the two of you see it.')).toBeVisible();
  await to.press('Enter');
  const hers = new RoomPage(chen.page, 'Bo');
  await expect(hers.composer).toBeVisible();
  await expect(chen.page).toHaveTitle('Bo · Banter');
  await hers.write('between us');
  await expect(hers.pending).toHaveCount(0);

  if (await his.back.isVisible()) await his.back.click();
  await expect(his.unread('Chen')).toHaveText('1 unread');
  await his.goTo('Chen');
  await expect(new RoomPage(bo.page, 'Chen').message('between us')).toBeVisible();

  const { rooms } = (await ada.call('GET', '/api/rooms')) as { rooms: { kind: string }[] };
  expect(rooms.filter(({ kind }) => kind === 'direct')).toEqual([]);
  await ada.page.goto('/browse');
  await expect(ada.page.getByText('Chen')).toHaveCount(0);
});

test('several people, what is there already, and notes to oneself', async ({ ada, join }) => {
  await join('Bo');
  await join('Chen');
  await ada.enter();
  await ada.page.bringToFront(); // Firefox focuses nothing elsewhere
  await ada.page.goto('/new-message');
  await hydrated(ada.page);
  const to = ada.page.getByRole('combobox', { name: 'To' });
  for (const name of ['Bo', 'Chen']) {
    await to.fill(name);
    await ada.page.getByRole('option', { name }).click();
    await expect(to).toBeFocused();
  }
  await expect(ada.page.getByText('Only the 3 of you see it.')).toBeVisible();
  await ada.page.getByRole('button', { name: 'Write to Bo and Chen' }).click();
  await expect(new RoomPage(ada.page, 'Bo and Chen').composer).toBeVisible();

  await ada.page.goto('/new-message');
  await hydrated(ada.page);
  await to.fill('bo');
  await expect(ada.page.getByRole('option', { name: 'Bo' })).toBeVisible();
  await to.press('Enter');
  const there = ada.page.locator('.row').filter({ hasText: 'Bo and Chen' });
  await expect(there).toBeVisible();
  await to.press('Backspace');
  await expect(ada.page.getByRole('button', { name: 'Remove Bo' })).toHaveCount(0);
  // Whoever knows no name looks through all.
  await to.press('ArrowDown');
  await expect(ada.page.getByRole('option')).toHaveText([/Bo/, /Chen/]);
  await to.press('Escape');
  await to.click();
  await expect(ada.page.getByRole('option')).toHaveCount(2);
  await to.fill('nobody-like-that');
  await expect(ada.page.getByText('Nobody here is named “nobody-like-that”.')).toBeVisible();
  await to.fill('');
  await ada.page.getByRole('button', { name: 'Notes to yourself' }).click();
  const notes = new RoomPage(ada.page, 'Notes to yourself');
  await notes.write('milk');
  await expect(notes.message('milk')).toBeVisible();
});

test('a conversation is hidden until its next message', async ({ ada, join }) => {
  const bo = await join('Bo');
  const { id } = (await ada.call('POST', '/api/direct', { users: ['bo'] })) as { id: string };
  const hers = await ada.enter(id, 'Bo');
  await ada.page.getByRole('button', { name: 'About this room' }).click();
  await hers.aboutPanel.getByRole('button', { name: 'Hide' }).click();
  await expect(ada.page).toHaveURL('/rooms');
  await expect(hers.link('Bo')).toHaveCount(0);
  const his = await bo.enter(id, 'Ada');
  await his.write('are you there?');
  await expect(hers.unread('Bo')).toHaveText('1 unread');
});
