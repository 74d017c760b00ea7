//! Middleware of all routes: who may send a request, a time limit, unsafe requests that run to
//! completion, metrics.

use std::{
    net::SocketAddr,
    panic::AssertUnwindSafe,
    sync::Once,
    time::{Duration, Instant},
};

use axum::{
    body::{Body, Bytes, HttpBody as _},
    extract::{ConnectInfo, FromRequestParts as _, Request, State},
    http::{Method, StatusCode},
    middleware::Next,
    response::Response,
};
use futures_util::FutureExt as _;
use http_body_util::BodyExt as _;
use protocol::limits::{MAX_BODY_BYTES, MAX_EMOJI_BYTES, MAX_PICTURE_BYTES};

use super::{
    api::{emoji::EMOJI_PATHS, files::FILES_PATH, people::PICTURE_PATH, uploads::UPLOADS_PATH},
    extract::{ClientAddress, CurrentUser},
    forms::{KeptForm, SHARE_PATH},
    respond::http_error,
    state::App,
};
use crate::{
    error::Error,
    files,
    limits::{ReceivePermit, SMALL},
};

/// Time limit of a request, from its head to its response, beyond that of its body.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(20);

/// The largest body of a request, and the time limit for it.
#[derive(Clone, Copy, Debug)]
struct BodyLimits {
    max: usize,
    timeout: Duration,
    /// True if the body is read only of a user who is signed in.
    is_private: bool,
    /// True if the handler reads the body, which may be larger than the memory.
    is_streamed: bool,
}

/// The limits of bodies in JSON and of forms. A connection of 60 kbit/s sends the largest in time.
const TEXT: BodyLimits = BodyLimits {
    max: MAX_BODY_BYTES,
    timeout: Duration::from_secs(10),
    is_private: false,
    is_streamed: false,
};
/// The limits of images. A connection of 1 Mbit/s sends the largest in time.
const IMAGE: BodyLimits = BodyLimits {
    max: MAX_PICTURE_BYTES,
    timeout: Duration::from_secs(45),
    is_private: true,
    is_streamed: false,
};
/// The limits of the pictures of emoji. A connection of 60 kbit/s sends the largest in time.
const EMOJI: BodyLimits = BodyLimits {
    max: MAX_EMOJI_BYTES,
    timeout: Duration::from_secs(10),
    is_private: true,
    is_streamed: false,
};
/// The limits of files, whose handlers have their own beside these.
const FILE: BodyLimits = BodyLimits {
    max: usize::MAX,
    timeout: files::MAX_DURATION,
    is_private: true,
    is_streamed: true,
};
/// The limits of what is shared without a service worker: nobody reads it.
const SHARED: BodyLimits =
    BodyLimits { max: 0, timeout: Duration::ZERO, is_private: false, is_streamed: true };

impl BodyLimits {
    fn of(request: &Request) -> Self {
        match (request.method(), request.uri().path()) {
            (&Method::PUT, PICTURE_PATH) => IMAGE,
            (&Method::PUT, path) if path.starts_with(EMOJI_PATHS) => EMOJI,
            (&Method::POST, FILES_PATH) => FILE,
            (&Method::POST, SHARE_PATH) => SHARED,
            // `HEAD` may put a file together.
            (&Method::PATCH | &Method::POST | &Method::HEAD, path)
                if path.starts_with(UPLOADS_PATH) =>
            {
                FILE
            }
            _ => TEXT,
        }
    }
}

/// Paths that any host may name: those of tools that check or measure a node, and the files that
/// the page of a refusal needs, which are the same for everyone.
const AT_ANY_HOST: [&str; 6] = ["/healthz", "/readyz", "/metrics", "/pkg/", "/fonts/", "/icons/"];

/// Refuses a request that names another host, or that a page elsewhere sent.
pub async fn check_boundaries(
    State(app): State<App>,
    request: Request,
    next: Next,
) -> Result<Response, Error> {
    let path = request.uri().path();
    let at_any_host = AT_ANY_HOST
        .iter()
        .any(|any| if any.ends_with('/') { path.starts_with(any) } else { path == *any });
    if !at_any_host {
        app.origins.check_host(request.uri(), request.headers())?;
        warn_of_hidden_clients(&app, &request);
    }
    // The share sheet of a system names no page.
    if path != SHARE_PATH {
        app.origins.check_sender(request.method(), request.headers())?;
    }
    Ok(next.run(request).await)
}

/// Warns once if a trusted proxy does not say for whom it asks. Health checks are its own requests.
fn warn_of_hidden_clients(app: &App, request: &Request) {
    static WARNED: Once = Once::new();
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
    let Some(proxy) = peer.filter(|peer| app.config.trusted_proxies.contains(*peer)) else {
        return;
    };
    if !request.headers().contains_key("x-forwarded-for") {
        WARNED.call_once(|| {
            tracing::warn!(
                %proxy,
                "a request came from a trusted proxy without X-Forwarded-For: its users all count \
                 as one address, and share its limits; make the proxy set that header"
            );
        });
    }
}

