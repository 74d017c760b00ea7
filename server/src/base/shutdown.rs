//! The shutdown signal: accept no new sockets, close the open ones over the drain time, commit what
//! was acknowledged, and exit with status 0.

use std::time::Duration;

use tokio_util::sync::{CancellationToken, WaitForCancellationFuture};

use super::random::jitter;

/// The signal of a write beyond the limit of file sizes (`ulimit -f`).
#[cfg(target_os = "linux")]
const SIGXFSZ: i32 = 25;

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

/// Catches SIGTERM, SIGHUP and Ctrl+C from its creation on.
///
/// SIGHUP means that the terminal was closed. A process that was told to ignore it, as by `nohup`,
/// keeps running.
#[derive(Debug)]
pub struct Signals {
    #[cfg(unix)]
    caught: [tokio::signal::unix::Signal; 2],
    #[cfg(unix)]
    hang_up: Option<tokio::signal::unix::Signal>,
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
            // A write beyond the limit of file sizes fails then, instead of ending the process.
            #[cfg(target_os = "linux")]
            drop(signal(SignalKind::from_raw(SIGXFSZ))?);
            let hang_up =
                if ignores_hang_up() { None } else { Some(signal(SignalKind::hangup())?) };
            Ok(Self {
                caught: [signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?],
                hang_up,
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
            let Self { caught: [terminate, interrupt], hang_up } = self;
            let hung_up = async {
                match hang_up {
                    Some(signal) => signal.recv().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                _ = terminate.recv() => Ok(()),
                _ = interrupt.recv() => Ok(()),
                _ = hung_up => Ok(()),
            }
        }
        #[cfg(not(unix))]
        tokio::signal::ctrl_c().await
    }
}

/// Returns whether the parent of this process told it to ignore SIGHUP. Only Linux says so.
#[cfg(unix)]
fn ignores_hang_up() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    // The lowest bit is signal 1, SIGHUP.
    ignored.is_some_and(|mask| mask & 1 == 1)
}
