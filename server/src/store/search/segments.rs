//! Reads the segments of the index.

use std::collections::HashMap;

use super::super::{
    Fault, Result, StoreError,
    sql::{Column, Db, Row, Value, values},
};
use crate::base::search::{Doc, Docs, Gram, GramRange, Postings};

/// The segments that one statement reads.
pub(super) const SEGMENTS_AT_ONCE: usize = 16;
/// The grams that one statement reads.
const GRAMS_AT_ONCE: usize = 32;

/// What happens to a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// It is being written. Nobody reads it.
    Building,
    /// It is read.
    Ready,
    /// It is read until the index has been built anew.
    Replaced,
    /// Nobody reads it. Its rows are being removed.
    Removed,
}

/// A segment.
#[derive(Clone, Debug)]
pub(super) struct Segment {
    pub(super) id: i64,
    pub(super) state: State,
    /// The number of its messages.
    pub(super) docs: usize,
    /// The number of the postings of all its grams.
    pub(super) postings: usize,
    pub(super) first_at: i64,
    pub(super) last_at: i64,
    /// Since when it has words that are gone.
    pub(super) stale_at: Option<i64>,
    pub(super) created_at: i64,
}

impl State {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Building => "building",
            Self::Ready => "ready",
            Self::Replaced => "replaced",
            Self::Removed => "removed",
        }
    }
}

impl Column for State {
    fn read(value: Value<'_>) -> Option<Self> {
        let states = [Self::Building, Self::Ready, Self::Replaced, Self::Removed];
        states.into_iter().find(|state| value == Value::Text(state.as_str()))
    }
}

/// Returns all segments.
pub(super) fn segments(db: &Db) -> Result<Vec<Segment>> {
    let select = "SELECT id, state, docs, postings, first_at, last_at, stale_at, created_at
         FROM search_segments ORDER BY last_at DESC, id DESC";
    db.rows(select, &[], |row| {
        Ok(Segment {
            id: row.get("id")?,
            state: row.get("state")?,
            docs: row.get("docs")?,
            postings: row.get("postings")?,
            first_at: row.get("first_at")?,
            last_at: row.get("last_at")?,
            stale_at: row.get("stale_at")?,
            created_at: row.get("created_at")?,
        })
    })
}

/// Returns the messages of segments, at most [`SEGMENTS_AT_ONCE`] of them.
pub(super) fn docs_of(db: &Db, segments: &[i64]) -> Result<HashMap<i64, Vec<Doc>>> {
    if segments.is_empty() {
        return Ok(HashMap::new());
    }
    let places = placeholders(1, SEGMENTS_AT_ONCE);
    let select = format!("SELECT segment, docs FROM search_docs WHERE segment IN ({places})");
    let all = db.rows(&select, &padded(segments, SEGMENTS_AT_ONCE), |row| {
        Ok((row.get("segment")?, decoded(row, Docs::decode)?))
    })?;
    Ok(all.into_iter().collect())
}

/// Returns those messages of segments, at most [`SEGMENTS_AT_ONCE`] of them, that have these
/// numbers.
pub(super) fn docs_among(db: &Db, wanted: &HashMap<i64, Vec<u32>>) -> Result<Vec<Vec<Doc>>> {
    let segments: Vec<i64> = wanted.keys().copied().collect();
    if segments.is_empty() {
        return Ok(Vec::new());
    }
    let places = placeholders(1, SEGMENTS_AT_ONCE);
    let select = format!("SELECT segment, docs FROM search_docs WHERE segment IN ({places})");
    db.rows(&select, &padded(&segments, SEGMENTS_AT_ONCE), |row| {
        let numbers = wanted.get(&row.get("segment")?).map_or(&[][..], Vec::as_slice);
        decoded(row, |bytes| Docs::decode_some(bytes, numbers))
    })
}

