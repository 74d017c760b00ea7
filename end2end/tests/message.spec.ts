import { addRoom, expect, expectAsFresh, say, test } from '../fixtures.ts';
import { hydrated, lines } from '../helpers.ts';
import { RoomPage } from '../pages/room.ts';

test.use({ settings: { BANTER_RATE_LIMIT: 'off' } });

/** The id of a message, as it is in links. */
const idOf = (room: RoomPage, text: string) => room.message(text).getAttribute('data-id');

test('habit 17: an edit shows what it changed, to everybody', async ({ ada, join }) => {
  const bo = await join('Bo');
  const hers = await ada.enter();
  const his = await bo.enter();
  await his.write('The demo is on Thursday at noon');
  await expect(hers.messages).toHaveCount(1);
  for (const text of ['The demo is on Friday at noon', 'The demo is on Friday at one']) {
    await his.act('The demo', 'Edit');
    await his.composer.fill(text);
    await his.send.click();
    await expect(hers.message(text)).toContainText('edited');
  }

  await hers.message('The demo').getByRole('button', { name: 'edited' }).click();
  const dialog = hers.page.getByRole('dialog', { name: 'Edit history' });
  const versions = dialog.getByRole('listitem');
  await expect(versions).toHaveCount(3);
  await expect(dialog).toContainText('changed it twice');
  await expect(versions.nth(0)).toContainText('As it stands');
  await expect(versions.nth(0).locator('del')).toHaveText('noon');
  await expect(versions.nth(0).locator('ins')).toHaveText('one');
  await expect(versions.nth(1).locator('del')).toHaveText('Thursday');
  await expect(versions.nth(1).locator('ins')).toHaveText('Friday');
  await expect(versions.nth(2)).toContainText('First written');
  await expect(versions.nth(2)).toContainText('The demo is on Thursday at noon');

  // An open history follows.
  await his.act('The demo', 'Edit');
  await his.composer.fill('The demo is off');
  await his.send.click();
  await expect(versions).toHaveCount(4);
  await expect(versions.nth(0)).toContainText('off');
  await hers.page.keyboard.press('Escape');
  await expect(dialog).toHaveCount(0);
  await hers.act('The demo is off', 'Edit history');
  await expect(versions).toHaveCount(4);
  await dialog.getByRole('button', { name: 'Close' }).click();
  await expect(dialog).toHaveCount(0);
});

test('habit 17: a deletion can be undone, and nothing is sent before', async ({ ada, join }) => {
  const bo = await join('Bo');
  const hers = await ada.enter();
  const his = await bo.enter();
  await hers.write('by mistake');
  await hers.write('on purpose');
  await expect(his.messages).toHaveCount(2);
  const sent: string[] = [];
  await hers.page.exposeFunction('sentFrame', (frame: string) => void sent.push(frame));
  await hers.page.evaluate(() => {
    const send = WebSocket.prototype.send;
    WebSocket.prototype.send = function (data) {
      if (String(data).includes('chat_delete'))
        (window as unknown as { sentFrame: (frame: string) => void }).sentFrame(String(data));
      send.call(this, data);
    };
  });

  await hers.act('by mistake', 'Delete');
  const gone = hers.message('You deleted this message');
  await expect(gone).toHaveAttribute('data-state', 'deleting');
  await gone.getByRole('button', { name: 'Undo' }).click();
  await expect(hers.message('by mistake')).toHaveCount(1);
  expect(sent).toEqual([]);

  await hers.act('on purpose', 'Delete');
  await expect(gone.getByRole('button', { name: 'Undo' })).toBeVisible();
  expect(sent).toEqual([]);
  await expect(his.message('Ada deleted this message.')).toHaveCount(1);
  await expect(gone).toHaveAttribute('data-state', 'deleted');
  await expect(gone.getByRole('button', { name: 'Undo' })).toHaveCount(0);
  await expect(his.message('by mistake')).toHaveCount(1);
  expect(sent).toHaveLength(1);
  for (const room of [hers, his]) await expectAsFresh(room);
});

test('habit 17: leaving the page sends a deletion at once', async ({ ada, join }) => {
  const bo = await join('Bo');
  const hers = await ada.enter();
  const his = await bo.enter();
  await hers.writeAll(['one', 'two']);
  await expect(his.messages).toHaveCount(2);
  await expect(hers.pending).toHaveCount(0);
  await hers.act('one', 'Delete');
  await hers.page.reload();
  await expect(his.message('Ada deleted this message.')).toHaveCount(1, { timeout: 4_000 });
  await expect(hers.message('You deleted this message.')).toHaveCount(1);
  await hydrated(hers.page);
  await hers.act('two', 'Delete');
  await hers.page.goto('/healthz');
  await expect(his.message('Ada deleted this message.')).toHaveCount(2, { timeout: 4_000 });
});

