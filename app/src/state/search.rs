//! The search for messages: what is searched for, and what was found. It stays while a result is
//! looked at, and follows the events of what is shown.

pub mod excerpt;
pub(crate) mod offline;
pub mod plain;
pub mod words;

use protocol::{
    ErrorPayload, Event, FoundMessage, MessageId, RoomName, Search, SearchPage,
    limits::{MAX_PAGE_RESULTS, PAGE_RESULTS},
    search::Query,
};
use serde::{Deserialize, Serialize};

use super::people::{Senders, update_people};

/// What the user searches for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// The query.
    pub query: String,
    /// The only room that is searched, by its slug or id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<String>,
}

impl Asked {
    /// Returns whether there is nothing to search for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        Query::parse(&self.query).conditions.is_empty()
    }

    /// Returns whether this finds what `other` finds, however it is written.
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        self.room == other.room && Query::parse(&self.query) == Query::parse(&other.query)
    }
}

/// A message that was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// The message.
    pub found: FoundMessage,
    /// Another number for each change of it.
    pub version: u64,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    /// What was searched for.
    pub by: Asked,
    /// The messages that are loaded, the newest first.
    pub hits: Vec<Hit>,
    /// Where the next page begins, if there may be one.
    next: Option<String>,
    /// How many messages there are on all pages.
    pub total: u64,
    /// True if there may be more than `total`.
    pub more: bool,
    /// True if older messages were not searched yet.
    pub incomplete: bool,
    /// True if only what this device has was searched.
    pub on_device: bool,
}

impl Found {
    /// Returns whether there may be another page.
    #[must_use]
    pub fn has_more(&self) -> bool {
        self.next.is_some()
    }
}

/// The search.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SearchView {
    /// True while the view is shown. Nothing is requested otherwise.
    pub is_open: bool,
    /// The time zone of the days in queries.
    pub time_zone: Option<String>,
    asked: Asked,
    /// What is shown. It stays until something else is found.
    pub found: Option<Found>,
    /// Why the server does not search for what was asked for last.
    pub fault: Option<String>,
    /// True if the first page has to be loaded.
    is_stale: bool,
    /// True if the user waits for the next page.
    wants_more: bool,
    /// What was loaded again so far, and where its next page begins.
    again: (Vec<FoundMessage>, Option<String>),
    /// Counts how often the search began anew. Pages that were requested before are dropped.
    generation: u64,
    /// The last number of a hit.
    version: u64,
}

/// A page of what is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WantedPage {
    generation: u64,
    cursor: Option<String>,
    limit: u64,
}

impl SearchView {
    /// Searches for something, unless that is what was asked for last.
    pub fn ask(&mut self, asked: Asked) {
        if asked == self.asked {
            return;
        }
        self.asked = asked;
        if self.asked.is_empty() {
            self.found = None;
        }
        self.search_again();
    }

    /// Returns what was asked for last.
    #[must_use]
    pub fn asked(&self) -> &Asked {
        &self.asked
    }

    /// Has everything that is shown loaded again.
    pub fn search_again(&mut self) {
        self.generation += 1;
        (self.is_stale, self.wants_more, self.fault) = (!self.asked.is_empty(), false, None);
        self.again = (Vec::new(), None);
    }

    /// Requests the next page.
    pub fn load_more(&mut self) {
        self.wants_more = self.found.as_ref().is_some_and(Found::has_more);
    }

    /// Returns whether the user waits for the next page.
    #[must_use]
    pub fn is_loading_more(&self) -> bool {
        self.wants_more
    }

    /// Returns whether what is shown is not what was asked for last.
    #[must_use]
    pub fn is_searching(&self) -> bool {
        self.is_stale && self.found.as_ref().is_none_or(|found| found.by != self.asked)
    }

    /// Returns what was searched for, if anything was found.
    #[must_use]
    pub fn successful(&self) -> Option<&Asked> {
        self.found.as_ref().filter(|found| !found.hits.is_empty()).map(|found| &found.by)
    }

    /// Returns a message that is shown.
    #[must_use]
    pub fn find(&self, id: MessageId) -> Option<&FoundMessage> {
        let mut hits = self.found.iter().flat_map(|found| &found.hits);
        hits.find(|hit| hit.found.message.id == id).map(|hit| &hit.found)
    }

    /// Returns the page that is needed, if there is one.
    #[must_use]
    pub fn wanted(&self) -> Option<WantedPage> {
        if !self.is_open || self.fault.is_some() || self.asked.is_empty() {
            return None;
        }
        let page = |cursor, limit| Some(WantedPage { generation: self.generation, cursor, limit });
        if self.is_stale {
            let is_again = !self.is_searching();
            let limit = if is_again { MAX_PAGE_RESULTS } else { PAGE_RESULTS };
            return page(self.again.1.clone(), limit);
        }
        let next = self.found.as_ref()?.next.clone().filter(|_| self.wants_more)?;
        page(Some(next), PAGE_RESULTS)
    }

