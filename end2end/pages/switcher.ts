import type { Locator, Page } from '@playwright/test';

/** The switcher: a field, and below it what was found, in groups. */
export class Switcher {
  readonly dialog: Locator;
  readonly input: Locator;
  readonly options: Locator;

  constructor(readonly page: Page) {
    this.dialog = page.getByRole('dialog', { name: 'Jump to a room or person' });
    this.input = this.dialog.getByRole('combobox');
    this.options = this.dialog.getByRole('option');
  }

  /** The option that Enter takes. */
  get active(): Locator {
    return this.options.and(this.page.locator('[aria-selected=true]'));
  }

  /** The names in a group. */
  names(group: string): Locator {
    return this.dialog.getByRole('group', { name: group }).locator('.switcher__name');
  }

  option(name: string): Locator {
    return this.options.filter({ has: this.page.getByText(name, { exact: true }) });
  }
}
