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

/** Returns the times of all keys that wrote something, sorted. */
function keys(trace: Buffer) {
  const { traceEvents } = JSON.parse(trace.toString()) as {
    traceEvents: { name: string; args: { data?: Timing } }[];
  };
  const pressed = traceEvents
    .filter(({ name }) => name === 'EventTiming')
    .flatMap(({ args }) => args.data ?? [])
    .filter(({ type, commitFinishTime }) => type === 'keypress' && commitFinishTime);
  const sorted = (time: (key: Timing) => number) => pressed.map(time).sort((a, b) => a - b);
  return {
    handled: sorted((key) => key.processingEnd - key.processingStart),
    committed: sorted((key) => key.commitFinishTime! - key.timeStamp),
    painted: sorted((key) => key.duration),
  };
}

const percentile = (sorted: number[], part: number) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))]!.toFixed(1);

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

  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Emulation.setCPUThrottlingRate', { rate: SLOWED });
  const measure = async (name: string, text: string) => {
    await room.composer.focus();
    await browser.startTracing(page, { categories: ['devtools.timeline'] });
    await room.composer.pressSequentially(text, { delay: 90 });
    const times = Object.entries(keys(await browser.stopTracing())).map(
      ([until, all]) => `${until} ${percentile(all, 0.5)} / ${percentile(all, 0.95)}`,
    );
    await room.composer.fill('');
    console.log(`${name}: ms p50 / p95 from a key until ${times.join(', ')}`);
  };
  const prose = 'The build from last night is on staging, and what is left is a **short** list.';
  await measure('warm up', prose);
  await measure('prose', prose);
  await measure('names', 'For @user17 and @user1234 and @us 12 and @Ada, then :tada: and :hea');
  await room.composer.fill('Some **text** before');
  await page.keyboard.press('Control+Shift+Y');
  await expect(page.locator('.preview-pane')).toBeVisible();
  await measure('with the preview', prose);
});
