//! The list of a room's files.

use std::ops::ControlFlow;

use protocol::{Message, MessageId, RoomId};

use super::super::{
    Result, Store,
    log::lookup::messages,
    names::folded_word,
    sql::{Db, values},
};

/// The most names that a search reads for a page.
const MAX_NAMES: u64 = 10_000;
/// The names that a search reads at a time: PostgreSQL sends all that it is asked for.
const SLICE: u64 = 500;

/// Selects messages with files, from the index of those alone. A deleted message has no files.
macro_rules! with_files {
    ($index:literal) => {
        concat!(
            "SELECT id, seq FROM messages ",
            $index,
            " WHERE room_id = $1 AND seq < $2 AND files > 0 ORDER BY seq DESC LIMIT $3"
        )
    };
}

/// Returns the query for an engine. SQLite would read all messages of the room by itself.
fn select(db: &Db) -> &'static str {
    match db {
        Db::Sqlite(_) => with_files!("INDEXED BY messages_with_files"),
        Db::Postgres(_) => with_files!(""),
    }
}

/// Selects the names and descriptions of the files of messages, in the same order.
macro_rules! names {
    ($index:literal) => {
        concat!(
            "SELECT messages.id, seq, name, description FROM messages ",
            $index,
            " CROSS JOIN files WHERE files.message_id = messages.id AND room_id = $1 AND seq < $2
                 AND messages.files > 0 ORDER BY seq DESC LIMIT $3"
        )
    };
}

/// Returns the query for the names. SQLite keeps the order of tables of a `CROSS JOIN`.
fn select_names(db: &Db) -> &'static str {
    match db {
        Db::Sqlite(_) => names!("INDEXED BY messages_with_files"),
        Db::Postgres(_) => names!(""),
    }
}

/// Which messages of a room with files to return.
#[derive(Clone, Debug, Default)]
pub struct FilesQuery {
    /// The messages before this `seq`, or the newest ones.
    pub before: Option<u64>,
    /// The maximum number of messages.
    pub limit: u64,
    /// What the name or the description of a file must contain. Empty for all messages.
    pub name: String,
}

/// The messages of a page, the newest first, and the `seq` before which the next one is.
type FoundFiles = (Vec<Message>, Option<u64>);

impl Store {
    /// Returns the messages of a room that have files, as far as they fit a response. Reads at most
    /// 10,000 names for a page. Does not check access.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn messages_with_files(&self, room: RoomId, query: FilesQuery) -> Result<FoundFiles> {
        self.read(move |db| {
            db.read_snapshot(|| {
                let name = folded(query.name.trim());
                let (ids, end) = if name.is_empty() {
                    all(db, room, &query)?
                } else {
                    named(db, room, &query, &name, (MAX_NAMES, SLICE))?
                };
                let messages = messages(db, &ids)?;
                let is_cut = messages.len() < ids.len();
                let next = messages.last().filter(|_| is_cut).map(|last| last.seq).or(end);
                Ok((messages, next))
            })
        })
        .await
    }
}

/// The ids of messages, and the `seq` before which there may be more.
type Ids = (Vec<MessageId>, Option<u64>);

fn all(db: &Db, room: RoomId, query: &FilesQuery) -> Result<Ids> {
    let params = values![room, query.before.unwrap_or(u64::MAX), query.limit.saturating_add(1)];
    let found = db.rows(select(db), params, |row| Ok((row.get("id")?, row.get("seq")?)))?;
    Ok(cut(found, query.limit))
}

