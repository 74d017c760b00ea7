import { expect, expectAsFresh, test } from '../fixtures.ts';
import { RoomPage } from '../pages/room.ts';

const RECONNECTED = { timeout: 40_000 };

test('messages and edits of a closed tab are sent by another tab', async ({
  server,
  ada,
  join,
}) => {
  test.slow();
  const bo = await join('Bo');
  const his = await bo.enter();
  const one = await ada.enter();
  await one.write('to be edited');
  const second = await ada.page.context().newPage();
  const two = new RoomPage(second, 'general');
  await second.goto('/rooms/general');
  await expect(two.connection).toHaveAttribute('data-state', 'current');

  await server.kill();
  await expect(two.connection).toHaveAttribute('data-state', /connecting|offline/);
  await two.write('from the second tab');
  await one.write('from the first tab');
  await two.act('to be edited', 'Edit');
  await two.write('edited in the second tab');
  for (const room of [one, two]) {
    await expect(room.message('edited in the second tab')).toHaveCount(1);
    await expect(room.pending).toHaveCount(2);
    await expect(room.message('from the second tab')).toHaveCount(1);
  }
  await second.close();
  await server.start();
  await expect(one.pending).toHaveCount(0, RECONNECTED);
  await expect(his.message('from the second tab')).toHaveCount(1, RECONNECTED);
  await expect(his.message('from the first tab')).toHaveCount(1);
  await expect(his.message('edited in the second tab')).toHaveCount(1, RECONNECTED);
  await expect(his.messages).toHaveCount(3);
  await expectAsFresh(one);
  await expectAsFresh(his);
});

test('two tabs send each message once', async ({ ada }) => {
  const one = await ada.enter();
  const second = await ada.page.context().newPage();
  const two = new RoomPage(second, 'general');
  await second.goto('/rooms/general');
  await expect(two.connection).toHaveAttribute('data-state', 'current');
  for (let i = 1; i <= 5; i++) {
    await one.write(`one ${i}`);
    await two.write(`two ${i}`);
  }
  for (const room of [one, two]) {
    await expect(room.messages).toHaveCount(10);
    await expect(room.pending).toHaveCount(0);
    await expectAsFresh(room);
  }
});

test('writing in one tab does not scroll another', async ({ server, ada }) => {
  const one = await ada.enter();
  await one.writeAll(Array.from({ length: 12 }, (_, i) => `message ${i + 1}.\n\n\n\nand its end`));
  await expect(one.pending).toHaveCount(0, { timeout: 30_000 });
  const second = await ada.page.context().newPage();
  const two = new RoomPage(second, 'general');
  await second.goto('/rooms/general');
  await expect(two.connection).toHaveAttribute('data-state', 'current');
  await two.message('message 2.').evaluate((row) => row.scrollIntoView());
  await expect(second.getByRole('button', { name: 'Jump to latest' })).toBeVisible();
  await server.kill(); // the other tab is then the only source of the message
  await expect(one.connection).toHaveAttribute('data-state', /connecting|offline/);
  await one.write('from the first tab');
  await expect(two.message('from the first tab')).toHaveCount(1);
  await expect(two.message('message 2.')).toBeInViewport();
  await expect(second.getByRole('button', { name: 'Jump to latest' })).toBeVisible();
  await two.write('from the second tab');
  await expect(two.message('from the second tab')).toBeInViewport();
});
