import type { Locator, Page } from '@playwright/test';

/** First start, sign in and join: one form each, with the same fields. */
export class EntryPage {
  readonly name: Locator;
  readonly username: Locator;
  readonly password: Locator;
  readonly alert: Locator;

  constructor(readonly page: Page) {
    this.name = page.getByLabel('Your name');
    this.username = page.getByLabel('Username');
    this.password = page.getByLabel('Password', { exact: true });
    this.alert = page.getByRole('alert');
  }

  heading(text: string | RegExp): Locator {
    return this.page.getByRole('heading', { level: 1, name: text });
  }

  button(name: 'Create owner account' | 'Sign in' | 'Join'): Locator {
    return this.page.getByRole('button', { name, exact: true });
  }

  async signIn(username: string, password: string): Promise<void> {
    await this.username.fill(username);
    await this.password.fill(password);
    await this.button('Sign in').click();
  }
}
