//! A choice among a few words, side by side.

use leptos::{ev, prelude::*};

/// Radio buttons that look like one bar.
#[component]
pub fn Segment(
    /// The name of the group, for screen readers.
    label: &'static str,
    /// The `name` of the radio buttons, unique on the page.
    name: &'static str,
    /// The words.
    options: Vec<&'static str>,
    /// The index of the chosen one.
    #[prop(into)]
    value: Signal<usize>,
    /// Chooses another.
    set: Callback<usize>,
) -> impl IntoView {
    let options = options.into_iter().enumerate().map(|(index, word)| {
        let checked = Signal::derive(move || value.get() == index);
        let choose: Box<dyn FnMut(ev::Event)> = Box::new(move |_| set.run(index));
        view! {
            <label class="segment__option">
                <input
                    type="radio"
                    name=name
                    checked=checked
                    prop:checked=checked
                    on:change=choose
                />
                {word}
            </label>
        }
    });
    view! {
        <span class="segment" role="radiogroup" aria-label=label>
            {options.collect_view()}
        </span>
    }
}
