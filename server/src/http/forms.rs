//! The page's forms: plain HTML, answered by a redirect, so that they work with JavaScript off. Where something is
//! wrong, the address of the form carries what, and what was typed; never a password.

use app::page::{EntryFault, EntryForm, RoomFault, RoomForm};
use axum::{
    Form,
    extract::{State, rejection::FormRejection},
    http::{HeaderMap, header},
    response::{IntoResponse as _, Redirect, Response},
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use protocol::{
    http::{Login, NewInvite, NewRoom, Register},
    limits::is_username,
};
use serde::Deserialize;

use super::pages::HOME;
use crate::{
    auth::{ClientAddress, CurrentUser},
    error::Error,
    http::{api::Path, origin, state::App},
    rooms,
    store::SessionUser,
};

/// How many people an invitation of the page lets in. One link for the whole team, yet not for the whole world.
const INVITE_USES: u32 = 25;
/// The longest value that a form's address carries, in characters.
const MAX_TYPED_CHARS: usize = 200;

/// What a query value may hold as it is.
const QUERY_VALUE: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Makes text safe as a value in a query.
pub(super) fn escape(text: &str) -> String {
    utf8_percent_encode(text, QUERY_VALUE).to_string()
}

/// Why and with what an entry form is here again, as its address tells.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Again {
    username: String,
    display_name: String,
    next: Option<String>,
    fault: Option<String>,
    free: String,
    wait: u64,
}

impl From<Again> for EntryForm {
    fn from(again: Again) -> Self {
        let fault = again.fault.as_deref().and_then(|word| {
            Some(match word {
                "mismatch" => EntryFault::Mismatch,
                "taken" if is_username(&again.free) => EntryFault::Taken(again.free.clone()),
                "username" => EntryFault::Username,
                "password" => EntryFault::Password,
                "display-name" => EntryFault::DisplayName,
                "invite" => EntryFault::Invite,
                "not-first" => EntryFault::NotFirst,
                "session-ended" => EntryFault::SessionEnded,
                "unavailable" => EntryFault::Unavailable,
                "banned" => EntryFault::Banned,
                "too-fast" => EntryFault::TooFast(again.wait),
                _ => return None,
            })
        });
        Self {
            host: String::new(),
            open: false,
            username: again.username,
            display_name: again.display_name,
            next: again.next.filter(|next| is_local(next)),
            fault,
        }
    }
}

/// Why and with what the form for a new room is here again.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct RoomAgain {
    name: String,
    fault: Option<String>,
}

impl From<RoomAgain> for RoomForm {
    fn from(again: RoomAgain) -> Self {
        let fault = match again.fault.as_deref() {
            Some("name") => Some(RoomFault::Name),
            Some("taken") => Some(RoomFault::Taken),
            Some("unavailable") => Some(RoomFault::Unavailable),
            _ => None,
        };
        Self { name: again.name, fault }
    }
}

/// What an entry form sends.
#[derive(Deserialize)]
pub struct Entry {
    username: String,
    password: String,
    #[serde(default)]
    display_name: String,
    #[serde(default)]
    next: String,
}

/// Without the password: it must not end up in a log.
impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Entry").field("username", &self.username).finish_non_exhaustive()
    }
}

type Submitted<T> = Result<Form<T>, FormRejection>;

/// `POST /first-start`: makes the owner's account, and at once the link to invite the others with.
pub async fn first_start(
    State(app): State<App>,
    headers: HeaderMap,
    form: Submitted<Entry>,
) -> Result<Response, Error> {
    let entry = from_our_page(&app, &headers, form)?;
    match app.accounts.register(register(&entry, None), true).await {
        Ok(session) => {
            let invite = NewInvite { uses: Some(INVITE_USES), ..NewInvite::default() };
            if let Err(error) = app.accounts.invite(&session.user, invite).await {
                tracing::warn!(%error, "the first invitation could not be made");
            }
            Ok(enter(&app, &session, HOME))
        }
        Err(Error::Forbidden(_)) => Ok(again("/first-start", "not-first", &entry, NOTHING)),
        Err(error) => Ok(refused(&app, "/first-start", &entry, error).await),
    }
}

