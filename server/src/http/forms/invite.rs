//! The forms that create and revoke invitations.

use axum::{Form, extract::State, response::Redirect};
use protocol::{InviteId, http::NewInvite};
use serde::Deserialize;
use uuid::Uuid;

use super::submitted::{INVITE_USES, Submitted};
use crate::{
    error::Error,
    http::{
        extract::{CurrentUser, Path},
        links::{HOME, is_local, sign_in_again},
        state::App,
    },
};

/// The page to return to.
#[derive(Debug, Deserialize)]
pub struct ReturnTo {
    #[serde(default)]
    back: String,
}

/// `POST /invites`: creates an invitation.
pub async fn invite(
    State(app): State<App>,
    user: Result<CurrentUser, Error>,
    form: Submitted<ReturnTo>,
) -> Result<Redirect, Error> {
    let Form(ReturnTo { back }) = form?;
    let back = if is_local(&back) { &back } else { HOME };
    let new = NewInvite { uses: Some(INVITE_USES), ..NewInvite::default() };
    let CurrentUser(session) = match user {
        Ok(user) => user,
        Err(error) => return stop(error, back),
    };
    match app.accounts.invite(&session.user, new).await {
        Ok(_) => Ok(Redirect::to(back)),
        Err(error) => Err(error),
    }
}

/// `POST /invitations/{id}/revoke`: ends an invitation.
pub async fn revoke_invite(
    State(app): State<App>,
    Path(id): Path<String>,
    user: Result<CurrentUser, Error>,
) -> Result<Redirect, Error> {
    const LIST: &str = "/invitations";
    let CurrentUser(session) = match user {
        Ok(user) => user,
        Err(error) => return stop(error, LIST),
    };
    let id = InviteId(Uuid::try_parse(&id).unwrap_or_default());
    match app.accounts.revoke_invite(&session.user, id).await {
        // It has ended already, or the user may no longer see the list: the page shows either.
        Ok(()) | Err(Error::NotFound(_) | Error::Forbidden(_)) => Ok(Redirect::to(LIST)),
        Err(error) => Err(error),
    }
}

/// Sends a user whose session has ended to signing in, and from there back.
fn stop(error: Error, back: &str) -> Result<Redirect, Error> {
    match error {
        Error::Unauthorized(_) => Ok(sign_in_again(back)),
        error => Err(error),
    }
}
