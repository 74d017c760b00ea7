import { AxeBuilder } from '@axe-core/playwright';
import { addRoom, expect, say, test } from '../fixtures.ts';
import { hydrated } from '../helpers.ts';
import { RoomPage } from '../pages/room.ts';

test('habit 18: all rooms are found, joined without leaving the page, and opened', async ({
  ada,
  join,
}) => {
  const garden = await addRoom(ada, 'Garden');
  await ada.call('PATCH', `/api/rooms/${garden}`, { topic: 'Seeds and water' });
  await addRoom(ada, 'Running');
  await ada.call('POST', '/api/rooms', { name: 'Plans', private: true });
  const bo = await join('Bo');
  await bo.enter();
  await bo.page.goto('/browse');
  await hydrated(bo.page);
  const rows = bo.page.locator('.rows .row');
  await expect(rows.filter({ hasText: 'Garden' })).toContainText('Seeds and water');
  await expect(rows.filter({ hasText: 'Garden' })).toContainText('1 person');
  await expect(rows.filter({ hasText: 'Plans' })).toHaveCount(0);
  await expect(bo.page.getByText('3 rooms, most used first')).toBeVisible();

  await bo.page.getByRole('searchbox', { name: 'Find a room' }).fill('water');
  await expect(rows).toHaveText([/Garden/]);
  const button = bo.page.getByRole('button', { name: 'Join Garden' });
  await button.focus();
  await bo.page.keyboard.press('Enter');
  const open = bo.page.getByRole('link', { name: 'Open Garden' });
  await expect(open).toBeFocused();
  await expect(bo.page).toHaveURL('/browse');
  await expect(rows.filter({ hasText: 'Garden' })).toContainText('2 people');
  await open.click();
  await expect(bo.page).toHaveURL('/rooms/garden');
  await expect(new RoomPage(bo.page, 'Garden').composer).toBeVisible();
});

test('the list of all rooms is live, and offers to make what is not there', async ({
  ada,
  join,
}) => {
  const bo = await join('Bo');
  await bo.enter();
  await bo.page.goto('/browse');
  await hydrated(bo.page);
  await expect(bo.page.locator('.room-list__me-state')).toHaveText('Here');
  const kitchen = await addRoom(ada, 'Kitchen');
  await expect(bo.page.getByRole('link', { name: 'Kitchen', exact: true })).toBeVisible();
  await ada.call('PATCH', `/api/rooms/${kitchen}`, { name: 'Cantina' });
  await expect(bo.page.getByRole('link', { name: 'Cantina', exact: true })).toBeVisible();
  await ada.call('PATCH', `/api/rooms/${kitchen}`, { archived: true });
  await expect(bo.page.getByRole('heading', { name: 'Archived' })).toBeVisible();
  await expect(bo.page.getByRole('link', { name: 'Read Cantina' })).toBeVisible();

  await bo.page.getByRole('searchbox', { name: 'Find a room' }).fill('Küche & Garten');
  await expect(bo.page.getByRole('heading', { name: 'No room named' })).toBeVisible();
  await bo.page.getByRole('link', { name: 'Make “Küche & Garten”' }).click();
  await expect(bo.page).toHaveURL(/new-room/);
  await expect(bo.page.getByRole('textbox', { name: 'Name' })).toHaveValue('Küche & Garten');
});

test('a public room is read before it is joined', async ({ ada, join, isMobile }) => {
  const desk = await addRoom(ada, 'Front desk');
  await say(ada, desk, ['first', 'second']);
  const bo = await join('Bo');
  await bo.page.goto('/rooms/front-desk');
  const his = new RoomPage(bo.page, 'Front desk');
  await expect(his.connection).toHaveAttribute('data-state', 'current');
  await expect(his.messages).toHaveText([/first/, /second/]);
  await expect(his.composer).toHaveCount(0);
  await expect(his.link('Front desk')).toHaveCount(0);
  const seen = (await bo.call('GET', '/api/rooms/front-desk')) as { member: boolean };
  expect(seen.member, 'reading does not join').toBe(false);

  await say(ada, desk, ['third']);
  await expect(his.message('third')).toBeVisible({ timeout: 15_000 });
  await his.join.click();
  await expect(his.composer).toBeVisible();
  // On a touch screen it would bring up the keyboard.
  if (!isMobile) await expect(his.composer).toBeFocused();
  await say(ada, desk, ['fourth']);
  await expect(his.messages).toHaveText([/first/, /second/, /third/, /fourth/]);
  await his.write('fifth');
  await expect(his.message('fifth')).toBeVisible();
});

