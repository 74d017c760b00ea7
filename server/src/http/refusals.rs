//! Answers the errors of pages and forms by a page: a person in a browser reads no JSON.

use std::borrow::Cow;

use app::page::{Page, Refusal};
use axum::{
    extract::{Request, State},
    http::{HeaderMap, Method, StatusCode, header},
    middleware::Next,
    response::Response,
};

use super::{
    forms::{KeptForm, show_refused},
    pages::render,
    respond::Refused,
    state::App,
};

/// The paths that programs use. All others are pages.
const PROGRAMS: [&str; 7] = ["/api", "/ws", "/healthz", "/readyz", "/metrics", "/pkg", "/pictures"];

/// Turns the error of a page or form into a page that says what to do, and keeps what was typed.
pub(super) async fn explain(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if !is_page(path) || wants_json(request.headers()) {
        return next.run(request).await;
    }
    let (path, method, kept) = (path.to_owned(), request.method().clone(), KeptForm::default());
    request.extensions_mut().insert(kept.clone());
    let headers = if method == Method::POST { request.headers().clone() } else { HeaderMap::new() };
    let mut response = next.run(request).await;
    let Some(Refused { detail }) = response.extensions_mut().remove() else { return response };
    let status = response.status();
    let (title, text) = words(status, &detail);
    let is_here = method == Method::POST && status != StatusCode::MISDIRECTED_REQUEST;
    let composer = if is_here {
        show_refused(&app, (&path, &headers), &kept, &text, status).await
    } else {
        None
    };
    let mut page = match composer {
        Some(composer) => composer,
        None => {
            let (back, fields) = match status {
                _ if is_here => kept.return_to(&path).await,
                StatusCode::MISDIRECTED_REQUEST => {
                    (app.origins.public_url().to_owned(), Vec::new())
                }
                _ => ("/".to_owned(), Vec::new()),
            };
            let (title, text) = (title.to_owned(), text.into_owned());
            let refusal = Refusal { title, text, status: status.as_u16(), back, fields };
            render(&app, Page::Refused(refusal), status, Request::default()).await
        }
    };
    for name in [header::RETRY_AFTER, header::ALLOW] {
        if let Some(value) = response.headers_mut().remove(&name) {
            page.headers_mut().insert(name, value);
        }
    }
    page
}

fn is_page(path: &str) -> bool {
    !PROGRAMS.iter().any(|program| {
        path.strip_prefix(program).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

/// Returns whether a program asks, which reads problem documents.
fn wants_json(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    accept.is_some_and(|accept| accept.contains("json") && !accept.contains("text/html"))
}

/// Returns a title and a text for an error whose detail may be about headers and bodies.
fn words(status: StatusCode, detail: &str) -> (&'static str, Cow<'_, str>) {
    let title = match status {
        StatusCode::FORBIDDEN => "Not accepted",
        StatusCode::NOT_FOUND => "Page not found",
        StatusCode::CONFLICT => "Taken already",
        StatusCode::MISDIRECTED_REQUEST => "Another address",
        StatusCode::TOO_MANY_REQUESTS => "Too many at once",
        StatusCode::SERVICE_UNAVAILABLE => "Temporarily unavailable",
        _ => return in_general(status),
    };
    (title, detail.into())
}

fn in_general(status: StatusCode) -> (&'static str, Cow<'static, str>) {
    let (title, text) = match status {
        StatusCode::METHOD_NOT_ALLOWED => {
            ("Nothing to open here", "This address only takes a form of another page.")
        }
        StatusCode::REQUEST_TIMEOUT => {
            ("That took too long", "The form did not arrive in time. Try again.")
        }
        StatusCode::PAYLOAD_TOO_LARGE => {
            ("Too long", "The form has more text than this server accepts. Shorten it.")
        }
        status if status.is_client_error() => (
            "The form could not be read",
            "Something in it was missing or broken. Fill it in again.",
        ),
        _ => (
            "Something went wrong",
            "The server failed. Try again in a moment. If that does not help, tell whoever runs \
             this server.",
        ),
    };
    (title, text.into())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn pages_are_all_but_the_addresses_for_programs() {
        for page in ["/", "/sign-in", "/rooms/api", "/apis", "/wsx", "/new-room", "/metrics2"] {
            assert!(is_page(page), "{page}");
        }
        for other in ["/api", "/api/rooms", "/ws", "/ws/general", "/healthz", "/pkg/x/y.js"] {
            assert!(!is_page(other), "{other}");
        }
    }

    #[test]
    fn only_those_who_ask_for_json_get_it() {
        for (accept, json) in [
            ("text/html,application/xhtml+xml,*/*;q=0.8", false),
            ("*/*", false),
            ("application/json", true),
            ("application/problem+json, */*", true),
            ("application/json, text/html", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, HeaderValue::from_static(accept));
            assert_eq!(wants_json(&headers), json, "{accept}");
        }
        assert!(!wants_json(&HeaderMap::new()));
    }

    #[test]
    fn every_status_has_words() {
        for status in (400..600).filter_map(|status| StatusCode::from_u16(status).ok()) {
            let (title, text) = words(status, "a detail");
            assert!(!title.is_empty() && !text.is_empty(), "{status}");
        }
    }
}
