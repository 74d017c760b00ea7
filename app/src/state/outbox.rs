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
mod tests {
    use protocol::FileId;

    use super::*;
    use crate::state::pending::TAB_GRACE_MS;

    fn pending(id: u128, room: u128) -> PendingMessage {
        let written_at = Timestamp::from_millis(i64::try_from(id).unwrap_or_default());
        let (room, text) = (RoomId(Uuid::from_u128(room)), id.to_string());
        PendingMessage::new(MessageId(Uuid::from_u128(id)), room, text, written_at)
    }

    fn next(outbox: &PendingMessages) -> Vec<String> {
        outbox.next(0).into_iter().map(|message| message.text.clone()).collect()
    }

    #[test]
    fn each_room_sends_one_message_at_a_time() {
        let mut outbox =
            PendingMessages::restored(vec![pending(3, 8), pending(1, 7), pending(2, 7)]);
        assert_eq!(next(&outbox), ["1", "3"]);
        outbox.remove(MessageId(Uuid::from_u128(1)));
        assert_eq!(next(&outbox), ["2", "3"]);
    }

    #[test]
    fn a_message_of_another_tab_is_deferred_and_blocks_no_other_message() {
        let mut outbox = PendingMessages::default();
        outbox.merge_from_tab(pending(1, 7), 0);
        outbox.push(pending(2, 7));
        let next = |outbox: &PendingMessages, now| {
            outbox.next(now).first().map(|message| message.text.clone())
        };
        assert_eq!(next(&outbox, 0).as_deref(), Some("2"));
        outbox.remove(MessageId(Uuid::from_u128(2)));
        assert_eq!(next(&outbox, TAB_GRACE_MS - 1), None);
        outbox.merge_from_tab(pending(1, 7), 4_000);
        assert_eq!(next(&outbox, TAB_GRACE_MS).as_deref(), Some("1"));
        outbox.merge_from_tab(
            PendingMessage { refused: Some("no".to_owned()), ..pending(1, 7) },
            4_000,
        );
        assert_eq!(next(&outbox, TAB_GRACE_MS), None);
        assert_eq!(outbox.items().len(), 1);
    }

    #[test]
    fn a_reply_is_stored_with_its_quote_and_thread_and_earlier_items_are_read() {
        let quote = Quote { text: Some("which?".to_owned()), ..Quote::default() };
        let reply = PendingMessage {
            reply_to: Some(Box::new(quote)),
            thread: Some(MessageId(Uuid::from_u128(9))),
            in_room: true,
            ..pending(1, 7)
        };
        let stored = reply.to_text().unwrap();
        assert_eq!(PendingMessage::from_text(&stored), Some(reply.clone()));
        let plain = pending(1, 7).to_text().unwrap();
        for name in ["reply_to", "thread", "in_room"] {
            assert!(stored.contains(name) && !plain.contains(name), "{name}");
        }
        assert_eq!(PendingMessage::from_text(&plain), Some(pending(1, 7)));
        let (room, thread) = (reply.room, reply.thread.unwrap());
        assert!(reply.is_shown_in(room.into()) && !pending(1, 8).is_shown_in(room.into()));
        assert!(reply.is_shown_in(Conversation::thread(room, thread)));
        let hidden = PendingMessage { in_room: false, ..reply };
        assert!(!hidden.is_shown_in(room.into()));
        assert!(!hidden.is_shown_in(Conversation::thread(room, MessageId::default())));
    }

