import { addRoom, expect, test } from '../fixtures.ts';
import { RoomPage } from '../pages/room.ts';

test('habit 18: people are added and removed from the page', async ({ ada, join }) => {
  await addRoom(ada, 'Front desk');
  const bo = await join('Bo');
  const his = await bo.enter();
  const hers = await ada.enter('front-desk', 'Front desk');
  await ada.page.bringToFront(); // Firefox focuses nothing elsewhere
  await hers.about.click();
  const panel = hers.aboutPanel;
  await panel.getByRole('button', { name: 'Add people' }).click();
  const field = panel.getByRole('combobox', { name: 'Add people' });
  await expect(field).toBeFocused();
  await field.fill('bo');
  await panel.getByRole('option', { name: 'Bo' }).click();
  await panel.getByRole('button', { name: 'Add', exact: true }).click();
  await expect(panel.getByText('Bo is in.')).toBeVisible();
  await expect(panel.getByRole('listitem').filter({ hasText: '@bo' })).toBeVisible();
  if (await his.back.isVisible()) await his.back.click();
  await expect(his.link('Front desk')).toBeVisible();
  await his.link('Front desk').click();
  const desk = new RoomPage(bo.page, 'Front desk');
  await expect(desk.composer).toBeVisible();

  await panel.getByRole('button', { name: 'Remove Bo from this room' }).click();
  await panel.getByRole('button', { name: 'Remove', exact: true }).click();
  await expect(panel.getByText('Bo is no longer in this room.')).toBeVisible();
  await expect(panel.getByRole('listitem').filter({ hasText: '@bo' })).toHaveCount(0);
  await expect(bo.page.getByText('You are not in Front desk.')).toBeVisible();
  await expect(desk.composer).toHaveCount(0);
  await desk.join.click();
  await expect(desk.composer).toBeVisible();
});

test('name, address and topic are changed by who may, and the others are told why not', async ({
  ada,
  join,
}) => {
  const bo = await join('Bo');
  await addRoom(bo, 'Front desk');
  await addRoom(bo, 'Taken');
  const chen = await join('Chen');
  const hers = await chen.enter('front-desk', 'Front desk');
  await hers.about.click();
  await expect(hers.aboutPanel.getByRole('textbox', { name: 'Topic' })).toBeDisabled();
  await expect(hers.aboutPanel).toContainText('Bo, the owner and admins can change this.');
  await expect(hers.aboutPanel.getByRole('button', { name: 'Archive' })).toBeDisabled();

  const his = await bo.enter('front-desk', 'Front desk');
  await his.about.click();
  const panel = his.aboutPanel;
  await panel.getByRole('textbox', { name: 'Address' }).fill('taken');
  await panel.getByRole('button', { name: 'Save' }).click();
  await expect(panel.getByRole('alert')).toHaveText(
    'Another room has that address. Choose another.',
  );
  await panel.getByRole('textbox', { name: 'Name' }).fill('Reception');
  await panel.getByRole('textbox', { name: 'Address' }).fill('reception');
  await panel.getByRole('textbox', { name: 'Topic' }).fill('Parcels and guests');
  await panel.getByRole('button', { name: 'Save' }).click();
  await expect(panel.getByText('Saved')).toBeVisible();
  await expect(bo.page).toHaveURL('/rooms/reception');
  await expect(chen.page).toHaveURL('/rooms/reception');
  await expect(hers.aboutPanel).toContainText('Parcels and guests');
  // On a phone it is behind the panel.
  await expect(chen.page.getByPlaceholder('Write to Reception')).toHaveCount(1);

  await panel.getByRole('button', { name: 'Archive' }).click();
  await panel.locator('.button--danger', { hasText: 'Archive' }).click();
  await expect(panel.getByRole('button', { name: 'Bring back' })).toBeVisible();
  await expect(hers.aboutPanel.getByRole('button', { name: 'Bring back' })).toBeDisabled();
  await panel.getByRole('button', { name: 'Bring back' }).click();
  await expect(panel.getByRole('button', { name: 'Archive' })).toBeVisible();

  await hers.aboutPanel.getByRole('button', { name: 'Leave' }).click();
  await expect(chen.page).toHaveURL('/rooms');
  await expect(hers.link('Reception')).toHaveCount(0);
  await ada.page.goto('/rooms/general');
});

test('the first room stays, keeps its address, and says why', async ({ ada }) => {
  const room = await ada.enter();
  await room.about.click();
  await expect(room.aboutPanel.getByRole('textbox', { name: 'Address' })).toBeDisabled();
  await expect(room.aboutPanel.getByRole('button', { name: 'Archive' })).toBeDisabled();
  await expect(room.aboutPanel).toContainText('Everybody begins here, so it cannot be archived.');
  await ada.page.keyboard.press('Escape');
  await expect(room.about).toBeFocused();
});

test('a private room is made with its people', async ({ ada, join }) => {
  const bo = await join('Bo');
  const his = await bo.enter();
  await ada.page.goto('/new-room');
  await ada.page.getByRole('radio', { name: 'Private' }).check({ force: true });
  await ada.page.getByRole('textbox', { name: 'Name' }).fill('Plans');
  await expect(ada.page.getByText('it is random')).toBeVisible();
  const people = ada.page.getByRole('combobox', { name: 'People' });
  await people.fill('bo');
  await expect(ada.page.getByRole('option', { name: 'Bo' })).toBeVisible();
  await people.press('Enter');
  await ada.page.getByRole('button', { name: 'Make room' }).click();
  const room = new RoomPage(ada.page, 'Plans');
  await expect(room.composer).toBeVisible();
  if (await his.back.isVisible()) await his.back.click();
  await expect(his.link('Plans')).toContainText('private');
  // An invitation would not lead there: the people of the room are added.
  await room.members.click();
  await expect(room.panel.getByText('@bo')).toBeVisible();
  await expect(room.invitation).toHaveCount(0);
  await room.panel.getByRole('button', { name: 'Add people' }).click();
  await expect(room.aboutPanel.getByRole('heading', { name: 'People' })).toBeVisible();
});

test('the last one in a private room is warned before leaving it', async ({ ada }) => {
  const made = await ada.call('POST', '/api/rooms', { name: 'Plans', private: true });
  const { id } = made as { id: string };
  const room = await ada.enter(id, 'Plans');
  await room.about.click();
  const panel = room.aboutPanel;
  const leave = panel.getByRole('button', { name: 'Leave' });
  await leave.click();
  await expect(panel.getByRole('alert')).toHaveText(
    'You are the last one here. Nobody will be able to read this room again.',
  );
  await panel.getByRole('button', { name: 'Archive instead' }).click();
  await expect(panel.getByRole('button', { name: 'Bring back' })).toBeVisible();
  await leave.click();
  await expect(panel.getByRole('alert')).toContainText('You are the last one here.');
  await expect(panel.getByRole('button', { name: 'Archive instead' })).toHaveCount(0);
});
