//! The open page as components see it: signals over the [`Model`], and the user's actions.

mod drafts;
mod messages;
mod scoped;
mod view;

pub(crate) use scoped::Scoped;
pub use view::RoomSummary;

use std::sync::Arc;

use leptos::prelude::*;
use protocol::{MessageId, RoomId, User};

use crate::{
    browser::{
        address::Address,
        clock::{self, Clock},
        drafts::Drafts,
    },
    page::{OwnInvitation, Unsent, Workspace},
    state::{connection::ConnectionState, hues::Hues, model::Model, room::RoomState},
};

/// A user's open page. Provided as context to everything in the workspace.
#[derive(Clone, Copy, Debug)]
pub struct Session {
    model: RwSignal<Model>,
    clock: RwSignal<Clock>,
    drafts: StoredValue<Drafts>,
    reconnect_requests: RwSignal<u32>,
    /// The earliest time of the next typing signal, by the page's clock.
    next_typing_at: StoredValue<i64>,
    /// True if the page is visible and has the focus.
    pub foreground: RwSignal<bool>,
    /// The message whose actions are shown.
    pub active: RwSignal<Option<MessageId>>,
    /// The message that is being edited.
    pub editing: RwSignal<Option<MessageId>>,
    /// The page's current address.
    pub address: RwSignal<Address>,
    /// True if the panel beside the room is open.
    pub panel_open: RwSignal<bool>,
    /// The hues of the members of the room in view.
    hues: Memo<Arc<Hues>>,
    /// The user's newest open invitation, if there is one and the user may invite.
    pub invite: StoredValue<Option<OwnInvitation>>,
    /// The text of an unsent message that the user took back, until the composer takes it.
    pub taken_back: RwSignal<Option<String>>,
    /// The text that the form of the room in view has not sent, until the composer takes it.
    unsent: StoredValue<Option<Unsent>>,
    /// True if nobody may register: invitations are of no use.
    pub registration_closed: bool,
}

impl Session {
    /// Creates the session from the data that the server rendered.
    #[must_use]
    pub fn new(mut workspace: Workspace, address: Address) -> Self {
        let (invite, unsent) = (workspace.invite.take(), workspace.unsent.take());
        let registration_closed = workspace.registration_closed;
        let drafts = Drafts::of(workspace.user.id);
        let model = RwSignal::new(Model::from_page(workspace));
        let address = RwSignal::new(address);
        Self {
            model,
            clock: RwSignal::new(Clock::Utc),
            drafts: StoredValue::new(drafts),
            reconnect_requests: RwSignal::new(0),
            next_typing_at: StoredValue::new(i64::MIN),
            foreground: RwSignal::new(false),
            active: RwSignal::new(None),
            editing: RwSignal::new(None),
            address,
            panel_open: RwSignal::new(false),
            hues: view::hues_in_view(model, address),
            invite: StoredValue::new(invite),
            taken_back: RwSignal::new(None),
            unsent: StoredValue::new(unsent),
            registration_closed,
        }
    }

    /// Returns the signal of the whole state, for code that modifies it.
    pub(crate) fn model(self) -> RwSignal<Model> {
        self.model
    }

    /// Returns the user whose page this is.
    #[must_use]
    pub fn me(self) -> User {
        self.model.scoped().with(|model| model.me.clone())
    }

    /// Returns the id of the user whose page this is, without tracking it.
    #[cfg(feature = "hydrate")]
    pub(crate) fn me_untracked(self) -> protocol::UserId {
        self.model.with_untracked(|model| model.me.id)
    }

    /// Returns the clock that formats dates and times now.
    #[must_use]
    pub fn clock(self) -> Clock {
        self.clock.scoped().get()
    }

    /// Switches to local time, and notifies components when a new day begins.
    pub(crate) fn update_clock(self) {
        let now = Clock::Local { now: clock::now() };
        let day = |clock: Clock| {
            if let Clock::Local { now } = clock { Some(clock.day(now)) } else { None }
        };
        if day(now) != self.clock.with_untracked(|clock| day(*clock)) {
            self.clock.set(now);
        }
    }

    /// Returns a part of the state, which notifies only when its value changes.
    pub fn select<T: PartialEq + Send + Sync + 'static>(
        self,
        select: impl Fn(&Model) -> T + Send + Sync + 'static,
    ) -> Memo<T> {
        // Boxed, so that code is generated once per type of value and not once per call: this
        // makes the page smaller.
        let select: Box<dyn Fn(&Model) -> T + Send + Sync> = Box::new(select);
        Memo::new(move |_| self.model.scoped().with(&select))
    }

    /// Returns a part of a room's state, or `default` while the room is not loaded.
    pub fn select_room<T: PartialEq + Default + Send + Sync + 'static>(
        self,
        room: RoomId,
        select: impl Fn(&RoomState) -> T + Send + Sync + 'static,
    ) -> Memo<T> {
        self.select(move |model| model.opened_rooms.get(&room).map(&select).unwrap_or_default())
    }

    /// Reads a room's state inside a reactive function, which then tracks it.
    pub fn select_room_now<T>(
        self,
        room: RoomId,
        select: impl FnOnce(&RoomState) -> T,
    ) -> Option<T> {
        self.model.scoped().with(|model| model.opened_rooms.get(&room).map(select))
    }

    /// Changes the state of a room, if it is loaded.
    fn update_room(self, id: RoomId, update: impl FnOnce(&mut RoomState)) {
        self.model.update(|model| {
            if let Some(room) = model.opened_rooms.get_mut(&id) {
                update(room);
            }
        });
    }

    /// Returns the state of the connection.
    #[must_use]
    pub fn connection(self) -> Memo<ConnectionState> {
        self.select(|model| model.connection)
    }

    /// Forgets that older data was restored, once the user has read it.
    pub fn forget_restored(self) {
        self.model.update(|model| model.restored = None);
    }

    /// Ends the pause before the next connection attempt.
    pub fn reconnect_now(self) {
        self.reconnect_requests.update(|requests| *requests = requests.wrapping_add(1));
    }

    /// Counts the calls of [`reconnect_now`](Self::reconnect_now), for the connection.
    #[cfg_attr(not(feature = "hydrate"), expect(dead_code, reason = "the server has no socket"))]
    pub(crate) fn reconnect_requests(self) -> RwSignal<u32> {
        self.reconnect_requests
    }
}
