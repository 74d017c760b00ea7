//! Delivers the room log's events to this node's subscribers and to the other nodes.
//!
//! After a commit, [`bus`] queues the event together with the [`reply`] to its sender and hands
//! both to the hub in log order. [`repair`] reads from the store what did not arrive.
//! [`read_counts`] answers for read positions. [`announce`] and [`room_changes`] tell users who
//! comes and goes, and which rooms they see.

pub mod announce;
pub mod bus;
pub mod emoji_changes;
pub mod flush;
pub mod in_flight;
pub mod notifier;
pub mod read_counts;
pub mod repair;
pub mod reply;
pub mod retell;
pub mod room_changes;
pub mod room_news;
pub mod user_changes;
