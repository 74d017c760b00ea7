//! The page's addresses: finds out what a page shows, and has `app` render it. A page is whole before any script runs.

use std::convert::Infallible;

use app::page::{EntryForm, Invitation, OpenRoom, Page, RoomForm, Workspace};
use axum::{
    extract::{FromRequestParts, Query, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts, uri::PathAndQuery},
    response::{IntoResponse as _, Redirect, Response},
};
use leptos::{context::provide_context, nonce::Nonce};
use protocol::{RoomName, User};
use serde::de::DeserializeOwned;

use super::forms::{Again, RoomAgain};
use crate::{
    auth::session_cookie,
    config::Registration,
    error::Error,
    http::{api::Path, state::App},
    store::SessionUser,
};

/// Where somebody is sent who has just come in.
pub(crate) const HOME: &str = "/rooms/general";

/// The query of a page's address, as far as it makes sense: nobody types one.
#[derive(Debug)]
pub struct Lenient<T>(T);

impl<T: Default + DeserializeOwned> FromRequestParts<App> for Lenient<T> {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let query = Query::from_request_parts(parts, app).await;
        Ok(Self(query.map(|Query(query)| query).unwrap_or_default()))
    }
}

/// `GET /`
pub async fn home(State(app): State<App>, request: Request) -> Response {
    match visitor(&app, request.headers()).await {
        Ok(Visitor::Somebody(_)) => Redirect::to(HOME).into_response(),
        Ok(visitor) => visitor.to_entry(None),
        Err(error) => failed(&app, error, request).await,
    }
}

/// `GET /first-start`
pub async fn first_start(
    State(app): State<App>,
    Lenient(again): Lenient<Again>,
    request: Request,
) -> Response {
    match visitor(&app, request.headers()).await {
        Ok(Visitor::First) => {
            render(&app, Page::FirstStart(entry_form(&app, again)), StatusCode::OK, request).await
        }
        Ok(_) => Redirect::to("/").into_response(),
        Err(error) => failed(&app, error, request).await,
    }
}

/// `GET /sign-in`
pub async fn sign_in(
    State(app): State<App>,
    Lenient(again): Lenient<Again>,
    request: Request,
) -> Response {
    match visitor(&app, request.headers()).await {
        Ok(Visitor::Nobody) => {
            render(&app, Page::SignIn(entry_form(&app, again)), StatusCode::OK, request).await
        }
        Ok(_) => Redirect::to("/").into_response(),
        Err(error) => failed(&app, error, request).await,
    }
}

/// `GET /join/{invite}`
pub async fn join(
    State(app): State<App>,
    Path(invite): Path<String>,
    Lenient(again): Lenient<Again>,
    request: Request,
) -> Response {
    match (visitor(&app, request.headers()).await, app.store.open_invite(invite.clone()).await) {
        (Ok(Visitor::First), _) => Redirect::to("/first-start").into_response(),
        (Ok(_), Ok(open)) => {
            let invitation = Invitation { invite, from: open.map(|open| open.from) };
            render(&app, Page::Join(invitation, entry_form(&app, again)), StatusCode::OK, request)
                .await
        }
        (Err(error), _) => failed(&app, error, request).await,
        (_, Err(error)) => failed(&app, error.into(), request).await,
    }
}

/// `GET /join`: where nobody needs an invitation.
pub async fn join_openly(
    State(app): State<App>,
    Lenient(again): Lenient<Again>,
    request: Request,
) -> Response {
    match visitor(&app, request.headers()).await {
        Ok(Visitor::First) => Redirect::to("/first-start").into_response(),
        Ok(_) if app.config.registration == Registration::Open => {
            let from = Some(app.auth.origins.host().to_owned());
            let page =
                Page::Join(Invitation { invite: String::new(), from }, entry_form(&app, again));
            render(&app, page, StatusCode::OK, request).await
        }
        Ok(_) => failed(&app, Error::NotFound("page"), request).await,
        Err(error) => failed(&app, error, request).await,
    }
}

/// `GET /rooms`
pub async fn rooms(State(app): State<App>, request: Request) -> Response {
    workspace(&app, None, |workspace| Page::Workspace(Box::new(workspace)), request).await
}

/// `GET /rooms/{slug}`
pub async fn room(State(app): State<App>, Path(slug): Path<String>, request: Request) -> Response {
    workspace(&app, Some(slug), |workspace| Page::Workspace(Box::new(workspace)), request).await
}

/// `GET /new-room`
pub async fn new_room(
    State(app): State<App>,
    Lenient(again): Lenient<RoomAgain>,
    request: Request,
) -> Response {
    let form = RoomForm::from(again);
    workspace(&app, None, |workspace| Page::NewRoom(Box::new(workspace), form), request).await
}

