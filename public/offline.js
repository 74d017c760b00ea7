// The page that the service worker shows while the server does not answer. `boot.js` tells whether
// this device has a copy of the page in its place; if not, this says so and keeps trying.
(() => {
  'use strict';

  /** In local storage: the user whose rooms this device has. */
  const OWNER = 'banter/offline';
  /** In session storage: how often this page was loaded again in vain, and when last. */
  const AGAIN = 'banter/again';
  /** The time after which that does not count any more, in milliseconds. */
  const FORGOTTEN_MS = 60_000;
  /** The pauses between attempts, in seconds. The last one repeats. */
  const PAUSES = [2, 4, 8, 15, 30];
  /** The time that the server has to answer, in milliseconds. */
  const ANSWER_MS = 8_000;

  const since = new Date();
  let attempts = 0;
  let left = 0;
  let isTrying = false;

  const part = (name) => document.querySelector(`[data-offline=${name}]`);

  function say(name, text) {
    if (part(name).textContent !== text) part(name).textContent = text;
  }

  /** Returns what waits on this device, in words. */
  function kept() {
    const user = localStorage.getItem(OWNER);
    const keys = Array.from({ length: localStorage.length }, (_, i) => localStorage.key(i));
    const count = (kind) => keys.filter((key) => key.startsWith(`banter/${user}/${kind}/`)).length;
    const words = [
      [count('outbox'), 'message', 'messages'],
      [count('draft'), 'draft', 'drafts'],
    ]
      .filter(([number]) => number > 0)
      .map(([number, one, many]) => `${number} ${number === 1 ? one : many}`)
      .join(' and ');
    return user && words ? `Kept on this device until then: ${words}.` : '';
  }

  /** Returns how often this page was loaded again just now: the server answers, but not this page. */
  function again() {
    const [count, at] = JSON.parse(sessionStorage.getItem(AGAIN)) ?? [0, 0];
    return Date.now() - at < FORGOTTEN_MS ? count : 0;
  }

  function reload() {
    // The server may only be slow.
    navigator.serviceWorker?.controller?.postMessage({ type: 'wait' });
    try {
      sessionStorage.setItem(AGAIN, JSON.stringify([again() + 1, Date.now()]));
    } catch {
      // Storage may be forbidden.
    }
    location.reload();
  }

  function wait() {
    left = PAUSES[Math.min(attempts, PAUSES.length - 1)];
    attempts += 1;
  }

  /** Loads the page again if the server answers. */
  async function attempt() {
    if (isTrying) return;
    isTrying = true;
    say('next', ', trying now');
    const signal = AbortSignal.timeout(ANSWER_MS);
    const answer = await fetch('/healthz', { cache: 'no-store', signal }).catch(() => null);
    if (answer?.ok) return reload();
    isTrying = false;
    wait();
  }

  function tick() {
    if (isTrying) return;
    if (left <= 0) return void attempt();
    say('next', `, next try in ${left} s`);
    left -= 1;
  }

  function show() {
    document.documentElement.setAttribute('data-no-copy', '');
    document.documentElement.setAttribute('data-hydrated', '');
    const time = since.toLocaleTimeString(undefined, { timeStyle: 'short', hour12: false });
    say('since', `Offline since ${time}`);
    try {
      say('kept', kept());
      attempts = again();
    } catch {
      attempts = 1; // storage may be forbidden
    }
    part('try').onclick = attempt;
    window.addEventListener('online', attempt);
    if (attempts) wait();
    else attempt();
    setInterval(tick, 1_000);
  }

  window.addEventListener('copy', ({ detail }) => detail || show(), { once: true });
})();
