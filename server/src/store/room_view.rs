//! Rooms as users see them.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use protocol::{
    NotifyLevel, Room, RoomId, RoomKind, User, UserId, limits::MAX_ROOM_NAME_CHARS, text::is_name,
};

use super::{
    Result, Store,
    read_state::unread_columns,
    sql::{Db, Row, values},
    users::{read_user, user, user_columns},
};

/// The columns of a room, and of the membership `mine` of its viewer, that views are made of.
pub(super) const SEEN: &str = "rooms.id, slug, name, lower(name) AS sort_name, private, direct,
    topic, archived_at, creator_id, rooms.seq, mine.user_id IS NOT NULL AS member,
    mine.user_id AS viewer, notify, favourite, joined_seq";

impl Store {
    /// Returns a room as a user sees it, also if the user has hidden it; `None` if the user may not
    /// see it.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn room_seen_by(&self, user: UserId, room: RoomId) -> Result<Option<Room>> {
        self.read(move |db| db.read_snapshot(|| room_seen_by(db, user, room))).await
    }

    /// Returns these rooms as a user's list shows them; `None` for each that it does not.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn rooms_seen_by(
        &self,
        user: UserId,
        rooms: Vec<RoomId>,
    ) -> Result<Vec<(RoomId, Option<Room>)>> {
        self.read(move |db| {
            let rooms = rooms.into_iter();
            rooms
                .map(|id| Ok((id, find_room(db, user, id, "AND coalesce(hidden, 0) = 0")?)))
                .collect()
        })
        .await
    }

    /// Returns a room as its members among these users see it, and as everybody else does; `None`
    /// if nobody else sees it.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn room_seen_by_all(
        &self,
        room: RoomId,
        users: Arc<HashSet<UserId>>,
    ) -> Result<(Option<Room>, Vec<(UserId, Room)>)> {
        self.read(move |db| {
            db.read_snapshot(|| {
                let members = members_among(db, room, &users)?;
                let views = format!(
                    "{} WHERE viewer",
                    select_views(&format!(
                        "SELECT {SEEN} FROM rooms JOIN room_members AS mine
                             ON mine.room_id = rooms.id WHERE rooms.id = $1 AND hidden = 0"
                    ))
                );
                let views = db.rows_among(&views, values![room], &members, |row| {
                    Ok((row.get("viewer")?, read_room(row)?))
                })?;
                let nobody = UserId::default();
                Ok((room_seen_by(db, nobody, room)?, views))
            })
        })
        .await
    }
}

fn members_among(db: &Db, room: RoomId, users: &HashSet<UserId>) -> Result<Vec<uuid::Uuid>> {
    let select = "SELECT user_id FROM room_members WHERE room_id = $1";
    let members = db.rows(select, values![room], |row| row.get::<UserId>("user_id"))?;
    Ok(members.into_iter().filter(|user| users.contains(user)).map(|user| user.0).collect())
}

/// Returns a room as a user sees it, also if the user has hidden it.
pub(super) fn room_seen_by(db: &Db, user: UserId, room: RoomId) -> Result<Option<Room>> {
    find_room(db, user, room, "")
}

fn find_room(db: &Db, user: UserId, room: RoomId, condition: &str) -> Result<Option<Room>> {
    let select = select_views(&format!(
        "SELECT {SEEN} FROM rooms LEFT JOIN room_members AS mine
             ON mine.room_id = rooms.id AND mine.user_id = $1
         WHERE rooms.id = $2 AND (private = 0 OR mine.user_id IS NOT NULL) {condition}"
    ));
    let Some(mut room) = db.row(&select, values![user, room], read_room)? else { return Ok(None) };
    add_people(db, user, std::slice::from_mut(&mut room))?;
    Ok(Some(room))
}

/// Returns a query for views of rooms. `seen` is a query for the columns [`SEEN`].
pub(super) fn select_views(seen: &str) -> String {
    format!(
        "SELECT rooms.*, {unread} FROM ({seen}) AS rooms
         LEFT JOIN read_positions ON read_positions.room_id = rooms.id
             AND read_positions.user_id = rooms.viewer",
        unread = unread_columns()
    )
}

/// Reads a room. That of a direct room is not complete without [`add_people`].
pub(super) fn read_room(row: &Row<'_>) -> Result<Room> {
    let (slug, name): (String, String) = (row.get("slug")?, row.get("name")?);
    // A name of an earlier version that would hide something gives way to the slug.
    let name = if is_name(&name, MAX_ROOM_NAME_CHARS) { name } else { slug.clone() };
    let (private, direct): (bool, bool) = (row.get("private")?, row.get("direct")?);
    let kind = match (private, direct) {
        (_, true) => RoomKind::Direct,
        (true, false) => RoomKind::Private,
        (false, false) => RoomKind::Public,
    };
    let notify = row.get::<Option<String>>("notify")?;
    Ok(Room {
        id: row.get("id")?,
        slug,
        name,
        kind,
        private,
        topic: row.get("topic")?,
        archived: row.get::<Option<i64>>("archived_at")?.is_some(),
        created_by: row.get("creator_id")?,
        people: None,
        member: row.get("member")?,
        notify: read_level(notify.as_deref(), direct),
        favourite: row.get::<Option<bool>>("favourite")?.unwrap_or_default(),
        seq: row.get("seq")?,
        read_seq: row.get("read_seq")?,
        unread: row.get("unread")?,
        mentions: row.get("mentions")?,
    })
}

pub(super) fn read_level(stored: Option<&str>, direct: bool) -> NotifyLevel {
    match stored {
        Some("all") => NotifyLevel::All,
        Some("mentions") => NotifyLevel::Mentions,
        Some("nothing") => NotifyLevel::Nothing,
        _ if direct => NotifyLevel::All,
        _ => NotifyLevel::Mentions,
    }
}

/// Completes the direct rooms among the rooms of a page: their people, and names made of them.
pub(super) fn add_people(db: &Db, viewer: UserId, rooms: &mut [Room]) -> Result<()> {
    let slugs = || {
        let direct = rooms.iter().filter(|room| room.kind == RoomKind::Direct);
        direct.map(|room| room.slug.as_str())
    };
    let (Some(first), Some(last)) = (slugs().min(), slugs().max()) else { return Ok(()) };
    // CROSS JOIN keeps this order in SQLite, which would else begin with all direct rooms.
    let people = db.rows(
        concat!(
            "SELECT others.room_id, ",
            user_columns!(),
            " FROM room_members AS mine CROSS JOIN rooms CROSS JOIN room_members AS others
                  CROSS JOIN users
              WHERE mine.user_id = $1 AND rooms.id = mine.room_id AND direct = 1
                  AND slug BETWEEN $2 AND $3 AND others.room_id = rooms.id
                  AND others.user_id <> $1 AND users.id = others.user_id
              ORDER BY username"
        ),
        values![viewer, first, last],
        |row| Ok((row.get::<RoomId>("room_id")?, read_user(row)?)),
    )?;
    let mut by_room: HashMap<RoomId, Vec<User>> = HashMap::new();
    for (room, user) in people {
        by_room.entry(room).or_default().push(user);
    }
    for room in rooms.iter_mut().filter(|room| room.kind == RoomKind::Direct) {
        let people = by_room.remove(&room.id).unwrap_or_default();
        room.name = if people.is_empty() {
            user(db, viewer)?.name // notes to oneself: there is one such room
        } else {
            people.iter().map(|user| user.name.as_str()).collect::<Vec<_>>().join(", ")
        };
        room.people = Some(people);
    }
    Ok(())
}
