import type { Locator, Page } from '@playwright/test';
import type { RoomPage } from './room.ts';

/** The panel of a thread. */
export class ThreadPanel {
  readonly panel: Locator;
  /** The first message and the replies, oldest first. */
  readonly messages: Locator;
  readonly composer: Locator;
  readonly send: Locator;
  readonly alsoInRoom: Locator;
  readonly follow: Locator;
  readonly close: Locator;
  /** On a phone: leads back to the room or to the list. */
  readonly back: Locator;
  /** The divider above the first unread reply. */
  readonly newLine: Locator;

  constructor(
    readonly page: Page,
    readonly name = 'general',
  ) {
    this.panel = page.getByRole('complementary', { name: `Thread in ${name}` });
    const list = this.panel.getByRole('list', { name: 'Replies' });
    this.messages = list.getByRole('listitem').and(page.locator('[data-seq], [data-state]'));
    this.composer = this.panel.getByRole('textbox', { name: 'Reply in thread' });
    this.send = this.panel.getByRole('button', { name: 'Send', exact: true });
    this.alsoInRoom = this.panel.getByRole('checkbox', { name: 'Also in the room' });
    this.follow = this.panel.getByRole('button', { name: 'Follow this thread' });
    this.close = this.panel.getByRole('button', { name: 'Close thread' });
    this.back = this.panel.getByRole('link', { name: 'Back to' });
    this.newLine = list.locator('[data-new]');
  }

  /** A message that has a text, which may not begin with a digit: the time stands before it. */
  message(text: string): Locator {
    if (/^\d/.test(text)) throw new Error(`"${text}" may match the time of another message`);
    return this.messages.filter({ hasText: text });
  }

  get pending(): Locator {
    return this.messages.and(this.page.locator('[data-state=pending]'));
  }

  async write(text: string): Promise<void> {
    await this.composer.fill(text);
    await this.send.click();
  }

  /** Closes the panel: on a phone by the way back. */
  async leave(): Promise<void> {
    if (await this.close.isVisible()) await this.close.click();
    else await this.back.click();
  }
}

/** Opens the thread that a message begins. */
export async function openThread(room: RoomPage, text: string): Promise<ThreadPanel> {
  await room.act(text, 'Open thread');
  return new ThreadPanel(room.page, room.name);
}
