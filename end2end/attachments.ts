import type { Locator, Page } from '@playwright/test';
import { expect } from './fixtures.ts';
import type { Picture } from './pictures.ts';

/** The files of the next message, one by one. */
export const items = (page: Page) =>
  page.getByRole('list', { name: 'Files of this message' }).getByRole('listitem');

/** A picture of a message. */
export const picture = (message: Locator, name: string) => message.getByRole('img', { name });

/** A file with words. */
export const notes: Picture = {
  name: 'notes.txt',
  mimeType: 'text/plain',
  buffer: Buffer.from('a few words\n'),
};

/** Chooses files as the button for it does. */
export async function choose(page: Page, ...files: Picture[]): Promise<void> {
  await expect(page.getByRole('button', { name: 'Add files' })).toBeVisible();
  await page.getByLabel('Files to add').setInputFiles(files);
}
