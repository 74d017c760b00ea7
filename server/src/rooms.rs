//! Rooms: creating and changing them, and their members.
//!
//! Shared by the HTTP API and the forms of the page.

mod address;
mod create;
mod direct;
mod members;
mod update;

use crate::{
    delivery::{notifier::Notifier, room_changes::RoomChanges},
    limits::Limits,
    store::Store,
};

pub use create::RESERVED_SLUG;

/// The room service. Cheap to clone.
#[derive(Clone, Debug)]
pub struct RoomService {
    store: Store,
    limits: Limits,
    notifier: Notifier,
    changes: RoomChanges,
}

impl RoomService {
    /// Creates the service.
    #[must_use]
    pub fn new(store: Store, limits: Limits, notifier: Notifier, changes: RoomChanges) -> Self {
        Self { store, limits, notifier, changes }
    }
}
