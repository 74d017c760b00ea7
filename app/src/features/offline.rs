//! What makes the page work without the server: the service worker, and what this device has of the
//! rooms that were used last. docs/decisions/0038-without-a-network.md gives the reasons.

use std::{
    collections::{HashMap, HashSet},
    hash::{DefaultHasher, Hash as _, Hasher as _},
    time::Duration,
};

use leptos::{prelude::*, task::spawn_local};
use protocol::{RoomId, UserId};

use crate::{
    browser::{
        case::fold,
        clock,
        room_copies::{self, Changes, Outcome},
        window::{effect, is_visible, on_window},
        worker,
    },
    page::{OpenRoom, Workspace},
    session::Session,
    state::{
        connection::ConnectionState, model::Model, room::LogVersion, search::offline::Searcher,
    },
};

/// The interval at which what has changed is written.
const INTERVAL: Duration = Duration::from_secs(4);
/// The rooms of which a device keeps a copy.
const MAX_ROOMS: usize = 50;

/// Keeps this device able to show the page without the server, as long as the page exists. Shows
/// nothing.
#[component]
pub fn OfflineCopies() -> impl IntoView {
    let session = expect_context::<Session>();
    let owner = Owner::current();
    Effect::new(move |_| {
        let owner = owner.clone();
        spawn_local(async move {
            // Without the worker nothing would read the copies.
            let has_worker = worker::register().await.is_ok_and(|worker| worker.is_object());
            if let Some(owner) = owner.filter(|_| has_worker) {
                owner.with(|| Copies::new(session).start());
            }
        });
    });
}

/// What is known of the copies on this device.
#[derive(Debug)]
struct Known {
    /// True if the page has changed since it was looked at last.
    is_changed: bool,
    is_writing: bool,
    /// The hash of the page that was written.
    page: u64,
    /// The rooms that were written by this page, as they were then.
    rooms: HashMap<RoomId, LogVersion>,
    /// The rooms that are on this device.
    on_device: HashSet<RoomId>,
    /// Those of them with messages that were edited or deleted since.
    outdated: HashSet<RoomId>,
    /// The rooms that may be. Fewer if the browser has no space.
    max_rooms: usize,
}

#[derive(Clone, Copy)]
struct Copies {
    session: Session,
    user: UserId,
    known: StoredValue<Known>,
}

impl Copies {
    fn new(session: Session) -> Self {
        let known = Known {
            is_changed: true,
            is_writing: false,
            page: 0,
            rooms: HashMap::new(),
            on_device: HashSet::new(),
            outdated: HashSet::new(),
            max_rooms: MAX_ROOMS,
        };
        let user = session.model().with_untracked(|model| model.me.id);
        Self { session, user, known: StoredValue::new(known) }
    }

    fn start(self) {
        let Self { session, known, .. } = self;
        room_copies::own(self.user);
        effect(move || {
            session.model().track();
            known.update_value(|known| known.is_changed = true);
        });
        self.show_wanted();
        self.search_here();
        let is_current = session.select(|model| model.connection == ConnectionState::Current);
        effect(move || {
            if is_current.get() {
                session.model().maybe_update(|model| model.search.leave_device());
                spawn_local(self.write());
            }
        });
        set_interval(
            move || {
                self.fill();
                spawn_local(self.write());
            },
            INTERVAL,
        );
        on_window(&["visibilitychange"], move |_| {
            if !is_visible() {
                spawn_local(self.write());
            }
        });
    }

    /// Shows the copy of the room in view while the server does not answer.
    fn show_wanted(self) {
        let model = self.session.model();
        let wanted = self.session.select(|model| {
            let room = model.room_in_view.filter(|_| model.connection != ConnectionState::Current);
            room.filter(|room| model.opened_rooms.get(room).is_some_and(|room| room.wants_copy()))
        });
        effect(move || {
            let Some(room) = wanted.get() else { return };
            spawn_local(async move {
                let copy = room_copies::room(self.user, room).await;
                model.try_update(|model| model.restore_room(room, copy));
            });
        });
    }

    /// Searches what this device has while the server does not answer.
    fn search_here(self) {
        let Self { session, user, .. } = self;
        let model = session.model();
        let wanted =
            session.select(|model| model.search.wanted().filter(|_| model.connection.is_away()));
        effect(move || {
            let Some(wanted) = wanted.get() else { return };
            spawn_local(async move {
                let mut rooms = Vec::new();
                for room in room_copies::rooms(user).await {
                    rooms.extend(room_copies::room(user, room).await.map(|copy| copy.open));
                }
                model.try_update(|model| {
                    let is_member = |open: &OpenRoom| {
                        model.rooms.find(open.room.id).is_some_and(|room| room.member)
                    };
                    rooms.retain(is_member);
                    let clock = session.clock_untracked();
                    let day = |at| clock.day(at);
                    let today = day(clock::now());
                    let searcher = Searcher { me: &model.me, fold, day: &day, today };
                    let page = searcher.search(model.search.asked(), &rooms);
                    model.search.apply_from_device(&wanted, page);
                });
            });
        });
    }

