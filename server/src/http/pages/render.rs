//! Renders a page as HTML.

use app::page::{Missing, Page};
use axum::{
    body::Body,
    extract::Request,
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use leptos::{context::provide_context, nonce::Nonce};

use super::shape::shape;
use crate::{
    error::Error,
    http::{security_headers::content_security_policy, state::App},
};

/// Renders a page with this status.
pub(in crate::http) async fn render(
    app: &App,
    page: Page,
    status: StatusCode,
    request: Request,
) -> Response {
    let needs_program = page.needs_program();
    let nonce = Nonce::new();
    let assets = app.assets.page().clone();
    let policy = content_security_policy(Some(&nonce), assets.reload_port);
    let render = leptos_axum::render_app_async_with_context(
        move || provide_context(nonce.clone()),
        move || app::shell(page.clone(), &assets),
    );
    let mut response = render(request).await;
    if needs_program {
        response = with_shape(response).await;
    }
    if response.status() == StatusCode::OK {
        *response.status_mut() = status;
    }
    let headers = response.headers_mut();
    if let Ok(policy) = policy.parse() {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    // A page contains the data of one user at one time.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if status == StatusCode::SERVICE_UNAVAILABLE {
        headers.insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
    }
    response
}

/// Adds the fingerprint of the page to its HTML.
async fn with_shape(response: Response) -> Response {
    let (parts, body) = response.into_parts();
    // Our own page, which the limits on its content bound.
    let Ok(bytes) = axum::body::to_bytes(body, usize::MAX).await else {
        return Response::from_parts(parts, Body::empty());
    };
    let body = match std::str::from_utf8(&bytes).ok().and_then(|html| Some((html, shape(html)?))) {
        Some((html, shape)) => {
            Body::from(html.replacen("<html", &format!("<html data-shape=\"{shape}\""), 1))
        }
        None => Body::from(bytes), // the browser renders the page anew
    };
    Response::from_parts(parts, body)
}

/// Renders the page of an error.
pub(in crate::http) async fn render_error(app: &App, error: Error, request: Request) -> Response {
    let (page, status) = match error {
        Error::NotFound(kind) => {
            let missing = match kind {
                "room" => Missing::Room,
                "message" => Missing::Message,
                _ => Missing::Page,
            };
            (Page::NotFound(missing), StatusCode::NOT_FOUND)
        }
        error => {
            tracing::error!(%error, "page could not be rendered");
            (Page::Unavailable, StatusCode::SERVICE_UNAVAILABLE)
        }
    };
    render(app, page, status, request).await
}
