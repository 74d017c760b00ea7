//! Search: reads queries, and keeps the index up to date.

mod builder;
mod conditions;
mod cursor;

use protocol::{
    FoundMessage, Message, Search, SearchPage, UserId,
    limits::{MAX_COUNTED_RESULTS, MAX_PAGE_RESULTS, PAGE_RESULTS},
    search::Query,
};

use crate::{
    base::search::merge,
    error::Error,
    store::{Found, SearchCondition, SearchQuery, SearchTerm, Store},
};

/// The service. Cheap to clone.
#[derive(Clone, Debug)]
pub struct SearchService {
    store: Store,
}

impl SearchService {
    /// Creates the service.
    #[must_use]
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    /// Searches for a user.
    ///
    /// # Errors
    /// Returns [`Error::Invalid`] if the query asks for nothing, if a value of an operator is
    /// wrong, or if the cursor is of something else, and [`Error::NotFound`] if there is no such
    /// room for the user.
    pub async fn search(&self, user: UserId, search: Search) -> Result<SearchPage, Error> {
        let invalid = search.invalid_fields();
        if !invalid.is_empty() {
            return Err(Error::Invalid(invalid));
        }
        let zone = conditions::zone(search.time_zone.as_deref())?;
        let conditions = conditions::read(&Query::parse(&search.query), &zone)?;
        let digest = cursor::digest(user, &search);
        let after = search.cursor.as_deref().map(|text| {
            cursor::decode(text, digest)
                .ok_or_else(|| Error::field("cursor", "must be the next of the same search"))
        });
        let query = SearchQuery {
            conditions: conditions.clone(),
            room: search.room,
            after: after.transpose()?,
            limit: search.limit.unwrap_or(PAGE_RESULTS).clamp(1, MAX_PAGE_RESULTS) as usize,
            counted: MAX_COUNTED_RESULTS as usize,
        };
        let _permit = self.store.search_permit(user).await?;
        let Found { messages, next, total, more, incomplete } =
            self.store.search(user, query).await?;
        let results = messages.into_iter().map(|message| found(message, &conditions));
        Ok(SearchPage {
            results: results.collect(),
            next: next.map(|place| cursor::encode(&place, digest)),
            total,
            more,
            incomplete,
        })
    }
}

/// Returns a message with the ranges of what was sought in it.
fn found(message: Message, conditions: &[SearchCondition]) -> FoundMessage {
    let text = message.text.as_deref().unwrap_or_default();
    let ranges = conditions.iter().filter_map(|condition| match condition {
        SearchCondition { excludes: false, term: SearchTerm::Text(needle) } => {
            Some(needle.ranges(text))
        }
        _ => None,
    });
    let ranges = merge(ranges.flatten().collect());
    FoundMessage { room: message.room, ranges, message }
}
