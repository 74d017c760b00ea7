//! A submitted form, and the checks that forms share.

use axum::{Form, extract::rejection::FormRejection, http::HeaderMap};

use crate::{
    error::Error,
    http::{origin, state::App},
};

/// The fields of a form, if they could be read.
pub(super) type Submitted<T> = Result<Form<T>, FormRejection>;

/// Uses of an invitation made on the page: enough for a team that shares one link.
pub(super) const INVITE_USES: u32 = 25;

/// Reads a form that signs users in, which must come from our own pages.
///
/// A page elsewhere must not sign users in to another account.
pub(super) fn read_own_form<T>(
    app: &App,
    headers: &HeaderMap,
    form: Submitted<T>,
) -> Result<T, Error> {
    if !app.origins.is_allowed(headers) {
        return Err(Error::Forbidden(origin::REFUSED.into()));
    }
    let Form(form) = form?;
    Ok(form)
}

/// Returns whether a form failed because of the server, and logs the reason.
///
/// The page that the user returns to shows the failure as long as it lasts.
pub(super) fn is_server_failure(error: &Error) -> bool {
    let is_server_failure = matches!(error, Error::Unavailable(_) | Error::Internal(_));
    if is_server_failure {
        error.log();
    }
    is_server_failure
}
