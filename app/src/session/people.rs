//! People as the views show them: present names, statuses, and how they may be managed.

use std::{collections::HashMap, sync::Arc};

use leptos::prelude::*;
use protocol::{Presence, RoomId, Timestamp, User, UserId, UserStatus};

use super::{Session, scoped::Scoped as _};
use crate::{
    browser::appearance::Appearance,
    page::address::Address,
    state::{model::Model, people::status_at},
};

/// The statuses of users.
pub(super) type Statuses = Arc<HashMap<UserId, UserStatus>>;

/// Returns the statuses of the members of the room at `address`.
pub(super) fn statuses_in_view(
    model: RwSignal<Model>,
    address: RwSignal<Address>,
    minute: RwSignal<Option<Timestamp>>,
) -> Memo<Statuses> {
    Memo::new(move |_| {
        let now = minute.get().map(Timestamp::as_millis);
        let statuses = |model: &Model| {
            let room = address.with(|address| match address {
                Address::Room(name) => model.rooms.by_name(name).map(|room| room.id),
                _ => None,
            })?;
            let members = &model.opened_rooms.get(&room)?.members.list;
            let status = |user: &User| Some((user.id, status_at(user, now)?.clone()));
            Some(members.iter().filter_map(|member| status(&member.user)).collect())
        };
        Arc::new(model.with(statuses).unwrap_or_default())
    })
}

impl Session {
    /// Returns whether a user, by username, is known to be a member of a room.
    #[must_use]
    pub fn knows_member(self, room: RoomId, username: &str) -> bool {
        self.model.with_untracked(|model| {
            let open = model.opened_rooms.get(&room);
            open.is_some_and(|open| {
                open.members.list.iter().any(|member| member.user.username == username)
            })
        })
    }

    /// Learns who is here, also of those whom no open room tells of: a view shows everybody.
    pub fn want_presences(self) {
        if !self.model.with_untracked(|model| model.presences.are_wanted) {
            self.model.update(|model| model.presences.are_wanted = true);
        }
    }

    /// Returns the status of a member of the room in view, while it lasts.
    #[must_use]
    pub fn status(self, user: UserId) -> Memo<Option<UserStatus>> {
        Memo::new(move |_| self.statuses.scoped().with(|statuses| statuses.get(&user).cloned()))
    }

    /// Returns the status of a user, while it lasts. Call inside a reactive function.
    #[must_use]
    pub fn status_of(self, user: &User) -> Option<UserStatus> {
        status_at(user, self.minute.scoped().get().map(Timestamp::as_millis)).cloned()
    }

    /// Returns what the page knows of a user.
    #[must_use]
    pub fn user(self, id: UserId) -> Memo<Option<User>> {
        self.select(move |model| model.user(id).cloned())
    }

    /// Returns a user of a list that was loaded, as everybody sees the user now.
    #[must_use]
    pub fn present(self, user: User) -> Memo<User> {
        self.select(move |model| model.people.present(&user))
    }

    /// Returns whether a user is here, as far as the opened rooms tell.
    #[must_use]
    pub fn presence(self, id: UserId) -> Memo<Option<Presence>> {
        self.select(move |model| model.presence(id))
    }

    /// Shows a user as a call has just returned the user.
    pub(crate) fn learn(self, user: &User) {
        self.model.update(|model| model.change_user(user));
    }

    /// Returns how the page looks on this device.
    pub(crate) fn appearance(self) -> Appearance {
        self.appearance.get()
    }

    /// Changes how the page looks on this device, for good.
    pub(crate) fn set_appearance(self, appearance: Appearance) {
        appearance.store();
        self.show_appearance(appearance);
    }

    /// Changes how the page looks.
    pub(crate) fn show_appearance(self, appearance: Appearance) {
        appearance.apply();
        self.appearance.set(appearance);
        self.update_clock();
    }
}
