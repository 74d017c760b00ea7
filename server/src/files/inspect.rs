//! Finds out what a file is, on a thread that may wait.

use std::{
    fs::File,
    io::{self, BufReader, Read as _, Seek as _, Write as _},
    panic::{AssertUnwindSafe, catch_unwind},
};

use bytes::Bytes;

use super::{
    MAX_IMAGE_BYTES,
    kind::{UNKNOWN, media_type},
    metadata::{has_marks, is_cleaned, without_metadata},
    storage::{Storage, StorageError},
};
use crate::{base::preview::shown_size, error::Error, store::FoundFile};

/// Why a photograph is refused.
const HAS_METADATA: &str = "This photograph may tell where and how it was taken, and that cannot \
    be removed: it is damaged or too large. Save it anew with another program, or send it in an \
    archive such as a ZIP file.";

/// Why a file is not taken.
#[derive(Debug)]
pub(super) enum InspectError {
    /// It cannot be read or written.
    Io(io::Error),
    /// It has metadata that cannot be removed.
    HasMetadata,
}

impl From<io::Error> for InspectError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<InspectError> for Error {
    fn from(error: InspectError) -> Self {
        match error {
            InspectError::Io(error) => StorageError::from(error).into(),
            InspectError::HasMetadata => Self::Unsupported(HAS_METADATA.to_owned()),
        }
    }
}

/// Finds out what a file is. Removes metadata from a photograph: then the file is another one.
///
/// # Errors
/// Fails if the file cannot be read or written, or if it is a photograph with metadata that cannot
/// be removed.
pub(super) fn inspect(
    mut file: File,
    removes_metadata: bool,
    storage: &Storage,
) -> Result<(File, FoundFile), InspectError> {
    let kind = guarded(|| media_type(BufReader::new(&file)));
    let mut found = FoundFile {
        media_type: kind.unwrap_or_else(|| Ok(UNKNOWN.to_owned()))?,
        size: file.metadata()?.len(),
        dimensions: None,
        has_preview: false,
    };
    let is_cleaned = removes_metadata && is_cleaned(&found.media_type);
    if !found.media_type.starts_with("image/") || found.size > MAX_IMAGE_BYTES {
        return if is_cleaned { Ok((checked(file)?, found)) } else { Ok((file, found)) };
    }
    let mut bytes = Vec::new();
    file.rewind()?;
    file.read_to_end(&mut bytes)?;
    let bytes = Bytes::from(bytes);
    if let Some(size) = guarded(|| shown_size(&bytes)).flatten() {
        found.dimensions = Some((size.width, size.height));
        found.has_preview = size.has_preview;
    }
    if !is_cleaned {
        return Ok((file, found));
    }
    match guarded(|| without_metadata(&found.media_type, &bytes)).flatten() {
        Some(cleaned) if cleaned == bytes => {}
        Some(cleaned) => {
            file = storage.temporary_now()?;
            file.write_all(&cleaned)?;
            found.size = cleaned.len() as u64;
        }
        None => file = checked(file)?,
    }
    Ok((file, found))
}

/// Returns a photograph that cannot be taken apart, if it seems to have no metadata.
fn checked(mut file: File) -> Result<File, InspectError> {
    file.rewind()?;
    if has_marks(&file)? { Err(InspectError::HasMetadata) } else { Ok(file) }
}

/// Runs a library on hostile bytes. Returns `None` if it panics.
fn guarded<T>(work: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(work)).ok()
}
