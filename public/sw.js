// Shows notifications, also while no page of Banter is open: app/src/browser/push.rs is the page's
// side of it. Keeps what another app shares, until the user has chosen where it goes:
// app/src/browser/shared.rs. Has the files of the page, so that it opens without a network:
// docs/decisions/0038-without-a-network.md. The server writes the names of the files before this.
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
    if (!URL.canParse(url || '/', self.location.origin)) return '/';
    const { origin, pathname, search, hash } = new URL(url || '/', self.location.origin);
    // A path that begins with two slashes would be that of another server.
    return origin === self.location.origin ? pathname.replace(/^\/+/, '/') + search + hash : '/';
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

  /** Closes what is shown of a room or thread, up to a time if there is one. */
  async function close(tag, at) {
    const until = Date.parse(at) || Infinity;
    const closed = (tag ? await shown(tag) : []).filter(({ data }) => !(data?.time > until));
    for (const notification of closed) notification.close();
    if (closed.length) await countOnIcon();
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
    close: ({ tag, at }) => close(tag, at),
    test: showTest,
  };

  /** Returns what was pushed; nothing if it is not the server's. */
  function payloadOf({ data }) {
    try {
      return data?.json();
    } catch {
      return null;
    }
  }

  self.addEventListener('push', (event) => {
    const payload = payloadOf(event);
    const act = Object.hasOwn(kinds, payload?.kind) && kinds[payload.kind];
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
    if (type === 'close-read') event.waitUntil(inTurn(() => close(tag)));
  });

  /** The cache with what was shared last. */
  const SHARED = 'banter-shared';
  /** The address that the manifest names for it, and the page that shows it. */
  const SHARE = '/share';
  /** What is kept at most of its words, in UTF-16 units, and of its files. */
  const MAX_TITLE = 500;
  const MAX_TEXT = 40_000;
  const MAX_URL = 8_000;
  const MAX_NAME = 255;
  const MAX_FILES = 10;
  const MAX_BYTES = 500_000_000;

  /** Cuts a text to a size. A half character at its end would be none. */
  const cut = (text, max) =>
    typeof text === 'string' ? text.slice(0, max).replace(/[\ud800-\udbff]$/, '') : '';

  /** Keeps what is shared, in place of what was shared before. */
  async function keepShared(form) {
    const id = crypto.randomUUID();
    await caches.delete(SHARED);
    const cache = await caches.open(SHARED);
    const isFile = (file) => file instanceof File && (file.name || file.size);
    const given = form.getAll('files').filter(isFile);
    const files = [];
    let bytes = 0;
    for (const file of given) {
      if (files.length === MAX_FILES || bytes + file.size > MAX_BYTES) continue;
      const path = `${SHARE}/${id}/${files.length}`;
      // The device may have no space for it.
      const isKept = await cache.put(path, new Response(file)).then(
        () => true,
        () => false,
      );
      if (!isKept) continue;
      bytes += file.size;
      const name = cut(file.name, MAX_NAME) || 'file';
      files.push({ name, type: cut(file.type, 100), size: file.size });
    }
    const words = {
      id,
      at: Date.now(),
      title: cut(form.get('title'), MAX_TITLE),
      text: cut(form.get('text'), MAX_TEXT),
      url: cut(form.get('url'), MAX_URL),
      files,
      left_out: given.length - files.length,
    };
    // The last one, so that whoever finds it finds all.
    await cache.put(`${SHARE}/words`, new Response(JSON.stringify(words)));
  }

  /** Takes what another app shares, and leads to the page that shows it. */
  async function takeShared(request) {
    try {
      const form = await request.formData();
      await inTurn(() => keepShared(form));
    } catch (error) {
      console.warn(error); // the page says that nothing has arrived
    }
    return Response.redirect(SHARE, 303);
  }

  /** Returns whether a page of another site sent a request. The system's share sheet is no page. */
  function isForeign({ referrer }) {
    return /^https?:/.test(referrer) && new URL(referrer).origin !== self.location.origin;
  }

  self.addEventListener('fetch', (event) => {
    const { request } = event;
    const { origin, pathname } = new URL(request.url);
    if (request.method !== 'POST' || pathname !== SHARE || origin !== self.location.origin) return;
    if (!isForeign(request)) event.respondWith(takeShared(request));
  });

  /** The files of this build and its name; none in development. */
  const { build, files } = self.banter ?? {};
  /** The beginning of the names of caches, one for each build. */
  const CACHES = 'banter-build-';
  /** The page that stands for all others while the server does not answer. */
  const OFFLINE = '/offline';
  /** The time that the server has before this device's copy is shown, in milliseconds. */
  const PATIENCE_MS = 600;
  /** The time that it has if there turned out to be no copy. */
  const WAIT_MS = 30_000;
  /** The pages of which this device may have a copy. */
  const COPIED = /^\/(rooms(\/[^/]+)?|unread|threads|drafts|search)?$/;

  /** Returns the names of the caches, the oldest first. */
  const buildCaches = async () =>
    (await caches.keys()).filter((name) => name.startsWith(CACHES));

  /** Keeps all files of this build, or none. Tried again with each page, until it is done. */
  async function keepFiles() {
    if (!build) return;
    const name = CACHES + build;
    const cache = await caches.open(name);
    if (await cache.match(OFFLINE)) return;
    try {
      await cache.addAll(files);
      const page = await fetch(OFFLINE);
      // Another node may be of another build.
      if (!(await page.clone().text()).includes(`data-build="${build}"`)) throw new Error(OFFLINE);
      await cache.put(OFFLINE, page); // the last one: whoever has it has all
    } catch (error) {
      console.info(error); // such as no space: the page needs a network then
      await caches.delete(name);
    }
  }

  /** Drops the files of earlier builds, but for the last one: a page of it may still be open. */
  async function dropFiles() {
    const others = (await buildCaches()).filter((name) => name !== CACHES + build);
    for (const name of others.slice(0, -1)) await caches.delete(name);
  }

  /** Returns the page to show without the server, of the newest build that is here in full. */
  async function offlinePage() {
    const others = (await buildCaches()).reverse().filter((name) => name !== CACHES + build);
    for (const name of [CACHES + build, ...others]) {
      const page = await (await caches.open(name)).match(OFFLINE);
      if (page) return page;
    }
    return null;
  }

  /** Returns whether this device has rooms of somebody. */
  async function hasRooms() {
    const databases = (await indexedDB.databases?.()) ?? [];
    return databases.some(({ name }) => /^banter\/[^/]+\/rooms$/.test(name));
  }

  /** The time until which pages wait for the server: this device has no copy to show. */
  let waitsUntil = 0;

  self.addEventListener('message', ({ data }) => {
    if (data?.type === 'wait') waitsUntil = Date.now() + WAIT_MS;
  });

  /** Answers by the server, unless it is out of reach or takes long. */
  async function page(event) {
    const { request } = event;
    const answer = Promise.resolve(event.preloadResponse)
      .then((preloaded) => preloaded ?? fetch(request))
      .catch(() => null);
    event.waitUntil(answer.then(keepFiles));
    const late = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS, 'late'));
    const first = await Promise.race([answer, late]);
    // Else there is nothing but to wait.
    const mayWait = Date.now() < waitsUntil || !COPIED.test(new URL(request.url).pathname);
    const mayShow = !mayWait && (await hasRooms());
    if (first === 'late' && mayShow) return (await offlinePage()) ?? answer;
    const found = await answer;
    const isAway = found?.status >= 502 && found.status <= 504;
    if (found && !(isAway && mayShow)) return found;
    return (await offlinePage()) ?? found ?? Response.error();
  }

  /** Answers by the file that is here. Its address changes with its content. */
  const file = async (request) => (await caches.match(request)) ?? fetch(request);

  const isFile = ({ pathname, search }) =>
    /^\/(pkg|fonts|icons)\//.test(pathname) || (files ?? []).includes(pathname + search);

  /** Returns whether an address is that of a page, and not of a file or a call. */
  const isPage = ({ pathname }) =>
    !/^\/(api|files|previews|pictures|emoji|link-pictures|ws|metrics)\//.test(pathname);

  self.addEventListener('fetch', (event) => {
    const { request } = event;
    const url = new URL(request.url);
    if (!build || request.method !== 'GET' || url.origin !== self.location.origin) return;
    if (request.mode === 'navigate') {
      if (isPage(url)) event.respondWith(page(event));
    } else if (isFile(url)) {
      event.respondWith(file(request));
    }
  });

  async function activate() {
    await dropFiles();
    // The request for a page need not wait until this has started.
    if (build) await self.registration.navigationPreload?.enable();
    await self.clients.claim();
  }

  // The newest worker takes over at once: pages name the build of the files that they load.
  self.addEventListener('install', (event) =>
    event.waitUntil(keepFiles().then(() => self.skipWaiting())),
  );
  self.addEventListener('activate', (event) => event.waitUntil(activate()));
})();
