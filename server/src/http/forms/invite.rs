//! The form for a new invitation.

use axum::{Form, extract::State, response::Redirect};
use protocol::http::NewInvite;
use serde::Deserialize;

use super::submitted::{INVITE_USES, Submitted};
use crate::{
    error::Error,
    http::{
        extract::CurrentUser,
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
    let created = match user {
        Ok(CurrentUser(session)) => app.accounts.invite(&session.user, new).await,
        Err(error) => Err(error),
    };
    match created {
        Ok(_) => Ok(Redirect::to(back)),
        Err(Error::Unauthorized(_)) => Ok(sign_in_again(back)),
        Err(error) => Err(error),
    }
}