    /// Returns the request for a page.
    #[must_use]
    pub fn request(&self, page: &WantedPage) -> Search {
        Search {
            query: self.asked.query.clone(),
            room: self.asked.room.clone().map(RoomName),
            cursor: page.cursor.clone(),
            limit: Some(page.limit),
            time_zone: self.time_zone.clone(),
        }
    }

    /// Applies a page. One that is not needed any more is dropped.
    pub(crate) fn apply_page(&mut self, wanted: &WantedPage, page: SearchPage) {
        if self.wanted().as_ref() != Some(wanted) {
            return;
        }
        let SearchPage { results, next, total, more, incomplete } = page;
        if !self.is_stale {
            self.wants_more = false;
            let Some(mut found) = self.found.take() else { return };
            for result in results {
                let is_known = |hit: &Hit| hit.found.message.id == result.message.id;
                if !found.hits.iter().any(is_known) {
                    let hit = self.hit(result, &[]);
                    found.hits.push(hit);
                }
            }
            self.found = Some(Found { next, total, more, incomplete, ..found });
            return;
        }
        self.again.0.extend(results);
        let is_new = self.is_searching();
        let shown = self.found.as_ref().map_or(0, |found| found.hits.len());
        if !is_new && next.is_some() && self.again.0.len() < shown {
            self.again.1 = next; // as much as is shown
            return;
        }
        let before = self.found.take().map(|found| found.hits).unwrap_or_default();
        let (results, _) = std::mem::take(&mut self.again);
        let hits = results.into_iter().map(|result| self.hit(result, &before)).collect();
        let by = self.asked.clone();
        self.found = Some(Found { by, hits, next, total, more, incomplete, on_device: false });
        self.is_stale = false;
    }

    /// Applies what was found on this device, because the server does not answer.
    pub(crate) fn apply_from_device(&mut self, wanted: &WantedPage, page: SearchPage) {
        if self.wanted().as_ref() != Some(wanted) {
            return;
        }
        self.apply_page(wanted, page);
        if let Some(found) = &mut self.found {
            found.on_device = true;
        }
    }

    /// Has the server search for what was only found on this device. Returns whether that is so.
    pub(crate) fn leave_device(&mut self) -> bool {
        let is_local = self.found.as_ref().is_some_and(|found| found.on_device);
        if is_local {
            self.search_again();
        }
        is_local
    }

    /// Returns a hit, with the number that it has if it is shown as it is.
    fn hit(&mut self, found: FoundMessage, before: &[Hit]) -> Hit {
        if let Some(known) = before.iter().find(|known| known.found == found) {
            return known.clone();
        }
        self.version += 1;
        Hit { found, version: self.version }
    }

    /// Notes that the server does not search for this.
    pub(crate) fn refuse(&mut self, wanted: &WantedPage, error: &ErrorPayload) {
        if self.wanted().as_ref() == Some(wanted) {
            self.fault = Some(in_words(error));
            (self.found, self.is_stale, self.wants_more) = (None, false, false);
        }
    }

    /// Notes an event that changes what is shown.
    pub(super) fn note(&mut self, event: &Event) {
        let has = |condition: &str| {
            self.asked
                .query
                .split_whitespace()
                .any(|word| word.trim_start_matches('-') == condition)
        };
        let changed = match event {
            Event::ChatEdited(edited) => edited.id,
            Event::ChatDeleted(deleted) => deleted.id,
            Event::ChatReacted(reacted) if has("has:reaction") => reacted.id,
            Event::ChatPinned(pinned) if has("is:pinned") => pinned.id,
            Event::RoomGone(gone) => {
                return self.remove(|found| found.room == gone.room);
            }
            _ => return,
        };
        if self.find(changed).is_none() {
            return;
        }
        if let Event::ChatDeleted(_) = event {
            self.remove(|found| found.message.id == changed);
        } else {
            self.search_again();
        }
    }

    /// Removes what is not there any more, and searches again.
    fn remove(&mut self, is_gone: impl Fn(&FoundMessage) -> bool) {
        let Some(found) = &mut self.found else { return };
        let before = found.hits.len();
        found.hits.retain(|hit| !is_gone(&hit.found));
        let removed = before - found.hits.len();
        found.total = found.total.saturating_sub(removed as u64);
        if removed > 0 {
            self.search_again();
        }
    }

    /// Shows users by their present names.
    pub(super) fn update_people(&mut self, present: &Senders) {
        let Self { found, version, .. } = self;
        for hit in found.iter_mut().flat_map(|found| &mut found.hits) {
            if update_people(&mut hit.found.message, present) {
                *version += 1;
                hit.version = *version;
            }
        }
    }
}

/// Returns in words what is wrong with a query.
fn in_words(error: &ErrorPayload) -> String {
    let Some(wrong) = error.errors.first() else {
        return match error.detail.strip_suffix('.') {
            Some(detail) => format!("{detail}."),
            None => format!("{}.", error.detail),
        };
    };
    match (wrong.field.as_str(), wrong.message.split_once(": ")) {
        ("query", Some((operator, rule))) => format!("“{operator}:” {rule}."),
        ("query", None) => format!("The search {}.", wrong.message),
        (field, _) => format!("The search cannot be run: {field} {}.", wrong.message),
    }
}

#[cfg(test)]
mod tests;
