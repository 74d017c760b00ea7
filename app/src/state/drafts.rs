//! The user's drafts on all devices: what was written here, and what arrived from elsewhere.

use std::collections::HashMap;

use protocol::{KeptDraft, Timestamp};

use super::conversation::Conversation;

/// What stands in a place, and since when.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DraftText {
    /// The text. Empty if there is no draft.
    pub text: String,
    /// The time of the change, by the server's clock.
    pub at: Timestamp,
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
    /// Records a change that the user made here. Of a draft that ended before anybody knew of it,
    /// nobody is told.
    pub fn write(&mut self, place: Conversation, text: String, at: Timestamp) {
        if text.is_empty() && !self.changed_at.contains_key(&place) {
            return;
        }
        self.arrived.remove(&place);
        self.changed_at.insert(place, at);
        self.written.insert(place, DraftText { text, at });
    }

    /// Records a draft that the server keeps, unless it is older than the one here.
    pub(crate) fn arrive(&mut self, KeptDraft { room, thread, text, at }: KeptDraft) {
        let place = Conversation { room, thread };
        if self.changed_at.get(&place).is_none_or(|known| *known < at) {
            self.changed_at.insert(place, at);
            self.written.remove(&place);
            self.arrived.insert(place, DraftText { text, at });
        }
    }

    /// Takes a draft that arrived for a place.
    pub fn take_arrived(&mut self, place: Conversation) -> Option<DraftText> {
        self.arrived.remove(&place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::fixtures::room;

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

    #[test]
    fn a_draft_that_nobody_knew_of_ends_in_silence() {
        let (mut drafts, place) = (Drafts::default(), Conversation::from(room().id));
        drafts.write(place, String::new(), at(1));
        assert!(drafts.written.is_empty());
    }
}
