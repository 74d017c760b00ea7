//! Bodies of HTTP calls about files.

use serde::{Deserialize, Serialize};

use crate::File;
#[cfg(feature = "schema")]
use crate::limits::MAX_DESCRIPTION_CHARS;

/// Body of `PATCH /api/files/{id}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DescribeFile {
    /// The description: one line of at most 1,000 characters. Empty: the file has none.
    #[cfg_attr(feature = "schema", schemars(length(max = MAX_DESCRIPTION_CHARS)))]
    pub description: String,
}

/// Response of `POST /api/files`, and of `GET` and `PATCH /api/files/{id}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UploadedFile {
    /// The file.
    pub file: File,
}
