//! Uploads that are under way.
//!
//! An upload names the file that it becomes, before any byte is stored. So whatever a killed
//! process leaves behind belongs to an upload that expires.

use protocol::{File, FileId, SessionId, Timestamp, UserId, limits::MAX_UNSENT_FILES};
use uuid::Uuid;

use super::{
    super::{
        Result, SessionUser, Store, StoreError,
        actor::check_actor,
        now,
        sessions::check_session,
        sql::{Db, Row, values},
    },
    claims::{note_removed, remove_unsent},
    file_url,
    locks::UploadLock,
    preview_url,
    space::{StorageLimits, check_space},
};

/// An upload to begin.
#[derive(Clone, Debug)]
pub struct NewUpload {
    /// Its id.
    pub id: Uuid,
    /// The file that it becomes.
    pub file: FileId,
    /// The name of the file.
    pub name: String,
    /// The description of the file.
    pub description: Option<String>,
    /// The number of bytes, if it is known.
    pub length: Option<u64>,
    /// The time at which it expires.
    pub expires_at: Timestamp,
}

/// An upload that is under way, or a resumable one that is complete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    /// Its id.
    pub id: Uuid,
    /// The file that it becomes.
    pub file: FileId,
    /// The name of the file.
    pub name: String,
    /// The description of the file.
    pub description: Option<String>,
    /// The number of bytes, or of those that are reserved if it is not known.
    pub length: u64,
    /// The number of bytes that are stored.
    pub received: u64,
    /// The number of parts that they are stored in.
    pub parts: u64,
    /// True if the file is there.
    pub finished: bool,
    /// The time at which it expires.
    pub expires_at: Timestamp,
}

/// What was found out about the bytes of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundFile {
    /// The media type.
    pub media_type: String,
    /// The number of bytes.
    pub size: u64,
    /// Width and height of an image, as it is shown.
    pub dimensions: Option<(u32, u32)>,
    /// True if there will be a preview.
    pub has_preview: bool,
}

/// Selects uploads for [`read_upload`]. A condition follows.
macro_rules! upload_by {
    () => {
        "SELECT id, file_id, name, description, length, received, parts, finished, expires_at
         FROM uploads WHERE "
    };
}
pub(super) use upload_by;

impl Store {
    /// Begins an upload of the user of a session.
    ///
    /// # Errors
    /// Returns [`StoreError::StorageFull`] or [`StoreError::UserStorageFull`] if there is no space
    /// for it, and [`StoreError::Forbidden`] if the user has too many files that no message has.
    pub async fn begin_upload(
        &self,
        session: &SessionUser,
        new: NewUpload,
        limits: StorageLimits,
    ) -> Result<()> {
        let (user, session) = (session.user.id, session.id);
        self.write(move |db| {
            check_sender(db, user, session)?;
            check_unsent(db, user)?;
            check_space(db, user, limits, new.length.unwrap_or_default())?;
            db.execute(
                "INSERT INTO uploads (id, user_id, file_id, name, description, length, received,
                     parts, finished, locked_until, expires_at)
                 VALUES ($1, $2, $3, $4, $5, $6, 0, 0, 0, 0, $7)",
                values![
                    new.id,
                    user,
                    new.file,
                    &new.name,
                    &new.description,
                    new.length,
                    new.expires_at,
                ],
            )?;
            Ok(())
        })
        .await
    }

    /// Turns a complete upload into a file that no message has. A resumable upload stays until it
    /// expires.
    ///
    /// # Errors
    /// Returns [`StoreError::NotFound`] if the upload has expired, and [`StoreError::StorageFull`]
    /// or [`StoreError::UserStorageFull`] if there is no space for more than what was reserved.
    pub async fn finish_upload(
        &self,
        session: &SessionUser,
        upload: Uuid,
        found: FoundFile,
        limits: StorageLimits,
        is_resumable: bool,
    ) -> Result<File> {
        let (user, session) = (session.user.id, session.id);
        self.write(move |db| {
            check_sender(db, user, session)?;
            let select = concat!(
                upload_by!(),
                "id = $1 AND user_id = $2 AND finished = 0 AND expires_at > $3"
            );
            let upload = db
                .row(select, values![upload, user, now()], read_upload)?
                .ok_or(StoreError::NotFound("upload"))?;
            // What is reserved for it is counted already.
            check_space(db, user, limits, found.size.saturating_sub(upload.length))?;
            let file = insert_file(db, user, &upload, &found)?;
            if is_resumable {
                db.execute(
                    "UPDATE uploads SET finished = 1, holder = NULL, locked_until = 0
                     WHERE id = $1",
                    values![upload.id],
                )?;
            } else {
                db.execute("DELETE FROM uploads WHERE id = $1", values![upload.id])?;
            }
            Ok(file)
        })
        .await
    }

    /// Lets an upload that is under way expire later.
    ///
    /// # Errors
    /// Returns [`StoreError::NotFound`] if it has expired.
    pub async fn renew_upload(&self, upload: Uuid, expires_at: Timestamp) -> Result<()> {
        self.write(move |db| {
            let renewed = db.execute(
                "UPDATE uploads SET expires_at = $1
                 WHERE id = $2 AND finished = 0 AND expires_at > $3",
                values![expires_at, upload, now()],
            )?;
            if renewed == 0 { Err(StoreError::NotFound("upload")) } else { Ok(()) }
        })
        .await
    }

    /// Gives an upload up. What is stored of it is removed, also if it had expired meanwhile.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn give_up_upload(&self, upload: Uuid, file: FileId) -> Result<()> {
        self.write(move |db| {
            give_up(db, upload)?;
            let select = "SELECT id FROM files WHERE id = $1";
            let is_there = db.row(select, values![file], |_| Ok(()))?.is_some();
            if is_there { Ok(()) } else { note_removed(db, file) }
        })
        .await?;
        self.bytes_due.notify_one();
        Ok(())
    }

    /// Ends an upload of the user. Its file is removed, unless a message has it.
    ///
    /// # Errors
    /// Returns [`StoreError::NotFound`] if the user has no such upload.
    pub async fn terminate_upload(&self, user: UserId, upload: Uuid) -> Result<()> {
        self.write(move |db| {
            let Upload { file, finished, .. } = find_upload(db, user, upload)?;
            if finished {
                remove_unsent(db, file)?;
            }
            give_up(db, upload)
        })
        .await?;
        self.bytes_due.notify_one();
        Ok(())
    }

    /// Returns an upload of the user.
    ///
    /// # Errors
    /// Returns [`StoreError::NotFound`] if the user has no such upload.
    pub async fn upload(&self, user: UserId, upload: Uuid) -> Result<Upload> {
        self.read(move |db| find_upload(db, user, upload)).await
    }

    /// Notes that a part is stored, and renews the lock.
    ///
    /// # Errors
    /// Returns [`StoreError::NotFound`] if the lock was lost.
    pub async fn append_part(&self, lock: UploadLock, bytes: u64) -> Result<()> {
        self.write(move |db| {
            let appended = db.execute(
                "UPDATE uploads SET received = received + $1, parts = parts + $2, locked_until = $3
                 WHERE id = $4 AND holder = $5 AND finished = 0",
                values![bytes, bytes > 0, lock.until, lock.upload, lock.holder],
            )?;
            if appended == 0 { Err(StoreError::NotFound("upload")) } else { Ok(()) }
        })
        .await
    }

    /// Notes that the parts of an upload are removed.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn parts_removed(&self, upload: Uuid) -> Result<()> {
        self.write(move |db| {
            db.execute(
                "UPDATE uploads SET parts = 0 WHERE id = $1 AND finished = 1",
                values![upload],
            )?;
            Ok(())
        })
        .await
    }
}

