import { expect, test } from '../fixtures.ts';
import type { RoomPage } from '../pages/room.ts';

/** Selects from a text in the list to another, and returns what a copy of it contains. */
async function copied(room: RoomPage, from: [string, number], to: [string, number]) {
  return room.list.evaluate(
    (list, ends) => {
      const [start, end] = ends.map(([text, offset]) => {
        const walker = document.createTreeWalker(list, NodeFilter.SHOW_TEXT);
        for (let node = walker.nextNode(); node; node = walker.nextNode())
          if (node.textContent!.includes(text as string)) return [node, offset] as const;
        throw new Error(`no text ${text}`);
      });
      getSelection()!.setBaseAndExtent(start![0], start![1], end![0], end![1]);
      const data = new DataTransfer();
      const event = new ClipboardEvent('copy', {
        bubbles: true,
        cancelable: true,
        clipboardData: data,
      });
      start![0].parentElement!.dispatchEvent(event);
      return event.defaultPrevented ? event.clipboardData!.getData('text/plain') : undefined;
    },
    [from, to] as [string, number][],
  );
}

test('messages are copied without what stands beside them', async ({ ada, join }) => {
  const bo = await join('Bo');
  const hers = await ada.enter();
  const his = await bo.enter();
  await hers.composer.fill('The demo is on Thursday\nat ten');
  await hers.send.click();
  await hers.write('Bring a cable');
  await expect(his.message('Bring a cable')).toBeVisible();
  await his.write('I shall');
  await expect(hers.message('I shall')).toBeVisible();
  await hers.act('The demo', 'Edit');
  await hers.composer.fill('The demo is on Friday\nat ten');
  await hers.send.click();
  await expect(hers.message('The demo')).toContainText('edited');
  await hers.act('The demo', 'React with party');
  await expect(hers.reactions('The demo')).toHaveText(['🎉1']);

  // One message, of which all is selected, or a part.
  expect(await copied(hers, ['Ada', 0], ['🎉', 0])).toBe('The demo is on Friday\nat ten');
  expect(await copied(hers, ['The demo', 4], ['The demo', 8])).toBe('demo');
  // Several messages, also those whose author is not shown.
  const all = await copied(hers, ['The demo', 4], ['I shall', 7]);
  const expected = [
    'Ada, 00:00\ndemo is on Friday\nat ten',
    'Ada, 00:00\nBring a cable',
    'Bo, 00:00\nI shall',
  ];
  expect(all?.replace(/\d\d:\d\d/g, '00:00')).toBe(expected.join('\n\n'));
  // What is not a message is left to the browser.
  expect(await copied(hers, ['Ada', 0], ['Ada', 3])).toBeUndefined();
});

test('bullets and addresses are copied', async ({ ada }) => {
  const room = await ada.enter();
  // What handles copying comes with the rest of the page.
  await expect(ada.page.locator('.composer__formats')).toBeAttached();
  await room.composer.fill(
    '3. read [the plan](https://example.org/plan)\n4. go\n   - home\n   - out\n\n- [x] done thing',
  );
  await room.send.click();
  await expect(room.list.locator('.task')).toHaveCount(1);
  // What is selected in a field is left to the browser.
  await room.composer.blur();
  const all = await copied(room, ['read ', 0], ['done thing', 10]);
  expect(all).toBe(
    [
      '3. read the plan (https://example.org/plan)',
      '4. go',
      '    - home',
      '    - out',
      '- [x] done thing',
    ].join('\n'),
  );
  // A part that begins within an item has no bullet.
  expect(await copied(room, ['home', 2], ['out', 3])).toBe('me\n    - out');
});
