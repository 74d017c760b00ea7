//! Bodies of HTTP responses about files.

use serde::{Deserialize, Serialize};

use crate::File;

/// Response of `POST /api/files` and of `GET /api/files/{id}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UploadedFile {
    /// The file.
    pub file: File,
}
