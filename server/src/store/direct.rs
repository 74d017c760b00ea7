//! Direct rooms: each belongs to certain people for good, and the same people have one.

use std::collections::BTreeSet;

use protocol::{FieldError, MessageId, Room, RoomId, UserId, limits::MAX_DIRECT_OTHERS};
use uuid::Uuid;

use super::{
    Result, Store, StoreError,
    actor::check_actor,
    now,
    room_view::room_seen_by,
    sql::{Db, values},
    users::user_named,
};

/// A direct room that a user asked for.
#[derive(Debug)]
pub struct DirectRoom {
    /// The room as that user sees it.
    pub room: Room,
    /// True if it was made now.
    pub is_new: bool,
    /// The users whose lists of rooms show it only now.
    pub shown_to: Vec<UserId>,
}

impl Store {
    /// Returns the direct room of a user and these others, given by id or username. Makes it if
    /// they have none, and shows it again if the user has hidden it.
    ///
    /// Writes run one at a time on all nodes, so that the same people never get two rooms.
    ///
    /// # Errors
    /// Returns [`StoreError::NotFound`] or [`StoreError::Ambiguous`] if a name means nobody or two
    /// users, [`StoreError::Forbidden`] if one of them is banned, and [`StoreError::Invalid`] if
    /// they are too many.
    pub async fn direct_room(&self, by: UserId, others: BTreeSet<String>) -> Result<DirectRoom> {
        self.write(move |db| {
            check_actor(db, by)?;
            let people = people(db, by, &others)?;
            let key: Vec<_> = people.iter().map(|user| user.0.simple().to_string()).collect();
            let key = key.concat();
            let select = "SELECT id FROM rooms WHERE people = $1";
            let known = db.row(select, values![&key], |row| row.get::<RoomId>("id"))?;
            let (room, shown_to) = match known {
                Some(room) => (room, show_again_to(db, room, by)?),
                None => (create(db, by, &people, &key)?, people.into_iter().collect()),
            };
            let seen = room_seen_by(db, by, room)?.ok_or(StoreError::NotFound("room"))?;
            Ok(DirectRoom { room: seen, is_new: known.is_none(), shown_to })
        })
        .await
    }
}

/// Returns the people of a direct room, sorted by id.
fn people(db: &Db, by: UserId, others: &BTreeSet<String>) -> Result<BTreeSet<UserId>> {
    let mut people = BTreeSet::from([by]);
    for name in others {
        let user = user_named(db, name)?;
        if user.banned {
            return Err(StoreError::Forbidden("Somebody of these is banned."));
        }
        people.insert(user.id);
        if people.len() > MAX_DIRECT_OTHERS + 1 {
            let message = format!("must name at most {MAX_DIRECT_OTHERS} others");
            return Err(StoreError::Invalid(vec![FieldError::new("users", message)]));
        }
    }
    Ok(people)
}

fn create(db: &Db, by: UserId, people: &BTreeSet<UserId>, key: &str) -> Result<RoomId> {
    let (id, now) = (RoomId(Uuid::now_v7()), now());
    // The name is made of its people's names whenever the room is read.
    db.execute(
        "INSERT INTO rooms (id, slug, name, private, direct, people, creator_id, created_at)
         VALUES ($1, $2, '', 1, 1, $3, $4, $5)",
        values![id, &id.0.to_string(), key, by, now],
    )?;
    for user in people {
        db.execute(
            "INSERT INTO room_members (room_id, user_id, joined_at) VALUES ($1, $2, $3)",
            values![id, *user, now],
        )?;
    }
    Ok(id)
}

/// Hides a direct room from one of its people until its next message.
pub(super) fn hide(db: &Db, room: RoomId, user: UserId) -> Result<()> {
    db.execute(
        "UPDATE room_members SET hidden = 1, changed_at = $1 WHERE room_id = $2 AND user_id = $3",
        values![now(), room, user],
    )?;
    Ok(())
}

/// Shows a direct room again to all who have hidden it. Returns them.
pub(super) fn show_again(db: &Db, room: RoomId) -> Result<Vec<UserId>> {
    db.rows(
        "UPDATE room_members SET hidden = 0, changed_at = $1 WHERE room_id = $2 AND hidden = 1
         RETURNING user_id",
        values![now(), room],
        |row| row.get("user_id"),
    )
}

/// Shows a direct room again to those who have hidden it and whom a reply concerns that only its
/// thread shows: who follows the thread, and whom the reply mentions. Returns them.
pub(super) fn show_again_for_reply(
    db: &Db,
    room: RoomId,
    (thread, seq): (MessageId, u64),
) -> Result<Vec<UserId>> {
    db.rows(
        "UPDATE room_members SET hidden = 0, changed_at = $1
         WHERE room_id = $2 AND hidden = 1 AND (
             EXISTS (SELECT 1 FROM thread_followers AS followed
                 WHERE followed.user_id = room_members.user_id AND thread = $3 AND following = 1)
             OR EXISTS (SELECT 1 FROM mentions
                 WHERE mentions.user_id = room_members.user_id AND mentions.room_id = $2
                     AND mentions.seq = $4
                     AND (by_name > 0 OR coalesce(room_members.notify, '') <> 'nothing')))
         RETURNING user_id",
        values![now(), room, thread, seq],
        |row| row.get("user_id"),
    )
}

fn show_again_to(db: &Db, room: RoomId, user: UserId) -> Result<Vec<UserId>> {
    db.rows(
        "UPDATE room_members SET hidden = 0, changed_at = $1
         WHERE room_id = $2 AND user_id = $3 AND hidden = 1 RETURNING user_id",
        values![now(), room, user],
        |row| row.get("user_id"),
    )
}
