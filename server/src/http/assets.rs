//! The files of the page: built into the release binary, read from disk by debug builds.

use std::{path::PathBuf, sync::Arc};

use axum::{
    body::Body,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};

use crate::config::Config;

/// A file that is built into this binary.
#[derive(Debug)]
struct File {
    /// The path, such as `/pkg/banter.css`.
    name: &'static str,
    plain: &'static [u8],
    brotli: Option<&'static [u8]>,
}

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
        Self {
            page: Arc::new(app::page::Assets { build: BUILD.to_owned(), path, reload_port }),
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
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        Some(response)
    }
}

fn built_in(path: &str, headers: &HeaderMap) -> Option<Response> {
    // Files under /pkg/{build}/ never change: a new build has a new address.
    let versioned = path.strip_prefix("/pkg/").and_then(|rest| rest.strip_prefix(BUILD));
    let name = versioned.map(|rest| format!("/pkg{rest}"));
    let name = name.as_deref().unwrap_or(path);
    let file = FILES.iter().find(|file| file.name == name)?;
    // Weak, since the compressed file has the same tag.
    let etag = format!("W/\"{BUILD}\"");
    let cache = match versioned {
        Some(_) => "public, max-age=31536000, immutable",
        None => "public, max-age=3600",
    };
    let accepts_brotli = list(headers, header::ACCEPT_ENCODING).any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        let weight = weight.trim().strip_prefix("q=").map(str::parse::<f32>);
        name.trim().eq_ignore_ascii_case("br") && !matches!(weight, Some(Ok(0.0)))
    });
    let is_cached = list(headers, header::IF_NONE_MATCH).any(|known| {
        known == "*" || known.trim_start_matches("W/") == etag.trim_start_matches("W/")
    });
    let mut response = match file.brotli.filter(|_| accepts_brotli) {
        _ if is_cached => StatusCode::NOT_MODIFIED.into_response(),
        Some(brotli) => {
            let mut response = Body::from(brotli).into_response();
            response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("br"));
            response
        }
        None => Body::from(file.plain).into_response(),
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type(name)));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Ok(etag) = etag.parse() {
        headers.insert(header::ETAG, etag);
    }
    Some(response)
}

/// Returns the elements of a header that is a list.
fn list(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = &str> {
    let values = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(str::trim)
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("css") => "text/css; charset=utf-8",
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
