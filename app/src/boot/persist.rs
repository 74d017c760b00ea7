//! Stores unsent messages and updates on this device, and shares them with other tabs.

use leptos::prelude::*;
use protocol::UserId;
use uuid::Uuid;
use wasm_bindgen::JsCast as _;

use crate::{
    browser::{
        clock, tabs,
        window::{effect, on_window},
    },
    session::Session,
    state::{model::Model, outbox::PendingMessages, pending::PendingItem, updates::Updates},
};

/// Restores what earlier pages left unsent, and stores further changes from now on.
pub(super) fn restore(session: Session) {
    let user = session.model().with_untracked(|model| model.me.id);
    let (messages, updates) = (tabs::load(user), tabs::load(user));
    session.model().update(|model| {
        model.outbox = PendingMessages::restored(messages.clone());
        model.outbox.leave_held(clock::now(), clock::elapsed_ms());
        model.updates = Updates::restored(updates.clone());
        model.updates.leave_undoable(clock::now(), clock::elapsed_ms());
    });
    persist(session, user, messages, |model| model.outbox.items(), Model::merge_outbox);
    persist(session, user, updates, |model| model.updates.items(), Model::merge_updates);
}

/// Stores the items that `select` returns, and passes what other tabs do to `merge`. `found` are
/// the items stored so far.
fn persist<T: PendingItem + PartialEq + Send + Sync + 'static>(
    session: Session,
    user: UserId,
    found: Vec<T>,
    select: fn(&Model) -> &[T],
    merge: fn(&mut Model, Vec<T>, &[Uuid], i64),
) {
    let stored = StoredValue::new(found);
    let items = session.select(move |model| select(model).to_vec());
    effect(move || {
        let now = stored.with_value(|stored| items.with(|items| tabs::store(user, stored, items)));
        stored.set_value(now);
    });
    let merge = move |added: Vec<T>, removed: Vec<Uuid>| {
        // Updates `stored` before the state changes, so that this tab does not write what
        // another one has just written.
        stored.update_value(|stored| {
            stored.retain(|known| {
                !removed.contains(&known.uuid())
                    && added.iter().all(|added| added.uuid() != known.uuid())
            });
            stored.extend(added.iter().cloned());
        });
        session.model().update(|model| merge(model, added, &removed, clock::elapsed_ms()));
    };
    on_window(&["storage"], move |event| match tabs::changed(user, event.unchecked_ref()) {
        Some((_, Some(added))) => merge(vec![added], Vec::new()),
        Some((removed, None)) => merge(Vec::new(), vec![removed]),
        None => {}
    });
    // A page that was frozen or in the back-forward cache has missed storage events.
    on_window(&["pageshow", "resume"], move |_| {
        let found = tabs::load(user);
        let is_found = |id| found.iter().any(|item: &T| item.uuid() == id);
        let gone = stored.with_value(|stored| {
            stored.iter().map(PendingItem::uuid).filter(|id| !is_found(*id)).collect()
        });
        merge(found, gone);
    });
}
