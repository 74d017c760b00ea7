//! Lists by key that exist for long while their rows come and go.

use std::{hash::Hash, sync::Arc};

use leptos::{
    prelude::*,
    tachys::{reactive_graph::OwnedView, view::keyed::keyed},
};

use super::dynamic::dynamic;

/// The number of rows that share an owner.
const SHARED: usize = 100;

/// Returns a view for each key. It stays while the key does.
///
/// In Leptos' `For`, the owner of the list remembers each row that ever was. Here it remembers one
/// owner for many rows, which is dropped after the last of them.
pub(crate) fn each<K: Copy + Eq + Hash + Send + Sync + 'static>(
    keys: Memo<Vec<K>>,
    view: impl Fn(K) -> AnyView + Send + Sync + 'static,
) -> AnyView {
    erased(keys, Arc::new(view))
}

/// Is compiled once for each type of key, not for each list.
fn erased<K: Copy + Eq + Hash + Send + Sync + 'static>(
    keys: Memo<Vec<K>>,
    view: Arc<dyn Fn(K) -> AnyView + Send + Sync>,
) -> AnyView {
    let list = Owner::current().unwrap_or_default();
    let shared = StoredValue::new((list.child(), 0));
    let row = move |_, key| {
        let (owner, rows) = shared.get_value();
        let next = if rows < SHARED { (owner, rows + 1) } else { (list.child(), 1) };
        shared.set_value(next.clone());
        let (parent, _) = next;
        let owner = parent.child();
        owner.with(|| on_cleanup(move || drop(parent)));
        let view = owner.with(|| view(key));
        (drop, OwnedView::new_with_owner(view, owner))
    };
    dynamic(move || keyed(keys.get(), |key| *key, row.clone()))
}
