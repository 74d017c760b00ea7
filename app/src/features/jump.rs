//! The button in the navigation that opens the switcher.

use leptos::prelude::*;

use crate::{
    browser::window::{effect, is_apple},
    session::{Session, actions},
    state::chord::key_names,
    ui::{
        dynamic::click,
        icon::{Glyph, Icon},
    },
};

/// The button, with the keys that do the same.
#[component]
pub fn JumpButton() -> impl IntoView {
    let session = expect_context::<Session>();
    // The server does not know the keyboard.
    let on_apple = RwSignal::new(false);
    effect(move || on_apple.set(is_apple()));
    let action = actions::find("switch");
    let keys = Signal::derive(move || action.map(|action| action.aria_keys(on_apple.get())));
    let shown = Signal::derive(move || {
        let keys = action.and_then(|action| action.keys.first());
        keys.map(|keys| key_names(keys, on_apple.get()).join(" "))
    });
    let open = move |_| {
        if let Some(action) = action {
            action.act(session);
        }
    };
    view! {
        <button
            class="room-list__jump only-scripted"
            type="button"
            aria-keyshortcuts=keys
            on:click=click(open)
        >
            <Icon glyph=Glyph::Search size="small"/>
            "Jump to"
            <kbd aria-hidden="true">{shown}</kbd>
        </button>
    }
}
