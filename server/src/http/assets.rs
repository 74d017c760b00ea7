//! The files of the page: built into the release binary, read from disk by debug builds.

mod encoding;

use std::{
    path::PathBuf,
    sync::{Arc, LazyLock},
};

use axum::{
    body::Body,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};

use crate::config::Config;
use encoding::{Encoding, choose};

/// A file that is built into this binary.
#[derive(Debug)]
struct File {
    /// The path, such as `/pkg/banter.css`.
    name: &'static str,
    plain: &'static [u8],
    brotli: Option<&'static [u8]>,
    gzip: Option<&'static [u8]>,
}

/// The length of the hash in a file's name, in hexadecimal digits.
const HASH_DIGITS: usize = 12;
/// The cache policy of a file whose address changes with its content.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// The cache policy of all other files.
const FOR_AN_HOUR: &str = "public, max-age=3600";
/// The cache policy of [`SERVICE_WORKER`].
const NEVER: &str = "no-cache";
/// The script that shows notifications while no page is open, and has the files of the page without
/// a network. Nothing may delay a new one.
const SERVICE_WORKER: &str = "/sw.js";

static FILES: &[File] = include!(concat!(env!("OUT_DIR"), "/files.rs"));
static BUILD: &str = include_str!(concat!(env!("OUT_DIR"), "/build.txt"));

/// The files of the page and their build. Cheap to clone.
#[derive(Clone, Debug)]
pub struct AssetFiles {
    page: Arc<app::page::Assets>,
    /// The folder of files that are not built in.
    root: Arc<PathBuf>,
}

impl AssetFiles {
    /// Creates the set of files: those built in, or those on disk if none are.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        if FILES.is_empty() && !config.site_root.join("pkg").is_dir() {
            tracing::warn!(
                "this build contains no page, only the API: use bin/build or cargo leptos build"
            );
        }
        let path = if FILES.is_empty() { "/pkg".to_owned() } else { format!("/pkg/{BUILD}") };
        let reload_port = config.watch.is_some().then_some(config.reload_port);
        let has_rest = if FILES.is_empty() {
            config.site_root.join("pkg/split_rest.wasm").is_file()
        } else {
            FILES.iter().any(|file| file.name == "/pkg/split_rest.wasm")
        };
        let rest = has_rest.then(|| format!("{path}/split_rest.wasm"));
        Self {
            page: Arc::new(app::page::Assets { build: BUILD.to_owned(), path, rest, reload_port }),
            root: Arc::new(config.site_root.clone()),
        }
    }

    /// Returns the data about files that a page needs.
    #[must_use]
    pub fn page(&self) -> &app::page::Assets {
        &self.page
    }

    /// Returns the name of the build, which `welcome` carries.
    #[must_use]
    pub fn build(&self) -> &str {
        &self.page.build
    }

    /// Returns the response with the file at `path`, or `None` if there is no such file.
    pub async fn file(&self, path: &str, headers: &HeaderMap) -> Option<Response> {
        if FILES.is_empty() { self.read_from_disk(path).await } else { built_in(path, headers) }
    }

    async fn read_from_disk(&self, path: &str) -> Option<Response> {
        let name = path.strip_prefix('/')?;
        let is_plain = name
            .split('/')
            .all(|part| !part.is_empty() && !part.starts_with('.') && !part.contains('\\'));
        if !is_plain {
            return None;
        }
        let bytes = tokio::fs::read(self.root.join(name)).await.ok()?;
        let mut response = Body::from(bytes).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type(name)));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(NEVER));
        Some(response)
    }
}

/// The service worker, which begins with the files that it keeps: those of this build, by addresses
/// that change with their content. A new build thus has another worker.
static WORKER: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let source = FILES.iter().find(|file| file.name == SERVICE_WORKER);
    let kept: Vec<_> = FILES.iter().filter_map(|file| kept_address(file.name)).collect();
    let list = serde_json::json!({ "build": BUILD, "files": kept });
    let mut worker = format!("self.banter = {list};\n").into_bytes();
    worker.extend_from_slice(source.map_or(&[], |file| file.plain));
    worker
});

/// Returns the address by which pages of this build load a file, if a page needs it without a
/// network.
fn kept_address(name: &str) -> Option<String> {
    if let Some(name) = name.strip_prefix("/pkg/") {
        Some(format!("/pkg/{BUILD}/{name}"))
    } else if has_hash(name) {
        Some(name.to_owned())
    } else if name.ends_with(".js") && name != SERVICE_WORKER {
        Some(format!("{name}?{BUILD}")) // as `app::shell` writes it
    } else {
        None
    }
}

fn built_in(path: &str, headers: &HeaderMap) -> Option<Response> {
    // Files under /pkg/{build}/ never change: a new build has a new address.
    let versioned = path.strip_prefix("/pkg/").and_then(|rest| rest.strip_prefix(BUILD));
    let name = versioned.map(|rest| format!("/pkg{rest}"));
    let name = name.as_deref().unwrap_or(path);
    let file = FILES.iter().find(|file| file.name == name)?;
    let policy = cache_policy(name, versioned.is_some());
    if name == SERVICE_WORKER {
        let file = File { plain: &WORKER, brotli: None, gzip: None, ..*file };
        return Some(respond(&file, policy, headers));
    }
    Some(respond(file, policy, headers))
}

