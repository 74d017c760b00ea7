import { expect, say, test } from '../fixtures.ts';

test.skip(({ browserName }) => browserName === 'firefox', 'WebDriver BiDi does not print yet');

test.use({ settings: { BANTER_RATE_LIMIT: 'off' } });

test('print shows the messages and nothing to press', async ({ ada, join }) => {
  const bo = await join('Bo');
  const his = await bo.enter();
  await his.write('Printed, @ada?');
  const room = await ada.enter();
  const lines = Array.from({ length: 40 }, (_, i) => `line ${i + 1}.\nand its end`);
  await say(ada, 'general', lines);
  await expect(room.message('line 40.')).toBeVisible();
  await room.members.click();
  await expect(room.panel).toBeVisible();
  await ada.page.emulateMedia({ media: 'print' });
  for (const width of [1000, 700]) {
    await ada.page.setViewportSize({ width, height: 900 });
    for (const text of ['Printed, @ada?', 'line 1.', 'line 40.'])
      await expect(room.message(text), `at ${width} pixels`).toBeVisible();
    const { inner, outer } = await room.scroller.evaluate((list) => ({
      inner: list.scrollHeight,
      outer: list.clientHeight,
    }));
    expect(outer, 'the list is as high as its content').toBe(inner);
    await expect(ada.page.getByRole('heading', { level: 2, name: 'general' })).toBeVisible();
    for (const part of [room.rooms, room.composer, room.panel, room.members, room.back])
      await expect(part, `at ${width} pixels`).toBeHidden();
    // The author of a message and its reactions are buttons that say something.
    const buttons = ada.page.locator('button:visible:not(.reaction, [data-person]), a:visible');
    await expect(buttons).toHaveCount(0);
  }
});
