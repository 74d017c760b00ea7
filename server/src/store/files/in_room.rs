//! The list of a room's files.

use protocol::{Message, MessageId, RoomId};

use super::super::{Result, Store, log::lookup::messages, sql::values};

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
                // The condition is that of the index. A deleted message has no files.
                let mut ids: Vec<MessageId> = db.rows(
                    "SELECT id FROM messages WHERE room_id = $1 AND seq < $2 AND files > 0
                     ORDER BY seq DESC LIMIT $3",
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
