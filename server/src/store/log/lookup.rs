//! Reads single messages by their ids.

use std::collections::HashMap;

use protocol::{Message, MessageId, RoomId, UserId, limits::MAX_REPLY_BYTES};

use super::{
    super::{Result, Store, StoreError, access::access, sql::Db},
    details::add_details,
    messages::{Bounds, SELECT, count_fitting, read_message},
};

impl Store {
    /// Returns a message as it stands now.
    ///
    /// # Errors
    /// Returns [`StoreError::NotFound`] if there is none in a room that the user may see.
    pub async fn message(&self, user: UserId, id: MessageId) -> Result<Message> {
        self.read(move |db| {
            db.read_snapshot(|| {
                let message = messages(db, &[id])?.pop().ok_or(StoreError::NotFound("message"))?;
                access(db, user, &message.room.into()).map(|_| message).map_err(|error| match error
                {
                    StoreError::NotFound(_) => StoreError::NotFound("message"),
                    other => other,
                })
            })
        })
        .await
    }

    /// Returns a message of a room as it stands now. Does not check access.
    ///
    /// # Errors
    /// Returns [`StoreError::NotFound`] if the room has no such message.
    pub async fn message_in(&self, room: RoomId, id: MessageId) -> Result<Message> {
        let found = self.read(move |db| db.read_snapshot(|| messages(db, &[id]))).await?.pop();
        found.filter(|message| message.room == room).ok_or(StoreError::NotFound("message"))
    }
}

/// Returns the messages with these ids, in this order, up to [`MAX_REPLY_BYTES`].
pub(in crate::store) fn messages(db: &Db, ids: &[MessageId]) -> Result<Vec<Message>> {
    let uuids: Vec<_> = ids.iter().map(|id| id.0).collect();
    let found = db.rows_among(&format!("{SELECT} messages.id"), &[], &uuids, read_message)?;
    let mut found: HashMap<_, _> = found.into_iter().map(|message| (message.id, message)).collect();
    let mut messages: Vec<_> = ids.iter().filter_map(|id| found.remove(id)).collect();
    add_details(db, &mut messages)?;
    let bounds = Bounds { messages: messages.len(), bytes: MAX_REPLY_BYTES };
    messages.truncate(count_fitting(&messages, bounds));
    Ok(messages)
}
