//! The pages: each handler collects the data of a page, and `app` renders it.
//!
//! A page is complete before any script runs.

mod entry;
mod render;
mod viewer;
mod workspace;

use axum::{
    extract::{Request, State},
    response::Response,
};

pub use entry::{first_start, home, join, join_openly, sign_in};
pub(super) use render::render;
pub use workspace::{new_room, room, rooms};

use super::state::App;
use crate::error::Error;

/// Serves the page for an unknown address.
pub async fn not_found(State(app): State<App>, request: Request) -> Response {
    render::render_error(&app, Error::NotFound("page"), request).await
}
