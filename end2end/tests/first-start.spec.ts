import { expect, PASSWORD, test } from '../fixtures.ts';
import { EntryPage } from '../pages/entry.ts';
import { RoomPage } from '../pages/room.ts';

test('the first visitor becomes the owner and invites the second with a link', async ({
  page,
  entry,
  browser,
  complaints,
}) => {
  await page.goto('/');
  await expect(page).toHaveURL('/first-start');
  await expect(entry.heading('Make it yours')).toBeVisible();
  await entry.name.fill('Ada');
  await entry.username.fill('ada');
  await entry.password.fill(PASSWORD);
  await entry.button('Create owner account').click();

  await expect(page).toHaveURL('/rooms/general');
  const room = new RoomPage(page, 'general');
  await expect(room.invitation).toBeVisible();
  const link = await room.invitation.inputValue();
  expect(complaints).toEqual([]);

  const visitor = await browser.newContext();
  const theirs = new EntryPage(await visitor.newPage());
  await theirs.page.goto(link);
  await expect(theirs.heading('Ada invites you to Banter')).toBeVisible();
  await theirs.name.fill('Bo');
  await theirs.username.fill('bo');
  await theirs.password.fill(PASSWORD);
  await theirs.button('Join').click();
  await expect(theirs.page).toHaveURL('/rooms/general');
  await expect(new RoomPage(theirs.page, 'general').composer).toBeVisible();
  await visitor.close();
});

test('the first start happens only once', async ({ ada, browser }) => {
  const visitor = await browser.newContext();
  const page = await visitor.newPage();
  await page.goto('/first-start');
  await expect(page).toHaveURL('/sign-in');
  await visitor.close();
  await ada.page.goto('/first-start');
  await expect(ada.page).toHaveURL('/rooms/general');
});
