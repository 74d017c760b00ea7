//! Renders a page as HTML.

use app::page::Page;
use axum::{
    extract::Request,
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use leptos::{context::provide_context, nonce::Nonce};

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
    let nonce = Nonce::new();
    let assets = app.assets.page().clone();
    let policy = content_security_policy(Some(&nonce), assets.reload_port);
    let render = leptos_axum::render_app_async_with_context(
        move || provide_context(nonce.clone()),
        move || app::shell(page.clone(), &assets),
    );
    let mut response = render(request).await;
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

/// Renders the page of an error.
pub(super) async fn render_error(app: &App, error: Error, request: Request) -> Response {
    let (page, status) = match error {
        Error::NotFound(_) => (Page::NotFound, StatusCode::NOT_FOUND),
        error => {
            tracing::error!(%error, "page could not be rendered");
            (Page::Unavailable, StatusCode::SERVICE_UNAVAILABLE)
        }
    };
    render(app, page, status, request).await
}
