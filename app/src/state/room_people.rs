//! How many people are in rooms that are not open, and some of them, for the list of all rooms.

use std::collections::HashMap;

use protocol::{MembersPage, RoomId, Sender};

/// The number of faces that the list shows of a room.
pub(crate) const FACES: u64 = 3;

/// The people of a room, in short.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoomPeople {
    /// The number of members.
    pub total: u64,
    /// Some members.
    pub faces: Vec<Sender>,
}

impl From<MembersPage> for RoomPeople {
    fn from(page: MembersPage) -> Self {
        let members = page.members.into_iter().take(usize::try_from(FACES).unwrap_or_default());
        Self { total: page.total, faces: members.map(|member| member.user.into()).collect() }
    }
}

/// The people of the rooms that the list of all rooms shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoomPeopleList {
    /// The rooms that are shown; empty while the list is not.
    pub wanted: Vec<RoomId>,
    known: HashMap<RoomId, RoomPeople>,
}

impl RoomPeopleList {
    /// Returns the people of a room, if they are known.
    #[must_use]
    pub fn of(&self, room: RoomId) -> Option<&RoomPeople> {
        self.known.get(&room)
    }

    pub(crate) fn insert(&mut self, room: RoomId, people: RoomPeople) {
        self.known.insert(room, people);
    }
}
