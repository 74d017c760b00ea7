//! What components hold of the page's state: signals over the [`Model`], and what a person may do with it.

use leptos::prelude::*;
use protocol::{Message, MessageId, OpId, Room, RoomId, User, UserId};
use uuid::Uuid;
use wasm_bindgen::JsCast as _;
use web_sys::VisibilityState;

use crate::{
    address::{self, Address},
    clock::{self, Clock},
    components::{
        dynamic::{effect, on_window},
        screen::{focus_heading, is_phone},
    },
    page::Workspace,
    socket,
    state::{
        connection::ConnectionState,
        model::Model,
        outbox::Outbox,
        reactions::{ReactionSummary, reaction_summaries},
        room::RoomState,
        rooms,
        timeline::{self, Row},
        updates::{UpdateKind, Updates},
    },
    storage::{self, Drafts, Waiting},
};

/// How often an open page looks whether a new day began, in milliseconds.
const CLOCK_EVERY_MS: u64 = 30_000;

/// How often at most the others are told that one writes, in milliseconds.
const TELL_WRITING_EVERY_MS: i64 = 3_000;

/// A room as its view needs it: as long as this stays the same, so does the view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The room's id.
    pub id: RoomId,
    /// Its name.
    pub name: String,
    /// Whether only its members see it.
    pub private: bool,
}

impl From<&Room> for Place {
    fn from(room: &Room) -> Self {
        Self { id: room.id, name: room.name.clone(), private: room.private }
    }
}

/// A person's open page. The context of everything in the workspace.
#[derive(Clone, Copy, Debug)]
pub struct Session {
    model: RwSignal<Model>,
    clock: RwSignal<Clock>,
    nudges: RwSignal<u32>,
    tell_writing_at: StoredValue<i64>,
    /// Whether somebody looks at the page: it is visible and has the focus.
    pub watched: RwSignal<bool>,
    /// The message whose actions are shown.
    pub active: RwSignal<Option<MessageId>>,
    /// What is being written, in all rooms.
    pub drafts: StoredValue<Drafts>,
    /// The message that is being edited.
    pub editing: RwSignal<Option<MessageId>>,
    /// Where the page is.
    pub address: RwSignal<Address>,
    /// Whether the panel beside the room is open.
    pub panel: RwSignal<bool>,
    /// An invitation's link, where this person may invite and one is open.
    pub invite_url: StoredValue<Option<String>>,
}

impl Session {
    /// Begins with what the server rendered.
    #[must_use]
    pub fn new(mut workspace: Workspace, address: Address) -> Self {
        let invite_url = workspace.invite_url.take();
        let drafts = Drafts::of(workspace.user.id);
        Self {
            model: RwSignal::new(Model::from_page(workspace)),
            clock: RwSignal::new(Clock::Utc),
            nudges: RwSignal::new(0),
            tell_writing_at: StoredValue::new(i64::MIN),
            watched: RwSignal::new(false),
            active: RwSignal::new(None),
            drafts: StoredValue::new(drafts),
            editing: RwSignal::new(None),
            address: RwSignal::new(address),
            panel: RwSignal::new(false),
            invite_url: StoredValue::new(invite_url),
        }
    }

