//! `banter copy`: copies all data from one database to another, and the files with it.

use std::path::{Path, PathBuf};

use server::{
    config::FilesLocation,
    files::CopiedFiles,
    store::{self, DataLocation, StoredBytes},
};

use super::{
    files::{copy_files, find_missing, open},
    output::{name, print},
};

/// Copies all data, compares the copy with its source and prints the number of rows.
///
/// # Errors
/// Fails if a location is not valid, the copy fails, or it differs from its source.
pub(crate) fn run(
    (from, from_files): (&str, Option<FilesLocation>),
    (to, to_files): (&str, Option<FilesLocation>),
) -> Result<(), String> {
    let (from, to) = (&parse("--from", from)?, &parse("--to", to)?);
    let failed = |error: String| format!("copy from {} to {}: {error}", name(from), name(to));
    let stored = if from == to {
        StoredBytes::default() // which the copy refuses
    } else {
        store::stored_bytes(from).map_err(|error| failed(error.to_string()))?
    };
    let (from_files, to_files) =
        (from_files.or_else(|| default_of(from)), to_files.or_else(|| default_of(to)));
    let files = copy_stored(&stored, from_files, to_files).map_err(failed)?;
    let tables = store::copy(from, to).map_err(|error| failed(error.to_string()))?;
    let rows: u64 = tables.iter().map(|table| table.rows).sum();
    let tables: String = tables.iter().map(|table| format!("{table}\n")).collect();
    let files = match files {
        Some(CopiedFiles { files, bytes, .. }) => format!(" {files} files ({bytes} bytes) too."),
        None => String::new(),
    };
    print(&format!("{tables}Copied {rows} rows to {} and verified the copy.{files}\n", name(to)))
}

/// Copies what the storage has. If both are the same, finds out whether it is there. The files are
/// first: rows without bytes would be lost files.
fn copy_stored(
    stored: &StoredBytes,
    from: Option<FilesLocation>,
    to: Option<FilesLocation>,
) -> Result<Option<CopiedFiles>, String> {
    if stored.is_empty() {
        return Ok(None);
    }
    let needed = |flag: &str| format!("there are files: say where they are with {flag}");
    let from = from.ok_or_else(|| needed("--from-files"))?;
    let to = to.ok_or_else(|| needed("--to-files"))?;
    let spool = std::env::temp_dir();
    let source = open(&from, &spool)?;
    let copied = if from == to { None } else { Some(open(&to, &spool)?) }
        .map(|target| copy_files(&source, &target, stored))
        .transpose()?;
    let missing = match &copied {
        Some(copied) => copied.missing.len(),
        None => find_missing(&source, stored)?.len(),
    };
    match missing {
        0 => Ok(copied),
        count => {
            Err(format!("{count} files are not at {from}: say where they are with --from-files"))
        }
    }
}

/// Returns where the files of an installation are if nothing else is said.
fn default_of(location: &DataLocation) -> Option<FilesLocation> {
    let folder = |folder: &PathBuf| FilesLocation::Folder(Path::new(folder).join("files"));
    match location {
        DataLocation::Folder(data) => Some(folder(data)),
        DataLocation::Postgres(_) => None,
    }
}

/// Parses a location. The error leaves out the text, which may contain a password.
fn parse(flag: &str, text: &str) -> Result<DataLocation, String> {
    text.parse().map_err(|reason| format!("{flag} {reason}"))
}
