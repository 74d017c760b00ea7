//! The security headers of every response.

use axum::{
    http::{HeaderValue, header},
    response::Response,
};

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

/// Adds the security headers to a response. A policy that is set already stays.
pub async fn add_security_headers(mut response: Response) -> Response {
    let headers = response.headers_mut();
    if let Ok(policy) = content_security_policy(None, None).parse() {
        headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(policy);
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    response
}
