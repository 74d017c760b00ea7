//! The field of the search.

use leptos::{ev, prelude::*};
use protocol::limits::MAX_QUERY_CHARS;

use super::{
    View,
    completion::{Completion, CompletionList},
    results::focus_results,
};
use crate::{
    browser::{form::changed_value, keyboard::is_plain},
    state::{
        bidi::isolate,
        search::words::{corrected, mistaken},
    },
    ui::{
        button::icon_button,
        dynamic::{ShowErased, click, dynamic, input, submit},
        icon::{Glyph, Icon},
    },
};

/// The field, with what it offers.
#[component]
pub fn Field(
    /// The state of the view.
    view: View,
    /// What the field offers.
    completion: Completion,
) -> impl IntoView {
    let session = view.session;
    let has_text = Signal::derive(move || view.text.with(|text| !text.is_empty()));
    let typed = move |event: ev::Event| {
        view.text.set(changed_value(&event));
        completion.update(true);
        if completion.is_waited_for() { view.wait() } else { view.run_soon() }
    };
    let empty = move || {
        view.set("");
        completion.close();
    };
    let run = move || {
        completion.close();
        view.enter();
    };
    let on_key: Box<dyn FnMut(ev::KeyboardEvent)> = Box::new(move |event| {
        if !is_plain(&event) {
            return;
        }
        let is_handled = completion.key_down(&event.key())
            || match event.key().as_str() {
                "ArrowDown" => focus_results(view),
                "Escape" if has_text.get_untracked() => {
                    empty();
                    true
                }
                "Escape" => {
                    session.leave_search();
                    true
                }
                _ => false,
            };
        if is_handled {
            event.prevent_default();
        }
    });
    let asked = Memo::new(move |_| view.asked());
    let fault = session.select(move |model| {
        let fault = model.search.fault.clone()?;
        // It is not said of what is being typed.
        asked.with(|asked| asked.is_like(model.search.asked())).then_some(fault)
    });
    let expanded = Signal::derive(move || if completion.is_open() { "true" } else { "false" });
    view! {
        <form class="search only-scripted" role="search" on:submit=submit(run)>
            <div class="search-bar">
                <Icon glyph=Glyph::Search/>
                <input
                    class="search-bar__input search__field"
                    type="text"
                    role="combobox"
                    aria-label="Search messages"
                    aria-expanded=expanded
                    aria-autocomplete="list"
                    aria-controls="search-completion"
                    aria-activedescendant=move || completion.active_id()
                    aria-invalid=move || fault.with(Option::is_some).then_some("true")
                    aria-describedby="search-fault"
                    placeholder="Search messages"
                    autocomplete="off"
                    autocapitalize="none"
                    spellcheck="false"
                    enterkeyhint="search"
                    maxlength=MAX_QUERY_CHARS.to_string()
                    dir="auto"
                    prop:value=view.text
                    node_ref=view.input
                    on:input=input(typed)
                    on:keydown=on_key
                    on:click=move |_| completion.update(false)
                    on:blur=move |_| completion.close()
                />
                <ShowErased when=has_text>
                    {icon_button("Clear", view! { <Icon glyph=Glyph::X/> }, move |_| empty())}
                </ShowErased>
            </div>
            <CompletionList completion/>
        </form>
        <p class="search__fault" id="search-fault" role="alert">
            {dynamic(move || fault.get())}
        </p>
        <Correction view completion/>
    }
}

/// Says that an operator of another program is none here, and offers the one that is meant.
#[component]
fn Correction(view: View, completion: Completion) -> impl IntoView {
    let mistaken = Memo::new(move |_| view.text.with(|text| mistaken(text)));
    let hint = move || {
        let (word, operator) = mistaken.get()?;
        let (name, _) = word.value.split_once(':')?;
        let operator = operator.as_str();
        let name = isolate(&name.to_lowercase());
        Some(format!("“{name}:” is searched as a word. Did you mean “{operator}:”?"))
    };
    let correct = move |_| {
        if let Some((word, operator)) = mistaken.get_untracked() {
            let query = view.text.get_untracked();
            completion.begin(corrected(&query, &word, operator));
            view.run();
        }
    };
    let button = move || {
        let (_, operator) = mistaken.get()?;
        let label = format!("Use “{}:”", operator.as_str());
        Some(view! {
            <button class="button button--small" type="button" on:click=click(correct)>
                {label}
            </button>
        })
    };
    view! {
        <div class="search__correction">
            <p role="status">{dynamic(hint)}</p>
            {dynamic(button)}
        </div>
    }
}
