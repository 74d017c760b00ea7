//! The messages that were written here and are not in the room log yet.

use protocol::{MessageId, RoomId, Sent, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::pending::{PendingItem, PendingQueue};

/// A message that has not come back as an event. The browser's storage keeps it as JSON.
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
    /// The reason why the server refused it.
    pub failed: Option<String>,
    /// The server's answer, once the message is durable. Its event may arrive later, after events
    /// of other users that precede it; until then the message is shown from here. Another page
    /// reads it from the room log.
    #[serde(skip)]
    pub sent: Option<Sent>,
    /// Until when another tab is expected to send it, by this page's clock.
    #[serde(skip)]
    pub deferred_until: Option<i64>,
}

impl PendingMessage {
    /// Creates a message that waits to be sent.
    #[must_use]
    pub fn new(id: MessageId, room: RoomId, text: String, written_at: Timestamp) -> Self {
        Self { id, room, text, written_at, failed: None, sent: None, deferred_until: None }
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
        self.sent.as_ref().map(|sent| sent.seq)
    }

    fn is_refused(&self) -> bool {
        self.failed.is_some()
    }

    fn set_refused(&mut self, reason: Option<String>) {
        self.failed = reason;
    }

    fn deferred_until(&self) -> Option<i64> {
        self.deferred_until
    }

    fn defer(&mut self, until: i64) {
        self.deferred_until = Some(until);
    }

    fn update_from(&mut self, stored: Self) {
        self.failed = stored.failed;
    }

    fn is_stored_like(&self, other: &Self) -> bool {
        self.id == other.id && self.failed == other.failed
    }

    fn to_text(&self) -> Option<String> {
        serde_json::to_string(self).ok()
    }

    fn from_text(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }
}

/// The messages that wait for the server or for their events.
pub type Outbox = PendingQueue<PendingMessage>;

impl Outbox {
    /// Appends a new message.
    pub fn push(&mut self, mut message: PendingMessage) {
        // Times give the order after a reload, so they must differ and increase even if the clock
        // is set back.
        if let Some(last) = self.items.iter().map(|known| known.written_at).max() {
            let after_last = Timestamp::from_millis(last.as_millis() + 1);
            message.written_at = message.written_at.max(after_last);
        }
        self.items.push(message);
    }

    /// Marks a message as confirmed by the server.
    pub fn confirm(&mut self, sent: Sent) {
        if let Some(message) = self.find(sent.id) {
            message.sent = Some(sent);
        }
    }

    /// Drops refused messages of rooms for which `is_gone` holds.
    pub fn drop_refused(&mut self, is_gone: impl Fn(RoomId) -> bool) {
        self.items.retain(|message| message.failed.is_none() || !is_gone(message.room));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::pending::TAB_GRACE_MS;

    fn entry(id: u128, room: u128) -> PendingMessage {
        let written_at = Timestamp::from_millis(i64::try_from(id).unwrap_or_default());
        let (room, text) = (RoomId(Uuid::from_u128(room)), id.to_string());
        PendingMessage::new(MessageId(Uuid::from_u128(id)), room, text, written_at)
    }

    fn next(outbox: &Outbox) -> Vec<String> {
        outbox.next(0).into_iter().map(|entry| entry.text.clone()).collect()
    }

    #[test]
    fn each_room_sends_one_message_at_a_time() {
        let mut outbox = Outbox::restored(vec![entry(3, 8), entry(1, 7), entry(2, 7)]);
        assert_eq!(next(&outbox), ["1", "3"]);
        outbox.remove(MessageId(Uuid::from_u128(1)));
        assert_eq!(next(&outbox), ["2", "3"]);
    }

    #[test]
    fn a_message_of_another_tab_is_deferred_and_blocks_no_other_message() {
        let mut outbox = Outbox::default();
        outbox.merge_from_tab(entry(1, 7), 0);
        outbox.push(entry(2, 7));
        let next = |outbox: &Outbox, now| outbox.next(now).first().map(|entry| entry.text.clone());
        assert_eq!(next(&outbox, 0).as_deref(), Some("2"));
        outbox.remove(MessageId(Uuid::from_u128(2)));
        assert_eq!(next(&outbox, TAB_GRACE_MS - 1), None);
        outbox.merge_from_tab(entry(1, 7), 4_000);
        assert_eq!(next(&outbox, TAB_GRACE_MS).as_deref(), Some("1"));
        outbox
            .merge_from_tab(PendingMessage { failed: Some("no".to_owned()), ..entry(1, 7) }, 4_000);
        assert_eq!(next(&outbox, TAB_GRACE_MS), None);
        assert_eq!(outbox.entries().len(), 1);
    }

    #[test]
    fn a_refused_message_waits_and_blocks_no_other_message() {
        let mut outbox = Outbox::restored(vec![entry(1, 7), entry(2, 7)]);
        outbox.fail(MessageId(Uuid::from_u128(1)), "no".to_owned());
        assert_eq!(next(&outbox), ["2"]);
        outbox.retry(MessageId(Uuid::from_u128(1)));
        assert_eq!(next(&outbox), ["1"]);
    }

    #[test]
    fn a_confirmed_message_stays_until_the_room_log_is_read_that_far() {
        let mut outbox = Outbox::restored(vec![entry(1, 7), entry(2, 7)]);
        let (id, room) = (MessageId(Uuid::from_u128(1)), RoomId(Uuid::from_u128(7)));
        outbox.confirm(Sent { id, room, seq: 5, sent_at: Timestamp::default() });
        assert_eq!(next(&outbox), ["2"]);
        outbox.drop_confirmed(room, 4);
        assert_eq!(outbox.entries().len(), 2);
        outbox.drop_confirmed(room, 5);
        assert_eq!(outbox.entries(), [entry(2, 7)]);
    }
}
