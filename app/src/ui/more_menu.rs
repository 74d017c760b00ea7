//! A button with an ellipsis, and the menu that it opens. Esc, a click elsewhere, and a focus that
//! moves on close it.

use leptos::{ev, html, prelude::*};

use super::{
    dynamic::{ShowErased, click},
    icon::{Glyph, Icon},
};
use crate::browser::focus::{focus_element, holds};

/// A menu behind a button.
#[component]
pub fn MoreMenu(
    /// What the menu is about, as an isolate.
    name: Signal<String>,
    /// True while the menu is open.
    open: RwSignal<bool>,
    /// The menu.
    children: ChildrenFn,
) -> impl IntoView {
    let place = NodeRef::<html::Span>::new();
    let button = NodeRef::<html::Button>::new();
    let label = Signal::derive(move || format!("More about {}", name.get()));
    let expanded = Signal::derive(move || if open.get() { "true" } else { "false" });
    let on_key = move |event: ev::KeyboardEvent| {
        if event.key() == "Escape" && open.get_untracked() {
            event.stop_propagation();
            open.set(false);
        }
    };
    // The focus comes back from what is gone.
    Effect::new(move |was_open: Option<bool>| {
        let is_open = open.get();
        let focused = document().active_element();
        let is_lost = focused.is_none_or(|focused| focused.tag_name() == "BODY");
        if let (Some(true), false, true, Some(button)) = (was_open, is_open, is_lost, button.get())
        {
            focus_element(&button);
        }
        is_open
    });
    let is_inside = move |target: Option<web_sys::EventTarget>| {
        place.get_untracked().is_some_and(|place| holds(&place, target))
    };
    let leave = move |event: ev::FocusEvent| {
        let next = event.related_target();
        if next.is_some() && !is_inside(next) {
            open.set(false);
        }
    };
    let children = StoredValue::new(children);
    view! {
        <span class="menu-place" node_ref=place on:keydown=on_key on:focusout=leave>
            <button
                class="icon-button"
                type="button"
                aria-label=label
                title=label
                aria-expanded=expanded
                node_ref=button
                on:click=click(move |_| open.update(|open| *open = !*open))
            >
                <Icon glyph=Glyph::Ellipsis/>
            </button>
            <ShowErased when=open>
                {close_outside(open, is_inside)}
                <div class="menu menu--row" role="group" aria-label=name>
                    {children.with_value(|children| children())}
                </div>
            </ShowErased>
        </span>
    }
}

/// Closes an open menu by a click elsewhere.
fn close_outside(
    open: RwSignal<bool>,
    is_inside: impl Fn(Option<web_sys::EventTarget>) -> bool + 'static,
) {
    let listener = window_event_listener(ev::pointerdown, move |event| {
        if !is_inside(event.target()) {
            open.try_set(false);
        }
    });
    on_cleanup(move || listener.remove());
}
