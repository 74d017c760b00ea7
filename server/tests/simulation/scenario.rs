//! The shared knowledge of a plan: users and rooms, everything that was sent and acknowledged, and
//! the faults found.

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, BTreeSet, VecDeque},
    rc::Rc,
    time::{Duration, Instant},
};

use protocol::{Chat, MessageId, OpId, RoomId, UserId};
use tokio::sync::watch;

use crate::{
    faulty_proxy::Addresses,
    process::{self, TestUser},
};

/// The longest time to wait for a condition. It only limits how long a failure takes.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(20);
/// The number of frames per client that a failure report shows.
const TRACED: usize = 40;
const TRACED_CHARS: usize = 240;

/// A message that a client sent.
#[derive(Clone, Debug)]
pub(crate) struct Written {
    pub(crate) user: usize,
    pub(crate) room: RoomId,
    pub(crate) text: String,
    pub(crate) reply_to: Option<MessageId>,
    pub(crate) thread: Option<MessageId>,
    pub(crate) in_room: bool,
    /// The name of the client, and the number of the message among its messages.
    pub(crate) origin: (String, u64),
}

impl Written {
    pub(crate) fn new(user: usize, room: RoomId, chat: &Chat, origin: (String, u64)) -> Self {
        let Chat { text, reply_to, thread, in_room, .. } = chat.clone();
        Self { user, room, text, reply_to, thread, in_room: in_room && thread.is_some(), origin }
    }
}

/// The end of a direct room's log before and after a user hid the room.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hidden {
    pub(crate) before: u64,
    pub(crate) after: u64,
}

/// An update that a client requested.
#[derive(Clone, Debug)]
pub(crate) struct Op {
    pub(crate) room: RoomId,
    pub(crate) message: MessageId,
    /// `edit`, `delete`, `pin`, `unpin`, or the emoji.
    pub(crate) kind: String,
    pub(crate) text: Option<String>,
}

/// The last frames of one client.
#[derive(Clone, Default)]
pub(crate) struct Trace(Rc<RefCell<VecDeque<String>>>);

impl Trace {
    pub(crate) fn note(&self, what: &str, text: &str) {
        let mut lines = self.0.borrow_mut();
        let end = text.char_indices().nth(TRACED_CHARS).map_or(text.len(), |(end, _)| end);
        lines.push_back(format!(
            "{what} {}{}",
            &text[..end],
            if end < text.len() { " …" } else { "" }
        ));
        if lines.len() > TRACED {
            lines.pop_front();
        }
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.0.borrow().iter().cloned().collect()
    }
}

/// A user's read position: in a room, or in one of its threads.
pub(crate) type Place = (UserId, RoomId, Option<MessageId>);

/// The number of restored backups so far. Each of them starts a new epoch.
pub(crate) type Era = usize;

#[derive(Default)]
pub(crate) struct Record {
    pub(crate) written: BTreeMap<MessageId, Written>,
    pub(crate) ops: BTreeMap<OpId, Op>,
    /// The acknowledged `seq` of each message, by the era of the acknowledgement.
    pub(crate) acked: BTreeMap<(Era, MessageId), u64>,
    pub(crate) acked_ops: BTreeMap<(Era, OpId), u64>,
    /// Everything that must exist although it was acknowledged in an earlier era.
    pub(crate) kept: BTreeMap<MessageId, u64>,
    pub(crate) kept_ops: BTreeMap<OpId, u64>,
    /// Read positions that clients requested.
    pub(crate) read: BTreeMap<(UserId, RoomId), BTreeSet<u64>>,
    /// The same in threads.
    pub(crate) read_in_thread: BTreeMap<(UserId, MessageId), BTreeSet<u64>>,
    /// Whether users asked to follow a thread, for the last time.
    pub(crate) asked: BTreeMap<(UserId, MessageId), BTreeSet<bool>>,
    /// The direct rooms that users hid, for the last time.
    pub(crate) hidden: BTreeMap<(usize, RoomId), Hidden>,
    /// The end of each room log when a user first subscribed, which made the user a member.
    pub(crate) joined: BTreeMap<(UserId, RoomId), u64>,
    /// Messages and updates that the server refused permanently.
    pub(crate) refused: BTreeMap<MessageId, String>,
    pub(crate) refused_ops: BTreeMap<OpId, String>,
    /// The positions at which each message was seen.
    pub(crate) places: BTreeMap<(Era, MessageId), (RoomId, u64)>,
    pub(crate) epochs: BTreeMap<Era, String>,
    pub(crate) era: Era,
    /// Rooms with events so large that 500 of them may not fit into a response.
    pub(crate) large: BTreeSet<RoomId>,
    /// The users outside the private room, with the end of its log at their removal.
    pub(crate) absent: BTreeMap<UserId, u64>,
    /// Ranges of events that these users must not receive live: after the first `seq`, up to the
    /// second.
    pub(crate) absences: Vec<(UserId, Era, u64, u64)>,
    /// The events of the private room that were received live.
    pub(crate) seen_in_private: BTreeSet<(UserId, Era, u64)>,
    /// The topics of the private room, each with the users who must not have heard of it.
    pub(crate) topics: BTreeMap<String, BTreeSet<UserId>>,
    /// The last positions that the server has confirmed, for users, rooms and threads without a
    /// request to go back.
    pub(crate) read_up_to: BTreeMap<Place, u64>,
    /// Where users asked to go back to a position.
    pub(crate) read_back: BTreeSet<Place>,
    /// Clients whose requests were deferred while later ones were in flight. Their messages may be
    /// stored out of order.
    pub(crate) deferred_clients: BTreeSet<String>,
    pub(crate) faults: Vec<String>,
    pub(crate) traces: BTreeMap<String, Trace>,
    /// The process to kill at the next acknowledgement.
    pub(crate) kill_on_ack: Option<u32>,
    pub(crate) acks: u64,
    pub(crate) frames: u64,
    /// Counts of notable events, which show whether the plans are useful.
    pub(crate) counts: BTreeMap<&'static str, u64>,
}