    /// Asks for older messages of the room in view, if its copy would have few.
    fn fill(self) {
        let fills = |model: &mut Model| {
            let room = model.room_in_view.filter(|_| model.connection == ConnectionState::Current);
            let open = room.and_then(|room| model.opened_rooms.get_mut(&room));
            open.is_some_and(|open| open.fill_copy())
        };
        self.session.model().maybe_update(fills);
    }

    /// Writes what has changed.
    async fn write(self) {
        let is_due = |known: &mut Known| {
            let is_due = known.is_changed && !known.is_writing;
            known.is_writing |= is_due;
            known.is_changed &= !is_due;
            is_due
        };
        if !self.known.try_update_value(is_due).unwrap_or_default() {
            return;
        }
        // Other tabs write too.
        let on_device = room_copies::rooms(self.user).await.into_iter().collect();
        self.known.try_update_value(|known| known.on_device = on_device);
        let (changes, written) = self.changes();
        let outcome = if changes.is_empty() {
            Outcome::Written
        } else {
            room_copies::write(self.user, changes).await
        };
        self.known.try_update_value(|known| known.end(outcome, written));
    }

    /// Returns what is to be written, and what is on this device then.
    fn changes(self) -> (Changes, Written) {
        let Self { session, known, .. } = self;
        let recent = session.recent_rooms();
        session.model().maybe_update(|model| {
            known.update_value(|known| known.outdated.extend(model.outdated_copies.drain()));
            false
        });
        let is_closed = session.registration_closed;
        let compare = |known: &Known| {
            session.model().with_untracked(|model| known.compare(model, &recent, is_closed))
        };
        known.with_value(compare)
    }
}

/// What is on this device once changes are written.
#[derive(Debug, Default)]
struct Written {
    page: u64,
    rooms: Vec<(RoomId, LogVersion)>,
    dropped: Vec<RoomId>,
}

impl Known {
    /// Compares the page with what is on this device. `recent` are the rooms that were used last.
    fn compare(&self, model: &Model, recent: &[RoomId], is_closed: bool) -> (Changes, Written) {
        let recent = &recent[..recent.len().min(self.max_rooms)];
        let mut changes = Changes::default();
        let mut written = Written { page: self.page, ..Written::default() };
        // What another tab has written may be newer than what this one had last.
        if model.connection != ConnectionState::Current {
            return (changes, written);
        }
        for room in recent {
            let Some(open) = model.opened_rooms.get(room) else { continue };
            let listed = model.rooms.find(*room).filter(|listed| listed.member);
            let version = open.log.version();
            if self.rooms.get(room) != Some(&version)
                && let Some(copy) = listed.and_then(|listed| open.copy(listed))
                && let Ok(json) = serde_json::to_string(&copy)
            {
                changes.rooms.push((*room, json));
                written.rooms.push((*room, version));
            }
        }
        // Rooms that the user has left, those that were not used for long, and outdated ones.
        let is_gone = |room: &RoomId| {
            let listed = model.rooms.find(*room).filter(|listed| listed.member);
            listed.is_none() || !recent.contains(room) || self.outdated.contains(room)
        };
        changes.dropped = self.on_device.iter().copied().filter(is_gone).collect();
        written.dropped.clone_from(&changes.dropped);
        if let Ok(json) = serde_json::to_string(&page_of(model, is_closed)) {
            let mut hasher = DefaultHasher::new();
            json.hash(&mut hasher);
            written.page = hasher.finish();
            changes.page = Some(json).filter(|_| written.page != self.page);
        }
        (changes, written)
    }

    /// Ends a write.
    fn end(&mut self, outcome: Outcome, written: Written) {
        self.is_writing = false;
        match outcome {
            Outcome::Written => {}
            Outcome::NotOwner => return,
            Outcome::Refused => {
                // There may be space for fewer.
                self.is_changed = self.max_rooms > 1;
                self.max_rooms = (self.max_rooms / 2).max(1);
                return;
            }
        }
        self.page = written.page;
        for room in written.dropped {
            self.on_device.remove(&room);
            self.outdated.remove(&room);
            self.rooms.remove(&room);
        }
        for (room, version) in written.rooms {
            self.on_device.insert(room);
            self.outdated.remove(&room);
            self.rooms.insert(room, version);
        }
    }
}

/// Returns the page without an open room.
fn page_of(model: &Model, registration_closed: bool) -> Workspace {
    Workspace {
        user: model.me.clone(),
        rooms: model.rooms.to_vec(),
        open: None,
        invite: None,
        registration_closed,
        epoch: String::new(), // each room has its own
        custom_emoji: model.custom_emoji.iter().cloned().collect(),
        unsent: None,
    }
}
