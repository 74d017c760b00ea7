//! `banter copy`: copies all data from one database to another.

use server::store::{self, DataLocation};

use super::output::{name, print};

/// Copies all data, compares the copy with its source and prints the number of rows.
///
/// # Errors
/// Fails if a location is not valid, the copy fails, or it differs from its source.
pub(crate) fn run(from: &str, to: &str) -> Result<(), String> {
    let (from, to) = (&parse("--from", from)?, &parse("--to", to)?);
    let tables = store::copy(from, to)
        .map_err(|error| format!("copy from {} to {}: {error}", name(from), name(to)))?;
    let rows: u64 = tables.iter().map(|table| table.rows).sum();
    let tables: String = tables.iter().map(|table| format!("{table}\n")).collect();
    print(&format!("{tables}Copied {rows} rows to {} and verified the copy.\n", name(to)))
}

/// Parses a location. The error leaves out the text, which may contain a password.
fn parse(flag: &str, text: &str) -> Result<DataLocation, String> {
    text.parse().map_err(|reason| format!("{flag} {reason}"))
}
