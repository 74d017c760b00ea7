//! The page of a link that sets a new password. Opening it does not use the link.

use app::page::{Page, ResetForm};
use axum::{
    extract::{Request, State},
    http::StatusCode,
    response::Response,
};

use super::render::{render, render_error};
use crate::http::{
    extract::{OptionalQuery, Path},
    forms::state::ResetFormState,
    state::App,
};

/// `GET /reset/{token}`
pub async fn reset(
    State(app): State<App>,
    Path(token): Path<String>,
    OptionalQuery(state): OptionalQuery<ResetFormState>,
    request: Request,
) -> Response {
    let host = app.origins.host(request.headers());
    match app.accounts.open_reset(token.clone()).await {
        Ok(user) => {
            let status = if user.is_some() { StatusCode::OK } else { StatusCode::NOT_FOUND };
            let fault = state.fault();
            let page = Page::Reset(ResetForm { host, token, user, fault });
            render(&app, page, status, request).await
        }
        Err(error) => render_error(&app, error, request).await,
    }
}
