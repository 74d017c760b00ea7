import { addRoom, expect, say, test } from '../fixtures.ts';
import { copied } from '../offline.ts';

const ROOMS = 12;
const MESSAGES = 200;
const STARTS = 15;
const SLOWED = 4;

test.use({ serviceWorkers: 'allow', settings: { BANTER_RATE_LIMIT: 'off' } });

const percentile = (times: number[], part: number) =>
  [...times].sort((a, b) => a - b)[Math.ceil(part * times.length) - 1]!;

/** Returns a line with the median and the 95th percentile of times in milliseconds. */
function line(name: string, times: number[]): string {
  const [half, most] = [0.5, 0.95].map((part) => percentile(times, part).toFixed(0));
  return `${name}: p50 ${half} ms, p95 ${most} ms`;
}

test('@measure starts and switches of rooms on a slow processor', async ({ server, ada, join }) => {
  test.setTimeout(600_000);
  const { page } = ada;
  const bo = await join('Bo');
  const names = Array.from({ length: ROOMS }, (_, i) => `room-${i}`);
  for (const name of names) {
    await addRoom(bo, name);
    const text = (_: unknown, i: number) => `**${name}**: message ${i}, with \`code\``;
    const texts = Array.from({ length: MESSAGES }, text);
    await say(bo, name, texts);
    await ada.enter(name);
    await copied(page, `${name}**: message ${MESSAGES - 1},`);
  }
  await page.addInitScript(() => {
    const marks: Record<string, number> = {};
    Object.assign(window, { marks });
    const look = () => {
      if (document.querySelector('.prose')) marks.readable ??= performance.now();
      if (document.querySelector('[role=status][data-state=current]'))
        marks.current ??= performance.now();
      requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Emulation.setCPUThrottlingRate', { rate: SLOWED });
  const markOf = (name: string) =>
    page.evaluate(
      (name) => (window as unknown as { marks: Record<string, number> }).marks[name] ?? 0,
      name,
    );
  const mark = async (name: string) => {
    await expect.poll(() => markOf(name)).toBeGreaterThan(0);
    return markOf(name);
  };
  const lines: string[] = [];

  const warm: number[] = [];
  for (let i = 0; i < STARTS; i++) {
    await page.goto('/rooms/room-0');
    warm.push(await mark('current'));
  }
  lines.push(line('online start to up to date', warm));

  /** Clicks on the link of a room, and returns the time until its newest message is painted. */
  const switchTo = (name: string) =>
    page.evaluate(
      async ([name, text]) => {
        const link = [...document.querySelectorAll<HTMLAnchorElement>('.shell__nav a')].find((a) =>
          a.href.endsWith(`/${name}`),
        )!;
        const begin = performance.now();
        link.click();
        await new Promise<void>((resolve) => {
          const look = () => {
            const shown = [...document.querySelectorAll('.prose')].some((prose) =>
              prose.textContent!.startsWith(text),
            );
            if (shown) resolve();
            else requestAnimationFrame(look);
          };
          look();
        });
        await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
        return performance.now() - begin;
      },
      [name, `${name}: message ${MESSAGES - 1},`] as const,
    );
  await page.goto('/rooms/room-0');
  await mark('current');
  const cold: number[] = [];
  for (const name of names.slice(1)) {
    cold.push(await switchTo(name));
    await page.waitForTimeout(300);
  }
  lines.push(line('switch to a room, cold', cold));
  const again: number[] = [];
  for (let round = 0; round < 2; round++)
    for (const name of names) {
      again.push(await switchTo(name));
      await page.waitForTimeout(300);
    }
  lines.push(line('switch to a room, warm', again));

  await server.kill();
  const offline: number[] = [];
  for (let i = 0; i < STARTS; i++) {
    await page.goto(`/rooms/room-${i % ROOMS}`);
    offline.push(await mark('readable'));
  }
  lines.push(line('offline start to a readable room', offline));
  const local: number[] = [];
  for (const name of names) {
    if (await page.evaluate((name) => location.pathname.endsWith(`/${name}`), name)) continue;
    local.push(await switchTo(name));
  }
  lines.push(line('switch to a room from the device', local));
  console.log(lines.join('\n'));
});
