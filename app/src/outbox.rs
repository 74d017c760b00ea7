//! What was written here and is not yet in the log, as far as this page knows it.
//!
//! Each entry carries the id that this page made, so sending it again, after a lost connection or a reload, never
//! doubles it. Entries of one room go out one after the other, which keeps their order whatever fails in between.
//!
//! All tabs of one person on a device share what is kept there. What another tab wrote is shown here too, and left to
//! that tab; only if it is still there some seconds later does this one send it: the other may be closed or frozen.

use protocol::{MessageId, RoomId, Sent, Timestamp};
use serde::{Deserialize, Serialize};

/// How long what another tab wrote is left to that tab, in milliseconds.
pub(crate) const LEFT_TO_OTHERS_MS: i64 = 5_000;

/// Something written, and not yet come back as an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The message's id, for good.
    pub id: MessageId,
    /// Where it goes.
    pub room: RoomId,
    /// What it says.
    pub text: String,
    /// When it was written, by this device's clock.
    pub written_at: Timestamp,
    /// Why the server refused it; it waits for its author then.
    pub failed: Option<String>,
    /// What the server answered once it was on its disk. The event may come later, after others' that stand before
    /// it; until then it is shown from here. Another page reads it from the log.
    #[serde(skip)]
    pub sent: Option<Sent>,
    /// Until when another tab is left to send it, by this page's clock.
    #[serde(skip)]
    pub others_until: Option<i64>,
}

/// All entries, in the order written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outbox(Vec<Entry>);

impl Outbox {
    /// With what an earlier page left behind, in any order.
    #[must_use]
    pub fn restored(mut entries: Vec<Entry>) -> Self {
        entries.sort_by_key(|entry| entry.written_at);
        Self(entries)
    }

    /// Adds what was just written.
    pub fn push(&mut self, mut entry: Entry) {
        // Moments tell the order after a reload: no two are the same, and a clock set back changes nothing.
        if let Some(last) = self.0.iter().map(|known| known.written_at).max() {
            entry.written_at = entry.written_at.max(Timestamp::from_millis(last.as_millis() + 1));
        }
        self.0.push(entry);
    }

    /// Takes what another tab keeps: new, or changed there.
    pub fn learn(&mut self, entry: Entry, now: i64) {
        match self.0.iter_mut().find(|known| known.id == entry.id) {
            Some(known) => known.failed = entry.failed,
            None => self.0.push(Entry { others_until: Some(now + LEFT_TO_OTHERS_MS), ..entry }),
        }
    }

    /// Takes out what was seen or discarded.
    pub fn take(&mut self, id: MessageId) {
        self.0.retain(|entry| entry.id != id);
    }

    /// Marks as being in the log.
    pub fn acknowledge(&mut self, sent: Sent) {
        self.find(sent.id, |entry| entry.sent = Some(sent));
    }

    /// Takes out what the first `seq` events of a room's log hold.
    pub fn covered(&mut self, room: RoomId, seq: u64) {
        self.0.retain(|entry| {
            entry.room != room || entry.sent.as_ref().is_none_or(|sent| sent.seq > seq)
        });
    }

    /// Marks as refused.
    pub fn fail(&mut self, id: MessageId, why: String) {
        self.find(id, |entry| entry.failed = Some(why));
    }

    /// Lets a refused one go out again.
    pub fn retry(&mut self, id: MessageId) {
        self.find(id, |entry| entry.failed = None);
    }

    /// Gives up what was refused in rooms that are gone.
    pub fn give_up_refused(&mut self, is_gone: impl Fn(RoomId) -> bool) {
        self.0.retain(|entry| entry.failed.is_none() || !is_gone(entry.room));
    }

    fn find(&mut self, id: MessageId, change: impl FnOnce(&mut Entry)) {
        if let Some(entry) = self.0.iter_mut().find(|entry| entry.id == id) {
            change(entry);
        }
    }

