// Shows notifications, also while no page of Banter is open. It keeps no files and answers no
// requests of pages. app/src/browser/push.rs is the page's side of it.
(() => {
  'use strict';

  const ICON = '/icons/app-192.cfc1848b120c.png';
  const BADGE = '/icons/badge-96.8f8f636df8b1.png';
  /** The title of a test, by which the user recognizes it. */
  const WORKS = 'Banter works on this device';
  /** The time that a page has to say that it opens an address, in milliseconds. */
  const ANSWER_MS = 1_000;

  /** What is done at present. Pushes may arrive together, and each looks at what is shown. */
  let last = Promise.resolve();
  const inTurn = (act) => (last = last.then(act, act));

  const windows = () => self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  const shown = (tag) => self.registration.getNotifications(tag ? { tag } : {});

  /** Returns the path of an address of this server; else that of the start page. */
  function pathOf(url) {
    const { origin, pathname, search, hash } = new URL(url || '/', self.location.origin);
    return origin === self.location.origin ? pathname + search + hash : '/';
  }

  /** Shows on the icon of the installed page how many messages were told of. */
  async function countOnIcon() {
    if (!self.navigator.setAppBadge) return;
    const counts = (await shown()).map(({ data }) => data?.count ?? 0);
    const count = counts.reduce((sum, next) => sum + next, 0);
    await (count ? self.navigator.setAppBadge(count) : self.navigator.clearAppBadge());
  }

  /** Shows a message: one notification for each room or thread, which grows. */
  async function showMessage({ tag, title, body, url, count, at }) {
    const time = Date.parse(at) || Date.now();
    // Push services do not keep the order.
    if ((await shown(tag)).some(({ data }) => data?.time > time)) return;
    await self.registration.showNotification(title, {
      body: count > 1 ? `(${count} messages) ${body}` : body,
      tag,
      renotify: true,
      timestamp: time,
      icon: ICON,
      badge: BADGE,
      data: { url, count, time },
    });
    await countOnIcon();
  }

  async function close(tags) {
    for (const tag of tags) for (const notification of await shown(tag)) notification.close();
    await countOnIcon();
  }

  /** Shows a test, and tells the pages whether that worked. */
  async function showTest({ body, url }) {
    const options = { body, tag: 'test', renotify: true, icon: ICON, badge: BADGE, data: { url } };
    const error = await self.registration.showNotification(WORKS, options).then(
      () => null,
      (error) => String(error),
    );
    for (const page of await windows()) page.postMessage({ type: 'test', error });
  }

  const kinds = {
    message: showMessage,
    close: ({ tag }) => close([tag]),
    test: showTest,
  };

  self.addEventListener('push', (event) => {
    const payload = event.data?.json() ?? {};
    const act = kinds[payload.kind];
    if (act) event.waitUntil(inTurn(() => act(payload)));
  });

  /** Asks a page to open an address without loading. Returns whether it does. */
  function asks(page, url) {
    return new Promise((resolve) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => resolve(true);
      setTimeout(() => resolve(false), ANSWER_MS);
      page.postMessage({ type: 'open', url }, [port2]);
    });
  }

  /** Opens an address in the window that was used last, else in a new one. */
  async function open(url) {
    const [page] = await windows();
    if (!page) return self.clients.openWindow(url);
    // A browser may refuse the focus. The page opens the address even so.
    const focused = await page.focus().catch(() => page);
    if (await asks(focused, url)) return focused;
    return focused.navigate(url).catch(() => self.clients.openWindow(url));
  }

  self.addEventListener('notificationclick', (event) => {
    const { notification } = event;
    notification.close();
    event.waitUntil(Promise.all([open(pathOf(notification.data?.url)), countOnIcon()]));
  });

  /** Subscribes again after the browser has ended a subscription, and tells the server. */
  async function renew({ oldSubscription, newSubscription }) {
    const options = oldSubscription?.options ?? {
      userVisibleOnly: true,
      applicationServerKey: (await (await fetch('/api/push')).json()).key,
    };
    const { pushManager } = self.registration;
    const subscription = newSubscription ?? (await pushManager.subscribe(options));
    const { endpoint, keys } = subscription.toJSON();
    await fetch('/api/push', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ endpoint, keys }),
    });
  }

  self.addEventListener('pushsubscriptionchange', (event) => event.waitUntil(renew(event)));

  // A room or thread was read in a page.
  self.addEventListener('message', (event) => {
    const { type, tag } = event.data ?? {};
    if (type === 'close-read') event.waitUntil(inTurn(() => close([tag])));
  });

  // The newest worker takes over at once: it shares nothing with the pages.
  self.addEventListener('install', () => self.skipWaiting());
  self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));
})();
