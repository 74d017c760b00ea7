//! The form that sets a new password by a link.

use axum::{
    Form,
    extract::State,
    response::{IntoResponse as _, Redirect, Response},
};
use serde::Deserialize;

use super::{
    entry::enter,
    state::form_url,
    submitted::{Submitted, seconds},
};
use crate::{
    accounts::WEAK_PASSWORD,
    error::Error,
    http::{
        extract::{ClientDevice, Path},
        links::{HOME, escape},
        state::App,
    },
};

/// The new password.
#[derive(Deserialize)]
pub struct NewPassword {
    password: String,
}

/// Leaves out the password, which must not end up in a log.
impl std::fmt::Debug for NewPassword {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewPassword").finish_non_exhaustive()
    }
}

/// `POST /reset/{token}`: sets the password and signs in.
pub async fn reset(
    State(app): State<App>,
    ClientDevice(from): ClientDevice,
    Path(token): Path<String>,
    form: Submitted<NewPassword>,
) -> Result<Response, Error> {
    let Form(NewPassword { password }) = form?;
    let page = format!("/reset/{}", escape(&token));
    let (fault, wait) = match app.accounts.use_reset(from, token, password).await {
        Ok(session) => return Ok(enter(&app, &session, HOME)),
        // The page says that the link is no longer valid.
        Err(Error::Forbidden(_)) => return Ok(Redirect::to(&page).into_response()),
        Err(Error::Invalid(faults)) => {
            let is_weak = faults.iter().any(|fault| fault.message == WEAK_PASSWORD);
            (if is_weak { "weak" } else { "password" }, String::new())
        }
        Err(Error::Limited { retry_after, .. }) => ("too-fast", seconds(retry_after)),
        Err(error) => {
            error.log();
            ("unavailable", String::new())
        }
    };
    Ok(Redirect::to(&form_url(&page, fault, [("wait", wait.as_str())])).into_response())
}
