//! `banter backup`: copies all data while the server runs.

use std::path::Path;

use server::{config::DataArgs, store::backup};

use super::output::{name, print};

/// Copies all data to the folder `to`, and prints what was copied.
///
/// # Errors
/// Fails if the data cannot be read or the folder cannot be written.
pub(crate) fn run(from: &DataArgs, to: &Path) -> Result<(), String> {
    let location = from.location().map_err(|failure| failure.to_string())?;
    let (from, folder) = (name(&location), to.display());
    let copied = backup::back_up(&location, to)
        .map_err(|error| format!("backup of {from} to {folder}: {error}"))?;
    let key = if copied.has_key { "the signing key" } else { "no signing key, as it is a setting" };
    print(&format!(
        "Copied {} users, {} rooms, {} messages and {key} from {from} to {folder}\n",
        copied.users, copied.rooms, copied.messages
    ))
}
