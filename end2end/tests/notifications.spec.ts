import type { Locator, Page } from '@playwright/test';
import { ask, expect, say, type TestUser } from '../fixtures.ts';
import { expectAccessible, hydrated } from '../helpers.ts';
import { PushBrowser } from '../push-browser.ts';
import { test } from '../push-fixtures.ts';
import type { Payload, PushService } from '../push-service.ts';

/** From the switch in the settings to the screen. */
test.use({ serviceWorkers: 'allow' });

/** The settings of notifications. */
class Settings {
  readonly section: Locator;
  readonly switch: Locator;
  readonly checks: Locator;
  readonly devices: Locator;
  readonly words: Locator;

  constructor(readonly page: Page) {
    this.section = page.locator('#notifications');
    this.switch = page.getByRole('switch', { name: 'Notifications on this device' });
    this.checks = this.section.getByRole('listitem');
    this.devices = page.locator('#devices').getByRole('listitem');
    this.words = page.getByRole('textbox', { name: 'Words that count as your name' });
  }

  static async open({ page }: TestUser): Promise<Settings> {
    await page.goto('/settings#notifications');
    await hydrated(page);
    const settings = new Settings(page);
    await expect(page.locator('#devices').getByText('Loading')).toHaveCount(0);
    return settings;
  }

  button(name: string): Locator {
    return this.section.getByRole('button', { name, exact: true });
  }

  /** The failed step of a test, and what stands in its way otherwise. */
  get fault(): Locator {
    return this.checks.and(this.page.locator('[data-state=failed]'));
  }
}

/** Turns notifications on for a user. */
async function turnOn(user: TestUser, service: PushService) {
  const browser = await PushBrowser.of(user, service);
  const settings = await Settings.open(user);
  await settings.switch.click();
  await expect(settings.section.getByText(/^Since /)).toBeVisible();
  await browser.start();
  return { browser, settings };
}

/** Has the user look at the page, or at something else: nothing is pushed that is in view. */
async function look(page: Page, isHere: boolean): Promise<void> {
  await page.evaluate((isHere) => {
    document.hasFocus = () => isHere;
    window.dispatchEvent(new Event(isHere ? 'focus' : 'blur'));
  }, isHere);
}

/** A message of Bo, as it is pushed. */
const message = (room: string, url: string, more: Partial<Payload> = {}): Payload => ({
  kind: 'message',
  tag: room,
  title: 'Bo in general',
  body: 'Lunch?',
  url,
  count: 1,
  at: new Date().toISOString(),
  ...more,
});

test('a device is turned on, tested and turned off, with the keyboard', async ({
  ada,
  service,
}) => {
  const { page } = ada;
  const { keyboard } = page;
  const browser = await PushBrowser.of(ada, service);
  const settings = await Settings.open(ada);
  await expect(settings.devices).toHaveCount(0);
  await expect(settings.button('Test')).toHaveCount(0);
  await settings.switch.focus();
  await keyboard.press('Space');
  await expect(settings.switch).toBeChecked();
  await expect(settings.devices).toHaveCount(1);
  await expect(settings.devices).toContainText('this one');
  await expect(settings.devices).toContainText('127.0.0.1');
  await browser.start();

  await keyboard.press('Shift+Tab');
  await expect(settings.button('Test')).toBeFocused();
  await keyboard.press('Enter');
  const [subscription] = browser.subscriptions;
  await expect.poll(() => subscription!.taken.map(({ kind }) => kind)).toEqual(['test']);
  await browser.deliver(subscription!.taken[0]!);
  await expect(settings.checks).toHaveCount(5);
  await expect(settings.section.getByText('Did it show on the screen?')).toBeVisible();
  expect(await browser.shown()).toMatchObject([{ title: 'Banter works on this device' }]);
  await expectAccessible(page);
  await settings.button('Yes').focus();
  await keyboard.press('Enter');
  await expect(settings.section.getByRole('status')).toHaveText(/came and showed: it works/);
  await expect(settings.button('Test again')).toBeFocused();
  await expect(settings.checks.and(page.locator('[data-state=ok]'))).toHaveCount(5);
  await expect(settings.devices).toContainText(/Took the test: 127\.0\.0\.1.*, in \d+ ms/);
  await expectAccessible(page);

  await settings.switch.focus();
  await keyboard.press('Space');
  await expect(settings.switch).not.toBeChecked();
  await expect(settings.devices).toHaveCount(0);
  await page.reload();
  await hydrated(page);
  await expect(settings.switch).not.toBeChecked();
  expect(await page.evaluate(() => localStorage.getItem('test/subscribed'))).toBeNull();
});

