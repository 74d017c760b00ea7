//! Forms that sign users in and out: first start, registration, sign-in, sign-out.

use std::net::IpAddr;

use app::page::{Page, ResetNotice};
use axum::{
    Form,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{AppendHeaders, IntoResponse as _, Redirect, Response},
};
use protocol::http::{Login, NewInvite, PasswordWasReset, Register};
use serde::Deserialize;

use super::{
    state::form_url,
    submitted::{INVITE_USES, Submitted, seconds},
};
use crate::{
    accounts::{RESERVED, WEAK_PASSWORD},
    config::Registration,
    error::Error,
    http::{
        extract::{ClientDevice, CurrentUser, Path},
        links::{HOME, escape, is_local},
        pages::render,
        state::App,
    },
    store::SessionUser,
};

/// The fields of an entry form.
#[derive(Deserialize)]
pub struct EntryFields {
    username: String,
    password: String,
    #[serde(default)]
    display_name: String,
    #[serde(default)]
    next: String,
}

/// Leaves out the password, which must not end up in a log.
impl std::fmt::Debug for EntryFields {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EntryFields").field("username", &self.username).finish_non_exhaustive()
    }
}

impl EntryFields {
    fn username(&self) -> String {
        self.username.trim().to_lowercase()
    }

    fn register(&self, invite: Option<String>) -> Register {
        let display_name = self.display_name.trim();
        Register {
            username: self.username(),
            password: self.password.clone(),
            display_name: (!display_name.is_empty()).then(|| display_name.to_owned()),
            invite,
        }
    }
}

/// `POST /first-start`: creates the owner's account and an invitation for the other users.
pub async fn first_start(
    State(app): State<App>,
    ClientDevice(from): ClientDevice,
    form: Submitted<EntryFields>,
) -> Result<Response, Error> {
    let Form(fields) = form?;
    match app.accounts.register(from, fields.register(None), true).await {
        Ok(session) => {
            let invite = NewInvite { uses: Some(INVITE_USES), ..NewInvite::default() };
            match app.accounts.invite(&session.user, invite).await {
                Ok(_) => {}
                // Registration is closed: an invitation would be of no use.
                Err(Error::Forbidden(_)) => {}
                Err(error) => tracing::warn!(%error, "first invitation could not be created"),
            }
            Ok(enter(&app, &session, HOME))
        }
        Err(Error::Forbidden(_)) => {
            Ok(return_to_form("/first-start", "not-first", &fields, NO_DETAIL))
        }
        Err(error) => Ok(refuse(&app, "/first-start", &fields, error).await),
    }
}

/// `POST /sign-in`
pub async fn sign_in(
    State(app): State<App>,
    ClientDevice(from): ClientDevice,
    form: Submitted<EntryFields>,
) -> Result<Response, Error> {
    let Form(fields) = form?;
    let login = Login { username: fields.username(), password: fields.password.clone() };
    match app.accounts.sign_in(from, login).await {
        Ok((session, reset)) => {
            let next = if is_local(&fields.next) { &fields.next } else { HOME };
            match reset {
                Some(reset) => Ok(tell_reset(&app, &session, reset, next).await),
                None => Ok(enter(&app, &session, next)),
            }
        }
        Err(Error::Forbidden(_)) => Ok(return_to_form("/sign-in", "banned", &fields, NO_DETAIL)),
        Err(error) => Ok(refuse(&app, "/sign-in", &fields, error).await),
    }
}

/// `POST /join/{invite}`
pub async fn join(
    State(app): State<App>,
    ClientDevice(from): ClientDevice,
    Path(invite): Path<String>,
    headers: HeaderMap,
    form: Submitted<EntryFields>,
) -> Result<Response, Error> {
    let form_path = format!("/join/{}", escape(&invite));
    register(&app, from, &headers, form, Some(invite), &form_path).await
}

/// `POST /join`: registration without an invitation, if it is open.
pub async fn join_openly(
    State(app): State<App>,
    ClientDevice(from): ClientDevice,
    headers: HeaderMap,
    form: Submitted<EntryFields>,
) -> Result<Response, Error> {
    register(&app, from, &headers, form, None, "/join").await
}