/// `POST /sign-in`
pub async fn sign_in(
    State(app): State<App>,
    ClientAddress(from): ClientAddress,
    headers: HeaderMap,
    form: Submitted<Entry>,
) -> Result<Response, Error> {
    let entry = from_our_page(&app, &headers, form)?;
    let login =
        Login { username: entry.username.trim().to_lowercase(), password: entry.password.clone() };
    match app.accounts.sign_in(from, login).await {
        Ok(session) => {
            Ok(enter(&app, &session, if is_local(&entry.next) { &entry.next } else { HOME }))
        }
        Err(Error::Forbidden(_)) => Ok(again("/sign-in", "banned", &entry, NOTHING)),
        Err(error) => Ok(refused(&app, "/sign-in", &entry, error).await),
    }
}

/// `POST /join/{invite}`
pub async fn join(
    State(app): State<App>,
    Path(invite): Path<String>,
    headers: HeaderMap,
    form: Submitted<Entry>,
) -> Result<Response, Error> {
    let form_address = format!("/join/{}", escape(&invite));
    join_by(&app, &headers, form, Some(invite), &form_address).await
}

/// `POST /join`: where nobody needs an invitation.
pub async fn join_openly(
    State(app): State<App>,
    headers: HeaderMap,
    form: Submitted<Entry>,
) -> Result<Response, Error> {
    join_by(&app, &headers, form, None, "/join").await
}

async fn join_by(
    app: &App,
    headers: &HeaderMap,
    form: Submitted<Entry>,
    invite: Option<String>,
    form_address: &str,
) -> Result<Response, Error> {
    let entry = from_our_page(app, headers, form)?;
    match app.accounts.register(register(&entry, invite), false).await {
        Ok(session) => Ok(enter(app, &session, HOME)),
        Err(error) => Ok(refused(app, form_address, &entry, error).await),
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
        Err(error) if is_ours(&error) => return Ok(Redirect::to(HOME).into_response()),
        Err(error) => return Err(error),
    }
    Ok(([(header::SET_COOKIE, app.auth.expired_cookie())], Redirect::to("/sign-in"))
        .into_response())
}

/// What the form for a new room sends.
#[derive(Debug, Deserialize)]
pub struct RoomEntry {
    name: String,
}

/// `POST /new-room`
pub async fn new_room(
    State(app): State<App>,
    user: Result<CurrentUser, Error>,
    form: Submitted<RoomEntry>,
) -> Result<Redirect, Error> {
    let Form(RoomEntry { name }) = form?;
    let new = NewRoom { name: name.clone(), slug: None, private: false };
    let made = match user {
        Ok(CurrentUser(session)) => app.rooms.create(&session.user, new).await,
        Err(error) => Err(error),
    };
    let fault = match made {
        Ok(room) => return Ok(Redirect::to(&format!("/rooms/{}", room.slug))),
        Err(Error::Unauthorized(_)) => return Ok(to_sign_in("/new-room")),
        Err(Error::Conflict(_)) => "taken",
        Err(Error::Invalid(faults))
            if faults.iter().any(|fault| fault.message == rooms::RESERVED_SLUG) =>
        {
            "taken"
        }
        Err(Error::Invalid(_)) => "name",
        Err(error) if is_ours(&error) => "unavailable",
        Err(error) => return Err(error),
    };
    Ok(Redirect::to(&format!("/new-room?fault={fault}&name={}", typed(&name))))
}

/// Where the form for an invitation was.
#[derive(Debug, Deserialize)]
pub struct Back {
    #[serde(default)]
    back: String,
}

/// `POST /invites`: a new link to invite people with.
pub async fn invite(
    State(app): State<App>,
    user: Result<CurrentUser, Error>,
    form: Submitted<Back>,
) -> Result<Redirect, Error> {
    let Form(Back { back }) = form?;
    let back = if is_local(&back) { &back } else { HOME };
    let new = NewInvite { uses: Some(INVITE_USES), ..NewInvite::default() };
    let made = match user {
        Ok(CurrentUser(session)) => app.accounts.invite(&session.user, new).await,
        Err(error) => Err(error),
    };
    match made {
        Ok(_) => Ok(Redirect::to(back)),
        Err(Error::Unauthorized(_)) => Ok(to_sign_in(back)),
        Err(error) if is_ours(&error) => Ok(Redirect::to(back)),
        Err(error) => Err(error),
    }
}