test('a message leads to its place in the open window, grows, and goes once it is read', async ({
  ada,
  join,
  service,
}) => {
  const bo = await join('Bo');
  const his = await bo.enter();
  await ada.enter();
  const { browser } = await turnOn(ada, service);
  const [subscription] = browser.subscriptions;
  await look(ada.page, false);
  await his.write('@ada Lunch?');
  await expect.poll(() => subscription!.texts).toEqual(['@ada Lunch?']);
  const first = subscription!.taken[0]!;
  await browser.deliver(first);
  const title = 'Bo in general';
  const lunch = { title, body: '@ada Lunch?', tag: first.tag };
  await expect.poll(() => browser.shown()).toEqual([lunch]);

  // It grows, and what comes late does not replace it.
  await his.write('@ada At one?');
  await expect.poll(() => subscription!.texts.length).toBe(2);
  await browser.deliver(subscription!.taken[1]!);
  await browser.deliver(first);
  await browser.deliver(message('another', '/rooms', { body: 'After it' }));
  await expect.poll(() => browser.shown().then((all) => all.length)).toBe(2);
  const body = '(2 messages) @ada At one?';
  expect((await browser.shown())[0]).toEqual({ title, body, tag: first.tag });
  await browser.deliver({ kind: 'close', tag: 'another', count: 0 });
  await expect.poll(() => browser.shown().then((all) => all.length)).toBe(1);

  await look(ada.page, true);
  const marked = await ada.page.evaluate(() => Object.assign(window, { isSame: true }).isSame);
  await browser.press(first.tag);
  await expect(ada.page).toHaveURL('/rooms/general');
  await expect(ada.page.getByRole('listitem').filter({ hasText: 'At one?' })).toBeVisible();
  expect(await ada.page.evaluate(() => 'isSame' in window), 'nothing was loaded').toBe(marked);
  await expect.poll(() => browser.shown()).toEqual([]);

  // What is read here goes from the screen.
  await ada.page.goto('/settings');
  await hydrated(ada.page);
  await look(ada.page, false);
  await his.write('@ada At two?');
  await expect.poll(() => subscription!.texts.length).toBe(3);
  await browser.deliver(subscription!.taken.filter(({ kind }) => kind === 'message')[2]!);
  await expect.poll(() => browser.shown().then((all) => all.length)).toBe(1);
  await ada.enter();
  await expect.poll(() => browser.shown()).toEqual([]);
});

test('a reply in a thread opens the thread', async ({ ada, join, service }) => {
  const bo = await join('Bo');
  const room = await ada.enter();
  await room.write('Who cooks?');
  await expect(room.pending).toHaveCount(0);
  await bo.enter();
  const { browser } = await turnOn(ada, service);
  const [subscription] = browser.subscriptions;
  await look(ada.page, false);
  const { rooms } = (await ada.call('GET', '/api/rooms')) as { rooms: { id: string }[] };
  const path = `/api/rooms/${rooms[0]!.id}/messages`;
  const { messages } = (await ada.call('GET', path)) as {
    messages: { id: string; text: string }[];
  };
  const thread = messages.find(({ text }) => text === 'Who cooks?')!.id;
  await ask(bo, 'chat', { room: 'general', text: 'I do', thread });
  await expect.poll(() => subscription!.texts).toEqual(['I do']);
  const [payload] = subscription!.taken;
  expect(payload!.tag).toBe(thread);
  await browser.deliver(payload!);
  await expect.poll(() => browser.shown().then((all) => all.length)).toBe(1);
  await browser.press(thread);
  const panel = ada.page.getByRole('complementary', { name: 'Thread' });
  await expect(panel.getByRole('listitem').filter({ hasText: 'I do' })).toBeVisible();
});

test('signing out ends the notifications of this browser', async ({ ada, service }) => {
  const { browser } = await turnOn(ada, service);
  const { page } = ada;
  await browser.deliver(message('room', '/rooms'));
  const room = await ada.enter();
  await room.signOut.click();
  await expect(page).toHaveURL(/sign-in/);
  const left = () =>
    page.evaluate(async () => ({
      subscribed: localStorage.getItem('test/subscribed'),
      workers: (await navigator.serviceWorker.getRegistrations()).length,
      keys: Object.keys(localStorage).filter((key) => key.endsWith('/push')),
    }));
  await expect.poll(left).toEqual({ subscribed: null, workers: 0, keys: [] });
});

