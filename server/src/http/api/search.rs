//! Search.

use axum::{Json, extract::State};
use protocol::{Search, SearchPage};

use crate::{
    error::Error,
    http::{
        extract::{CurrentUser, Query},
        state::App,
    },
};

/// `GET /api/search`
pub async fn search(
    State(app): State<App>,
    CurrentUser(session): CurrentUser,
    Query(search): Query<Search>,
) -> Result<Json<SearchPage>, Error> {
    Ok(Json(app.search.search(session.user.id, search).await?))
}
