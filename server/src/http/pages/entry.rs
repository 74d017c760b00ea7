//! Pages for users who are not signed in: first start, sign-in, registration.

use app::page::{EntryForm, Invitation, JoinedAlready, Page};
use axum::{
    extract::{Request, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse as _, Redirect, Response},
};

use super::{
    render::{render, render_error},
    viewer::Viewer,
};
use crate::{
    config::Registration,
    http::{
        extract::{OptionalQuery, Path},
        forms::state::FormState,
        links::HOME,
        state::App,
    },
};

/// `GET /`
pub async fn home(State(app): State<App>, request: Request) -> Response {
    match Viewer::of(&app, request.headers()).await {
        Ok(Viewer::SignedIn(_)) => Redirect::to(HOME).into_response(),
        Ok(viewer) => viewer.redirect_to_entry(None),
        Err(error) => render_error(&app, error, request).await,
    }
}

/// `GET /offline`: the page that the service worker shows while the server does not answer. The
/// same for everybody.
pub async fn offline(State(app): State<App>, request: Request) -> Response {
    render(&app, Page::Offline, StatusCode::OK, request).await
}

/// `GET /first-start`
pub async fn first_start(
    State(app): State<App>,
    OptionalQuery(state): OptionalQuery<FormState>,
    request: Request,
) -> Response {
    match Viewer::of(&app, request.headers()).await {
        Ok(Viewer::FirstUser) => {
            render(
                &app,
                Page::FirstStart(entry_form(&app, state, request.headers())),
                StatusCode::OK,
                request,
            )
            .await
        }
        Ok(_) => Redirect::to("/").into_response(),
        Err(error) => render_error(&app, error, request).await,
    }
}

/// `GET /sign-in`
pub async fn sign_in(
    State(app): State<App>,
    OptionalQuery(state): OptionalQuery<FormState>,
    request: Request,
) -> Response {
    match Viewer::of(&app, request.headers()).await {
        Ok(Viewer::SignedOut) => {
            render(
                &app,
                Page::SignIn(entry_form(&app, state, request.headers())),
                StatusCode::OK,
                request,
            )
            .await
        }
        Ok(_) => Redirect::to("/").into_response(),
        Err(error) => render_error(&app, error, request).await,
    }
}

/// `GET /join/{invite}`
pub async fn join(
    State(app): State<App>,
    Path(invite): Path<String>,
    OptionalQuery(state): OptionalQuery<FormState>,
    request: Request,
) -> Response {
    let viewer = Viewer::of(&app, request.headers()).await;
    match (viewer, app.store.open_invite(invite.clone()).await) {
        (Ok(Viewer::FirstUser), _) => Redirect::to("/first-start").into_response(),
        (Ok(viewer), Ok(open)) => {
            let open = open.filter(|_| app.config.registration != Registration::Closed);
            let invitation = Invitation { invite, from: open.map(|open| open.from) };
            render_join(&app, viewer, invitation, state, request).await
        }
        (Err(error), _) => render_error(&app, error, request).await,
        (_, Err(error)) => render_error(&app, error.into(), request).await,
    }
}

/// `GET /join`: registration without an invitation, if it is open, or the advice to ask for one.
pub async fn join_openly(
    State(app): State<App>,
    OptionalQuery(state): OptionalQuery<FormState>,
    request: Request,
) -> Response {
    match Viewer::of(&app, request.headers()).await {
        Ok(Viewer::FirstUser) => Redirect::to("/first-start").into_response(),
        Ok(viewer) if app.config.registration == Registration::Open => {
            let from = Some(app.origins.host(request.headers()));
            let invitation = Invitation { invite: String::new(), from };
            render_join(&app, viewer, invitation, state, request).await
        }
        Ok(_) => {
            let invitation = Invitation { invite: String::new(), from: None };
            let form = entry_form(&app, state, request.headers());
            let page = Page::Join(invitation, form);
            render(&app, page, StatusCode::NOT_FOUND, request).await
        }
        Err(error) => render_error(&app, error, request).await,
    }
}

/// Renders the form for a new account, or tells a viewer who has one that it is in use.
async fn render_join(
    app: &App,
    viewer: Viewer,
    invitation: Invitation,
    state: FormState,
    request: Request,
) -> Response {
    let form = entry_form(app, state, request.headers());
    let page = match viewer {
        Viewer::SignedIn(session) => {
            Page::JoinedAlready(invitation, JoinedAlready { user: session.user, host: form.host })
        }
        Viewer::FirstUser | Viewer::SignedOut => Page::Join(invitation, form),
    };
    render(app, page, StatusCode::OK, request).await
}

fn entry_form(app: &App, state: FormState, request: &HeaderMap) -> EntryForm {
    let registration = app.config.registration;
    EntryForm {
        host: app.origins.host(request),
        open: registration == Registration::Open,
        closed: registration == Registration::Closed,
        ..state.into()
    }
}
