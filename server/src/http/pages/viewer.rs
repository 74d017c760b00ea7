//! The viewer of a page: signed in or not.

use axum::{
    http::HeaderMap,
    response::{IntoResponse as _, Redirect, Response},
};

use crate::{
    auth::CredentialError,
    error::Error,
    http::{links::escape, state::App},
    store::SessionUser,
};

/// The viewer of a page.
pub(super) enum Viewer {
    /// No account exists yet: the viewer can create the owner's.
    FirstUser,
    /// Not signed in.
    SignedOut,
    /// Signed in, with this session.
    SignedIn(SessionUser),
}

impl Viewer {
    /// Determines the viewer from the session cookie.
    ///
    /// # Errors
    /// Returns [`Error::Unavailable`] if the store cannot be reached.
    pub(super) async fn of(app: &App, headers: &HeaderMap) -> Result<Self, Error> {
        match app.cookie.session(headers).await {
            Some(Ok(session)) => return Ok(Self::SignedIn(session)),
            Some(Err(error @ CredentialError::Unavailable)) => return Err(error.into()),
            Some(Err(CredentialError::Invalid(_))) | None => {}
        }
        Ok(if app.store.has_no_users().await? { Self::FirstUser } else { Self::SignedOut })
    }

    /// Redirects a viewer who is not signed in to the first start or to signing in, then to `next`.
    pub(super) fn redirect_to_entry(&self, next: Option<&str>) -> Response {
        let to = match (self, next) {
            (Self::FirstUser, _) => "/first-start".to_owned(),
            (_, Some(next)) => format!("/sign-in?next={}", escape(next)),
            (_, None) => "/sign-in".to_owned(),
        };
        Redirect::to(&to).into_response()
    }
}