test('habit 17: a new tab leaves a deletion to the tab that can undo it', async ({ ada, join }) => {
  const bo = await join('Bo');
  const hers = await ada.enter();
  const his = await bo.enter();
  await hers.write('by mistake');
  await expect(hers.pending).toHaveCount(0);
  await hers.act('by mistake', 'Delete');
  const gone = hers.message('You deleted this message');
  await expect(gone).toHaveAttribute('data-state', 'deleting');
  const tab = await ada.page.context().newPage();
  const second = new RoomPage(tab, 'general');
  await tab.goto('/rooms/general');
  await expect(second.connection).toHaveAttribute('data-state', 'current');
  await gone.getByRole('button', { name: 'Undo' }).dispatchEvent('click');
  for (const room of [hers, second]) await expect(room.message('by mistake')).toHaveCount(1);
  // What was written after it arrives after it.
  await second.write('and the next');
  await expect(his.message('and the next')).toHaveCount(1);
  await expect(his.message('by mistake')).toHaveCount(1);
});

test('habit 17: pins are marked, listed, and lead to their place', async ({ ada, join }) => {
  const bo = await join('Bo');
  await say(ada, 'general', ['The checklist', ...lines(120)]);
  const hers = await ada.enter();
  const his = await bo.enter();
  await hers.act('line 120.', 'Pin');
  for (const room of [hers, his])
    await expect(room.message('line 120.')).toContainText('Pinned by Ada');
  const button = his.page.getByRole('button', { name: 'pinned message' });
  await expect(button).toContainText('1');

  // Far up: pinned by its link.
  await expect(async () => {
    await his.scroller.evaluate((list) => list.scrollTo(0, -list.scrollHeight));
    await expect(his.message('The checklist')).toBeVisible({ timeout: 500 });
  }).toPass();
  await his.act('The checklist', 'Pin');
  await expect(button).toContainText('2');
  await expect(his.message('The checklist')).toContainText('Pinned by Bo');
  await hers.page.getByRole('button', { name: 'pinned message' }).click();
  const panel = hers.page.getByRole('complementary', { name: 'Pinned, general' });
  await expect(panel.getByRole('listitem')).toHaveCount(2);
  await expect(panel.getByRole('listitem').first()).toContainText('The checklist');
  await expect(panel.getByRole('listitem').first()).toContainText('Pinned by Bo');

  await panel.getByRole('listitem').first().getByRole('button', { name: 'Show in room' }).click();
  await expect(hers.message('The checklist')).toBeInViewport();
  await expect(hers.message('The checklist')).toHaveAttribute('aria-current', 'true');
  await hers.page.getByRole('button', { name: 'Back to where you were' }).click();
  await expect(hers.message('line 120.')).toBeInViewport();

  if (!(await panel.isVisible()))
    await hers.page.getByRole('button', { name: 'pinned message' }).click();
  await panel.getByRole('listitem').last().getByRole('button', { name: 'Unpin' }).click();
  await expect(panel.getByRole('listitem')).toHaveCount(1);
  await expect(button).toContainText('1');
  await expect(his.message('line 120.')).not.toContainText('Pinned');
  await expect(his.page.getByRole('button', { name: 'pinned message' })).toHaveCount(1);
});

test('habit 17: what is pinned offline is pinned when back online', async ({ server, ada }) => {
  const room = await ada.enter();
  await room.write('around noon');
  await expect(room.pending).toHaveCount(0);
  await server.kill();
  await expect(room.connection).toHaveAttribute('data-state', /connecting|offline/);
  await room.act('around noon', 'Pin');
  await expect(room.message('around noon')).toContainText('Pinned by Ada');
  await server.start();
  await expect(room.connection).toHaveAttribute('data-state', 'current', { timeout: 30_000 });
  await expect(ada.page.getByRole('button', { name: 'pinned message' })).toContainText('1');
  await expectAsFresh(room);
});

test('habit 12: a copied link opens the message in its context, marked and unread', async ({
  ada,
  join,
  browserName,
}) => {
  const bo = await join('Bo');
  const hers = await ada.enter();
  await say(bo, 'general', ['seen already']);
  await expect(hers.message('seen already')).toBeVisible();
  await expect(ada.page).toHaveTitle('general · Banter');
  await ada.page.goto('/new-room');
  await say(bo, 'general', lines(90));
  const his = await bo.enter();
  await his.scroller.evaluate((list) => list.scrollTo(0, -list.scrollHeight));
  await expect(his.message('line 40.')).toBeAttached();
  const link = `/m/${await idOf(his, 'line 40.')}`;
  if (browserName === 'chromium') {
    await bo.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await his.act('line 40.', 'Copy link');
    await expect(bo.page.getByRole('status').filter({ hasText: 'Link copied' })).toBeVisible();
    const copied = await bo.page.evaluate(() => navigator.clipboard.readText());
    expect(new URL(copied).pathname).toBe(link);
  }

  await ada.page.goto(link);
  await expect(hers.message('line 40.')).toBeInViewport();
  await expect(hers.message('line 39.')).toBeInViewport();
  await expect(hers.message('line 40.')).toHaveAttribute('data-linked', '');
  await expect(hers.connection).toHaveAttribute('data-state', 'current');
  await expect(ada.page, 'nothing is read').toHaveTitle('• general · Banter');
  const { rooms } = await (
    await ada.page.request.get('/api/rooms', {
      headers: { authorization: `Bearer ${ada.token}` },
    })
  ).json();
  expect(rooms.find(({ slug }: { slug: string }) => slug === 'general').unread).toBe(90);
  await ada.page.getByRole('button', { name: 'Jump to latest' }).click();
  await expect(ada.page).toHaveTitle('general · Banter');
});

