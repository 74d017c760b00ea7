//! A text to copy, such as a link.

use leptos::{html, prelude::*, task::spawn_local};

use super::{
    dynamic::{click, dynamic},
    icon::{Glyph, Icon},
};
use crate::browser::clipboard;

/// A field with a text that cannot be changed, and a button that copies it.
#[component]
pub fn CopyField(
    /// The id of the field.
    id: &'static str,
    /// The label.
    label: &'static str,
    /// The text.
    text: String,
) -> impl IntoView {
    let copied = RwSignal::new(None);
    let input = NodeRef::<html::Input>::new();
    let to_copy = text.clone();
    let copy = move |_| {
        if let Some(input) = input.get_untracked() {
            input.select();
        }
        let text = to_copy.clone();
        spawn_local(async move {
            copied.try_set(Some(clipboard::copy(&text).await));
        });
    };
    let hint = Signal::derive(move || match copied.get() {
        None => "",
        Some(true) => "Copied",
        Some(false) => "The browser did not allow copying. The link is selected; copy it yourself.",
    });
    let button = Signal::derive(move || format!("Copy {}", label.to_ascii_lowercase()));
    view! {
        <div class="field">
            <label class="field__label" for=id>{label}</label>
            <span class="field__box field__box--button">
                <input class="input" id=id type="text" readonly=true value=text node_ref=input/>
                <button
                    class="icon-button"
                    type="button"
                    aria-label=button
                    title=button
                    on:click=click(copy)
                >
                    {dynamic(move || {
                        let is_copied = copied.get() == Some(true);
                        let glyph = if is_copied { Glyph::Check } else { Glyph::Copy };
                        view! { <Icon glyph/> }
                    })}
                </button>
            </span>
            <span class="field__hint" role="status">{hint}</span>
        </div>
    }
}
