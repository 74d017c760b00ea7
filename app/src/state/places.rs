//! The rooms that the navigation lists, in sections: favourites, rooms, conversations.

use protocol::{NotifyLevel, Room, RoomId, RoomKind, Sender, User};

use super::{access::is_first, model::Model, names::user_name};

/// The name of the room in which users write to themselves.
pub const NOTES: &str = "Notes to yourself";

/// A room in the navigation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The room.
    pub id: RoomId,
    /// The last part of its address.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// Who can see it.
    pub kind: RoomKind,
    /// The one other person of a direct room, or the user for notes. None for several people.
    pub person: Option<Sender>,
    /// True if nothing of it notifies the user.
    pub muted: bool,
}

/// The sections of the navigation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places {
    /// The user's favourites, rooms first.
    pub favourites: Vec<Place>,
    /// The user's other rooms, muted ones last.
    pub rooms: Vec<Place>,
    /// The other direct rooms, by name.
    pub direct: Vec<Place>,
}

impl Places {
    /// Sorts the user's rooms into sections. Everybody has the first room. Archived rooms are
    /// listed while they are unread or in view. A direct room that somebody else made is listed
    /// from its first message on.
    #[must_use]
    pub fn of(model: &Model, in_view: Option<RoomId>) -> Self {
        let is_listed = |room: &&Room| {
            let matters = room.unread > 0 || room.mentions > 0 || in_view == Some(room.id);
            let is_begun = room.kind != RoomKind::Direct
                || room.seq > 0
                || room.created_by.is_none_or(|creator| creator == model.me.id);
            (room.member || is_first(room)) && (!room.archived && is_begun || matters)
        };
        let mut places = Self::default();
        for room in model.rooms.iter().filter(is_listed) {
            let place = Place::of(model, room);
            let section = match (model.choices.favourite(room), place.kind) {
                (true, _) => &mut places.favourites,
                (false, RoomKind::Direct) => &mut places.direct,
                (false, RoomKind::Public | RoomKind::Private) => &mut places.rooms,
            };
            section.push(place);
        }
        // The sorting is stable, so that rooms keep the order of the server.
        places.rooms.sort_by_key(|place| place.muted);
        places.direct.sort_by_cached_key(|place| (place.muted, place.name.to_ascii_lowercase()));
        places.favourites.sort_by_cached_key(|place| {
            let is_direct = place.kind == RoomKind::Direct;
            (is_direct, place.muted, is_direct.then(|| place.name.to_ascii_lowercase()))
        });
        places
    }
}

impl Place {
    /// Returns how a room is listed.
    #[must_use]
    pub fn of(model: &Model, room: &Room) -> Self {
        let person = match room.people.as_deref() {
            Some([]) => Some(&model.me),
            Some([other]) => Some(other),
            _ => None,
        };
        Self {
            id: room.id,
            slug: room.slug.clone(),
            name: name_of(room),
            kind: room.kind,
            person: person.map(sender),
            muted: model.choices.notify(room) == NotifyLevel::Nothing,
        }
    }
}

fn sender(user: &User) -> Sender {
    Sender { id: user.id, name: user.name.clone(), username: None, picture: user.picture.clone() }
}

/// Returns the name of a room as the page shows it.
#[must_use]
pub fn name_of(room: &Room) -> String {
    match room.people.as_deref() {
        Some([]) => NOTES.to_owned(),
        Some(people) => list_names(people),
        None => room.name.clone(),
    }
}

/// Returns the names of users as a list, each with the username if the name reads like another's.
#[must_use]
pub fn list_names(people: &[User]) -> String {
    let names: Vec<_> = people.iter().map(user_name).collect();
    match names.as_slice() {
        [] => String::new(),
        [name] => name.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::state::fixtures::{open_page, room, user};

    fn named(id: u128, name: &str) -> Room {
        Room {
            id: RoomId(Uuid::from_u128(id)),
            slug: name.to_owned(),
            name: name.to_owned(),
            ..room()
        }
    }

    fn direct(id: u128, people: Vec<User>) -> Room {
        Room { kind: RoomKind::Direct, people: Some(people), ..named(id, "direct") }
    }

    fn names(places: &[Place]) -> Vec<&str> {
        places.iter().map(|place| place.name.as_str()).collect()
    }

    #[test]
    fn rooms_are_listed_in_sections() {
        let mut model = open_page();
        let muted = Room { notify: NotifyLevel::Nothing, ..named(3, "alpha") };
        model.rooms = vec![
            direct(10, vec![user("chen")]),
            direct(11, vec![user("bo"), user("dana")]),
            direct(12, Vec::new()),
            muted,
            Room { favourite: true, ..named(4, "beta") },
            Room { member: false, created_by: Some(user("bo").id), ..named(5, "delta") },
            Room { archived: true, ..named(6, "epsilon") },
            Room { archived: true, unread: 1, ..named(7, "eta") },
            Room { member: false, ..named(9, "first") },
            named(8, "gamma"),
        ]
        .into();
        let places = Places::of(&model, None);
        assert_eq!(names(&places.favourites), ["beta"]);
        assert_eq!(names(&places.rooms), ["eta", "first", "gamma", "alpha"], "muted ones are last");
        assert_eq!(names(&places.direct), ["Bo and Dana", "Chen", NOTES]);
        assert_eq!(places.direct[1].person.as_ref().map(|person| person.id), Some(user("chen").id));
        assert_eq!(places.direct[2].person.as_ref().map(|person| person.id), Some(model.me.id));
        assert_eq!(places.direct[0].person, None);

        let epsilon = RoomId(Uuid::from_u128(6));
        assert_eq!(names(&Places::of(&model, Some(epsilon)).rooms)[0], "epsilon");
        model.choices.set_favourite(RoomId(Uuid::from_u128(10)), true);
        model.choices.set_favourite(RoomId(Uuid::from_u128(4)), false);
        let places = Places::of(&model, None);
        assert_eq!(names(&places.favourites), ["Chen"], "choices are shown at once");
        assert_eq!(names(&places.rooms)[0], "beta");
    }

    #[test]
    fn a_direct_room_of_somebody_else_is_listed_from_its_first_message_on() {
        let mut model = open_page();
        let made_by = |id, by: &str, seq| Room {
            created_by: Some(user(by).id),
            seq,
            ..direct(id, vec![user("bo")])
        };
        model.rooms = vec![made_by(10, "bo", 0)].into();
        assert!(Places::of(&model, None).direct.is_empty());
        let in_view = RoomId(Uuid::from_u128(10));
        assert_eq!(Places::of(&model, Some(in_view)).direct.len(), 1);
        for begun in [made_by(10, "bo", 1), made_by(10, "ada", 0)] {
            model.rooms = vec![begun].into();
            assert_eq!(Places::of(&model, None).direct.len(), 1);
        }
    }

    #[test]
    fn names_are_listed_with_and() {
        let people = [user("bo"), user("chen"), User { alike: true, ..user("dana") }];
        assert_eq!(list_names(&people), "Bo, Chen and Dana @dana");
        assert_eq!(list_names(&people[..1]), "Bo");
    }
}
