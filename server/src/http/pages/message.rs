//! Permanent links to messages. They lead to the room, opened at the message.

use axum::{
    extract::{Request, State},
    http::uri::PathAndQuery,
    response::{IntoResponse as _, Redirect, Response},
};
use protocol::{Message, MessageId, UserId};
use uuid::Uuid;

use super::{render::render_error, viewer::Viewer};
use crate::{
    error::Error,
    http::{
        extract::Path,
        links::{MARKED, escape},
        state::App,
    },
};

/// `GET /m/{id}`
pub async fn message(State(app): State<App>, Path(id): Path<String>, request: Request) -> Response {
    let user = match Viewer::of(&app, request.headers()).await {
        Ok(Viewer::SignedIn(session)) => session.user.id,
        Ok(viewer) => {
            let next = request.uri().path_and_query().map(PathAndQuery::as_str);
            return viewer.redirect_to_entry(next);
        }
        Err(error) => return render_error(&app, error, request).await,
    };
    match find(&app, user, &id).await {
        Ok((slug, message)) => Redirect::to(&address(&slug, &message)).into_response(),
        Err(error) => render_error(&app, error, request).await,
    }
}

async fn find(app: &App, user: UserId, id: &str) -> Result<(String, Message), Error> {
    let id = Uuid::try_parse(id).map_err(|_| Error::NotFound("message"))?;
    let message = app.store.message(user, MessageId(id)).await?;
    let room = app.store.room_seen_by(user, message.room).await?;
    Ok((room.ok_or(Error::NotFound("message"))?.slug, message))
}

/// Returns the address of a room, opened at a message; at a reply with its thread.
fn address(slug: &str, message: &Message) -> String {
    let thread = message.thread.map(|thread| format!("&thread={}", thread.0)).unwrap_or_default();
    format!("/rooms/{}?at={}{thread}#{MARKED}", escape(slug), message.seq)
}