pub(crate) struct Scenario {
    pub(crate) users: Vec<TestUser>,
    pub(crate) rooms: Vec<(RoomId, String)>,
    pub(crate) private: RoomId,
    /// The people of each direct room.
    pub(crate) people: BTreeMap<RoomId, Vec<usize>>,
    pub(crate) servers: Rc<Addresses>,
    pub(crate) record: RefCell<Record>,
    progress: watch::Sender<u64>,
    started: Instant,
    /// The last timestamp that was used. No two messages share one.
    last_timestamp: Cell<i64>,
}

impl Scenario {
    pub(crate) fn new(
        users: Vec<TestUser>,
        mut rooms: Vec<(RoomId, String)>,
        directs: Vec<(RoomId, Vec<usize>)>,
        servers: Rc<Addresses>,
    ) -> Self {
        let private = rooms[1].0;
        rooms.extend(directs.iter().map(|(room, people)| (*room, format!("direct {people:?}"))));
        Self {
            private,
            people: directs.into_iter().collect(),
            users,
            rooms,
            servers,
            record: RefCell::default(),
            progress: watch::Sender::default(),
            started: Instant::now(),
            last_timestamp: Cell::new(1_700_000_000_000),
        }
    }

    pub(crate) fn now(&self) -> i64 {
        i64::try_from(self.started.elapsed().as_millis()).unwrap()
    }

    pub(crate) fn next_timestamp(&self) -> protocol::Timestamp {
        self.last_timestamp.set(self.last_timestamp.get() + 1);
        protocol::Timestamp::from_millis(self.last_timestamp.get())
    }

    /// Wakes everything that waits for a change.
    pub(crate) fn notify(&self) {
        self.progress.send_modify(|count| *count += 1);
    }

    pub(crate) fn fault(&self, what: String) {
        self.record.borrow_mut().faults.push(what);
        self.notify();
    }

    pub(crate) fn count(&self, what: &'static str) {
        *self.record.borrow_mut().counts.entry(what).or_default() += 1;
    }

    pub(crate) fn slug(&self, room: RoomId) -> String {
        self.rooms
            .iter()
            .find(|(id, _)| *id == room)
            .map_or_else(|| room.to_string(), |(_, slug)| slug.clone())
    }

    pub(crate) fn was_ever_absent(&self, user: usize) -> bool {
        let (record, user) = (self.record.borrow(), self.users[user].profile.id);
        record.absent.contains_key(&user)
            || record.absences.iter().any(|(absent, ..)| *absent == user)
    }

    pub(crate) fn is_absent(&self, user: usize) -> bool {
        self.record.borrow().absent.contains_key(&self.users[user].profile.id)
    }

    pub(crate) fn may_see(&self, user: usize, room: RoomId) -> bool {
        self.is_for(user, room) && (room != self.private || !self.is_absent(user))
    }

    /// Returns whether a room is no direct one of others.
    pub(crate) fn is_for(&self, user: usize, room: RoomId) -> bool {
        self.people.get(&room).is_none_or(|people| people.contains(&user))
    }

    /// Returns a user who may always see a room.
    pub(crate) fn reader_of(&self, room: RoomId) -> usize {
        self.people.get(&room).map_or(0, |people| people[0])
    }

    /// Returns whether the server may have refused a room to a user at some time.
    pub(crate) fn was_ever_away(&self, user: usize, room: RoomId) -> bool {
        room == self.private && self.was_ever_absent(user)
            || self.record.borrow().hidden.contains_key(&(user, room))
    }

    /// Returns the faults found so far, if any.
    pub(crate) fn check(&self) -> Result<(), String> {
        let record = self.record.borrow();
        if record.faults.is_empty() { Ok(()) } else { Err(record.faults.join("\n")) }
    }

    /// Waits until the condition is true. After a timeout, fails with the message of `why`.
    pub(crate) async fn wait_until(
        &self,
        is_so: impl Fn() -> bool,
        why: impl Fn() -> String,
    ) -> Result<(), String> {
        let mut progress = self.progress.subscribe();
        let waiting = async {
            loop {
                progress.borrow_and_update();
                self.check()?;
                if is_so() {
                    return Ok(());
                }
                let _ = progress.changed().await;
            }
        };
        tokio::time::timeout(TIMEOUT, waiting).await.unwrap_or_else(|_| Err(why()))
    }

    /// Counts an acknowledgement, and kills the process that waits for one.
    pub(crate) fn acknowledged(&self) {
        let mut record = self.record.borrow_mut();
        record.acks += 1;
        if let Some(process) = record.kill_on_ack.take() {
            process::kill(process, rustix::process::Signal::KILL);
        }
    }
}
