//! `banter migrate`: migrates the database to this version.

use server::{config::DataArgs, store};

use super::output::{name, print};

/// Applies all pending migrations and prints their names.
///
/// # Errors
/// Fails if there is no database or a migration fails.
pub(crate) fn run(data: &DataArgs) -> Result<(), String> {
    let location = data.location().map_err(|failure| failure.to_string())?;
    let applied = store::migrate(&location)
        .map_err(|error| format!("migrate {}: {}", name(&location), error.cause()))?;
    print(&match applied[..] {
        [] => "The database is up to date.\n".to_owned(),
        _ => applied.iter().map(|migration| format!("Applied {migration}\n")).collect(),
    })
}
