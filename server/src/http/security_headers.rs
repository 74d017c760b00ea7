//! The security headers of every response (docs/decisions/0017-browser-boundaries.md).

use axum::{
    extract::{Request, State},
    http::{HeaderValue, header},
    middleware::Next,
    response::Response,
};

use super::state::App;

/// The features of browsers that no page of Banter uses, nor a frame in it. Chromium logs a warning
/// for each name that it does not know, such as `bluetooth`.
const PERMISSIONS_POLICY: HeaderValue = HeaderValue::from_static(
    "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), hid=(), \
     idle-detection=(), local-fonts=(), magnetometer=(), microphone=(), midi=(), payment=(), \
     screen-wake-lock=(), serial=(), usb=(), xr-spatial-tracking=()",
);

/// Returns the content security policy: the sources a page may load, and the sites that may frame
/// it.
///
/// The nonce allows the scripts that the server wrote into the page.
#[must_use]
pub fn content_security_policy(nonce: Option<&str>, reload_port: Option<u16>) -> String {
    let nonce = nonce.map(|nonce| format!(" 'nonce-{nonce}'")).unwrap_or_default();
    // In development the page connects to `cargo leptos watch`, which reloads it.
    let reload = reload_port
        .map(|port| format!(" ws://127.0.0.1:{port} ws://localhost:{port}"))
        .unwrap_or_default();
    format!(
        "default-src 'self'; script-src 'self'{nonce} 'wasm-unsafe-eval'; style-src 'self'; \
         img-src 'self' data: blob:; connect-src 'self'{reload}; object-src 'none'; \
         base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
}

/// Adds the security headers to a response. A content policy and a cache policy that are set
/// already stay; a response without a cache policy is private to one user at one time.
pub async fn add_security_headers(
    State(app): State<App>,
    request: Request,
    next: Next,
) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    if let Ok(policy) = content_security_policy(None, None).parse() {
        headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(policy);
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    let always = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (header::HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (header::HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ];
    headers.extend(always.map(|(name, value)| (name, HeaderValue::from_static(value))));
    headers.insert("permissions-policy", PERMISSIONS_POLICY);
    // Browsers ignore it on plain http, and so it is sent only where users come by https.
    if let Some(max_age) = app.config.hsts.max_age().filter(|_| app.origins.is_https())
        && let Ok(value) = format!("max-age={max_age}").parse()
    {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, value);
    }
    response
}