/// Finds files by a folded part of their names or descriptions. Reads at most `most` files, `slice`
/// of them at a time, which are more than a message has.
fn named(
    db: &Db,
    room: RoomId,
    query: &FilesQuery,
    name: &str,
    (most, slice): (u64, u64),
) -> Result<Ids> {
    let mut found: Vec<(MessageId, u64)> = Vec::new();
    let (mut read, mut before) = (0, query.before.unwrap_or(u64::MAX));
    loop {
        let (mut count, mut last) = (0, 0);
        db.each(select_names(db), values![room, before, slice], |row| {
            let id = row.get("id")?;
            (count, last) = (count + 1, row.get("seq")?);
            let is_known = found.last().is_some_and(|(known, _)| *known == id);
            let description = row.get::<Option<String>>("description")?;
            let texts = [Some(row.get::<String>("name")?), description];
            if !is_known && texts.iter().flatten().any(|text| folded(text).contains(name)) {
                found.push((id, last));
            }
            let is_full = found.len() as u64 > query.limit;
            Ok(if is_full { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        })?;
        read += count;
        if found.len() as u64 > query.limit || count < slice {
            return Ok(cut(found, query.limit));
        }
        // The names of the last message may not all have been read.
        before = last + 1;
        if read >= most {
            let is_found = found.last().is_some_and(|(_, seq)| *seq == last);
            let (ids, next) = cut(found, query.limit);
            return Ok((ids, next.or(Some(if is_found { last } else { before }))));
        }
    }
}

/// Folds a name or a part of one. Whether a Greek sigma ends a word depends on what follows it.
fn folded(name: &str) -> String {
    folded_word(name).replace('ς', "σ")
}

/// Cuts what was found to a limit.
fn cut(mut found: Vec<(MessageId, u64)>, limit: u64) -> Ids {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let is_cut = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| is_cut).map(|(_, seq)| *seq);
    (found.into_iter().map(|(id, _)| id).collect(), next)
}

#[cfg(test)]
mod tests {
    use protocol::UserId;
    use uuid::Uuid;

    use super::*;
    use crate::store::migrations::apply;

    #[test]
    fn the_list_reads_no_other_messages() {
        let db = Db::open_in_memory();
        apply(&db).unwrap();
        for select in [select(&db), select_names(&db)] {
            let explain = format!("EXPLAIN QUERY PLAN {select}");
            let plan = db.rows(&explain, values![RoomId::default(), 9_u64, 51_u64], |row| {
                row.get::<String>("detail")
            });
            let plan = plan.unwrap().join("; ");
            assert!(plan.contains("USING INDEX messages_with_files"), "{plan}");
            assert!(!plan.contains("TEMP B-TREE"), "{plan}");
            assert!(!plan.contains("SCAN"), "{plan}");
        }
    }

    #[test]
    fn a_search_goes_on_where_a_page_has_ended() {
        let db = Db::open_in_memory();
        apply(&db).unwrap();
        let (room, user) = (RoomId(Uuid::from_u128(1)), UserId(Uuid::from_u128(2)));
        db.execute(
            "INSERT INTO users (id, username, display_name, role, password, created_at)
             VALUES ($1, 'ada', NULL, 'owner', '', 0)",
            values![user],
        )
        .unwrap();
        db.execute(
            "INSERT INTO rooms (id, slug, name, created_at) VALUES ($1, 'a', 'a', 0)",
            values![room],
        )
        .unwrap();
        let message = |seq: u64| MessageId(Uuid::from_u128(u128::from(seq) + 10));
        for (seq, names) in [(1, "Plan"), (2, "a b"), (3, "x plán"), (4, "y z"), (5, "ΛΟΓΟΣ.pdf")]
        {
            db.execute(
                "INSERT INTO messages (room_id, seq, id, sender_id, text, sent_at, files)
                 VALUES ($1, $2, $3, $4, '', 0, 1)",
                values![room, seq, message(seq), user],
            )
            .unwrap();
            let described = (seq == 4).then_some("The PLAN of the harbour");
            for (position, name) in names.split(' ').enumerate() {
                db.execute(
                    "INSERT INTO files (id, user_id, message_id, position, name, description,
                         media_type, size, attempts, created_at)
                     VALUES ($1, $2, $3, $4, $5, $6, '', 0, 0, 0)",
                    values![Uuid::new_v4(), user, message(seq), position, name, described],
                )
                .unwrap();
            }
        }
        for (most, slice, limit) in [
            (100, 100, 1),
            (100, 100, 100),
            (3, 3, 100),
            (3, 3, 2),
            (4, 4, 1),
            (100, 3, 2),
            (6, 3, 1),
        ] {
            let (mut found, mut before) = (Vec::new(), None);
            loop {
                let query = FilesQuery { before, limit, name: String::new() };
                let (ids, next) = named(&db, room, &query, "plan", (most, slice)).unwrap();
                assert!(ids.len() as u64 <= limit);
                found.extend(ids);
                let Some(next) = next else { break };
                assert!(before.is_none_or(|before| next < before), "it goes on");
                before = Some(next);
            }
            assert_eq!(found, [message(4), message(3), message(1)], "{most}, {slice}, {limit}");
        }
        let query = FilesQuery { limit: 9, ..FilesQuery::default() };
        let (ids, _) = named(&db, room, &query, &folded("λόγος"), (100, 100)).unwrap();
        assert_eq!(ids, [message(5)], "a sigma is found wherever it stands");
    }
}
