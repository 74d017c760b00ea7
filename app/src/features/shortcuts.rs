//! The list of shortcuts, made of the registry of actions.

use leptos::prelude::*;

use crate::{
    browser::window::is_apple,
    session::{
        Session,
        actions::{self, Action, Group},
    },
    state::chord::key_names,
    ui::dialog::{Dialog, DialogHead},
};

/// The dialog with all shortcuts.
#[component]
pub fn Shortcuts() -> impl IntoView {
    let session = expect_context::<Session>();
    let open = session.shortcuts;
    let groups =
        || Group::ALL.into_iter().map(|group| view! { <ShortcutGroup group/> }).collect_view();
    view! {
        <Dialog open label="Shortcuts" kind="dialog--wide">
            <DialogHead title="Shortcuts" open/>
            <div class="shortcuts">
                {groups()}
            </div>
        </Dialog>
    }
}

#[component]
fn ShortcutGroup(group: Group) -> impl IntoView {
    let actions = actions::all().iter();
    let rows = actions.filter(|action| action.group == group && !action.keys.is_empty());
    view! {
        <section>
            <h3 class="shortcuts__title">{group.title()}</h3>
            <dl>{rows.map(row).collect_view()}</dl>
        </section>
    }
}

fn row(action: &'static Action) -> AnyView {
    view! {
        <div class="shortcuts__row">
            <dt>{action.label}</dt>
            <dd class="shortcuts__keys">{keys(action.keys)}</dd>
        </div>
    }
    .into_any()
}

/// Returns the keys, each of which does the same.
fn keys(keys: &'static [&'static str]) -> Vec<AnyView> {
    let mut views = Vec::new();
    for (index, chord) in keys.iter().enumerate() {
        if index > 0 {
            views.push(view! { <span class="shortcuts__or">"or"</span> }.into_any());
        }
        let names = key_names(chord, is_apple()).into_iter();
        views.extend(names.map(|name| view! { <kbd>{name}</kbd> }.into_any()));
    }
    views
}
