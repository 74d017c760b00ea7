//! The pages: each handler collects the data of a page, and `app` renders it.
//!
//! A page is complete before any script runs.

mod entry;
mod message;
mod render;
mod reset;
mod shape;
mod viewer;
mod workspace;

use axum::{
    extract::{Request, State},
    response::Response,
};

pub use entry::{first_start, home, join, join_openly, offline, sign_in};
pub use message::message;
pub(super) use render::render;
pub use reset::reset;
pub(super) use workspace::unsent;
pub use workspace::{invitations, new_room, room, rooms, view};

use super::state::App;
use crate::error::Error;

/// Serves the page for an unknown address.
pub async fn not_found(State(app): State<App>, request: Request) -> Response {
    let path = request.uri().path();
    let kind = if path.starts_with("/rooms/") {
        "room"
    } else if path.starts_with("/m/") {
        "message"
    } else {
        "page"
    };
    render::render_error(&app, Error::NotFound(kind), request).await
}
