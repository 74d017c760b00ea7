//! Locks on uploads: one request appends to an upload at a time.

use protocol::{Timestamp, UserId};
use uuid::Uuid;

use super::{
    super::{
        Result, Store, StoreError, now,
        sql::{Db, values},
    },
    uploads::{Upload, find_upload},
};

/// A lock on an upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UploadLock {
    /// The upload.
    pub upload: Uuid,
    /// The request that holds it.
    pub holder: Uuid,
    /// The time at which it ends if it is not renewed.
    pub until: Timestamp,
}

/// The outcome of locking an upload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LockOutcome {
    /// The request holds the lock.
    Locked(Upload),
    /// Another request holds it.
    Busy,
    /// Another offset was expected.
    WrongOffset(u64),
}

impl Store {
    /// Locks an upload of the user, so that one request appends to it.
    ///
    /// # Errors
    /// Returns [`StoreError::NotFound`] if the user has no such upload.
    pub async fn lock_upload(
        &self,
        user: UserId,
        lock: UploadLock,
        offset: u64,
    ) -> Result<LockOutcome> {
        self.write(move |db| {
            let upload = find_upload(db, user, lock.upload)?;
            let locked = db.execute(
                "UPDATE uploads SET holder = $1, locked_until = $2
                 WHERE id = $3 AND locked_until <= $4",
                values![lock.holder, lock.until, lock.upload, now()],
            )?;
            if locked == 0 {
                return Ok(LockOutcome::Busy);
            }
            if upload.received != offset {
                unlock(db, lock)?;
                return Ok(LockOutcome::WrongOffset(upload.received));
            }
            Ok(LockOutcome::Locked(upload))
        })
        .await
    }

    /// Renews a lock, unless the upload is finished.
    ///
    /// # Errors
    /// Returns [`StoreError::NotFound`] if it was lost.
    pub async fn renew_upload_lock(&self, lock: UploadLock) -> Result<()> {
        self.write(move |db| {
            // That of a finished upload has no holder, while its parts are still removed.
            let renewed = db.execute(
                "UPDATE uploads SET locked_until = $1
                 WHERE id = $2 AND (holder = $3 OR finished = 1)",
                values![lock.until, lock.upload, lock.holder],
            )?;
            if renewed == 0 { Err(StoreError::NotFound("upload")) } else { Ok(()) }
        })
        .await
    }

    /// Ends a lock. What is stored of an upload that was given up meanwhile can be removed then.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn unlock_upload(&self, lock: UploadLock) -> Result<()> {
        let given_up = self.write(move |db| {
            unlock(db, lock)?;
            db.execute(
                "UPDATE uploads SET length = 0, locked_until = 0 WHERE id = $1 AND expires_at = 0",
                values![lock.upload],
            )
        });
        if given_up.await? > 0 {
            self.bytes_due.notify_one();
        }
        Ok(())
    }
}

fn unlock(db: &Db, lock: UploadLock) -> Result<()> {
    db.execute(
        "UPDATE uploads SET holder = NULL, locked_until = 0 WHERE id = $1 AND holder = $2",
        values![lock.upload, lock.holder],
    )?;
    Ok(())
}
