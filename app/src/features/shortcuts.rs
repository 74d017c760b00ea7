//! The list of shortcuts, made of the registry of actions.

use leptos::prelude::*;

use crate::{
    browser::window::is_apple,
    session::{
        Session,
        actions::{self, Action, Group},
    },
    state::chord::key_names,
    ui::{
        button::icon_button,
        dialog::Dialog,
        icon::{Glyph, Icon},
    },
};

/// The dialog with all shortcuts.
#[component]
pub fn Shortcuts() -> impl IntoView {
    let session = expect_context::<Session>();
    let open = session.shortcuts;
    let groups =
        || Group::ALL.into_iter().map(|group| view! { <ShortcutGroup group/> }).collect_view();
    view! {
        <Dialog open label="Shortcuts" kind="dialog--wide" class="dialog__whole">
            <header class="dialog__head">
                <h2 class="dialog__title">"Shortcuts"</h2>
                {icon_button(
                    "Close",
                    view! { <Icon glyph=Glyph::X/> },
                    move |_| open.set(false),
                )}
            </header>
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
