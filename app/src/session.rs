//! The open page as components see it: signals over the [`Model`], and the user's actions.

pub mod actions;
mod begun;
mod custom_emoji;
mod deleting;
mod drafts;
mod edits;
mod emoji;
mod holding;
mod later;
mod messages;
mod people;
mod reading;
pub(crate) mod recent;
mod rooms;
mod scoped;
mod search;
mod share;
mod threads;
mod tray;
mod uploads;
mod view;

use self::people::Statuses;
pub(crate) use self::scoped::Scoped;
pub use self::{
    begun::Begun,
    emoji::EmojiUse,
    later::{Keeping, LaterNote, NoteKind, Scheduling},
    messages::NewMessage,
    search::SearchPlace,
    threads::{Target, place_of},
    view::{RoomSummary, SeenRoom},
};

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use leptos::prelude::*;
use protocol::{MessageId, RoomId, Timestamp, User, UserId};
use uuid::Uuid;

use crate::{
    browser::{
        appearance::Appearance,
        clock::{self, Clock},
        drafts::Drafts,
    },
    page::{OwnInvitation, Unsent, Workspace, address::Address},
    state::{
        connection::ConnectionState, conversation::Conversation, custom_emoji::CustomEmojis,
        hues::Hues, model::Model, outbox::PendingMessage, room::RoomState, tray::Tray,
        viewer::Viewer, writing::Format,
    },
};

/// What the panel beside a room shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Panel {
    /// The people in the room.
    Members,
    /// The settings of the room.
    About,
    /// The thread that a message begins.
    Thread(MessageId),
    /// The pinned messages.
    Pins,
    /// The files.
    Files,
}

