//! A submitted form, and the checks that forms share.

use std::time::Duration;

use axum::{Form, extract::rejection::FormRejection};

use crate::error::Error;

/// The fields of a form, if they could be read.
pub(super) type Submitted<T> = Result<Form<T>, FormRejection>;

/// Uses of an invitation made on the page: enough for a team that shares one link.
pub(super) const INVITE_USES: u32 = 25;

/// Returns the whole seconds after which to submit a form again.
pub(super) fn seconds(wait: Duration) -> String {
    wait.as_secs_f32().ceil().to_string()
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
