import { expect, test } from '../fixtures.ts';
import { hydrated } from '../helpers.ts';
import type { RoomPage } from '../pages/room.ts';

test.use({ settings: { BANTER_RATE_LIMIT: 'off' } });

/** Texts that run a script, or load something, where a page makes HTML of them. */
const ATTACKS = [
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '<svg/onload=alert(1)>',
  '<a href="javascript:alert(1)">a</a>',
  '<details open ontoggle=alert(1)>',
  '<iframe srcdoc="<script>alert(1)</script>">',
  '<style>@import "//x.example";</style>',
  '<p style="position:fixed;inset:0">a</p>',
  '[a](javascript:alert(1))',
  '[a](JaVaScRiPt:alert(1))',
  '[a](&#106;avascript:alert(1))',
  '[a](java&Tab;script:alert(1))',
  '[a](<java\tscript:alert(1)>)',
  '[a]( javascript:alert(1))',
  '[a](javascript://x.example/%0aalert(1))',
  '[a](data:text/html,<script>alert(1)</script>)',
  '[a](vbscript:alert(1))',
  '[a](//x.example)',
  '[a](/rooms)',
  '[a](https://x.example@y.example)',
  '<javascript:alert(1)>',
  '![a](javascript:alert(1))',
  '![a](x "onerror=alert(1)")',
  '[a][b]\n\n[b]: javascript:alert(1)',
  '[a](https://x.example/"onclick="alert(1))',
  '[a](https://x.example "\\" onclick=alert(1)")',
  '`<script>alert(1)</script>`',
  '```<script>\nalert(1)\n</script>\n```',
  '```" onmouseover="alert(1)\nx\n```',
  '| <script>alert(1)</script> |\n|-|\n| <img src=x onerror=alert(1)> |',
  '# <svg/onload=alert(1)>',
  '- [x] <img src=x onerror=alert(1)>',
  '**<script>alert(1)**</script>',
  '@"><script>alert(1)</script>',
  ':"><script>alert(1)</script>:',
];

/** The text of the last message. */
const last = (room: RoomPage) => room.messages.last().locator('.prose');

test('a message is shown as its Markdown means', async ({ ada, join }) => {
  const bo = await join('Bo');
  const hers = await ada.enter();
  const his = await bo.enter();
  const text = [
    '# Release',
    'Ask **@bo** or _@room_, see #general and `@code`.',
    '- [x] done\n- [ ] open',
    '> quoted ~~twice~~',
    '```rust\nlet a = 1;\n```',
    '| a | b |\n|:-|-:|\n| 1 | 2 |',
    'https://example.org/__init__.py and [mail](mailto:a@example.org) :tada:',
  ].join('\n\n');
  await hers.composer.fill(text);
  await hers.send.click();
  for (const room of [hers, his]) {
    const prose = last(room);
    await expect(prose.locator('h3')).toHaveText('Release');
    await expect(prose.locator('strong .mention')).toHaveText('@bo');
    await expect(prose.locator('em .mention')).toHaveText('@room');
    await expect(prose.locator('a[href="/rooms/general"]')).toHaveText('#general');
    await expect(prose.locator('p code')).toHaveText('@code');
    await expect(prose.getByRole('img', { name: 'Done', exact: true })).toBeVisible();
    await expect(prose.getByRole('img', { name: 'Not done' })).toBeVisible();
    await expect(prose.locator('blockquote del')).toHaveText('twice');
    await expect(prose.locator('pre code')).toHaveText('let a = 1;');
    await expect(prose.locator('figcaption')).toHaveText('rust');
    await expect(prose.getByRole('columnheader')).toHaveText(['a', 'b']);
    await expect(prose.locator('td[data-align="end"]')).toHaveText('2');
    const link = prose.getByRole('link', { name: 'https://example.org/__init__.py' });
    await expect(link).toHaveAttribute('rel', 'noopener noreferrer nofollow');
    await expect(link).toHaveAttribute('target', '_blank');
    await expect(prose.getByRole('link', { name: 'mail' })).toHaveAttribute(
      'href',
      'mailto:a@example.org',
    );
    await expect(prose).toContainText('🎉');
  }
  await expect(his.messages.last()).toHaveAttribute('data-mention', '');
  await expect(last(his).locator('.mention--me')).toHaveText(['@bo', '@room']);

  // The page that the server renders is the same.
  const elements = () =>
    last(his).evaluate((prose) =>
      [...prose.querySelectorAll('*')].map((element) => [
        element.localName,
        ...[...element.attributes]
          .filter(({ name, value }) => name !== 'class' || value)
          .map(({ name, value }) => `${name}=${value}`)
          .sort(),
        element.textContent,
      ]),
    );
  const before = await elements();
  await his.page.reload();
  await hydrated(his.page);
  await expect.poll(elements).toEqual(before);

  // An edit begins with the source.
  await hers.act('Release', 'Edit');
  await expect(hers.composer).toHaveValue(text);
  await hers.composer.fill('*less*');
  await hers.send.click();
  await expect(last(his).locator('em')).toHaveText('less');
  await expect(last(his).locator('h3')).toHaveCount(0);
});

