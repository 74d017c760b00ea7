//! All that a word can be completed to, with the words by which it is found. It is made once for a
//! word, because folding the names of many people takes longer than finding them. Before its first
//! letter, no name is folded.

use std::collections::HashSet;

use protocol::{Room, RoomId, RoomKind, User, UserId};

use super::people::Others;
use crate::{
    browser::case::fold,
    state::{
        access::is_first,
        completion::{Kind, Token},
        model::Model,
        switcher::{Candidate, Words},
    },
};

/// The words by which all members are found: that of this chat, and those of others. No user has
/// one of them as a name.
pub(in crate::features::composer) const EVERYBODY: [&str; 5] =
    ["room", "here", "channel", "everyone", "all"];

/// What a candidate stands for.
#[derive(Clone, Debug)]
pub(super) enum Entry {
    /// A member of the room.
    Member(UserId),
    /// Another user. False if this may be a member: the page does not know all of them.
    Other(Box<User>, bool),
    /// All members, of whom there are so many.
    Everybody(u64),
    /// A room.
    Room(RoomId),
}

/// The candidates.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// The room of the composer.
    pub(super) room: RoomId,
    /// True if there are candidates.
    pub(super) is_searchable: bool,
    pub(super) entries: Vec<Entry>,
    pub(super) candidates: Vec<Candidate>,
}

impl Index {
    /// Collects the candidates for a word.
    pub(super) fn new(model: &Model, room: RoomId, token: &Token, others: Others) -> Self {
        let is_searchable = !token.query.is_empty();
        let mut index = Self { room, is_searchable, ..Self::default() };
        match token.kind {
            Kind::Person => index.add_people(model, others),
            Kind::Room => index.add_rooms(model),
            Kind::Emoji | Kind::Command => {}
        }
        index
    }

    fn add<'a>(&mut self, entry: Entry, names: impl IntoIterator<Item = &'a str>, rank: u8) {
        self.entries.push(entry);
        if self.is_searchable {
            let names = names.into_iter().map(|name| Words::new(name, fold)).collect();
            self.candidates.push(Candidate { names, rank, used: None });
        }
    }

    /// Adds the members first, those who are here before the others; the user is not among them.
    fn add_people(&mut self, model: &Model, others: Others) {
        let Some(open) = model.opened_rooms.get(&self.room) else { return };
        let members = &open.members;
        let mut list: Vec<_> = members.list.iter().collect();
        list.retain(|member| member.user.id != model.me.id && !member.user.banned);
        list.sort_by_key(|member| !member.online);
        for member in &list {
            let User { id, name, username, .. } = &member.user;
            self.add(Entry::Member(*id), [name.as_str(), username.as_str()], 0);
        }
        let room = model.rooms.find(self.room);
        let is_direct = room.is_some_and(|it| it.kind == RoomKind::Direct);
        if is_direct {
            return;
        }
        self.add(Entry::Everybody(members.total), EVERYBODY, 0);
        let known: HashSet<_> = members.list.iter().map(|member| member.user.id).collect();
        // Everybody is in the first room, also who has not opened it yet.
        let is_complete = members.is_loaded && !members.is_partial && !room.is_some_and(is_first);
        others.with(|users| {
            let is_other = |user: &&User| user.id != model.me.id && !known.contains(&user.id);
            for user in users.iter().filter(is_other) {
                let entry = Entry::Other(Box::new(user.clone()), is_complete);
                self.add(entry, [user.name.as_str(), user.username.as_str()], 1);
            }
        });
    }

    /// Adds the rooms that can be linked to, those of the user first.
    fn add_rooms(&mut self, model: &Model) {
        let is_listed = |room: &&Room| room.kind != RoomKind::Direct && !room.archived;
        for room in model.rooms.iter().filter(is_listed) {
            self.add(
                Entry::Room(room.id),
                [room.name.as_str(), room.slug.as_str()],
                u8::from(!room.member),
            );
        }
    }
}