async fn register(
    app: &App,
    from: (IpAddr, Option<String>),
    headers: &HeaderMap,
    form: Submitted<EntryFields>,
    invite: Option<String>,
    form_path: &str,
) -> Result<Response, Error> {
    let Form(fields) = form?;
    let has_invite = invite.is_some();
    if let Some(Ok(_)) = app.cookie.session(headers).await {
        // The page says who is signed in. An invitation is for another person.
        return Ok(Redirect::to(form_path).into_response());
    }
    match app.accounts.register(from, fields.register(invite), false).await {
        Ok(session) => Ok(enter(app, &session, HOME)),
        Err(Error::Forbidden(_)) => {
            let fault = match app.config.registration {
                Registration::Closed => "closed",
                _ if has_invite => "invite",
                _ => "no-invite",
            };
            Ok(return_to_form(form_path, fault, &fields, NO_DETAIL))
        }
        Err(error) => Ok(refuse(app, form_path, &fields, error).await),
    }
}

/// The fields of the form that signs out.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct SignOutFields {
    next: String,
}

/// `POST /sign-out`: signs out, and opens signing in or another page of this site.
pub async fn sign_out(
    State(app): State<App>,
    user: Result<CurrentUser, Error>,
    headers: HeaderMap,
    form: Submitted<SignOutFields>,
) -> Result<Response, Error> {
    match user {
        Ok(CurrentUser(session)) => app.accounts.sign_out(&session).await?,
        Err(Error::Unauthorized(_)) => {} // signed out already
        Err(error) => return Err(error),
    }
    // The form of the workspace has no fields.
    let next = form.map(|Form(fields)| fields.next).unwrap_or_default();
    let next = if is_local(&next) { &next } else { "/sign-in" };
    let cleared = app.cookie.clear(&headers).map(|cookie| (header::SET_COOKIE, cookie));
    let mut response = (AppendHeaders(cleared), Redirect::to(next)).into_response();
    // Drafts and waiting messages leave the device. `boot.js` does the same over plain HTTP, where
    // browsers ignore this header.
    let storage = HeaderValue::from_static("\"storage\"");
    response.headers_mut().insert("clear-site-data", storage);
    Ok(response)
}

/// Signs the user in with a page that tells that the password was set by a link, and leads on.
async fn tell_reset(
    app: &App,
    session: &SessionUser,
    reset: PasswordWasReset,
    next: &str,
) -> Response {
    let page = Page::PasswordWasReset(ResetNotice { reset, next: next.to_owned() });
    let mut response = render(app, page, StatusCode::OK, Request::default()).await;
    if let Some(cookie) = app.cookie.set(session) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

pub(super) fn enter(app: &App, session: &SessionUser, to: &str) -> Response {
    let cookie = app.cookie.set(session).map(|cookie| (header::SET_COOKIE, cookie));
    (AppendHeaders(cookie), Redirect::to(to)).into_response()
}

/// Returns the user to the form with the fault that belongs to an error.
async fn refuse(app: &App, form: &str, fields: &EntryFields, error: Error) -> Response {
    let fault = match error {
        Error::Unauthorized(_) => "mismatch",
        Error::Conflict(_) => {
            let free = app.store.free_username(fields.username()).await.unwrap_or_default();
            return return_to_form(form, "taken", fields, ("free", &free));
        }
        Error::Invalid(invalid) => {
            match invalid.first().map(|error| (error.field.as_str(), error.message.as_str())) {
                Some(("username", RESERVED)) => "reserved",
                Some(("username", _)) => "username",
                Some(("password", WEAK_PASSWORD)) => "weak",
                Some(("password", _)) => "password",
                _ => "display-name",
            }
        }
        Error::Limited { retry_after, .. } => {
            return return_to_form(form, "too-fast", fields, ("wait", &seconds(retry_after)));
        }
        error => {
            error.log();
            "unavailable"
        }
    };
    return_to_form(form, fault, fields, NO_DETAIL)
}

/// The detail of a fault that needs none.
const NO_DETAIL: (&str, &str) = ("", "");

/// Redirects to the form with the fault, its detail and the submitted values.
fn return_to_form(form: &str, fault: &str, fields: &EntryFields, detail: (&str, &str)) -> Response {
    let values = [
        ("username", fields.username.as_str()),
        ("display_name", &fields.display_name),
        ("next", &fields.next),
        detail,
    ];
    Redirect::to(&form_url(form, fault, values)).into_response()
}
