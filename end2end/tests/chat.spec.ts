import { expect, storeUnsent, test } from '../fixtures.ts';
import { RoomPage } from '../pages/room.ts';

test('two users exchange messages', async ({ ada, join }) => {
  const bo = await join('Bo');
  const hers = await ada.enter();
  const his = await bo.enter();

  await hers.write('Is the release out?');
  await expect(his.message('Is the release out?')).toContainText('Ada');
  await his.write('Since noon, and all is quiet');
  await expect(hers.message('Since noon, and all is quiet')).toContainText('Bo');

  for (const room of [hers, his]) {
    await expect(room.messages).toHaveCount(2);
    await expect(room.messages.first()).toContainText('Is the release out?');
    await expect(room.pending).toHaveCount(0);
  }
});

test('Enter sends on a desktop, Shift Enter inserts a line break', async ({ ada, isMobile }) => {
  test.skip(isMobile, 'on touch screens Enter breaks the line');
  const room = await ada.enter();
  await room.composer.fill('one line');
  await room.composer.press('Shift+Enter');
  await room.composer.pressSequentially('and another');
  await room.composer.press('Enter');
  await expect(room.messages).toHaveCount(1);
  await expect(room.messages).toContainText(/one line\s*and another/);
  await expect(room.composer).toHaveValue('');
});

test('markup in messages is shown as plain text', async ({ ada }) => {
  const room = await ada.enter();
  const text = '<img src=x onerror=alert(1)> & "quotes" </script>';
  await room.write(text);
  await expect(room.message(text)).toHaveCount(1);
  await expect(room.pending).toHaveCount(0);
  await ada.page.reload();
  await expect(room.message(text)).toHaveCount(1);
});

test('a reload shows all messages in order', async ({ ada }) => {
  const room = await ada.enter();
  const texts = ['first', 'second', 'third'];
  for (const text of texts) await room.write(text);
  await expect(room.messages).toHaveCount(3);
  await expect(room.pending).toHaveCount(0);

  await ada.page.reload();
  await expect(room.connection).toHaveAttribute('data-state', 'current');
  await expect(room.messages).toHaveCount(3);
  for (const [i, text] of texts.entries()) await expect(room.messages.nth(i)).toContainText(text);
});

test('a user who joins later sees earlier messages', async ({ ada, join }) => {
  const bo = await join('Bo');
  const hers = await ada.enter();
  const his = await bo.enter();
  await hers.write('We moved the demo to Friday');
  await expect(his.message('We moved the demo to Friday')).toBeVisible();
  await his.write('Works for me');
  await expect(hers.message('Works for me')).toBeVisible();

  const chen = await join('Chen');
  const theirs = await chen.enter();
  await expect(theirs.message('We moved the demo to Friday')).toBeVisible();
  await expect(theirs.message('Works for me')).toBeVisible();
  await theirs.write('For me too');
  for (const room of [hers, his]) await expect(room.message('For me too')).toHaveCount(1);
});

test('the focus moves to the composer', async ({ server, ada, isMobile }) => {
  const room = await ada.enter();
  await room.write('hello');
  await expect(room.composer).toBeFocused();
  test.skip(isMobile, 'the rest would bring a keyboard up');

  await storeUnsent(ada, [
    { text: 'refused one', failed: 'Not like this.' },
    { text: 'refused two', failed: 'Not like this.' },
  ]);
  await ada.page.reload();
  for (const [text, action] of [
    ['refused one', 'Discard'],
    ['refused two', 'Try again'],
  ] as const) {
    const message = room.message(text);
    await expect(message.getByRole('alert')).toContainText('Not sent. Not like this.');
    await message.getByRole('button', { name: action }).focus();
    await message.getByRole('button', { name: action }).press('Enter');
    await expect(message.getByRole('alert')).toHaveCount(0);
    await expect(room.composer).toBeFocused();
  }
  await expect(room.messages).toHaveText([/hello/, /refused two/]);

  await server.kill();
  const again = ada.page.getByRole('button', { name: 'Try now' });
  await again.focus();
  await again.press('Enter');
  await expect(room.composer).toBeFocused();
});

test('text has the direction of its language', async ({ ada }) => {
  const room = await ada.enter();
  await room.composer.fill('שלום, מה שלומך?');
  await expect(room.composer).toHaveCSS('direction', 'rtl');
  await room.send.click();
  await expect(room.message('שלום').getByText('שלום')).toHaveCSS('direction', 'rtl');
  await room.write('good, thanks');
  await expect(room.message('good').getByText('good')).toHaveCSS('direction', 'ltr');
});

test('habit 6: messages of one author are grouped, and days are those of the reader', async ({
  ada,
  join,
  browserName,
}) => {
  const bo = await join('Bo');
  const room = await ada.enter();
  const his = await bo.enter();
  for (const text of ['one', 'two']) await room.write(text);
  await expect(room.pending).toHaveCount(0);
  await his.write('three');
  await expect(room.messages).toHaveCount(3);
  const begins = (text: string) => expect(room.message(text));
  await begins('one').toHaveAttribute('data-first');
  await begins('two').not.toHaveAttribute('data-first');
  await begins('three').toHaveAttribute('data-first');
  await expect(room.list.getByText('Today')).toHaveCount(1);

  // For a reader a day ahead, the time is that of his place, rendered by the server or not.
  if (browserName === 'firefox') return; // WebDriver BiDi does not choose the time zone yet
  const context = await ada.page.context().browser()!.newContext({
    storageState: await ada.page.context().storageState(),
    timezoneId: 'Pacific/Kiritimati',
  });
  const page = await context.newPage();
  await page.goto(ada.page.url());
  const there = new RoomPage(page, 'general');
  await expect(there.connection).toHaveAttribute('data-state', 'current');
  await expect(there.list.getByText('Today')).toHaveCount(1);
  const time = there.message('one').locator('time');
  const expected = await time.evaluate((element: HTMLTimeElement) =>
    new Date(element.dateTime).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' }),
  );
  await expect(time).toContainText(expected);
  const here = await room.message('one').locator('time').textContent();
  expect(expected).not.toBe(here);
  await context.close();
});
