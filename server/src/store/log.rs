//! Room logs: every durable change has the room's next `seq`, without gaps.

pub(super) mod append;
pub(super) mod details;
pub(super) mod events;
pub(super) mod lookup;
pub(super) mod messages;
pub(super) mod snapshot;

use protocol::{
    Block, Event, FileId, KeptDraft, Message, MessageId, Response, RoomId, RoomName, SessionId,
    UserId,
};
use serde::Serialize;

use super::links::{LinkRules, Links};

/// A message to append.
#[derive(Debug)]
pub struct NewMessage {
    /// The id, chosen by the client. Appending the same id again has no effect.
    pub id: MessageId,
    /// The room.
    pub room: RoomName,
    /// The author.
    pub sender: UserId,
    /// The author's session. On PostgreSQL it must still exist, since another node may have ended
    /// it. `None` if the author is not there: then the message ends no draft.
    pub session: Option<SessionId>,
    /// The text.
    pub text: String,
    /// A message of the room to quote.
    pub reply_to: Option<MessageId>,
    /// The message that begins the thread, if the message is a reply in one.
    pub thread: Option<MessageId>,
    /// True if the room shows the reply as well.
    pub in_room: bool,
    /// Files that the author has sent.
    pub files: Vec<FileId>,
    /// Which links get previews.
    pub links: LinkRules,
    /// False if the author wants none.
    pub previews: bool,
    /// True if it is a reminder.
    pub reminder: bool,
}

impl NewMessage {
    /// Returns the links of its tree that may have previews.
    pub(super) fn links_of(&self, blocks: &[Block]) -> Links {
        if self.previews { self.links.links_of(blocks) } else { Links::default() }
    }

    /// Returns whether the room shows the message.
    fn is_shown(&self) -> bool {
        self.thread.is_none() || self.in_room
    }
}

/// The outcome of a write to a room log.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "nearly all are new, and a box would cost each")]
pub enum Logged {
    /// A new event.
    New {
        /// The room.
        room: RoomId,
        /// The position of the event in the room log.
        seq: u64,
        /// The event, for the room's subscribers.
        event: Event,
        /// The response to the request.
        response: Response,
        /// The users who had hidden the direct room, and whose lists show it again.
        shown_to: Vec<UserId>,
        /// The end of the draft that the author had for the place of the message.
        ended_draft: Option<KeptDraft>,
    },
    /// A repeated request. The response is that to the first one, and there is no event.
    Repeat(RoomId, Response),
}

/// A page of messages.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MessagePage {
    /// The messages, oldest first.
    pub messages: Vec<Message>,
    /// True if there are more messages beyond the end of the page that is farthest from the cursor.
    pub has_more: bool,
}

/// Returns the length of a value as JSON, in bytes.
pub(super) fn encoded_len(value: &impl Serialize) -> usize {
    #[derive(Default)]
    struct Counter(usize);
    impl std::io::Write for Counter {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut counter = Counter::default();
    // Neither the protocol's types nor the counter can fail.
    let _ = serde_json::to_writer(&mut counter, value);
    counter.0
}
