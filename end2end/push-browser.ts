import type { CDPSession, Page, Worker } from '@playwright/test';
import { expect, type TestUser } from './fixtures.ts';
import type { Payload, PushService, Subscription } from './push-service.ts';

/** What the browser says when it is asked whether a page may show notifications. */
type Permission = 'granted' | 'denied' | 'default';

/** A notification, as the service worker had it shown. */
export interface Shown {
  title: string;
  body: string;
  tag: string;
}

/**
 * The notifications of a browser in a test. The browser of the tests reaches no push service, and
 * shows no notifications: the service is one of the test, what comes from it is handed on here, and
 * what the service worker shows is kept in it. All else is the page's and the browser's own.
 */
export class PushBrowser {
  private worker?: Worker;
  private cdp?: CDPSession;
  private registration?: string;

  private constructor(
    readonly page: Page,
    /** What `PushManager.subscribe` returns, one after another. */
    readonly subscriptions: Subscription[],
  ) {}

  /** Prepares the pages of a user that are loaded from now on. */
  static async of(
    user: TestUser,
    service: PushService,
    answer: Permission = 'granted',
  ): Promise<PushBrowser> {
    service.key = ((await user.call('GET', '/api/push')) as { key: string }).key;
    const { page } = user;
    const browser = new PushBrowser(page, [service.subscribe(), service.subscribe()]);
    const made = browser.subscriptions.map((subscription) => subscription.toJSON());
    await page.addInitScript(prepare, { made, answer });
    return browser;
  }

  /** Waits until the service worker runs, and takes the place of the system. */
  async start(): Promise<void> {
    const { page } = this;
    const context = page.context();
    const [worker] = context.serviceWorkers();
    this.worker = worker ?? (await context.waitForEvent('serviceworker'));
    await this.worker.evaluate(show);
    this.cdp = await context.newCDPSession(page);
    this.cdp.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
      const [last] = registrations.filter(({ isDeleted }) => !isDeleted);
      this.registration = last?.registrationId;
    });
    await this.cdp.send('ServiceWorker.enable');
    await expect.poll(() => this.registration, { message: 'the service worker' }).toBeDefined();
  }

  /** Hands on what has come from the push service. */
  async deliver(payload: Payload): Promise<void> {
    await this.cdp!.send('ServiceWorker.deliverPushMessage', {
      origin: new URL(this.page.url()).origin,
      registrationId: this.registration!,
      data: JSON.stringify(payload),
    });
  }

  /** What is on the screen. */
  async shown(): Promise<Shown[]> {
    return this.worker!.evaluate(() =>
      (self as unknown as { shown: Shown[] }).shown.map(({ title, body, tag }) => ({
        title,
        body,
        tag,
      })),
    );
  }

  /** Presses the notification of a room or a thread. */
  async press(tag: string): Promise<void> {
    await this.worker!.evaluate((tag) => {
      const { shown } = self as unknown as { shown: Shown[] };
      const notification = shown.find((one) => one.tag === tag);
      const waitUntil = (done: Promise<unknown>) => void done;
      const event = new Event('notificationclick');
      self.dispatchEvent(Object.assign(event, { notification, waitUntil }));
    }, tag);
  }
}

/** Runs in pages: the permission, and the subscription at the service of the test. */
function prepare({ made, answer }: { made: object[]; answer: string }): void {
  if (location.protocol === 'about:' || !('PushManager' in window)) return;
  const kept = {
    get: (name: string) => localStorage.getItem(`test/${name}`),
    set: (name: string, value: string) => localStorage.setItem(`test/${name}`, value),
  };
  const permission = () => kept.get('permission') ?? 'default';
  Object.defineProperty(Notification, 'permission', { get: permission });
  Notification.requestPermission = async () => {
    kept.set('permission', answer);
    return answer as NotificationPermission;
  };
  const number = () => Number(kept.get('ended') ?? 0);
  const subscription = () => ({
    toJSON: () => made[number()],
    unsubscribe: async () => {
      localStorage.removeItem('test/subscribed');
      kept.set('ended', String(number() + 1));
      return true;
    },
  });
  PushManager.prototype.getSubscription = async () =>
    (kept.get('subscribed') ? subscription() : null) as PushSubscription | null;
  PushManager.prototype.subscribe = async () => {
    kept.set('subscribed', 'yes');
    return subscription() as unknown as PushSubscription;
  };
}

/** Runs in the service worker: the system's notifications. */
function show(): void {
  type Kept = Shown & { close: () => void };
  const scope = self as unknown as { shown: Kept[] };
  if (scope.shown) return;
  scope.shown = [];
  const without = (gone: (one: Kept) => boolean) => {
    scope.shown = scope.shown.filter((one) => !gone(one));
  };
  // The shell of the tests has no badge for workers, and ends those that ask for it.
  for (const name of ['setAppBadge', 'clearAppBadge'])
    Object.defineProperty(navigator, name, { value: async () => {} });
  const { prototype } = ServiceWorkerRegistration;
  prototype.showNotification = async (title, options) => {
    without(({ tag }) => tag === options?.tag);
    const one = { title, ...options } as Kept;
    one.close = () => without((other) => other === one);
    scope.shown.push(one);
  };
  prototype.getNotifications = async ({ tag } = {}) =>
    scope.shown.filter((one) => !tag || one.tag === tag) as unknown as Notification[];
}
