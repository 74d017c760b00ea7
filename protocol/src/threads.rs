//! Payloads of threads: the list of those that a user follows, and following them.

use serde::{Deserialize, Serialize};

#[cfg(feature = "schema")]
use crate::limits::{MAX_PAGE_THREADS, MAX_THREAD_FACES, MAX_UNREAD};
use crate::{
    Message, MessageId, Quote, RoomId, RoomName, Sender, Timestamp, UserId, messages::Validate,
};

/// The replies to a message that begins a thread.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ThreadSummary {
    /// The number of replies without deleted ones.
    pub count: u64,
    /// The time of the newest of them. Missing if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_at: Option<Timestamp>,
    /// Their authors, at most 5, the newest first.
    #[cfg_attr(feature = "schema", schemars(length(max = MAX_THREAD_FACES)))]
    pub people: Vec<UserId>,
}

/// Payload of `threads`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Threads {
    /// The `next` of an earlier response.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// The number of threads. Defaults to the maximum, 50, and is clamped to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
}

impl Validate for Threads {}

/// Payload of `threads_response`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ThreadsPage {
    /// The threads that the user follows, those with the newest replies first.
    pub threads: Vec<FollowedThread>,
    /// The users in `people` of their `replies`, each once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schema", schemars(
        length(max = MAX_PAGE_THREADS as usize * MAX_THREAD_FACES),
    ))]
    pub users: Vec<Sender>,
    /// The `cursor` of the next page. Missing if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A thread that a user follows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FollowedThread {
    /// The room of the thread.
    pub room: RoomId,
    /// The message that begins it.
    pub message: Message,
    /// The number of replies of other users after `read_seq`, without deleted ones. Counted up to
    /// 1,000.
    #[cfg_attr(feature = "schema", schemars(range(max = MAX_UNREAD)))]
    pub unread: u64,
    /// The number of those replies that mention the user.
    #[cfg_attr(feature = "schema", schemars(range(max = MAX_UNREAD)))]
    pub mentions: u64,
    /// The last `seq` of a reply that the user has read.
    pub read_seq: u64,
    /// The time of the newest reply, or of the message if there is none.
    pub last_at: Timestamp,
    /// The newest reply that is not deleted. Missing if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<Box<Quote>>,
}

/// Payload of `thread_follow`, of its response and of the event `thread_changed`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ThreadFollow {
    /// The room. `channel` is an alias. Responses and events have its id.
    #[serde(alias = "channel")]
    pub room: RoomName,
    /// The message that begins the thread.
    pub thread: MessageId,
    /// True to follow the thread, false to follow it no longer.
    pub on: bool,
}

impl Validate for ThreadFollow {}
