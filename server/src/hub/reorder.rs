//! Frames that cannot be sent yet: those ahead of their predecessors, and those of pending joins.

use std::collections::BTreeMap;

use bytes::Bytes;
use protocol::limits::MAX_OUTBOX_BYTES;

/// The most events that wait for their predecessors in one room. Others are read from the room log.
const MAX_REORDERED: usize = 256;

/// Events of one room that arrived before their predecessors, as events from other nodes may.
#[derive(Debug, Default)]
pub(super) struct ReorderBuffer(BTreeMap<u64, Bytes>);

impl ReorderBuffer {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Keeps an event. If the buffer is full, the event with the highest `seq` is dropped.
    pub(super) fn insert(&mut self, seq: u64, frame: Bytes) {
        self.0.insert(seq, frame);
        if self.0.len() > MAX_REORDERED {
            self.0.pop_last();
        }
    }

    /// Takes the event with the lowest `seq`.
    pub(super) fn pop_first(&mut self) -> Option<(u64, Bytes)> {
        self.0.pop_first()
    }
}

/// A subscription whose reply is being read from the store. Events wait behind the reply.
#[derive(Debug, Default)]
pub(super) struct PendingJoin {
    /// The position of the earlier subscription, if there was one.
    pub(super) before: Option<u64>,
    /// Events that are not part of the room log.
    pub(super) ephemeral: Vec<Bytes>,
    /// Events of the room log. One may arrive several times: early, from another node and from the
    /// store.
    pub(super) logged: BTreeMap<u64, Bytes>,
    /// The size of all waiting frames.
    bytes: usize,
}

impl PendingJoin {
    pub(super) fn new(before: Option<u64>) -> Self {
        Self { before, ..Self::default() }
    }

    /// Keeps a frame unless the subscriber has it already. Ephemeral events have no `seq`.
    ///
    /// Returns `false`, and drops all waiting frames, if they exceed the size of an outbox.
    pub(super) fn keep(&mut self, seq: Option<u64>, frame: &Bytes) -> bool {
        if let Some(seq) = seq
            && (Some(seq) <= self.before || self.logged.contains_key(&seq))
        {
            return true;
        }
        self.bytes += frame.len();
        if self.bytes > MAX_OUTBOX_BYTES {
            (self.ephemeral, self.logged) = Default::default();
            return false;
        }
        match seq {
            Some(seq) => drop(self.logged.insert(seq, frame.clone())),
            None => self.ephemeral.push(frame.clone()),
        }
        true
    }
}