/// Whether it was the server that could not do it. The page that one is sent back to says so as long as that lasts; the
/// log says why.
fn is_ours(error: &Error) -> bool {
    let is_ours = matches!(error, Error::Unavailable(_) | Error::Internal(_));
    if is_ours {
        tracing::error!(%error, "a form could not be served");
    }
    is_ours
}

/// Whoever is signed out meanwhile signs in again, and goes on at `next`.
fn to_sign_in(next: &str) -> Redirect {
    Redirect::to(&format!("/sign-in?fault=session-ended&next={}", escape(next)))
}

/// A page elsewhere must not sign its visitors in as somebody else.
fn from_our_page<T>(app: &App, headers: &HeaderMap, form: Submitted<T>) -> Result<T, Error> {
    if !app.auth.origins.is_not_from_elsewhere(headers) {
        return Err(Error::Forbidden(origin::REFUSED.into()));
    }
    let Form(form) = form?;
    Ok(form)
}

fn register(entry: &Entry, invite: Option<String>) -> Register {
    let display_name = entry.display_name.trim();
    Register {
        username: entry.username.trim().to_lowercase(),
        password: entry.password.clone(),
        display_name: (!display_name.is_empty()).then(|| display_name.to_owned()),
        invite,
    }
}

fn enter(app: &App, session: &SessionUser, to: &str) -> Response {
    let cookie = app.auth.session_cookie(&app.auth.token(session));
    ([(header::SET_COOKIE, cookie)], Redirect::to(to)).into_response()
}

/// Back to the form, which says why.
async fn refused(app: &App, form: &str, entry: &Entry, error: Error) -> Response {
    let fault = match error {
        Error::Unauthorized(_) => "mismatch",
        Error::Conflict(_) => {
            let like = entry.username.trim().to_lowercase();
            let free = app.store.free_username(like).await.unwrap_or_default();
            return again(form, "taken", entry, ("free", &free));
        }
        Error::Invalid(faults) => match faults.first().map(|fault| fault.field.as_str()) {
            Some("username") => "username",
            Some("password") => "password",
            _ => "display-name",
        },
        Error::Forbidden(_) => "invite",
        Error::Limited { retry_after, .. } => {
            let wait = retry_after.as_secs_f32().ceil().to_string();
            return again(form, "too-fast", entry, ("wait", &wait));
        }
        error => {
            tracing::error!(%error, "a form could not be served");
            "unavailable"
        }
    };
    again(form, fault, entry, NOTHING)
}

/// Where a fault says it all.
const NOTHING: (&str, &str) = ("", "");

/// Back to the form, with what is wrong, what goes with that, and what was typed.
fn again(form: &str, fault: &str, entry: &Entry, detail: (&str, &str)) -> Response {
    let mut address = format!("{form}?fault={fault}");
    let fields = [
        ("username", entry.username.as_str()),
        ("display_name", &entry.display_name),
        ("next", &entry.next),
        detail,
    ];
    for (name, value) in fields {
        if !value.trim().is_empty() {
            address.extend(["&", name, "=", &typed(value)]);
        }
    }
    Redirect::to(&address).into_response()
}

/// What was typed, for the form's address; cut, since a header would not hold a novel.
fn typed(value: &str) -> String {
    escape(&value.trim().chars().take(MAX_TYPED_CHARS).collect::<String>())
}

/// Whether a redirect to it stays on this site.
fn is_local(path: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_graphic() && byte != b'\\'; // what else there is, an address has escaped
    path.starts_with('/') && !path.starts_with("//") && path.bytes().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redirects_stay_on_this_site() {
        assert!(is_local("/rooms/general?at=7"));
        for elsewhere in [
            "",
            "rooms",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/a\nb",
            "/é",
        ] {
            assert!(!is_local(elsewhere), "{elsewhere:?}");
        }
    }
}
