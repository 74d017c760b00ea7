//! The calls about files of messages.

use protocol::http::UploadedFile;

use super::super::call::Call;
use crate::http::api::files::FileName;

/// Any bytes.
const BYTES: &[&str] = &["application/octet-stream"];

pub(super) fn calls() -> Vec<Call> {
    vec![
        Call::post(
            "/api/files",
            "send_file",
            "Send a file. The body is its bytes. A message takes it by its id within a day.",
        )
        .query::<FileName>()
        .file(BYTES)
        .response::<UploadedFile>(201)
        .error(400, "The body is incomplete.")
        .error(403, "You have too many files that no message has.")
        .error(408, "The body took too long.")
        .error(413, "The file is larger than this server takes.")
        .error(415, "The body is a form.")
        .error(429, "You are sending too many files.")
        .error(507, "There is no space for the file."),
        Call::get("/api/files/{id}", "file", "Get a file that you have sent.")
            .response::<UploadedFile>(200)
            .error(404, "You have sent no such file, or it is gone."),
    ]
}
