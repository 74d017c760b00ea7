//! Mentions: the users that a message names, and with `@room` the members of its room.

use protocol::{RoomId, UserId, limits::MAX_ROOM_MENTION_MEMBERS};

use super::{
    Result,
    sql::{Db, Value, values},
};

/// The values of `by_name`: how a message mentions a user.
const BY_ROOM: i64 = 0;
const BY_NAME: i64 = 1;
const BY_BOTH: i64 = 2;
/// A mention that an edit took away, until it is deleted.
const GONE: i64 = -1;

/// The name that mentions all members of a room.
const ROOM: &str = "room";

/// Records the users that a new message mentions by these names, except the author: those who may
/// see the room, and with `@room` the members of this moment. Returns whether there are names.
pub(super) fn record_mentions(
    db: &Db,
    room: RoomId,
    seq: u64,
    author: UserId,
    names: &[String],
) -> Result<bool> {
    if names.is_empty() {
        return Ok(false);
    }
    let values: Vec<_> = names.iter().map(Value::from).collect();
    let insert = format!(
        "INSERT INTO mentions (user_id, room_id, seq, thread, shown, by_name)
         SELECT users.id, messages.room_id, messages.seq, messages.thread, messages.shown, {BY_NAME}
         FROM users JOIN messages ON messages.room_id = $1 AND messages.seq = $2
         WHERE users.id <> $3 AND (
             EXISTS (SELECT 1 FROM rooms WHERE id = $1 AND private = 0)
             OR EXISTS (SELECT 1 FROM room_members
                 WHERE room_id = $1 AND user_id = users.id)) AND username"
    );
    db.execute_among((&insert, "ON CONFLICT DO NOTHING"), values![room, seq, author], &values)?;
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
             messages.shown, {BY_ROOM}
         FROM messages JOIN room_members ON room_members.room_id = messages.room_id
         WHERE messages.room_id = $1 AND messages.seq = $2 AND room_members.user_id <> $3
             AND (EXISTS (SELECT 1 FROM rooms WHERE id = $1 AND creator_id = $3)
                 OR EXISTS (SELECT 1 FROM users WHERE id = $3 AND role IN ('owner', 'admin'))
                 OR (SELECT count(*) FROM (SELECT 1 FROM room_members WHERE room_id = $1
                     LIMIT {MAX_ROOM_MENTION_MEMBERS} + 1) AS few)
                     <= {MAX_ROOM_MENTION_MEMBERS})
         ON CONFLICT (user_id, room_id, seq) DO UPDATE SET by_name = {BY_BOTH}"
    );
    db.execute(&insert, values![room, seq, author])?;
    Ok(())
}

/// Deletes the mentions that an edited message no longer makes. An edit adds none.
pub(super) fn keep_mentions(db: &Db, room: RoomId, seq: u64, names: &[String]) -> Result<()> {
    if names.is_empty() {
        return delete_mentions(db, room, seq);
    }
    let values: Vec<_> = names.iter().map(Value::from).collect();
    let update = format!(
        "UPDATE mentions SET by_name = CASE by_name WHEN {BY_BOTH} THEN {BY_ROOM} ELSE {GONE} END
         WHERE room_id = $1 AND seq = $2 AND by_name <> {BY_ROOM} AND user_id NOT IN (
             SELECT id FROM users WHERE username"
    );
    db.execute_among((&update, ")"), values![room, seq], &values)?;
    if names.iter().all(|name| name != ROOM) {
        let update = format!(
            "UPDATE mentions
             SET by_name = CASE by_name WHEN {BY_BOTH} THEN {BY_NAME} ELSE {GONE} END
             WHERE room_id = $1 AND seq = $2 AND by_name <> {BY_NAME}"
        );
        db.execute(&update, values![room, seq])?;
    }
    let delete =
        format!("DELETE FROM mentions WHERE room_id = $1 AND seq = $2 AND by_name = {GONE}");
    db.execute(&delete, values![room, seq])?;
    Ok(())
}

/// Deletes the mentions of a message.
pub(super) fn delete_mentions(db: &Db, room: RoomId, seq: u64) -> Result<()> {
    db.execute("DELETE FROM mentions WHERE room_id = $1 AND seq = $2", values![room, seq])?;
    Ok(())
}
