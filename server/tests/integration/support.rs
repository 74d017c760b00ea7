//! A server to test against, and the users who connect to it.

use std::time::Duration;

use protocol::{Chat, Event, MessageId, Request, RoomName, Timestamp};
use uuid::Uuid;

mod database;
mod files;
pub(crate) mod log_secrets;
mod requests;
pub(crate) mod rooms;
mod socket;
mod test_server;
mod user;

pub(crate) use database::{Database, psql};
pub(crate) use files::chat_with;
pub(crate) use requests::{reply_in, room_chat};
pub(crate) use socket::Socket;
pub(crate) use test_server::Server;
pub(crate) use user::TestUser;

/// A valid password.
pub(crate) const PASSWORD: &str = "correct horse battery";

/// The longest time to wait for an event. It only limits how long a failure takes.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Waits for an event. Panics after a timeout.
pub(crate) async fn wait_for<T>(what: &str, event: impl Future<Output = T>) -> T {
    let Ok(value) = tokio::time::timeout(TIMEOUT, event).await else {
        panic!("timed out waiting for {what}")
    };
    value
}

pub(crate) fn chat(room: &str, text: &str, id: Option<Uuid>) -> Request {
    log_secrets::register(text);
    Request::Chat(Chat {
        room: Some(RoomName::from(room)),
        text: text.into(),
        id: id.map(MessageId),
        ..Default::default()
    })
}

/// Returns `seq` and text of a message event.
pub(crate) fn seq_and_text(event: Event) -> (u64, String) {
    match event {
        Event::Chat(message) => (message.seq, message.text.unwrap()),
        other => panic!("expected a message, got {other:?}"),
    }
}

/// Returns the texts of messages.
pub(crate) fn texts(messages: &[protocol::Message]) -> Vec<&str> {
    messages.iter().map(|message| message.text.as_deref().unwrap_or("(deleted)")).collect()
}

/// Returns a PNG file of this size.
pub(crate) fn png(width: u32, height: u32) -> Vec<u8> {
    let image = image::RgbImage::from_pixel(width, height, image::Rgb([200, 30, 30]));
    let mut bytes = std::io::Cursor::new(Vec::new());
    image.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}

/// Returns the current time.
pub(crate) fn now() -> Timestamp {
    server::base::clock::now()
}
