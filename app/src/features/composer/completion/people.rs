//! People who are not in the room: the server finds them.

use std::time::Duration;

use leptos::{prelude::*, task::spawn_local};
use protocol::{RoomId, RoomKind, User, http::UsersPage};

use crate::{
    browser::calls::{escape, get},
    session::Session,
};

/// The pause in typing after which the server is asked.
const PAUSE: Duration = Duration::from_millis(150);
/// The people that a query returns.
const BY_QUERY: usize = 20;
/// The most people that are kept.
const MAX_KEPT: usize = 500;

/// The people that the server has found.
#[derive(Clone, Copy, Debug)]
pub(super) struct Others {
    session: Session,
    room: RoomId,
    found: StoredValue<Vec<User>>,
    query: StoredValue<String>,
}

impl Others {
    pub(super) fn new(session: Session, room: RoomId) -> Self {
        let (found, query) = (StoredValue::new(Vec::new()), StoredValue::new(String::new()));
        Self { session, room, found, query }
    }

    /// Reads the people that were found.
    pub(super) fn with<T>(self, read: impl FnOnce(&[User]) -> T) -> T {
        self.found.with_value(|found| read(found))
    }

    /// Asks the server once the user pauses. Calls `done` if it has found others than before. In a
    /// direct room, nobody else reads what is written.
    pub(super) fn ask(self, query: &str, done: impl Fn() + Send + Sync + 'static) {
        let query = query.to_owned();
        self.query.set_value(query.clone());
        let is_direct = self.session.model().with_untracked(|model| {
            model.rooms.find(self.room).is_some_and(|room| room.kind == RoomKind::Direct)
        });
        if query.is_empty() || is_direct {
            return;
        }
        let is_current = move || self.query.try_with_value(|now| *now == query).unwrap_or_default();
        let ask = move || {
            if !is_current() {
                return;
            }
            spawn_local(async move {
                let Some(query) = self.query.try_get_value() else { return };
                let path = format!("/api/users?limit={BY_QUERY}&query={}", escape(&query));
                // Without an answer, the members are still found.
                let Ok(UsersPage { users, .. }) = get::<UsersPage>(&path).await else { return };
                if self.add(users) {
                    done();
                }
            });
        };
        set_timeout(ask, PAUSE);
    }

    /// Returns whether any of these people is new.
    fn add(self, users: Vec<User>) -> bool {
        let added = self.found.try_update_value(|found| {
            let before = found.len();
            for user in users.into_iter().filter(|user| !user.banned) {
                if found.len() < MAX_KEPT && !found.iter().any(|known| known.id == user.id) {
                    found.push(user);
                }
            }
            found.len() > before
        });
        added.unwrap_or_default()
    }
}
