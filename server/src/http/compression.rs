//! Compresses HTML, JSON and other text on its way out. The files of the page are compressed when
//! the program is built.

use axum::{
    extract::Request,
    http::{Extensions, HeaderMap, StatusCode, Version, header},
};
use tower_http::compression::{
    CompressionLayer, CompressionLevel, Predicate,
    predicate::{And, SizeAbove},
};

/// The shortest response that is compressed, in bytes: a shorter one fits into one packet anyway.
const MIN_BYTES: u16 = 1024;
/// The level of Brotli and gzip: near the size of the slow levels for a fraction of their time
/// (docs/decisions/0017-browser-boundaries.md).
const LEVEL: CompressionLevel = CompressionLevel::Precise(3);

type IsText = fn(StatusCode, Version, &HeaderMap, &Extensions) -> bool;

/// Creates the layer that compresses responses.
pub(super) fn compress() -> CompressionLayer<And<SizeAbove, IsText>> {
    let is_text: IsText = |_, _, headers, _| is_text(headers);
    CompressionLayer::new().quality(LEVEL).compress_when(SizeAbove::new(MIN_BYTES).and(is_text))
}

fn is_text(headers: &HeaderMap) -> bool {
    // Ranges of files count their own bytes.
    if headers.contains_key(header::ACCEPT_RANGES) {
        return false;
    }
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let kind = kind.and_then(|kind| kind.split(';').next()).unwrap_or_default().trim();
    matches!(kind, "text/html" | "text/plain" | "application/json" | "application/problem+json")
}

/// Asks for a response that is not compressed if another site caused the request.
///
/// The size of a compressed page tells whether a guess in its address equals a secret in it, to
/// someone who sees the encrypted traffic and can make the browser ask many times (BREACH). Only
/// another site can do that, and browsers say so.
pub(super) async fn hide_sizes_from_other_sites(mut request: Request) -> Request {
    let mut sites = request.headers().get_all("sec-fetch-site").iter();
    if sites.any(|site| site == "cross-site" || site == "same-site") {
        request.headers_mut().remove(header::ACCEPT_ENCODING);
    }
    request
}
