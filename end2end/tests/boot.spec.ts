import { expect, test } from '../fixtures.ts';
import { change, hold, hydrated, NO_MODULE, PROGRAM } from '../helpers.ts';
import { RoomPage } from '../pages/room.ts';

/** What translators, add-ons and proxies make of a page before its program starts. */
const CHANGES: [string, () => void][] = [
  [
    'a proxy that strips comments',
    () => {
      const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_COMMENT);
      const comments: Comment[] = [];
      for (let node = walker.nextNode(); node; node = walker.nextNode())
        comments.push(node as Comment);
      comments.forEach((comment) => comment.remove());
      document.body.normalize();
    },
  ],
  [
    'a proxy that strips blanks',
    () => {
      const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      const texts: Text[] = [];
      for (let node = walker.nextNode(); node; node = walker.nextNode()) texts.push(node as Text);
      texts.filter((text) => !text.data.trim()).forEach((text) => text.remove());
    },
  ],
  [
    'a translator',
    () => {
      const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      const texts: Text[] = [];
      for (let node = walker.nextNode(); node; node = walker.nextNode()) texts.push(node as Text);
      for (const text of texts) {
        if (!text.data.trim() || text.parentElement!.closest('script, textarea')) continue;
        const [outer, inner] = [document.createElement('font'), document.createElement('font')];
        inner.textContent = `[${text.data.trim()}]`;
        outer.append(inner);
        text.replaceWith(outer);
      }
    },
  ],
  [
    'an add-on, at the top',
    () => document.body.insertAdjacentHTML('afterbegin', '<div id="addon">hi</div>'),
  ],
  [
    'an add-on, inside the composer',
    () =>
      document
        .querySelector('textarea')!
        .insertAdjacentHTML('afterend', '<div id="addon">hi</div>'),
  ],
  [
    'an add-on, before each message',
    () =>
      document
        .querySelectorAll('article')
        .forEach((article) => article.insertAdjacentHTML('beforebegin', '<i></i>')),
  ],
];

for (const [what, edit] of CHANGES) {
  test(`a page that was changed on its way works: ${what}`, async ({ ada, join }) => {
    const bo = await join('Bo');
    const before = await ada.enter();
    await before.write('written before');
    await expect(before.pending).toHaveCount(0);

    await change(ada.page, edit);
    const hers = await ada.enter();
    await hydrated(ada.page);
    const his = await bo.enter();
    await hers.write('from a changed page');
    await expect(his.message('from a changed page')).toHaveCount(1);
    await his.write('an answer');
    await expect(hers.messages).toHaveCount(3);
    await expect(hers.composer).toHaveCount(1);
    await expect(ada.page.locator('.boot')).toHaveCount(0);
  });
}

test('an unchanged page is taken over, not rendered anew', async ({ ada }) => {
  await ada.page.addInitScript(() => {
    addEventListener('DOMContentLoaded', () =>
      document.querySelector('main')!.setAttribute('data-first', ''),
    );
  });
  const room = await ada.enter();
  await hydrated(ada.page);
  await expect(ada.page.locator('main[data-first]')).toHaveCount(1);
  await expect(room.composer).toBeVisible();
});

test('what was typed into a changed page is kept', async ({ ada }) => {
  const release = await hold(ada.page, PROGRAM);
  await change(ada.page, () =>
    document.body.insertAdjacentHTML('afterbegin', '<div id="addon">hi</div>'),
  );
  const room = new RoomPage(ada.page, 'general');
  await ada.page.goto('/rooms/general');
  await room.composer.fill('half written');
  await room.composer.evaluate((field: HTMLTextAreaElement) => field.setSelectionRange(4, 4));
  release();
  await hydrated(ada.page);
  await expect(room.composer).toHaveValue('half written');
  await expect(room.composer).toBeFocused();
  const place = await room.composer.evaluate((field: HTMLTextAreaElement) => field.selectionStart);
  expect(place).toBe(4);
  await room.send.click();
  await expect(room.message('half written')).toHaveCount(1);
  await expect(room.pending).toHaveCount(0);
});

