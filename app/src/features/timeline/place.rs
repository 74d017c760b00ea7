//! The place in a room or a thread at which the user reads: which messages are rendered, and what
//! counts as read.

mod target;
mod thread;

use std::time::Duration;

use leptos::{leptos_dom::helpers::TimeoutHandle, prelude::*};
use protocol::{MessageId, RoomId};

use crate::{
    browser::window::{effect, is_phone},
    session::{Scoped as _, Session},
    state::{
        conversation::Conversation,
        room::{Phase, RoomLog},
        timeline::{Timeline, window::Window},
    },
    ui::scroll::Scroll,
};

/// The time for which messages must stand in view to count as read.
const READ_AFTER: Duration = Duration::from_millis(300);

/// The user's place in one room or thread.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    session: Session,
    room: RoomId,
    /// The thread, if it is the place in one.
    thread: Option<MessageId>,
    /// The rendered messages.
    window: RwSignal<Window>,
    /// The scroll position of the list.
    pub scroll: Scroll,
    /// True while the line above the first new message is looked for, to scroll to it.
    pub seeking: RwSignal<bool>,
    /// True once the user has seen the line above the first new message, or chose to skip it. What
    /// stands in view counts as read from then on.
    pub arrived: RwSignal<bool>,
    /// True if the messages around the line were requested for this search.
    has_requested: StoredValue<bool>,
    /// Where the user was before a jump to a message of this room.
    pub came_from: RwSignal<Option<CameFrom>>,
}

/// Where the user was before a jump.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CameFrom {
    /// At the end of the room.
    End,
    /// At the message with this `seq`.
    Message(u64),
}

impl Place {
    /// Creates a place at the end of a room or a thread.
    pub fn new(session: Session, list: impl Into<Conversation>) -> Self {
        let list = list.into();
        let window = RwSignal::new(
            session.read_timeline(list, |timeline| Window::latest(timeline.messages)),
        );
        let is_open_below =
            session.select(move |model| model.timeline(list).is_open_below(window.get()));
        let Conversation { room, thread } = list;
        Self {
            session,
            room,
            thread,
            window,
            scroll: Scroll::new(is_open_below.into()),
            seeking: RwSignal::new(false),
            arrived: RwSignal::new(false),
            has_requested: StoredValue::new(false),
            came_from: RwSignal::new(None),
        }
    }

    /// Returns the room or the thread.
    pub fn list(self) -> Conversation {
        Conversation { room: self.room, thread: self.thread }
    }

    /// Returns the room.
    pub fn room(self) -> RoomId {
        self.room
    }

    /// Returns the rendered messages.
    pub fn window(self) -> Signal<Window> {
        self.window.into()
    }

    /// Goes to the end of the room. All before it counts as read then, because the user chose to
    /// skip it.
    pub fn go_to_end(self) {
        self.seeking.set(false);
        self.arrived.set(true);
        self.came_from.set(None);
        self.session.show_latest(self.list());
        self.change_window(|window, timeline| *window = Window::latest(timeline.messages));
        self.scroll.to_end();
    }

    /// Goes to the line above the first new message, once it is loaded.
    pub fn go_to_new(self) {
        self.has_requested.set_value(false);
        self.seeking.set(true);
    }

    /// Goes back to where the user was before a jump.
    pub fn go_back(self) {
        match self.came_from.get_untracked() {
            Some(CameFrom::Message(seq)) => self.session.jump(self.room, seq, None),
            Some(CameFrom::End) => self.go_to_end(),
            None => {}
        }
        self.came_from.set(None);
    }

    /// Starts to follow the user: renders and loads messages in advance, looks for the line above
    /// the first new message, and records what is read.
    pub fn start(self) {
        self.scroll.keep();
        self.render_around();
        self.open_at_new();
        self.follow_jumps();
        self.read_at_end();
        self.read_in_view();
        self.follow_own_messages();
    }

