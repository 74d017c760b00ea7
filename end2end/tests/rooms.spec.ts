import { addRoom, expect, test } from '../fixtures.ts';
import { RoomPage } from '../pages/room.ts';

test('a new room is visible to all users and has its own messages', async ({ ada, join }) => {
  const general = await ada.enter();
  await general.write('written in general');
  if (await general.back.isVisible()) await general.back.click();
  await general.newRoom.click();
  await ada.page.getByRole('textbox', { name: 'Name' }).fill('Front desk');
  await ada.page.getByRole('button', { name: 'Make room' }).click();

  await expect(ada.page).toHaveURL('/rooms/front-desk');
  const room = new RoomPage(ada.page, 'Front desk');
  await expect(room.connection).toHaveAttribute('data-state', 'current');
  await room.write('written at the front desk');
  await expect(room.message('written at the front desk')).toHaveCount(1);
  await expect(room.message('written in general')).toHaveCount(0);

  const bo = await join('Bo');
  const his = await bo.enter('front-desk', 'Front desk');
  await expect(his.message('written at the front desk')).toHaveCount(1);
  if (await his.back.isVisible()) await his.back.click();
  await his.link('general').click();
  await expect(bo.page).toHaveURL('/rooms/general');
  await expect(new RoomPage(bo.page, 'general').message('written in general')).toHaveCount(1);
});

test('the URL of a room by its id opens the room, also when going back', async ({
  ada,
  isMobile,
}) => {
  const id = await addRoom(ada, 'Front desk');
  const room = new RoomPage(ada.page, 'Front desk');
  await ada.page.goto(`/rooms/${id}`);
  await expect(room.connection).toHaveAttribute('data-state', 'current');
  await room.goTo('general');
  await expect(room.composer).toHaveCount(0);
  await ada.page.goBack();
  if (isMobile) await ada.page.goBack(); // past the room list
  await expect(ada.page).toHaveURL(`/rooms/${id}`);
  await expect(room.composer).toBeVisible();
  if (!isMobile) await expect(room.link('Front desk')).toHaveAttribute('aria-current', 'page');
});

test('an unknown room shows an error page with a link back', async ({ ada }) => {
  const response = await ada.page.goto('/rooms/nowhere');
  expect(response?.status()).toBe(404);
  await expect(ada.page.getByRole('heading', { name: 'Room not found' })).toBeVisible();
  await ada.page.getByRole('link', { name: 'Back to your rooms' }).click();
  await expect(ada.page).toHaveURL('/rooms/general');
});

test('messages written in a room that is still loading are shown and sent later', async ({
  server,
  ada,
  join,
}) => {
  await addRoom(ada, 'Front desk');
  const bo = await join('Bo');
  const his = await bo.enter('front-desk', 'Front desk');
  await his.write('written before');
  await expect(his.pending).toHaveCount(0);
  const room = await ada.enter();
  await server.kill();
  await expect(room.connection).toHaveAttribute('data-state', /connecting|offline/);
  const desk = new RoomPage(ada.page, 'Front desk');
  await room.goTo('Front desk');
  await desk.write('written early');
  await expect(desk.pending).toHaveText([/written early/]);
  await expect(ada.page.getByText('This is where')).toHaveCount(0);
  await server.start();
  await expect(desk.messages).toHaveText([/written before/, /written early/], { timeout: 30_000 });
  await expect(desk.pending).toHaveCount(0);
});

test('who was removed from a public room reads it, and joins it again by a press', async ({
  ada,
  join,
}) => {
  const bo = await join('Bo');
  await addRoom(bo, 'Front desk');
  const his = await bo.enter('front-desk', 'Front desk');
  await his.write('written before');
  const hers = await ada.enter('front-desk', 'Front desk');
  await expect(hers.message('written before')).toBeVisible();
  await bo.call('DELETE', '/api/rooms/front-desk/members/ada');
  await expect(ada.page.getByText('You are not in Front desk.')).toBeVisible();
  await expect(hers.composer).toHaveCount(0);
  await expect(hers.messages).toHaveText([/written before/]);
  await hers.join.click();
  await hers.write('written after');
  await expect(hers.pending).toHaveCount(0);
  await his.write('read live');
  await expect(hers.messages).toHaveText([/written before/, /written after/, /read live/]);
});

test('who is removed from a private room is told so', async ({ ada, join }) => {
  const bo = await join('Bo');
  const made = await ada.call('POST', '/api/rooms', { name: 'Plans', private: true });
  const { id } = made as { id: string };
  await ada.call('POST', `/api/rooms/${id}/members`, { user: 'bo' });
  const his = await bo.enter(id, 'Plans');
  await his.write('still here');
  await expect(his.pending).toHaveCount(0);
  await ada.call('DELETE', `/api/rooms/${id}/members/bo`);
  await expect(bo.page.locator('.empty__title')).toHaveText('You are no longer in Plans');
  await expect(bo.page).toHaveTitle(/You are no longer in Plans/);
  await bo.page.reload();
  await expect(bo.page.getByRole('heading', { name: 'Room not found' })).toBeVisible();
});

test('a page that was away when its user left a room does not join it again', async ({
  ada,
  join,
}) => {
  const bo = await join('Bo');
  await addRoom(bo, 'Front desk');
  const his = await bo.enter('front-desk', 'Front desk');
  const [socket, hers] = await Promise.all([
    ada.page.waitForEvent('websocket'),
    ada.enter('front-desk', 'Front desk'),
  ]);
  await hers.write('before');
  await expect(hers.pending).toHaveCount(0);
  const closed = socket.waitForEvent('close');
  await ada.page.evaluate(() => window.dispatchEvent(new Event('pagehide')));
  await closed;
  await ada.call('DELETE', '/api/rooms/front-desk/members/ada');
  await his.write('after');
  await ada.page.evaluate(() => window.dispatchEvent(new Event('pageshow')));
  await expect(hers.join).toBeVisible();
  await expect(hers.message('after')).toBeVisible();
  expect(await ada.call('GET', '/api/rooms/front-desk')).toMatchObject({ member: false });
});
