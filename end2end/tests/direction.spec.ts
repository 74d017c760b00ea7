import type { Locator, Page } from '@playwright/test';
import { addRoom, expect, test } from '../fixtures.ts';
import { hydrated } from '../helpers.ts';

/** Texts that turn what stands beside them, unless they are isolated. */
const HOSTILE = {
  override: 'abc\u202edef',
  isolate: 'abc\u2067def',
  surplus: 'abc\u2069\u202edef',
  hebrew: 'שלום 12',
  many: `${'\u2067\u202e'.repeat(130)}x`,
};

/** The horizontal order of the characters of an element's text. */
async function order(element: Locator, text: string): Promise<boolean> {
  return element.evaluate((element, text) => {
    const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const at = node.textContent!.indexOf(text);
      if (at < 0) continue;
      const lefts = [...text].map((_, i) => {
        const range = document.createRange();
        range.setStart(node, at + i);
        range.setEnd(node, at + i + 1);
        return range.getBoundingClientRect().left;
      });
      return lefts.every((left, i) => i === 0 || left >= lefts[i - 1]!);
    }
    throw new Error(`no text ${text}`);
  }, text);
}

test('text that sets a direction turns nothing beside it', async ({ ada, isMobile }) => {
  test.skip(isMobile, 'there are no arrow keys');
  const room = await ada.enter();
  for (const [kind, text] of Object.entries(HOSTILE)) {
    await room.write(text);
    await expect(room.pending).toHaveCount(0);
    await room.composer.press('ArrowUp');
    await room.composer.fill(`${text}.`);
    await room.composer.press('Enter');
    const row = room.messages.last();
    await expect(row, kind).toContainText('edited');
    expect(await order(row, 'edited'), kind).toBe(true);
    const isBeside = await row.evaluate((row) => {
      const text = row.querySelector('.message__text')!.getBoundingClientRect();
      const edited = row.querySelector('.message__edited')!.getBoundingClientRect();
      const isRtl = getComputedStyle(row.querySelector('p')!).direction === 'rtl';
      return isRtl ? edited.right <= text.left + 1 : edited.left >= text.right - 1;
    });
    expect(isBeside, kind).toBe(true);
    // It is in the text as it was written.
    await room.composer.press('ArrowUp');
    await expect(room.composer, kind).toHaveValue(`${text}.`);
    await room.composer.press('Escape');
  }
});

test('names that set a direction turn nothing beside them', async ({ ada }) => {
  const shown: string[] = [];
  for (const name of [HOSTILE.override, HOSTILE.isolate, HOSTILE.surplus, HOSTILE.hebrew]) {
    const room = await addRoom(ada, name).catch(() => undefined);
    if (!room) continue; // such a name may be refused
    shown.push(name);
    await ada.page.goto(`/rooms/${room}`);
    await hydrated(ada.page);
    const title = await ada.page.title();
    expect(title.endsWith(' · Banter')).toBe(true);
    const texts = [title, ...(await labels(ada.page))];
    for (const label of texts) expectBalanced(label);
    const named = texts.filter((text) => text.includes(name));
    expect(named.length, name).toBeGreaterThan(1);
    for (const text of named) expect(text).toContain(`\u2068${name}\u2069`);
    const sentence = ada.page.locator('.empty__text');
    for (const part of ['This is ', 'Say hello'])
      expect(await order(sentence, part), name).toBe(true);
  }
  expect(shown).toContain(HOSTILE.hebrew);
});

test('a mention among text from right to left keeps its sign', async ({ ada }) => {
  const room = await ada.enter();
  await room.write('שלום @ada! 10:30 works.');
  const text = room.messages.last().locator('.message__text');
  await expect(text).toHaveText('שלום @ada! 10:30 works.');
  expect(await order(text, '@ada')).toBe(true);
});

test('a name from right to left stands beside its sign', async ({ ada, isMobile }) => {
  test.skip(isMobile, 'a phone shows the list of rooms on another screen');
  await addRoom(ada, 'חדר');
  await ada.enter();
  const gap = await ada.page
    .locator('.room-link', { hasText: 'חדר' })
    .evaluate((link) => {
      const end = link.querySelector('.icon')!.getBoundingClientRect().right;
      const range = document.createRange();
      range.selectNodeContents(link.querySelector('.room-link__name')!);
      return range.getBoundingClientRect().left - end;
    });
  expect(gap).toBeLessThan(24);
});

/** All attributes of a page that are read aloud or shown. */
async function labels(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll('[aria-label], [title], [placeholder]')].flatMap((element) =>
      ['aria-label', 'title', 'placeholder'].map((name) => element.getAttribute(name) ?? ''),
    ),
  );
}

/** Expects that no isolate stays open, and that no override stands outside of one. */
function expectBalanced(text: string) {
  let depth = 0;
  for (const char of text) {
    if (/[\u2066-\u2068]/.test(char)) depth++;
    else if (char === '\u2069') depth--;
    else if (/[\u202a-\u202e]/.test(char)) expect(depth, text).toBeGreaterThan(0);
    expect(depth, text).toBeGreaterThanOrEqual(0);
  }
  expect(depth, text).toBe(0);
}
