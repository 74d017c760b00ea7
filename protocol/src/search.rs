//! Payloads of search, and the queries that people write.

mod query;

use serde::{Deserialize, Serialize};

pub use query::{Condition, Operator, Query, Term};

use crate::{FieldError, Message, RoomId, RoomName, limits::MAX_QUERY_CHARS, messages::Validate};

/// Payload of `search`. Finds messages in the rooms of the user, and in a public room that is
/// named.
///
/// The query consists of words, all of which a message must have, with operators among them:
///
/// - `word`: as the beginning of a word; with three characters or more, as any part of one. Han,
///   kana, Hangul, Thai and emoji are found by one character. Case and accents do not matter. The
///   names of files are searched as well.
/// - `"a phrase"`: as a part of the text.
/// - `from:username`, `in:slug`. Of several of one kind, one must fit.
/// - `before:`, `after:` and `on:` a day, as `2026-11-30`.
/// - `has:file`, `has:image`, `has:link`, `has:reaction`.
/// - `is:pinned`, `is:thread` (replies, and the messages that begin threads), `mentions:me`.
/// - `-` before any of these takes away what it would find.
///
/// A space may stand between an operator and its value: `from: ada`. An operator without a value is
/// ignored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Search {
    /// The query, at most 500 characters.
    #[cfg_attr(feature = "schema", schemars(length(max = MAX_QUERY_CHARS)))]
    pub query: String,
    /// Searches this room alone. `channel` is an alias.
    #[serde(default, alias = "channel", skip_serializing_if = "Option::is_none")]
    pub room: Option<RoomName>,
    /// The `next` of a page, for the page after it. The query and the room are those of that page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(length(max = MAX_CURSOR_CHARS)))]
    pub cursor: Option<String>,
    /// The number of results. Defaults to 20, is clamped to 1 to 50.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
    /// The time zone of the days in the query, such as `Europe/Berlin`. Defaults to UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(length(max = MAX_TIME_ZONE_CHARS)))]
    pub time_zone: Option<String>,
}

/// The most characters of a cursor.
const MAX_CURSOR_CHARS: usize = 200;
/// The most characters of the name of a time zone.
const MAX_TIME_ZONE_CHARS: usize = 100;

impl Search {
    /// Returns the fields that are not valid, for a search over HTTP.
    #[must_use]
    pub fn invalid_fields(&self) -> Vec<FieldError> {
        self.faults()
    }
}

impl Validate for Search {
    fn faults(&self) -> Vec<FieldError> {
        let fields = [
            ("query", Some(&self.query), MAX_QUERY_CHARS),
            ("cursor", self.cursor.as_ref(), MAX_CURSOR_CHARS),
            ("time_zone", self.time_zone.as_ref(), MAX_TIME_ZONE_CHARS),
        ];
        let is_long =
            |text: Option<&String>, max| text.is_some_and(|text| text.chars().count() > max);
        let long = fields.into_iter().filter(|(_, text, max)| is_long(*text, *max));
        long.map(|(field, _, max)| {
            FieldError::new(field, format!("must have at most {max} characters"))
        })
        .collect()
    }
}

/// Payload of `search_response`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SearchPage {
    /// What was found, the newest first.
    pub results: Vec<FoundMessage>,
    /// The `cursor` of the next page, if there may be one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// How many messages there are on all pages, at most 1,000.
    pub total: u64,
    /// True if there may be more than `total`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub more: bool,
    /// True if the search ended before the page was full because it had read enough: the next page
    /// goes on from there.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub incomplete: bool,
}

/// A message that was found.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FoundMessage {
    /// The message.
    pub message: Message,
    /// Its room.
    pub room: RoomId,
    /// The parts of the text that the words and phrases of the query found, in order: the first
    /// character and the one after the last, counted in Unicode scalar values. Empty if only the
    /// name of a file was found.
    pub ranges: Vec<[u32; 2]>,
}
