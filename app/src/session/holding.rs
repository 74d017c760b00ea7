//! Holding a message back for some seconds, in which the user can undo it: a choice of the device.

use std::time::Duration;

use leptos::prelude::*;
use protocol::MessageId;

use super::Session;
use crate::{browser::storage::Area, state::updates::UNDO_MS};

/// The choice in the storage of the device: present if messages are held.
const CHOICE: &str = "banter/undo-send";

impl Session {
    /// Returns whether messages are held back on this device.
    pub(crate) fn holds_messages(self) -> bool {
        Area::Device.get(CHOICE).is_some()
    }

    /// Chooses whether messages are held back on this device.
    pub(crate) fn hold_messages(self, holds: bool) {
        if holds {
            Area::Device.set(CHOICE, "5");
        } else {
            Area::Device.remove(CHOICE);
        }
    }

    /// Has a held message sent once it can no longer be undone.
    pub(super) fn release_later(self, id: MessageId) {
        let release = move || {
            let is_held = self
                .model
                .try_with_untracked(|model| model.outbox.held().any(|message| message.id == id));
            if is_held == Some(true) {
                self.model.update(|model| model.outbox.release(id));
            }
        };
        set_timeout(release, Duration::from_millis(UNDO_MS.unsigned_abs()));
    }

    /// Returns whether a message is held, so that it can be undone.
    #[must_use]
    pub fn is_held(self, id: MessageId) -> Memo<bool> {
        self.select(move |model| model.outbox.held().any(|message| message.id == id))
    }

    /// Takes a held message back into the composer, unless an edit is under way. Returns whether it
    /// was held.
    pub fn undo_send(self, id: MessageId) -> bool {
        let is_held =
            self.model.with_untracked(|model| model.outbox.held().any(|held| held.id == id));
        if is_held && self.editing.with_untracked(Option::is_some) {
            self.tell("Finish the edit first");
        } else if is_held {
            self.take_back(id);
        }
        is_held
    }

    /// Sends the messages that are held, because the user leaves the page.
    #[cfg(feature = "hydrate")]
    pub(crate) fn release_messages(self) {
        let held = self.model.with_untracked(|model| {
            model.outbox.held().map(|message| message.id).collect::<Vec<_>>()
        });
        if !held.is_empty() {
            self.model.update(|model| held.into_iter().for_each(|id| model.outbox.release(id)));
        }
    }
}
