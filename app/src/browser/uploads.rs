//! Requests of resumable uploads. They report how many bytes have left, and can be aborted.

use std::{cell::RefCell, collections::HashMap};

use js_sys::{Function, Promise};
use leptos::prelude::window;
use protocol::{FileId, http::DescribeFile};
use uuid::Uuid;
use wasm_bindgen::{JsCast as _, JsValue, closure::Closure};

use super::{
    js::{call, create, get, set},
    kept_files::part,
};
use crate::state::tray::PendingFile;

/// The time after which a request without an end counts as lost, in milliseconds.
const TIMEOUT_MS: u32 = 120_000;

thread_local! {
    /// The requests under way, by the file that they send.
    static UNDER_WAY: RefCell<HashMap<Uuid, JsValue>> = RefCell::default();
    /// Wakes the uploads that wait for a connection.
    static WAITING: RefCell<HashMap<Uuid, Function>> = RefCell::default();
}

/// The response to a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct UploadResponse {
    /// The HTTP status; 0 without a response.
    pub(crate) status: u16,
    /// The number of bytes that the server has.
    pub(crate) offset: Option<u64>,
    /// The file, once all bytes are there.
    pub(crate) file: Option<Uuid>,
    /// The address of a new upload.
    pub(crate) location: Option<String>,
    /// Why it was refused.
    pub(crate) detail: String,
}

/// Begins an upload.
pub(crate) async fn begin(id: Uuid, file: &PendingFile) -> UploadResponse {
    let encoded = |text: &str| {
        // `btoa` takes bytes as characters.
        let bytes: String = text.bytes().map(char::from).collect();
        window().btoa(&bytes).unwrap_or_default()
    };
    let mut metadata = format!("filename {}", encoded(&file.name));
    if file.fits() && !file.description.is_empty() {
        metadata.push_str(&format!(",description {}", encoded(&file.description)));
    }
    let headers = [("Upload-Length", file.size.to_string()), ("Upload-Metadata", metadata)];
    request(id, "POST", "/api/uploads", &headers, &JsValue::NULL, |_| {}).await
}

/// Asks how far an upload is.
pub(crate) async fn ask(id: Uuid, path: &str) -> UploadResponse {
    request(id, "HEAD", path, &[], &JsValue::NULL, |_| {}).await
}

/// Sends the bytes of a kept file in a range. `report` is called with the number of bytes of it
/// that have left.
pub(crate) async fn append(
    id: Uuid,
    path: &str,
    range: std::ops::Range<u64>,
    report: impl Fn(u64) + 'static,
) -> UploadResponse {
    let Some(bytes) = part(id, range.start, range.end) else { return UploadResponse::default() };
    let headers = [
        ("Upload-Offset", range.start.to_string()),
        ("Content-Type", "application/offset+octet-stream".to_owned()),
    ];
    request(id, "PATCH", path, &headers, &bytes, report).await
}

/// Tells the server what is to be seen in a file that it has.
pub(crate) async fn describe(id: Uuid, file: FileId, description: &str) -> UploadResponse {
    let body = DescribeFile { description: description.to_owned() };
    let body = serde_json::to_string(&body).unwrap_or_default();
    let headers = [("Content-Type", "application/json".to_owned())];
    request(id, "PATCH", &format!("/api/files/{file}"), &headers, &body.into(), |_| {}).await
}

/// Ends an upload, without waiting for the response.
pub(crate) fn end(path: String) {
    wasm_bindgen_futures::spawn_local(async move {
        request(Uuid::now_v7(), "DELETE", &path, &[], &JsValue::NULL, |_| {}).await;
    });
}

/// Aborts the request that sends a file.
pub(crate) fn abort(id: Uuid) {
    if let Some(request) = UNDER_WAY.with_borrow_mut(|requests| requests.remove(&id)) {
        let _ = call(&request, "abort", &[]);
    }
}

async fn request(
    id: Uuid,
    method: &str,
    path: &str,
    headers: &[(&str, String)],
    body: &JsValue,
    report: impl Fn(u64) + 'static,
) -> UploadResponse {
    let Ok(request) = create("XMLHttpRequest") else { return UploadResponse::default() };
    let report: Box<dyn Fn(JsValue)> =
        Box::new(move |event| report(get(&event, "loaded").as_f64().unwrap_or_default() as u64));
    let report = Closure::wrap(report);
    let send = || {
        call(&request, "open", &[&method.into(), &path.into()])?;
        let version = ("Tus-Resumable", "1.0.0".to_owned());
        for (name, value) in headers.iter().chain([&version]) {
            call(&request, "setRequestHeader", &[&(*name).into(), &value.into()])?;
        }
        set(&request, "timeout", &TIMEOUT_MS.into());
        set(&get(&request, "upload"), "onprogress", report.as_ref());
        Ok::<_, JsValue>(())
    };
    if send().is_err() {
        return UploadResponse::default();
    }
    UNDER_WAY.with_borrow_mut(|requests| requests.insert(id, request.clone()));
    let ended = Promise::new(&mut |resolve, _| {
        set(&request, "onloadend", &resolve);
        if call(&request, "send", &[body]).is_err() {
            let _ = resolve.call0(&JsValue::NULL);
        }
    });
    let _ = wasm_bindgen_futures::JsFuture::from(ended).await;
    UNDER_WAY.with_borrow_mut(|requests| {
        if requests.get(&id) == Some(&request) {
            requests.remove(&id);
        }
    });
    read(&request)
}

fn read(request: &JsValue) -> UploadResponse {
    #[derive(serde::Deserialize)]
    struct Problem {
        detail: String,
    }
    let header = |name: &str| {
        let value = call(request, "getResponseHeader", &[&name.into()]).ok();
        value.and_then(|value| value.as_string())
    };
    let text = get(request, "responseText").as_string().unwrap_or_default();
    let problem = serde_json::from_str::<Problem>(&text);
    UploadResponse {
        status: get(request, "status").as_f64().unwrap_or_default() as u16,
        offset: header("Upload-Offset").and_then(|offset| offset.parse().ok()),
        file: header("Banter-File").and_then(|file| Uuid::try_parse(&file).ok()),
        location: header("Location"),
        detail: problem.map(|problem| problem.detail).unwrap_or_default(),
    }
}

/// Waits some milliseconds, or until [`wake`] is called.
pub(crate) async fn pause(ms: i32) {
    let id = Uuid::now_v7();
    let paused = Promise::new(&mut |resolve, _| {
        let resolve: Function = resolve.unchecked_into();
        let _ = window().set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, ms);
        WAITING.with_borrow_mut(|waiting| waiting.insert(id, resolve));
    });
    let _ = wasm_bindgen_futures::JsFuture::from(paused).await;
    WAITING.with_borrow_mut(|waiting| waiting.remove(&id));
}

/// Lets all uploads that wait go on.
pub(crate) fn wake() {
    let waiting = WAITING.with_borrow_mut(std::mem::take);
    for resolve in waiting.into_values() {
        let _ = resolve.call0(&JsValue::NULL);
    }
}