fn cache_policy(name: &str, is_versioned: bool) -> &'static str {
    if is_versioned || has_hash(name) {
        FOR_EVER
    } else if name == SERVICE_WORKER {
        NEVER
    } else {
        FOR_AN_HOUR
    }
}

/// Returns whether the name of a file contains the hash of its content, which `build.rs` checks:
/// `figtree.0123456789ab.woff2`.
fn has_hash(name: &str) -> bool {
    let mut parts = name.rsplit('/').next().unwrap_or_default().split('.').rev();
    let (_extension, hash, stem) = (parts.next(), parts.next(), parts.next());
    let is_hash =
        |hash: &str| hash.len() == HASH_DIGITS && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    stem.is_some() && hash.is_some_and(is_hash)
}

fn respond(file: &File, cache: &'static str, headers: &HeaderMap) -> Response {
    // Weak, since the compressed files have the same tag.
    let etag = format!("W/\"{BUILD}\"");
    let is_cached = list(headers, header::IF_NONE_MATCH).any(|known| {
        known == "*" || known.trim_start_matches("W/") == etag.trim_start_matches("W/")
    });
    let versions = [(Encoding::Brotli, file.brotli), (Encoding::Gzip, file.gzip)];
    let versions = versions.into_iter().filter_map(|(encoding, bytes)| Some((encoding, bytes?)));
    let versions: Vec<_> = versions.chain([(Encoding::Identity, file.plain)]).collect();
    let available: Vec<_> = versions.iter().map(|(encoding, _)| *encoding).collect();
    let chosen = choose(headers, &available);
    let bytes = versions.iter().find(|(encoding, _)| *encoding == chosen);
    let bytes = bytes.map_or(file.plain, |(_, bytes)| bytes);
    let mut response = if is_cached {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        Body::from(bytes).into_response()
    };
    let headers = response.headers_mut();
    if let (Some(encoding), false) = (chosen.header(), is_cached) {
        headers.insert(header::CONTENT_ENCODING, encoding);
    }
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type(file.name)));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Ok(etag) = etag.parse() {
        headers.insert(header::ETAG, etag);
    }
    response
}

/// Returns the elements of a header that is a list.
fn list(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = &str> {
    let values = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(str::trim)
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("css") => "text/css; charset=utf-8",
        Some("ico") => "image/x-icon",
        Some("js") => "text/javascript; charset=utf-8",
        Some("json") => "application/json",
        Some("png") => "image/png",
        Some("svg") => "image/svg+xml",
        Some("txt") => "text/plain; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("webmanifest") => "application/manifest+json",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: File = File {
        name: "/fonts/figtree.0123456789ab.woff2",
        plain: b"plain",
        brotli: Some(b"br"),
        gzip: Some(b"gz"),
    };

    fn asking(name: HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    #[tokio::test]
    async fn a_file_is_sent_in_the_encoding_that_the_client_prefers() {
        for (accept, encoding, bytes) in
            [("gzip, br", "br", "br"), ("gzip", "gzip", "gz"), ("", "", "plain")]
        {
            let response = respond(&FILE, FOR_EVER, &asking(header::ACCEPT_ENCODING, accept));
            let sent = response.headers().get(header::CONTENT_ENCODING);
            let sent = sent.map(|value| value.to_str().unwrap());
            assert_eq!(sent.unwrap_or_default(), encoding, "{accept}");
            assert_eq!(response.headers()[header::VARY], "accept-encoding");
            assert_eq!(response.headers()[header::CONTENT_TYPE], "font/woff2");
            assert_eq!(response.headers()[header::CACHE_CONTROL], FOR_EVER);
            let body = axum::body::to_bytes(response.into_body(), 100).await.unwrap();
            assert_eq!(body, bytes, "{accept}");
        }
    }

    #[test]
    fn a_file_that_the_client_has_is_not_sent_again() {
        let etag = Box::leak(format!("\"other\", W/\"{BUILD}\"").into_boxed_str());
        let response = respond(&FILE, FOR_EVER, &asking(header::IF_NONE_MATCH, etag));
        assert_eq!(response.status(), StatusCode::NOT_MODIFIED);
        assert!(!response.headers().contains_key(header::CONTENT_ENCODING));
    }

    #[test]
    fn a_browser_asks_for_the_service_worker_each_time() {
        for (name, is_versioned, policy) in [
            (SERVICE_WORKER, false, "no-cache"),
            ("/boot.js", false, FOR_AN_HOUR),
            ("/pkg/banter.js", true, FOR_EVER),
            (FILE.name, false, FOR_EVER),
        ] {
            assert_eq!(cache_policy(name, is_versioned), policy, "{name}");
        }
    }

    #[test]
    fn a_name_with_a_hash_never_changes_its_content() {
        for fixed in [FILE.name, "/icons/app-512.0123456789ab.png"] {
            assert!(has_hash(fixed), "{fixed}");
        }
        for other in
            ["/favicon.ico", "/0123456789ab.png", "/x.0123456789.png", "/x.0123456789az.png", "/"]
        {
            assert!(!has_hash(other), "{other}");
        }
    }
}
