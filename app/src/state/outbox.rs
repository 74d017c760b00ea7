//! The messages that were written here and are not in the room log yet.

use protocol::{MessageId, Quote, RoomId, Sent, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    conversation::Conversation,
    pending::{PendingItem, PendingQueue},
    tray::PendingFile,
    updates::UNDO_MS,
};

/// Most bytes of files for which the next messages of the room wait. Of larger ones, they do not,
/// so that nobody waits for a film.
const MAX_AWAITED_BYTES: u64 = 10_000_000;

/// A message whose event has not arrived. The browser's storage keeps it as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingMessage {
    /// The message's id.
    pub id: MessageId,
    /// The room that it is sent to.
    pub room: RoomId,
    /// Its text.
    pub text: String,
    /// When it was written, by this device's clock.
    pub written_at: Timestamp,
    /// The message that it quotes, as it stood then. Items of earlier builds have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<Box<Quote>>,
    /// The thread that it replies in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread: Option<MessageId>,
    /// True if the room shows this reply of a thread as well.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub in_room: bool,
    /// True while the user can undo it here. It is not sent then.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub held: bool,
    /// Its files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<PendingFile>,
    /// The reason why the server refused it.
    #[serde(rename = "failed")]
    pub refused: Option<String>,
    /// The server's response, once the message is durable. The event of the message may arrive
    /// later, after events of other users that precede it. Until then, the message is shown from
    /// here. It is not stored, because another page reads the message from the room log.
    #[serde(skip)]
    pub confirmed: Option<Sent>,
    /// Until when another tab is expected to send it, by this page's clock.
    #[serde(skip)]
    pub deferred_until: Option<i64>,
}

impl PendingMessage {
    /// Creates a message that waits to be sent.
    #[must_use]
    pub fn new(id: MessageId, room: RoomId, text: String, written_at: Timestamp) -> Self {
        Self {
            id,
            room,
            text,
            written_at,
            reply_to: None,
            thread: None,
            in_room: false,
            held: false,
            files: Vec::new(),
            refused: None,
            confirmed: None,
            deferred_until: None,
        }
    }

    /// Returns whether a room or a thread shows the message.
    #[must_use]
    pub fn is_shown_in(&self, place: Conversation) -> bool {
        let is_shown = match place.thread {
            None => self.thread.is_none() || self.in_room,
            thread => self.thread == thread,
        };
        self.room == place.room && is_shown
    }
}

impl PendingItem for PendingMessage {
    const FOLDER: &'static str = "outbox";

    type Id = MessageId;

    fn id(&self) -> MessageId {
        self.id
    }

    fn uuid(&self) -> Uuid {
        self.id.0
    }

    fn room(&self) -> RoomId {
        self.room
    }

    fn created_at(&self) -> Timestamp {
        self.written_at
    }

    fn confirmed_seq(&self) -> Option<u64> {
        self.confirmed.as_ref().map(|sent| sent.seq)
    }

    fn is_refused(&self) -> bool {
        self.refused.is_some()
    }

    fn set_refused(&mut self, reason: Option<String>) {
        self.refused = reason;
    }

    fn deferred_until(&self) -> Option<i64> {
        self.deferred_until.or(self.held.then_some(i64::MAX))
    }

    /// Leaves it to another tab, which may hold it.
    fn defer(&mut self, until: i64) {
        let undo = if self.held { UNDO_MS } else { 0 };
        self.deferred_until = Some(until + undo);
    }

    fn is_ready(&self) -> bool {
        self.files.iter().all(PendingFile::is_ready)
    }

    fn blocks(&self) -> bool {
        let missing = self.files.iter().filter(|file| file.file.is_none());
        missing.map(|file| file.size).sum::<u64>() <= MAX_AWAITED_BYTES
    }

    fn update_from(&mut self, stored: Self) {
        self.held &= stored.held;
        // Another tab may lack the bytes of files that this one still sends.
        if self.is_ready() || stored.refused.is_none() {
            self.refused = stored.refused;
        }
        for file in &mut self.files {
            let Some(known) = stored.files.iter().find(|known| known.id == file.id) else {
                continue;
            };
            file.file = known.file.or(file.file);
            if known.described.is_some() {
                file.described.clone_from(&known.described);
            }
            if known.upload.is_some() {
                file.upload.clone_from(&known.upload);
            }
        }
    }

    fn is_stored_like(&self, other: &Self) -> bool {
        (self.id, self.held, &self.refused, &self.files)
            == (other.id, other.held, &other.refused, &other.files)
    }

