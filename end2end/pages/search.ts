import { expect, type Locator, type Page } from '@playwright/test';
import { hydrated } from '../helpers.ts';

/** The search for messages: the field with what it offers, the filters, and what was found. */
export class SearchPage {
  readonly field: Locator;
  /** What the field offers. */
  readonly options: Locator;
  readonly filters: Locator;
  readonly results: Locator;
  /** How much was found. */
  readonly count: Locator;
  readonly fault: Locator;
  readonly recent: Locator;

  constructor(readonly page: Page) {
    this.field = page.getByRole('combobox', { name: 'Search messages' });
    this.options = page.locator('#search-completion').getByRole('option');
    this.filters = page.getByRole('group', { name: 'Filters' });
    this.results = page.getByRole('list', { name: 'Results' }).getByRole('listitem');
    this.count = page.locator('.results__count');
    this.fault = page.locator('#search-fault');
    this.recent = page.getByRole('region', { name: 'Recent searches' });
  }

  async open(query = ''): Promise<void> {
    // In Firefox, the window that was opened last has the focus.
    await this.page.bringToFront();
    await this.page.goto(query ? `/search?q=${encodeURIComponent(query)}` : '/search');
    await hydrated(this.page);
    await expect(this.field).toHaveValue(query);
  }

  filter(name: string): Locator {
    return this.filters.getByRole('button', { name, exact: true });
  }

  /** The link of a result. */
  link(text: string): Locator {
    return this.results.filter({ hasText: text }).getByRole('link');
  }

  /** Expects results with these texts, in this order. */
  async expectFound(...texts: (string | RegExp)[]): Promise<void> {
    await expect(this.results).toHaveText(
      texts.map((text) => (typeof text === 'string' ? new RegExp(text) : text)),
    );
  }
}
