//! Reads the messages that an index or a search looks at.

use std::collections::HashMap;

use protocol::{MessageId, UserId};

use super::super::{
    Result,
    sql::{Db, Value},
};
use crate::base::search::Doc;

/// The messages that one statement reads.
pub(super) const READ_AT_ONCE: usize = 100;

/// A message, as far as a search looks at it.
#[derive(Clone, Debug)]
pub(super) struct Content {
    pub(super) id: MessageId,
    pub(super) doc: Doc,
    pub(super) sender: UserId,
    pub(super) text: String,
    pub(super) is_reply: bool,
    /// The names and the media types of its files.
    pub(super) files: Vec<(String, String)>,
}

impl Content {
    /// Returns whether it has an image.
    pub(super) fn has_image(&self) -> bool {
        self.files.iter().any(|(_, media_type)| media_type.starts_with("image/"))
    }

    /// Returns whether it has a link.
    pub(super) fn has_link(&self) -> bool {
        // No link is shorter, nor has none of these.
        let may_have =
            self.text.contains([':', '@']) || self.text.to_ascii_lowercase().contains("www.");
        may_have && !protocol::links(&markup::tree(&self.text)).is_empty()
    }
}

/// Selects messages by their rooms and positions. Both engines begin with these.
fn select(db: &Db) -> String {
    let pair = |number: usize| match db {
        Db::Sqlite(_) => format!("(${}, ${})", 2 * number - 1, 2 * number),
        Db::Postgres(_) => format!("(${}::bytea, ${}::bigint)", 2 * number - 1, 2 * number),
    };
    let pairs: Vec<_> = (1..=READ_AT_ONCE).map(pair).collect();
    format!(
        "SELECT messages.id, room_id, seq, sender_id, text, sent_at, thread IS NOT NULL AS is_reply,
             files
         FROM (VALUES {}) AS wanted CROSS JOIN messages
         WHERE room_id = wanted.column1 AND seq = wanted.column2 AND text IS NOT NULL",
        pairs.join(", ")
    )
}

/// Returns those of at most [`READ_AT_ONCE`] messages that are not deleted, in the same order.
pub(super) fn contents(db: &Db, docs: &[Doc]) -> Result<Vec<Content>> {
    let Some(last) = docs.last() else { return Ok(Vec::new()) };
    let padding = std::iter::repeat(last);
    let wanted = docs.iter().chain(padding).take(READ_AT_ONCE);
    let params: Vec<Value<'_>> =
        wanted.flat_map(|doc| [Value::Id(doc.room), Value::from(doc.seq)]).collect();
    let mut with_files = Vec::new();
    let mut found = HashMap::with_capacity(docs.len());
    let rows = db.rows(&select(db), &params, |row| {
        let id: MessageId = row.get("id")?;
        if row.get::<u64>("files")? > 0 {
            with_files.push(id.0);
        }
        let doc =
            Doc { sent_at: row.get("sent_at")?, seq: row.get("seq")?, room: row.get("room_id")? };
        Ok(Content {
            id,
            doc,
            sender: row.get("sender_id")?,
            text: row.get("text")?,
            is_reply: row.get("is_reply")?,
            files: Vec::new(),
        })
    })?;
    found.extend(rows.into_iter().map(|content| ((content.doc.room, content.doc.seq), content)));
    let mut contents: Vec<Content> =
        docs.iter().filter_map(|doc| found.remove(&(doc.room, doc.seq))).collect();
    with_files.sort_unstable();
    with_files.dedup();
    if !with_files.is_empty() {
        let select = "SELECT message_id, name, media_type FROM files WHERE message_id";
        let mut files: HashMap<MessageId, Vec<_>> = HashMap::new();
        let rows = db.rows_among(select, &[], &with_files, |row| {
            Ok((row.get("message_id")?, (row.get("name")?, row.get("media_type")?)))
        })?;
        for (message, file) in rows {
            files.entry(message).or_default().push(file);
        }
        for content in &mut contents {
            content.files = files.remove(&content.id).unwrap_or_default();
        }
    }
    Ok(contents)
}
