//! Builds the segments of the index.

use std::collections::{BTreeMap, HashSet};

use protocol::Timestamp;
use uuid::Uuid;

use super::{
    found::{Content, READ_AT_ONCE, contents},
    segments::{SEGMENTS_AT_ONCE, Segment, State, docs_of, segments},
};
use crate::{
    base::search::{Attribute, Doc, Docs, Gram, Postings, fold, grams_of},
    store::{
        Result, Store, now,
        sql::{Db, Value, values},
    },
};

/// The most rows of which a segment is made at once.
const MANY: u64 = 8_192;
/// The messages from which on a segment stays as it is, as does one with half of the postings that
/// it may have. Smaller ones become one.
const LARGE: usize = 8_192;
/// The rows that one transaction writes, so that messages do not wait long.
const ROWS_AT_ONCE: usize = 500;
/// How long a segment may take to be written, in milliseconds.
const BUILDING_FOR: i64 = 10 * 60 * 1_000;

/// When the builder does what.
#[derive(Clone, Copy, Debug)]
pub struct BuildRules {
    /// The rows of `search_pending` from which on a segment is made of them.
    pub rows: usize,
    /// The number of small segments from which on they become one.
    pub segments: usize,
    /// The postings after which a segment takes no more messages.
    pub postings: usize,
    /// How long words that are gone stay in the index, in milliseconds.
    pub stale_for: i64,
}

impl Default for BuildRules {
    fn default() -> Self {
        Self { rows: 512, segments: 15, postings: 4_000_000, stale_for: 60 * 60 * 1_000 }
    }
}

/// What a step of the builder did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BuildStep {
    /// Nothing: another node builds, or nothing is due.
    Idle,
    /// Something. More may be due.
    Done,
}

/// What is due.
#[derive(Debug)]
enum Work {
    /// The rows of a segment are to be removed.
    Remove(i64),
    /// These segments are not read any more.
    Drop(Vec<i64>),
    /// A segment is to be made of these, and of new rows if there are enough.
    Build(Vec<Segment>),
}

/// A segment to be written.
#[derive(Debug, Default)]
struct Draft {
    docs: Vec<Doc>,
    grams: BTreeMap<Gram, Vec<u32>>,
    postings: usize,
    /// The segments that it replaces.
    replaces: Vec<i64>,
    /// Segments with words that are gone.
    stale: Vec<i64>,
    /// The rows of `search_pending` that it makes needless.
    rows: Vec<PendingRow>,
}

/// A row of `search_pending`.
#[derive(Clone, Copy, Debug)]
struct PendingRow {
    doc: Doc,
    change: u64,
}

impl Store {
    /// Does the next piece of work on the index, unless another holder of the lease does it.
    ///
    /// # Errors
    /// Fails if the store is unavailable. What was begun is done anew later.
    pub async fn build_search(
        &self,
        (holder, until): (Uuid, Timestamp),
        rules: BuildRules,
    ) -> Result<BuildStep> {
        // Nothing is written where nothing is due.
        if self.read(move |db| due(db, rules)).await?.is_none() {
            return Ok(BuildStep::Idle);
        }
        let leased = self
            .write(move |db| {
                db.execute(
                    "UPDATE search_builder SET holder = $1, leased_until = $2
                     WHERE holder = $1 OR leased_until <= $3",
                    values![holder, until, now()],
                )
            })
            .await?;
        if leased == 0 {
            return Ok(BuildStep::Idle);
        }
        match self.read(move |db| due(db, rules)).await? {
            None => return Ok(BuildStep::Idle),
            Some(Work::Remove(segment)) => self.remove_segment(segment).await?,
            Some(Work::Drop(segments)) => {
                self.write(move |db| set_state(db, &segments, State::Removed)).await?;
            }
            Some(Work::Build(merged)) => {
                let draft =
                    self.read(move |db| db.read_snapshot(|| draft(db, &merged, rules))).await?;
                self.write_segment(draft).await?;
            }
        }
        Ok(BuildStep::Done)
    }

