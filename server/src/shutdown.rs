//! From SIGTERM to the end: no new sockets, open ones closed bit by bit, what was acknowledged on disk, status 0.

use std::time::Duration;

use tokio_util::sync::{CancellationToken, WaitForCancellationFuture};

/// Tells everybody that the server is going to end. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Shutdown(CancellationToken);

impl Shutdown {
    /// Begins to drain.
    pub fn begin(&self) {
        self.0.cancel();
    }

    /// Whether the server is draining.
    #[must_use]
    pub fn is_draining(&self) -> bool {
        self.0.is_cancelled()
    }

    /// Something to wait on until the server drains.
    #[must_use]
    pub fn draining(&self) -> CancellationToken {
        self.0.clone()
    }

    /// Waits until the server drains.
    pub fn begun(&self) -> WaitForCancellationFuture<'_> {
        self.0.cancelled()
    }
}

/// How long one socket waits after the drain has begun, so that not all clients come back at once.
#[must_use]
pub fn drain_delay(drain: Duration) -> Duration {
    let mut random = [0; 2];
    // Without random bytes all go at once, which is only less polite.
    let _ = getrandom::fill(&mut random);
    drain.mul_f32(0.8 * f32::from(u16::from_le_bytes(random)) / f32::from(u16::MAX))
}

/// SIGTERM and Ctrl+C, caught from the moment that this is made.
#[derive(Debug)]
pub struct Signals {
    #[cfg(unix)]
    caught: [tokio::signal::unix::Signal; 2],
}

impl Signals {
    /// Catches them from now on.
    ///
    /// # Errors
    /// The system takes no signal handler.
    pub fn catch() -> std::io::Result<Self> {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            Ok(Self {
                caught: [signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?],
            })
        }
        #[cfg(not(unix))]
        Ok(Self {})
    }

    /// Waits for the first.
    ///
    /// # Errors
    /// The system takes no signal handler.
    pub async fn received(&mut self) -> std::io::Result<()> {
        #[cfg(unix)]
        {
            let [terminate, interrupt] = &mut self.caught;
            tokio::select! {
                _ = terminate.recv() => Ok(()),
                _ = interrupt.recv() => Ok(()),
            }
        }
        #[cfg(not(unix))]
        tokio::signal::ctrl_c().await
    }
}
