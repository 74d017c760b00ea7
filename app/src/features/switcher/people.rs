//! The people that the server knows, and the way to their direct rooms.

use std::time::Duration;

use leptos::{prelude::*, task::spawn_local};
use protocol::{
    Room, User, UserId,
    http::{NewDirect, UsersPage},
};

use crate::{
    browser::{
        calls::{Refusal, call, escape, get},
        focus::focus_view,
    },
    session::Session,
};

/// The pause in typing after which the server is asked.
const PAUSE: Duration = Duration::from_millis(150);
/// The people that are loaded at first. Among them, typos are forgiven.
const FIRST: usize = 100;
/// The people that a query returns.
const BY_QUERY: usize = 20;

/// The people that can be found.
#[derive(Clone, Copy)]
pub(super) struct People {
    session: Session,
    /// Those that were loaded.
    pub(super) found: RwSignal<Vec<User>>,
    /// Why a direct room could not be opened.
    pub(super) fault: RwSignal<Option<String>>,
    /// True if the server knows more than it returned at first.
    has_more: RwSignal<bool>,
    query: RwSignal<String>,
}

impl People {
    /// Loads the first ones.
    pub(super) fn load(session: Session) -> Self {
        let people = Self {
            session,
            found: RwSignal::new(Vec::new()),
            fault: RwSignal::new(None),
            has_more: RwSignal::new(false),
            query: RwSignal::new(String::new()),
        };
        spawn_local(async move {
            if let Some(page) = people.fetch(&format!("/api/users?limit={FIRST}")).await {
                people.has_more.try_set(page.has_more);
                people.add(page.users);
            }
        });
        people
    }

    /// Asks the server for more people once the user pauses, if it knows more.
    pub(super) fn ask(self, query: &str) {
        self.fault.set(None);
        let query = query.trim().to_owned();
        self.query.set(query.clone());
        if query.is_empty() || !self.has_more.get_untracked() {
            return;
        }
        let ask = move || {
            if self.query.try_get_untracked().is_some_and(|now| now == query) {
                spawn_local(async move {
                    let path = format!("/api/users?limit={BY_QUERY}&query={}", escape(&query));
                    if let Some(page) = self.fetch(&path).await {
                        self.add(page.users);
                    }
                });
            }
        };
        set_timeout(ask, PAUSE);
    }

    /// Returns the people of an answer. Without one, those that the page knows are still found.
    async fn fetch(self, path: &str) -> Option<UsersPage> {
        get::<UsersPage>(path).await.ok()
    }

    /// Adds people, unless the switcher is closed by now.
    fn add(self, users: Vec<User>) {
        let is_new = |user: &User| {
            let found =
                self.found.try_with_untracked(|found| !found.iter().any(|f| f.id == user.id));
            found.unwrap_or_default()
        };
        let new: Vec<_> = users.into_iter().filter(is_new).collect();
        if !new.is_empty() {
            self.found.try_update(|found| found.extend(new));
        }
    }

    /// Opens the direct room with a user, which is made if there is none.
    pub(super) fn open(self, user: UserId) {
        let session = self.session;
        spawn_local(async move {
            match direct_room(session, user).await {
                Ok(room) => {
                    session.switcher.set(false);
                    session.go_to_room(&room);
                    request_animation_frame(focus_view);
                }
                Err(refusal) => {
                    self.fault.try_set(Some(refusal.text));
                }
            }
        });
    }
}

/// Returns the direct room with a user, which is made if there is none.
pub(super) async fn direct_room(session: Session, user: UserId) -> Result<Room, Refusal> {
    let body = NewDirect { users: vec![user.to_string()] };
    let room = call::<Room>("POST", "/api/direct", &body).await?;
    session.apply_room(room.clone());
    Ok(room)
}
