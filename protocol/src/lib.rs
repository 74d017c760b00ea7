//! Banter's wire contract: one definition for the server, for the page in WebAssembly and for
//! authors of other clients.
//!
//! Every WebSocket text message is one JSON object, the [`envelope`]. A client sends a [`Request`]
//! and receives exactly one reply with the same `request_id`: the [`Response`] of the same name, or
//! an [`ErrorPayload`]. Everything that the server sends on its own is an [`Event`].
//!
//! ```text
//! → {"type":"subscribe","payload":{"room":"general"},"request_id":"1"}
//! ← {"type":"subscribe_response","payload":{"room":"0198…","seq":41,…},"request_id":"1",…}
//! → {"type":"chat","payload":{"room":"general","text":"hello","id":"6f1c…"},"request_id":"2"}
//! ← {"type":"chat","payload":{"id":"6f1c…","seq":42,"text":"hello",…},"request_id":null,…}
//! ← {"type":"chat_response","payload":{"id":"6f1c…","seq":42,…},"request_id":"2",…}
//! ```
//!
//! [`request`](Request) and [`event`](Event) are tables of all message types. Their payloads are in
//! one file per noun. [`blocks`] are the tree of a text. [`limits`] contains the sizes and times
//! that both ends check, [`text`] the rules for names. [`ErrorCode`] and [`CloseCode`] are the
//! reasons why requests and connections fail.

pub mod blocks;
mod chat;
mod custom_emoji;
mod drafts;
pub mod envelope;
mod error;
mod event;
mod files;
mod history;
pub mod http;
mod ids;
mod later;
pub mod limits;
mod members;
mod mentions;
mod messages;
mod model;
mod people;
mod pins;
mod policy;
mod presence;
mod previews;
mod read;
mod request;
mod rooms;
#[cfg(feature = "schema")]
pub mod schema;
pub mod search;
mod session;
mod subscribe;
pub mod text;
mod threads;
mod time;
mod updates;

pub use blocks::{Block, Span};
pub use chat::{Chat, Sent};
pub use custom_emoji::{CustomEmoji, EmojiChanged, custom_emoji_names};
pub use drafts::{Draft, DraftsPage, KeptDraft};
pub use envelope::{
    ReceivedMessage, Rejected, RequestId, ServerMessage, decode_request, decode_server_message,
    encode_request,
};
pub use error::{CloseCode, ErrorCode, ErrorPayload, FieldError};
pub use event::Event;
pub use files::{File, Files, FilesPage};
pub use history::{History, HistoryPage};
pub use ids::{
    ClientId, FileId, InviteId, MessageId, OpId, PushId, RoomId, RoomName, SessionId, UserId,
};
pub use later::{Later, LaterCancel, LaterGone, LaterList, LaterMessage, LaterPage, Remind};
pub use members::{Members, MembersPage};
pub use mentions::{
    is_mentioned, mention_ranges, mentioned, mentions, retain_mentions, room_link_ranges,
};
pub use messages::Empty;
pub use model::{Member, Message, Quote, Reaction, Role, Room, RoomKind, Sender, User};
pub use people::UserStatus;
pub use pins::{ChatPin, ChatPinned, EarlierText, Edits, EditsPage, Pins, PinsPage};
pub use policy::{Order, Policy, RateClass};
pub use presence::{
    Presence, PresenceChanged, System, SystemEvent, Typing, TypingUser, Visibility,
};
pub use previews::{ChatPreviewed, ChatPreviews, LinkPicture, LinkPreview, links};
pub use read::{Read, ReadPosition};
pub use request::{Request, Response};
pub use rooms::{
    Favourite, ListRooms, Notify, NotifyLevel, RoomChanged, RoomGone, RoomsPage, UserChanged,
};
pub use search::{FoundMessage, Search, SearchPage};
pub use session::{Auth, Authenticated, DefaultRoom, Heartbeat, Welcome};
pub use subscribe::{
    LoggedEvent, Refused, Resume, ResumeRoom, Resumed, Subscribe, Subscribed, Unsubscribe,
    Unsubscribed,
};
pub use threads::{FollowedThread, ThreadFollow, ThreadSummary, Threads, ThreadsPage};
pub use time::Timestamp;
pub use updates::{Changed, ChatDelete, ChatDeleted, ChatEdit, ChatEdited, ChatReact, ChatReacted};
