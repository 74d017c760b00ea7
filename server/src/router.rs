//! Every route, on one page.

use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::{HeaderValue, header},
    middleware::map_response,
    response::Response,
    routing::{get, post},
};
use protocol::limits::MAX_BODY_BYTES;

use crate::{api, assets, pages, state::App, ws};

/// All that this server answers.
pub fn router(app: App) -> Router {
    Router::new()
        .route("/", get(pages::home))
        .route("/first-start", get(pages::first_start).post(pages::forms::first_start))
        .route("/sign-in", get(pages::sign_in).post(pages::forms::sign_in))
        .route("/join/{invite}", get(pages::join).post(pages::forms::join))
        .route("/sign-out", post(pages::forms::sign_out))
        .route("/rooms", get(pages::rooms))
        .route("/rooms/{slug}", get(pages::room))
        .route("/new-room", get(pages::new_room).post(pages::forms::new_room))
        .route("/invites", post(pages::forms::invite))
        .route("/ws", get(ws::upgrade))
        .route("/ws/ticket", post(ws::issue_ticket))
        .route("/ws/{room}", get(ws::upgrade_to_room))
        .route("/api/auth/register", post(api::accounts::register))
        .route("/api/auth/login", post(api::accounts::log_in))
        .route("/api/auth/logout", post(api::accounts::log_out))
        .route("/api/auth/me", get(api::accounts::me))
        .route("/api/invites", post(api::accounts::invite))
        .route("/api/rooms", get(api::rooms::list).post(api::rooms::create))
        .route("/api/rooms/{room}/messages", get(api::rooms::messages))
        .route("/api/{*rest}", axum::routing::any(api::not_found))
        .route("/healthz", get(api::healthz))
        .route("/readyz", get(api::readyz))
        .fallback(assets::serve)
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .layer(map_response(harden))
        .with_state(app)
}

/// What a page may load, and who may frame it (CONTRACT section 4). The nonce lets in the scripts that the server wrote.
#[must_use]
pub fn content_security_policy(nonce: Option<&str>, reload_port: Option<u16>) -> String {
    let nonce = nonce.map(|nonce| format!(" 'nonce-{nonce}'")).unwrap_or_default();
    // In development `cargo leptos watch` tells the page to reload.
    let reload = reload_port.map(|port| format!(" ws://127.0.0.1:{port} ws://localhost:{port}")).unwrap_or_default();
    format!(
        "default-src 'self'; script-src 'self'{nonce} 'wasm-unsafe-eval'; style-src 'self'; \
         img-src 'self' data: blob:; connect-src 'self'{reload}; object-src 'none'; base-uri 'none'; form-action 'self'; \
         frame-ancestors 'none'"
    )
}

/// Every answer carries these.
async fn harden(mut response: Response) -> Response {
    let headers = response.headers_mut();
    if let Ok(policy) = content_security_policy(None, None).parse() {
        headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(policy);
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    response
}