test('habit 7: a message is unread from here, on all devices, until it is opened again', async ({
  ada,
  join,
  device,
}) => {
  await addRoom(ada, 'Front desk');
  const bo = await join('Bo');
  const hers = await ada.enter('front-desk', 'Front desk');
  const his = await bo.enter('front-desk', 'Front desk');
  await his.writeAll(['one', 'two', 'three for @ada']);
  await expect(hers.message('three')).toBeVisible();
  await expect(ada.page).toHaveTitle('Front desk · Banter');
  const elsewhere = await device(ada);
  const general = await elsewhere.enter();
  await expect(general.page).toHaveTitle('general · Banter');

  await hers.act('two', 'Mark unread from here');
  await expect(hers.newLine.locator('xpath=following-sibling::li[1]')).toContainText('two');
  for (const page of [hers.page, general.page]) await expect(page).toHaveTitle(/^\(1\) /);
  await his.write('four');
  await expect(hers.message('four')).toBeVisible();
  await expect(hers.page, 'it stays unread in view').toHaveTitle(/^\(1\) /);
  await hers.page.reload();
  await expect(hers.newLine.locator('xpath=following-sibling::li[1]')).toContainText('two');
  for (const page of [hers.page, general.page])
    await expect(page).toHaveTitle(/^(Front desk|general) · Banter$/);
});

test('habit 7: Escape right after entering makes a room unread again', async ({
  ada,
  join,
  isMobile,
}) => {
  test.skip(isMobile, 'there is no Escape key');
  await addRoom(ada, 'Front desk');
  const bo = await join('Bo');
  const his = await bo.enter('front-desk', 'Front desk');
  const desk = await ada.enter('front-desk', 'Front desk');
  await his.write('seen already');
  await expect(desk.message('seen already')).toBeVisible();
  await expect(ada.page).toHaveTitle('Front desk · Banter');
  await desk.goTo('general');
  await his.write('new one');
  await expect(ada.page).toHaveTitle('• general · Banter');
  await desk.goTo('Front desk');
  await expect(ada.page).toHaveTitle('Front desk · Banter');
  await ada.page.keyboard.press('Escape');
  await expect(ada.page).toHaveTitle('• Front desk · Banter');
  await expect(ada.page.getByText('Put back: it is unread again')).toBeVisible();
  await desk.goTo('general');
  await expect(ada.page).toHaveTitle('• general · Banter');
  await ada.page.reload();
  await hydrated(ada.page);
  await expect(ada.page).toHaveTitle('• general · Banter');
});

test('habit 8: title and badge count mentions and direct messages, cleared everywhere', async ({
  ada,
  join,
  device,
}) => {
  const bo = await join('Bo');
  await addRoom(ada, 'Front desk');
  await ada.page.addInitScript(() => {
    const badge = (value: unknown) => {
      document.documentElement.dataset.badge = String(value);
      return Promise.resolve();
    };
    Object.assign(navigator, {
      setAppBadge: (count?: number) => badge(count ?? 'dot'),
      clearAppBadge: () => badge('none'),
    });
  });
  const { page } = ada;
  await page.goto('/rooms/general');
  await hydrated(page);
  const elsewhere = await device(ada);
  await elsewhere.enter();
  const badge = page.locator('html');
  await expect(badge).toHaveAttribute('data-badge', 'none');
  await say(ada, 'front-desk', ['hello']);
  const bos = await bo.enter('front-desk', 'Front desk');
  await bos.write('for everybody');
  await expect(badge).toHaveAttribute('data-badge', 'dot');
  await expect(page).toHaveTitle('• general · Banter');
  const direct = await bo.page.request.post('/api/direct', {
    headers: { authorization: `Bearer ${bo.token}` },
    data: { users: ['ada'] },
  });
  const { id } = await direct.json();
  await say(bo, id, ['one', 'two']);
  for (const each of [page, elsewhere.page])
    await expect(each).toHaveTitle('(2) general · Banter');
  await expect(badge).toHaveAttribute('data-badge', '2');
  await elsewhere.page.goto(`/rooms/${id}`);
  await expect(page).toHaveTitle('• general · Banter');
  await expect(badge).toHaveAttribute('data-badge', 'dot');
});
