//! Previews that are to be made.

use protocol::FileId;

use super::super::{
    Result, Store,
    sql::{Db, values},
};

/// How often a preview is tried: an image may end the process for lack of memory.
const MAX_ATTEMPTS: u64 = 3;

/// A file whose preview is to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DuePreview {
    /// The file.
    pub file: FileId,
    /// The number of its bytes.
    pub size: u64,
}

impl Store {
    /// Returns the oldest file whose preview is to be made, and counts the attempt.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn due_preview(&self) -> Result<Option<DuePreview>> {
        let find = |db: &Db| {
            let select = "SELECT id, size FROM files WHERE preview = 'due'
                 ORDER BY attempts, created_at LIMIT 1";
            db.row(select, &[], |row| {
                Ok(DuePreview { file: row.get("id")?, size: row.get("size")? })
            })
        };
        // Most of the time there is none, and nothing is written.
        while let Some(due) = self.read(find).await? {
            let is_tried = self.write(move |db| {
                let counted = db.execute(
                    "UPDATE files SET attempts = attempts + 1
                     WHERE id = $1 AND preview = 'due' AND attempts < $2",
                    values![due.file, MAX_ATTEMPTS],
                )?;
                if counted == 0 {
                    set_preview(db, due.file, false)?;
                }
                Ok(counted > 0)
            });
            if is_tried.await? {
                return Ok(Some(due));
            }
        }
        Ok(None)
    }

    /// Notes that a preview could not be tried, for reasons that are not its own.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn preview_delayed(&self, file: FileId) -> Result<()> {
        self.write(move |db| {
            db.execute("UPDATE files SET attempts = attempts - 1 WHERE id = $1", values![file])?;
            Ok(())
        })
        .await
    }

    /// Notes that a preview is made, or that it cannot be. Returns whether the file is there still.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn preview_ended(&self, file: FileId, is_made: bool) -> Result<bool> {
        self.write(move |db| set_preview(db, file, is_made)).await
    }
}

fn set_preview(db: &Db, file: FileId, is_made: bool) -> Result<bool> {
    let state = if is_made { "made" } else { "failed" };
    let set = db.execute(
        "UPDATE files SET preview = $1 WHERE id = $2 AND preview IS NOT NULL",
        values![state, file],
    )?;
    Ok(set > 0)
}
