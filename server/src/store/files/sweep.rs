//! Files and uploads whose time is over.

use std::sync::Arc;

use protocol::{FileId, limits::UPLOAD_LIFETIME};
use tokio::sync::Notify;

use super::{
    super::{
        OnCommit, Result, Store, now,
        sql::{Db, Row, Value, values},
    },
    claims::{note_removed, remove_file},
    uploads::{Upload, read_upload, upload_by},
};

/// The most rows that one step handles.
const STEP: u64 = 500;

/// An upload whose parts are to be removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpiredUpload {
    /// The upload.
    pub upload: Upload,
    /// True if it is over. Otherwise it is complete, and only its parts are.
    pub is_over: bool,
}

impl Store {
    /// Returns what is notified when there may be bytes of files or uploads to remove.
    #[must_use]
    pub fn bytes_due(&self) -> &Notify {
        &self.bytes_due
    }

    /// Returns a callback that wakes those who remove bytes, if it `wakes`.
    pub(in crate::store) fn removing<T: 'static>(
        &self,
        wakes: bool,
        on_commit: impl OnCommit<T>,
    ) -> impl OnCommit<T> {
        let due = wakes.then(|| Arc::clone(&self.bytes_due));
        move |outcome| {
            on_commit(outcome);
            if let Some(due) = due {
                due.notify_one();
            }
        }
    }

    /// Removes the files that no message took in time. Their bytes are removed later.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn expire_files(&self) -> Result<()> {
        let lifetime = i64::try_from(UPLOAD_LIFETIME.as_millis()).unwrap_or(i64::MAX);
        let until = now().as_millis() - lifetime;
        let find = move |db: &Db| {
            let select = "SELECT id FROM files
                 WHERE message_id IS NULL AND job_id IS NULL AND created_at < $1
                 ORDER BY created_at LIMIT $2";
            db.rows(select, values![until, STEP], |row| row.get::<FileId>("id"))
        };
        // Most of the time there are none, and nothing is written.
        if self.read(find).await?.is_empty() {
            return Ok(());
        }
        self.write(move |db| find(db)?.into_iter().try_for_each(|id| remove_file(db, id))).await
    }

    /// Returns files whose bytes are to be removed.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn removed_files(&self) -> Result<Vec<FileId>> {
        self.read(|db| {
            let select = "SELECT id FROM removed_files ORDER BY id LIMIT $1";
            db.rows(select, values![STEP], |row| row.get("id"))
        })
        .await
    }

    /// Notes that the bytes of files are removed.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn bytes_removed(&self, files: Vec<FileId>) -> Result<()> {
        self.write(move |db| {
            let ids: Vec<_> = files.into_iter().map(Value::from).collect();
            db.execute_among(("DELETE FROM removed_files WHERE id", ""), &[], &ids).map(drop)
        })
        .await
    }

    /// Returns uploads whose parts are to be removed.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn expired_uploads(&self) -> Result<Vec<ExpiredUpload>> {
        let now = now();
        self.read(move |db| {
            let select = concat!(
                upload_by!(),
                "(expires_at <= $1 OR (finished = 1 AND parts > 0)) AND locked_until <= $1
                 ORDER BY expires_at LIMIT $2"
            );
            db.rows(select, values![now, STEP], |row: &Row<'_>| {
                let upload = read_upload(row)?;
                let is_over = upload.expires_at <= now;
                Ok(ExpiredUpload { upload, is_over })
            })
        })
        .await
    }

    /// Forgets an upload that is over, and whose parts are removed.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn forget_upload(&self, upload: Upload) -> Result<()> {
        self.write(move |db| {
            let gone = db.execute(
                "DELETE FROM uploads WHERE id = $1 AND expires_at <= $2",
                values![upload.id, now()],
            )?;
            if gone > 0 && !upload.finished { note_removed(db, upload.file) } else { Ok(()) }
        })
        .await
    }
}