    /// Writes a segment in small transactions, and makes it one that is read in the last of them.
    async fn write_segment(&self, draft: Draft) -> Result<()> {
        let Draft { docs, mut grams, postings, replaces, stale, rows } = draft;
        let numbers = (docs.len(), postings);
        let times =
            (docs.first().map_or(0, |doc| doc.sent_at), docs.last().map_or(0, |doc| doc.sent_at));
        let segment: i64 = self
            .write(move |db| {
                db.one(
                    "INSERT INTO search_segments
                         (state, docs, postings, first_at, last_at, created_at)
                     VALUES ('building', $1, $2, $3, $4, $5) RETURNING id",
                    values![numbers.0, numbers.1, times.0, times.1, now()],
                    |row| row.get("id"),
                )
            })
            .await?;
        while !grams.is_empty() {
            let rest = grams.keys().nth(ROWS_AT_ONCE).copied();
            let rest = rest.map(|gram| grams.split_off(&gram)).unwrap_or_default();
            let some = std::mem::replace(&mut grams, rest);
            self.write(move |db| {
                for (gram, numbers) in &some {
                    let docs = Postings::encode(numbers);
                    db.execute(
                        "INSERT INTO search_grams (segment, gram, docs) VALUES ($1, $2, $3)",
                        values![segment, gram.0, Value::Bytes(&docs)],
                    )?;
                }
                Ok(())
            })
            .await?;
        }
        self.write(move |db| {
            if docs.is_empty() {
                set_state(db, &[segment], State::Removed)?;
            } else {
                db.execute(
                    "INSERT INTO search_docs (segment, docs) VALUES ($1, $2)",
                    values![segment, Value::Bytes(&Docs::encode(&docs))],
                )?;
                set_state(db, &[segment], State::Ready)?;
            }
            set_state(db, &replaces, State::Removed)?;
            for segment in stale {
                db.execute(
                    "UPDATE search_segments SET stale_at = $1 WHERE id = $2 AND stale_at IS NULL",
                    values![now(), segment],
                )?;
            }
            Ok(())
        })
        .await?;
        // A message may be in a segment and have a row as well.
        for some in rows.chunks(ROWS_AT_ONCE) {
            let some = some.to_vec();
            self.write(move |db| {
                for PendingRow { doc, change } in some {
                    db.execute(
                        "DELETE FROM search_pending
                         WHERE sent_at = $1 AND room_id = $2 AND seq = $3 AND change = $4",
                        values![doc.sent_at, doc.room, doc.seq, change],
                    )?;
                }
                Ok(())
            })
            .await?;
        }
        Ok(())
    }

    /// Removes the rows of a segment that nobody reads.
    async fn remove_segment(&self, segment: i64) -> Result<()> {
        let is_left = self
            .write(move |db| {
                let removed = db.execute(
                    "DELETE FROM search_grams WHERE segment = $1 AND gram IN (
                         SELECT gram FROM search_grams WHERE segment = $1 ORDER BY gram LIMIT $2)",
                    values![segment, ROWS_AT_ONCE],
                )?;
                Ok(removed >= ROWS_AT_ONCE as u64)
            })
            .await?;
        if !is_left {
            self.write(move |db| {
                db.execute("DELETE FROM search_docs WHERE segment = $1", values![segment])?;
                db.execute("DELETE FROM search_segments WHERE id = $1", values![segment])?;
                Ok(())
            })
            .await?;
        }
        Ok(())
    }
}

fn set_state(db: &Db, segments: &[i64], state: State) -> Result<()> {
    for segment in segments {
        db.execute(
            "UPDATE search_segments SET state = $1 WHERE id = $2",
            values![state.as_str(), *segment],
        )?;
    }
    Ok(())
}

