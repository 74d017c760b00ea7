import { expect, type Locator, type Page } from '@playwright/test';

/** A room: its messages, the composer and the room list. */
export class RoomPage {
  readonly heading: Locator;
  readonly list: Locator;
  /** All messages, oldest first; dividers have no number and are not included. */
  readonly messages: Locator;
  readonly composer: Locator;
  /** Stands in place of the composer in a room that the user has not joined. */
  readonly join: Locator;
  /** The button that opens the settings of the room. */
  readonly about: Locator;
  /** The panel with the settings of the room. */
  readonly aboutPanel: Locator;
  readonly send: Locator;
  /** The connection status; hidden while the page is connected. */
  readonly connection: Locator;
  readonly invitation: Locator;
  readonly rooms: Locator;
  readonly newRoom: Locator;
  readonly signOut: Locator;
  readonly back: Locator;
  /** The button that shows the members of the room. */
  readonly members: Locator;
  readonly panel: Locator;
  /** On a phone: the button from the member panel back to the room. */
  readonly leavePanel: Locator;

  constructor(
    readonly page: Page,
    readonly name: string,
  ) {
    this.heading = page.getByRole('heading', { level: 1, name });
    this.list = page.getByRole('list', { name: 'Messages' });
    this.messages = this.list.getByRole('listitem').and(page.locator('[data-seq], [data-state]'));
    this.composer = page.getByRole('textbox', { name: `Write to ${name}` });
    this.join = page.getByRole('button', { name: 'Join', exact: true });
    this.about = page.getByRole('button', { name: 'About this room' });
    this.aboutPanel = page.getByRole('complementary', { name: 'About this' });
    this.send = page.getByRole('button', { name: 'Send', exact: true });
    this.connection = page.locator('[role=status][data-state]');
    this.invitation = page.getByRole('textbox', { name: 'Invitation link' });
    this.rooms = page.getByRole('navigation', { name: 'Rooms and people' });
    this.newRoom = this.rooms.getByRole('link', { name: 'New room' });
    this.signOut = page.getByRole('button', { name: 'Sign out' });
    this.back = page.getByRole('link', { name: 'back to rooms' });
    this.members = page
      .getByRole('button', { name: 'people', exact: false })
      .and(page.locator('[aria-expanded]'));
    this.panel = page.getByRole('complementary', { name: `People in ${name}` });
    this.leavePanel = page.getByRole('button', { name: `Back to ${name}` });
  }

  /** A message that has a text, which may not begin with a digit: the time stands before it. */
  message(text: string): Locator {
    if (/^\d/.test(text)) throw new Error(`"${text}" may match the time of another message`);
    return this.messages.filter({ hasText: text });
  }

  /** The messages that the server has not acknowledged. */
  get pending(): Locator {
    return this.messages.and(this.page.locator('[data-state=pending]'));
  }

  /** The notes of edits, deletions and pins that the server has not acknowledged. */
  get updating(): Locator {
    const waiting = /^(Saving|Deleting|(Saved|Deleted) when)/;
    return this.messages.locator('.message__note').getByText(waiting);
  }

  link(name: string): Locator {
    return this.rooms.getByRole('link', { name });
  }

  /** The unread count of a room in the room list. */
  unread(name: string): Locator {
    return this.link(name).locator('.room-link__unread');
  }

  /** The divider above the first unread message. */
  get newLine(): Locator {
    return this.list.locator('[data-new]');
  }

  /** The scrolling element. */
  get scroller(): Locator {
    return this.page.getByRole('group', { name: `Messages in ${this.name}` });
  }

  /** Shows all actions of a message and returns the one with this name. */
  async action(text: string, name: string): Promise<Locator> {
    const message = this.message(text);
    const more = message.getByRole('button', { name: 'Message actions' });
    // If the pointer rests, the list scrolls another message under it, which is then hovered.
    await this.page.mouse.move(0, 0);
    await more.focus();
    // Not with a key: Firefox gives the keyboard to one window only.
    if ((await more.getAttribute('aria-expanded')) !== 'true') await more.dispatchEvent('click');
    await expect(more).toHaveAttribute('aria-expanded', 'true');
    return message
      .getByRole('group', { name: 'Message actions' })
      .getByRole('button', { name, exact: true })
      .or(message.getByRole('menuitem', { name, exact: true }));
  }

  async act(text: string, name: string): Promise<void> {
    await (await this.action(text, name)).click();
  }

  /** The reactions to a message. */
  reactions(text: string): Locator {
    return this.message(text).getByRole('list', { name: 'Reactions' }).getByRole('button');
  }

  /** The visible content of all messages, without dividers. */
  async picture(): Promise<string[]> {
    return this.messages.evaluateAll((rows) =>
      rows.map((row) => {
        const written = [...row.querySelectorAll('.prose, .message__body > p, .reaction')];
        const texts = written.map((part) => (part as HTMLElement).innerText);
        const by = row.querySelector('article')?.getAttribute('aria-label');
        return [row.getAttribute('data-seq'), row.getAttribute('data-state'), by, ...texts].join(
          ' | ',
        );
      }),
    );
  }

  /** Opens another room by its link; on a phone the room list is a separate view. */
  async goTo(name: string): Promise<void> {
    if (await this.back.isVisible()) await this.back.click();
    await this.link(name).click();
  }

  async write(text: string): Promise<void> {
    await this.composer.fill(text);
    await this.send.click();
  }

  /** Sends many messages, faster than a user could. */
  async writeAll(texts: string[]): Promise<void> {
    await this.composer.evaluate((element, texts) => {
      const field = element as HTMLTextAreaElement;
      for (const text of texts) {
        field.value = text;
        field.dispatchEvent(new InputEvent('input', { bubbles: true }));
        field.form?.requestSubmit();
      }
    }, texts);
  }
}
