import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { addRoom, expect, say, type TestUser, test } from '../fixtures.ts';
import { hydrated, lines } from '../helpers.ts';
import { RoomPage } from '../pages/room.ts';
import { openThread, ThreadPanel } from '../pages/thread.ts';

test.use({ settings: { BANTER_RATE_LIMIT: 'off' } });

/** Makes two rooms of Bo's in which Ada has unread messages, the second of which mentions her. */
async function unreadRooms(ada: TestUser, bo: TestUser) {
  for (const name of ['Design', 'Release']) {
    const id = await addRoom(ada, name);
    await say(ada, id, ['the first word']);
    await say(bo, id, ['a second word']);
  }
  await ada.page.goto('/rooms');
  for (const slug of ['design', 'release']) {
    const room = await ada.enter(slug, slug === 'design' ? 'Design' : 'Release');
    await expect(room.message('a second word')).toBeVisible();
  }
  await expect(ada.page).toHaveTitle('Release · Banter');
  await ada.enter();
  await say(bo, 'design', lines(12));
  await say(bo, 'release', ['nothing yet', 'could you look, @ada?']);
}

const sections = (page: Page) => page.locator('section.unread');

test('habit 8: everything unread is worked off by keys, and can be put back', async ({
  ada,
  join,
  isMobile,
}) => {
  test.skip(isMobile, 'there is no keyboard');
  const bo = await join('Bo');
  await unreadRooms(ada, bo);
  const { page } = ada;
  await page.bringToFront(); // Firefox focuses nothing elsewhere
  await page.goto('/unread');
  await hydrated(page);
  await expect(page).toHaveTitle('(1) Unread · Banter');
  await expect(sections(page)).toHaveCount(2);
  await expect(sections(page).first()).toContainText('could you look, @ada?');
  await expect(sections(page).nth(1).getByRole('listitem')).toHaveCount(5);
  await expect(sections(page).nth(1)).toContainText('7 more');
  await expect(sections(page).first()).toHaveAttribute('data-active', '');

  await page.keyboard.press('n');
  await expect(sections(page).first()).toBeFocused();
  await page.keyboard.press('n');
  await expect(sections(page).nth(1)).toBeFocused();
  await page.keyboard.press('m');
  await expect(sections(page)).toHaveCount(1);
  await expect(sections(page).first()).toHaveAttribute('aria-label', 'Release');
  await page.keyboard.press('m');
  await expect(page.getByRole('heading', { name: 'All read' })).toBeVisible();
  await expect(page.getByText(/The last one was Bo in Release/)).toBeVisible();
  await expect(page).toHaveTitle('Unread · Banter');
  await page.keyboard.press('z');
  await expect(sections(page)).toHaveCount(1);
  await page.keyboard.press('z');
  await expect(sections(page)).toHaveCount(2);
  await page.reload();
  await hydrated(page);
  await expect(sections(page)).toHaveCount(2);
  await expect(page).toHaveTitle('(1) Unread · Banter');

  await page.keyboard.press('Enter');
  await expect(page).toHaveURL('/rooms/release');
  await expect(new RoomPage(page, 'Release').newLine).toBeVisible();
});

test('unread messages are shown after many of one\'s own', async ({ ada, join }) => {
  const bo = await join('Bo');
  const id = await addRoom(ada, 'Design');
  await say(bo, id, ['the first word']);
  const room = await ada.enter('design', 'Design');
  await expect(room.message('the first word')).toBeVisible();
  await say(ada, id, lines(12));
  await say(bo, id, ['at last']);
  await expect(room.message('at last')).toBeVisible();
  await room.act('the first word', 'Mark unread from here');
  await ada.page.goto('/unread');
  await expect(sections(ada.page).getByRole('listitem')).toHaveText([/the first word/, /at last/]);
});

test('habit 8: "why is this unread?" leads to the message and reads nothing', async ({
  ada,
  join,
}) => {
  const bo = await join('Bo');
  await unreadRooms(ada, bo);
  const { page } = ada;
  await page.goto('/unread');
  await hydrated(page);
  const release = page.getByRole('region', { name: 'Release' });
  await release.getByText('Why is this unread?').click();
  await expect(release).toContainText(/Bo wrote this: \d\d:\d\d\./);
  await expect(release).toContainText(/You read up to Bo, \d\d:\d\d\./);
  await release.getByRole('button', { name: 'Show in room' }).click();
  await expect(page).toHaveURL('/rooms/release');
  const room = new RoomPage(page, 'Release');
  await expect(room.message('nothing yet')).toHaveAttribute('aria-current', 'true');
  await expect(room.message('nothing yet')).toBeInViewport();
  await expect(page, 'nothing is read').toHaveTitle('(1) Release · Banter');
});

