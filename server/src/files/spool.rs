//! Receives the bytes of a file on the disk of this node.

use std::{io, time::Duration};

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use tokio::{fs::File, io::AsyncWriteExt as _, time::Instant};

use super::storage::StorageError;
use crate::{base::shutdown::Shutdown, error::Error};

/// The longest time without a byte.
const MAX_SILENCE: Duration = Duration::from_secs(30);

/// A file that is being received.
#[derive(Debug)]
pub(super) struct Spool {
    pub(super) file: File,
    pub(super) size: u64,
    /// The time after which it is enough, if there are some bytes.
    until: Option<Instant>,
}

/// Why receiving ended before the end of the body.
#[derive(Debug)]
pub(super) enum Ended {
    /// There are more bytes than allowed.
    TooLarge,
    /// The connection broke, or nothing came for too long.
    Incomplete,
    /// The server is draining.
    Draining,
    /// The bytes cannot be stored.
    Storage(StorageError),
}

impl From<io::Error> for Ended {
    fn from(error: io::Error) -> Self {
        Self::Storage(error.into())
    }
}

impl Ended {
    /// Returns the error for a body that may have at most `max` bytes.
    pub(super) fn into_error(self, max: u64) -> Error {
        match self {
            Self::TooLarge => too_large(max),
            Self::Incomplete => Error::Http(400, "The file is incomplete.".to_owned()),
            Self::Draining => Error::Unavailable("The server is restarting."),
            Self::Storage(error) => error.into(),
        }
    }
}

/// Returns the error of a file with more bytes than allowed.
pub(super) fn too_large(max: u64) -> Error {
    Error::TooLarge(format!("The file has more than {max} bytes."))
}

impl Spool {
    pub(super) fn new(file: File) -> Self {
        Self { file, size: 0, until: None }
    }

    /// Makes receiving end after a time, as soon as there are some bytes.
    pub(super) fn for_at_most(self, time: Duration) -> Self {
        Self { until: Some(Instant::now() + time), ..self }
    }

    /// Appends bytes of a body until it has ended, or until there are `enough` in the file, or
    /// until its time is over. Returns whether it has ended. What came before an error is kept.
    pub(super) async fn receive<S, E>(
        &mut self,
        body: &mut S,
        (enough, max): (u64, u64),
        shutdown: &Shutdown,
    ) -> Result<bool, Ended>
    where
        S: Stream<Item = Result<Bytes, E>> + Unpin,
    {
        let received = self.receive_some(body, (enough, max), shutdown).await;
        self.file.flush().await?;
        received
    }

    async fn receive_some<S, E>(
        &mut self,
        body: &mut S,
        (enough, max): (u64, u64),
        shutdown: &Shutdown,
    ) -> Result<bool, Ended>
    where
        S: Stream<Item = Result<Bytes, E>> + Unpin,
    {
        let is_over = |size: u64, until: Option<Instant>| {
            size > 0 && until.is_some_and(|until| until <= Instant::now())
        };
        while self.size < enough && !is_over(self.size, self.until) {
            let next = tokio::select! {
                biased;
                () = shutdown.begun() => return Err(Ended::Draining),
                next = tokio::time::timeout(MAX_SILENCE, body.next()) => next,
            };
            let bytes = match next {
                Ok(Some(Ok(bytes))) => bytes,
                Ok(None) => return Ok(true),
                Ok(Some(Err(_))) | Err(_) => return Err(Ended::Incomplete),
            };
            if self.size + bytes.len() as u64 > max {
                return Err(Ended::TooLarge);
            }
            self.file.write_all(&bytes).await?;
            self.size += bytes.len() as u64;
        }
        Ok(false)
    }
}
