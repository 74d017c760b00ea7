//! The composer's form, with which users write where the page's program does not run.

use app::page::Unsent;
use axum::{
    Form,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Redirect, Response},
};
use percent_encoding::percent_decode_str;
use protocol::{Chat, MessageId, Request, RoomName, User, UserId};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::{kept::KeptForm, submitted::Submitted};
use crate::{
    error::Error,
    http::{
        extract::{CurrentUser, Path},
        links::{escape, sign_in_again},
        pages,
        state::App,
    },
    store::SessionUser,
};

/// The fields of the form.
#[derive(Deserialize)]
pub struct MessageFields {
    #[serde(default)]
    text: String,
    /// Chosen at random when the page was rendered. Empty: this form was not sent before.
    #[serde(default)]
    nonce: String,
}

/// Leaves out the text, which must not end up in a log.
impl std::fmt::Debug for MessageFields {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MessageFields").field("nonce", &self.nonce).finish_non_exhaustive()
    }
}

/// `POST /rooms/{room}/messages`: sends a message and returns to the room.
///
/// A text that is refused is shown again in the composer, with the reason.
pub async fn send(
    State(app): State<App>,
    Path(room): Path<String>,
    user: Result<CurrentUser, Error>,
    headers: HeaderMap,
    form: Submitted<MessageFields>,
) -> Result<Response, Error> {
    let path = format!("/rooms/{}", escape(&room));
    let CurrentUser(session) = match user {
        Err(Error::Unauthorized(_)) => return Ok(sign_in_again(&path).into_response()),
        user => user?,
    };
    let Form(MessageFields { text, nonce }) = form?;
    let text = written(&text);
    if text.is_empty() {
        return Ok(Redirect::to(&path).into_response());
    }
    if is_command(&text) {
        let reason = "Not sent. Commands work once the page has loaded its program.".to_owned();
        let (viewer, unsent) = ((&session.user, &headers), Unsent { text, reason });
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return Ok(pages::unsent(&app, viewer, room, unsent, status).await);
    }
    let chat = Chat {
        room: Some(RoomName(room.clone())),
        text: text.strip_prefix('/').filter(|rest| rest.starts_with('/')).unwrap_or(&text).into(),
        id: (!nonce.is_empty()).then(|| message_id(session.user.id, &nonce, &text)),
        ..Chat::default()
    };
    match post(&app, &session, chat).await {
        Ok(()) => Ok(Redirect::to(&path).into_response()),
        Err(error @ Error::NotFound(_)) => Err(error),
        Err(error) => Ok(show_again(&app, (&session.user, &headers), room, text, error).await),
    }
}

/// Shows a text again that was refused before [`send`] was called. Returns `None` if the request is
/// not for that form, or if its user is not known.
pub(in crate::http) async fn show_refused(
    app: &App,
    (path, headers): (&str, &HeaderMap),
    kept: &KeptForm,
    reason: &str,
    status: StatusCode,
) -> Option<Response> {
    let room = path.strip_prefix("/rooms/")?.strip_suffix("/messages")?;
    let room = percent_decode_str(room).decode_utf8().ok()?.into_owned();
    let text = written(&kept.value("text").await?);
    let session = app.cookie.session(headers).await?.ok()?;
    let unsent = Unsent { text, reason: format!("Not sent. {reason}") };
    Some(pages::unsent(app, (&session.user, headers), room, unsent, status).await)
}

/// Returns whether a text is a command to the page, which is not to be read by the whole room.
fn is_command(text: &str) -> bool {
    let word = text.strip_prefix('/').and_then(|rest| rest.split_whitespace().next());
    word.is_some_and(|word| word.bytes().all(|byte| byte.is_ascii_alphabetic()))
        && !text[1..].starts_with(char::is_whitespace)
}

/// Returns a text as its user wrote it. Browsers end the lines of a form by CR and LF.
fn written(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    text.trim_start_matches(['\r', '\n']).trim_end().to_owned()
}

async fn post(app: &App, session: &SessionUser, chat: Chat) -> Result<(), Error> {
    let faults = chat.invalid_fields();
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    let request = Request::Chat(chat);
    app.limits.request(session.user.id, &request).await?;
    let Request::Chat(chat) = request else { return Ok(()) };
    app.chat.post(&session.user, session.id, chat).await
}

/// Returns the id of a message. The same text of the same page is the same message, however often
/// its form is sent. Another text of that page, which the user returned to, is another message.
fn message_id(user: UserId, nonce: &str, text: &str) -> MessageId {
    let hash = Sha256::new()
        .chain_update(user.0.as_bytes())
        .chain_update(nonce.len().to_be_bytes())
        .chain_update(nonce)
        .chain_update(text);
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.finalize()[..16]);
    MessageId(uuid::Builder::from_random_bytes(bytes).into_uuid())
}

async fn show_again(
    app: &App,
    viewer: (&User, &HeaderMap),
    room: String,
    text: String,
    error: Error,
) -> Response {
    error.log();
    let reason = match &error {
        Error::Internal(_) => "The server could not store it.".to_owned(),
        Error::Invalid(faults) => {
            let faults = faults.iter().map(|fault| fault.message.as_str());
            format!("A message {}.", faults.collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    };
    let unsent = Unsent { text, reason: format!("Not sent. {reason}") };
    let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::BAD_REQUEST);
    let mut response = pages::unsent(app, viewer, room, unsent, status).await;
    if let Some(wait) = error.retry_after() {
        response.headers_mut().insert(header::RETRY_AFTER, wait.as_secs().saturating_add(1).into());
    }
    response
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn commands_are_not_sent_as_messages() {
        for command in ["/dm bo the plan", "/leave", "/topic x"] {
            assert!(is_command(command), "{command}");
        }
        for text in ["//leave", "/", "/ x", "/srv/data is full", "a /leave", "/1 x", "né"] {
            assert!(!is_command(text), "{text}");
        }
    }

    #[test]
    fn a_form_that_is_sent_twice_makes_one_message() {
        let (ada, bo) = (UserId(Uuid::from_u128(1)), UserId(Uuid::from_u128(2)));
        let id = message_id(ada, "nonce", "Hello");
        assert_eq!(id, message_id(ada, "nonce", "Hello"));
        for other in [
            message_id(ada, "nonce", "Hello!"),
            message_id(ada, "nonc", "eHello"),
            message_id(ada, "another", "Hello"),
            message_id(bo, "nonce", "Hello"),
        ] {
            assert_ne!(id, other);
        }
    }
}
