//! Uploads that go on after an interruption (tus 1.0).
//!
//! What arrives is stored in parts, so that any node can go on, and little is lost if a process is
//! killed. When all is there, the parts are put together.

use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use protocol::{File, FileId, Timestamp, UserId, limits::UPLOAD_LIFETIME};
use uuid::Uuid;

use super::{
    FileService,
    name::FileLabel,
    receive::in_time,
    renewal::{in_future, while_renewed},
    spool::{Ended, Pace, Spool, too_large},
    storage::{Key, StorageError},
};
use crate::{
    error::{Error, LOCKED},
    store::{LockOutcome, SessionUser, Upload, UploadLock},
};

/// The bytes after which a part is stored.
const PART_BYTES: u64 = 8 << 20;
/// The time after which a part is stored, if fewer bytes have arrived.
const PART_TIME: Duration = Duration::from_secs(20);
/// The most parts of an upload.
const MAX_PARTS: u64 = 10_000;
/// The time until the lock of a killed process ends.
const LOCK_TIME: Duration = Duration::from_secs(31);
/// The time after which a request that is still at work renews its lock.
const RENEWAL: Duration = Duration::from_secs(10);
// Two renewals can fail before the lock ends.
const _: () = assert!(3 * RENEWAL.as_secs() < LOCK_TIME.as_secs());

/// The state of an upload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadState {
    /// The upload.
    pub id: Uuid,
    /// The number of bytes of the file.
    pub length: u64,
    /// The number of bytes that have arrived.
    pub offset: u64,
    /// The time at which it expires.
    pub expires_at: Timestamp,
    /// The file, once all bytes have arrived.
    pub file: Option<FileId>,
}

impl From<Upload> for UploadState {
    fn from(upload: Upload) -> Self {
        Self {
            id: upload.id,
            length: upload.length,
            offset: upload.received,
            expires_at: upload.expires_at,
            file: upload.finished.then_some(upload.file),
        }
    }
}

impl FileService {
    /// Returns the most bytes of a file.
    #[must_use]
    pub fn max_file(&self) -> u64 {
        self.settings.max_file
    }

    /// Begins an upload. An empty file is there at once.
    ///
    /// # Errors
    /// Returns [`Error::TooLarge`], [`Error::StorageFull`] if there is no space for it, and
    /// [`Error::Limited`] if the user sends too many.
    pub async fn begin_upload(
        &self,
        session: &SessionUser,
        label: FileLabel,
        length: u64,
    ) -> Result<UploadState, Error> {
        self.check_size(length)?;
        self.limits.new_file(session.user.id).await?;
        let new = self.new_upload(label, Some(length), UPLOAD_LIFETIME);
        let (id, expires_at) = (new.id, new.expires_at);
        self.store.begin_upload(session, new, self.settings.storage).await?;
        let begun = UploadState { id, length, offset: 0, expires_at, file: None };
        if length > 0 { Ok(begun) } else { self.upload(session, id).await }
    }

    /// Returns the state of an upload of the user. Completes one of which all bytes are there.
    ///
    /// # Errors
    /// Returns [`Error::NotFound`] if the user has no such upload.
    pub async fn upload(&self, session: &SessionUser, id: Uuid) -> Result<UploadState, Error> {
        let upload = self.store.upload(session.user.id, id).await?;
        if upload.finished || upload.received < upload.length {
            return Ok(upload.into());
        }
        let nothing = futures_util::stream::empty::<Result<Bytes, std::io::Error>>();
        self.append(session, id, upload.received, nothing).await
    }

