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
    metadata::without_metadata,
    storage::Storage,
};
use crate::{base::preview::shown_size, store::FoundFile};

/// Finds out what a file is. Removes metadata from a photograph: then the file is another one.
///
/// # Errors
/// Fails if the file cannot be read or written.
pub(super) fn inspect(
    mut file: File,
    removes_metadata: bool,
    storage: &Storage,
) -> io::Result<(File, FoundFile)> {
    let kind = guarded(|| media_type(BufReader::new(&file)));
    let mut found = FoundFile {
        media_type: kind.unwrap_or_else(|| Ok(UNKNOWN.to_owned()))?,
        size: file.metadata()?.len(),
        dimensions: None,
        has_preview: false,
    };
    if !found.media_type.starts_with("image/") || found.size > MAX_IMAGE_BYTES {
        return Ok((file, found));
    }
    let mut bytes = Vec::new();
    file.rewind()?;
    file.read_to_end(&mut bytes)?;
    let bytes = Bytes::from(bytes);
    if let Some(size) = guarded(|| shown_size(&bytes)).flatten() {
        found.dimensions = Some((size.width, size.height));
        found.has_preview = size.has_preview;
    }
    let cleaned = || without_metadata(&found.media_type, &bytes);
    if let Some(cleaned) = removes_metadata.then(|| guarded(cleaned)).flatten().flatten() {
        file = storage.temporary_now()?;
        file.write_all(&cleaned)?;
        found.size = cleaned.len() as u64;
    }
    Ok((file, found))
}

/// Runs a library on hostile bytes. Returns `None` if it panics.
fn guarded<T>(work: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(work)).ok()
}
