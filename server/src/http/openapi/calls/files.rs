//! The calls about files of messages.

use protocol::http::{DescribeFile, UploadedFile};

use super::super::call::Call;
use crate::http::api::files::NewFile;

/// Any bytes.
const BYTES: &[&str] = &["application/octet-stream"];
/// The bytes of a resumable upload.
const TUS_BYTES: &[&str] = &["application/offset+octet-stream"];

pub(super) fn calls() -> Vec<Call> {
    vec![
        Call::post(
            "/api/files",
            "send_file",
            "Send a file. The body is its bytes. A message takes it by its id within a day.",
        )
        .query::<NewFile>()
        .file(BYTES)
        .response::<UploadedFile>(201)
        .error(400, "The body is incomplete.")
        .error(403, "You have too many files that no message has.")
        .error(408, "The body took too long, or arrived too slowly.")
        .error(413, "The file is larger than this server takes.")
        .error(415, "The body is a form, or a photograph whose metadata cannot be removed.")
        .error(422, "The description does not fit.")
        .error(429, "You are sending too many files.")
        .error(507, "There is no space for the file."),
        Call::get("/api/files/{id}", "file", "Get a file that you have sent.")
            .response::<UploadedFile>(200)
            .error(404, "You have sent no such file, or it is gone."),
        Call::patch(
            "/api/files/{id}",
            "describe_file",
            "Change the description of a file that you have sent, before or after a message has \
             it. Pages that show the message see it when they read the message again.",
        )
        .request::<DescribeFile>()
        .response::<UploadedFile>(200)
        .error(403, "Nobody can write to the room of the file.")
        .error(404, "You have sent no such file, or it is gone.")
        .error(422, "The description does not fit.")
        .error(429, "You are sending too many files."),
    ]
    .into_iter()
    .chain(upload_calls())
    .collect()
}

/// Resumable uploads, as tus 1.0 describes them.
fn upload_calls() -> [Call; 4] {
    const NO_UPLOAD: &str = "You have no such upload, or it has expired.";
    const BUSY: &str = "Another request appends to the upload.";
    const OFFSET: &str = "`Upload-Offset` is not where the upload is.";
    let append = |call: Call| {
        call.file(TUS_BYTES)
            .error(400, "A header is missing, or the body is incomplete.")
            .error(404, NO_UPLOAD)
            .error(408, "The body took too long, or arrived too slowly.")
            .error(409, OFFSET)
            .error(413, "The body has more bytes than the upload.")
            .error(415, "The `Content-Type` is not that of tus, or metadata cannot be removed.")
            .error(423, BUSY)
            .error(429, "You are sending too many files.")
            .error(507, "There is no space for the file.")
    };
    let calls = [
        Call::post(
            "/api/uploads",
            "begin_upload",
            "Begin an upload that can be resumed: tus 1.0, creation. `Location` is its address. It \
             ends after a day.",
        )
        .created()
        .error(400, "A header is missing or not valid.")
        .error(413, "The file is larger than this server takes.")
        .error(422, "The description does not fit.")
        .error(429, "You are sending too many files.")
        .error(507, "There is no space for the file."),
        append(Call::patch(
            "/api/uploads/{id}",
            "append_to_upload",
            "Append bytes to an upload: tus 1.0. At the end, `Banter-File` is the id of the file.",
        )),
        append(Call::post(
            "/api/uploads/{id}",
            "override_upload",
            "Do what `X-HTTP-Method-Override` says, for clients that can send no PATCH or DELETE.",
        ))
        .error(405, "`X-HTTP-Method-Override` names another method, or is missing."),
        Call::delete(
            "/api/uploads/{id}",
            "end_upload",
            "End an upload: tus 1.0, termination. Its file is removed unless a message has it.",
        )
        .error(404, NO_UPLOAD),
    ];
    calls.map(|call| call.error(412, "`Tus-Resumable` is not 1.0.0."))
}
