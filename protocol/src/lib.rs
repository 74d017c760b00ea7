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
mod mention;
mod messages;
mod model;
mod request;
#[cfg(feature = "schema")]
pub mod schema;
mod time;

pub use envelope::{
    Received, Rejected, RequestId, ServerMessage, decode_request, decode_server_message,
    encode_request,
};
pub use error::{CloseCode, ErrorCode, ErrorPayload, FieldError};
pub use event::{
    ChatDeleted, ChatEdited, ChatReacted, DefaultRoom, Event, Heartbeat, System, SystemEvent,
    TypingUser, Welcome,
};
pub use ids::{ClientId, MessageId, OpId, RoomId, RoomName, SessionId, UserId};
pub use mention::{is_mentioned, mentions};
pub use model::{Member, Message, Reaction, Role, Room, Sender, User};
pub use request::{
    Auth, Authenticated, Changed, Chat, ChatDelete, ChatEdit, ChatReact, Empty, History,
    HistoryPage, LoggedEvent, Members, MembersPage, Read, ReadPosition, Refused, Request, Response,
    Resume, ResumeRoom, Resumed, RoomsPage, Sent, Subscribe, Subscribed, Typing, Unsubscribe,
    Unsubscribed,
};
pub use time::Timestamp;
