import { addRoom, expect, test } from '../fixtures.ts';
import { RoomPage } from '../pages/room.ts';

test('what is begun in one room stays there', async ({ ada }) => {
  await addRoom(ada, 'Front desk');
  const general = await ada.enter();
  const desk = new RoomPage(ada.page, 'Front desk');
  await general.composer.fill('begun in general');

  await general.goTo('Front desk');
  await expect(desk.composer).toHaveValue('');
  await expect(desk.send).toBeDisabled();
  await desk.composer.fill('begun at the desk');

  await desk.goTo('general');
  await expect(general.composer).toHaveValue('begun in general');
  await general.send.click();
  await expect(general.message('begun in general')).toHaveCount(1);
  await expect(general.composer).toHaveValue('');

  await general.goTo('Front desk');
  await expect(desk.composer).toHaveValue('begun at the desk');
  await expect(desk.message('begun in general')).toHaveCount(0);
  await ada.page.reload();
  await expect(desk.composer).toHaveValue('begun at the desk');
});
