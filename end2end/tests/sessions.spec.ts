import { expect, test } from '../fixtures.ts';

test('a page of another user reloads and sends nothing under the new account', async ({
  server,
  ada,
  join,
}) => {
  const bo = await join('Bo');
  const room = await ada.enter();
  const hers = await ada.page.context().cookies();
  // Bo signs in beside Ada's open page: the cookie now belongs to his session.
  await ada.page.context().addCookies(await bo.page.context().cookies());
  await server.kill();
  await expect(room.connection).toHaveAttribute('data-state', /connecting|offline/);
  await room.write('from Ada');
  await expect(room.pending).toHaveCount(1);

  await server.start();
  await expect(room.rooms.getByText('Bo', { exact: true })).toBeAttached({ timeout: 30_000 });
  await expect(room.connection).toHaveAttribute('data-state', 'current', { timeout: 30_000 });
  await expect(room.messages).toHaveCount(0);

  await ada.page.context().addCookies(hers);
  await ada.page.reload();
  await expect(room.message('from Ada')).toContainText('Ada');
  await expect(room.pending).toHaveCount(0);
});

test('a page in the back-forward cache disconnects and reconnects', async ({ ada }) => {
  const [socket, room] = await Promise.all([ada.page.waitForEvent('websocket'), ada.enter()]);
  const closed = socket.waitForEvent('close');
  // The events of a browser with a back-forward cache; Playwright's browsers have none.
  await ada.page.evaluate(() => window.dispatchEvent(new Event('pagehide')));
  await closed;
  const again = ada.page.waitForEvent('websocket');
  await ada.page.evaluate(() => window.dispatchEvent(new Event('pageshow')));
  await again;
  await expect(room.connection).toHaveAttribute('data-state', 'current');
  await room.write('here again');
  await expect(room.pending).toHaveCount(0);
});

test('signing out opens its target although the server closes the connection first', async ({
  ada,
}) => {
  // No pause before the next connection attempt.
  await ada.page.addInitScript(() => (Math.random = () => 0));
  let tried = false;
  const [socket, room] = await Promise.all([ada.page.waitForEvent('websocket'), ada.enter()]);
  await ada.page.route('**/sign-out', async (route) => {
    const closed = socket.isClosed() || socket.waitForEvent('close');
    const response = await route.fetch({ maxRedirects: 0 });
    await closed;
    tried = await ada.page.waitForRequest('**/ws/ticket', { timeout: 1_000 }).then(
      () => true,
      () => false,
    );
    await route.fulfill({ response });
  });
  if (await room.back.isVisible()) await room.back.click();
  await room.signOut.click();
  await expect(ada.page).toHaveURL('/sign-in');
  expect(tried, 'the old page tries to connect').toBe(false);
});
