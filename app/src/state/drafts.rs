//! The user's drafts on all devices: what was written here, and what arrived from elsewhere.

use std::collections::HashMap;

use protocol::{KeptDraft, Message, Timestamp, limits::MAX_TEXT_CHARS, text::has_chars};

use super::conversation::Conversation;

/// What stands in a place, and since when.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DraftText {
    /// The text. Empty if there is no draft.
    pub text: String,
    /// The time of the change, by the server's clock.
    pub at: Timestamp,
    /// The message with which the user ended the draft.
    pub(crate) sent: Option<String>,
}

/// The drafts that this page knows of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drafts {
    /// The changes that were made here. The server is told of each, on each connection.
    pub(crate) written: HashMap<Conversation, DraftText>,
    /// The later changes of other devices, until the page shows them.
    pub(crate) arrived: HashMap<Conversation, DraftText>,
    /// The time of the last change of each place.
    changed_at: HashMap<Conversation, Timestamp>,
    /// What has to be added to the time since the page was opened for the time on the server, in
    /// milliseconds. `None` until the first connection.
    pub(crate) server_clock: Option<i64>,
}

impl Drafts {
    /// Records a change that the user made here.
    pub fn write(&mut self, place: Conversation, text: String, at: Timestamp) {
        self.arrived.remove(&place);
        self.changed_at.insert(place, at);
        self.written.insert(place, DraftText { text, at, sent: None });
    }

    /// Records a draft that the server keeps, unless it is older than the one here.
    pub(crate) fn arrive(&mut self, KeptDraft { room, thread, text, at }: KeptDraft) {
        let place = Conversation { room, thread };
        if self.changed_at.get(&place).is_none_or(|known| *known < at) {
            self.changed_at.insert(place, at);
            self.written.remove(&place);
            self.arrived.insert(place, DraftText { text, at, sent: None });
        }
    }

    /// Records a message that the user has sent on another device.
    pub(crate) fn sent(&mut self, message: &Message) {
        let place = Conversation { room: message.room, thread: message.thread };
        let at = message.sent_at;
        if self.changed_at.get(&place).is_none_or(|known| *known <= at) {
            self.changed_at.insert(place, at);
            let sent = message.text.clone();
            self.arrived.insert(place, DraftText { text: String::new(), at, sent });
        }
    }

    /// Returns whether a message of the user ends the draft `text` of a place that was written at
    /// `since`: it has the same words and is not older.
    pub(crate) fn is_ended_by(
        message: &Message,
        place: Conversation,
        (text, since): (&str, Timestamp),
    ) -> bool {
        message.thread == place.thread
            && message.sent_at >= since
            && message.text.as_ref().is_some_and(|sent| sent.trim() == text.trim())
    }

    /// Returns when each place was changed last, as far as this page knows.
    pub(crate) fn changes(&self) -> &HashMap<Conversation, Timestamp> {
        &self.changed_at
    }

    /// Takes a draft that arrived for a place.
    pub fn take_arrived(&mut self, place: Conversation) -> Option<DraftText> {
        self.arrived.remove(&place)
    }
}

/// The draft of a place on this page, beside what the other devices have.
///
/// Words that were typed here are never lost: what arrives may continue them. They end when the
/// user sends the very same words elsewhere. What is unrelated stays away, on both sides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SharedDraft {
    /// What the other devices have, as far as this page knows.
    elsewhere: Option<String>,
    /// True if the user has changed the text here since the last one arrived.
    is_typed: bool,
    /// True if the other devices will be told of a change.
    is_due: bool,
}

impl SharedDraft {
    /// Records a change of the user. Returns whether the other devices have to be told of it.
    pub fn typed(&mut self) -> bool {
        self.is_typed = true;
        !std::mem::replace(&mut self.is_due, true)
    }

    /// Records that the other devices are to be told of a text. Returns whether they are: no server
    /// keeps a text that is too long to be sent.
    pub fn tell(&mut self, text: &str) -> bool {
        self.is_due = false;
        let may_be_kept = has_chars(text, 0, MAX_TEXT_CHARS) && !text.contains('\0');
        if may_be_kept {
            self.elsewhere = Some(text.to_owned());
        }
        may_be_kept
    }

    /// Continues with what an earlier page has shown and told.
    #[must_use]
    pub fn resumed(text: String) -> Self {
        Self { is_typed: !text.is_empty(), elsewhere: Some(text), is_due: false }
    }

    /// Returns whether `text` is what the other devices have.
    #[must_use]
    pub fn is_told(&self, text: &str) -> bool {
        !self.is_due && self.elsewhere.as_deref() == Some(text)
    }

