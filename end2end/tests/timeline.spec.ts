import type { Locator } from '@playwright/test';
import { addRoom, expect, say, test } from '../fixtures.ts';
import { lines } from '../helpers.ts';
import { RoomPage } from '../pages/room.ts';

/** The largest number of rows in the list: messages, dates and the line above new messages. */
const MAX_ROWS = 300;

test.use({ settings: { BANTER_RATE_LIMIT: 'off' } });

/** The rows of a list, and where it is scrolled to. */
async function view(scroller: Locator) {
  return scroller.evaluate((list) => {
    const frame = list.getBoundingClientRect();
    const rows = [...list.querySelectorAll<HTMLElement>('li[data-seq]')];
    const first = rows.find((row) => row.getBoundingClientRect().bottom > frame.top + 1)!;
    return {
      count: list.querySelectorAll('li:not(.reactions li)').length,
      seqs: rows.map((row) => Number(row.dataset.seq)),
      first: Number(first.dataset.seq),
      top: first.getBoundingClientRect().top,
    };
  });
}

test('a long room is read to its beginning and back on a light page', async ({
  ada,
  join,
  browserName,
  isMobile,
}) => {
  test.setTimeout(180_000);
  // Rows are dropped and loaded many times in any case; the largest room is read in one project.
  const count = browserName === 'chromium' && !isMobile ? 4_000 : 1_000;
  const bo = await join('Bo');
  await say(ada, 'general', lines(count));
  const room = await ada.enter();
  await expect(room.message(`line ${count}.`)).toBeVisible();
  expect((await view(room.scroller)).count).toBeLessThan(150);

  const read = async (towards: 'start' | 'end') => {
    const goal = towards === 'start' ? 1 : count;
    const edge = (seqs: number[]) => (towards === 'start' ? seqs[0]! : seqs.at(-1)!);
    for (let now = await view(room.scroller); edge(now.seqs) !== goal; ) {
      // Scrolls within the rendered rows, so that the row at the edge of the view stays.
      await room.scroller.evaluate(
        (list, up) => list.scrollBy(0, (up ? -0.9 : 0.9) * list.clientHeight),
        towards === 'start',
      );
      const before = edge(now.seqs);
      now = await view(room.scroller);
      const isNear = towards === 'start' ? now.first - before < 20 : before - now.first < 40;
      if (!isNear || before === goal) continue;
      // The row in view stays where it is while others are loaded and dropped.
      await expect.poll(async () => edge((await view(room.scroller)).seqs)).not.toBe(before);
      const after = await room.scroller.evaluate((list, seq) => {
        const row = list.querySelector(`[data-seq='${seq}']`)!;
        return {
          count: list.querySelectorAll('li:not(.reactions li)').length,
          top: row.getBoundingClientRect().top,
        };
      }, now.first);
      expect(Math.abs(after.top - now.top), `row ${now.first}`).toBeLessThanOrEqual(1);
      expect(after.count).toBeLessThanOrEqual(MAX_ROWS);
      now = await view(room.scroller);
      const { seqs } = now;
      expect(seqs, 'no gap').toEqual(seqs.map((_, i) => seqs[0]! + i));
    }
  };
  await read('start');
  await expect(ada.page.getByText('This is where general begins.')).toBeVisible();

  await say(bo, 'general', ['arrived meanwhile']);
  await expect(ada.page.getByRole('button', { name: '1 new message' })).toBeVisible();
  await room.write('back at the end');
  await expect(room.message('back at the end')).toBeInViewport();
  await expect(room.message('arrived meanwhile')).toBeInViewport();
  expect((await view(room.scroller)).count).toBeLessThanOrEqual(MAX_ROWS);
});

test('scrolling down again loads what was dropped', async ({ ada }) => {
  test.setTimeout(120_000);
  await say(ada, 'general', lines(800));
  const room = await ada.enter();
  const scroll = async (up: boolean, until: string) => {
    await expect
      .poll(
        async () => {
          await room.scroller.evaluate(
            (list, up) => list.scrollBy(0, (up ? -2 : 2) * list.clientHeight),
            up,
          );
          const { count, seqs } = await view(room.scroller);
          expect(count).toBeLessThanOrEqual(MAX_ROWS);
          expect(seqs, 'no gap').toEqual(seqs.map((_, i) => seqs[0]! + i));
          return room.message(until).evaluateAll(
            (rows) => !!rows[0] && rows[0].getBoundingClientRect().top < innerHeight - 100,
          );
        },
        { timeout: 60_000, intervals: [20] },
      )
      .toBe(true);
  };
  await scroll(true, 'line 1.');
  await scroll(false, 'line 800.');
  await room.scroller.evaluate((list) => list.scrollTo(0, 0));
  await expect(ada.page.getByRole('button', { name: 'Jump to latest' })).toHaveCount(0);
});

