//! Output of the subcommands.

use std::io::Write as _;

use server::store::DataLocation;

/// Prints to standard output.
///
/// # Errors
/// Fails if standard output cannot be written, such as when it is closed.
pub(crate) fn print(text: &str) -> Result<(), String> {
    std::io::stdout()
        .write_all(text.as_bytes())
        .map_err(|error| format!("standard output: {error}"))
}

/// Names a location of data. Leaves out the address of a database, which may contain a password.
pub(crate) fn name(location: &DataLocation) -> String {
    match location {
        DataLocation::Folder(folder) => folder.display().to_string(),
        DataLocation::Postgres(_) => "PostgreSQL".into(),
    }
}
