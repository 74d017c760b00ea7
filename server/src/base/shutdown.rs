//! The shutdown signal: accept no new sockets, close the open ones over the drain time, commit what
//! was acknowledged, and exit with status 0.

use std::time::Duration;

use tokio_util::sync::{CancellationToken, WaitForCancellationFuture};

use super::random::jitter;

/// Tells all parts of the server that it shuts down. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Shutdown(CancellationToken);

impl Shutdown {
    /// Starts the drain.
    pub fn begin(&self) {
        self.0.cancel();
    }

    /// Returns whether the server is draining.
    #[must_use]
    pub fn is_draining(&self) -> bool {
        self.0.is_cancelled()
    }

    /// Returns a token that is cancelled when the drain starts.
    #[must_use]
    pub fn draining(&self) -> CancellationToken {
        self.0.clone()
    }

    /// Waits until the drain starts.
    pub fn begun(&self) -> WaitForCancellationFuture<'_> {
        self.0.cancelled()
    }

    /// Returns how long one connection stays open after the start of a drain. The delays spread the
    /// reconnects of all clients over most of the drain time.
    #[must_use]
    pub fn delay(&self, drain: Duration) -> Duration {
        drain.mul_f32(0.8 * jitter())
    }
}

/// Catches SIGTERM and Ctrl+C from its creation on.
#[derive(Debug)]
pub struct Signals {
    #[cfg(unix)]
    caught: [tokio::signal::unix::Signal; 2],
}

impl Signals {
    /// Starts to catch the signals.
    ///
    /// # Errors
    /// Fails if the system accepts no signal handler.
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

    /// Waits for the first signal.
    ///
    /// # Errors
    /// Fails if the system accepts no signal handler.
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
