//! Pins: how many a room takes, and the list of them.

use protocol::{Message, MessageId, RoomId, UserId, limits::MAX_PINS};

use super::{
    super::{
        Result, Store, StoreError,
        log::lookup::messages,
        sql::{Db, Row, values},
    },
    TargetMessage,
};

const FULL: &str = "This room has 100 pinned messages. Take a pin away first.";
const _: () = assert!(MAX_PINS == 100);

impl Store {
    /// Returns the pinned messages of a room, the newest pin first, as far as they fit a response,
    /// and whether there are more. With `after`, these are the ones that were pinned before that
    /// message. Does not check access.
    ///
    /// # Errors
    /// Returns [`StoreError::NotFound`] if the message `after` was never pinned in the room.
    pub async fn pins(
        &self,
        room: RoomId,
        after: Option<MessageId>,
    ) -> Result<(Vec<Message>, bool)> {
        self.read(move |db| {
            db.read_snapshot(|| {
                let before = after.map_or(Ok(u64::MAX), |after| last_pin(db, room, after))?;
                let ids = db.rows(
                    "SELECT message_id FROM pins WHERE room_id = $1 AND seq < $2 ORDER BY seq DESC",
                    values![room, before],
                    |row| row.get("message_id"),
                )?;
                let messages = messages(db, &ids)?;
                let has_more = messages.len() < ids.len();
                Ok((messages, has_more))
            })
        })
        .await
    }
}

/// Returns the `seq` of the last pin of a message, which may have been taken away since.
fn last_pin(db: &Db, room: RoomId, message: MessageId) -> Result<u64> {
    let last = db.one(
        "SELECT max(seq) AS last FROM changes
         WHERE message_id = $1 AND kind = 'pinned' AND room_id = $2 AND is_set = 1",
        values![message, room],
        |row| row.get::<Option<u64>>("last"),
    )?;
    last.ok_or(StoreError::NotFound("message"))
}

/// Checks that a room can take another pin.
pub(super) fn check_pins(db: &Db, room: RoomId) -> Result<()> {
    let select = "SELECT count(*) AS pins FROM pins WHERE room_id = $1";
    let pins: usize = db.one(select, values![room], |row| row.get("pins"))?;
    if pins < MAX_PINS { Ok(()) } else { Err(StoreError::Clash(FULL)) }
}

/// Returns the `seq` of the earlier change that brought the requested state about, if there is one.
/// A pin that was never set is away as of the message itself.
pub(super) fn find_equal_pin(
    db: &Db,
    message: MessageId,
    message_seq: u64,
    on: bool,
) -> Result<Option<u64>> {
    let set = "SELECT seq FROM pins WHERE message_id = $1";
    let set: Option<u64> = db.row(set, values![message], |row| row.get("seq"))?;
    if on || set.is_some() {
        return Ok(set.filter(|_| on));
    }
    let last = |row: &Row<'_>| row.get::<Option<u64>>("last");
    let select = "SELECT max(seq) AS last FROM changes WHERE message_id = $1 AND kind = 'pinned'";
    let removed = db.one(select, values![message], last)?;
    Ok(Some(removed.unwrap_or(message_seq)))
}

/// Sets the pin of a message, or takes it away.
pub(super) fn set_pin(
    db: &Db,
    target: &TargetMessage,
    user: UserId,
    seq: u64,
    on: bool,
) -> Result<()> {
    if on {
        db.execute(
            "INSERT INTO pins (message_id, room_id, seq, user_id) VALUES ($1, $2, $3, $4)",
            values![target.id, target.room, seq, user],
        )?;
    } else {
        db.execute("DELETE FROM pins WHERE message_id = $1", values![target.id])?;
    }
    Ok(())
}
