//! Mentions: the users that a message names, and with `@room` the members of its room.

use protocol::{RoomId, UserId, limits::MAX_ROOM_MENTION_MEMBERS, mentions};

use super::{
    Result,
    sql::{Db, Value, values},
};

/// The name that mentions all members of a room.
const ROOM: &str = "room";

/// Records the users that a new message mentions, except the author: those whom it names and who may
/// see the room, and with `@room` the members of this moment. Returns whether it names anybody.
pub(super) fn record_mentions(
    db: &Db,
    room: RoomId,
    seq: u64,
    author: UserId,
    text: &str,
) -> Result<bool> {
    let names: Vec<_> = mentions(text).collect();
    if names.is_empty() {
        return Ok(false);
    }
    let values: Vec<_> = names.iter().map(Value::from).collect();
    let insert = "INSERT INTO mentions (user_id, room_id, seq, thread, shown, by_name)
         SELECT users.id, messages.room_id, messages.seq, messages.thread, messages.shown, 1
         FROM users JOIN messages ON messages.room_id = $1 AND messages.seq = $2
         WHERE users.id <> $3 AND (
             EXISTS (SELECT 1 FROM rooms WHERE id = $1 AND private = 0)
             OR EXISTS (SELECT 1 FROM room_members
                 WHERE room_id = $1 AND user_id = users.id)) AND username";
    db.execute_among((insert, "ON CONFLICT DO NOTHING"), values![room, seq, author], &values)?;
    if names.iter().any(|name| name == ROOM) {
        mention_members(db, room, seq, author)?;
    }
    Ok(true)
}

/// Records all members but the author, unless they are too many for the author to call.
fn mention_members(db: &Db, room: RoomId, seq: u64, author: UserId) -> Result<()> {
    let insert = format!(
        "INSERT INTO mentions (user_id, room_id, seq, thread, shown, by_name)
         SELECT room_members.user_id, messages.room_id, messages.seq, messages.thread,
             messages.shown, 0
         FROM messages JOIN room_members ON room_members.room_id = messages.room_id
         WHERE messages.room_id = $1 AND messages.seq = $2 AND room_members.user_id <> $3
             AND (EXISTS (SELECT 1 FROM rooms WHERE id = $1 AND creator_id = $3)
                 OR EXISTS (SELECT 1 FROM users WHERE id = $3 AND role IN ('owner', 'admin'))
                 OR (SELECT count(*) FROM (SELECT 1 FROM room_members WHERE room_id = $1
                     LIMIT {MAX_ROOM_MENTION_MEMBERS} + 1) AS few)
                     <= {MAX_ROOM_MENTION_MEMBERS})
         ON CONFLICT DO NOTHING"
    );
    db.execute(&insert, values![room, seq, author])?;
    Ok(())
}

/// Deletes the mentions that an edited message no longer makes. An edit adds none.
pub(super) fn keep_mentions(db: &Db, room: RoomId, seq: u64, text: &str) -> Result<()> {
    let names: Vec<_> = mentions(text).collect();
    if names.is_empty() {
        return delete_mentions(db, room, seq);
    }
    let values: Vec<_> = names.iter().map(Value::from).collect();
    let keeps_room = names.iter().any(|name| name == ROOM);
    let delete = "DELETE FROM mentions WHERE room_id = $1 AND seq = $2
         AND CASE WHEN by_name = 0 THEN $3 = 0 ELSE user_id NOT IN (
             SELECT id FROM users WHERE username";
    db.execute_among((delete, ") END"), values![room, seq, keeps_room], &values)?;
    Ok(())
}

/// Deletes the mentions of a message.
pub(super) fn delete_mentions(db: &Db, room: RoomId, seq: u64) -> Result<()> {
    db.execute("DELETE FROM mentions WHERE room_id = $1 AND seq = $2", values![room, seq])?;
    Ok(())
}
