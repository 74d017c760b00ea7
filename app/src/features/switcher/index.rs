//! Everything that can be found, at the moment at which the switcher opens.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use leptos::prelude::*;
use protocol::{Presence, RoomId, User, UserId};

use super::entry::{Entry, Goal, Kind, Sign};
use crate::{
    browser::case::fold,
    session::{
        Session,
        actions::{self, Action},
    },
    state::{
        access::Access,
        model::Model,
        switcher::{Candidate, Words},
    },
};

/// The entries, each with the words by which it is found.
#[derive(Clone, Debug)]
pub(super) struct Index {
    pub(super) entries: Arc<Vec<Entry>>,
    pub(super) candidates: Arc<Vec<Candidate>>,
    /// The room in view.
    pub(super) here: Option<RoomId>,
}

impl PartialEq for Index {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.entries, &other.entries)
    }
}

impl Index {
    /// Collects rooms, people and the actions that are available.
    pub(super) fn new(session: Session, users: &[User]) -> Self {
        let mut entries = session.model().with_untracked(|model| entries(model, users));
        let is_offered = |action: &&Action| action.is_available(session) && action.id != "switch";
        let available = actions::all().iter().filter(is_offered);
        entries.extend(available.map(Entry::of_action));
        Self::of(session, entries)
    }

    /// Collects the rooms and people to whom the user may write.
    pub(super) fn writable(session: Session, users: &[User]) -> Self {
        let entries = session.model().with_untracked(|model| {
            let may_write = |room: RoomId| {
                model.rooms.find(room).is_some_and(|room| Access::to(room) == Access::Write)
            };
            let mut entries = entries(model, users);
            entries.retain(|entry| entry.room.is_none_or(may_write));
            entries
        });
        Self::of(session, entries)
    }

    fn of(session: Session, entries: Vec<Entry>) -> Self {
        let recent: HashMap<_, _> =
            session.recent_rooms().into_iter().enumerate().map(|(used, id)| (id, used)).collect();
        let candidates = entries.iter().map(|entry| Candidate {
            names: vec![Words::new(&entry.name, fold), Words::new(&entry.other, fold)],
            rank: entry.rank,
            used: entry.room.and_then(|room| recent.get(&room).copied()),
        });
        Self {
            candidates: Arc::new(candidates.collect()),
            entries: Arc::new(entries),
            here: session.model().with_untracked(|model| model.room_in_view),
        }
    }
}

fn entries(model: &Model, users: &[User]) -> Vec<Entry> {
    let known = presences(model);
    let presence = |user: &User| known.get(&user.id).map(|(presence, _)| *presence);
    let me = &model.me;
    let rooms = model.rooms.iter().map(|room| Entry::of_room(room, me, presence));
    let mut entries: Vec<_> = rooms.collect();
    let mut seen: HashSet<UserId> = entries.iter().filter_map(user_of).collect();
    let members = known.values().map(|(_, user)| *user);
    let mut others: Vec<_> =
        users.iter().chain([me]).chain(members).filter(|user| !user.banned).collect();
    others.retain(|user| seen.insert(user.id));
    others.sort_by(|a, b| a.name.cmp(&b.name));
    entries.extend(others.into_iter().map(|user| Entry::of_user(user, me, presence(user))));
    entries
}

/// Returns the user whose direct room an entry is.
fn user_of(entry: &Entry) -> Option<UserId> {
    match (&entry.goal, entry.kind, &entry.sign) {
        (Goal::Room(_), Kind::Person, Sign::Person(user, _)) => Some(user.id),
        _ => None,
    }
}

/// Returns the members of the opened rooms.
fn presences(model: &Model) -> HashMap<UserId, (Presence, &User)> {
    let rooms = model.opened_rooms.values();
    let members = rooms.flat_map(|room| &room.members.list);
    members.map(|member| (member.user.id, (member.presence, &member.user))).collect()
}
