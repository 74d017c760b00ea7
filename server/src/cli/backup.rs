//! `banter backup`: copies all data while the server runs.

use std::path::Path;

use protocol::FileId;
use server::{
    config::{DataArgs, FilesArgs, FilesLocation, files_location},
    files::CopiedFiles,
    store::{
        StoredBytes,
        backup::{self, MissingFiles},
    },
};

use super::{
    files::{copy_files, open},
    output::{name, print},
};

/// Copies all data to the folder `to`, and prints what was copied.
///
/// # Errors
/// Fails if the data cannot be read, the folder cannot be written, or files are missing.
pub(crate) fn run(
    from: &DataArgs,
    files: &FilesArgs,
    missing: MissingFiles,
    to: &Path,
) -> Result<(), String> {
    let location = from.location().map_err(|failure| failure.to_string())?;
    let files = files_location(files.files.as_ref(), &from.data_dir);
    let (from_name, folder) = (name(&location), to.display());
    let mut copied_files = CopiedFiles::default();
    let copy = |stored: &StoredBytes| -> Result<Vec<FileId>, String> {
        if stored.is_empty() {
            return Ok(Vec::new());
        }
        let target = FilesLocation::Folder(to.join("files"));
        copied_files = copy_files(&open(&files, &from.data_dir)?, &open(&target, to)?, stored)?;
        Ok(copied_files.missing.clone())
    };
    let copied = backup::back_up(&location, to, missing, copy)
        .map_err(|error| format!("backup of {from_name} to {folder}: {error}"))?;
    let key = if copied.has_key { "the signing key" } else { "no signing key, as it is a setting" };
    let files = match copied_files.files {
        0 => String::new(),
        files => format!(", {files} files"),
    };
    let left_out = match copied_files.missing.len() {
        0 => String::new(),
        left_out => format!("; {left_out} files were left out, as their bytes are gone"),
    };
    print(&format!(
        "Copied {} users, {} rooms, {} messages{files} and {key} from {from_name} to \
         {folder}{left_out}\n",
        copied.users, copied.rooms, copied.messages
    ))
}
