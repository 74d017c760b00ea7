// Starts the program of a page and watches over it. Needs no WebAssembly itself, so that it can say
// what is wrong without it. docs/decisions/0019-page-without-the-program.md gives the reasons.
(() => {
  'use strict';

  const html = document.documentElement;
  /**
   * The folder of the program; none on a page that needs no program. The rest of the program, if
   * the page begins with a part of it. Whether this is the page that the service worker shows while
   * the server does not answer (`offline.js`).
   */
  const { path, rest, offline } = document.currentScript.dataset;
  const isOffline = offline !== undefined;

  /** In session storage: how this page was loaded again, after a failure. */
  const RESTART = 'banter/restart';
  /** In session storage: the draft that a form has sent. */
  const SENT = 'banter/sent';
  /** In local storage: the user who leaves this device. */
  const LEFT = 'banter/left';
  /** In local storage: the user whose rooms this device has, by `room_copies.rs`. */
  const OWNER = 'banter/offline';
  /** The times after which a program that is still loading is mentioned, in milliseconds. */
  const LATE_MS = 5_000;
  const SLOW_MS = 15_000;
  /** The time that the server has to sign somebody out. */
  const ANSWER_MS = 5_000;

  const WRITING = 'You can read and write; each message that you send loads the page again.';
  const TEXTS = {
    blocked: `This browser runs no WebAssembly here, so nothing new appears by itself. ${WRITING}`,
    missing: `The program of this page did not arrive: nothing new appears by itself. ${WRITING}`,
    late: `Still loading. ${WRITING}`,
    slow: `The program of this page is still loading. ${WRITING}`,
    unconnected: `This browser opens no WebSocket, so nothing new appears by itself. ${WRITING}`,
    stopped: 'This page has stopped working. What you typed is kept.',
    offline:
      'The server does not answer, so you may still be signed in on this device. ' +
      'Sign out again once you are back online.',
    refused:
      'The server did not sign you out: you are still signed in on this device. ' +
      'Load this page again and sign out once more.',
  };

  let bar = null;
  let hasRun = false;
  let failed = false;
  let isLeaving = false;
  let isSigningOut = false;

  /** Runs what may be forbidden, such as the use of storage. */
  const attempt = (act) => {
    try {
      return act();
    } catch {
      return null;
    }
  };

  const composer = () => document.querySelector('textarea[data-draft]');

  /** Stores what was typed as a draft or an edit, in the program's own format. */
  function keep() {
    const area = composer();
    if (!area?.value) return;
    const { draft, edit } = area.dataset;
    attempt(() =>
      edit ? sessionStorage.setItem(edit, area.value) : localStorage.setItem(draft, area.value),
    );
  }

  /** Adds a button to the notice. */
  function addButton(label, onClick) {
    const button = document.createElement('button');
    button.className = 'button button--small';
    button.type = 'button';
    button.textContent = label;
    button.onclick = onClick;
    bar.append(button);
  }

  /** Shows a notice at the top of the page. */
  function show(text, role) {
    bar?.remove();
    bar = document.createElement('div');
    bar.className = 'boot';
    bar.setAttribute('role', role);
    const words = document.createElement('p');
    words.textContent = text;
    bar.append(words);
    document.body.append(bar);
  }

  /** Says what is wrong, and offers to load the page again. */
  function say(text, restart) {
    show(text, 'alert');
    addButton('Load again', () => {
      keep();
      attempt(() => (restart ? sessionStorage.setItem(RESTART, restart) : forget()));
      location.reload();
    });
  }

  const forget = () => attempt(() => sessionStorage.removeItem(RESTART));

  /** Loads the page again, once. Returns false if that was tried before. */
  function restart(how) {
    const isFirst = attempt(() => {
      if (sessionStorage.getItem(RESTART)) return false;
      sessionStorage.setItem(RESTART, how);
      return true;
    });
    if (!isFirst) return false;
    keep();
    location.reload();
    return true;
  }

  /** Gives up on the program. From now on the composer is a plain form. */
  function fail(text, restart) {
    if (failed) return;
    failed = true;
    html.removeAttribute('data-hydrated');
    html.setAttribute('data-failed', '');
    say(text, restart);
    const area = composer();
    if (area) {
      const { draft, edit } = area.dataset;
      if (!area.value && !edit) area.value = attempt(() => localStorage.getItem(draft)) ?? '';
      const send = area.form?.querySelector('[type=submit]');
      if (send) send.disabled = Boolean(edit); // the form would send an edit as another message
    }
    keep();
    for (const type of ['click', 'input', 'keydown']) window.addEventListener(type, takeOver, true);
  }

  /** Keeps an event from a program that has failed. */
  function takeOver(event) {
    if (bar?.contains(event.target)) return;
    event.stopImmediatePropagation();
    if (event.type === 'input' && event.target === composer()) {
      const { draft, edit } = event.target.dataset;
      if (!event.target.value)
        attempt(() => (edit ? sessionStorage.removeItem(edit) : localStorage.removeItem(draft)));
      keep();
    }
    sendByKey(event);
  }

  /** Sends the composer as a plain form by the key that sends, as the program does. */
  function sendByKey(event) {
    const isEnter = event.key === 'Enter' && !event.shiftKey && !event.isComposing;
    if (!isEnter || event.target !== composer() || matchMedia('(pointer: coarse)').matches) return;
    event.preventDefault();
    const { value, dataset, form } = event.target;
    if (value.trim() && !dataset.edit) form.requestSubmit();
  }

  /** Remembers the draft that the browser sends as a plain form. */
  function sending() {
    const { value, dataset } = composer();
    attempt(() => {
      localStorage.setItem(dataset.draft, value);
      sessionStorage.setItem(SENT, JSON.stringify([dataset.draft, value]));
    });
  }

  /** Drops the draft that was sent. A room with a text in its composer refused it. */
  function sent() {
    attempt(() => {
      const [draft, text] = JSON.parse(sessionStorage.getItem(SENT)) ?? [];
      const area = composer();
      if (!area || !draft) return;
      sessionStorage.removeItem(SENT);
      if (area.dataset.draft !== draft || area.defaultValue) return;
      if (localStorage.getItem(draft) === text) localStorage.removeItem(draft);
    });
  }

  const keysOf = (user, storage) => {
    const keys = Array.from({ length: storage.length }, (_, i) => storage.key(i));
    return keys.filter((key) => key.startsWith(`banter/${user}/`));
  };

  /** Returns the rooms with drafts, as far as the page knows their names, for a sentence. */
  function roomsOf(user) {
    const [workspace] = [Object.values(JSON.parse(document.getElementById('page').textContent))[0]]
      .flat();
    // Isolates, so that a name turns nothing beside it.
    const names = (workspace?.rooms ?? [])
      .filter(({ id }) => localStorage.getItem(`banter/${user}/draft/${id}`) !== null)
      .map(({ name }) => `\u2068${name}\u2069`);
    return names.length ? ` in ${names.slice(0, 5).join(', ')}` : '';
  }

  /** Returns the question before signing out, if something unsent would be deleted. */
  function unsent(user) {
    const keys = [...keysOf(user, localStorage), ...keysOf(user, sessionStorage)];
    const count = (kind) => keys.filter((key) => key.startsWith(`banter/${user}/${kind}/`)).length;
    const parts = [
      [count('outbox'), 'message', 'messages'],
      [count('change'), 'change', 'changes'],
      [count('edit'), 'edit', 'edits'],
      [count('tray'), 'draft with files', 'drafts with files'],
      [count('draft'), 'draft', 'drafts', attempt(() => roomsOf(user)) ?? ''],
    ].filter(([number]) => number > 0);
    if (!parts.length) return null;
    const words = parts.map(
      ([number, one, many, where = '']) => `${number} ${number === 1 ? one : many}${where}`,
    );
    const kept = count('draft') ? ' Drafts that the server has come back as you sign in.' : '';
    return (
      `Not sent yet on this device: ${words.join(', ')}. ` +
      `Signing out deletes what was not sent.${kept} Sign out now?`
    );
  }

  /**
   * Signs out. Only the server can end a session, so nothing is deleted before it has. The program
   * (`wakes.rs`) learns of each step by an event.
   */
  async function signOut(form, user) {
    const question = attempt(() => unsent(user));
    if (question && !confirm(question)) return;
    isSigningOut = true;
    window.dispatchEvent(new Event('signout'));
    const body = new URLSearchParams(new FormData(form));
    const signal = attempt(() => AbortSignal.timeout(ANSWER_MS));
    const answer = await fetch(form.action, { method: 'POST', body, signal }).catch(() => null);
    // What is refused leads elsewhere.
    const { pathname } = new URL(body.get('next') || '/sign-in', location);
    if (answer?.redirected && new URL(answer.url).pathname === pathname) {
      attempt(() => localStorage.setItem(LEFT, user));
      isLeaving = true;
      window.dispatchEvent(new Event('signedout'));
      location.assign(answer.url);
      return;
    }
    isSigningOut = false;
    window.dispatchEvent(new Event('signoutfailed'));
    const text = answer ? TEXTS.refused : TEXTS.offline;
    if (failed) {
      say(text, 'render');
      return;
    }
    show(text, 'alert');
    addButton('Close', () => {
      bar.remove();
      form.querySelector('button').focus();
    });
  }

  function onSubmit(event) {
    const form = event.target;
    const { user } = form.dataset;
    if (form.getAttribute('action') === '/sign-out' && user) {
      event.preventDefault();
      event.stopImmediatePropagation();
      if (!isSigningOut) signOut(form, user);
      return;
    }
    // Whoever signs in next may be somebody else.
    if (!path && form.querySelector('[autocomplete$=password]')) dropRooms();
    if (!failed) return;
    event.stopImmediatePropagation();
    if (form === composer()?.form) sending();
  }

  /** Ends the notifications of a user who has signed out, and takes away those that are shown. */
  async function endNotifications() {
    for (const worker of (await navigator.serviceWorker?.getRegistrations()) ?? []) {
      for (const notification of await worker.getNotifications()) notification.close();
      await (await worker.pushManager?.getSubscription())?.unsubscribe();
      await worker.unregister();
    }
  }

  /** Deletes the rooms that this device has of users, whose sessions have ended. */
  function dropRooms() {
    attempt(() => {
      const user = localStorage.getItem(OWNER);
      localStorage.removeItem(OWNER);
      if (user) indexedDB.deleteDatabase(`banter/${user}/rooms`);
    });
    const drop = ({ name }) =>
      /^banter\/[^/]+\/rooms$/.test(name) && indexedDB.deleteDatabase(name);
    attempt(() => indexedDB.databases().then((all) => all.forEach(drop), () => {}));
  }

  /** Deletes what was shared with a user who has signed out, as `sw.js` keeps it. */
  const forgetShared = () => window.caches?.delete('banter-shared').catch(() => {});

  /** Deletes what a user who has signed out left on this device. */
  function clearLeft() {
    attempt(() => {
      const user = localStorage.getItem(LEFT);
      if (!user) return;
      if (!path) for (const key of keysOf(user, localStorage)) localStorage.removeItem(key);
      localStorage.removeItem(LEFT);
      if (!path) sessionStorage.clear();
      // The files of unsent messages, by `kept_files.rs`.
      if (!path) indexedDB.deleteDatabase(`banter/${user}`);
      if (!path) dropRooms();
      if (!path) endNotifications().catch(() => {});
      if (!path) forgetShared();
    });
  }

  /** Shows or hides the password. */
  function onClick({ target }) {
    const button = target.closest?.('[data-reveals]');
    const input = button && document.getElementById(button.dataset.reveals);
    if (!input) return;
    const isShown = input.type === 'text';
    input.type = isShown ? 'password' : 'text';
    const label = isShown ? 'Show password' : 'Hide password';
    button.title = label;
    button.setAttribute('aria-label', label);
  }

  /**
   * Returns the fingerprint of the structure of the page: `shape.rs` of the server makes the same
   * one. The program can take over only elements that are exactly as the server wrote them.
   */
  function shape() {
    let hash = 0x811c9dc5;
    const add = (text) => {
      for (let i = 0; i < text.length; i += 1)
        hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
    };
    const walk = (node) => {
      if (node.nodeType !== Node.ELEMENT_NODE)
        return add(node.nodeType === Node.TEXT_NODE ? '#' : '!');
      add(`<${node.localName}`);
      node.childNodes.forEach(walk);
      add('>');
    };
    if (document.body.firstChild) walk(document.body.firstChild);
    return (hash >>> 0).toString(16).padStart(8, '0');
  }

  /** Renders the page anew, from the data in the HTML alone, and keeps what was typed. */
  function render(program) {
    const before = composer();
    const { value: typed, selectionStart, selectionEnd } = before ?? {};
    const isTyping = before && document.activeElement === before;
    document.body.replaceChildren(document.getElementById('page'));
    program.render();
    const area = composer();
    if (!area) return;
    if (typed && area.value !== typed) {
      area.value = typed;
      area.dispatchEvent(new InputEvent('input', { bubbles: true }));
    }
    if (!isTyping) return;
    area.focus();
    area.setSelectionRange(selectionStart, selectionEnd);
  }

  function isWebAssemblyBlocked() {
    // The shortest module: a policy that forbids WebAssembly refuses it as well.
    const empty = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0);
    return !attempt(() => new WebAssembly.Module(empty));
  }

  /** Handles a program that did not arrive. After an update of the server, loading again helps. */
  async function onMissing() {
    if (isWebAssemblyBlocked()) return fail(TEXTS.blocked);
    const isGone = (file) =>
      fetch(file, { method: 'HEAD' }).then(
        (response) => response.status === 404,
        () => false,
      );
    const files = [`${path}/banter.js`, `${path}/banter.wasm`, ...(rest ? [rest] : [])];
    const gone = await Promise.all(files.map(isGone));
    if (!(gone.includes(true) && restart('load'))) fail(TEXTS.missing);
  }

  /** The program has failed. If it could not take over the page, it renders it anew, once. */
  function onStopped() {
    if (failed) return;
    html.removeAttribute('data-hydrated');
    if (hasRun || !restart('render')) fail(TEXTS.stopped, 'render');
  }

  /** Tells `offline.js` whether this device has a copy of the page, which is shown then. */
  const tellCopy = (isShown) => window.dispatchEvent(new CustomEvent('copy', { detail: isShown }));

  async function start() {
    if (!window.WebSocket) return fail(TEXTS.unconnected);
    let program;
    try {
      program = await import(`${path}/banter.js`);
      await program.default({ module_or_path: `${path}/banter.wasm` });
      if (rest) await program.load_rest();
    } catch (error) {
      console.warn(error);
      return isOffline ? tellCopy(false) : onMissing();
    }
    try {
      if (isOffline) return tellCopy(await program.open_copy());
      const how = attempt(() => sessionStorage.getItem(RESTART));
      if (how === 'render' || shape() !== html.dataset.shape) render(program);
      else program.hydrate();
    } catch (error) {
      console.warn(error);
      onStopped();
    }
  }

  /** The program marks the document, once it runs and if it fails. */
  function onMark() {
    if (html.hasAttribute('data-failed')) return onStopped();
    if (!html.hasAttribute('data-hydrated')) return;
    hasRun = true;
    forget();
    bar?.remove();
  }

  /** Keeps the browser from leaving the page to open a dropped file. */
  function stay(event) {
    if (event.dataTransfer?.types.includes('Files')) event.preventDefault();
  }

  for (const type of ['dragenter', 'dragover', 'drop']) window.addEventListener(type, stay);
  window.addEventListener('submit', onSubmit, true);
  window.addEventListener('submit', (event) => {
    const isPlain = !event.defaultPrevented && event.target === composer()?.form;
    if (isPlain) sending();
  });
  // Before the program listens too. It would store its drafts again: after they were sent, or after
  // the next page has deleted them.
  window.addEventListener('pagehide', (event) => {
    if (failed || isLeaving) event.stopImmediatePropagation();
  });
  window.addEventListener('pageshow', () => (isLeaving = isSigningOut = false));
  document.addEventListener('click', onClick);
  clearLeft();
  if (location.pathname === '/sign-in') dropRooms();
  sent();
  if (!path) {
    html.setAttribute('data-hydrated', '');
    return;
  }
  new MutationObserver(onMark).observe(html, {
    attributeFilter: ['data-hydrated', 'data-failed'],
  });
  // A stack or a memory that is exhausted ends the program without a panic.
  window.addEventListener('error', ({ error }) => {
    if (typeof WebAssembly === 'object' && error instanceof WebAssembly.RuntimeError) onStopped();
  });
  const isLoading = () => !isOffline && !failed && !html.hasAttribute('data-hydrated');
  // Until the program runs, the key does what the button does.
  window.addEventListener('keydown', (event) => {
    if (isLoading()) sendByKey(event);
  });
  setTimeout(() => isLoading() && show(TEXTS.late, 'status'), LATE_MS);
  setTimeout(() => isLoading() && say(TEXTS.slow), SLOW_MS);
  start();
})();