pub(super) fn check_sender(db: &Db, user: UserId, session: SessionId) -> Result<()> {
    check_session(db, session)?;
    check_actor(db, user).map(drop)
}

fn check_unsent(db: &Db, user: UserId) -> Result<()> {
    let unsent: u64 = db.one(
        "SELECT (SELECT count(*) FROM files
                 WHERE user_id = $1 AND message_id IS NULL AND job_id IS NULL)
             + (SELECT count(*) FROM uploads WHERE user_id = $1 AND finished = 0) AS unsent",
        values![user],
        |row| row.get("unsent"),
    )?;
    if unsent >= MAX_UNSENT_FILES {
        return Err(StoreError::Forbidden(
            "You have too many files that no message has. They are removed after a day.",
        ));
    }
    Ok(())
}

fn insert_file(db: &Db, user: UserId, upload: &Upload, found: &FoundFile) -> Result<File> {
    let FoundFile { media_type, size, dimensions, has_preview } = found;
    let (id, name, description) = (upload.file, &upload.name, &upload.description);
    let (width, height) =
        (dimensions.map(|(width, _)| width), dimensions.map(|(_, height)| height));
    let preview = has_preview.then_some("due");
    db.execute(
        "INSERT INTO files (id, user_id, position, name, description, media_type, size, width,
             height, preview, attempts, created_at)
         VALUES ($1, $2, 0, $3, $4, $5, $6, $7, $8, $9, 0, $10)",
        values![id, user, name, description, media_type, *size, width, height, preview, now()],
    )?;
    Ok(File {
        id,
        url: file_url(id, name),
        name: name.clone(),
        description: description.clone(),
        media_type: media_type.clone(),
        size: *size,
        width,
        height,
        preview: has_preview.then(|| preview_url(id)),
    })
}

pub(super) fn find_upload(db: &Db, user: UserId, upload: Uuid) -> Result<Upload> {
    let select = concat!(upload_by!(), "id = $1 AND user_id = $2 AND expires_at > $3");
    let found = db.row(select, values![upload, user, now()], read_upload)?;
    found.ok_or(StoreError::NotFound("upload"))
}

pub(super) fn read_upload(row: &Row<'_>) -> Result<Upload> {
    Ok(Upload {
        id: row.get("id")?,
        file: row.get("file_id")?,
        name: row.get("name")?,
        description: row.get("description")?,
        length: row.get::<Option<u64>>("length")?.unwrap_or_default(),
        received: row.get("received")?,
        parts: row.get("parts")?,
        finished: row.get("finished")?,
        expires_at: row.get("expires_at")?,
    })
}

/// Makes an upload expire. What is stored of it is removed later. It counts as long as a request
/// appends to it.
fn give_up(db: &Db, upload: Uuid) -> Result<()> {
    let select = concat!(upload_by!(), "id = $1");
    let Some(upload) = db.row(select, values![upload], read_upload)? else { return Ok(()) };
    if !upload.finished {
        note_removed(db, upload.file)?;
    }
    db.execute(
        "UPDATE uploads SET expires_at = 0, holder = NULL,
             length = CASE WHEN locked_until > $1 THEN length ELSE 0 END
         WHERE id = $2",
        values![now(), upload.id],
    )?;
    Ok(())
}
