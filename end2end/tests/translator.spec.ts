import type { Page } from '@playwright/test';
import { expect, test } from '../fixtures.ts';
import { hydrated } from '../helpers.ts';

test('what a translator replaced on a living page is kept up to date', async ({ ada, join }) => {
  const bo = await join('Bo');
  const hers = await ada.enter();
  const his = await bo.enter();
  await translate(ada.page);
  const typing = ada.page.getByText('[Bo is typing]', { exact: true });
  await his.composer.pressSequentially('a');
  await expect(typing).toHaveCount(1);
  await his.write('translate me');
  await expect(typing).toHaveCount(0);
  await expect(ada.page.getByText('is typing')).toHaveCount(0);
  await expect(hers.message('[translate me]')).toHaveCount(1);

  for (const number of [1, 2, 3]) {
    await hers.write(`hers ${number}`);
    await expect(his.message(`hers ${number}`)).toHaveCount(1);
    await his.write(`his ${number}`);
    await expect(hers.message(`[his ${number}]`)).toHaveCount(1);
  }
  await expect(hers.messages).toHaveCount(7);
  await expect(hers.list.getByText('Sending')).toHaveCount(0);
  await hydrated(ada.page);
});

test('a translator does not make the connection line stale', async ({ server, ada }) => {
  const room = await ada.enter();
  await translate(ada.page);
  await server.kill();
  await expect(room.connection).toHaveAttribute('data-state', 'offline');
  await expect(room.connection).toContainText('[Offline since');
  await server.start();
  await expect(room.connection).toHaveAttribute('data-state', 'current', { timeout: 30_000 });
  await expect(room.connection).not.toContainText('Offline');
  await room.write('still here');
  await expect(room.pending).toHaveCount(0);
  await expect(room.messages).toHaveCount(1);
});

/** Does what Google Translate does: replaces each text node, now and later, by two elements. */
async function translate(page: Page) {
  await page.evaluate(() => {
    const done = new WeakSet<Node>();
    const work = (root: Node) => {
      const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
      const texts: Text[] = [];
      for (let node = walker.nextNode(); node; node = walker.nextNode()) texts.push(node as Text);
      if (root instanceof Text) texts.push(root);
      for (const text of texts) {
        const parent = text.parentElement;
        if (!parent || done.has(text) || !text.data.trim()) continue;
        if (parent.closest('script, textarea, font')) continue;
        const [outer, inner] = [document.createElement('font'), document.createElement('font')];
        const translated = document.createTextNode(`[${text.data.trim()}]`);
        done.add(translated);
        inner.append(translated);
        outer.append(inner);
        parent.replaceChild(outer, text);
      }
    };
    work(document.body);
    new MutationObserver((records) => {
      for (const { type, target, addedNodes } of records)
        for (const node of type === 'characterData' ? [target] : addedNodes) work(node);
    }).observe(document.body, { childList: true, characterData: true, subtree: true });
  });
}