    /// Comes to life in the browser, after the first picture equalled the server's.
    pub fn wake(self) {
        let user = self.model.with_untracked(|model| model.me.id);
        self.clock.set(Clock::Local { now: clock::now() });
        let (entries, changes) = (storage::waiting(user), storage::waiting(user));
        self.model.update(|model| {
            (model.outbox, model.updates) =
                (Outbox::restored(entries.clone()), Updates::restored(changes.clone()));
        });
        self.keep(user, entries, |model| model.outbox.entries(), Model::merge_outbox);
        self.keep(user, changes, |model| model.updates.entries(), Model::merge_updates);
        set_interval(
            move || self.look_at_the_clock(),
            std::time::Duration::from_millis(CLOCK_EVERY_MS),
        );
        set_interval(move || self.look_who_writes(), std::time::Duration::from_secs(1));
        on_window(&["pagehide"], move |_| self.drafts.with_value(Drafts::keep_again));
        address::follow_history(self.address);
        Effect::new(move |before: Option<()>| {
            self.address.track();
            if before.is_some() && is_phone() {
                self.panel.set(false);
                request_animation_frame(focus_heading); // once it is there
            }
        });
        let place = self.place();
        effect(move || {
            let open = place.get().map(|place| place.id);
            self.model.update(|model| model.open(open));
        });
        let watched = move || {
            let document = document();
            let now = document.visibility_state() == VisibilityState::Visible
                && document.has_focus().unwrap_or(true);
            if self.watched.get_untracked() != now {
                self.watched.set(now);
            }
        };
        watched();
        on_window(&["focus", "blur", "visibilitychange", "pageshow"], move |_| watched());
        socket::start(self);
    }