/// Returns which messages of segments, at most [`SEGMENTS_AT_ONCE`] of them, have a gram of each of
/// the ranges.
pub(super) fn with_grams(
    db: &Db,
    segments: &[i64],
    ranges: &[GramRange],
) -> Result<HashMap<i64, Vec<u32>>> {
    let mut found: HashMap<i64, Vec<u32>> = HashMap::new();
    let mut is_first = true;
    let mut narrow = |mut some: HashMap<i64, Vec<u32>>| {
        if is_first {
            found = some;
        } else {
            found.retain(|segment, docs| match some.remove(segment) {
                Some(others) => {
                    docs.retain(|doc| others.binary_search(doc).is_ok());
                    !docs.is_empty()
                }
                None => false,
            });
        }
        is_first = false;
        found.keys().copied().collect::<Vec<_>>()
    };
    let mut left = segments.to_vec();
    let (single, wide): (Vec<GramRange>, Vec<GramRange>) =
        ranges.iter().partition(|range| range.0 == range.1);
    let mut singles: Vec<i64> = single.into_iter().map(|range| range.0.0).collect();
    singles.sort_unstable();
    singles.dedup();
    // More than these hardly narrow a search any further.
    singles.truncate(GRAMS_AT_ONCE);
    if !singles.is_empty() {
        let mut postings = singles_of(db, &left, &singles)?;
        for gram in singles {
            left = narrow(postings.remove(&Gram(gram)).unwrap_or_default());
        }
    }
    for range in wide {
        if !left.is_empty() {
            left = narrow(range_of(db, &left, range)?);
        }
    }
    Ok(found)
}

/// Returns for each gram which messages of which segments have it.
fn singles_of(
    db: &Db,
    segments: &[i64],
    grams: &[i64],
) -> Result<HashMap<Gram, HashMap<i64, Vec<u32>>>> {
    let select = format!(
        "SELECT segment, gram, docs FROM search_grams WHERE segment IN ({}) AND gram IN ({})",
        placeholders(1, SEGMENTS_AT_ONCE),
        placeholders(SEGMENTS_AT_ONCE + 1, GRAMS_AT_ONCE)
    );
    let mut params = padded(segments, SEGMENTS_AT_ONCE);
    params.extend(padded(grams, GRAMS_AT_ONCE));
    let mut all: HashMap<Gram, HashMap<i64, Vec<u32>>> = HashMap::new();
    let rows = db.rows(&select, &params, |row| {
        Ok((row.get("segment")?, row.get("gram")?, decoded(row, Postings::decode)?))
    })?;
    for (segment, gram, docs) in rows {
        all.entry(Gram(gram)).or_default().insert(segment, docs);
    }
    Ok(all)
}

/// Returns which messages of which segments have any gram of a range.
fn range_of(db: &Db, segments: &[i64], range: GramRange) -> Result<HashMap<i64, Vec<u32>>> {
    let select = format!(
        "SELECT segment, docs FROM search_grams
         WHERE segment IN ({}) AND gram >= ${} AND gram <= ${}",
        placeholders(1, SEGMENTS_AT_ONCE),
        SEGMENTS_AT_ONCE + 1,
        SEGMENTS_AT_ONCE + 2,
    );
    let mut params = padded(segments, SEGMENTS_AT_ONCE);
    params.extend_from_slice(values![range.0.0, range.1.0]);
    let mut all: HashMap<i64, Vec<u32>> = HashMap::new();
    let rows = db
        .rows(&select, &params, |row| Ok((row.get("segment")?, decoded(row, Postings::decode)?)))?;
    for (segment, docs) in rows {
        all.entry(segment).or_default().extend(docs);
    }
    for docs in all.values_mut() {
        docs.sort_unstable();
        docs.dedup();
    }
    Ok(all)
}

fn decoded<T>(row: &Row<'_>, decode: impl Fn(&[u8]) -> Option<T>) -> Result<T> {
    let docs = match row.value("docs")? {
        Value::Bytes(bytes) => decode(bytes),
        _ => None,
    };
    docs.ok_or(StoreError::Failed(Fault::UnknownValue("docs")))
}

fn placeholders(first: usize, count: usize) -> String {
    let all: Vec<_> = (first..first + count).map(|number| format!("${number}")).collect();
    all.join(", ")
}

/// Repeats the last number up to a constant length: the statement is prepared once.
fn padded(numbers: &[i64], length: usize) -> Vec<Value<'static>> {
    let padding = numbers.last().into_iter().cycle();
    numbers.iter().chain(padding).take(length).map(|number| Value::Int(*number)).collect()
}