/// Everything else.
pub async fn not_found(State(app): State<App>, request: Request) -> Response {
    failed(&app, Error::NotFound("page"), request).await
}

/// Who opens a page.
enum Visitor {
    /// Nobody lives here yet.
    First,
    /// Not signed in.
    Nobody,
    Somebody(SessionUser),
}

impl Visitor {
    /// Sends who is not signed in to where one comes in, and afterwards to `next`.
    fn to_entry(&self, next: Option<&str>) -> Response {
        let to = match (self, next) {
            (Self::First, _) => "/first-start".to_owned(),
            (_, Some(next)) => format!("/sign-in?next={}", super::forms::escape(next)),
            (_, None) => "/sign-in".to_owned(),
        };
        Redirect::to(&to).into_response()
    }
}

async fn visitor(app: &App, headers: &HeaderMap) -> Result<Visitor, Error> {
    use crate::auth::Refused;
    if let Some(token) = session_cookie(headers) {
        match app.auth.by_token(token).await {
            Ok(session) => return Ok(Visitor::Somebody(session)),
            Err(Refused::Credential(_)) => {}
            Err(unavailable @ Refused::Unavailable) => return Err(unavailable.into()),
        }
    }
    Ok(if app.store.has_no_users().await? { Visitor::First } else { Visitor::Nobody })
}

async fn workspace(
    app: &App,
    slug: Option<String>,
    page: impl FnOnce(Workspace) -> Page,
    request: Request,
) -> Response {
    let session = match visitor(app, request.headers()).await {
        Ok(Visitor::Somebody(session)) => session,
        Ok(visitor) => {
            return visitor.to_entry(request.uri().path_and_query().map(PathAndQuery::as_str));
        }
        Err(error) => return failed(app, error, request).await,
    };
    match load(app, &session.user, slug).await {
        Ok(workspace) => {
            let mut response = render(app, page(workspace), StatusCode::OK, request).await;
            // A session lives on from its last use, and so must its cookie.
            if let Ok(cookie) = app.auth.session_cookie(&app.auth.token(&session)).parse() {
                response.headers_mut().append(header::SET_COOKIE, cookie);
            }
            response
        }
        Err(error) => failed(app, error, request).await,
    }
}

async fn load(app: &App, user: &User, slug: Option<String>) -> Result<Workspace, Error> {
    // First of all: where another history begins meanwhile, the page is to find out.
    let epoch = app.store.epoch();
    let rooms = app.store.rooms(user.id).await?;
    let open = match slug {
        None => None,
        Some(slug) => {
            let access = app.store.room_access(user.id, RoomName(slug)).await?;
            let permit = app.store.recovery_permit(user.id).await?;
            let snapshot = app.store.snapshot(permit, user.id, access.room, None).await?;
            let room = rooms
                .iter()
                .find(|room| room.id == access.room)
                .cloned()
                .ok_or(Error::NotFound("room"))?;
            Some(OpenRoom {
                room: protocol::Room { seq: snapshot.seq, ..room },
                messages: snapshot.page.messages,
                has_more: snapshot.page.has_more,
                members: app.chat.members_page(access.room, None, None).await?,
            })
        }
    };
    let invite = if user.role.may_invite() { app.store.own_invite(user.id).await? } else { None };
    Ok(Workspace {
        user: user.clone(),
        rooms,
        open,
        invite_url: invite.map(|invite| app.auth.origins.invite_url(&invite.code)),
        epoch,
    })
}

fn entry_form(app: &App, again: Again) -> EntryForm {
    let open = app.config.registration == Registration::Open;
    EntryForm { host: app.auth.origins.host().to_owned(), open, ..again.into() }
}

async fn failed(app: &App, error: Error, request: Request) -> Response {
    let (page, status) = match error {
        Error::NotFound(_) => (Page::NotFound, StatusCode::NOT_FOUND),
        error => {
            tracing::error!(%error, "a page could not be made");
            (Page::Unavailable, StatusCode::SERVICE_UNAVAILABLE)
        }
    };
    render(app, page, status, request).await
}

async fn render(app: &App, page: Page, status: StatusCode, request: Request) -> Response {
    let nonce = Nonce::new();
    let assets = app.assets.page().clone();
    let policy = super::router::content_security_policy(Some(&nonce), assets.reload_port);
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
    // It is one person's page of one moment.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if status == StatusCode::SERVICE_UNAVAILABLE {
        headers.insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
    }
    response
}