    /// All of a room, in the order written.
    pub fn of(&self, room: RoomId) -> impl Iterator<Item = &Entry> {
        self.0.iter().filter(move |entry| entry.room == room)
    }

    /// The first waiting entry of each room that is this page's to send.
    #[must_use]
    pub fn next(&self, now: i64) -> Vec<&Entry> {
        let mut heads: Vec<&Entry> = Vec::new();
        let waits = |entry: &&Entry| entry.failed.is_none() && entry.sent.is_none();
        let is_ours = |entry: &&Entry| entry.others_until.is_none_or(|until| now >= until);
        for entry in self.0.iter().filter(waits).filter(is_ours) {
            if heads.iter().all(|head| head.room != entry.room) {
                heads.push(entry);
            }
        }
        heads
    }

    /// All of them.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn entry(id: u128, room: u128) -> Entry {
        Entry {
            id: MessageId(Uuid::from_u128(id)),
            room: RoomId(Uuid::from_u128(room)),
            text: id.to_string(),
            written_at: Timestamp::from_millis(i64::try_from(id).unwrap_or_default()),
            failed: None,
            sent: None,
            others_until: None,
        }
    }

    fn next(outbox: &Outbox) -> Vec<String> {
        outbox.next(0).into_iter().map(|entry| entry.text.clone()).collect()
    }

    #[test]
    fn each_room_sends_one_after_the_other() {
        let mut outbox = Outbox::restored(vec![entry(3, 8), entry(1, 7), entry(2, 7)]);
        assert_eq!(next(&outbox), ["1", "3"]);
        outbox.take(MessageId(Uuid::from_u128(1)));
        assert_eq!(next(&outbox), ["2", "3"]);
    }

    #[test]
    fn what_another_tab_wrote_is_left_to_it_for_a_while_and_holds_nothing_up() {
        let mut outbox = Outbox::default();
        outbox.learn(entry(1, 7), 0);
        outbox.push(entry(2, 7));
        let next = |outbox: &Outbox, now| outbox.next(now).first().map(|entry| entry.text.clone());
        assert_eq!(next(&outbox, 0).as_deref(), Some("2"));
        outbox.take(MessageId(Uuid::from_u128(2)));
        assert_eq!(next(&outbox, LEFT_TO_OTHERS_MS - 1), None);
        outbox.learn(entry(1, 7), 4_000);
        assert_eq!(next(&outbox, LEFT_TO_OTHERS_MS).as_deref(), Some("1"));
        outbox.learn(Entry { failed: Some("no".to_owned()), ..entry(1, 7) }, 4_000);
        assert_eq!(next(&outbox, LEFT_TO_OTHERS_MS), None);
        assert_eq!(outbox.entries().len(), 1);
    }

    #[test]
    fn a_refused_entry_waits_and_lets_others_pass() {
        let mut outbox = Outbox::restored(vec![entry(1, 7), entry(2, 7)]);
        outbox.fail(MessageId(Uuid::from_u128(1)), "no".to_owned());
        assert_eq!(next(&outbox), ["2"]);
        outbox.retry(MessageId(Uuid::from_u128(1)));
        assert_eq!(next(&outbox), ["1"]);
    }

    #[test]
    fn an_acknowledged_entry_lets_others_pass_and_stays_until_the_log_is_read_so_far() {
        let mut outbox = Outbox::restored(vec![entry(1, 7), entry(2, 7)]);
        let (id, room) = (MessageId(Uuid::from_u128(1)), RoomId(Uuid::from_u128(7)));
        outbox.acknowledge(Sent { id, room, seq: 5, sent_at: Timestamp::default() });
        assert_eq!(next(&outbox), ["2"]);
        outbox.covered(room, 4);
        assert_eq!(outbox.entries().len(), 2);
        outbox.covered(room, 5);
        assert_eq!(outbox.entries(), [entry(2, 7)]);
    }
}
