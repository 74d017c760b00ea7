import path from 'node:path';
import { ask, expect, type TestUser, test } from '../fixtures.ts';
import { appearances, hydrated } from '../helpers.ts';
import { RoomPage } from '../pages/room.ts';
import { openThread } from '../pages/thread.ts';

const HERE = path.resolve(import.meta.dirname, '../screenshots/views');

test.use({ viewport: { width: 1280, height: 800 }, settings: { BANTER_RATE_LIMIT: 'off' } });

// Every view of conversations and people, to be looked at beside the design.
test('screenshots of all views', { tag: '@screenshots' }, async ({ ada, join }) => {
  test.setTimeout(900_000);
  const { page } = ada;
  const all = await team(ada, join);
  const room = new RoomPage(page, 'release');
  const enter = async (address: string) => {
    await page.goto(address);
    await hydrated(page);
  };
  const inRoom = (then: () => Promise<unknown>) => async () => {
    await enter('/rooms/release');
    await expect(room.messages.first()).toBeVisible();
    await expect(room.connection).toBeHidden();
    await then();
  };
  const pages: Record<string, string> = {
    rooms: '/rooms',
    browse: '/browse',
    unread: '/unread',
    search: '/search?q=the',
    threads: '/threads',
    'new-message': '/new-message',
    'new-room': '/new-room',
    settings: '/settings',
    people: '/people',
    admin: '/admin',
    invitations: '/invitations',
    direct: `/rooms/${all.direct}`,
    error: '/no-such-page',
  };
  const views: Record<string, () => Promise<unknown>> = {
    ...Object.fromEntries(
      Object.entries(pages).map(([name, address]) => [name, () => enter(address)]),
    ),
    room: inRoom(async () => {}),
    thread: inRoom(() => openThread(room, 'Who takes')),
    'room-settings': inRoom(() => room.about.first().click()),
    members: inRoom(() => room.members.click()),
    'message-sheet': inRoom(() => room.action('Who takes', 'Edit')),
    history: inRoom(() =>
      room.message('halfway').getByRole('button', { name: 'edited' }).click(),
    ),
    pins: inRoom(() => page.getByRole('button', { name: /pinned/i }).first().click()),
    replying: inRoom(() => room.act('Who takes', 'Reply')),
    switcher: inRoom(() => page.keyboard.press('Control+k')),
    shortcuts: inRoom(async () => {
      await page.keyboard.press('Escape');
      await room.message('Who takes').focus();
      await page.keyboard.press('?');
    }),
    profile: inRoom(() =>
      room.message('I do').getByRole('button', { name: 'Chen', exact: true }).click(),
    ),
    status: async () => {
      await enter('/rooms');
      await page.getByRole('button', { name: /^Ada/ }).first().click();
    },
  };
  for await (const appearance of appearances(page)) {
    for (const [name, show] of Object.entries(views)) {
      await test.step(`${name} ${appearance}`, show);
      await page.waitForLoadState('networkidle');
      const file = `${HERE}/${name}-${appearance}.png`;
      await page.screenshot({ path: file, animations: 'disabled' });
    }
  }
});

/** Makes a team of five with rooms, a thread, pins, mentions and a direct room. */
async function team(ada: TestUser, join: (name: string) => Promise<TestUser>) {
  for (const [name, topic] of [
    ['release', 'What ships on Thursday, and what is left'],
    ['design', 'Drafts, fonts and colors'],
    ['front-desk', 'Visitors and parcels'],
    ['reading', 'One book a month'],
  ]) {
    const { slug } = (await ada.call('POST', '/api/rooms', { name })) as { slug: string };
    await ada.call('PATCH', `/api/rooms/${slug}`, { topic });
  }
  await ada.call('POST', '/api/rooms', { name: 'board', private: true });
  const [bo, chen, dana] = [await join('Bo'), await join('Chen'), await join('Dana')];
  for (const user of [ada, bo, chen, dana]) await user.enter();
  await ada.call('PATCH', '/api/me', { about: 'Owner of this Banter. Mornings are best.' });
  await chen.call('PATCH', '/api/me', {
    about: 'Builds and deploys.',
    status: { emoji: '🏝️', text: 'Back on Monday' },
  });
  const his = await bo.enter('release');
  for (const text of [
    'The **build** from last night is on staging:\n\n- `1.4.0-rc.2`\n- notes in #design',
    'Thanks. I am going through the checklist now.',
    'Who takes the *invitation page*?',
  ])
    await his.write(text);
  await expect(his.pending).toHaveCount(0);
  await his.act('Thanks.', 'Edit');
  await his.composer.fill('Thanks. I am halfway through the checklist.');
  await his.send.click();
  const theirs = await chen.enter('release');
  await theirs.write('I do, @ada has the text. :tada:');
  const hers = await ada.enter('release');
  await expect(hers.messages).toHaveCount(4);
  await hers.act('Who takes', 'React with party');
  const thread = await openThread(hers, 'Who takes');
  await thread.write('With me until Thursday.');
  await expect(thread.message('With me')).toHaveAttribute('data-seq');
  const answer = await openThread(theirs, 'Who takes');
  await answer.write('Two lines shorter now, @ada.');
  await expect(answer.pending).toHaveCount(0);
  await hers.act('The build', 'Pin');
  await (await dana.enter('release')).write('The invitation page reads well on a phone now.');
  const desk = await bo.enter('front-desk');
  await desk.write('Two parcels for @ada at the desk.');
  await expect(desk.pending).toHaveCount(0);
  const room = (await bo.call('POST', '/api/direct', { users: [ada.username] })) as { id: string };
  await ask(bo, 'chat', { room: room.id, text: 'Can you look at the notes before lunch?' });
  return { direct: room.id };
}
