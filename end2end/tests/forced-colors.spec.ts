import type { Locator } from '@playwright/test';
import { addRoom, expect, test } from '../fixtures.ts';

test.skip(
  ({ browserName }) => browserName === 'firefox',
  'WebDriver BiDi does not force colors yet',
);
test.use({ forcedColors: 'active' });

/** What an element draws apart from its text: lines and grounds that differ from its page. */
interface Drawn {
  border: boolean;
  outline: boolean;
  ground: boolean;
}

function drawn(locator: Locator, part?: '::before' | '::after'): Promise<Drawn> {
  return locator.evaluate((element, part) => {
    const style = getComputedStyle(element, part);
    const canvas = getComputedStyle(document.body).backgroundColor;
    const line = (kind: string) =>
      style.getPropertyValue(`${kind}-style`) !== 'none' &&
      parseFloat(style.getPropertyValue(`${kind}-width`)) >= 1 &&
      style.getPropertyValue(`${kind}-color`) !== canvas;
    const none = 'rgba(0, 0, 0, 0)';
    return {
      border: ['top', 'right', 'bottom', 'left'].some((side) => line(`border-${side}`)),
      outline: line('outline'),
      ground:
        style.content !== 'none' && ![canvas, none].includes(style.backgroundColor) &&
        style.forcedColorAdjust === 'none',
    };
  }, part);
}

const nothing: Drawn = { border: false, outline: false, ground: false };

test('rooms and people are made out without grounds and shadows', async ({
  ada,
  join,
  isMobile,
}) => {
  test.skip(isMobile, 'a phone shows no open room in the list');
  await addRoom(ada, 'Front desk');
  const bo = await join('Bo');
  const his = await bo.enter('front-desk', 'Front desk');
  const hers = await ada.enter();
  await his.write('A parcel for @ada');
  await expect(hers.unread('Front desk')).toHaveText('1 unread, 1 mention');

  const [open, other] = [hers.link('general'), hers.link('Front desk')];
  await expect(open).toHaveAttribute('aria-current', 'page');
  expect((await drawn(open)).outline, 'the open room').toBe(true);
  expect(await drawn(other), 'another room').toEqual(nothing);
  await other.focus();
  expect((await drawn(other)).outline, 'a room with the focus').toBe(true);
  expect((await drawn(hers.unread('Front desk'))).border, 'the number of unread').toBe(true);
  const mention = await drawn(other.locator('.badge--mention'));
  expect(mention.border || mention.ground, 'the mark of a mention').toBe(true);

  expect((await drawn(hers.members)).outline, 'the button of a closed panel').toBe(false);
  await hers.members.click();
  await expect(hers.panel).toBeVisible();
  expect((await drawn(hers.members)).outline, 'the button of an open panel').toBe(true);
  const dot = hers.panel.locator('.presence[data-presence=online]').first();
  expect((await drawn(dot)).ground, 'who is online').toBe(true);
});

test('messages and the composer are made out without grounds and shadows', async ({
  ada,
  join,
}) => {
  await addRoom(ada, 'Front desk');
  const bo = await join('Bo');
  const his = await bo.enter();
  const hers = await ada.enter();
  await his.write('seen already');
  await expect(hers.message('seen already')).toBeVisible();
  await hers.goTo('Front desk');
  await his.write('The demo is on Thursday');
  await his.write('Who brings a cable, @ada?');
  await his.act('The demo is on Thursday', 'React with heart');
  await hers.goTo('general');
  await hers.act('The demo is on Thursday', 'React with party');
  const [own, foreign] = [
    hers.reactions('The demo is on Thursday').and(hers.page.locator('[aria-pressed=true]')),
    hers.reactions('The demo is on Thursday').and(hers.page.locator('[aria-pressed=false]')),
  ];
  expect((await drawn(foreign)).border, 'a reaction').toBe(true);
  await expect(own).toBeVisible();
  expect(await drawn(own), 'an own reaction').not.toEqual(await drawn(foreign));

  await expect(hers.newLine).toBeVisible();
  const label = await drawn(hers.newLine.locator('.divider__label'));
  expect(label.border || label.ground, 'the line above what is new').toBe(true);
  const [mention, plain] = [hers.message('brings a cable'), hers.message('seen already')];
  expect((await drawn(mention, '::before')).ground, 'a mention').toBe(true);
  expect((await drawn(plain, '::before')).ground, 'another message').toBe(false);

  const card = hers.page.locator('.composer__card');
  await hers.scroller.focus();
  const resting = await drawn(card);
  expect(resting.border, 'the frame of the composer').toBe(true);
  await hers.composer.focus();
  expect(await drawn(card), 'the composer with the focus').not.toEqual(resting);
  await hers.page.keyboard.press('Shift+Tab');
  expect((await drawn(hers.page.locator(':focus'))).outline, 'what has the focus').toBe(true);
});

test('fields and buttons of forms are made out without grounds and shadows', async ({ page }) => {
  await page.goto('/first-start');
  const field = page.getByRole('textbox', { name: 'Username' });
  expect((await drawn(field)).border, 'a field').toBe(true);
  await field.focus();
  expect((await drawn(field)).outline, 'a field with the focus').toBe(true);
  const button = page.getByRole('button', { name: 'Create owner account' });
  expect((await drawn(button)).border, 'the button').toBe(true);
});
