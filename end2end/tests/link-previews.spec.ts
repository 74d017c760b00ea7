import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ask, expect, say, test } from '../fixtures.ts';
import { expectAccessible, hydrated, lines } from '../helpers.ts';
import { png } from '../pictures.ts';

test.use({
  settings: {
    BANTER_RATE_LIMIT: 'off',
    BANTER_LINK_PREVIEWS: 'on',
    BANTER_LINK_PREVIEW_NETWORKS: '127.0.0.0/8',
  },
});

const HOSTILE = '"><img src=x onerror="window.hit=1"><script>window.hit=1</script>';
const escaped = HOSTILE.replaceAll('"', '&quot;');

/** A site of this machine. */
class Site {
  private readonly server: Server;

  constructor() {
    const html = (head: string) => ['text/html; charset=utf-8', head] as const;
    const pages: Record<string, readonly [string, string | Buffer]> = {
      '/calm': html(
        `<title>Notes on calm software</title><meta property=og:site_name content="The Quiet Web">
         <meta name=description content="Nothing moves what you read. Seven rules for pages that
         people keep open all day.">
         <meta property=og:image content=/picture.png>`,
      ),
      '/hostile': html(
        `<meta property=og:title content="${escaped}"><meta name=description content="${escaped}">
         <meta property=og:site_name content="${escaped}">`,
      ),
      '/arabic': html('<title>ملاحظات عن برمجيات هادئة</title>'),
      '/picture.png': ['image/png', png('picture.png', 640, 420).buffer],
    };
    this.server = createServer(({ url = '' }, response) => {
      const [type, body] = pages[url] ?? ['text/plain', ''];
      response.writeHead(pages[url] ? 200 : 404, { 'content-type': type }).end(body);
    });
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  at(path: string): string {
    return `http://localhost:${(this.server.address() as AddressInfo).port}${path}`;
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

test('a preview arrives without moving what is read, and its author removes it', async ({
  ada,
  join,
  browser,
}, testInfo) => {
  test.setTimeout(120_000);
  const site = await new Site().start();
  const bo = await join('Bo');
  const links = ['/calm', '/hostile', '/arabic'].map((path) => site.at(path)).join(' and ');
  await say(ada, 'general', ['See', ...lines(40)]);
  const room = await bo.enter();
  await expect(room.message('line 40.')).toBeVisible();
  // The reader is in the middle: the message with the links is above.
  await room.message('line 12.').evaluate((row) => row.scrollIntoView());
  const place = () =>
    room.message('line 12.').evaluate((row) => Math.round(row.getBoundingClientRect().top));
  await expect.poll(place).toBeGreaterThan(0);
  const before = await place();
  const previews = bo.page.locator('.preview');
  await expect(previews).toHaveCount(0);
  const { messages } = (await ada.call('GET', '/api/rooms/general/messages')) as {
    messages: { id: string; text: string }[];
  };
  const { id } = messages.find(({ text }) => text === 'See')!;
  await ask(ada, 'chat_edit', { room: 'general', id, text: `See ${links}` });
  await expect(previews).toHaveCount(3);
  expect(Math.abs((await place()) - before)).toBeLessThanOrEqual(1);

  const message = room.message('See http');
  await message.scrollIntoViewIfNeeded();
  const [calm, hostile] = [previews.nth(0), previews.nth(1)];
  const title = calm.getByRole('link', { name: 'Notes on calm software' });
  await expect(title).toHaveAttribute('href', site.at('/calm'));
  await expect(title).toHaveAttribute('rel', 'noopener noreferrer nofollow');
  await expect(title).toHaveAttribute('target', '_blank');
  await expect(calm).toContainText('The Quiet Web');
  const picture = calm.locator('img');
  await expect(picture).toHaveAttribute('src', /^\/link-pictures\/[0-9a-f-]{36}$/);
  await expect
    .poll(() => picture.evaluate((image: HTMLImageElement) => image.naturalWidth))
    .toBe(480);
  // Texts of strangers are texts.
  await expect(hostile.getByRole('link', { name: HOSTILE })).toBeVisible();
  await expect(hostile.locator('.preview__name')).toHaveText(HOSTILE.slice(0, 59) + '…');
  // Whatever it calls itself, its host is there.
  await expect(hostile.locator('.preview__host')).toHaveText('localhost');
  await expect(hostile.locator('.preview__text')).toHaveText(HOSTILE);
  expect(await bo.page.evaluate(() => 'hit' in window)).toBe(false);
  await expect(message.getByRole('button', { name: 'Remove' })).toHaveCount(0);
  await expectAccessible(bo.page);

  // Without JavaScript it is the same.
  const plain = await browser.newContext({
    javaScriptEnabled: false,
    storageState: await bo.page.context().storageState(),
  });
  const page = await plain.newPage();
  await page.goto(bo.page.url());
  await expect(page.locator('.preview')).toHaveCount(3);
  await expect(page.locator('.preview').nth(1)).toContainText(HOSTILE);
  await plain.close();

  const hers = await ada.enter();
  const own = ada.page.locator('.preview');
  await expect(own).toHaveCount(3);
  for (const scheme of ['light', 'dark'] as const) {
    await ada.page.emulateMedia({ colorScheme: scheme });
    await hers.message('See http').evaluate((row) => row.scrollIntoView());
    await expectAccessible(ada.page);
    const body = await ada.page.screenshot();
    await testInfo.attach(`previews-${scheme}.png`, { body, contentType: 'image/png' });
  }
  await ada.page.emulateMedia({ colorScheme: null });
  if (testInfo.project.name === 'phone') {
    await hers.act('See http', 'Remove previews');
  } else {
    await hers.message('See http').getByRole('button', { name: 'Remove these previews' }).click();
    await expect(hers.message('See http')).toBeFocused();
  }
  await expect(own).toHaveCount(0);
  await expect(previews).toHaveCount(0);
  await ada.page.reload();
  await hydrated(ada.page);
  await expect(hers.message('See http')).toBeAttached();
  await expect(own).toHaveCount(0);
  site.stop();
});
