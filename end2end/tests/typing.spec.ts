import type { Locator } from '@playwright/test';
import { expect, say, test } from '../fixtures.ts';
import { hydrated } from '../helpers.ts';
import type { RoomPage } from '../pages/room.ts';

const MESSAGES = 5_000;
const PEOPLE = 2_000;
const SLOWED = 4;
const PARALLEL = 8;

test.use({ settings: { BANTER_RATE_LIMIT: 'off', BANTER_REGISTRATION: 'open' } });

/** What Chromium's trace tells of an event, in milliseconds. */
interface Timing {
  type: string;
  timeStamp: number;
  processingStart: number;
  processingEnd: number;
  /** When what changed was handed to the compositor. */
  commitFinishTime?: number;
  /** Until the next frame was presented. */
  duration: number;
}

interface TraceEvent {
  name: string;
  pid: number;
  tid: number;
  /** The start, in microseconds. */
  ts: number;
  /** The length of a task, and the time of the processor in it. */
  dur?: number;
  tdur?: number;
  args: { data?: Timing };
}

/** The times of the keys that wrote something, in milliseconds. */
interface Times {
  /** The handlers of the page, and what the browser does to insert a character. */
  handled: number[];
  /**
   * The time of the processor that the page's main thread took until the frame was handed to the
   * compositor: what other programs take at the same time does not count.
   */
  worked: number[];
  committed: number[];
  painted: number[];
}

function times(trace: Buffer): Times {
  const { traceEvents } = JSON.parse(trace.toString()) as { traceEvents: TraceEvent[] };
  const keys = traceEvents.filter(
    ({ name, args: { data } }) =>
      name === 'EventTiming' && data?.type === 'keypress' && data.commitFinishTime,
  );
  const main = keys[0]!;
  const tasks = traceEvents.filter(
    ({ name, pid, tid, dur }) =>
      name === 'RunTask' && pid === main.pid && tid === main.tid && dur,
  );
  const worked = ({ ts, args: { data } }: TraceEvent) => {
    const end = ts + (data!.commitFinishTime! - data!.timeStamp) * 1000;
    const times = tasks.map(({ ts: start, dur, tdur }) => {
      const within = Math.min(end, start + dur!) - Math.max(ts, start);
      return within > 0 ? (tdur! * within) / dur! : 0;
    });
    return times.reduce((sum, time) => sum + time, 0) / 1000;
  };
  const data = keys.map(({ args }) => args.data!);
  return {
    handled: data.map((key) => key.processingEnd - key.processingStart),
    worked: keys.map(worked),
    committed: data.map((key) => key.commitFinishTime! - key.timeStamp),
    painted: data.map((key) => key.duration),
  };
}

function percentile(times: number[], part: number): number {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))]!;
}

/** Tells the 50th and the 95th percentile, and how many times as long as in a plain field. */
function report(name: string, keys: Times, plain: Times) {
  const parts = (Object.keys(keys) as (keyof Times)[]).map((until) => {
    const figures = [0.5, 0.95].map((part) => {
      const [time, floor] = [percentile(keys[until], part), percentile(plain[until], part)];
      return `${time.toFixed(1)} (${(time / floor).toFixed(2)})`;
    });
    return `${until} ${figures.join(' / ')}`;
  });
  console.log(`${name}: ms p50 / p95 of a key (ratio to a plain field): ${parts.join(', ')}`);
}

// From a pressed key to its paint, in a room with many messages and people.
test('typing', { tag: '@measure' }, async ({ ada, browser }) => {
  test.setTimeout(1_200_000);
  const { page } = ada;
  await ada.call('POST', '/api/rooms', { name: 'large' });
  const numbers = Array.from({ length: PEOPLE - 1 }, (_, i) => i).values();
  const register = async () => {
    for (const i of numbers) {
      const user = { username: `user${i}`, display_name: `User ${i}`, password: 'slow sea 81' };
      const response = await fetch(new URL('/api/auth/register', page.url()), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(user),
      });
      expect(response.status).toBe(201);
      await ada.call('POST', '/api/rooms/large/members', { user: user.username });
    }
  };
  await page.goto('/rooms');
  await Promise.all(Array.from({ length: PARALLEL }, register));
  const texts = Array.from({ length: MESSAGES }, (_, i) => `Line **${i}** with \`code\`.`);
  await say(ada, 'large', texts);
  const room: RoomPage = await ada.enter('large');
  await hydrated(page);
  await room.list.evaluate(async (list) => {
    const scroller = list.closest('[role=group]')!;
    while (list.querySelector('[data-seq]')!.getAttribute('data-seq') !== '1') {
      scroller.scrollTop = -scroller.scrollHeight;
      await new Promise(requestAnimationFrame);
    }
  });
  await page.getByRole('button', { name: 'Jump to latest' }).click();
  await expect(room.message(`Line ${MESSAGES - 1}`)).toBeVisible();

  // The same keys in the same browser, in a page with nothing but a field.
  const blank = await page.context().newPage();
  await blank.setContent('<textarea></textarea>');
  const plainField = blank.getByRole('textbox');
  for (const slowed of [page, blank]) {
    const devtools = await slowed.context().newCDPSession(slowed);
    await devtools.send('Emulation.setCPUThrottlingRate', { rate: SLOWED });
  }
  const type = async (field: Locator, text: string) => {
    await field.page().bringToFront();
    await field.focus();
    const categories = ['devtools.timeline', 'disabled-by-default-devtools.timeline'];
    await browser.startTracing(field.page(), { categories });
    await field.pressSequentially(text, { delay: 90 });
    const typed = times(await browser.stopTracing());
    await field.fill('');
    return typed;
  };
  const prose = 'The build from last night is on staging, and what is left is a **short** list.';
  const names = 'For @user17 and @user1234 and @us 12 and @Ada, then :tada: and :hea';
  await type(plainField, prose);
  await type(room.composer, prose);
  const plain = await type(plainField, prose);
  report('plain field', plain, plain);
  report('prose', await type(room.composer, prose), plain);
  report('names', await type(room.composer, names), plain);
  await room.composer.fill('Some **text** before');
  await page.keyboard.press('Control+Shift+Y');
  await expect(page.locator('.preview-pane')).toBeVisible();
  report('with the preview', await type(room.composer, prose), plain);
  report('plain field again', await type(plainField, prose), plain);
});
