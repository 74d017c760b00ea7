//! The page's files: held by the release binary, read from the disk by debug builds.

use std::{path::PathBuf, sync::Arc};

use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse as _, Response},
};

use crate::{
    config::Config,
    http::{api::method_not_allowed, pages, state::App},
};

/// A file that this binary holds.
#[derive(Debug)]
struct File {
    /// Its path, `/pkg/banter.css`.
    name: &'static str,
    plain: &'static [u8],
    brotli: Option<&'static [u8]>,
}

static FILES: &[File] = include!(concat!(env!("OUT_DIR"), "/files.rs"));
static BUILD: &str = include_str!(concat!(env!("OUT_DIR"), "/build.txt"));

/// Where the page's files are, and which build they are of. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Assets {
    page: Arc<app::page::Assets>,
    /// Where files are read that the binary does not hold.
    root: Arc<PathBuf>,
}

impl Assets {
    /// As built, or from the disk where nothing was built in.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        if FILES.is_empty() && !config.site_root.join("pkg").is_dir() {
            tracing::warn!(
                "this build holds no page, only the API: build with bin/build or cargo leptos build"
            );
        }
        let path = if FILES.is_empty() { "/pkg".to_owned() } else { format!("/pkg/{BUILD}") };
        let reload_port = config.watch.is_some().then_some(config.reload_port);
        Self {
            page: Arc::new(app::page::Assets { build: BUILD.to_owned(), path, reload_port }),
            root: Arc::new(config.site_root.clone()),
        }
    }

    /// What a page needs to know.
    #[must_use]
    pub fn page(&self) -> &app::page::Assets {
        &self.page
    }

    /// Names the build that `welcome` tells.
    #[must_use]
    pub fn build(&self) -> &str {
        &self.page.build
    }
}

/// Serves a file of the page, else the page that says there is none.
pub async fn serve(State(app): State<App>, request: Request) -> Response {
    if request.method() != Method::GET && request.method() != Method::HEAD {
        return method_not_allowed().await.into_response();
    }
    let path = request.uri().path();
    let found = if FILES.is_empty() {
        from_disk(&app.assets, path).await
    } else {
        built_in(path, request.headers())
    };
    match found {
        Some(response) => response,
        None => pages::not_found(State(app), request).await,
    }
}

fn built_in(path: &str, headers: &HeaderMap) -> Option<Response> {
    // Files under /pkg/{build}/ never change: a new build has a new address.
    let versioned = path.strip_prefix("/pkg/").and_then(|rest| rest.strip_prefix(BUILD));
    let name = versioned.map(|rest| format!("/pkg{rest}"));
    let name = name.as_deref().unwrap_or(path);
    let file = FILES.iter().find(|file| file.name == name)?;
    // Weak, since the compressed file has the same.
    let etag = format!("W/\"{BUILD}\"");
    let cache = match versioned {
        Some(_) => "public, max-age=31536000, immutable",
        None => "public, max-age=3600",
    };
    let takes_brotli = listed(headers, header::ACCEPT_ENCODING).any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        let weight = weight.trim().strip_prefix("q=").map(str::parse::<f32>);
        name.trim().eq_ignore_ascii_case("br") && !matches!(weight, Some(Ok(0.0)))
    });
    let is_known = listed(headers, header::IF_NONE_MATCH).any(|known| {
        known == "*" || known.trim_start_matches("W/") == etag.trim_start_matches("W/")
    });
    let mut response = match file.brotli.filter(|_| takes_brotli) {
        _ if is_known => StatusCode::NOT_MODIFIED.into_response(),
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

/// The parts of a header that is a list.
fn listed(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = &str> {
    let values = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(str::trim)
}

async fn from_disk(assets: &Assets, path: &str) -> Option<Response> {
    let name = path.strip_prefix('/')?;
    let is_plain = name
        .split('/')
        .all(|part| !part.is_empty() && !part.starts_with('.') && !part.contains('\\'));
    if !is_plain {
        return None;
    }
    let bytes = tokio::fs::read(assets.root.join(name)).await.ok()?;
    let mut response = Body::from(bytes).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type(name)));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    Some(response)
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, ending)| ending) {
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
