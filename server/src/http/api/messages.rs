//! The messages of a room, and single messages.

use axum::{Json, extract::State};
use protocol::{
    FieldError, History, HistoryPage, Message, MessageId, RoomName,
    http::{NewPreview, Preview},
    limits::MAX_TEXT_CHARS,
    text::has_chars,
};
use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;

use crate::{
    error::Error,
    http::{
        extract::{Body, CurrentUser, Path, Query},
        state::App,
    },
};

/// Selects a page of a room's messages, or of a thread's replies. At most one of `before`, `after`
/// and `around` may be given; without them it is the newest page.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Cursor {
    /// The message that begins the thread.
    thread: Option<MessageId>,
    /// The page ends just before this `seq`.
    before: Option<u64>,
    /// The page begins just after this `seq`.
    after: Option<u64>,
    /// The page has this `seq` in its middle.
    around: Option<u64>,
    /// The number of messages, clamped to 100; 50 by default.
    limit: Option<u64>,
}

/// `GET /api/rooms/{room}/messages`
pub async fn list(
    State(app): State<App>,
    CurrentUser(session): CurrentUser,
    Path(room): Path<String>,
    Query(cursor): Query<Cursor>,
) -> Result<Json<HistoryPage>, Error> {
    let Cursor { thread, before, after, around, limit } = cursor;
    let history = History { room: None, thread, before, after, around, limit };
    let invalid = history.invalid_fields();
    if !invalid.is_empty() {
        return Err(Error::Invalid(invalid));
    }
    Ok(Json(app.chat.history_page(session.user.id, RoomName(room), history).await?))
}

/// `GET /api/messages/{id}`
pub async fn get(
    State(app): State<App>,
    CurrentUser(session): CurrentUser,
    Path(id): Path<String>,
) -> Result<Json<Message>, Error> {
    let id = Uuid::try_parse(&id).map_err(|_| Error::NotFound("message"))?;
    Ok(Json(app.store.message(session.user.id, MessageId(id)).await?))
}

/// `POST /api/preview`
pub async fn preview(
    State(app): State<App>,
    CurrentUser(session): CurrentUser,
    Body(NewPreview { text }): Body<NewPreview>,
) -> Result<Json<Preview>, Error> {
    if !has_chars(&text, 0, MAX_TEXT_CHARS) {
        let rule = format!("must have at most {MAX_TEXT_CHARS} characters");
        return Err(Error::Invalid(vec![FieldError::new("text", rule)]));
    }
    Ok(Json(Preview { blocks: app.store.preview(session.user.id, text).await? }))
}
