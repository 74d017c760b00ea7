import { expect, invite, PASSWORD, test } from '../fixtures.ts';
import { EntryPage } from '../pages/entry.ts';
import { RoomPage } from '../pages/room.ts';

test('a user signs out and in again', async ({ ada, entry }) => {
  const room = await ada.enter();
  await showRooms(room);
  await room.signOut.click();
  await expect(ada.page).toHaveURL('/sign-in');
  await ada.page.goto('/rooms/general');
  await expect(ada.page).toHaveURL(/\/sign-in/);

  await entry.signIn('ada', PASSWORD);
  await expect(ada.page).toHaveURL('/rooms/general');
  await expect(room.composer).toBeVisible();
});

test('a wrong password is reported and the username kept', async ({ ada, browser }) => {
  const visitor = await browser.newContext();
  const entry = new EntryPage(await visitor.newPage());
  await entry.page.goto('/sign-in');
  await expect(entry.heading('Welcome back')).toBeVisible();
  await entry.signIn(ada.username, 'not the password');
  await expect(entry.alert).toContainText('That name and password do not match.');
  await expect(entry.username).toHaveValue('ada');
  await expect(entry.page).toHaveURL(/\/sign-in/);
  await visitor.close();
});

test('a taken username is reported', async ({ ada, browser }) => {
  const visitor = await browser.newContext();
  const entry = new EntryPage(await visitor.newPage());
  await entry.page.goto(`/join/${await invite(ada)}`);
  await entry.name.fill('Another Ada');
  await entry.username.fill('ada');
  await entry.password.fill(PASSWORD);
  await entry.button('Join').click();
  await expect(entry.page.getByText('“ada” is taken.')).toBeVisible();
  await expect(entry.username).toHaveAttribute('aria-invalid', 'true');

  await entry.username.fill('ada-b');
  await entry.password.fill(PASSWORD);
  await entry.button('Join').click();
  await expect(new RoomPage(entry.page, 'general').composer).toBeVisible();
  await visitor.close();
});

test('an invalid invitation is reported', async ({ ada, entry }) => {
  await ada.page.context().clearCookies();
  await ada.page.goto('/join/no-such-invitation');
  await expect(entry.heading(/invit/i)).toBeVisible();
  await expect(entry.button('Join')).toHaveCount(0);
});

/** On a phone the room list is a separate view. */
async function showRooms(room: RoomPage) {
  if (await room.back.isVisible()) await room.back.click();
}
