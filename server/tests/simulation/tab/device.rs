//! The storage of a device.

use std::{cell::RefCell, collections::BTreeMap, rc::Rc};

use app::state::{
    outbox::PendingMessage,
    updates::{PendingUpdate, Updates},
};
use protocol::{MessageId, OpId};

/// The storage of a device, which survives closed tabs: unsent messages and pending updates.
#[derive(Clone, Default)]
pub(crate) struct Device(
    Rc<RefCell<BTreeMap<MessageId, String>>>,
    Rc<RefCell<BTreeMap<OpId, PendingUpdate>>>,
);

impl Device {
    pub(super) fn outbox(&self) -> Vec<PendingMessage> {
        self.0.borrow().values().map(|json| serde_json::from_str(json).unwrap()).collect()
    }

    pub(super) fn updates(&self) -> Vec<PendingUpdate> {
        self.1.borrow().values().cloned().collect()
    }

    pub(super) fn store_updates(&self, before: &Updates, now: &Updates) {
        let mut stored = self.1.borrow_mut();
        for gone in waiting(before).filter(|change| waiting(now).all(|kept| kept.op != change.op)) {
            stored.remove(&gone.op);
        }
        for change in waiting(now) {
            // A refusal is not stored; a retry finds out again.
            let mut change = change.clone();
            change.refused = None;
            stored.insert(change.op, change);
        }
    }

    pub(super) fn store(&self, before: &[PendingMessage], now: &[PendingMessage]) {
        let waits = |message: &&PendingMessage| message.confirmed.is_none();
        let mut stored = self.0.borrow_mut();
        for gone in before
            .iter()
            .filter(|message| now.iter().filter(waits).all(|kept| kept.id != message.id))
        {
            stored.remove(&gone.id);
        }
        for changed in now.iter().filter(waits).filter(|message| !before.contains(message)) {
            stored.insert(changed.id, serde_json::to_string(changed).unwrap());
        }
    }
}

pub(super) fn waiting(changes: &Updates) -> impl Iterator<Item = &PendingUpdate> {
    changes.items().iter().filter(|change| change.confirmed.is_none())
}
