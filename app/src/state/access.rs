//! What the user of the page may do in a room, so that it can be said before it is tried.

use protocol::{Member, Role, Room, RoomKind, User, UserId};

/// Whether a room can be written to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Access {
    /// The user may write.
    #[default]
    Write,
    /// The user is no member of a public room. The page shows it without following it.
    Preview,
    /// Nobody can write to an archived room.
    Archived,
    /// All other people of the direct room are banned.
    Alone,
}

impl Access {
    /// Returns what the user may do in a room.
    #[must_use]
    pub fn to(room: &Room) -> Self {
        let people = room.people.as_deref().unwrap_or_default();
        if room.archived {
            Self::Archived
        } else if is_preview(room) {
            Self::Preview
        } else if !people.is_empty() && people.iter().all(|user| user.banned) {
            Self::Alone
        } else {
            Self::Write
        }
    }
}

/// Returns whether opening a room only shows it. Subscribing to it would make the user a member.
/// Everybody is in the first room, which nobody created.
#[must_use]
pub fn is_preview(room: &Room) -> bool {
    !room.member && room.kind == RoomKind::Public && !is_first(room)
}

/// Returns whether this is the room in which everybody begins. It cannot be archived, and keeps its
/// address.
#[must_use]
pub fn is_first(room: &Room) -> bool {
    room.kind == RoomKind::Public && room.created_by.is_none()
}

/// Returns whether a user may change a room and remove its members: its creator while a member,
/// the owner and admins. A private room without any of these is managed by the member who joined
/// first.
#[must_use]
pub fn manages(me: &User, room: &Room, members: &[Member]) -> bool {
    if room.kind == RoomKind::Direct {
        return false;
    }
    let is_creator = |user: UserId| room.created_by == Some(user);
    if me.role != Role::Member || room.member && is_creator(me.id) {
        return true;
    }
    let is_usual = |user: &User| user.role != Role::Member || is_creator(user.id);
    let present = || members.iter().filter(|member| !member.user.banned);
    let first = present().min_by_key(|member| (member.joined_at, member.user.id));
    room.kind == RoomKind::Private
        && !present().any(|member| is_usual(&member.user))
        && first.is_some_and(|first| first.user.id == me.id)
}

#[cfg(test)]
mod tests {
    use protocol::Timestamp;

    use super::*;
    use crate::state::fixtures::{room, user};

    fn desk() -> Room {
        Room { created_by: Some(user("bo").id), ..room() }
    }

    fn member(name: &str, joined_at: i64) -> Member {
        let joined_at = Some(Timestamp::from_millis(joined_at));
        Member { user: user(name), joined_at, ..Member::default() }
    }

    #[test]
    fn a_public_room_is_shown_before_it_is_joined() {
        let preview = Room { member: false, ..desk() };
        assert_eq!(Access::to(&desk()), Access::Write);
        assert_eq!(Access::to(&preview), Access::Preview);
        assert_eq!(Access::to(&Room { archived: true, ..preview }), Access::Archived);
        let first = Room { member: false, ..room() };
        assert!(is_first(&first) && !is_preview(&first), "opening it joins it");
    }

    #[test]
    fn a_direct_room_with_banned_people_only_cannot_be_written_to() {
        let banned = User { banned: true, ..user("bo") };
        let direct =
            |people: Vec<User>| Room { kind: RoomKind::Direct, people: Some(people), ..desk() };
        assert_eq!(Access::to(&direct(vec![banned.clone()])), Access::Alone);
        assert_eq!(Access::to(&direct(vec![banned, user("chen")])), Access::Write);
        assert_eq!(Access::to(&direct(Vec::new())), Access::Write, "notes to oneself");
    }

    #[test]
    fn a_room_is_managed_by_its_creator_and_by_admins() {
        assert!(manages(&user("bo"), &desk(), &[]));
        assert!(!manages(&user("ada"), &desk(), &[]));
        assert!(!manages(&user("bo"), &Room { member: false, ..desk() }, &[]), "who left");
        let admin = User { role: Role::Admin, ..user("ada") };
        assert!(manages(&admin, &desk(), &[]));
        assert!(!manages(&admin, &Room { kind: RoomKind::Direct, ..desk() }, &[]));
    }

    #[test]
    fn a_private_room_without_them_is_managed_by_who_came_first() {
        let private = Room { kind: RoomKind::Private, ..desk() };
        let members = [member("chen", 2), member("ada", 1)];
        assert!(manages(&user("ada"), &private, &members));
        assert!(!manages(&user("chen"), &private, &members));
        let members = [member("bo", 3), member("ada", 1)];
        assert!(!manages(&user("ada"), &private, &members), "its creator is a member");
        assert!(!manages(&user("ada"), &desk(), &members), "a public room has the admins");
    }
}
