//! Searches.

use std::collections::HashSet;

use protocol::{FieldError, Message, MessageId, RoomName, UserId};
use uuid::Uuid;

use super::{
    Condition, Part, Term,
    candidates::{Bounds, Candidates},
    found::{Content, READ_AT_ONCE, contents},
};
use crate::{
    base::search::{Attribute, Doc, Gram, GramRange, fold},
    store::{
        Result, Store, StoreError,
        access::access,
        log::lookup::messages,
        sql::{Db, Value, values},
    },
};

/// The most messages that a search reads for a page.
const MAX_READ: usize = 5_000;
/// The bytes of texts after which it reads no more.
const MAX_READ_BYTES: usize = 4 << 20;

/// What to search for.
#[derive(Clone, Debug)]
pub struct SearchQuery {
    /// The conditions, all of which hold. Of several authors or rooms, one holds.
    pub conditions: Vec<Condition>,
    /// The room to search, besides the conditions.
    pub room: Option<RoomName>,
    /// Where the page before ended.
    pub after: Option<Place>,
    /// How many results to return.
    pub limit: usize,
    /// How many results to count.
    pub counted: usize,
}

/// Where a page ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The last message that was looked at.
    pub doc: Doc,
    /// How many messages the search has found in all.
    pub total: u64,
    /// Whether there may be more than these.
    pub more: bool,
    /// Whether these are only the messages before this place.
    pub counts: bool,
}

/// What was found.
#[derive(Clone, Debug)]
pub struct Found {
    /// The messages, the newest first.
    pub messages: Vec<Message>,
    /// Where the next page begins, if there may be one.
    pub next: Option<Place>,
    /// How many messages there are on all pages, as far as they were counted.
    pub total: u64,
    /// Whether there may be more than these.
    pub more: bool,
    /// Whether enough was read before the page was full.
    pub incomplete: bool,
}

impl Store {
    /// Searches the rooms of a user, and a room that the user may see and names.
    ///
    /// # Errors
    /// Returns [`StoreError::Invalid`] if the query names a user or a room that is not there, and
    /// [`StoreError::NotFound`] if there is no such [`room`](SearchQuery::room).
    pub async fn search(&self, user: UserId, query: SearchQuery) -> Result<Found> {
        self.read(move |db| db.read_snapshot(|| Search::new(db, user, query)?.run())).await
    }
}

/// A search, with what it names looked up.
#[derive(Debug)]
struct Search<'a> {
    db: &'a Db,
    user: UserId,
    after: Option<Place>,
    limit: usize,
    counted: usize,
    /// What must hold, without authors and rooms.
    conditions: Vec<Condition>,
    authors: Option<HashSet<UserId>>,
    excluded_authors: HashSet<UserId>,
    rooms: HashSet<Uuid>,
}

fn wrong(detail: impl Into<String>) -> StoreError {
    StoreError::Invalid(vec![FieldError::new("query", detail)])
}

/// Finds the author with a username.
fn author(db: &Db, name: &str) -> Result<UserId> {
    let select = "SELECT id FROM users WHERE username = $1";
    let found = db.row(select, values![name], |row| row.get("id"))?;
    found.ok_or_else(|| wrong(format!("from: must be a username; nobody has “{name}”")))
}

impl<'a> Search<'a> {
    fn new(db: &'a Db, user: UserId, query: SearchQuery) -> Result<Self> {
        let select = "SELECT room_id FROM room_members WHERE user_id = $1";
        let own: Vec<Uuid> = db.rows(select, values![user], |row| row.get("room_id"))?;
        let mut named: Option<HashSet<Uuid>> = None;
        let mut excluded = HashSet::new();
        let mut authors: Option<HashSet<UserId>> = None;
        let mut excluded_authors = HashSet::new();
        let mut conditions = Vec::new();
        for condition in query.conditions {
            match &condition.term {
                Term::From(_) | Term::FromMe => {
                    let author = match &condition.term {
                        Term::From(name) => author(db, name)?,
                        _ => user,
                    };
                    if condition.excludes {
                        excluded_authors.insert(author);
                    } else {
                        authors.get_or_insert_default().insert(author);
                    }
                }
                Term::In(name) => {
                    let access = access(db, user, name).map_err(|error| match error {
                        StoreError::NotFound(_) => {
                            wrong(format!("in: must be a room that you see; “{}” is none", name.0))
                        }
                        other => other,
                    })?;
                    if condition.excludes {
                        excluded.insert(access.room.0);
                    } else {
                        named.get_or_insert_default().insert(access.room.0);
                    }
                }
                _ => conditions.push(condition),
            }
        }
        let room = query.room.map(|name| access(db, user, &name)).transpose()?;
        let mut rooms = named.unwrap_or_else(|| match room {
            Some(access) => HashSet::from([access.room.0]),
            None => own.into_iter().collect(),
        });
        rooms.retain(|id| !excluded.contains(id) && room.is_none_or(|room| room.room.0 == *id));
        Ok(Self {
            db,
            user,
            after: query.after,
            limit: query.limit,
            counted: query.counted,
            conditions,
            authors,
            excluded_authors,
            rooms,
        })
    }

