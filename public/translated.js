// Keeps the page right while a translator works on it.
//
// A translator replaces text nodes by elements with the translated text. The program goes on to
// change, move and remove the text nodes that it made, and nobody would see that: "Bo is typing"
// would stay for ever. Here such a change takes effect on what stands in for the text node.
(() => {
  'use strict';

  /** What stands in for a text node, and the text node for which an element stands in. */
  const standIns = new WeakMap();
  const originals = new WeakMap();

  /** Returns what stands in for a text node at present. */
  const standInOf = (node) => {
    if (node?.nodeType !== Node.TEXT_NODE || node.isConnected) return null;
    const standIn = standIns.get(node);
    return standIn?.isConnected ? standIn : null;
  };

  function onChange(records) {
    const added = new Set(records.flatMap((record) => [...record.addedNodes]));
    const isNew = (node) => node instanceof Element && added.has(node) && node.isConnected;
    for (const { addedNodes, removedNodes, previousSibling, nextSibling } of records) {
      for (const removed of removedNodes) {
        const text = removed.nodeType === Node.TEXT_NODE ? removed : originals.get(removed);
        if (!text || text.isConnected) continue;
        const standIn = [...addedNodes, previousSibling, nextSibling].find(isNew);
        if (!standIn || originals.has(standIn)) continue;
        standIns.set(text, standIn);
        originals.set(standIn, text);
      }
    }
  }

  /** Replaces a property of a prototype by what `make` makes of the browser's own. */
  function replace(prototype, name, make) {
    const own = Object.getOwnPropertyDescriptor(prototype, name);
    if (own) Object.defineProperty(prototype, name, { ...own, ...make(own) });
  }

  const setter = ({ set }) => ({
    set(text) {
      standInOf(this)?.replaceWith(this);
      set.call(this, text);
    },
  });
  replace(Node.prototype, 'nodeValue', setter);
  replace(Node.prototype, 'textContent', setter);
  replace(CharacterData.prototype, 'data', setter);

  replace(Node.prototype, 'parentNode', ({ get }) => ({
    get() {
      return get.call(this) ?? (standInOf(this) ? get.call(standInOf(this)) : null);
    },
  }));
  replace(CharacterData.prototype, 'remove', ({ value }) => ({
    value() {
      standInOf(this)?.remove();
      value.call(this);
    },
  }));
  replace(Node.prototype, 'removeChild', ({ value }) => ({
    value(child) {
      const standIn = standInOf(child);
      value.call(this, standIn ?? child);
      return child;
    },
  }));
  replace(Node.prototype, 'insertBefore', ({ value }) => ({
    value(node, before) {
      standInOf(node)?.remove();
      return value.call(this, node, standInOf(before) ?? before);
    },
  }));

  new MutationObserver(onChange).observe(document.body, { childList: true, subtree: true });
})();