    #[test]
    fn a_held_message_waits_and_is_never_lost() {
        let held = PendingMessage { held: true, ..pending(1, 7) };
        let mut outbox = PendingMessages::default();
        outbox.push(held.clone());
        outbox.push(pending(2, 8));
        assert_eq!(next(&outbox), ["2"]);
        assert_eq!(outbox.held().count(), 1);
        outbox.release(held.id);
        assert_eq!((next(&outbox), outbox.held().count()), (vec!["1".into(), "2".into()], 0));
        assert!(!outbox.items()[0].is_stored_like(&held), "the other tabs learn of it");

        // Another tab leaves it to this one.
        let stored = PendingMessage::from_text(&held.to_text().unwrap()).unwrap();
        let mut other = PendingMessages::default();
        other.merge_from_tab(stored.clone(), 0);
        let ready = |outbox: &PendingMessages, now| !outbox.next(now).is_empty();
        assert!(!ready(&other, TAB_GRACE_MS + UNDO_MS - 1));
        assert!(ready(&other, TAB_GRACE_MS + UNDO_MS));
        // A later page sends it, at once if nobody can hold it any more.
        for (age, wait) in [(1_000, UNDO_MS - 1_000), (UNDO_MS, 0), (-1, 0)] {
            let mut page = PendingMessages::restored(vec![stored.clone()]);
            let now = Timestamp::from_millis(stored.written_at.as_millis() + age);
            page.leave_held(now, 50);
            assert!(ready(&page, 50 + wait), "{age}");
            assert!(wait == 0 || !ready(&page, 49 + wait), "{age}");
        }
    }

    #[test]
    fn a_message_waits_for_its_files_and_the_next_ones_for_it_unless_they_are_large() {
        let file = |size| PendingFile { size, ..PendingFile::default() };
        let with = |size| PendingMessage { files: vec![file(size)], ..pending(1, 7) };
        let mut outbox = PendingMessages::restored(vec![with(9_000), pending(2, 7), pending(3, 8)]);
        assert_eq!(next(&outbox), ["3"]);
        assert!(outbox.change_file(Uuid::nil(), |file| file.file = Some(FileId::default())));
        assert_eq!(next(&outbox), ["1", "3"]);
        let outbox = PendingMessages::restored(vec![with(90_000_000), pending(2, 7)]);
        assert_eq!(next(&outbox), ["2"]);
    }

    #[test]
    fn an_upload_of_another_tab_goes_on_here() {
        let stored = PendingMessage { files: vec![PendingFile::default()], ..pending(1, 7) };
        let mut outbox = PendingMessages::restored(vec![stored.clone()]);
        let mut other = stored.clone();
        other.files[0].upload = Some("/api/uploads/1".to_owned());
        assert!(!other.is_stored_like(&stored));
        outbox.merge_from_tab(other.clone(), 0);
        assert_eq!(outbox.items()[0].files, other.files);
        outbox.merge_from_tab(stored, 0);
        assert_eq!(outbox.items()[0].files, other.files, "nothing is forgotten");
        outbox.refuse_file(Uuid::nil(), "Too large");
        assert_eq!(outbox.items()[0].refused.as_deref(), Some("Too large"));
        assert_eq!(outbox.due_files(0).count(), 0);
        // The other tab tries again, so this one may have to.
        outbox.merge_from_tab(other.clone(), 0);
        assert_eq!(outbox.due_files(0).collect::<Vec<_>>(), [Uuid::nil()]);
        // A description that was taken away there is not the one that the server has.
        other.files[0].file = Some(FileId::default());
        other.files[0].described = Some("A boat".to_owned());
        outbox.merge_from_tab(other.clone(), 0);
        assert!(!outbox.items()[0].is_ready());
        other.files[0].described = Some(String::new());
        outbox.merge_from_tab(other, 0);
        assert!(outbox.items()[0].is_ready());
    }

    #[test]
    fn a_refused_message_waits_and_blocks_no_other_message() {
        let mut outbox = PendingMessages::restored(vec![pending(1, 7), pending(2, 7)]);
        outbox.refuse(MessageId(Uuid::from_u128(1)), "no".to_owned());
        assert_eq!(next(&outbox), ["2"]);
        outbox.retry(MessageId(Uuid::from_u128(1)));
        assert_eq!(next(&outbox), ["1"]);
    }

    #[test]
    fn a_confirmed_message_stays_until_the_room_log_is_read_that_far() {
        let mut outbox = PendingMessages::restored(vec![pending(1, 7), pending(2, 7)]);
        let (id, room) = (MessageId(Uuid::from_u128(1)), RoomId(Uuid::from_u128(7)));
        outbox.confirm(Sent { id, room, seq: 5, sent_at: Timestamp::default() });
        assert_eq!(next(&outbox), ["2"]);
        outbox.drop_confirmed(room, 4);
        assert_eq!(outbox.items().len(), 2);
        outbox.drop_confirmed(room, 5);
        assert_eq!(outbox.items(), [pending(2, 7)]);
    }
}