    fn to_text(&self) -> Option<String> {
        serde_json::to_string(self).ok()
    }

    fn from_text(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }
}

/// The messages that wait for the server or for their events.
pub type PendingMessages = PendingQueue<PendingMessage>;

impl PendingMessages {
    /// Appends a new message.
    pub fn push(&mut self, mut message: PendingMessage) {
        // Messages are sorted by time after a reload. Times must therefore increase, even if the
        // clock is set back.
        if let Some(last) = self.items.iter().map(|known| known.written_at).max() {
            let after_last = Timestamp::from_millis(last.as_millis() + 1);
            message.written_at = message.written_at.max(after_last);
        }
        self.items.push(message);
    }

    /// Returns the messages that a room or a thread shows.
    pub fn shown_in(&self, place: Conversation) -> impl Iterator<Item = &PendingMessage> {
        self.items.iter().filter(move |message| message.is_shown_in(place))
    }

    /// Marks a message as confirmed by the server.
    pub fn confirm(&mut self, sent: Sent) {
        if let Some(message) = self.find(sent.id) {
            message.confirmed = Some(sent);
        }
    }

    /// Changes a file of a message. Returns whether it is there.
    pub fn change_file(&mut self, id: Uuid, change: impl FnOnce(&mut PendingFile)) -> bool {
        let mut files = self.items.iter_mut().flat_map(|message| &mut message.files);
        files.find(|file| file.id == id).map(change).is_some()
    }

    /// Returns the files that this tab has to send for messages. Whether one is refused is part of
    /// its message, so that all tabs agree on it.
    pub fn due_files(&self, now: i64) -> impl Iterator<Item = Uuid> {
        let waiting = self.items.iter().filter(move |message| {
            message.refused.is_none()
                && message.confirmed.is_none()
                // That of another tab is left to it at first.
                && message.deferred_until.is_none_or(|until| now >= until)
        });
        let files = waiting.flat_map(|message| &message.files);
        files.filter(|file| file.is_due()).map(|file| file.id)
    }

    /// Notes that the message which another one quotes is gone. Returns whether it quoted any.
    pub(crate) fn end_quote(&mut self, id: MessageId) -> bool {
        let quote = self.find(id).and_then(|message| message.reply_to.as_mut());
        let Some(quote) = quote.filter(|quote| !quote.deleted) else { return false };
        (quote.text, quote.file, quote.deleted) = (None, None, true);
        true
    }

    /// Applies a deletion to the messages that quote the deleted one.
    pub(crate) fn quoted_deleted(&mut self, deleted: MessageId) {
        let is_quoted = |message: &PendingMessage| {
            message.reply_to.as_ref().is_some_and(|quote| quote.id == deleted)
        };
        let quoting: Vec<_> =
            self.items.iter().filter(|item| is_quoted(item)).map(|item| item.id).collect();
        for id in quoting {
            self.end_quote(id);
        }
    }

    /// Refuses the message of a file that the server does not take.
    pub fn refuse_file(&mut self, id: Uuid, reason: &str) {
        let message = self.items.iter_mut().find(|message| {
            message.confirmed.is_none() && message.files.iter().any(|file| file.id == id)
        });
        if let Some(message) = message {
            message.refused = Some(reason.to_owned());
        }
    }

    /// Returns the messages that the user can undo here.
    pub fn held(&self) -> impl Iterator<Item = &PendingMessage> {
        self.items.iter().filter(|message| message.held && message.deferred_until.is_none())
    }

    /// Has a message sent that was held.
    pub fn release(&mut self, id: MessageId) {
        if let Some(message) = self.find(id) {
            message.held = false;
        }
    }

    /// Leaves messages to the page that holds them, if they are as young as that: another tab may
    /// be open. `now` is the time, `elapsed_ms` that of this page's clock.
    pub fn leave_held(&mut self, now: Timestamp, elapsed_ms: i64) {
        for message in self.items.iter_mut().filter(|message| message.held) {
            message.held = false;
            let left = message.written_at.as_millis() + UNDO_MS - now.as_millis();
            if (1..=UNDO_MS).contains(&left) {
                message.deferred_until = Some(elapsed_ms + left);
            }
        }
    }

    /// Returns the refused messages of rooms for which `is_gone` holds. No room shows them.
    pub fn refused_in(
        &self,
        is_gone: impl Fn(RoomId) -> bool,
    ) -> impl Iterator<Item = &PendingMessage> {
        self.items.iter().filter(move |item| item.refused.is_some() && is_gone(item.room))
    }
}

#[cfg(test)]
mod tests;
