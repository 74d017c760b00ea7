import type { Page } from '@playwright/test';
import { expect, test } from '../fixtures.ts';

const outcomes = [
  { clipboard: 'accepts', button: 'Copied', hint: /^25 people can still join with/ },
  { clipboard: 'refuses', button: 'Copy', hint: /copy it yourself/ },
  { clipboard: 'is missing', button: 'Copy', hint: /copy it yourself/ },
] as const;

for (const { clipboard, button, hint } of outcomes) {
  test(`the result of copying a link is shown if the clipboard ${clipboard}`, async ({ ada }) => {
    await stub(ada.page, clipboard);
    const room = await ada.enter();
    await ada.page.getByRole('button', { name: 'Create an invitation link' }).click();
    await expect(room.connection).toHaveAttribute('data-state', 'current');
    await ada.page.getByRole('button', { name: 'Copy', exact: true }).click();
    await expect(ada.page.getByRole('status').filter({ hasText: hint })).toBeVisible();
    await expect(ada.page.getByRole('button', { name: button, exact: true })).toBeVisible();
    const link = await room.invitation.inputValue();
    const selected = () =>
      room.invitation.evaluate((input: HTMLInputElement) =>
        input.value.slice(input.selectionStart ?? 0, input.selectionEnd ?? 0),
      );
    expect(await selected()).toBe(link);
  });
}

async function stub(page: Page, clipboard: string) {
  await page.addInitScript((clipboard) => {
    if (clipboard === 'is missing') {
      Object.defineProperty(window, 'isSecureContext', { value: false });
      Object.defineProperty(navigator, 'clipboard', { value: undefined });
    } else {
      const writeText = async () => {
        if (clipboard === 'refuses') throw new Error('not allowed');
      };
      Object.defineProperty(navigator, 'clipboard', { value: { writeText } });
    }
  }, clipboard);
}
