import { expect, expectAsFresh, storeUnsent, test } from '../fixtures.ts';

test('a frozen page catches up when it resumes', async ({
  server,
  ada,
  join,
  browserName,
}) => {
  test.skip(browserName === 'firefox', 'only Chromium freezes a page on request');
  test.slow();
  const bo = await join('Bo');
  const hers = await ada.enter();
  const his = await bo.enter();
  await his.write('before');
  await expect(hers.message('before')).toBeVisible();
  const devtools = await ada.page.context().newCDPSession(ada.page);
  await devtools.send('Page.setWebLifecycleState', { state: 'frozen' });
  for (let i = 1; i <= 3; i++) await his.write(`frozen ${i}`);
  await expect(his.pending).toHaveCount(0);
  await server.kill();
  await server.start();
  await his.write('after a restart');
  await expect(his.pending).toHaveCount(0, { timeout: 30_000 });
  await his.act('frozen 2', 'React with eyes');
  await devtools.send('Page.setWebLifecycleState', { state: 'active' });
  await expect(hers.message('after a restart')).toBeVisible({ timeout: 30_000 });
  await expect(hers.reactions('frozen 2')).toHaveText(['👀1']);
  await expect(hers.messages).toHaveCount(5);
  await expectAsFresh(hers);
});

test('after a network outage both sides have all messages', async ({
  ada,
  join,
  browserName,
}) => {
  test.skip(browserName === 'firefox', 'WebDriver BiDi cannot disconnect the network yet');
  test.slow();
  const bo = await join('Bo');
  const hers = await ada.enter();
  const his = await bo.enter();
  await his.write('before');
  await expect(hers.message('before')).toBeVisible();
  await ada.page.context().setOffline(true);
  await ada.page.evaluate(() => window.dispatchEvent(new Event('online'))); // triggers a ping
  await expect(hers.connection).toHaveAttribute('data-state', 'offline', { timeout: 60_000 });
  await hers.write('written without a network');
  await his.write('written during the outage');
  await his.act('before', 'React with thumbs up');
  await expect(hers.pending).toHaveCount(1);
  await expect(hers.page.getByText('Next try')).toBeVisible();
  await ada.page.context().setOffline(false);
  for (const room of [hers, his]) {
    await expect(room.messages).toHaveCount(3, { timeout: 30_000 });
    await expect(room.reactions('before')).toHaveText(['👍1']);
    await expectAsFresh(room);
  }
});

test('typing is shown to others for a while', async ({ ada, join }) => {
  const bo = await join('Bo');
  const hers = await ada.enter();
  const his = await bo.enter();
  await his.composer.pressSequentially('hm');
  await expect(hers.page.getByText('Bo is typing')).toBeVisible();
  await expect(his.page.getByText('Bo is typing')).toHaveCount(0);
  await his.write('here it is');
  await expect(hers.message('here it is')).toBeVisible();
  await expect(hers.page.getByText('Bo is typing')).toHaveCount(0);
});

test('messages that other tabs stored while a page was frozen are sent in order', async ({
  ada,
}) => {
  const room = await ada.enter();
  const at = (second: number) => new Date(1_800_000_000_000 + second * 1_000).toISOString();
  // The storage returns them in random order; with so many, the right one is unlikely by chance.
  const order = [5, 2, 7, 0, 6, 3, 1, 4];
  await storeUnsent(
    ada,
    order.map((i) => ({ text: `left behind ${i}`, written_at: at(i) })),
  );
  // Browsers dispatch this event to the document only; freezing on request dispatches none.
  await ada.page.evaluate(() => document.dispatchEvent(new Event('resume')));
  const written = order.map((_, i) => new RegExp(`left behind ${i}`));
  await expect(room.messages).toHaveText(written);
  await expect(room.pending).toHaveCount(0, { timeout: 30_000 });
  await expect(room.messages).toHaveText(written);
});
