//! Files of messages.

use serde::{Deserialize, Serialize};

#[cfg(feature = "schema")]
use crate::limits::MAX_FILE_NAME_BYTES;
use crate::{FieldError, FileId, limits::MAX_FILES};

/// A file that was uploaded. Its bytes never change.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct File {
    /// The id of the file.
    pub id: FileId,
    /// The name, at most 255 bytes, without a path.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = MAX_FILE_NAME_BYTES)))]
    pub name: String,
    /// The media type, found from the bytes.
    #[serde(rename = "type")]
    pub media_type: String,
    /// The number of bytes.
    pub size: u64,
    /// The width of an image in pixels, after its orientation is applied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// The height of an image in pixels, after its orientation is applied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    /// The address of a smaller image of it on this server. Status 404 until it is made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preview: Option<String>,
    /// The address of the file on this server.
    pub url: String,
}

/// Checks the list of files of a message.
pub(crate) fn file_faults(files: &[FileId]) -> Vec<FieldError> {
    if files.len() > MAX_FILES {
        return vec![FieldError::new("files", format!("must be at most {MAX_FILES}"))];
    }
    let is_repeated = |(index, file): (usize, &FileId)| files[..index].contains(file);
    if files.iter().enumerate().any(is_repeated) {
        return vec![FieldError::new("files", "must not name a file twice")];
    }
    Vec::new()
}
