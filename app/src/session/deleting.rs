//! Deleting a message. Nothing is sent for some seconds, in which the user can undo it.

use std::time::Duration;

use leptos::prelude::*;
use protocol::{MessageId, OpId, RoomId};
use uuid::Uuid;

use super::Session;
use crate::{
    browser::clock,
    state::updates::{UNDO_MS, UpdateKind},
};

impl Session {
    /// Deletes a message, unless the user undoes it.
    pub fn delete(self, room: RoomId, message: MessageId) {
        let op = OpId(Uuid::now_v7());
        self.model.update(|model| {
            model.update(op, room, message, UpdateKind::Delete, clock::now());
            model.updates.hold(op);
        });
        self.tell("Message deleted");
        let release = move || {
            let is_held = |model: &crate::state::model::Model| {
                model.updates.held().any(|update| update.op == op)
            };
            if self.model.try_with_untracked(is_held) == Some(true) {
                self.model.update(|model| model.updates.release(op));
            }
        };
        set_timeout(release, Duration::from_millis(UNDO_MS.unsigned_abs()));
    }

    /// Undoes the deletion of a message, if it is not sent yet. Returns whether that worked.
    pub fn undo_delete(self, message: MessageId) -> bool {
        let op = self.model.with_untracked(|model| {
            model.updates.held().find(|update| update.message == message).map(|held| held.op)
        });
        if let Some(op) = op {
            self.model.update(|model| model.updates.remove(op));
            self.tell("The message is back");
        }
        op.is_some()
    }

    /// Sends the deletions that could still be undone, because the user leaves the page.
    #[cfg(feature = "hydrate")]
    pub(crate) fn release_deletions(self) {
        let held = self.model.with_untracked(|model| {
            model.updates.held().map(|update| update.op).collect::<Vec<_>>()
        });
        if !held.is_empty() {
            self.model.update(|model| held.into_iter().for_each(|op| model.updates.release(op)));
        }
    }
}