    /// Keeps what waits for the server on this device, and follows what other tabs do to it.
    fn keep<T: Waiting + PartialEq + Send + Sync + 'static>(
        self,
        user: UserId,
        found: Vec<T>,
        select: fn(&Model) -> &[T],
        share: fn(&mut Model, Vec<T>, &[Uuid], i64),
    ) {
        let kept = StoredValue::new(found);
        let waiting = self.select(move |model| select(model).to_vec());
        effect(move || {
            let now =
                kept.with_value(|kept| waiting.with(|waiting| storage::keep(user, kept, waiting)));
            kept.set_value(now);
        });
        let share = move |added: Vec<T>, removed: Vec<Uuid>| {
            // Known to be there, or gone, before the state changes: what others wrote is not written again.
            kept.update_value(|kept| {
                kept.retain(|known| {
                    !removed.contains(&known.id())
                        && added.iter().all(|added| added.id() != known.id())
                });
                kept.extend(added.iter().cloned());
            });
            self.model.update(|model| share(model, added, &removed, clock::elapsed_ms()));
        };
        on_window(&["storage"], move |event| match storage::shared(user, event.unchecked_ref()) {
            Some((_, Some(added))) => share(vec![added], Vec::new()),
            Some((removed, None)) => share(Vec::new(), vec![removed]),
            None => {}
        });
        // A page that was frozen or set aside hears nothing of what happened meanwhile.
        on_window(&["pageshow", "resume"], move |_| {
            let there = storage::waiting(user);
            let is_there = |id| there.iter().any(|item: &T| item.id() == id);
            let gone = kept.with_value(|kept| {
                kept.iter().map(Waiting::id).filter(|id| !is_there(*id)).collect()
            });
            share(there, gone);
        });
    }

    fn look_at_the_clock(self) {
        let now = Clock::Local { now: clock::now() };
        let day = |clock: Clock| {
            if let Clock::Local { now } = clock { Some(clock.day(now)) } else { None }
        };
        if day(now) != self.clock.with_untracked(|clock| day(*clock)) {
            self.clock.set(now);
        }
    }

    fn look_who_writes(self) {
        let now = clock::elapsed_ms();
        let is_over = |chat: &RoomState| chat.typing.has_expired(now);
        if self.model.with_untracked(|model| model.open_rooms.values().any(is_over)) {
            self.model.update(|model| {
                for chat in model.open_rooms.values_mut() {
                    chat.typing.expire(now);
                }
            });
        }
    }

    /// Somebody writes here: the others are told, now and then.
    pub fn typed(self, room: RoomId) {
        let now = clock::elapsed_ms();
        if now >= self.tell_writing_at.get_value() {
            self.tell_writing_at.set_value(now + TELL_WRITING_EVERY_MS);
            self.model.update(|model| {
                let times = model.typing_notice.map_or(0, |(_, times)| times);
                model.typing_notice = Some((room, times.wrapping_add(1)));
            });
        }
    }

    /// By whose clock moments are told now.
    #[must_use]
    pub fn clock(self) -> Clock {
        self.clock.get()
    }

    /// Whose page this is.
    #[must_use]
    pub fn me(self) -> User {
        self.model.with(|model| model.me.clone())
    }

    /// A view of the state that changes only when its value does.
    pub fn select<T: PartialEq + Send + Sync + 'static>(
        self,
        select: impl Fn(&Model) -> T + Send + Sync + 'static,
    ) -> Memo<T> {
        // Boxed, so that there is one kind of memo for each type of value and not for each call: a smaller page.
        let select: Box<dyn Fn(&Model) -> T + Send + Sync> = Box::new(select);
        Memo::new(move |_| self.model.with(&select))
    }

    /// A view of one room's state; `default` while nothing is known of it.
    pub fn select_chat<T: PartialEq + Default + Send + Sync + 'static>(
        self,
        room: RoomId,
        select: impl Fn(&RoomState) -> T + Send + Sync + 'static,
    ) -> Memo<T> {
        self.select(move |model| model.open_rooms.get(&room).map(&select).unwrap_or_default())
    }

    /// One room's state, inside whatever tracks it.
    pub fn select_chat_now<T>(
        self,
        room: RoomId,
        select: impl FnOnce(&RoomState) -> T,
    ) -> Option<T> {
        self.model.with(|model| model.open_rooms.get(&room).map(select))
    }

    /// How the page stands with the server.
    #[must_use]
    pub fn connection(self) -> Memo<ConnectionState> {
        self.select(|model| model.connection)
    }

    /// The room at the present address: what of it a view of the room depends on.
    #[must_use]
    pub fn place(self) -> Memo<Option<Place>> {
        self.select(move |model| match self.address.get() {
            Address::Room(name) => model.rooms.by_name(&name).map(Place::from),
            Address::Rooms | Address::NewRoom => None,
        })
    }

    /// The rows of a room's list.
    #[must_use]
    pub fn rows(self, room: RoomId) -> Memo<Vec<Row>> {
        Memo::new(move |_| {
            let clock = self.clock();
            self.model.with(|model| {
                // Of a room that was refused, only what this person wrote is left to be seen.
                let chat = model.open_rooms.get(&room).filter(|chat| !chat.is_refused());
                let messages = chat.map_or(&[][..], |chat| &chat.log.messages);
                let mark = model.new_after_in(room);
                timeline::rows(
                    messages,
                    model.outbox.of(room),
                    &model.updates,
                    &model.me,
                    mark,
                    |at| clock.day(at),
                )
            })
        })
    }

    /// The page's title: its name, after what waits to be read.
    #[must_use]
    pub fn title(self, name: &str) -> Signal<String> {
        let unread = self.select(|model| model.rooms.unread());
        let name = if name.is_empty() { "Banter".to_owned() } else { format!("{name} · Banter") };
        Signal::derive(move || match unread.get() {
            0 => name.clone(),
            unread => format!("({}) {name}", rooms::format_count(unread)),
        })
    }

    /// Somebody looks at the end of a room, or not.
    pub fn look(self, room: RoomId, present: bool) {
        let changes = self.model.with_untracked(|model| {
            model.read_state.at_end != present
                || present && model.open == Some(room) && model.to_read(room).is_some()
        });
        if changes {
            self.model.update(|model| model.set_at_end(room, present));
        }
    }

    /// What others said just now.
    #[must_use]
    pub fn heard(self) -> Memo<Vec<Message>> {
        self.select(|model| model.announcements.messages().to_vec())
    }

    /// Writes to a room: shown at once, sent as soon as that is possible.
    pub fn write(self, room: RoomId, text: String) {
        self.model.update(|model| model.write(MessageId(Uuid::now_v7()), room, text, clock::now()));
    }

    /// Sends again what was refused.
    pub fn retry(self, id: MessageId) {
        self.model.update(|model| model.outbox.retry(id));
    }

    /// Gives up what was refused.
    pub fn discard(self, id: MessageId) {
        self.model.update(|model| {
            model.outbox.remove(id);
        });
    }

    /// Changes a message.
    pub fn change(self, room: RoomId, message: MessageId, kind: UpdateKind) {
        self.model
            .update(|model| model.update(OpId(Uuid::now_v7()), room, message, kind, clock::now()));
    }

    /// Asks again for a change that was refused.
    pub fn retry_change(self, op: OpId) {
        self.model.update(|model| model.updates.retry(op));
    }

    /// Gives up a change that was refused.
    pub fn discard_change(self, op: OpId) {
        self.model.update(|model| model.updates.remove(op));
    }

    /// What people gave the messages of a room, for those that were given something.
    #[must_use]
    pub fn chips(self, room: RoomId) -> Memo<Vec<(MessageId, Vec<ReactionSummary>)>> {
        self.select(move |model| {
            let (me, mut gathered) = (model.me.id, Vec::new());
            let Some(chat) = model.open_rooms.get(&room) else { return gathered };
            for message in chat.log.messages.iter().filter(|message| !message.deleted) {
                let reactions = model.updates.reactions(message, me);
                if !reactions.is_empty() {
                    gathered
                        .push((message.id, reaction_summaries(&reactions, me, &chat.members.list)));
                }
            }
            gathered
        })
    }

    /// The text of a message as it is to be; none where there is none.
    #[must_use]
    pub fn text_of(self, room: RoomId, message: MessageId) -> Option<String> {
        self.model.with_untracked(|model| {
            let known = model
                .open_rooms
                .get(&room)?
                .log
                .messages
                .iter()
                .rfind(|known| known.id == message)?;
            model.updates.text(known)
        })
    }

    /// The last message in a room that this person wrote and did not delete.
    #[must_use]
    pub fn last_own(self, room: RoomId) -> Option<MessageId> {
        self.model.with_untracked(|model| {
            let own = |message: &&Message| message.sender.id == model.me.id && !message.deleted;
            model.open_rooms.get(&room)?.log.messages.iter().rfind(own).map(|message| message.id)
        })
    }

    /// Asks for the messages before the first one.
    pub fn want_older(self, room: RoomId) {
        let wanted = self.model.with_untracked(|model| {
            model
                .open_rooms
                .get(&room)
                .is_some_and(|chat| chat.log.has_more && !chat.log.wants_older)
        });
        if wanted {
            self.change_chat(room, |chat| chat.log.wants_older = true);
        }
    }

    /// Lets go of messages far above, while the end of the list is what is read.
    pub fn trim(self, room: RoomId) {
        if self.model.with_untracked(|model| {
            model.open_rooms.get(&room).is_some_and(|chat| chat.log.is_trimmable())
        }) {
            self.change_chat(room, |chat| chat.log.trim());
        }
    }

    fn change_chat(self, room: RoomId, change: impl FnOnce(&mut RoomState)) {
        self.model.update(|model| {
            if let Some(chat) = model.open_rooms.get_mut(&room) {
                change(chat);
            }
        });
    }

    /// Tries to connect now, whatever the pause would have been.
    pub fn try_now(self) {
        self.nudges.update(|nudges| *nudges = nudges.wrapping_add(1));
    }

    /// For the socket: counts what [`try_now`](Self::try_now) asks for.
    #[cfg_attr(not(feature = "hydrate"), expect(dead_code, reason = "the server has no socket"))]
    pub(crate) fn nudges(self) -> RwSignal<u32> {
        self.nudges
    }

    /// For the socket: the state itself.
    #[cfg_attr(not(feature = "hydrate"), expect(dead_code, reason = "the server has no socket"))]
    pub(crate) fn model(self) -> RwSignal<Model> {
        self.model
    }
}
