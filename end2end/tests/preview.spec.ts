import { expect, test } from '../fixtures.ts';
import { lines } from '../helpers.ts';

test('the preview shows the message as it will look', async ({ ada, isMobile }) => {
  const room = await ada.enter();
  const pane = ada.page.getByRole('region', { name: 'Preview' });
  await room.composer.fill('**bold** @ada @nobody\n\n```rust\nlet a = 1;\n```');
  const button = ada.page.getByRole('button', { name: 'Preview' });
  await button.click();
  await expect(pane.locator('strong')).toHaveText('bold');
  await expect(pane.locator('.mention')).toHaveText(['@ada']);
  await expect(pane.locator('.code__keyword')).toHaveText('let');
  await expect(button).toHaveAttribute('aria-pressed', 'true');
  const shown = await pane.locator('.prose').innerHTML();

  await room.composer.fill('**bold** @ada @nobody\n\n```rust\nlet a = 1;\n```\n\nand more');
  await expect(pane).toContainText('and more');
  await room.composer.fill('/leave');
  await expect(pane).toContainText('A command is not shown to others.');
  await room.composer.fill('**bold** @ada @nobody\n\n```rust\nlet a = 1;\n```');
  await expect(pane.locator('strong')).toHaveText('bold');
  await room.send.click();
  await expect(pane).toBeHidden();
  const sent = room.list.locator('.message .prose').last();
  await expect(sent.locator('.code__keyword')).toHaveText('let');
  expect(await sent.innerHTML()).toBe(shown);

  if (!isMobile) {
    await room.composer.fill('_once more_');
    await room.composer.press('ControlOrMeta+Shift+Y');
    await expect(pane.locator('em')).toHaveText('once more');
    await room.composer.press('Escape');
    await expect(pane).toBeHidden();
    await expect(room.composer).toBeFocused();
  }
});

test('the preview of a long message ends below the header and scrolls', async ({ ada }) => {
  const { page } = ada;
  const room = await ada.enter();
  await room.composer.fill(lines(30).join('\n\n'));
  await page.getByRole('button', { name: 'Preview' }).click();
  const pane = page.getByRole('region', { name: 'Preview' });
  await expect(pane).toContainText('line 30.');
  const sizes = [
    [1280, 800],
    [1280, 640],
    [390, 844],
    [390, 640],
  ] as const;
  for (const [width, height] of sizes) {
    await page.setViewportSize({ width, height });
    const header = (await page.locator('.room-header').boundingBox())!;
    const box = (await pane.boundingBox())!;
    const field = (await room.composer.boundingBox())!;
    expect(box.y, `${width} x ${height}`).toBeGreaterThanOrEqual(header.y + header.height);
    expect(box.y + box.height, `${width} x ${height}`).toBeLessThanOrEqual(field.y);
    expect(await pane.evaluate((it) => it.scrollHeight > it.clientHeight)).toBe(true);
  }
});
