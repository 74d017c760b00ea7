//! `banter reindex`: builds the index of search anew.

use std::{
    thread::sleep,
    time::{Duration, Instant},
};

use server::{
    config::DataArgs,
    store::{self, Reindexed},
};

use super::output::{Progress, name, print};

/// The time between two looks at how far the server is.
const INTERVAL: Duration = Duration::from_millis(500);
/// How long nothing changes where no server runs.
const PATIENCE: Duration = Duration::from_secs(12);
/// So few messages wait in each index: they are searched one by one.
const FEW: u64 = 512;

/// Notes all messages for the index, and waits while a running server builds it.
///
/// # Errors
/// Fails if the database cannot be used.
pub(crate) fn run(data: &DataArgs) -> Result<(), String> {
    let location = data.location().map_err(|failure| failure.to_string())?;
    let mut progress = Progress::new();
    let (mut least, mut changed_at) = (u64::MAX, Instant::now());
    store::reindex(&location, |reindexed| match reindexed {
        Reindexed::Noted(noted, all) => {
            progress.show(&format!("Noted {noted} of {all} messages and changes"));
            true
        }
        Reindexed::Waiting(waiting) => {
            if waiting < least {
                (least, changed_at) = (waiting, Instant::now());
            }
            progress.show(&format!("{waiting} messages wait for the index"));
            if waiting >= FEW && changed_at.elapsed() < PATIENCE {
                sleep(INTERVAL);
                return true;
            }
            false
        }
    })
    .map_err(|error| format!("reindex {}: {}", name(&location), error.cause()))?;
    progress.end();
    print(if least < FEW {
        "The index is new.\n"
    } else {
        "All messages are noted. No server seems to run: the next one builds the index.\n"
    })
}
