//! The field above a list of options.

use leptos::{ev, html, prelude::*};

use super::{
    list::{Listing, list_id, option_id},
    people::People,
};
use crate::browser::window::{effect, is_touch};

/// A field, and the list whose options it finds.
#[derive(Clone, Copy)]
pub(super) struct Field {
    /// The id of the list.
    pub(super) list: &'static str,
    /// The class of the input.
    pub(super) class: &'static str,
    /// The question that the field asks.
    pub(super) label: &'static str,
    /// What stands in the empty field.
    pub(super) hint: &'static str,
    /// What was found.
    pub(super) listing: Memo<Listing>,
    /// What was typed.
    pub(super) query: RwSignal<String>,
    /// The place of the selected option.
    pub(super) selected: RwSignal<usize>,
    /// Takes the option at a place.
    pub(super) choose: Callback<usize>,
    /// The people that are found.
    pub(super) people: People,
    /// True if the field has the focus at first also on a touch screen.
    pub(super) brings_up_keyboard: bool,
}

impl Field {
    fn typed(self, text: String) {
        self.people.ask(&text);
        self.selected.set(0);
        self.query.set(text);
    }

    fn key_down(self, event: &ev::KeyboardEvent) {
        let count = self.listing.with_untracked(Listing::len);
        let here = self.selected.get_untracked();
        let next = match event.key().as_str() {
            _ if event.is_composing() || count == 0 => return,
            "ArrowDown" if !event.alt_key() => (here + 1) % count,
            "ArrowUp" if !event.alt_key() => (here + count - 1) % count,
            "PageDown" => (here + 8).min(count - 1),
            "PageUp" => here.saturating_sub(8),
            "Enter" => {
                event.prevent_default();
                self.choose.run(here);
                return;
            }
            _ => return,
        };
        event.prevent_default();
        self.selected.set(next);
    }

    /// Returns the input.
    pub(super) fn view(self) -> AnyView {
        let Self { list, class, label, hint, listing, selected, brings_up_keyboard, .. } = self;
        let input = NodeRef::<html::Input>::new();
        effect(move || {
            if let Some(input) = input.get()
                && (brings_up_keyboard || !is_touch())
            {
                let _ = input.focus();
            }
        });
        let has_options = Memo::new(move |_| listing.with(|listing| listing.len() > 0));
        let expanded = Signal::derive(move || if has_options.get() { "true" } else { "false" });
        let controls = Signal::derive(move || has_options.get().then(|| list_id(list)));
        let active =
            Signal::derive(move || has_options.get().then(|| option_id(list, selected.get())));
        view! {
            <input
                class=class
                role="combobox"
                aria-expanded=expanded
                aria-controls=controls
                aria-activedescendant=active
                aria-autocomplete="list"
                aria-label=label
                placeholder=hint
                autocomplete="off"
                autocapitalize="none"
                spellcheck="false"
                enterkeyhint="go"
                maxlength="100"
                node_ref=input
                on:input=move |event| self.typed(event_target_value(&event))
                on:keydown=move |event| self.key_down(&event)
            />
        }
        .into_any()
    }
}
