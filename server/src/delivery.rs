//! Delivers the room log's events to this node's subscribers and to the other nodes.
//!
//! After a commit, [`bus`] queues the event together with the [`reply`] to its sender and hands
//! both to the hub in log order. [`repair`] reads from the store what did not arrive.

pub mod bus;
pub mod flush;
pub mod in_flight;
pub mod notifier;
pub mod repair;
pub mod reply;
