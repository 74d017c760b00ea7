//! Whom a message notifies: by the level of the room, mentions, followed threads and keywords.

use protocol::{MessageId, NotifyLevel, RoomId, UserId, http::QuietTime};
use uuid::Uuid;

use crate::{
    base::{
        quiet::is_quiet,
        search::{fold, has_words},
    },
    store::{
        Result, now,
        profiles::read_keywords,
        room_view::read_level,
        sql::{Db, Row, values},
        users::read_quiet,
    },
};

/// A member of the room of a message whom it may notify.
#[derive(Debug)]
pub(super) struct Candidate {
    pub(super) user: UserId,
    quiet: Option<QuietTime>,
    keywords: Vec<String>,
    level: NotifyLevel,
    /// The message mentions the user, by name or with all others.
    is_mentioned: bool,
    /// It is a reply in a thread that the user follows.
    is_followed: bool,
    /// The user has read as far.
    is_read: bool,
    /// It is a reminder of the user.
    is_reminder: bool,
}

/// A message that may notify somebody.
#[derive(Debug)]
pub(super) struct Subject {
    pub(super) room: RoomId,
    pub(super) seq: u64,
    /// The thread, if the room does not show the message.
    pub(super) thread: Option<MessageId>,
    pub(super) is_shown: bool,
    pub(super) text: String,
}

impl Subject {
    /// Returns the room or thread whose notification it is.
    pub(super) fn tag(&self) -> Uuid {
        self.thread.map_or(self.room.0, |thread| thread.0)
    }
}

/// Finds a message, unless it was deleted.
pub(super) fn subject(db: &Db, id: MessageId) -> Result<Option<Subject>> {
    let select = "SELECT room_id, seq, thread, shown, text FROM messages
         WHERE id = $1 AND text IS NOT NULL";
    db.row(select, values![id], |row| {
        let is_shown: bool = row.get("shown")?;
        Ok(Subject {
            room: row.get("room_id")?,
            seq: row.get("seq")?,
            thread: row.get::<Option<MessageId>>("thread")?.filter(|_| !is_shown),
            is_shown,
            text: row.get("text")?,
        })
    })
}

/// Selects the members of the room of message `$1`, `$2` (its room and `seq`) who may be notified.
/// The condition that follows may be on `room_members`.
const CANDIDATES: &str = "SELECT room_members.user_id, quiet, keywords, reminder,
         notify, rooms.direct,
         mentions.user_id IS NOT NULL AS mentioned,
         coalesce(follower.following, 0) AS followed,
         CASE WHEN (messages.shown = 1 AND coalesce(read_positions.seq, 0) >= messages.seq)
                 OR (messages.thread IS NOT NULL AND coalesce(follower.read_seq, 0) >= messages.seq)
             THEN 1 ELSE 0 END AS is_read
     FROM messages JOIN rooms ON rooms.id = messages.room_id
         JOIN room_members ON room_members.room_id = messages.room_id
         JOIN users ON users.id = room_members.user_id
         LEFT JOIN mentions ON mentions.user_id = room_members.user_id
             AND mentions.room_id = messages.room_id AND mentions.seq = messages.seq
         LEFT JOIN thread_followers AS follower ON follower.user_id = room_members.user_id
             AND follower.thread = messages.thread
         LEFT JOIN read_positions ON read_positions.user_id = room_members.user_id
             AND read_positions.room_id = messages.room_id
     WHERE messages.room_id = $1 AND messages.seq = $2 AND banned_at IS NULL
         AND room_members.joined_seq < messages.seq
         AND (messages.sender_id <> room_members.user_id OR reminder = 1)
         AND EXISTS (SELECT 1 FROM push_devices
             WHERE push_devices.user_id = room_members.user_id AND ended_at IS NULL)";

/// Returns the users whom a message notifies now.
pub(super) fn audience(db: &Db, subject: &Subject) -> Result<Vec<UserId>> {
    let found = db.rows(CANDIDATES, values![subject.room, subject.seq], Candidate::read)?;
    let words = fold(&subject.text);
    let notified = found.into_iter().filter(|candidate| candidate.is_notified(subject, &words));
    Ok(notified.map(|candidate| candidate.user).collect())
}

/// Returns whether a message notifies a user now.
pub(super) fn is_notified(db: &Db, subject: &Subject, user: UserId) -> Result<bool> {
    let select = format!("{CANDIDATES} AND room_members.user_id = $3");
    let found = db.row(&select, values![subject.room, subject.seq, user], Candidate::read)?;
    Ok(found.is_some_and(|candidate| candidate.is_notified(subject, &fold(&subject.text))))
}

impl Candidate {
    fn read(row: &Row<'_>) -> Result<Self> {
        let notify: Option<String> = row.get("notify")?;
        Ok(Self {
            user: row.get("user_id")?,
            quiet: read_quiet(row)?,
            keywords: read_keywords(row)?,
            level: read_level(notify.as_deref(), row.get("direct")?),
            is_mentioned: row.get("mentioned")?,
            is_followed: row.get("followed")?,
            is_read: row.get("is_read")?,
            is_reminder: row.get("reminder")?,
        })
    }

    /// Returns whether a message notifies the user. `words` is its text in the form of searches.
    fn is_notified(&self, subject: &Subject, words: &str) -> bool {
        if self.is_read || self.quiet.as_ref().is_some_and(|quiet| is_quiet(quiet, now())) {
            return false;
        }
        let is_meant = || {
            self.is_mentioned
                || self.is_followed
                || self.keywords.iter().any(|keyword| has_words(words, &fold(keyword)))
        };
        match self.level {
            _ if self.is_reminder => true,
            NotifyLevel::Nothing => false,
            NotifyLevel::All => subject.is_shown || is_meant(),
            NotifyLevel::Mentions => is_meant(),
        }
    }
}
