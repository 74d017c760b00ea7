//! Receives the bytes of a file on the disk of this node.

use std::{io, time::Duration};

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use tokio::{fs::File, io::AsyncWriteExt as _, time::Instant};

use super::storage::StorageError;
use crate::{base::shutdown::Shutdown, error::Error};

/// The longest time without a byte.
const MAX_SILENCE: Duration = Duration::from_secs(30);
/// The least speed of a body on average, in bytes per second.
const MIN_SPEED: u64 = 1024;
/// The time from which on a body has to have the least speed.
const SLOW_START: Duration = Duration::from_secs(60);

/// How fast a body arrives. The time in which its bytes are written does not count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Pace {
    waited: Duration,
    bytes: u64,
}

/// A file that is being received.
#[derive(Debug)]
pub(super) struct Spool {
    pub(super) file: File,
    pub(super) size: u64,
    pub(super) pace: Pace,
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
    /// The bytes come more slowly than allowed.
    TooSlow,
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
            Self::TooSlow => Error::Http(408, "The file arrives too slowly.".to_owned()),
            Self::Draining => Error::Unavailable("The server is restarting."),
            Self::Storage(error) => error.into(),
        }
    }
}

/// Returns the error of a file with more bytes than allowed.
pub(super) fn too_large(max: u64) -> Error {
    Error::TooLarge(format!("The file has more than {max} bytes."))
}

impl Pace {
    /// Counts bytes that came after a time of waiting.
    fn note(&mut self, waited: Duration, bytes: usize) -> Result<(), Ended> {
        self.waited += waited;
        self.bytes += bytes as u64;
        let least = self.waited.as_secs().saturating_mul(MIN_SPEED);
        if self.waited > SLOW_START && self.bytes < least { Err(Ended::TooSlow) } else { Ok(()) }
    }
}

impl Spool {
    pub(super) fn new(file: File) -> Self {
        Self { file, size: 0, pace: Pace::default(), until: None }
    }

    /// Makes receiving end after a time, as soon as there are some bytes.
    pub(super) fn for_at_most(self, time: Duration) -> Self {
        Self { until: Some(Instant::now() + time), ..self }
    }

    /// Goes on with a body of which other bytes came before.
    pub(super) fn after(self, pace: Pace) -> Self {
        Self { pace, ..self }
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
        let received = async {
            while self.size < enough && !self.is_over() {
                let started = Instant::now();
                let next = tokio::select! {
                    biased;
                    () = shutdown.begun() => return Err(Ended::Draining),
                    next = tokio::time::timeout(MAX_SILENCE, body.next()) => next,
                };
                let waited = started.elapsed();
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
                self.pace.note(waited, bytes.len())?;
            }
            Ok(false)
        }
        .await;
        self.file.flush().await?;
        received
    }

    fn is_over(&self) -> bool {
        self.size > 0 && self.until.is_some_and(|until| until <= Instant::now())
    }
}

#[cfg(test)]
mod tests {
    use futures_util::stream;

    use super::*;

    /// Receives bodies of so many bytes, each after a pause.
    async fn receive(parts: Vec<(u64, usize)>) -> (u64, Result<bool, Ended>) {
        let body = stream::iter(parts).then(async |(seconds, bytes)| {
            tokio::time::sleep(Duration::from_secs(seconds)).await;
            Ok::<_, io::Error>(Bytes::from(vec![7; bytes]))
        });
        let mut spool = Spool::new(File::from_std(tempfile::tempfile().unwrap()));
        let shutdown = Shutdown::default();
        let received = spool.receive(&mut Box::pin(body), (u64::MAX, u64::MAX), &shutdown).await;
        (spool.size, received)
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_has_a_least_speed_on_average() {
        let (size, dripped) = receive(vec![(20, 1); 10]).await;
        assert!(matches!(dripped, Err(Ended::TooSlow)), "{dripped:?}");
        assert_eq!(size, 4, "what came is kept; it ends after a minute");
        let (_, slow) = receive(vec![(10, 11 << 10); 30]).await;
        assert!(matches!(slow, Ok(true)), "{slow:?}");
        // A pause after many bytes is none of a slow body.
        let (_, paused) = receive([vec![(0, 1 << 20)], vec![(29, 1); 10]].concat()).await;
        assert!(matches!(paused, Ok(true)), "{paused:?}");
        let (_, silent) = receive(vec![(0, 1), (31, 1)]).await;
        assert!(matches!(silent, Err(Ended::Incomplete)), "{silent:?}");
    }
}