test('after an update of the server, a page loads the new program', async ({
  ada,
  complaints,
}) => {
  // The first page names the files of a build that is gone.
  await change(ada.page, () => {
    if (sessionStorage.getItem('loaded')) return;
    sessionStorage.setItem('loaded', 'yes');
    document.querySelector<HTMLElement>('script[data-path]')!.dataset.path = '/pkg/000000000000';
  });
  let loads = 0;
  ada.page.on('domcontentloaded', () => (loads += 1));
  const room = await ada.enter();
  await hydrated(ada.page);
  expect(loads).toBe(2);
  await room.write('with the new program');
  await expect(room.pending).toHaveCount(0);
  expect(complaints.splice(0).filter((line) => !NO_MODULE.test(line))).toEqual([]);
});

test('a program that fails says so, and what is typed is kept', async ({
  ada,
  join,
  complaints,
}) => {
  const bo = await join('Bo');
  const his = await bo.enter();
  const hers = await ada.enter();
  await hers.composer.fill('half');
  // As a panic does.
  await ada.page.evaluate(() => {
    document.documentElement.setAttribute('data-failed', '');
  });
  const notice = ada.page.locator('.boot');
  await expect(notice).toContainText('stopped working');
  await expect(ada.page.locator('html')).not.toHaveAttribute('data-hydrated');
  await hers.composer.pressSequentially(' written');
  await hers.send.click();
  await expect(his.message('half written')).toHaveCount(1);
  await hydrated(ada.page);
  await expect(hers.composer).toHaveValue('');
  await expect(notice).toHaveCount(0);
  expect(complaints).toEqual([]);
});

test('an edit in a program that fails is kept, and becomes no other message', async ({
  ada,
}) => {
  const room = await ada.enter();
  await room.write('first words');
  await expect(room.pending).toHaveCount(0);
  await room.act('first words', 'Edit');
  await room.composer.fill('other');
  await ada.page.evaluate(() => document.documentElement.setAttribute('data-failed', ''));
  const notice = ada.page.locator('.boot');
  await expect(notice).toContainText('stopped working');
  await room.composer.pressSequentially(' words');
  await room.composer.press('Enter');
  await expect(room.send).toBeDisabled();
  await notice.getByRole('button', { name: 'Load again' }).click();
  await hydrated(ada.page);
  await expect(room.composer).toHaveValue('other words');
  await room.send.click();
  await expect(room.message('other words')).toHaveCount(1);
  await expect(room.messages).toHaveCount(1);
});

test('the notice stands above the page and covers nothing of it', async ({ ada }) => {
  const room = await ada.enter();
  await ada.page.evaluate(() => document.documentElement.setAttribute('data-failed', ''));
  const notice = ada.page.locator('.boot');
  await expect(notice).toBeVisible();
  const end = (await notice.boundingBox())!.height;
  const main = (await ada.page.locator('.shell__main').boundingBox())!;
  expect(main.y).toBeGreaterThanOrEqual(end - 1);
  const height = await ada.page.evaluate(() => innerHeight);
  expect(main.y + main.height).toBeLessThanOrEqual(height + 1);
  await expect(room.send).toBeInViewport({ ratio: 1 });
});

test('a program that cannot take over the page renders it anew, once', async ({
  ada,
  complaints,
}) => {
  // The comparison is switched off, so that the program begins and finds what it does not expect.
  await ada.page.route('**/boot.js*', async (route) => {
    const response = await route.fetch();
    const script = await response.text();
    const body = script.replace('shape() !== html.dataset.shape', 'false');
    expect(body).not.toBe(script);
    await route.fulfill({ response, body });
  });
  await change(ada.page, CHANGES[0]![1]);
  let loads = 0;
  ada.page.on('domcontentloaded', () => (loads += 1));
  const room = await ada.enter();
  await hydrated(ada.page);
  expect(loads).toBe(2);
  await room.write('after a failure');
  await expect(room.pending).toHaveCount(0);
  expect(complaints.splice(0).join(), 'the program reports its panic').toContain('panicked');
});
