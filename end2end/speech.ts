import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from '@playwright/test';
import { expect } from './fixtures.ts';

/** The part of `@guidepup/virtual-screen-reader` that is used here. */
interface Reader {
  start(options: { container: Node }): Promise<void>;
  next(): Promise<void>;
  lastSpokenPhrase(): Promise<string>;
  spokenPhraseLog(): Promise<string[]>;
  clearSpokenPhraseLog(): Promise<void>;
}

declare global {
  interface Window {
    virtual: Reader;
  }
}

/**
 * The program of the screen reader, as a script that is no module: the page's policy lets no other
 * module in.
 */
const PROGRAM = readFileSync(
  createRequire(import.meta.url).resolve('@guidepup/virtual-screen-reader/browser.js'),
  'utf8',
).replace(/export\s*\{[\w$]+ as Virtual,\s*([\w$]+) as virtual\};?/, 'window.virtual = $1;');

/** Marks that keep the direction of a name to itself. Nobody hears them. */
const MARKS = /[\u2066-\u2069]/g;

/**
 * A screen reader in the page. It speaks what gets the focus, and what changes in live regions,
 * which it calls `polite:` or `assertive:`.
 */
export class Speech {
  private constructor(readonly page: Page) {}

  /** Starts to read a page. */
  static async start(page: Page): Promise<Speech> {
    await page.evaluate(`(() => {\n${PROGRAM}\n})()`);
    await page.evaluate(() => window.virtual.start({ container: document.body }));
    const speech = new Speech(page);
    await speech.clear();
    return speech;
  }

  /** Forgets what was said. */
  async clear(): Promise<void> {
    await this.page.evaluate(() => window.virtual.clearSpokenPhraseLog());
  }

  /** What was said since it was last cleared. */
  async heard(): Promise<string[]> {
    const phrases = await this.page.evaluate(() => window.virtual.spokenPhraseLog());
    // A live region that becomes empty says nothing.
    return phrases
      .map((phrase) => phrase.replace(MARKS, ''))
      .filter((phrase) => !/^(polite|assertive):\s*$/.test(phrase));
  }

  /** Does something, and expects exactly these words, whatever is said twice in a row once. */
  async expect(act: () => Promise<unknown>, words: (string | RegExp)[]): Promise<void> {
    await this.clear();
    await act();
    const said = async () => {
      const heard = await this.heard();
      return heard.filter((phrase, place) => phrase !== heard[place - 1]);
    };
    const expected = words.map((word) =>
      typeof word === 'string' ? word : expect.stringMatching(word),
    );
    await expect.poll(said).toEqual(expected);
  }
}