/// Returns what to do next.
fn due(db: &Db, rules: BuildRules) -> Result<Option<Work>> {
    let all = segments(db)?;
    let now = now().as_millis();
    let is_left = |segment: &&Segment| {
        segment.state == State::Removed
            || segment.state == State::Building && segment.created_at < now - BUILDING_FOR
    };
    if let Some(segment) = all.iter().find(is_left) {
        return Ok(Some(Work::Remove(segment.id)));
    }
    let of = |state: State| all.iter().filter(move |segment| segment.state == state);
    if pending(db, rules.rows as u64)?.len() < rules.rows {
        let replaced: Vec<_> = of(State::Replaced).map(|segment| segment.id).collect();
        if !replaced.is_empty() {
            return Ok(Some(Work::Drop(replaced)));
        }
        let is_stale =
            |segment: &&Segment| segment.stale_at.is_some_and(|at| at <= now - rules.stale_for);
        let stale = of(State::Ready).find(is_stale);
        return Ok(stale.map(|segment| Work::Build(vec![segment.clone()])));
    }
    let is_small =
        |segment: &&Segment| segment.docs < LARGE && segment.postings < rules.postings / 2;
    let mut small: Vec<Segment> = of(State::Ready).filter(is_small).cloned().collect();
    if small.len() < rules.segments {
        return Ok(Some(Work::Build(Vec::new())));
    }
    // Two of them always fit. So each step takes rows, or leaves fewer segments.
    let mut postings = 0;
    let mut fits = |segment: &Segment| {
        postings += segment.postings;
        postings <= rules.postings
    };
    small.truncate(small.iter().take_while(|segment| fits(segment)).count());
    Ok(Some(Work::Build(small)))
}

/// Returns the oldest rows of `search_pending`.
fn pending(db: &Db, most: u64) -> Result<Vec<PendingRow>> {
    let select = "SELECT sent_at, room_id, seq, change FROM search_pending
         ORDER BY sent_at, room_id, seq, change LIMIT $1";
    db.rows(select, values![most], |row| {
        Ok(PendingRow {
            doc: Doc {
                sent_at: row.get("sent_at")?,
                seq: row.get("seq")?,
                room: row.get("room_id")?,
            },
            change: row.get("change")?,
        })
    })
}

/// Drafts a segment of the messages of others, and of the rows if there are enough.
fn draft(db: &Db, merged: &[Segment], rules: BuildRules) -> Result<Draft> {
    let mut rows = pending(db, MANY)?;
    if rows.len() < rules.rows {
        rows.clear();
    }
    let replaces: Vec<i64> = merged.iter().map(|segment| segment.id).collect();
    let mut docs: Vec<Doc> = Vec::new();
    for some in replaces.chunks(SEGMENTS_AT_ONCE) {
        docs.extend(docs_of(db, some)?.into_values().flatten());
    }
    let merged_docs: HashSet<Doc> = docs.iter().copied().collect();
    docs.extend(rows.iter().map(|row| row.doc));
    docs.sort_unstable();
    docs.dedup();
    let mut draft = Draft { replaces, ..Draft::default() };
    let mut is_read = HashSet::new();
    for some in docs.chunks(READ_AT_ONCE) {
        let is_full = draft.postings >= rules.postings;
        // A segment that is replaced leaves nothing behind.
        let some: Vec<Doc> =
            some.iter().copied().filter(|doc| !is_full || merged_docs.contains(doc)).collect();
        for content in contents(db, &some)? {
            draft.add(&content);
        }
        is_read.extend(some);
    }
    draft.rows = rows.into_iter().filter(|row| is_read.contains(&row.doc)).collect();
    let changed: Vec<i64> = draft
        .rows
        .iter()
        .filter(|row| row.change > row.doc.seq)
        .map(|row| row.doc.sent_at)
        .collect();
    let has_changed = |segment: &Segment| {
        let times = segment.first_at..=segment.last_at;
        segment.state == State::Ready
            && segment.stale_at.is_none()
            && changed.iter().any(|at| times.contains(at))
    };
    let stale = segments(db)?.into_iter().filter(has_changed);
    draft.stale = stale.map(|segment| segment.id).collect();
    Ok(draft)
}

impl Draft {
    fn add(&mut self, content: &Content) {
        let number = u32::try_from(self.docs.len()).unwrap_or(u32::MAX);
        self.docs.push(content.doc);
        let mut grams = grams_of(&fold(&content.text));
        for (name, _) in &content.files {
            grams.extend(grams_of(&fold(name)));
        }
        grams.push(Gram::of(Attribute::From(content.sender.0)));
        if !content.files.is_empty() {
            grams.push(Gram::of(Attribute::File));
        }
        if content.has_image() {
            grams.push(Gram::of(Attribute::Image));
        }
        if content.has_link() {
            grams.push(Gram::of(Attribute::Link));
        }
        grams.sort_unstable();
        grams.dedup();
        self.postings += grams.len();
        for gram in grams {
            self.grams.entry(gram).or_default().push(number);
        }
    }
}
