import type { Page } from '@playwright/test';
import { addRoom, expect, say, test, type TestUser } from '../fixtures.ts';
import { RoomPage } from '../pages/room.ts';

/** The lists of a user's page that stands at the list of rooms. */
async function lists(of: TestUser): Promise<RoomPage> {
  const room = await of.enter();
  await of.page.goto('/rooms');
  await expect(room.rooms).toBeVisible();
  // The page is connected once it knows who is where.
  await expect(of.page.locator('.room-list__me-state')).toHaveText('Here');
  // A reload would lose it.
  await of.page.evaluate(() => Object.assign(window, { sameDocument: true }));
  return room;
}

const isSame = (page: Page) =>
  page.evaluate(() => (window as { sameDocument?: boolean }).sameDocument === true);

test('habit 18: added, removed, renamed and archived are seen at once, on all devices', async ({
  ada,
  join,
  device,
}) => {
  const bo = await join('Bo');
  const his = await lists(bo);
  const phone = await lists(await device(bo));

  const { id } = (await ada.call('POST', '/api/rooms', { name: 'Plans', private: true })) as {
    id: string;
  };
  for (const page of [his, phone]) await expect(page.link('Plans')).toHaveCount(0);
  await ada.call('POST', `/api/rooms/${id}/members`, { user: 'bo' });
  for (const page of [his, phone]) await expect(page.link('Plans')).toBeVisible();

  await ada.call('PATCH', `/api/rooms/${id}`, { name: 'Secret plans', topic: 'For spring' });
  for (const page of [his, phone]) await expect(page.link('Secret plans')).toBeVisible();

  await ada.call('PATCH', `/api/rooms/${id}`, { archived: true });
  for (const page of [his, phone]) await expect(page.link('Secret plans')).toHaveCount(0);
  await ada.call('PATCH', `/api/rooms/${id}`, { archived: false });
  for (const page of [his, phone]) await expect(page.link('Secret plans')).toBeVisible();

  await ada.call('DELETE', `/api/rooms/${id}/members/bo`);
  for (const page of [his, phone]) await expect(page.link('Secret plans')).toHaveCount(0);
  for (const { page } of [his, phone]) expect(await isSame(page)).toBe(true);
});

test('what was not sent to a room before its member was removed is kept', async ({ ada, join }) => {
  const bo = await join('Bo');
  const { id } = (await ada.call('POST', '/api/rooms', { name: 'Plans', private: true })) as {
    id: string;
  };
  await ada.call('POST', `/api/rooms/${id}/members`, { user: 'bo' });
  const { slug } = (await ada.call('GET', `/api/rooms/${id}`)) as { slug: string };
  const his = await bo.enter(slug, 'Plans');
  // They are sent one after the other, so most of them still wait when the removal arrives.
  const texts = Array.from({ length: 40 }, (_, i) => `thought ${i}`);
  await his.writeAll(texts);
  await ada.call('DELETE', `/api/rooms/${id}/members/bo`);
  const heading = bo.page.getByRole('heading', { name: 'You are no longer in Plans' });
  await expect(heading.first()).toBeVisible();
  await bo.page.goto('/rooms');
  const unsent = bo.page.getByRole('region', { name: 'Not sent' }).getByRole('listitem');
  const stored = (await ada.enter(slug, 'Plans')).messages;
  const count = await stored.count();
  await expect(unsent).toHaveCount(texts.length - count);
  expect(count, 'some are left').toBeLessThan(texts.length);

  await unsent.last().getByRole('button', { name: 'Discard' }).click();
  await expect(unsent).toHaveCount(texts.length - count - 1);
});

test('who is added later has no unread messages from before', async ({ ada, join }) => {
  const bo = await join('Bo');
  const his = await lists(bo);
  const id = await addRoom(ada, 'Front desk');
  await say(ada, id, ['one', 'two']);
  await ada.call('POST', `/api/rooms/${id}/members`, { user: 'bo' });
  await expect(his.link('Front desk')).toBeVisible();
  await expect(his.unread('Front desk')).toHaveCount(0);
  await say(ada, id, ['three']);
  await expect(his.unread('Front desk')).toHaveText('1 unread');
});

test('a room that is renamed keeps its view, and its former address leads on', async ({
  ada,
  join,
}) => {
  const id = await addRoom(ada, 'Front desk');
  const bo = await join('Bo');
  const his = await bo.enter('front-desk', 'Front desk');
  await his.composer.fill('half a thought');
  await ada.call('PATCH', `/api/rooms/${id}`, { name: 'Reception', slug: 'reception' });
  const renamed = new RoomPage(bo.page, 'Reception');
  await expect(renamed.composer).toHaveValue('half a thought');
  await expect(bo.page).toHaveURL('/rooms/reception');
  await expect(bo.page).toHaveTitle('Reception · Banter');
  await bo.page.goto('/rooms/front-desk');
  await expect(bo.page).toHaveURL('/rooms/reception');
  await expect(renamed.composer).toBeVisible();
});

test('favourites are first, muted rooms last, on all devices', async ({ ada, device }) => {
  await addRoom(ada, 'Alpha');
  await addRoom(ada, 'Zeta');
  const hers = await ada.enter('zeta', 'Zeta');
  const other = await lists(await device(ada));
  await hers.about.click();
  await hers.aboutPanel.getByRole('switch', { name: 'Favourite' }).check();
  const rooms = (page: RoomPage) => page.rooms.locator('.room-link[href^="/rooms/"]');
  await expect(rooms(other)).toHaveText([/Zeta/, /Alpha/, /general/]);
  const heading = { level: 2, name: 'Favourites' } as const;
  await expect(other.rooms.getByRole('heading', heading)).toBeVisible();

  await hers.aboutPanel.getByRole('radio', { name: 'Nothing' }).check({ force: true });
  await expect(hers.aboutPanel).toContainText('Muted.');
  await expect(other.link('Zeta')).toContainText('muted');
  await hers.aboutPanel.getByRole('switch', { name: 'Favourite' }).uncheck();
  await expect(rooms(other)).toHaveText([/Alpha/, /general/, /Zeta/]);
  await expect(other.rooms.getByRole('heading', heading)).toHaveCount(0);
});

test('the navigation shows who of the direct conversations is here', async ({ ada, join }) => {
  const bo = await join('Bo');
  const direct = (await ada.call('POST', '/api/direct', { users: ['bo'] })) as { id: string };
  const hers = await lists(ada);
  await expect(hers.link('Bo')).toContainText('offline');
  await say(ada, direct.id, ['Hello']); // from now on it is listed for Bo
  const his = await bo.enter();
  await expect(hers.link('Bo')).toContainText('here');
  if (await his.back.isVisible()) await his.back.click();
  await expect(his.link('Ada')).toContainText('here');
  await bo.page.close();
  await expect(hers.link('Bo')).toContainText('offline');
});
