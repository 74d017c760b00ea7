//! Forms that sign users in and out: first start, registration, sign-in, sign-out.

use axum::{
    extract::State,
    http::{HeaderMap, header},
    response::{IntoResponse as _, Redirect, Response},
};
use protocol::http::{Login, NewInvite, Register};
use serde::Deserialize;

use super::{
    state::form_url,
    submitted::{INVITE_USES, Submitted, is_server_failure, read_own_form},
};
use crate::{
    config::Registration,
    error::Error,
    http::{
        cookies,
        extract::{ClientAddress, CurrentUser, Path},
        links::{HOME, escape, is_local},
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
    headers: HeaderMap,
    form: Submitted<EntryFields>,
) -> Result<Response, Error> {
    let fields = read_own_form(&app, &headers, form)?;
    match app.accounts.register(fields.register(None), true).await {
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
    ClientAddress(from): ClientAddress,
    headers: HeaderMap,
    form: Submitted<EntryFields>,
) -> Result<Response, Error> {
    let fields = read_own_form(&app, &headers, form)?;
    let login = Login { username: fields.username(), password: fields.password.clone() };
    match app.accounts.sign_in(from, login).await {
        Ok(session) => {
            let next = if is_local(&fields.next) { &fields.next } else { HOME };
            Ok(enter(&app, &session, next))
        }
        Err(Error::Forbidden(_)) => Ok(return_to_form("/sign-in", "banned", &fields, NO_DETAIL)),
        Err(error) => Ok(refuse(&app, "/sign-in", &fields, error).await),
    }
}

/// `POST /join/{invite}`
pub async fn join(
    State(app): State<App>,
    Path(invite): Path<String>,
    headers: HeaderMap,
    form: Submitted<EntryFields>,
) -> Result<Response, Error> {
    let form_path = format!("/join/{}", escape(&invite));
    register(&app, &headers, form, Some(invite), &form_path).await
}

/// `POST /join`: registration without an invitation, if it is open.
pub async fn join_openly(
    State(app): State<App>,
    headers: HeaderMap,
    form: Submitted<EntryFields>,
) -> Result<Response, Error> {
    register(&app, &headers, form, None, "/join").await
}

async fn register(
    app: &App,
    headers: &HeaderMap,
    form: Submitted<EntryFields>,
    invite: Option<String>,
    form_path: &str,
) -> Result<Response, Error> {
    let fields = read_own_form(app, headers, form)?;
    let has_invite = invite.is_some();
    match app.accounts.register(fields.register(invite), false).await {
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

/// `POST /sign-out`
pub async fn sign_out(
    State(app): State<App>,
    user: Result<CurrentUser, Error>,
) -> Result<Response, Error> {
    let ended = match user {
        Ok(CurrentUser(session)) => app.accounts.sign_out(&session).await,
        Err(Error::Unauthorized(_)) => Ok(()), // signed out already
        Err(error) => Err(error),
    };
    match ended {
        Ok(()) => {}
        Err(error) if is_server_failure(&error) => return Ok(Redirect::to(HOME).into_response()),
        Err(error) => return Err(error),
    }
    let cookie = cookies::clear_session(&app.origins);
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to("/sign-in")).into_response())
}

fn enter(app: &App, session: &SessionUser, to: &str) -> Response {
    let cookie = cookies::set_session(&app.origins, &app.auth.token(session));
    ([(header::SET_COOKIE, cookie)], Redirect::to(to)).into_response()
}

/// Returns the user to the form with the fault that belongs to an error.
async fn refuse(app: &App, form: &str, fields: &EntryFields, error: Error) -> Response {
    let fault = match error {
        Error::Unauthorized(_) => "mismatch",
        Error::Conflict(_) => {
            let free = app.store.free_username(fields.username()).await.unwrap_or_default();
            return return_to_form(form, "taken", fields, ("free", &free));
        }
        Error::Invalid(invalid) => match invalid.first().map(|error| error.field.as_str()) {
            Some("username") => "username",
            Some("password") => "password",
            _ => "display-name",
        },
        Error::Limited { retry_after, .. } => {
            let wait = retry_after.as_secs_f32().ceil().to_string();
            return return_to_form(form, "too-fast", fields, ("wait", &wait));
        }
        error => {
            tracing::error!(%error, "form could not be processed");
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
