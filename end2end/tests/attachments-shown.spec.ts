import { choose, items, notes, picture } from '../attachments.ts';
import { expect, PASSWORD, test } from '../fixtures.ts';
import { hold, hydrated } from '../helpers.ts';
import { EntryPage } from '../pages/entry.ts';
import { RoomPage } from '../pages/room.ts';
import { png } from '../pictures.ts';

test('a picture takes its space before it arrives', async ({ ada }) => {
  const room = await ada.enter();
  await choose(ada.page, png('hills.png', 300, 700));
  await room.write('look');
  await expect(room.pending).toHaveCount(0);
  const message = room.message('look');
  await expect(picture(message, 'hills.png')).toHaveAttribute('src', /^\/previews\//);
  const release = await hold(ada.page, '**/previews/**');
  await ada.page.reload({ waitUntil: 'domcontentloaded' });
  await expect(room.connection).toHaveAttribute('data-state', 'current');
  const height = () => message.evaluate((row) => row.getBoundingClientRect().height);
  const before = await height();
  expect(before).toBeGreaterThan(320);
  release();
  const shown = picture(message, 'hills.png');
  await expect
    .poll(() => shown.evaluate((img) => (img as HTMLImageElement).naturalWidth))
    .toBe(300);
  expect(await height()).toBeCloseTo(before, 0);
});

test('a picture is described before it is sent, and read by its description', async ({
  ada,
  join,
}) => {
  const bo = await join('Bo');
  const theirs = await bo.enter();
  const room = await ada.enter();
  await choose(ada.page, png('IMG_20261129.png', 320, 200), notes);
  await expect(items(ada.page).filter({ hasText: 'IMG' })).toContainText('ready');
  await ada.page.bringToFront(); // Firefox gives the focus to one window alone
  const describe = ada.page.getByRole('button', { name: 'Describe' });
  await expect(describe).toHaveCount(1);
  await describe.click();
  const field = ada.page.getByRole('textbox', { name: 'Description of IMG_20261129.png' });
  await expect(field).toBeFocused();
  // One that does not fit is kept, and the message is not sent without it.
  await field.fill(`A lighthouse${'.'.repeat(1_000)}`);
  await expect(ada.page.getByText('12 characters too long')).toBeVisible();
  await ada.page.keyboard.press('Enter');
  await expect(field).toHaveAttribute('aria-invalid', 'true');
  await room.write('look');
  const fault = ada.page.getByRole('alert').filter({ hasText: 'does not fit' });
  await expect(fault).toBeVisible();
  await expect(field).toHaveValue(/^A lighthouse\.+$/);
  await field.fill('A lighthouse before a storm');
  await ada.page.keyboard.press('Enter');
  await expect(field).toHaveCount(0);
  await expect(describe).toBeFocused();
  await expect(items(ada.page).filter({ hasText: 'IMG' })).toContainText('described');
  await room.write('look');
  await expect(room.pending).toHaveCount(0);
  const shown = picture(theirs.message('look'), 'A lighthouse before a storm');
  await expect(shown).toBeVisible();
  await shown.click();
  const large = theirs.page.getByRole('dialog').getByRole('img', { name: 'A lighthouse' });
  await expect(large).toBeVisible();
});

test('a picture opens large, and keys lead through the others', async ({ ada, isMobile }) => {
  const room = await ada.enter();
  const names = ['one.png', 'two.png', 'three.png'];
  await choose(ada.page, ...names.map((name, i) => png(name, 320, 200, 90 * i)));
  await room.write('three pictures');
  await expect(room.pending).toHaveCount(0);
  const link = room.message('three pictures').getByRole('link', { name: 'two.png' });
  await link.focus();
  await ada.page.keyboard.press('Enter');
  const dialog = ada.page.getByRole('dialog');
  await expect(dialog).toHaveAccessibleName('Picture 2 of 3: two.png');
  await ada.page.keyboard.press('ArrowRight');
  await expect(dialog).toHaveAccessibleName('Picture 3 of 3: three.png');
  await ada.page.keyboard.press('Home');
  await expect(dialog).toHaveAccessibleName('Picture 1 of 3: one.png');
  const shown = dialog.getByRole('img', { name: 'one.png' });
  const width = async () => (await shown.boundingBox())!.width;
  await expect.poll(width).toBeGreaterThan(0); // once it is loaded
  const before = await width();
  await ada.page.keyboard.press('+');
  await expect.poll(width).toBeCloseTo(before * 1.5, -1);
  // What is larger than the window is moved by the arrows, and they do not leave it.
  for (let i = 0; i < 5; i++) await ada.page.keyboard.press('+');
  await expect.poll(width).toBeGreaterThan(before * 2);
  const left = () => dialog.locator('.viewer__stage').evaluate((stage) => stage.scrollLeft);
  const start = await left();
  await ada.page.keyboard.press('ArrowRight');
  await expect.poll(left).toBeGreaterThan(start);
  await ada.page.keyboard.press('ArrowLeft');
  await expect.poll(left).toBe(start);
  await expect(dialog).toHaveAccessibleName('Picture 1 of 3: one.png');
  await ada.page.keyboard.press('0');
  await expect.poll(width).toBeCloseTo(before, -1);
  await dialog.getByRole('button', { name: 'Next picture' }).click();
  await expect(dialog).toHaveAccessibleName('Picture 2 of 3: two.png');
  const download = dialog.getByRole('link', { name: 'Download' });
  await expect(download).toHaveAttribute('download', 'two.png');
  await ada.page.keyboard.press('Escape');
  await expect(dialog).toHaveCount(0);
  if (!isMobile) await expect(link).toBeFocused();
});

test('going back closes a picture and stays in the room', async ({ ada, isMobile }) => {
  const room = await ada.enter();
  const { page } = ada;
  await choose(page, png('hills.png', 320, 200));
  await room.write('look');
  await expect(room.pending).toHaveCount(0);
  await page.goto('/rooms');
  await hydrated(page);
  await room.link('general').click();
  const link = room.message('look').getByRole('link', { name: 'hills.png' });
  const dialog = page.getByRole('dialog');
  const open = async () => {
    await link.click();
    await expect(dialog.getByRole('img')).toBeVisible();
    // No tool stands out: whoever uses a mouse has chosen none.
    await expect(dialog).toBeFocused();
  };
  await open();
  await page.goBack();
  await expect(dialog).toHaveCount(0);
  await expect(page).toHaveURL('/rooms/general');
  await expect(room.message('look')).toBeVisible();
  if (!isMobile) await expect(link).toBeFocused();
  // Closed otherwise, it leaves nothing to go back to.
  await open();
  await page.keyboard.press('Escape');
  await expect(dialog).toHaveCount(0);
  await expect.poll(() => page.evaluate(() => history.state)).toBe(null);
  await open();
  await dialog.getByRole('button', { name: 'Close' }).click();
  await expect(dialog).toHaveCount(0);
  await expect.poll(() => page.evaluate(() => history.state)).toBe(null);
  // Nothing lies over the page after it was loaded again.
  await open();
  await page.reload();
  await hydrated(page);
  await expect.poll(() => page.evaluate(() => history.state)).toBe(null);
  await page.goBack();
  await expect(page).toHaveURL('/rooms');
  await page.goForward();
  await expect(room.message('look')).toBeVisible();
  // Two steps at once leave the room, and the picture with it.
  await open();
  await page.evaluate(() => history.go(-2));
  await expect(page).toHaveURL('/rooms');
  await expect(dialog).toHaveCount(0);
});

test('files are downloaded under their names, and played in place', async ({ ada }) => {
  const room = await ada.enter();
  const wav = Buffer.from(
    'UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAAZGF0YQAAAAA=',
    'base64',
  );
  await choose(
    ada.page,
    { ...notes, name: 'Protokoll für März.txt' },
    { name: 'sea.wav', mimeType: 'audio/wav', buffer: wav },
  );
  await room.write('two files');
  await expect(room.pending).toHaveCount(0);
  const message = room.message('two files');
  await expect(message.locator('audio')).toHaveAttribute('src', /sea\.wav$/);
  const [download] = await Promise.all([
    ada.page.waitForEvent('download'),
    message.getByRole('link', { name: 'Protokoll' }).click(),
  ]);
  expect(download.suggestedFilename()).toBe('Protokoll für März.txt');
});

test('hostile names stay text', async ({ ada }) => {
  const room = await ada.enter();
  const name = '<img src=x onerror=alert(1)>"\u202egnp.exe';
  await choose(ada.page, { ...notes, name });
  await expect(items(ada.page)).toContainText('<img src=x onerror=alert(1)>');
  await room.write('a strange one');
  await expect(room.pending).toHaveCount(0);
  const card = room.message('a strange one').getByRole('link');
  await expect(card).toContainText('<img src=x onerror=alert(1)>"gnp.exe');
  await expect(ada.page.locator('img[src=x]')).toHaveCount(0);
});

test('without JavaScript, files are seen and downloaded', async ({
  ada,
  browser,
  browserName,
}) => {
  test.skip(browserName === 'firefox', 'WebDriver BiDi does not switch scripts off yet');
  const room = await ada.enter();
  await choose(ada.page, png('plain.png', 200, 100), notes);
  await room.write('for everything');
  await expect(room.pending).toHaveCount(0);

  const plain = await browser.newContext({ javaScriptEnabled: false });
  const page = await plain.newPage();
  await page.goto('/sign-in');
  await new EntryPage(page).signIn('ada', PASSWORD);
  await page.goto('/rooms/general');
  const message = new RoomPage(page, 'general').message('for everything');
  await expect(picture(message, 'plain.png')).toBeVisible();
  await expect(message.getByRole('link', { name: 'plain.png' })).toHaveAttribute(
    'href',
    /^\/files\/.*plain\.png$/,
  );
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    message.getByRole('link', { name: 'notes.txt' }).click(),
  ]);
  expect(download.suggestedFilename()).toBe('notes.txt');
  await plain.close();
});

test('a thread has files of its own, and a quote names the file', async ({ ada }) => {
  const room = await ada.enter();
  await choose(ada.page, png('quoted.png', 60, 40));
  await room.send.click();
  await expect(room.pending).toHaveCount(0);
  const first = room.messages.first();
  await first.focus();
  await ada.page.keyboard.press('r');
  const bar = ada.page.getByRole('group', { name: 'Replying to Ada' });
  await expect(bar).toContainText('quoted.png');
  await room.write('this one');
  await expect(room.pending).toHaveCount(0);
  await expect(room.message('this one').getByRole('link', { name: 'In reply to' })).toContainText(
    'quoted.png',
  );
  await ada.page.reload();
  await expect(room.message('this one').getByRole('link', { name: 'In reply to' })).toContainText(
    'quoted.png',
  );
});
