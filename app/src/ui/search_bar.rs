//! A field that finds something.

use leptos::{html, prelude::*};

use super::{
    button::icon_button,
    dynamic::{ShowErased, input},
    icon::{Glyph, Icon},
};
use crate::browser::form::changed_value;

/// A field for what is searched for, with a button that empties it.
#[component]
pub fn SearchBar(
    /// The label.
    label: &'static str,
    /// What stands in the empty field.
    placeholder: &'static str,
    /// What is searched for.
    query: RwSignal<String>,
    /// Takes what was typed.
    search: Callback<String>,
    /// The most characters.
    #[prop(optional)]
    max: Option<usize>,
) -> impl IntoView {
    let field = NodeRef::<html::Input>::new();
    let has_query = Signal::derive(move || query.with(|query| !query.is_empty()));
    let empty = move |_| {
        search.run(String::new());
        // The button that had the focus is gone.
        if let Some(field) = field.get_untracked() {
            let _ = field.focus();
        }
    };
    view! {
        <div class="search-bar only-scripted">
            <Icon glyph=Glyph::Search/>
            <input
                class="search-bar__input"
                type="search"
                aria-label=label
                placeholder=placeholder
                autocomplete="off"
                maxlength=max.map(|max| max.to_string())
                prop:value=query
                on:input=input(move |event| search.run(changed_value(&event)))
                node_ref=field
            />
            <ShowErased when=has_query>
                {icon_button("Empty the field", view! { <Icon glyph=Glyph::X/> }, empty)}
            </ShowErased>
        </div>
    }
}