    /// Records what another device has written. Returns whether it replaces what is shown here.
    pub fn adopt(&mut self, shown: &str, DraftText { text, sent, .. }: &DraftText) -> bool {
        let before = self.elsewhere.replace(text.clone());
        if self.is_due || shown == text {
            return false;
        }
        let knew = before.as_ref().is_none_or(|before| before == shown);
        let is_adopted = shown.is_empty()
            || sent.as_ref().is_some_and(|sent| sent.trim() == shown.trim())
            || before.is_some() && knew && !self.is_typed
            || knew && text.starts_with(shown);
        self.is_typed &= !is_adopted;
        is_adopted
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::fixtures::{message, room};

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    fn kept(text: &str, millis: i64) -> KeptDraft {
        KeptDraft { room: room().id, thread: None, text: text.to_owned(), at: at(millis) }
    }

    #[test]
    fn the_newer_text_wins_wherever_it_was_written() {
        let (mut drafts, place) = (Drafts::default(), Conversation::from(room().id));
        drafts.arrive(kept("from the phone", 5));
        assert_eq!(drafts.take_arrived(place).unwrap().text, "from the phone");
        drafts.arrive(kept("from the phone", 5));
        assert_eq!(drafts.take_arrived(place), None, "known already");
        drafts.write(place, "from here".into(), at(9));
        drafts.arrive(kept("late", 8));
        assert_eq!(drafts.take_arrived(place), None, "older than what was written here");
        drafts.arrive(kept("later", 10));
        assert!(drafts.written.is_empty(), "what was written here is not told again");
        drafts.write(place, String::new(), at(11));
        assert_eq!((drafts.take_arrived(place), drafts.written[&place].at), (None, at(11)));
    }

    /// A draft of which the other devices know what was typed here.
    fn typed_and_told(text: &str) -> SharedDraft {
        let mut draft = SharedDraft::default();
        assert!(draft.typed());
        assert!(!draft.typed(), "told together");
        assert!(draft.tell(text));
        draft
    }

    fn draft(text: &str) -> DraftText {
        DraftText { text: text.to_owned(), ..DraftText::default() }
    }

    fn sent(text: &str) -> DraftText {
        DraftText { sent: Some(text.to_owned()), ..DraftText::default() }
    }

    #[test]
    fn another_device_continues_and_ends_what_was_typed_here() {
        let mut shared = typed_and_told("I think");
        assert!(shared.adopt("I think", &draft("I think we should")));
        let other = "those words are of the other device";
        assert!(shared.adopt("I think we should", &draft("No.")), "{other}");
        assert!(shared.adopt("No.", &draft("")));
        assert!(shared.adopt("", &draft("again")));
        assert!(typed_and_told("sent elsewhere").adopt("sent elsewhere", &sent("sent elsewhere")));
        assert!(SharedDraft::default().adopt("", &draft("from the phone")));
        assert!(SharedDraft::default().adopt("stored", &draft("stored, and continued")));
    }

    #[test]
    fn words_that_were_typed_here_are_never_lost() {
        for arriving in [draft("other words"), draft("mi"), draft(""), sent("other words")] {
            assert!(!typed_and_told("mine").adopt("mine", &arriving), "{arriving:?}");
            assert!(!SharedDraft::default().adopt("stored", &arriving), "{arriving:?}");
        }
        let mut shared = typed_and_told("mine");
        shared.typed();
        assert!(!shared.adopt("mine and more", &draft("mine")), "not told yet");
        let mut diverged = typed_and_told("mine");
        assert!(!diverged.adopt("mine", &draft("other words")));
        assert!(!diverged.adopt("mine", &draft("mine, they said")), "that continues other words");
    }

    #[test]
    fn a_text_that_is_too_long_is_not_told() {
        for unkept in ["a".repeat(MAX_TEXT_CHARS + 1), "a\0b".to_owned()] {
            let mut shared = typed_and_told("a");
            assert!(shared.typed());
            assert!(!shared.tell(&unkept));
            assert!(shared.is_told("a") && !shared.is_told(&unkept));
            assert!(!shared.adopt(&unkept, &draft("")), "the others know another text");
        }
    }

    #[test]
    fn what_was_taken_from_another_device_is_not_typed() {
        let mut shared = SharedDraft::resumed(String::new());
        assert!(shared.adopt("", &draft("from the phone")));
        assert!(shared.adopt("from the phone", &draft("other words")));
        let mut shared = SharedDraft::resumed("of an earlier page".to_owned());
        assert!(!shared.adopt("of an earlier page", &draft("other words")));
    }

    #[test]
    fn a_draft_ends_with_a_message_of_the_same_words() {
        let place = Conversation::from(room().id);
        let message = Message { text: Some("at noon\n".into()), sent_at: at(5), ..message(3) };
        let ends = |place, text, millis| Drafts::is_ended_by(&message, place, (text, at(millis)));
        assert!(ends(place, "at noon", 5));
        assert!(!ends(place, "at noon", 6), "begun after that");
        assert!(!ends(place, "at no", 4));
        assert!(!ends(Conversation::thread(room().id, message.id), "at noon", 4));
    }

    #[test]
    fn a_message_of_another_device_arrives_with_its_words() {
        let (mut drafts, place) = (Drafts::default(), Conversation::from(room().id));
        drafts.write(place, "same words".into(), at(1));
        let message = Message { text: Some("same words".into()), ..message(3) };
        drafts.arrive(KeptDraft { at: message.sent_at, ..kept("", 0) });
        drafts.sent(&message);
        assert_eq!(drafts.take_arrived(place).unwrap().sent.as_deref(), Some("same words"));
    }
}