test('habit 8: the view follows what arrives and what is read elsewhere', async ({
  ada,
  join,
  device,
}) => {
  const bo = await join('Bo');
  await unreadRooms(ada, bo);
  const { page } = ada;
  await page.goto('/unread');
  await hydrated(page);
  await expect(sections(page)).toHaveCount(2);
  await say(bo, 'general', ['and now this']);
  await expect(sections(page)).toHaveCount(3);
  await expect(sections(page).last()).toContainText('and now this');
  const elsewhere = await device(ada);
  await elsewhere.enter();
  await expect(sections(page)).toHaveCount(2);
  await page.getByRole('radio', { name: 'To you' }).check({ force: true });
  await expect(sections(page)).toHaveCount(1);
  await page.getByRole('radio', { name: 'All' }).check({ force: true });
  await page.getByRole('button', { name: 'Mark all read' }).click();
  await expect(page.getByRole('heading', { name: 'All read' })).toBeVisible();
  // What was read together comes back together.
  await page.getByRole('button', { name: 'Put back the last one' }).click();
  await expect(sections(page)).toHaveCount(2);
});

test('habit 8: unread replies of threads are worked off like rooms', async ({
  ada,
  join,
  isMobile,
}) => {
  test.skip(isMobile, 'there is no keyboard');
  const bo = await join('Bo');
  const { page } = ada;
  const room = await ada.enter();
  await room.write('Where do we eat?');
  await expect(room.pending).toHaveCount(0);
  const his = await bo.enter();
  const thread = await openThread(his, 'Where do we eat?');
  await thread.write('At the harbour');
  await thread.write('or in the park, @ada?');
  await expect(thread.pending).toHaveCount(0);
  await page.bringToFront(); // Firefox focuses nothing elsewhere
  await page.goto('/unread');
  await hydrated(page);
  const section = page.getByRole('region', { name: 'Where do we eat?' });
  await expect(section).toContainText('thread in general');
  await expect(section).toContainText('1 to you');
  await expect(section.getByRole('listitem')).toHaveText([/At the harbour/, /in the park/]);
  await page.getByRole('radio', { name: 'Threads' }).check({ force: true });
  await expect(sections(page)).toHaveCount(1);

  await page.keyboard.press('m');
  await expect(page.getByRole('heading', { name: 'All read' })).toBeVisible();
  await expect(page).toHaveTitle('Unread · Banter');
  await page.keyboard.press('z');
  await expect(section).toContainText('1 to you');
  await page.reload();
  await hydrated(page);
  await expect(section.getByRole('listitem')).toHaveCount(2);

  await section.getByText('Why is this unread?').click();
  await expect(section).toContainText('You have read nothing here before.');
  await section.getByRole('button', { name: 'Show in room' }).click();
  const panel = new ThreadPanel(page);
  await expect(page).toHaveURL(/\/rooms\/general/);
  await expect(panel.message('At the harbour')).toHaveAttribute('aria-current', 'true');
});

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(`axe finds no violations, ${colorScheme}`, () => {
    test.use({ colorScheme });

    test('the menu, the history, the pins and everything unread', async ({ ada, join }) => {
      const bo = await join('Bo');
      await unreadRooms(ada, bo);
      const { page } = ada;
      const room = new RoomPage(page, 'general');
      await room.write('Lunch at noon?');
      await expect(room.pending).toHaveCount(0);
      await room.act('Lunch', 'Pin');
      await room.act('Lunch', 'Edit');
      await room.composer.fill('Lunch at one?');
      await room.send.click();
      await expect(room.message('Lunch at one?')).toContainText('edited');
      await room.action('Lunch at one?', 'Delete');
      await expectAccessible(page);
      await room.act('Lunch at one?', 'Edit history');
      await expect(page.getByRole('dialog').getByRole('listitem')).toHaveCount(2);
      await expectAccessible(page);
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: 'pinned message' }).click();
      await expect(page.getByRole('complementary').getByRole('listitem')).toHaveCount(1);
      await expectAccessible(page);
      await page.goto('/rooms/general');
      await room.act('Lunch at one?', 'Delete');
      await expect(page.getByRole('button', { name: 'Undo' })).toBeVisible();
      await expectAccessible(page);
      await page.goto('/unread');
      await hydrated(page);
      await expect(sections(page)).toHaveCount(2);
      await page.getByText('Why is this unread?').first().click();
      await expect(page.getByText(/You read up to/)).toBeVisible();
      await expectAccessible(page);
      await page.getByRole('button', { name: 'Mark all read' }).click();
      await expect(page.getByRole('heading', { name: 'All read' })).toBeVisible();
      await expectAccessible(page);
    });
  });
}

async function expectAccessible(page: Page) {
  await hydrated(page);
  const { violations } = await new AxeBuilder({ page }).analyze();
  const found = violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => ({ id, target, failureSummary })),
  );
  expect(found, page.url()).toEqual([]);
}
