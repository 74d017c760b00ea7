//! The earlier texts of messages.

use std::ops::ControlFlow;

use protocol::{EarlierText, MessageId, RoomId, Timestamp, limits::MAX_REPLY_BYTES};

use super::{
    Result, Store, StoreError,
    log::encoded_len,
    sql::{Db, values},
};

impl Store {
    /// Returns the texts of a message before the present one, the original first, as far as they
    /// fit a response, and whether there are more. With `after`, these are the ones after that
    /// `seq`. None if the message is deleted. Does not check access.
    ///
    /// # Errors
    /// Returns [`StoreError::NotFound`] if the room has no such message.
    pub async fn earlier_texts(
        &self,
        room: RoomId,
        id: MessageId,
        after: Option<u64>,
    ) -> Result<(Vec<EarlierText>, bool)> {
        self.read(move |db| {
            db.read_snapshot(|| earlier_texts(db, room, id, after.unwrap_or_default()))
        })
        .await
    }
}

fn earlier_texts(
    db: &Db,
    room: RoomId,
    id: MessageId,
    after: u64,
) -> Result<(Vec<EarlierText>, bool)> {
    let select = "SELECT seq, sent_at, text IS NULL AS is_deleted,
             (SELECT text FROM first_texts WHERE message_id = $1) AS first
         FROM messages WHERE id = $1 AND room_id = $2";
    let found = db.row(select, values![id, room], |row| {
        let sent: (u64, Timestamp) = (row.get("seq")?, row.get("sent_at")?);
        Ok((sent, row.get::<bool>("is_deleted")?, row.get::<Option<String>>("first")?))
    })?;
    let ((seq, sent_at), is_deleted, first) = found.ok_or(StoreError::NotFound("message"))?;
    if is_deleted {
        return Ok((Vec::new(), false));
    }
    let first = first.filter(|_| seq > after);
    let mut texts: Vec<_> =
        first.map(|text| EarlierText { text, edited_at: sent_at, seq }).into_iter().collect();
    let mut bytes: usize = texts.iter().map(encoded_len).sum();
    let mut has_more = false;
    // The last edit made the present text.
    db.each(
        "SELECT seq, text, at FROM changes WHERE message_id = $1 AND kind = 'edited' AND seq > $2
             AND seq < (SELECT max(seq) FROM changes WHERE message_id = $1 AND kind = 'edited')
         ORDER BY seq",
        values![id, after],
        |row| {
            if let Some(text) = row.get::<Option<String>>("text")? {
                let text = EarlierText { text, edited_at: row.get("at")?, seq: row.get("seq")? };
                bytes += encoded_len(&text) + 1;
                has_more = bytes > MAX_REPLY_BYTES;
                if has_more {
                    return Ok(ControlFlow::Break(()));
                }
                texts.push(text);
            }
            Ok(ControlFlow::Continue(()))
        },
    )?;
    Ok((texts, has_more))
}
