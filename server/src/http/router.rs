//! Every route, on one page.

use std::{
    panic::AssertUnwindSafe,
    time::{Duration, Instant},
};

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware::{Next, from_fn, from_fn_with_state, map_response},
    response::Response,
    routing::{any, delete, get, post},
};
use futures_util::FutureExt as _;
use http_body_util::LengthLimitError;
use protocol::limits::MAX_BODY_BYTES;

use super::{api, assets, documents, echo, forms, pages, state::App, upgrade};
use crate::{auth::ClientAddress, error::Error};

/// All that this server answers.
pub fn router(app: App) -> Router {
    let mut router = Router::new();
    if app.config.echo {
        router = router.route("/ws/echo", get(echo::upgrade));
    }
    router
        .route("/", get(pages::home))
        .route("/first-start", get(pages::first_start).post(forms::first_start))
        .route("/sign-in", get(pages::sign_in).post(forms::sign_in))
        .route("/join", get(pages::join_openly).post(forms::join_openly))
        .route("/join/{invite}", get(pages::join).post(forms::join))
        .route("/sign-out", post(forms::sign_out))
        .route("/rooms", get(pages::rooms))
        .route("/rooms/{slug}", get(pages::room))
        .route("/new-room", get(pages::new_room).post(forms::new_room))
        .route("/invites", post(forms::invite))
        .route("/ws", get(upgrade::upgrade))
        .route("/ws/ticket", post(upgrade::issue_ticket))
        .route("/ws/{room}", get(upgrade::upgrade_to_room))
        .route("/api/auth/register", post(api::accounts::register))
        .route("/api/auth/login", post(api::accounts::log_in))
        .route("/api/auth/logout", post(api::accounts::log_out))
        .route("/api/auth/me", get(api::accounts::me))
        .route("/api/auth/password", post(api::accounts::change_password))
        .route("/api/invites", post(api::accounts::invite))
        .route("/api/rooms", get(api::rooms::list).post(api::rooms::create))
        .route("/api/rooms/{room}/messages", get(api::rooms::messages))
        .route("/api/rooms/{room}/members", post(api::rooms::add_member))
        .route("/api/rooms/{room}/members/{user}", delete(api::rooms::remove_member))
        .route("/api/users/{user}/ban", post(api::accounts::ban).delete(api::accounts::unban))
        .route("/api/users/{user}/role", post(api::accounts::set_role))
        .route("/api/openapi.json", get(documents::openapi))
        .route("/api/asyncapi.json", get(documents::asyncapi))
        .route("/api", any(api::not_found))
        .route("/api/", any(api::not_found))
        .route("/api/{*rest}", any(api::not_found))
        .route("/healthz", get(api::healthz))
        .route("/readyz", get(api::readyz))
        .route("/metrics", get(api::metrics))
        .fallback(assets::serve)
        .method_not_allowed_fallback(api::method_not_allowed)
        .layer(from_fn_with_state(app.clone(), to_its_end))
        .layer(from_fn(in_time))
        .layer(map_response(harden))
        .layer(from_fn_with_state(app.clone(), measure))
        .with_state(app)
}

/// What a page may load, and who may frame it. The nonce lets in the scripts that the server wrote.
#[must_use]
pub fn content_security_policy(nonce: Option<&str>, reload_port: Option<u16>) -> String {
    let nonce = nonce.map(|nonce| format!(" 'nonce-{nonce}'")).unwrap_or_default();
    // In development `cargo leptos watch` tells the page to reload.
    let reload = reload_port
        .map(|port| format!(" ws://127.0.0.1:{port} ws://localhost:{port}"))
        .unwrap_or_default();
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

/// How long a request may take from its head to its answer, its body included.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// Who sends a body too slowly is not waited for.
async fn in_time(request: Request, next: Next) -> Result<Response, Error> {
    let answer = tokio::time::timeout(REQUEST_TIMEOUT, next.run(request)).await;
    answer.map_err(|_| {
        Error::Unreadable(StatusCode::REQUEST_TIMEOUT, "The request took too long.".into())
    })
}

/// What changes something does so to its end, whether the client waits for it or not: a session that has ended in the
/// store ends its sockets too. A panic is answered like any other fault of ours.
async fn to_its_end(
    State(app): State<App>,
    ClientAddress(from): ClientAddress,
    request: Request,
    next: Next,
) -> Result<Response, Error> {
    let answer = if request.method().is_safe() {
        AssertUnwindSafe(next.run(request)).catch_unwind().await
    } else {
        let request = with_whole_body(request).await?;
        let change = app.limits.acquire_mutation(from)?;
        let answering = AssertUnwindSafe(next.run(request)).catch_unwind().map(|answer| {
            drop(change);
            answer
        });
        app.requests.spawn(answering).await.map_err(|error| Error::Internal(error.into()))?
    };
    answer.map_err(|_| Error::Internal("a request panicked".into()))
}

async fn with_whole_body(request: Request) -> Result<Request, Error> {
    let (parts, body) = request.into_parts();
    match axum::body::to_bytes(body, MAX_BODY_BYTES).await {
        Ok(bytes) => Ok(Request::from_parts(parts, bytes.into())),
        Err(error)
            if std::error::Error::source(&error)
                .is_some_and(|source| source.is::<LengthLimitError>()) =>
        {
            let detail = format!("The body has more than {MAX_BODY_BYTES} bytes.");
            Err(Error::Unreadable(StatusCode::PAYLOAD_TOO_LARGE, detail))
        }
        Err(_) => Err(Error::Unreadable(
            StatusCode::BAD_REQUEST,
            "The body does not arrive whole.".into(),
        )),
    }
}

/// Counts every answer, and how long it took.
async fn measure(State(app): State<App>, request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let response = next.run(request).await;
    app.metrics.http(response.status().as_str(), begun.elapsed());
    response
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, Bytes};
    use tower::ServiceExt as _;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_body_that_never_ends_is_not_waited_for() {
        let router = Router::new().route("/", post(|_: Bytes| async {})).layer(from_fn(in_time));
        let endless = futures_util::stream::pending::<Result<Bytes, std::io::Error>>();
        let request = Request::post("/").body(Body::from_stream(endless)).unwrap_or_default();
        let response = router.oneshot(request).await;
        assert_eq!(response.map(|response| response.status()), Ok(StatusCode::REQUEST_TIMEOUT));
    }
}
