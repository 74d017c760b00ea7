import type { Page } from '@playwright/test';
import { expect, test } from '../fixtures.ts';
import type { RoomPage } from '../pages/room.ts';

/** Hides a page, or shows it again, as the browser does for a tab behind another. */
async function setVisible(page: Page, visible: boolean) {
  const set = (visible: boolean) => {
    const state = visible ? 'visible' : 'hidden';
    Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => state });
    document.hasFocus = () => visible;
    document.dispatchEvent(new Event('visibilitychange'));
    window.dispatchEvent(new Event(visible ? 'focus' : 'blur'));
  };
  await page.evaluate(set, visible);
}

/** Loads a page behind another tab. */
async function reloadHidden(room: RoomPage) {
  await room.page.addInitScript(() => {
    Object.defineProperty(document, 'visibilityState', {
      configurable: true,
      get: () => 'hidden',
    });
    document.hasFocus = () => false;
  });
  await room.page.reload();
  await expect(room.connection).toHaveAttribute('data-state', 'current');
}

test('habit 13: the list of people shows who is here, away and offline', async ({ ada, join }) => {
  const bo = await join('Bo');
  const his = await bo.enter();
  const hers = await ada.enter();
  await hers.members.click();
  await expect(hers.panel).toBeVisible();
  const group = (name: string) =>
    hers.panel
      .locator('.member-group')
      .filter({ has: ada.page.getByRole('heading', { name, exact: true }) });
  await expect(group('Here, 2')).toContainText('@bo');

  await reloadHidden(his);
  await expect(group('Away, 1')).toContainText('@bo');
  await expect(group('Away, 1').locator('.presence[data-presence=away]')).toBeVisible();
  await expect(group('Here, 1')).toContainText('@ada');

  await setVisible(his.page, true);
  await expect(group('Here, 2')).toContainText('@bo');

  await bo.page.close();
  await expect(group('Offline, 1')).toContainText('@bo');
});

test('habit 13: typing is shown, and loading the page again changes nothing', async ({
  ada,
  join,
  isMobile,
}) => {
  test.skip(isMobile, 'a phone shows the people on another screen');
  const bo = await join('Bo');
  const his = await bo.enter();
  const hers = await ada.enter();
  await hers.members.click();
  await expect(hers.panel.getByRole('heading', { name: 'Here, 2' })).toBeVisible();
  await his.composer.pressSequentially('I am');
  await expect(ada.page.getByText('Bo is typing')).toBeVisible();
  await hers.panel.evaluate((panel) => {
    const changes: string[] = [];
    Object.assign(window, { changes });
    const watch = { subtree: true, childList: true, attributes: true, characterData: true };
    new MutationObserver((found) => {
      for (const { target, type } of found) changes.push(`${type} in ${target.nodeName}`);
    }).observe(panel, watch);
  });
  await bo.page.reload();
  await expect(his.connection).toHaveAttribute('data-state', 'current');
  await his.write('I am back');
  await expect(hers.message('I am back')).toHaveCount(1);
  const changes = await ada.page.evaluate(
    () => (window as unknown as { changes: string[] }).changes,
  );
  expect(changes).toEqual([]);
});

test('a page says whether it is visible when it connects and when that changes', async ({
  ada,
  browserName,
}) => {
  test.skip(browserName === 'firefox', 'WebDriver BiDi does not report WebSockets yet');
  const notices: boolean[] = [];
  ada.page.on('websocket', (socket) => {
    socket.on('framesent', ({ payload }) => {
      const message = JSON.parse(String(payload));
      if (message.type === 'presence') notices.push(message.payload.visible);
    });
  });
  await ada.enter();
  await expect.poll(() => notices).toEqual([true]);
  await setVisible(ada.page, false);
  await expect.poll(() => notices).toEqual([true, false]);
  await setVisible(ada.page, true);
  await expect.poll(() => notices).toEqual([true, false, true]);
});