test('a mention in code notifies nobody', async ({ ada, join }) => {
  const bo = await join('Bo');
  const his = await bo.enter();
  const hers = await ada.enter();
  await hers.write('`@bo` and `more`');
  await expect(his.messages).toHaveCount(1);
  await expect(his.messages.last()).not.toHaveAttribute('data-mention');
  await hers.write('and *@bo*');
  await expect(his.messages.last()).toHaveAttribute('data-mention', '');
});

test('a long message is folded, with JavaScript and without', async ({ ada, browser, server }) => {
  const room = await ada.enter();
  await room.composer.fill(Array.from({ length: 60 }, (_, line) => `line ${line}`).join('\n'));
  await room.send.click();
  await expect(room.messages).toHaveCount(1);
  const state = await ada.page.context().storageState();
  const context = await browser.newContext({
    baseURL: server.url,
    javaScriptEnabled: false,
    storageState: state,
  });
  const plain = await context.newPage();
  await plain.goto('/rooms/general');
  for (const page of [ada.page, plain]) {
    const prose = page.locator('.message .prose');
    const height = () => prose.evaluate((element) => element.getBoundingClientRect().height);
    expect(await height()).toBeLessThan(400);
    await page.getByText('Show all').click();
    expect(await height()).toBeGreaterThan(1000);
    await page.getByText('Show less').click();
    expect(await height()).toBeLessThan(400);
  }
  await context.close();
});

test('hostile Markdown makes neither scripts nor requests', async ({ ada, complaints }) => {
  test.slow();
  const page = ada.page;
  await page.addInitScript(() => {
    Object.assign(globalThis, { alert: () => console.error('a script of a text ran') });
  });
  const elsewhere: string[] = [];
  page.on('request', (request) => {
    if (new URL(request.url()).hostname.endsWith('example')) elsewhere.push(request.url());
  });
  const room = await ada.enter();
  for (const [index, text] of ATTACKS.entries()) {
    await room.composer.fill(text);
    await room.send.click();
    await expect(room.messages).toHaveCount(index + 1);
  }
  const check = async () => {
    const found = await room.list.evaluate((list) => {
      const allowed = [
        'a bdi blockquote button code del div em figcaption figure h3 h4 h5 h6 hr li ol p pre',
        'span strong svg table tbody td th thead tr ul',
      ].flatMap((names) => names.split(' '));
      const names = 'class dir href rel target tabindex role scope start type'.split(' ');
      const odd: string[] = [];
      for (const element of list.querySelectorAll('.prose *')) {
        if (element.parentElement?.closest('svg') || element.localName === 'svg') continue;
        if (!allowed.includes(element.localName)) odd.push(element.outerHTML);
        for (const { name } of element.attributes)
          if (!names.includes(name) && !/^(aria|data)-|^title$/.test(name)) odd.push(name);
        const href = element.getAttribute('href');
        if (href && !/^(https?:\/\/x\.example|\/rooms\/)/.test(href)) odd.push(href);
      }
      return odd;
    });
    expect(found).toEqual([]);
  };
  await check();
  await page.reload();
  await hydrated(page);
  await check();
  expect(elsewhere).toEqual([]);
  expect(complaints).toEqual([]);
});

test('screen readers hear no Markdown, and only users are mentioned', async ({ ada }) => {
  const room = await ada.enter();
  await room.composer.fill('**Ask** @ada, not @nobody: [here](https://example.org/)');
  await room.send.click();
  const row = room.message('Ask');
  await expect(row.locator('.mention')).toHaveText(['@ada']);
  await expect(row).toHaveAttribute('aria-label', /Ask @ada, not @nobody: here/);
  await ada.page.reload();
  await expect(row.locator('.mention')).toHaveText(['@ada']);
  await expect(row).toHaveAttribute('aria-label', /Ask @ada, not @nobody: here/);
});