test('a typing signal and a message do not touch the other rows', async ({ ada, join }) => {
  const bo = await join('Bo');
  const his = await bo.enter();
  const hers = await ada.enter();
  await say(bo, 'general', lines(60));
  await expect(hers.message('line 60.')).toBeVisible();
  await hers.list.evaluate((list) => {
    const record = { changed: [] as string[] };
    (window as unknown as { record: typeof record }).record = record;
    new MutationObserver((changes) => {
      for (const { target } of changes)
        record.changed.push((target as Element).closest?.('li')?.textContent ?? target.nodeName);
    }).observe(list, { subtree: true, childList: true, attributes: true, characterData: true });
  });
  const changed = () =>
    hers.page.evaluate(
      () => (window as unknown as { record: { changed: string[] } }).record.changed,
    );
  await his.composer.pressSequentially('hm');
  await expect(hers.page.getByText('Bo is typing')).toBeVisible();
  expect(await changed()).toEqual([]);
  await his.composer.fill('line 61.');
  await his.send.click();
  await expect(hers.message('line 61.')).toBeVisible();
  // The new row, its place in the tab order, and that of the row before it.
  for (const text of await changed()) expect(text).toMatch(/OL|line 6[01]\./);
});

test('a message keeps its element from writing to editing', async ({ ada, isMobile }) => {
  test.skip(isMobile, 'there are no arrow keys');
  const room = await ada.enter();
  await room.composer.fill('first draft');
  await room.composer.press('Enter');
  const row = await room.message('first draft').elementHandle();
  await expect(room.pending).toHaveCount(0);
  await room.composer.press('ArrowUp');
  await room.composer.fill('second draft');
  await room.composer.press('Enter');
  await expect(room.message('second draft')).toContainText('edited');
  expect(await row!.evaluate((row) => row.isConnected && row.textContent)).toContain(
    'second draft',
  );
});

test('a warm room is shown with few rows', async ({ ada, isMobile }) => {
  test.skip(isMobile, 'a phone shows the list of rooms on another screen');
  await addRoom(ada, 'Front desk');
  await say(ada, 'general', lines(200));
  const room = await ada.enter();
  await room.message('line 155.').evaluate((row) => row.scrollIntoView());
  await expect(room.message('line 101.')).toHaveCount(1);
  await room.goTo('Front desk');
  await expect(new RoomPage(ada.page, 'Front desk').composer).toBeVisible();
  await new RoomPage(ada.page, 'Front desk').goTo('general');
  await expect(room.message('line 200.')).toBeInViewport();
  expect((await view(room.scroller)).seqs.length).toBeLessThanOrEqual(100);
});

test('the wheel leaves the end of a room, whatever comes under the pointer', async ({
  ada,
  isMobile,
}) => {
  test.skip(isMobile, 'there is no wheel');
  await say(ada, 'general', Array.from({ length: 12 }, (_, i) => `line ${i}.\n\ntwo\n\nthree`));
  const { page } = ada;
  const room = await ada.enter();
  await expect(room.message('line 11.')).toBeInViewport();
  const box = (await room.scroller.boundingBox())!;
  await page.mouse.move(box.x + box.width / 2, box.y + box.height - 40);
  const top = () => room.scroller.evaluate((list) => list.scrollTop);
  const pointed = () => room.scroller.locator('li:hover').getAttribute('data-seq');
  // The buttons of a message come and go under the pointer, which must not scroll back.
  const seen = new Set<string | null>();
  for (let scrolled = 40; scrolled <= 400; scrolled += 40) {
    await page.mouse.wheel(0, -40);
    await expect.poll(top).toBe(-scrolled);
    const seq = await pointed();
    seen.add(seq);
    const row = room.scroller.locator(`[data-seq='${seq}']`);
    await expect(row.getByRole('group', { name: 'Message actions' })).toBeVisible();
    expect(await top()).toBe(-scrolled);
  }
  expect(seen.size).toBeGreaterThan(2);
});
