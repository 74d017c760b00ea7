import { expect, PASSWORD, test } from '../fixtures.ts';
import { EntryPage } from '../pages/entry.ts';
import { RoomPage } from '../pages/room.ts';

test.skip(
  ({ browserName }) => browserName === 'firefox',
  'WebDriver BiDi does not switch scripts off yet',
);

test('without JavaScript a user signs in, reads and signs out', async ({ ada, browser }) => {
  const hers = await ada.enter();
  await hers.write('readable by everything');
  await expect(hers.pending).toHaveCount(0);

  const plain = await browser.newContext({ javaScriptEnabled: false });
  const page = await plain.newPage();
  const entry = new EntryPage(page);
  await page.goto('/');
  await expect(page).toHaveURL('/sign-in');
  await entry.signIn('ada', 'not the password');
  await expect(entry.alert).toContainText('That name and password do not match.');
  await entry.signIn('ada', PASSWORD);

  await expect(page).toHaveURL('/rooms/general');
  const room = new RoomPage(page, 'general');
  await expect(room.message('readable by everything')).toBeVisible();
  if (await room.back.isVisible()) await room.back.click();
  await room.signOut.click();
  await expect(page).toHaveURL('/sign-in');
  await plain.close();
});

test('without JavaScript the first account is created', async ({ browser, server: _ }) => {
  const plain = await browser.newContext({ javaScriptEnabled: false });
  const page = await plain.newPage();
  const entry = new EntryPage(page);
  await page.goto('/');
  await entry.name.fill('Ada');
  await entry.username.fill('ada');
  await entry.password.fill(PASSWORD);
  await entry.button('Create owner account').click();
  await expect(page).toHaveURL('/rooms/general');
  await plain.close();
});
