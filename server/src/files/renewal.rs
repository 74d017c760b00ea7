//! Renews what a request holds while it works, so that what a killed process held ends soon.

use std::time::Duration;

use protocol::Timestamp;

use crate::{base::clock::now, error::Error, store::StoreError};

/// Returns the time that is so far away.
pub(super) fn in_future(time: Duration) -> Timestamp {
    let millis = i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
    Timestamp::from_millis(now().as_millis().saturating_add(millis))
}

/// Does the work of a request, and renews what it holds once per `interval` meanwhile. Ends if that
/// was lost.
pub(super) async fn while_renewed<T, R>(
    work: impl Future<Output = Result<T, Error>>,
    interval: Duration,
    renew: impl Fn() -> R,
) -> Result<T, Error>
where
    R: Future<Output = Result<(), StoreError>>,
{
    let renewals = async {
        loop {
            tokio::time::sleep(interval).await;
            // What is not available now is tried again, before it ends.
            if let Err(StoreError::NotFound(what)) = renew().await {
                return Error::NotFound(what);
            }
        }
    };
    tokio::select! {
        biased;
        done = work => done,
        lost = renewals => Err(lost),
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    const INTERVAL: Duration = Duration::from_secs(10);

    #[tokio::test(start_paused = true)]
    async fn what_is_held_is_renewed_as_long_as_the_work_takes() {
        let renewed = Cell::new(0_u64);
        let renew = async || {
            renewed.set(renewed.get() + 1);
            let is_away = renewed.get().is_multiple_of(2);
            if is_away { Err(StoreError::Unavailable("away".to_owned())) } else { Ok(()) }
        };
        let work = async {
            tokio::time::sleep(Duration::from_secs(600)).await;
            Ok("done")
        };
        assert!(matches!(while_renewed(work, INTERVAL, renew).await, Ok("done")));
        assert_eq!(renewed.get(), 600 / INTERVAL.as_secs() - 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_that_lost_what_it_holds_ends() {
        let renew = async || Err(StoreError::NotFound("upload"));
        let work = std::future::pending::<Result<(), Error>>();
        let ended = while_renewed(work, INTERVAL, renew).await;
        assert!(matches!(ended, Err(Error::NotFound("upload"))));
    }
}