    fn run(self) -> Result<Found> {
        let mut candidates = Candidates::new(self.db, self.bounds())?;
        // A total that counts only what is before this page grows.
        let (mut total, more, counts) =
            self.after.map_or((0, false, true), |after| (after.total, after.more, after.counts));
        let most = if counts { (self.counted as u64).saturating_sub(total) } else { 0 };
        let mut page: Vec<(Doc, MessageId)> = Vec::new();
        let (mut found, mut last) = (0, None);
        let (mut read, mut bytes) = (0, 0);
        let is_done = |found: u64| found > self.limit as u64 && found > most;
        let ended = loop {
            let docs = candidates.take(READ_AT_ONCE)?;
            let Some(oldest) = docs.last().copied() else { break candidates.cut_at().is_none() };
            let contents = contents(self.db, &docs)?;
            bytes += contents.iter().map(|content| content.text.len()).sum::<usize>();
            for content in self.matching(contents)? {
                found += 1;
                if page.len() < self.limit {
                    page.push((content.doc, content.id));
                }
            }
            (read, last) = (read + docs.len(), Some(oldest));
            if is_done(found) || read >= MAX_READ || bytes >= MAX_READ_BYTES {
                break false;
            }
        };
        let is_full = page.len() == self.limit;
        let incomplete = !ended && !is_full;
        let is_counted = ended || is_done(found);
        if counts {
            total = (total + found).min(self.counted as u64);
        }
        let more = more && !counts || counts && (found > most || !is_counted);
        let ids: Vec<_> = page.iter().map(|(_, id)| *id).collect();
        let messages = messages(self.db, &ids)?;
        let is_short = messages.len() < page.len();
        page.truncate(messages.len());
        let rest = if incomplete && !is_short {
            candidates.cut_at().or(last).map(|doc| (doc, true))
        } else {
            let goes_on = is_short || found > page.len() as u64 || !ended;
            page.last().filter(|_| goes_on).map(|(doc, _)| (*doc, false))
        };
        let next = rest.map(|(doc, counts)| Place { doc, total, more, counts });
        Ok(Found { messages, next, total, more, incomplete: incomplete && !is_short })
    }

    /// Returns which messages the index is asked for.
    fn bounds(&self) -> Bounds {
        let mut sent = (i64::MIN, i64::MAX);
        let mut grams = Vec::new();
        let mut attributes = Vec::new();
        for condition in self.conditions.iter().filter(|condition| !condition.excludes) {
            match &condition.term {
                Term::Text(needle) => grams.extend(needle.grams()),
                Term::Sent(from, to) => sent = (sent.0.max(*from), sent.1.min(*to)),
                Term::Has(Part::File) => attributes.push(Attribute::File),
                Term::Has(Part::Image) => attributes.push(Attribute::Image),
                Term::Has(Part::Link) => attributes.push(Attribute::Link),
                _ => {}
            }
        }
        if let Some(authors) = &self.authors
            && let [author] = authors.iter().collect::<Vec<_>>()[..]
        {
            attributes.push(Attribute::From(author.0));
        }
        let attributes = attributes.into_iter().map(Gram::of);
        grams.extend(attributes.map(|gram| GramRange(gram, gram)));
        let before = self.after.map(|after| after.doc);
        Bounds { rooms: self.rooms.clone(), sent, before, grams }
    }

    /// Returns the messages that fit.
    fn matching(&self, mut contents: Vec<Content>) -> Result<Vec<Content>> {
        contents.retain(|content| {
            !self.excluded_authors.contains(&content.sender)
                && self.authors.as_ref().is_none_or(|authors| authors.contains(&content.sender))
        });
        for Condition { excludes, term } in &self.conditions {
            if contents.is_empty() {
                break;
            }
            let known = self.known(term, &contents)?;
            contents.retain(|content| finds(term, content, &known) != *excludes);
        }
        Ok(contents)
    }

    /// Returns for which of these messages another table has what is sought.
    fn known(&self, term: &Term, contents: &[Content]) -> Result<HashSet<MessageId>> {
        let select = match term {
            Term::Has(Part::Reaction) => {
                "SELECT DISTINCT message_id AS id FROM reactions WHERE message_id"
            }
            Term::Pinned => "SELECT message_id AS id FROM pins WHERE message_id",
            Term::Thread => "SELECT id FROM threads WHERE id",
            Term::MentionsMe => {
                "SELECT messages.id FROM messages JOIN mentions
                     ON mentions.room_id = messages.room_id AND mentions.seq = messages.seq
                 WHERE mentions.user_id = $1 AND messages.id"
            }
            _ => return Ok(HashSet::new()),
        };
        let user = values![self.user];
        let first: &[Value<'_>] = if matches!(term, Term::MentionsMe) { user } else { &[] };
        let ids: Vec<_> = contents.iter().map(|content| content.id.0).collect();
        let found = self.db.rows_among(select, first, &ids, |row| row.get("id"))?;
        Ok(found.into_iter().collect())
    }
}

/// Returns whether a condition finds a message. `known` are those that another table has.
fn finds(term: &Term, content: &Content, known: &HashSet<MessageId>) -> bool {
    match term {
        Term::Text(needle) => {
            needle.is_in(&fold(&content.text))
                || content.files.iter().any(|(name, _)| needle.is_in(&fold(name)))
        }
        Term::Sent(from, to) => (*from..*to).contains(&content.doc.sent_at),
        Term::Has(Part::File) => !content.files.is_empty(),
        Term::Has(Part::Image) => content.has_image(),
        Term::Has(Part::Link) => content.has_link(),
        Term::Thread => content.is_reply || known.contains(&content.id),
        Term::Has(Part::Reaction) | Term::Pinned | Term::MentionsMe => known.contains(&content.id),
        // Looked up before.
        Term::From(_) | Term::FromMe | Term::In(_) => true,
    }
}