test.describe('a test names what is wrong, and what to do', () => {
  test('the browser blocks notifications', async ({ ada, service }) => {
    await PushBrowser.of(ada, service, 'denied');
    const settings = await Settings.open(ada);
    await settings.switch.click();
    await expect(settings.fault).toContainText('This browser may not show notifications');
    await expect(settings.fault).toContainText('Press the button left of the address');
    await expect(settings.switch).not.toBeChecked();
    await expectAccessible(ada.page);
  });

  test('the page came by plain http', async ({ ada }) => {
    await ada.page.addInitScript(() =>
      Object.defineProperty(window, 'isSecureContext', { value: false }),
    );
    const settings = await Settings.open(ada);
    await expect(settings.fault).toContainText('Browsers allow notifications only over https');
    await expect(settings.switch).toBeDisabled();
    await expectAccessible(ada.page);
  });

  test('an iPhone needs Banter on its home screen', async ({ ada }) => {
    await ada.page.addInitScript(() => {
      Reflect.deleteProperty(window, 'PushManager');
      const agent = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604.1';
      Object.defineProperty(navigator, 'userAgent', { value: agent });
    });
    const settings = await Settings.open(ada);
    await expect(settings.fault).toContainText('Add to Home Screen');
    await expect(settings.switch).toBeDisabled();
  });

  test('the push service has ended the subscription', async ({ ada, service }) => {
    const { browser, settings } = await turnOn(ada, service);
    const [first, second] = browser.subscriptions;
    first!.answers = [{ status: 410 }];
    await settings.button('Test').click();
    await expect(settings.fault).toContainText('The push service did not take it');
    await expect(settings.fault).toContainText('has ended its subscription');
    await expect(settings.devices.first()).toContainText('ended');
    await expectAccessible(ada.page);
    await settings.button('Turn on again').click();
    await expect(settings.switch).toBeChecked();
    await settings.button('Test').click();
    await expect.poll(() => second!.taken.map(({ kind }) => kind)).toEqual(['test']);
  });

  test('the push service refuses, or cannot be reached', async ({ ada, service }) => {
    const { browser, settings } = await turnOn(ada, service);
    browser.subscriptions[0]!.answers = [{ status: 403 }];
    await settings.button('Test').click();
    await expect(settings.fault).toContainText('The push service did not take it');
    await expect(settings.fault).toContainText('does not know the key');
    await ada.page.route('**/api/push/test', async (route) => {
      const { results } = await (await route.fetch()).json();
      const result = { id: results[0].id, status: 0, took_ms: 10_000 };
      await route.fulfill({ json: { results: [result] } });
    });
    await settings.button('Test again').click();
    await expect(settings.fault).toContainText('did not answer the server');
  });

  test('it does not come, or does not show', async ({ ada, service }) => {
    test.setTimeout(90_000);
    const { browser, settings } = await turnOn(ada, service);
    const [subscription] = browser.subscriptions;
    await settings.button('Test').click();
    await expect(settings.fault).toContainText('did not come within', { timeout: 30_000 });
    await settings.button('Test again').click();
    await expect.poll(() => subscription!.taken.length).toBe(2);
    await browser.deliver(subscription!.taken[1]!);
    await settings.button('No').click();
    await expect(settings.fault).toContainText('Nothing showed on the screen');
    await expect(settings.fault).toContainText('do not disturb');
    await expectAccessible(ada.page);
    await settings.button('I see it now').click();
    await expect(settings.fault).toHaveCount(0);
  });
});

test('a device that ended is subscribed again when Banter is opened there', async ({
  ada,
  service,
}) => {
  const { browser, settings } = await turnOn(ada, service);
  browser.subscriptions[0]!.answers = [{ status: 410 }];
  await settings.button('Test').click();
  await expect(settings.fault).toBeVisible();
  const told = ada.page.waitForResponse(
    (response) => response.url().endsWith('/api/push') && response.request().method() === 'POST',
  );
  await ada.page.reload();
  expect((await told).status()).toBe(201);
  await ada.page.reload();
  await expect(settings.switch).toBeChecked();
});

test('words that count as a name are added and removed, and notify', async ({
  ada,
  join,
  service,
}) => {
  const bo = await join('Bo');
  await bo.enter();
  await ada.enter();
  const { browser, settings } = await turnOn(ada, service);
  const { page } = ada;
  const remove = (word: string) => page.getByRole('button', { name: `Remove ${word}` });
  await settings.words.fill('front desk');
  await settings.words.press('Enter');
  await expect(remove('front desk')).toBeVisible();
  await expect(settings.words).toHaveValue('');
  await settings.words.fill('x');
  await settings.words.press('Enter');
  const form = page.locator('form').filter({ has: settings.words });
  await expect(form.getByRole('alert')).toContainText('2 to 50');
  await expect(settings.words).toHaveValue('x');
  await expectAccessible(page);
  await look(page, false);
  await say(bo, 'general', ['Who is at the Front Desk today?']);
  await expect
    .poll(() => browser.subscriptions[0]!.texts)
    .toEqual(['Who is at the Front Desk today?']);
  await page.reload();
  await remove('front desk').click();
  await expect(remove('front desk')).toHaveCount(0);
  await expect(settings.words).toBeFocused();
});
