//! Notifications: the browsers that receive them.

use axum::{Json, extract::State, http::StatusCode};
use protocol::{
    PushId,
    http::{NewPush, NewPushId, Push, PushResults},
};
use uuid::Uuid;

use crate::{
    error::Error,
    http::{
        extract::{Body, CurrentUser, Path},
        state::App,
    },
    push::PushService,
};

/// `GET /api/push`
pub async fn list(
    State(app): State<App>,
    CurrentUser(session): CurrentUser,
) -> Result<Json<Push>, Error> {
    Ok(Json(service(&app)?.list(&session).await?))
}

/// `POST /api/push`
pub async fn add(
    State(app): State<App>,
    CurrentUser(session): CurrentUser,
    Body(new): Body<NewPush>,
) -> Result<(StatusCode, Json<NewPushId>), Error> {
    let id = service(&app)?.add(&session, new).await?;
    Ok((StatusCode::CREATED, Json(NewPushId { id })))
}

/// `DELETE /api/push/{id}`
pub async fn remove(
    State(app): State<App>,
    CurrentUser(session): CurrentUser,
    Path(id): Path<String>,
) -> Result<StatusCode, Error> {
    // The nil id, which no browser has, stands for a text that is not an id.
    let id = PushId(Uuid::try_parse(&id).unwrap_or_default());
    service(&app)?.remove(&session, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /api/push/test`
pub async fn test(
    State(app): State<App>,
    CurrentUser(session): CurrentUser,
) -> Result<Json<PushResults>, Error> {
    Ok(Json(service(&app)?.test(&session).await?))
}

/// Returns the service. There is none on a system without certificates to trust.
fn service(app: &App) -> Result<&PushService, Error> {
    app.push.as_deref().ok_or(Error::Unavailable("This server cannot send notifications."))
}
