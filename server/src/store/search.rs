//! Search: an index of the grams of messages, checked on the messages themselves
//! (docs/decisions/0036-search.md).
//!
//! A message that is written, edited or deleted gets a row in `search_pending`, in the same
//! transaction. The builder makes segments of these rows: for each gram, which messages have it. A
//! search reads the rows and the segments from the newest to the oldest, and then the messages that
//! may fit: only what they are at this moment is found.

mod build;
mod candidates;
mod find;
mod found;
mod reindex;
mod segments;

use protocol::{MessageId, RoomName};

pub use build::{BuildRules, BuildStep};
pub use find::{Found, Place, SearchQuery};
pub use reindex::{Reindexed, reindex};

use super::{
    Result,
    sql::{Db, values},
};
use crate::base::search::Needle;

/// A condition on messages.
#[derive(Clone, Debug)]
pub struct Condition {
    /// True if it takes away what it would find.
    pub excludes: bool,
    /// What it finds.
    pub term: Term,
}

/// What a condition finds.
#[derive(Clone, Debug)]
pub enum Term {
    /// A word or a phrase, in the text or in the name of a file.
    Text(Needle),
    /// Messages of the user with this username.
    From(String),
    /// Messages of the user who searches.
    FromMe,
    /// Messages of this room.
    In(RoomName),
    /// Messages sent from a time on and before another, in milliseconds.
    Sent(i64, i64),
    /// What the message has.
    Has(Part),
    /// Pinned messages.
    Pinned,
    /// Replies in threads, and the messages that begin them.
    Thread,
    /// Messages that mention the user who searches.
    MentionsMe,
}

/// What a message can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// A file.
    File,
    /// An image.
    Image,
    /// A link.
    Link,
    /// A reaction.
    Reaction,
}

/// Notes all messages of a database whose index is not of them.
pub(super) fn note_all(db: &Db) -> Result<()> {
    db.batch(
        "DELETE FROM search_pending; DELETE FROM search_segments; DELETE FROM search_docs;
         DELETE FROM search_grams;
         INSERT INTO search_pending (sent_at, room_id, seq, change)
         SELECT sent_at, room_id, seq, seq FROM messages WHERE text IS NOT NULL;",
    )
}

/// Notes that a message was edited or deleted, at this `seq` of the room log.
pub(super) fn note_change(db: &Db, message: MessageId, change: u64) -> Result<()> {
    db.execute(
        "INSERT INTO search_pending (sent_at, room_id, seq, change)
         SELECT sent_at, room_id, seq, $1 FROM messages WHERE id = $2",
        values![change, message],
    )?;
    Ok(())
}
