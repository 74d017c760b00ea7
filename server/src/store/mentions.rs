//! Mentions: the users that a message names.

use protocol::{RoomId, UserId, mentions};

use super::{
    Result,
    sql::{Db, Value, values},
};

/// Records the users that a message names and who may see the room, except the author.
pub(super) fn record_mentions(
    db: &Db,
    room: RoomId,
    seq: u64,
    author: UserId,
    text: &str,
) -> Result<()> {
    let names: Vec<_> = mentions(text).collect();
    if names.is_empty() {
        return Ok(());
    }
    let names: Vec<_> = names.iter().map(Value::from).collect();
    let insert = "INSERT INTO mentions (user_id, room_id, seq)
         SELECT id, $1, $2 FROM users WHERE id <> $3 AND (
             EXISTS (SELECT 1 FROM rooms WHERE id = $1 AND private = 0)
             OR EXISTS (SELECT 1 FROM room_members
                 WHERE room_id = $1 AND user_id = users.id)) AND username";
    db.execute_among((insert, "ON CONFLICT DO NOTHING"), values![room, seq, author], &names)?;
    Ok(())
}

/// Deletes the mentions of a message.
pub(super) fn delete_mentions(db: &Db, room: RoomId, seq: u64) -> Result<()> {
    db.execute("DELETE FROM mentions WHERE room_id = $1 AND seq = $2", values![room, seq])?;
    Ok(())
}
