//! `banter backup`: copies all data while the server runs.

use std::path::Path;

use server::{config::DataArgs, store::backup};

use super::output::name;

/// Copies all data to the folder `to`.
///
/// # Errors
/// Fails if the data cannot be read or the folder cannot be written.
pub(crate) fn run(from: &DataArgs, to: &Path) -> Result<(), String> {
    let location = from.location().map_err(|failure| failure.to_string())?;
    backup::back_up(&location, to)
        .map_err(|error| format!("backup of {} to {}: {error}", name(&location), to.display()))
}
