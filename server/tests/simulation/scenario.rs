//! What a plan knows: its users and rooms, what was written and acknowledged, and what went wrong.

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, BTreeSet, VecDeque},
    rc::Rc,
    time::{Duration, Instant},
};

use protocol::{MessageId, OpId, RoomId, UserId};
use tokio::sync::watch;

use crate::{
    faulty_proxy::Addresses,
    process::{self, TestUser},
};

/// How long to wait for what must come. It bounds a failure, it is no measure.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(20);
/// What a failure shows of each client.
const TRACED: usize = 40;
const TRACED_CHARS: usize = 240;

/// A message that somebody wrote.
#[derive(Clone, Debug)]
pub(crate) struct Written {
    pub(crate) user: usize,
    pub(crate) room: RoomId,
    pub(crate) text: String,
    /// By which client, and as which of its messages.
    pub(crate) origin: (String, u64),
}

/// A change that somebody asked for.
#[derive(Clone, Debug)]
pub(crate) struct Op {
    pub(crate) room: RoomId,
    pub(crate) message: MessageId,
    /// `edit`, `delete`, or the emoji.
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

/// How often a history was begun: once, and once more with each backup that was restored.
pub(crate) type Era = usize;

#[derive(Default)]
pub(crate) struct Record {
    pub(crate) written: BTreeMap<MessageId, Written>,
    pub(crate) ops: BTreeMap<OpId, Op>,
    /// What the server said, and when: in which era.
    pub(crate) acked: BTreeMap<(Era, MessageId), u64>,
    pub(crate) acked_ops: BTreeMap<(Era, OpId), u64>,
    /// What must be there though it was acknowledged in an earlier era.
    pub(crate) kept: BTreeMap<MessageId, u64>,
    pub(crate) kept_ops: BTreeMap<OpId, u64>,
    /// Read positions that somebody asked for.
    pub(crate) read: BTreeMap<(UserId, RoomId), BTreeSet<u64>>,
    /// Refused by the server for good.
    pub(crate) refused: BTreeMap<MessageId, String>,
    pub(crate) refused_ops: BTreeMap<OpId, String>,
    /// Where each message was seen to stand.
    pub(crate) places: BTreeMap<(Era, MessageId), (RoomId, u64)>,
    pub(crate) epochs: BTreeMap<Era, String>,
    pub(crate) era: Era,
    /// Rooms with events so large that 500 of them need not fit into an answer.
    pub(crate) large: BTreeSet<RoomId>,
    /// Who is not in the private room now, and the log's end when that was certain.
    pub(crate) absent: BTreeMap<UserId, u64>,
    /// What these users must never see live: after the first, up to the second.
    pub(crate) absences: Vec<(UserId, Era, u64, u64)>,
    /// Live events of the private room.
    pub(crate) seen_in_private: BTreeSet<(UserId, Era, u64)>,
    /// Clients that were told to try later while they had more on the way: what they write anew may come behind it.
    pub(crate) deferred_clients: BTreeSet<String>,
    pub(crate) faults: Vec<String>,
    pub(crate) traces: BTreeMap<String, Trace>,
    /// The process to kill as soon as something was acknowledged.
    pub(crate) kill_on_ack: Option<u32>,
    pub(crate) acks: u64,
    pub(crate) frames: u64,
    /// What happened, counted, so that a test can report whether its plans are worth anything.
    pub(crate) counts: BTreeMap<&'static str, u64>,
}

pub(crate) struct Scenario {
    pub(crate) users: Vec<TestUser>,
    pub(crate) rooms: Vec<(RoomId, String)>,
    pub(crate) private: RoomId,
    pub(crate) servers: Rc<Addresses>,
    pub(crate) record: RefCell<Record>,
    progress: watch::Sender<u64>,
    started: Instant,
    /// One a next_timestamp, so that no two things were written at the same.
    last_timestamp: Cell<i64>,
}

impl Scenario {
    pub(crate) fn new(
        users: Vec<TestUser>,
        rooms: Vec<(RoomId, String)>,
        servers: Rc<Addresses>,
    ) -> Self {
        Self {
            private: rooms[1].0,
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

    /// Something changed somewhere: whoever waits for it looks again.
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
        room != self.private || !self.is_absent(user)
    }

    /// Fails as soon as anything went wrong.
    pub(crate) fn check(&self) -> Result<(), String> {
        let record = self.record.borrow();
        if record.faults.is_empty() { Ok(()) } else { Err(record.faults.join("\n")) }
    }

    /// Waits until that is so; where it does not become so in time, `why` tells what is missing.
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

    /// An acknowledgement came: what was to happen at that next_timestamp happens.
    pub(crate) fn acknowledged(&self) {
        let mut record = self.record.borrow_mut();
        record.acks += 1;
        if let Some(process) = record.kill_on_ack.take() {
            process::kill(process, rustix::process::Signal::KILL);
        }
    }
}
