import { expect, test } from '../fixtures.ts';

const RUST = '```rust\nlet a = "b"; // c\n```';

test('code has colours, before and after the page runs', async ({ ada }) => {
  const room = await ada.enter();
  await room.composer.fill(RUST);
  await room.send.click();
  const code = room.list.locator('.code').last();
  await expect(code.locator('.code__keyword')).toHaveText('let');
  await expect(code.locator('.code__string')).toHaveText('"b"');
  await expect(code.locator('.code__comment')).toHaveText('// c');
  await expect(code.locator('figcaption')).toContainText('rust');

  // The HTML of the server has the same.
  const html = await ada.page.request.get('/rooms/general').then((response) => response.text());
  expect(html).toMatch(/<span class="code__keyword">let(<!>)?<\/span>/);
  const elements = () =>
    code.evaluate((block) =>
      [...block.querySelectorAll('*')].map((element) => [
        element.tagName,
        element.getAttribute('class'),
        element.textContent,
      ]),
    );
  const shown = await elements();
  await ada.page.reload();
  await expect(room.connection).toHaveAttribute('data-state', 'current');
  expect(await elements()).toEqual(shown);
});

test('code without a known language is plain', async ({ ada }) => {
  const room = await ada.enter();
  await room.composer.fill('```\nlet a = 1;\n```\n\n```nope\nlet b = 2;\n```');
  await room.send.click();
  await expect(room.list.locator('.code')).toHaveCount(2);
  await expect(room.list.locator('.code').last()).toContainText('let b = 2;');
  await expect(room.list.locator('.code [class*="code__k"]')).toHaveCount(0);
});

test('a button copies the code', async ({ ada, browserName }) => {
  test.skip(browserName !== 'chromium', 'only Chromium lets a test read the clipboard');
  const room = await ada.enter();
  await ada.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await room.composer.fill(RUST);
  await room.send.click();
  const copy = room.list.getByRole('button', { name: 'Copy code' });
  await copy.press('Enter');
  await expect(ada.page.getByText('Code copied')).toBeVisible();
  const copied = await ada.page.evaluate(() => navigator.clipboard.readText());
  expect(copied).toBe('let a = "b"; // c');
});

test('Enter begins a line in a block of code, and sends behind it', async ({ ada }) => {
  const room = await ada.enter();
  await room.composer.focus();
  await room.composer.pressSequentially('```rust\nlet a = 1;\n```');
  await expect(room.composer).toHaveValue('```rust\nlet a = 1;\n```');
  await expect(room.messages).toHaveCount(0);
  await room.composer.press('Enter');
  await expect(room.list.locator('.code figcaption')).toContainText('rust');
  await room.composer.pressSequentially('```\nopen');
  await room.composer.press('Control+Enter');
  await expect(room.messages).toHaveCount(2);
});
