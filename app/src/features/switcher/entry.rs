//! What can be found: rooms, people and actions, and what is shown of them.

use protocol::{Presence, Room, RoomId, RoomKind, User};

use crate::{
    session::actions::{Action, Group},
    state::{
        bidi::{balance, isolate},
        places::name_of,
        presences::dot_and_word,
    },
    ui::icon::Glyph,
};

/// Where an entry leads.
#[derive(Clone, Debug)]
pub(super) enum Goal {
    /// The room with this slug.
    Room(String),
    /// The direct room with this user alone.
    Person(User),
    /// An action.
    Action(&'static Action),
    /// The search for messages, for these words.
    Search(String),
}

/// The part of the list in which an entry stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Room,
    Person,
    Action,
    Search,
}

/// The sign before a name.
#[derive(Clone, Debug)]
pub(super) enum Sign {
    Glyph(Glyph),
    Person(User, Option<Presence>),
}

/// Something to go to or to do.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) goal: Goal,
    pub(super) kind: Kind,
    pub(super) sign: Sign,
    /// The name, balanced.
    pub(super) name: String,
    /// Another name by which it is found.
    pub(super) other: String,
    /// What stands behind the name.
    pub(super) detail: String,
    pub(super) room: Option<RoomId>,
    pub(super) unread: u64,
    pub(super) mentions: u64,
    /// Others of a smaller rank come first.
    pub(super) rank: u8,
}

impl Entry {
    /// Returns the entry of a room; a direct one with one other person is that person's.
    pub(super) fn of_room(
        room: &Room,
        me: &User,
        presence: impl Fn(&User) -> Option<Presence>,
    ) -> Self {
        let people = room.people.as_deref().unwrap_or_default();
        let is_direct = room.kind == RoomKind::Direct;
        let (sign, other, detail) = match people {
            [] if is_direct => {
                (Sign::Person(me.clone(), None), me.username.clone(), NOTES.to_owned())
            }
            [other] if is_direct => {
                let presence = presence(other);
                let detail = about(other, presence);
                (Sign::Person(other.clone(), presence), other.username.clone(), detail)
            }
            _ if is_direct => {
                (Sign::Glyph(Glyph::Users), String::new(), format!("{} people", people.len() + 1))
            }
            _ => {
                let glyph = if room.archived { Glyph::Archive } else { room.kind.into() };
                (Sign::Glyph(glyph), room.slug.clone(), detail_of(room))
            }
        };
        Self {
            goal: Goal::Room(room.slug.clone()),
            kind: if is_direct { Kind::Person } else { Kind::Room },
            sign,
            name: balance(&name_of(room)).into_owned(),
            other,
            detail,
            room: Some(room.id),
            unread: if room.member { room.unread } else { 0 },
            mentions: if room.member { room.mentions } else { 0 },
            rank: u8::from(!room.member) + 2 * u8::from(room.archived),
        }
    }

    /// Returns the entry of a user without a direct room.
    pub(super) fn of_user(user: &User, me: &User, presence: Option<Presence>) -> Self {
        let is_me = user.id == me.id;
        Self {
            kind: Kind::Person,
            name: balance(&user.name).into_owned(),
            other: user.username.clone(),
            detail: if is_me { NOTES.to_owned() } else { about(user, presence) },
            sign: Sign::Person(user.clone(), presence.filter(|_| !is_me)),
            goal: Goal::Person(user.clone()),
            room: None,
            unread: 0,
            mentions: 0,
            rank: 1,
        }
    }

    /// Returns the entry that searches messages for a query.
    pub(super) fn of_search(query: &str) -> Self {
        Self {
            goal: Goal::Search(query.to_owned()),
            kind: Kind::Search,
            sign: Sign::Glyph(Glyph::Search),
            name: format!("Search messages for “{}”", isolate(query)),
            other: String::new(),
            detail: String::new(),
            room: None,
            unread: 0,
            mentions: 0,
            rank: 0,
        }
    }

    /// Returns the entry of an action.
    pub(super) fn of_action(action: &'static Action) -> Self {
        Self {
            goal: Goal::Action(action),
            kind: Kind::Action,
            sign: Sign::Glyph(Glyph::ChevronRight),
            name: action.label.to_owned(),
            other: String::new(),
            detail: String::new(),
            room: None,
            unread: 0,
            mentions: 0,
            // Somebody named Lind comes before “Link”.
            rank: if action.group == Group::Format { 4 } else { 0 },
        }
    }
}

/// What a direct room with nobody else is for.
const NOTES: &str = "Notes to yourself";

fn about(user: &User, presence: Option<Presence>) -> String {
    let word = presence.map(|presence| dot_and_word(presence, user.quiet).1);
    let state = word.map(|word| format!(", {word}")).unwrap_or_default();
    format!("@{}{state}", user.username)
}

fn detail_of(room: &Room) -> String {
    let state = match (room.archived, room.member, room.kind) {
        (true, ..) => Some("Archived"),
        (false, false, _) => Some("Not joined"),
        (false, true, RoomKind::Private) => Some("Private"),
        (false, true, _) => None,
    };
    let parts = state.into_iter().chain(Some(room.topic.as_str()).filter(|text| !text.is_empty()));
    balance(&parts.collect::<Vec<_>>().join(", ")).into_owned()
}
