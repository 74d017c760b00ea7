//! The messages that may fit a search, the newest first.

use std::collections::{BinaryHeap, HashSet};

use uuid::Uuid;

use super::{
    super::{
        Result,
        sql::{Db, values},
    },
    segments::{SEGMENTS_AT_ONCE, Segment, State, docs_among, docs_of, segments, with_grams},
};
use crate::base::search::{Doc, GramRange};

/// The most messages without a segment that a search looks at.
pub(super) const MAX_PENDING: u64 = 4_096;
/// The segments that are opened first: what is sought is often new.
const FIRST_SEGMENTS: usize = 2;

/// Which messages may fit.
#[derive(Debug)]
pub(super) struct Bounds {
    /// The rooms.
    pub(super) rooms: HashSet<Uuid>,
    /// The time from which on and before which they were sent, in milliseconds.
    pub(super) sent: (i64, i64),
    /// The message before which they are.
    pub(super) before: Option<Doc>,
    /// They have a gram of each of these.
    pub(super) grams: Vec<GramRange>,
}

impl Bounds {
    fn fits(&self, doc: &Doc) -> bool {
        self.before.as_ref().is_none_or(|before| doc < before)
            && (self.sent.0..self.sent.1).contains(&doc.sent_at)
            && self.rooms.contains(&doc.room)
    }

    /// The latest time that a message may have.
    fn last(&self) -> i64 {
        self.before.map_or(self.sent.1, |before| before.sent_at.min(self.sent.1))
    }
}

/// Passes on the messages that may fit, each once.
#[derive(Debug)]
pub(super) struct Candidates<'a> {
    db: &'a Db,
    bounds: Bounds,
    /// What is open: messages in ascending order, the newest of which are taken first.
    open: Vec<Vec<Doc>>,
    /// The newest message of each that is open.
    next: BinaryHeap<(Doc, usize)>,
    /// The segments that are not open yet, the earliest first.
    closed: Vec<Segment>,
    /// How many segments are opened next.
    group: usize,
    /// From this message on to older ones, not all that are without a segment were read.
    limit: Option<Doc>,
    is_cut: bool,
    last: Option<Doc>,
}

impl<'a> Candidates<'a> {
    pub(super) fn new(db: &'a Db, bounds: Bounds) -> Result<Self> {
        let mut closed = segments(db)?;
        let is_read = |segment: &Segment| {
            !bounds.rooms.is_empty()
                && matches!(segment.state, State::Ready | State::Replaced)
                && segment.first_at <= bounds.last()
                && segment.last_at >= bounds.sent.0
        };
        closed.retain(is_read);
        closed.reverse();
        let select = "SELECT DISTINCT sent_at, room_id, seq FROM search_pending
             WHERE sent_at <= $1 AND sent_at >= $2
             ORDER BY sent_at DESC, room_id DESC, seq DESC LIMIT $3";
        let params = values![bounds.last(), bounds.sent.0, MAX_PENDING];
        let mut pending = db.rows(select, params, |row| {
            Ok(Doc {
                sent_at: row.get("sent_at")?,
                seq: row.get("seq")?,
                room: row.get("room_id")?,
            })
        })?;
        // Of what is not read here, all is older, or has the time of the last one.
        let limit = pending.last().copied().filter(|_| pending.len() as u64 == MAX_PENDING);
        let limit = limit.map(|doc| Doc { seq: u64::MAX, room: Uuid::max(), ..doc });
        // The next page begins before this one, however many messages have the same time.
        let limit = limit.map(|doc| match bounds.before {
            Some(before) if before <= doc => Doc { sent_at: doc.sent_at - 1, ..doc },
            _ => doc,
        });
        pending.retain(|doc| bounds.fits(doc));
        pending.sort_unstable();
        let group = FIRST_SEGMENTS;
        let mut candidates = Self {
            db,
            bounds,
            open: Vec::new(),
            next: BinaryHeap::new(),
            closed,
            group,
            limit,
            is_cut: false,
            last: None,
        };
        candidates.open(pending);
        Ok(candidates)
    }

    /// Returns the next messages. Empty if there are none, or if the search is cut.
    pub(super) fn take(&mut self, count: usize) -> Result<Vec<Doc>> {
        let mut docs = Vec::with_capacity(count);
        while docs.len() < count
            && let Some(doc) = self.next()?
        {
            docs.push(doc);
        }
        Ok(docs)
    }

    /// Returns the next message.
    fn next(&mut self) -> Result<Option<Doc>> {
        loop {
            while self.closed.last().is_some_and(|segment| {
                self.next.peek().is_none_or(|(doc, _)| doc.sent_at <= segment.last_at)
            }) {
                self.open_group()?;
            }
            let Some((doc, number)) = self.next.pop() else {
                self.is_cut = self.limit.is_some();
                return Ok(None);
            };
            if self.limit.is_some_and(|limit| doc <= limit) {
                self.is_cut = true;
                return Ok(None);
            }
            self.offer(number);
            // An edited message can be in several segments.
            if self.last != Some(doc) {
                self.last = Some(doc);
                return Ok(Some(doc));
            }
        }
    }

    /// Returns the message before which the search goes on, once it was cut.
    pub(super) fn cut_at(&self) -> Option<Doc> {
        self.limit.filter(|_| self.is_cut)
    }

    fn open(&mut self, docs: Vec<Doc>) {
        self.open.push(docs);
        self.offer(self.open.len() - 1);
    }

    fn offer(&mut self, number: usize) {
        if let Some(doc) = self.open[number].pop() {
            self.next.push((doc, number));
        }
    }

    /// Opens the latest segments.
    fn open_group(&mut self) -> Result<()> {
        let count = self.group.min(self.closed.len());
        self.group = (self.group * 4).min(SEGMENTS_AT_ONCE);
        let group: Vec<i64> =
            self.closed.drain(self.closed.len() - count..).map(|segment| segment.id).collect();
        if self.bounds.grams.is_empty() {
            for docs in docs_of(self.db, &group)?.into_values() {
                let docs = docs.into_iter().filter(|doc| self.bounds.fits(doc)).collect();
                self.open(docs);
            }
            return Ok(());
        }
        let found = with_grams(self.db, &group, &self.bounds.grams)?;
        for docs in docs_among(self.db, &found)? {
            let docs = docs.into_iter().filter(|doc| self.bounds.fits(doc)).collect();
            self.open(docs);
        }
        Ok(())
    }
}
