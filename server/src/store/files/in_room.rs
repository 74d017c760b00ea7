//! The list of a room's files.

use protocol::{Message, MessageId, RoomId};

use super::super::{
    Result, Store,
    log::lookup::messages,
    sql::{Db, values},
};

/// Selects messages with files, from the index of those alone. A deleted message has no files.
macro_rules! with_files {
    ($index:literal) => {
        concat!(
            "SELECT id FROM messages ",
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

impl Store {
    /// Returns the messages of a room that have files, the newest first: at most `limit` of them,
    /// as far as they fit a response, and whether there are more. With `before`, these are the ones
    /// before that `seq`. Does not check access.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn messages_with_files(
        &self,
        room: RoomId,
        before: Option<u64>,
        limit: u64,
    ) -> Result<(Vec<Message>, bool)> {
        self.read(move |db| {
            db.read_snapshot(|| {
                let mut ids: Vec<MessageId> = db.rows(
                    select(db),
                    values![room, before.unwrap_or(u64::MAX), limit.saturating_add(1)],
                    |row| row.get("id"),
                )?;
                let found = ids.len();
                ids.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
                let messages = messages(db, &ids)?;
                let has_more = messages.len() < found;
                Ok((messages, has_more))
            })
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::migrations::apply;

    #[test]
    fn the_list_reads_no_other_messages() {
        let db = Db::open_in_memory();
        apply(&db).unwrap();
        let explain = format!("EXPLAIN QUERY PLAN {}", select(&db));
        let plan = db.rows(&explain, values![RoomId::default(), 9_u64, 51_u64], |row| {
            row.get::<String>("detail")
        });
        let plan = plan.unwrap().join("; ");
        assert!(plan.contains("USING INDEX messages_with_files"), "{plan}");
        assert!(!plan.contains("TEMP B-TREE"), "{plan}");
    }
}