test('an archived room is read and not written to, until it is brought back', async ({
  ada,
  join,
}) => {
  const id = await addRoom(ada, 'Front desk');
  const bo = await join('Bo');
  const his = await bo.enter('front-desk', 'Front desk');
  await his.write('the last word');
  await expect(his.pending).toHaveCount(0);
  await ada.call('PATCH', `/api/rooms/${id}`, { archived: true });
  await expect(bo.page.getByText('This room is archived.')).toBeVisible();
  await expect(his.composer).toHaveCount(0);
  await expect(his.message('the last word')).toBeVisible();
  await ada.call('PATCH', `/api/rooms/${id}`, { archived: false });
  await expect(his.composer).toBeVisible();
});

test('without JavaScript the list leads to a room, which is joined', async ({
  ada,
  browser,
  browserName,
  join,
}) => {
  test.skip(browserName === 'firefox', 'WebDriver BiDi does not switch scripts off yet');
  await addRoom(ada, 'Garden');
  const bo = await join('Bo');
  const state = await bo.page.context().storageState();
  const plain = await browser.newContext({ javaScriptEnabled: false, storageState: state });
  const page = await plain.newPage();
  await page.goto('/browse');
  await page.getByRole('link', { name: 'Garden', exact: true }).click();
  const room = new RoomPage(page, 'Garden');
  await room.join.click();
  await expect(page).toHaveURL('/rooms/garden');
  await expect(room.composer).toBeVisible();

  await page.goto('/new-room');
  await page.getByRole('textbox', { name: 'Name' }).fill('Plans');
  await page.getByRole('radio', { name: 'Private' }).check({ force: true });
  await page.getByRole('textbox', { name: 'Topic' }).fill('For spring');
  await page.getByRole('button', { name: 'Make room' }).click();
  await expect(page.getByRole('heading', { level: 2, name: 'Plans' })).toBeVisible();
  const { rooms } = (await bo.call('GET', '/api/rooms')) as {
    rooms: { name: string; kind: string; topic: string }[];
  };
  const plans = rooms.find(({ name }) => name === 'Plans');
  expect(plans).toMatchObject({ kind: 'private', topic: 'For spring' });
  await plain.close();
});

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(`axe finds no violations, ${colorScheme}`, () => {
    test.use({ colorScheme });

    test('the views of rooms and people', async ({ ada, join }) => {
      await join('Bo');
      const desk = await addRoom(ada, 'Front desk');
      await ada.call('POST', `/api/rooms/${desk}/members`, { user: 'bo' });
      await ada.call('POST', '/api/direct', { users: ['bo'] });
      const found = async () => {
        const { violations } = await new AxeBuilder({ page: ada.page }).analyze();
        return violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => ({ id, target })));
      };
      for (const path of ['/browse', '/new-message', '/new-room']) {
        await ada.page.goto(path);
        await hydrated(ada.page);
        expect(await found(), path).toEqual([]);
      }
      await ada.page.goto('/new-message');
      await hydrated(ada.page);
      await ada.page.getByRole('combobox', { name: 'To' }).fill('b');
      await expect(ada.page.getByRole('option', { name: 'Bo' })).toBeVisible();
      expect(await found(), 'people to choose').toEqual([]);
      const room = await ada.enter('front-desk', 'Front desk');
      await room.about.click();
      await room.aboutPanel.getByRole('button', { name: 'Add people' }).click();
      expect(await found(), 'about a room').toEqual([]);
      await ada.page.keyboard.press('Escape');
      await expect(room.aboutPanel).toHaveCount(0);
      await ada.call('PATCH', `/api/rooms/${desk}`, { archived: true });
      await expect(ada.page.getByText('This room is archived.')).toBeVisible();
      expect(await found(), 'an archived room').toEqual([]);
    });
  });
}
