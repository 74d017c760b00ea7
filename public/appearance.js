// Applies the appearance that was chosen on this device, before the page is painted: it stands in
// the head and is not deferred. `browser/appearance.rs` of the program does the same for a change.
(() => {
  'use strict';

  const html = document.documentElement;
  const stored = (name) => {
    try {
      return localStorage.getItem(`banter/${name}`);
    } catch {
      return null; // storage may be forbidden
    }
  };
  const theme = stored('theme');
  if (theme === 'light' || theme === 'dark') {
    html.dataset.theme = theme;
    document.querySelector('meta[name=color-scheme]').content = theme;
    for (const meta of document.querySelectorAll('meta[name=theme-color]'))
      meta.media = meta.media.includes(theme) ? 'all' : 'not all';
  }
  if (stored('density') === 'compact') html.dataset.density = 'compact';
})();
