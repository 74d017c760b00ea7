//! Files of messages, and the list of a room's files.

use serde::{Deserialize, Serialize};

#[cfg(feature = "schema")]
use crate::limits::{MAX_DESCRIPTION_CHARS, MAX_FILE_NAME_BYTES, MAX_PAGE_MESSAGES};
use crate::{
    FieldError, FileId, Message, RoomId, RoomName,
    limits::{MAX_FILE_QUERY_CHARS, MAX_FILES},
    messages::Validate,
};

/// A file that was uploaded. Its bytes never change.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct File {
    /// The id of the file.
    pub id: FileId,
    /// The name, at most 255 bytes, without a path.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = MAX_FILE_NAME_BYTES)))]
    pub name: String,
    /// What is to be seen or heard, in the words of the sender, for those who see or hear nothing.
    /// One line of at most 1,000 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = MAX_DESCRIPTION_CHARS)))]
    pub description: Option<String>,
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

/// Payload of `files`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Files {
    /// The room. `channel` is an alias. Optional on `/ws/{room}`, where it defaults to that room.
    #[serde(default, alias = "channel", skip_serializing_if = "Option::is_none")]
    pub room: Option<RoomName>,
    /// Returns the messages before this `seq`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<u64>,
    /// The number of messages, 50 if there is none. At most 100: a larger number counts as 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
    /// Returns the messages that have a file whose name or description contains this, at most 100
    /// characters. Case, accents and spaces at its ends do not count.
    #[cfg_attr(feature = "schema", schemars(length(max = MAX_FILE_QUERY_CHARS)))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
}

impl Validate for Files {
    fn faults(&self) -> Vec<FieldError> {
        let query = self.query.as_deref().unwrap_or_default();
        if query.chars().count() <= MAX_FILE_QUERY_CHARS {
            return Vec::new();
        }
        let detail = format!("must have at most {MAX_FILE_QUERY_CHARS} characters");
        vec![FieldError::new("query", detail)]
    }
}

/// Payload of `files_response`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FilesPage {
    /// The room.
    pub room: RoomId,
    /// The messages of the room that have files, the newest first. Replies of threads are among
    /// them, deleted messages are not.
    #[cfg_attr(feature = "schema", schemars(length(max = MAX_PAGE_MESSAGES)))]
    pub messages: Vec<Message>,
    /// True if there may be more. Send another `files`, `before` `next`.
    #[serde(default)]
    pub has_more: bool,
    /// The `before` of the next page, if there may be one. A page of a `query` ends after 10,000
    /// names, and may have no messages although there are more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<u64>,
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
