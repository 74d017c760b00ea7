import path from 'node:path';
import { expect, type TestUser, test } from '../fixtures.ts';
import { appearances, hydrated } from '../helpers.ts';

const DOCS = path.resolve(import.meta.dirname, '../../docs');
const HERE = path.resolve(import.meta.dirname, '../screenshots');

test.use({ viewport: { width: 1280, height: 800 } });

test('screenshots of a room', { tag: '@screenshots' }, async ({ ada, join, entry }) => {
  test.slow();
  const users: Record<string, TestUser> = { Ada: ada };
  for (const name of ['Bo', 'Chen', 'Dana']) users[name] = await join(name);

  const created = await ada.page.request.post('/api/rooms', {
    headers: { authorization: `Bearer ${ada.token}` },
    data: { name: 'release' },
  });
  expect(created.status(), await created.text()).toBe(201);
  for (const name of ['design', 'front-desk', 'reading']) {
    await ada.page.request.post('/api/rooms', {
      headers: { authorization: `Bearer ${ada.token}` },
      data: { name },
    });
  }

  const rooms = Object.fromEntries(
    await Promise.all(
      Object.entries(users).map(
        async ([name, user]) => [name, await user.enter('release')] as const,
      ),
    ),
  );
  for (const [name, text] of conversation) {
    await rooms[name]!.write(text);
    await expect(rooms.Ada!.message(text)).toHaveCount(1);
    await expect(rooms[name]!.pending).toHaveCount(0);
  }

  for (const [name, text, reaction] of reactions)
    await rooms[name]!.act(text, `React with ${reaction}`);
  await rooms.Bo!.act('I am going through the checklist now.', 'Edit');
  await rooms.Bo!.composer.fill('Thanks. I am halfway through the checklist.');
  await rooms.Bo!.send.click();
  await expect(rooms.Ada!.message('halfway through')).toContainText('edited');

  const { page } = ada;
  await rooms.Ada!.goTo('design');
  const later: [string, string][] = [
    ['Chen', 'Staging is green. I tagged rc.3 from it.'],
    ['Dana', 'The invitation page reads well on a phone now.'],
  ];
  for (const [name, text] of later) {
    await rooms[name]!.write(text);
    await expect(rooms[name]!.pending).toHaveCount(0);
  }
  const desk = await users.Bo!.enter('front-desk', 'front-desk');
  for (const text of ['The courier was here.', 'Two parcels for @ada at the desk.'])
    await desk.write(text);
  await expect(desk.pending).toHaveCount(0);
  const reading = await users.Chen!.enter('reading', 'reading');
  await reading.write('Next: “The Design of Everyday Things”, chapter two.');
  await expect(rooms.Ada!.unread('release')).toHaveText('2 unread');
  await expect(rooms.Ada!.unread('reading')).toHaveText('1 unread');
  await page.goto('/rooms/release');
  await expect(rooms.Ada!.newLine).toBeVisible();
  const written = conversation.length + later.length;
  await expect(rooms.Ada!.messages).toHaveCount(written);
  await expect(rooms.Ada!.connection).toBeHidden();
  await page.screenshot({ path: `${DOCS}/screenshot.png` });
  for await (const appearance of appearances(page)) {
    await page.goto('/rooms/release');
    await expect(rooms.Ada!.connection).toHaveAttribute('data-state', 'current');
    await expect(rooms.Ada!.connection).toBeHidden();
    await page.screenshot({ path: `${HERE}/room-${appearance}.png` });
    await page.goto('/rooms');
    await hydrated(page);
    await page.screenshot({ path: `${HERE}/rooms-${appearance}.png` });
  }

  await page.context().clearCookies();
  for await (const appearance of appearances(page)) {
    await page.goto('/sign-in');
    await expect(entry.heading('Welcome back')).toBeVisible();
    await page.screenshot({ path: `${HERE}/sign-in-${appearance}.png` });
  }
});

const reactions: [string, string, string][] = [
  ['Ada', 'Restore on a clean machine', 'party'],
  ['Chen', 'Restore on a clean machine', 'party'],
  ['Dana', 'Restore on a clean machine', 'thumbs up'],
  ['Bo', 'Thursday at ten it is', 'thumbs up'],
  ['Chen', 'Thursday at ten it is', 'heart'],
  ['Ada', 'Copy is done', 'heart'],
];

const conversation: [string, string][] = [
  ['Chen', 'Morning. The build from last night is on staging, version 1.4.0-rc.2.'],
  ['Bo', 'Thanks. I am going through the checklist now.'],
  ['Bo', 'Backup while running: done. Restore on a clean machine: done, 40 seconds.'],
  ['Ada', 'Good. What is left before Thursday?'],
  [
    'Chen',
    'Two things. The copy on the invitation page, and a look at the sleep test: ' +
      'a laptop that was closed all night should catch up by itself.',
  ],
  ['Dana', 'I can take the copy. Is the text in the repository or with Fay?'],
  ['Ada', 'In the repository, one file per page. Short sentences, please.'],
  [
    'Bo',
    'Sleep test: mine was closed from 19:10 to 08:30. ' +
      'It came back with 212 messages, none twice, none missing.',
  ],
  ['Chen', 'Then I see nothing that holds us up.'],
  ['Dana', 'Copy is done, two lines shorter than before.'],
  ['Ada', 'Thursday at ten it is. I will write the notes.'],
];