    fn change_window<T>(self, change: impl FnOnce(&mut Window, &Timeline<'_>) -> T) -> T {
        let mut window = self.window.get_untracked();
        let result =
            self.session.read_timeline(self.list(), |timeline| change(&mut window, timeline));
        if window != self.window.get_untracked() {
            self.window.set(window);
        }
        result
    }

    /// Moves the window towards where the user scrolls. Loads more messages at its ends.
    fn render_around(self) {
        let Self { session, scroll, .. } = self;
        let list = self.list();
        let log = session.select(move |model| model.log(list).map(RoomLog::version));
        effect(move || {
            log.with(|_| ()); // `track` alone does not evaluate a memo
            scroll.rendered.track();
            let at_end = scroll.at_end.get();
            self.change_window(|window, timeline| window.shrink(timeline.messages, at_end));
            if scroll.near_start.get()
                && !self.change_window(|window, timeline| window.move_up(timeline.messages))
            {
                session.load_older(list);
            }
            if scroll.near_end.get()
                && !self.change_window(|window, timeline| window.move_down(timeline.messages))
            {
                session.load_newer(list);
            }
        });
    }

    /// Opens the room at the line above the first new message if there is one, and scrolls to it on
    /// request.
    fn open_at_new(self) {
        let Self { session, room, scroll, seeking, arrived, .. } = self;
        let opened = StoredValue::new(false);
        // The position is known once the room is in view and loaded.
        let new_after = session.select(move |model| {
            let open = model.opened_rooms.get(&room)?;
            let is_ready = open.phase == Phase::Ready && model.room_in_view == Some(room);
            is_ready.then_some(model.read_state.new_after)
        });
        let is_loading = session.select_room(room, |room| room.log.wants_around.is_some());
        effect(move || {
            scroll.rendered.track();
            scroll.moved.track();
            let Some(new_after) = new_after.get() else { return };
            let is_loading = is_loading.get();
            if !opened.get_value() {
                opened.set_value(true);
                if session.select_room_now(room, |room| room.marked).flatten().is_some() {
                    // What a permanent link leads to is not read by it: `arrived` stays false.
                    scroll.to_marked();
                    return;
                }
                // A user who has scrolled before the page became interactive stays there.
                if new_after.is_none() {
                    arrived.set(true);
                } else if scroll.at_end.get_untracked() {
                    self.go_to_new();
                }
            }
            let is_marked = session
                .select_room_now(room, |room| room.marked.is_some() || room.jump.is_some())
                .unwrap_or_default();
            if scroll.has_new() && !scroll.is_new_above() && !is_marked && !arrived.get_untracked()
            {
                arrived.set(true);
            }
            if seeking.get() {
                self.seek(new_after, is_loading);
            }
        });
    }

    /// Scrolls to the messages to which the user jumps, once they are loaded and rendered.
    fn follow_jumps(self) {
        let Self { session, room, scroll, came_from, .. } = self;
        let jump = session.select_room(room, |room| room.jump);
        let marked = session.select_room(room, |room| room.marked);
        let log = session.select_room(room, |room| room.log.version());
        let (done, begun) = (StoredValue::new(None), StoredValue::new(None));
        let first = jump.get_untracked();
        effect(move || {
            scroll.rendered.track();
            log.with(|_| ()); // `track` alone does not evaluate a memo
            let Some(next) = jump.get().filter(|next| done.get_value() != Some(*next)) else {
                return;
            };
            let is_back = marked.get_untracked().is_none();
            if begun.get_value() != Some(next) {
                begun.set_value(Some(next));
                self.seeking.set(false);
                // The one with which the room was opened comes from elsewhere.
                if first != Some(next) && !is_back {
                    came_from.set(Some(self.place_in_view()));
                }
            }
            let is_there =
                if is_back { scroll.back_to_row(next.seq) } else { scroll.to_row(next.seq) };
            if is_there {
                done.set_value(Some(next));
            } else {
                self.change_window(|window, timeline| {
                    let is_loaded =
                        timeline.messages.binary_search_by_key(&next.seq, |message| message.seq);
                    if is_loaded.is_ok() {
                        *window = Window::around(timeline.messages, next.seq);
                    }
                });
            }
        });
    }

    fn place_in_view(self) -> CameFrom {
        let seq = || self.scroll.first_in_view()?.get_attribute("data-seq")?.parse().ok();
        match seq() {
            Some(seq) if !self.scroll.at_end.get_untracked() => CameFrom::Message(seq),
            _ => CameFrom::End,
        }
    }

    /// Takes the next step towards the line above the first new message.
    fn seek(self, new_after: Option<u64>, is_loading: bool) {
        let Self { session, room, scroll, .. } = self;
        let found = session.read_timeline(room, |timeline| timeline.first_new());
        if scroll.has_new() {
            if scroll.is_new_above() {
                scroll.to_new();
            }
            self.seeking.set(false);
            self.arrived.set(true);
        } else if let Some(seq) = found {
            // Once its rows are rendered, this is called again.
            self.change_window(|window, timeline| {
                *window = Window::around(timeline.messages, seq);
            });
        } else if let Some(new_after) = new_after
            && !self.has_requested.get_value()
        {
            self.has_requested.set_value(true);
            session.load_around(room, new_after.max(1));
        } else if !is_loading {
            self.seeking.set(false);
        }
    }

    /// Returns whether the user can see the list.
    fn is_watched(self) -> bool {
        let is_covered = self.session.panel.scoped().get().is_some() && is_phone();
        !is_covered && self.session.foreground.scoped().get()
    }

    /// At the end of the list, marks the room as read and drops old messages.
    fn read_at_end(self) {
        let Self { session, room, scroll, seeking, arrived, .. } = self;
        let newest = session.select_room(room, |room| room.log.seq);
        let unread = session.select(move |model| model.rooms.find(room).map(|room| room.unread));
        effect(move || {
            let (_, _, at_end) = (newest.get(), unread.get(), scroll.at_end.get());
            let is_watched = self.is_watched();
            scroll.unwatched.set(!is_watched);
            let is_at_end = at_end && !seeking.get();
            session.set_at_end(room, is_at_end && arrived.get() && is_watched);
            if is_at_end {
                session.trim(room);
            }
        });
    }

    /// Marks as read what stands in view for a moment.
    fn read_in_view(self) {
        let Self { session, room, scroll, seeking, arrived, .. } = self;
        let timer = StoredValue::new(None::<TimeoutHandle>);
        let stop = move || {
            timer.try_update_value(|timer| timer.take().inspect(TimeoutHandle::clear));
        };
        let read = move || {
            if let Some(seq) = scroll.last_in_view() {
                session.read_up_to(room, seq);
            }
        };
        let unread = session.select(move |model| model.rooms.find(room).map(|room| room.unread));
        effect(move || {
            scroll.moved.track();
            scroll.rendered.track();
            stop();
            let is_reading = arrived.get() && !seeking.get() && self.is_watched();
            if is_reading && unread.get().is_some_and(|unread| unread > 0) {
                timer.set_value(set_timeout_with_handle(read, READ_AFTER).ok());
            }
        });
        on_cleanup(stop);
    }

    /// Goes to the end when the user sends a message. Messages that were sent in another tab do not
    /// scroll the list of this one.
    fn follow_own_messages(self) {
        self.on_own_message(move || self.go_to_end());
    }

    /// Calls `act` when the user sends a message in this tab.
    pub(super) fn on_own_message(self, act: impl Fn() + 'static) {
        let (session, list) = (self.session, self.list());
        let unsent = session.select(move |model| {
            model.outbox.shown_in(list).filter(|message| message.deferred_until.is_none()).count()
        });
        Effect::new(move |before: Option<usize>| {
            let unsent = unsent.get();
            if before.is_some_and(|before| before < unsent) {
                act();
            }
            unsent
        });
    }
}
