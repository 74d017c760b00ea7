//! Banter's wire contract: one definition for the server, for the page in WebAssembly and for whoever writes a client.
//!
//! Every WebSocket text message is one JSON object, the [`envelope`]. A client sends a [`Request`] and gets
//! exactly one answer under the same `request_id`: the [`Response`] of the same name, or an [`ErrorPayload`]. What the
//! server says unasked is an [`Event`].
//!
//! ```text
//! → {"type":"subscribe","payload":{"room":"general"},"request_id":"1"}
//! ← {"type":"subscribe_response","payload":{"subscribed":"general","room":"0198…","seq":41,…},"request_id":"1",…}
//! → {"type":"chat","payload":{"room":"general","text":"hello","id":"6f1c…"},"request_id":"2"}
//! ← {"type":"chat","payload":{"id":"6f1c…","room":"0198…","seq":42,"text":"hello",…},"request_id":null,…}
//! ← {"type":"chat_response","payload":{"id":"6f1c…","room":"0198…","seq":42,…},"request_id":"2",…}
//! ```
//!
//! Sizes and times that both ends check are in [`limits`]; how things fail is told by [`ErrorCode`] and [`CloseCode`].

pub mod envelope;
mod error;
mod event;
pub mod http;
mod ids;
pub mod limits;
mod messages;
mod model;
mod request;
#[cfg(feature = "schema")]
pub mod schema;
mod time;

pub use envelope::{
    Received, Rejected, RequestId, ServerMessage, decode_request, decode_server_message, encode_request,
};
pub use error::{CloseCode, ErrorCode, ErrorPayload, FieldError};
pub use event::{DefaultRoom, Event, Heartbeat, System, SystemEvent, Welcome};
pub use ids::{ClientId, MessageId, RoomId, RoomName, SessionId, UserId};
pub use model::{Member, Message, Role, Room, Sender, User};
pub use request::{
    Auth, Authenticated, Chat, Empty, History, HistoryPage, LoggedEvent, Members, MembersPage, Request, Response,
    RoomsPage, Sent, Subscribe, Subscribed, Unsubscribe, Unsubscribed,
};
pub use time::Timestamp;
