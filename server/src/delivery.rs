//! Delivers what the room log holds: to this node's subscribers and to the other nodes.

pub mod backfill;
pub mod bus;
pub mod notifier;
