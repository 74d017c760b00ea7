//! The earlier texts of messages.

use std::ops::ControlFlow;

use protocol::{EarlierText, MessageId, RoomId, Timestamp, limits::MAX_REPLY_BYTES};

use super::{
    Result, Store, StoreError,
    log::encoded_len,
    sql::{Db, values},
};

impl Store {
    /// Returns all texts of a message before the present one, the original first, as far as they
    /// fit a response. None if the message is deleted. Does not check access.
    ///
    /// # Errors
    /// Returns [`StoreError::NotFound`] if the room has no such message.
    pub async fn earlier_texts(&self, room: RoomId, id: MessageId) -> Result<Vec<EarlierText>> {
        self.read(move |db| db.read_snapshot(|| earlier_texts(db, room, id))).await
    }
}

fn earlier_texts(db: &Db, room: RoomId, id: MessageId) -> Result<Vec<EarlierText>> {
    let select = "SELECT sent_at, text IS NULL AS is_deleted,
             (SELECT text FROM first_texts WHERE message_id = $1) AS first
         FROM messages WHERE id = $1 AND room_id = $2";
    let found = db.row(select, values![id, room], |row| {
        let sent_at: Timestamp = row.get("sent_at")?;
        Ok((sent_at, row.get::<bool>("is_deleted")?, row.get::<Option<String>>("first")?))
    })?;
    let (sent_at, is_deleted, first) = found.ok_or(StoreError::NotFound("message"))?;
    if is_deleted {
        return Ok(Vec::new());
    }
    let mut texts: Vec<_> =
        first.map(|text| EarlierText { text, edited_at: sent_at }).into_iter().collect();
    let mut bytes: usize = texts.iter().map(encoded_len).sum();
    // The last edit made the present text.
    db.each(
        "SELECT text, at FROM changes WHERE message_id = $1 AND kind = 'edited'
             AND seq < (SELECT max(seq) FROM changes WHERE message_id = $1 AND kind = 'edited')
         ORDER BY seq",
        values![id],
        |row| {
            if let Some(text) = row.get::<Option<String>>("text")? {
                let text = EarlierText { text, edited_at: row.get("at")? };
                bytes += encoded_len(&text) + 1;
                if bytes > MAX_REPLY_BYTES {
                    return Ok(ControlFlow::Break(()));
                }
                texts.push(text);
            }
            Ok(ControlFlow::Continue(()))
        },
    )?;
    Ok(texts)
}
