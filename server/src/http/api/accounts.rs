//! Accounts, sessions and invitations.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{AppendHeaders, IntoResponse},
};
use protocol::{
    InviteId,
    http::{
        ChangePassword, Invite, Invites, Login, Me, NewInvite, NewRole, PasswordWasReset, Register,
        SignedIn,
    },
};
use uuid::Uuid;

use crate::{
    error::Error,
    http::{
        extract::{Body, ClientAddress, ClientDevice, CurrentUser, Path},
        state::App,
    },
    store::SessionUser,
};

/// `POST /api/auth/register`
pub async fn register(
    State(app): State<App>,
    ClientDevice(from): ClientDevice,
    Body(new): Body<Register>,
) -> Result<impl IntoResponse, Error> {
    let session = app.accounts.register(from, new, false).await?;
    Ok((StatusCode::CREATED, signed_in(&app, session, None)))
}

/// `POST /api/auth/login`
pub async fn sign_in(
    State(app): State<App>,
    ClientDevice(from): ClientDevice,
    Body(login): Body<Login>,
) -> Result<impl IntoResponse, Error> {
    let (session, password_reset) = app.accounts.sign_in(from, login).await?;
    Ok(signed_in(&app, session, password_reset))
}

fn signed_in(
    app: &App,
    session: SessionUser,
    password_reset: Option<PasswordWasReset>,
) -> impl IntoResponse + use<> {
    let cookie = app.cookie.set(&session).map(|cookie| (header::SET_COOKIE, cookie));
    let token = app.auth.token(&session);
    (AppendHeaders(cookie), Json(SignedIn { token, user: session.user, password_reset }))
}

/// `POST /api/auth/logout`
pub async fn sign_out(
    State(app): State<App>,
    CurrentUser(session): CurrentUser,
    headers: HeaderMap,
) -> Result<impl IntoResponse, Error> {
    app.accounts.sign_out(&session).await?;
    let cleared = app.cookie.clear(&headers).map(|cookie| (header::SET_COOKIE, cookie));
    Ok((StatusCode::NO_CONTENT, AppendHeaders(cleared)))
}

/// `POST /api/auth/password`
pub async fn change_password(
    State(app): State<App>,
    ClientAddress(from): ClientAddress,
    CurrentUser(session): CurrentUser,
    Body(change): Body<ChangePassword>,
) -> Result<StatusCode, Error> {
    app.accounts.change_password(from, session, change).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /api/users/{user}/ban`
pub async fn ban(
    State(app): State<App>,
    CurrentUser(session): CurrentUser,
    Path(user): Path<String>,
) -> Result<StatusCode, Error> {
    app.accounts.set_banned(&session.user, user, true).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /api/users/{user}/ban`
pub async fn unban(
    State(app): State<App>,
    CurrentUser(session): CurrentUser,
    Path(user): Path<String>,
) -> Result<StatusCode, Error> {
    app.accounts.set_banned(&session.user, user, false).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /api/users/{user}/role`
pub async fn set_role(
    State(app): State<App>,
    CurrentUser(session): CurrentUser,
    Path(user): Path<String>,
    Body(role): Body<NewRole>,
) -> Result<StatusCode, Error> {
    app.accounts.set_role(&session.user, user, role).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /api/auth/me`
pub async fn me(CurrentUser(session): CurrentUser) -> Json<Me> {
    Json(Me { user: session.user })
}

/// `POST /api/invites`
pub async fn invite(
    State(app): State<App>,
    CurrentUser(session): CurrentUser,
    headers: HeaderMap,
    Body(new): Body<NewInvite>,
) -> Result<impl IntoResponse, Error> {
    let invite = app.accounts.invite(&session.user, new).await?;
    let url = app.origins.invite_url(&headers, &invite);
    Ok((StatusCode::CREATED, Json(Invite { invite, url })))
}

/// `GET /api/invites`
pub async fn invites(
    State(app): State<App>,
    CurrentUser(session): CurrentUser,
) -> Result<Json<Invites>, Error> {
    Ok(Json(Invites { invites: app.accounts.invites(&session.user).await? }))
}

/// `DELETE /api/invites/{id}`
pub async fn revoke_invite(
    State(app): State<App>,
    CurrentUser(session): CurrentUser,
    Path(id): Path<String>,
) -> Result<StatusCode, Error> {
    // The nil id, which no invitation has, stands for a text that is not an id.
    let id = InviteId(Uuid::try_parse(&id).unwrap_or_default());
    app.accounts.revoke_invite(&session.user, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
