//! Receives a file in one request.

use std::time::Duration;

use bytes::Bytes;
use futures_util::Stream;
use protocol::{File, FileId, UserId};
use uuid::Uuid;

use super::{
    FileService,
    inspect::inspect,
    name::FileLabel,
    renewal::{in_future, while_renewed},
    spool::{Spool, too_large},
    storage::{Key, StorageError},
};
use crate::{
    error::Error,
    store::{NewUpload, SessionUser},
};

/// The longest time that a request takes. A copy that a killed process left incomplete is removed
/// after it.
pub const MAX_DURATION: Duration = Duration::from_secs(2 * 60 * 60);

/// The time until an upload of a killed process expires, and its space is free again.
const LIFETIME: Duration = Duration::from_secs(2 * 60);
/// The time after which a request that is still at work renews its upload.
const RENEWAL: Duration = Duration::from_secs(30);
// Two renewals can fail before the upload expires.
const _: () = assert!(3 * RENEWAL.as_secs() < LIFETIME.as_secs());

/// The bytes that are first reserved for a body of unknown length. Each time it is twice as many.
const FIRST_RESERVED: u64 = 64 << 10;
/// The most bytes that are reserved at once.
const MOST_RESERVED: u64 = 8 << 20;

impl FileService {
    /// Receives a file of the user in one piece. `length` is the number of its bytes, if it is
    /// known.
    ///
    /// # Errors
    /// Returns [`Error::TooLarge`], [`Error::StorageFull`] if there is no space for it,
    /// [`Error::Http`] with 400 if it is incomplete, [`Error::Unsupported`] if it has metadata that
    /// cannot be removed, and [`Error::Limited`] if the user sends too many.
    pub async fn receive<S, E>(
        &self,
        session: &SessionUser,
        label: FileLabel,
        length: Option<u64>,
        mut body: S,
    ) -> Result<File, Error>
    where
        S: Stream<Item = Result<Bytes, E>> + Unpin,
    {
        self.check_size(length.unwrap_or_default())?;
        self.limits.new_file(session.user.id).await?;
        let _permit = self.limits.upload(session.user.id)?;
        let new = self.new_upload(label, length, LIFETIME);
        let (upload, file) = (new.id, new.file);
        self.store.begin_upload(session, new, self.settings.storage).await?;
        let received = async {
            let mut spool = Spool::new(self.storage.temporary().await.map_err(StorageError::from)?);
            if length.is_none() && self.settings.storage.is_limited() {
                let upload = (session.user.id, upload);
                self.receive_reserved(&mut spool, &mut body, upload).await?;
            } else {
                self.receive_into(&mut spool, &mut body, u64::MAX).await?;
            }
            self.complete(session, (upload, file), spool, false).await
        };
        let renew = || self.store.renew_upload(upload, in_future(LIFETIME));
        match while_renewed(in_time(received), RENEWAL, renew).await {
            Ok(file) => Ok(file),
            Err(error) => {
                // If this fails, the upload expires.
                let _ = self.store.give_up_upload(upload, file).await;
                Err(error)
            }
        }
    }

    /// Receives a body until it has ended, or until there are `enough` bytes. Returns whether it
    /// has ended.
    async fn receive_into<S, E>(
        &self,
        spool: &mut Spool,
        body: &mut S,
        enough: u64,
    ) -> Result<bool, Error>
    where
        S: Stream<Item = Result<Bytes, E>> + Unpin,
    {
        let max = self.settings.max_file;
        let received = spool.receive(body, (enough, max), &self.shutdown).await;
        received.map_err(|ended| ended.into_error(max))
    }

    /// Receives a body of unknown length, and reserves space for it step by step: what has arrived
    /// is always counted in the limits of storage.
    async fn receive_reserved<S, E>(
        &self,
        spool: &mut Spool,
        body: &mut S,
        upload: (UserId, Uuid),
    ) -> Result<(), Error>
    where
        S: Stream<Item = Result<Bytes, E>> + Unpin,
    {
        let mut step = FIRST_RESERVED;
        loop {
            self.check_size(spool.size)?;
            let most = (spool.size + step).min(self.settings.max_file);
            step = (2 * step).min(MOST_RESERVED);
            let limits = self.settings.storage;
            let reserved = self.store.reserve(upload, spool.size, most, limits).await?;
            if self.receive_into(spool, body, reserved + 1).await? {
                return Ok(());
            }
        }
    }

    /// Fails if a file of so many bytes never fits.
    pub(super) fn check_size(&self, bytes: u64) -> Result<(), Error> {
        if bytes > self.settings.max_file {
            return Err(too_large(self.settings.max_file));
        }
        match self.settings.storage.per_user {
            Some(max) if bytes > max => Err(Error::TooLarge(format!(
                "The file is larger than all files of a user together may be: {max} bytes. Send a \
                 smaller one, or ask whoever runs this server for more space."
            ))),
            _ => Ok(()),
        }
    }

    /// Describes a new upload.
    pub(super) fn new_upload(
        &self,
        label: FileLabel,
        length: Option<u64>,
        lifetime: Duration,
    ) -> NewUpload {
        NewUpload {
            id: Uuid::now_v7(),
            file: FileId(Uuid::now_v7()),
            name: label.name,
            description: label.description,
            length,
            expires_at: in_future(lifetime),
        }
    }

    /// Stores a file that is complete.
    pub(super) async fn complete(
        &self,
        session: &SessionUser,
        (upload, file): (Uuid, FileId),
        spool: Spool,
        is_resumable: bool,
    ) -> Result<File, Error> {
        let spooled = spool.file.into_std().await;
        // Not closed as long as the service is there.
        let place = self.images.acquire().await.map_err(|error| Error::Internal(error.into()))?;
        let (temporary, removes) = (self.storage.clone(), self.settings.remove_metadata);
        let inspected = tokio::task::spawn_blocking(move || inspect(spooled, removes, &temporary));
        let inspected = inspected.await.map_err(|error| Error::Internal(error.into()))?;
        let (spooled, found) = inspected?;
        drop(place);
        self.storage.put(Key::File(file), tokio::fs::File::from_std(spooled)).await?;
        let (limits, has_preview) = (self.settings.storage, found.has_preview);
        let file = self.store.finish_upload(session, upload, found, limits, is_resumable).await?;
        if has_preview {
            self.previews_due.notify_one();
        }
        Ok(file)
    }
}

/// Ends a request that takes too long.
pub(super) async fn in_time<T>(work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let done = tokio::time::timeout(MAX_DURATION, work).await;
    done.unwrap_or_else(|_| Err(Error::Http(408, "The file took too long.".to_owned())))
}