/// A user's open page. Provided as context to everything in the workspace.
#[derive(Clone, Copy, Debug)]
pub struct Session {
    model: RwSignal<Model>,
    clock: RwSignal<Clock>,
    /// The present time to the minute, once the page runs.
    minute: RwSignal<Option<Timestamp>>,
    /// How the page looks on this device, once it runs.
    appearance: RwSignal<Appearance>,
    drafts: StoredValue<Drafts>,
    reconnect_requests: RwSignal<u32>,
    /// Changes that only the connection has to learn of.
    outgoing: RwSignal<()>,
    /// The earliest time of the next typing signal in the same place, by the page's clock.
    next_typing_at: StoredValue<(Option<Conversation>, i64)>,
    /// True if the page is visible and has the focus.
    pub foreground: RwSignal<bool>,
    /// The message whose actions are shown.
    pub active: RwSignal<Option<MessageId>>,
    /// The message whose menu of further actions is open.
    pub menu: RwSignal<Option<MessageId>>,
    /// What has just happened, for the user. The line below the messages shows it for a while.
    pub notice: RwSignal<Option<&'static str>>,
    /// Sets a format in the composer that had the focus last.
    formats: StoredValue<Option<Callback<Format>>>,
    /// The message that is being edited.
    pub editing: RwSignal<Option<MessageId>>,
    /// The rooms and threads with a draft on this device.
    drafted: RwSignal<HashSet<Conversation>>,
    /// The message to quote, until the composer of its room or thread takes it.
    pub reply_to: RwSignal<Option<MessageId>>,
    /// The message to scroll to, once its thread shows it.
    pub target: RwSignal<Option<Target>>,
    /// Where the user was in what was found, until it is shown again.
    pub search_place: StoredValue<SearchPlace>,
    /// The last view other than the search.
    before_search: StoredValue<Option<Address>>,
    /// The page's current address.
    pub address: RwSignal<Address>,
    /// The panel beside the room.
    pub panel: RwSignal<Option<Panel>>,
    /// True while the switcher is open.
    pub switcher: RwSignal<bool>,
    /// True while the list of shortcuts is open.
    pub shortcuts: RwSignal<bool>,
    /// What an emoji is picked for, while the picker is open.
    pub picking_emoji: RwSignal<Option<EmojiUse>>,
    /// What a screen reader is to say.
    pub spoken: RwSignal<String>,
    /// The user whose card is shown.
    pub open_profile: RwSignal<Option<UserId>>,
    /// True while the user sets a status.
    pub status_open: RwSignal<bool>,
    /// What a time is chosen for, while the choice is open.
    pub scheduling: RwSignal<Option<Scheduling>>,
    /// What came of a message that is sent later or of a reminder, until the user has read it.
    pub later_note: RwSignal<Option<LaterNote>>,
    /// What takes the responses to requests for messages that are sent later, by their numbers.
    later_takers: StoredValue<HashMap<u64, later::Taker>>,
    /// What was asked for in composers, until it is done or the user goes on writing.
    keeping: RwSignal<HashMap<Conversation, Keeping>>,
    /// Open the choice of a time for the composers that are shown. The last one had the focus last.
    later_by: StoredValue<Vec<(Conversation, Callback<()>)>>,
    /// The pictures that are shown large.
    pub viewer: RwSignal<Option<Viewer>>,
    /// The files that are added to messages, and the progress of their uploads.
    pub tray: RwSignal<Tray>,
    /// The room or thread into whose composer files would be dropped.
    pub dropping: RwSignal<Option<Conversation>>,
    /// The rooms and threads whose composers are shown.
    composers: StoredValue<Vec<Conversation>>,
    /// Where the browser has the files of unsent messages, by their ids on this device.
    pub file_urls: RwSignal<HashMap<Uuid, String>>,
    /// The emoji that users have added, as far as they are known.
    custom_emoji: Memo<Arc<CustomEmojis>>,
    /// True once all of them are needed, until they are asked for.
    wants_emoji: RwSignal<bool>,
    /// Whether they are on their way.
    emoji_load: StoredValue<custom_emoji::EmojiLoad>,
    /// The hues of the members of the room in view.
    hues: Memo<Arc<Hues>>,
    /// The statuses of the members of the room in view.
    statuses: Memo<Statuses>,
    /// The user's newest open invitation, if there is one and the user may invite.
    pub invite: StoredValue<Option<OwnInvitation>>,
    /// An unsent message that the user took back, until the composer takes it.
    pub taken_back: RwSignal<Option<PendingMessage>>,
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
        let (address, minute) = (RwSignal::new(address), RwSignal::new(None));
        // A permanent link to a reply opens its thread.
        let thread = model.with_untracked(|model| model.thread_in_view);
        let panel = thread.map(|(_, thread)| Panel::Thread(thread));
        Self {
            model,
            clock: RwSignal::new(Clock::Utc),
            minute,
            appearance: RwSignal::new(Appearance::default()),
            drafts: StoredValue::new(drafts),
            reconnect_requests: RwSignal::new(0),
            outgoing: RwSignal::new(()),
            next_typing_at: StoredValue::new((None, i64::MIN)),
            foreground: RwSignal::new(false),
            active: RwSignal::new(None),
            menu: RwSignal::new(None),
            notice: RwSignal::new(None),
            formats: StoredValue::new(None),
            editing: RwSignal::new(None),
            drafted: RwSignal::new(HashSet::new()),
            reply_to: RwSignal::new(None),
            target: RwSignal::new(None),
            search_place: StoredValue::new(SearchPlace::default()),
            before_search: StoredValue::new(None),
            address,
            panel: RwSignal::new(panel),
            switcher: RwSignal::new(false),
            shortcuts: RwSignal::new(false),
            picking_emoji: RwSignal::new(None),
            spoken: RwSignal::new(String::new()),
            open_profile: RwSignal::new(None),
            status_open: RwSignal::new(false),
            scheduling: RwSignal::new(None),
            later_note: RwSignal::new(None),
            later_takers: StoredValue::new(HashMap::new()),
            keeping: RwSignal::new(HashMap::new()),
            later_by: StoredValue::new(Vec::new()),
            viewer: RwSignal::new(None),
            tray: RwSignal::new(Tray::default()),
            dropping: RwSignal::new(None),
            composers: StoredValue::new(Vec::new()),
            file_urls: RwSignal::new(HashMap::new()),
            custom_emoji: Memo::new(move |_| model.with(|model| Arc::clone(&model.custom_emoji))),
            wants_emoji: RwSignal::new(false),
            emoji_load: StoredValue::new(custom_emoji::EmojiLoad::default()),
            hues: view::hues_in_view(model, address),
            statuses: people::statuses_in_view(model, address, minute),
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

    /// Changes what the page does not show, and has the connection tell the server of it. What
    /// derives from the model is not derived again: that would take longer than a frame.
    fn send_out(self, change: impl FnOnce(&mut Model)) {
        self.model.maybe_update(|model| {
            change(model);
            false
        });
        self.outgoing.notify();
    }

    /// Tracks all of which the connection has to learn.
    #[cfg_attr(not(feature = "hydrate"), expect(dead_code, reason = "the server has no socket"))]
    pub(crate) fn track_outgoing(self) {
        self.model.track();
        self.outgoing.track();
    }

    /// Returns the user whose page this is.
    #[must_use]
    pub fn me(self) -> User {
        self.model.scoped().with(|model| model.me.clone())
    }

    /// Returns the id of the user whose page this is, without tracking it.
    #[cfg(feature = "hydrate")]
    pub(crate) fn me_untracked(self) -> UserId {
        self.model.with_untracked(|model| model.me.id)
    }

    /// Returns the clock that formats dates and times now.
    #[must_use]
    pub fn clock(self) -> Clock {
        self.clock.scoped().get()
    }

    /// Returns the same clock without tracking it.
    pub(crate) fn clock_untracked(self) -> Clock {
        self.clock.get_untracked()
    }

    /// Switches to local time, and notifies components when a new day begins.
    pub(crate) fn update_clock(self) {
        let now = clock::now();
        let minute = Timestamp::from_millis(now.as_millis() / 60_000 * 60_000);
        if self.minute.get_untracked() != Some(minute) {
            self.minute.set(Some(minute));
        }
        let twelve_hours = self.appearance.get_untracked().twelve_hours;
        let now = Clock::Local { now, twelve_hours };
        let shown = |clock: Clock| match clock {
            Clock::Local { now, twelve_hours } => Some((clock.day(now), twelve_hours)),
            Clock::Utc => None,
        };
        if shown(now) != self.clock.with_untracked(|clock| shown(*clock)) {
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
