//! The space that files and uploads may have, and how much of it they have.

use protocol::UserId;
use uuid::Uuid;

use super::{
    super::{
        Result, Store, StoreError, now,
        sql::{Db, values},
    },
    uploads::{Upload, read_upload, upload_by},
};

/// How many bytes files and unfinished uploads may have. `None`: no limit.
#[derive(Clone, Copy, Debug, Default)]
pub struct StorageLimits {
    /// Those of all users together.
    pub all: Option<u64>,
    /// Those of each user.
    pub per_user: Option<u64>,
}

impl StorageLimits {
    /// Returns whether there is any limit.
    #[must_use]
    pub fn is_limited(self) -> bool {
        self.all.is_some() || self.per_user.is_some()
    }
}

impl Store {
    /// Reserves space for an upload of unknown length, of which `received` bytes are there: as much
    /// of `length` as there is. Returns how many bytes are reserved for it now.
    ///
    /// # Errors
    /// Returns [`StoreError::NotFound`] if the user's upload has expired, and
    /// [`StoreError::StorageFull`] or [`StoreError::UserStorageFull`] if there is no space for what
    /// is there.
    pub async fn reserve(
        &self,
        (user, upload): (UserId, Uuid),
        received: u64,
        length: u64,
        limits: StorageLimits,
    ) -> Result<u64> {
        self.write(move |db| {
            let select = concat!(
                upload_by!(),
                "id = $1 AND user_id = $2 AND finished = 0 AND expires_at > $3"
            );
            let Upload { length: reserved, .. } = db
                .row(select, values![upload, user, now()], read_upload)?
                .ok_or(StoreError::NotFound("upload"))?;
            check_space(db, user, limits, received.saturating_sub(reserved))?;
            let left = space_left(db, user, limits)?;
            let reserved = length.min(reserved.saturating_add(left.all.min(left.user)));
            db.execute("UPDATE uploads SET length = $1 WHERE id = $2", values![reserved, upload])?;
            Ok(reserved)
        })
        .await
    }
}

/// How many more bytes files and uploads may have.
struct SpaceLeft {
    /// Those of all users together.
    all: u64,
    /// Those of one user.
    user: u64,
}

fn space_left(db: &Db, user: UserId, limits: StorageLimits) -> Result<SpaceLeft> {
    let StorageLimits { all, per_user } = limits;
    let all = all.map(|max| Ok::<_, StoreError>(max.saturating_sub(used_space(db)?)));
    let user = per_user.map(|max| Ok::<_, StoreError>(max.saturating_sub(used_by(db, user)?)));
    Ok(SpaceLeft {
        all: all.transpose()?.unwrap_or(u64::MAX),
        user: user.transpose()?.unwrap_or(u64::MAX),
    })
}

/// Fails if files and uploads may not have that many more bytes.
pub(super) fn check_space(db: &Db, user: UserId, limits: StorageLimits, bytes: u64) -> Result<()> {
    let left = space_left(db, user, limits)?;
    if bytes > left.user {
        return Err(StoreError::UserStorageFull);
    }
    if bytes > left.all { Err(StoreError::StorageFull) } else { Ok(()) }
}

/// Returns the bytes of the files and unfinished uploads of a user.
fn used_by(db: &Db, user: UserId) -> Result<u64> {
    db.one(
        "SELECT CAST((SELECT coalesce(sum(size), 0) FROM files WHERE user_id = $1)
             + (SELECT coalesce(sum(length), 0) FROM uploads WHERE user_id = $1 AND finished = 0)
             AS BIGINT) AS used",
        values![user],
        |row| row.get("used"),
    )
}

/// Returns the bytes of all files and unfinished uploads.
pub(in crate::store) fn used_space(db: &Db) -> Result<u64> {
    db.one(
        "SELECT CAST((SELECT coalesce(sum(size), 0) FROM files)
             + (SELECT coalesce(sum(length), 0) FROM uploads WHERE finished = 0) AS BIGINT)
             AS used",
        &[],
        |row| row.get("used"),
    )
}
