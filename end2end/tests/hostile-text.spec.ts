import { expect, test } from '../fixtures.ts';
import { RoomPage } from '../pages/room.ts';

/** Texts that a page must show as they are. The server's tests have 10,000 more. */
const TEXTS = [
  '</title><meta http-equiv=refresh content=0;url=//x>',
  'a </title> b',
  '<script>alert(1)</script>',
  '</script><script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onmouseover='alert(1)",
  '</textarea><h1>x</h1>',
  '--><b>x</b><!--',
  '<!-- x',
  '<!> x',
  ']]> x',
  '<plaintext> x',
  '<svg/onload=alert(1)>',
  '</main></body></html>',
  '&lt;b&gt; &amp; &#60;',
  '\\u003c/script> \\" \\\\',
  '${1} `x` {{x}}',
  'javascript:alert(1)',
  '\u202Ereversed',
  '\u2067isolate',
  'x\u200B\u200D\u2060\uFEFFy',
  'x\u2800\u3164y',
  'x\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301',
  'x\u2028y\u2029z',
  '日本語のチャンネル',
  'Привет мир',
  'שלום עולם',
  'مرحبا بالعالم',
  'สวัสดีชาวโลก',
  '👩‍👩‍👧‍👦 🏳️‍🌈 x',
  '\u{E0041}x\u{10FFFF}',
];

test.use({ settings: { BANTER_RATE_LIMIT: 'off' } });

test('hostile texts are hydrated as they are', async ({ ada, complaints }) => {
  test.slow();
  await ada.page.addInitScript(() => {
    addEventListener('DOMContentLoaded', () =>
      document.querySelector('main')!.setAttribute('data-first', ''),
    );
    Object.assign(globalThis, { alert: () => console.error('a script of a text ran') });
  });
  const headers = { authorization: `Bearer ${ada.token}` };
  const slugs: [string, string][] = [];
  for (const [i, name] of TEXTS.entries()) {
    const data = { name, slug: `odd-${i}` };
    const made = await ada.page.request.post('/api/rooms', { headers, data });
    // Some are no names. None is a failure of the server.
    expect(made.status(), name).toBeLessThan(500);
    if (made.ok()) slugs.push([data.slug, (await made.json()).name]);
  }
  expect(slugs.length).toBeGreaterThan(15);
  const general = await ada.enter();
  for (const text of TEXTS) await general.write(text);
  await expect(general.pending).toHaveCount(0);
  const shown = await general.picture();

  const visited = slugs.filter((_, i) => i % 3 === 0);
  for (const [slug, name] of [['general', 'general'], ...visited] as [string, string][]) {
    await ada.page.goto(`/rooms/${slug}`);
    const room = new RoomPage(ada.page, name);
    await expect(ada.page.locator('html[data-hydrated] main[data-first]')).toHaveCount(1);
    await expect(ada.page).toHaveURL(`/rooms/${slug}`);
    if (slug === 'general') expect(await room.picture()).toEqual(shown);
    // The unread count stands before the name.
    await expect.poll(() => ada.page.title()).toContain(name.replace(/\s+/g, ' ').trim().slice(-9));
  }
  expect(complaints).toEqual([]);
});