/// Ends a request that takes too long, such as one with a body that arrives too slowly.
pub async fn limit_time(request: Request, next: Next) -> Result<Response, Error> {
    let limit = REQUEST_TIMEOUT + BodyLimits::of(&request).timeout;
    let response = tokio::time::timeout(limit, next.run(request)).await;
    response.map_err(|_| http_error(StatusCode::REQUEST_TIMEOUT, "The request took too long."))
}

/// Runs an unsafe request to completion, even if the client disconnects.
///
/// So a session that has ended in the store always loses its sockets too. A panic is answered as a
/// failure of the server.
pub async fn run_to_completion(
    State(app): State<App>,
    ClientAddress(from): ClientAddress,
    request: Request,
    next: Next,
) -> Result<Response, Error> {
    let limits = BodyLimits::of(&request);
    // `HEAD` of an upload may put a file together, so it is not safe.
    let response = if request.method().is_safe() && !limits.is_streamed {
        AssertUnwindSafe(next.run(request)).catch_unwind().await
    } else {
        let mut request = request;
        if limits.is_private {
            let (mut parts, body) = request.into_parts();
            CurrentUser::from_request_parts(&mut parts, &app).await?;
            request = Request::from_parts(parts, body);
        }
        let mut body = app.limits.receive(from);
        if !limits.is_streamed {
            (request, body) = with_whole_body(request, limits, body).await?;
        }
        let permit = match limits.is_streamed {
            true => app.limits.acquire_file(from)?,
            false => app.limits.acquire_mutation(from)?,
        };
        let run = AssertUnwindSafe(next.run(request)).catch_unwind().map(|response| {
            drop((permit, body));
            response
        });
        app.requests.spawn(run).await.map_err(|error| Error::Internal(error.into()))?
    };
    response.map_err(|_| Error::Internal("a request panicked".into()))
}

/// Reads the body, whose bytes `permit` counts together with those of the head.
async fn with_whole_body(
    request: Request,
    limits: BodyLimits,
    permit: ReceivePermit,
) -> Result<(Request, ReceivePermit), Error> {
    let (parts, body) = request.into_parts();
    let fields = parts.headers.iter().map(|(name, value)| name.as_str().len() + value.len());
    let head = fields.sum::<usize>() + parts.uri.path().len();
    let read = read_body(body, limits.max, permit, head);
    let read = tokio::time::timeout(limits.timeout, read).await;
    let (bytes, permit) = read.map_err(|_| {
        http_error(StatusCode::REQUEST_TIMEOUT, "The body of the request took too long.")
    })??;
    let bytes = Bytes::from(bytes);
    if let Some(kept) = parts.extensions.get::<KeptForm>() {
        kept.keep(&bytes);
    }
    Ok((Request::from_parts(parts, bytes.into()), permit))
}

/// Reads the body, of at most `max` bytes, of a request with a head of this many bytes. A small
/// request whose body is there already does not count.
async fn read_body(
    mut body: Body,
    max: usize,
    mut permit: ReceivePermit,
    head: usize,
) -> Result<(Vec<u8>, ReceivePermit), Error> {
    let too_large = || {
        let detail = format!("The body has more than {max} bytes.");
        http_error(StatusCode::PAYLOAD_TOO_LARGE, detail)
    };
    if body.size_hint().lower() > max as u64 {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    loop {
        let frame = match body.frame().now_or_never() {
            Some(frame) => frame,
            None => {
                permit.grow_to(head + bytes.len())?;
                body.frame().await
            }
        };
        let Some(frame) = frame else { return Ok((bytes, permit)) };
        let incomplete = |_| http_error(StatusCode::BAD_REQUEST, "The body is incomplete.");
        let Ok(data) = frame.map_err(incomplete)?.into_data() else { continue };
        if bytes.len() + data.len() > max {
            return Err(too_large());
        }
        if head + bytes.len() + data.len() > SMALL {
            permit.grow_to(head + bytes.len() + data.len())?;
        }
        bytes.extend_from_slice(&data);
    }
}

/// Records the status and the duration of every request.
pub async fn measure(State(app): State<App>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let response = next.run(request).await;
    app.metrics.http(response.status().as_str(), started.elapsed());
    response
}

#[cfg(test)]
mod tests {
    use axum::{
        Router,
        body::{Body, Bytes},
        middleware::from_fn,
        routing::post,
    };
    use tower::ServiceExt as _;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_request_with_a_body_that_never_ends_times_out() {
        let router = Router::new().route("/", post(|_: Bytes| async {})).layer(from_fn(limit_time));
        let endless = futures_util::stream::pending::<Result<Bytes, std::io::Error>>();
        let request = Request::post("/").body(Body::from_stream(endless)).unwrap_or_default();
        let response = router.oneshot(request).await;
        assert_eq!(response.map(|response| response.status()), Ok(StatusCode::REQUEST_TIMEOUT));
    }
}