    /// Appends bytes to an upload of the user. Returns its state after it.
    ///
    /// # Errors
    /// Returns [`Error::NotFound`] if the user has no such upload, and [`Error::Http`] with 409 if
    /// it is at another offset, with 423 if another request appends to it, and with 400 if the body
    /// is incomplete, and [`Error::TooLarge`] if there are more bytes than announced. What arrived
    /// before an interruption is kept.
    pub async fn append<S>(
        &self,
        session: &SessionUser,
        id: Uuid,
        offset: u64,
        body: S,
    ) -> Result<UploadState, Error>
    where
        S: Stream<Item = Result<Bytes, std::io::Error>> + Unpin,
    {
        self.limits.file_part(session.user.id).await?;
        let _permit = self.limits.upload(session.user.id)?;
        let holder = Uuid::new_v4();
        let locked = self.store.lock_upload(session.user.id, lock(id, holder), offset).await?;
        let mut upload = match locked {
            LockOutcome::Locked(upload) => upload,
            LockOutcome::Busy => {
                let detail = "Another request sends bytes of this file.";
                return Err(Error::Http(LOCKED, detail.to_owned()));
            }
            LockOutcome::WrongOffset(expected) => {
                let detail = format!("The next byte must be that at {expected}.");
                return Err(Error::Http(409, detail));
            }
        };
        let work = in_time(self.append_locked(session, &mut upload, holder, body));
        let renew = || self.store.renew_upload_lock(lock(id, holder));
        let appended = while_renewed(work, RENEWAL, renew).await;
        // If this fails, the lock ends by itself.
        let _ = self.store.unlock_upload(lock(id, holder)).await;
        if let Err(Error::Unsupported(_)) = &appended {
            self.store.give_up_upload(id, upload.file).await?;
        }
        appended.map(|()| upload.into())
    }

    async fn append_locked<S>(
        &self,
        session: &SessionUser,
        upload: &mut Upload,
        holder: Uuid,
        mut body: S,
    ) -> Result<(), Error>
    where
        S: Stream<Item = Result<Bytes, std::io::Error>> + Unpin,
    {
        let (mut has_ended, mut pace) = (false, Pace::default());
        while !has_ended && !upload.finished {
            let left = upload.length - upload.received;
            let file = self.storage.temporary().await.map_err(StorageError::from)?;
            let mut spool = Spool::new(file).for_at_most(PART_TIME).after(pace);
            let received = spool.receive(&mut body, (PART_BYTES, left), &self.shutdown).await;
            if let Err(Ended::TooLarge) = received {
                return Err(too_large(upload.length));
            }
            pace = spool.pace;
            self.store_part(upload, holder, spool).await?;
            match received {
                Ok(ended) => has_ended = ended,
                Err(ended) => return Err(ended.into_error(upload.length)),
            }
        }
        if upload.received == upload.length && !upload.finished {
            self.put_together(session, upload).await?;
            upload.finished = true;
        }
        Ok(())
    }

    /// Stores what has arrived, and notes that it has.
    async fn store_part(
        &self,
        upload: &mut Upload,
        holder: Uuid,
        spool: Spool,
    ) -> Result<(), Error> {
        if spool.size > 0 {
            if upload.parts >= MAX_PARTS {
                return Err(Error::TooLarge("The file has too many parts.".to_owned()));
            }
            self.storage.put(Key::Part(upload.id, upload.parts), spool.file).await?;
        }
        self.store.append_part(lock(upload.id, holder), spool.size).await?;
        upload.received += spool.size;
        upload.parts += u64::from(spool.size > 0);
        Ok(())
    }

    /// Makes a file of the parts of an upload.
    async fn put_together(&self, session: &SessionUser, upload: &Upload) -> Result<File, Error> {
        let mut spool = Spool::new(self.storage.temporary().await.map_err(StorageError::from)?);
        for number in 0..upload.parts {
            let part = self.storage.read_all(Key::Part(upload.id, number)).await?;
            let mut part = part.boxed();
            let most = (u64::MAX, upload.length);
            let received = spool.receive(&mut part, most, &self.shutdown).await;
            received.map_err(|ended| ended.into_error(upload.length))?;
        }
        if spool.size != upload.length {
            return Err(Error::Internal("the parts of an upload are incomplete".into()));
        }
        let file = self.complete(session, (upload.id, upload.file), spool, true).await?;
        // If this fails, a sweep does it.
        if self.remove_parts(upload).await.is_ok() {
            let _ = self.store.parts_removed(upload.id).await;
        }
        Ok(file)
    }

    /// Ends an upload of the user. Its file is removed, unless a message has it.
    ///
    /// # Errors
    /// Returns [`Error::NotFound`] if the user has no such upload.
    pub async fn end_upload(&self, user: UserId, id: Uuid) -> Result<(), Error> {
        Ok(self.store.terminate_upload(user, id).await?)
    }
}

/// Returns a lock from now on.
fn lock(upload: Uuid, holder: Uuid) -> UploadLock {
    UploadLock { upload, holder, until: in_future(LOCK_TIME) }
}
