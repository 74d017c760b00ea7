//! The menu of further actions on a message.

use leptos::{ev, html, prelude::*};
use wasm_bindgen::JsCast as _;
use web_sys::Element;

use super::{actions::MessageTarget, choices::TOOLBAR};
use crate::{
    browser::{focus::focus_element, keyboard::letter, window::effect},
    session::{Session, actions::MessageAction},
    ui::{dynamic::click, icon::Icon},
};

/// The menu of a message. Its keys are those of the message.
#[component]
pub fn Menu(
    /// The message.
    target: MessageTarget,
    /// True if there is no space for it below the message.
    is_low: RwSignal<bool>,
    /// Closes it and gives the focus back.
    close: Callback<()>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let menu = NodeRef::<html::Div>::new();
    effect(move || {
        if let Some(first) = menu.get().and_then(|menu| items(&menu).into_iter().next()) {
            focus_element(&first);
        }
    });
    let choose = move |choice: MessageAction| {
        close.run(());
        choice.run(session, target);
    };
    let on_key = move |event: ev::KeyboardEvent| {
        event.stop_propagation();
        let Some(menu) = menu.get_untracked() else { return };
        let items = items(&menu);
        let here = document().active_element();
        let here = items.iter().position(|item| Some(item) == here.as_ref()).unwrap_or_default();
        let next = match event.key().as_str() {
            "ArrowDown" => (here + 1) % items.len().max(1),
            "ArrowUp" => (here + items.len().max(1) - 1) % items.len().max(1),
            "Home" => 0,
            "End" => items.len().saturating_sub(1),
            "Escape" | "Tab" => {
                event.prevent_default();
                return close.run(());
            }
            _ => {
                let choice = letter(&event).and_then(|key| MessageAction::of_key(&key));
                let choice = choice.filter(|choice| is_offered(*choice, session, target));
                if let Some(choice) = choice {
                    event.prevent_default();
                    choose(choice);
                }
                return;
            }
        };
        event.prevent_default();
        if let Some(item) = items.get(next) {
            focus_element(item);
        }
    };
    let offered = MessageAction::ALL.into_iter();
    let offered = offered.filter(|choice| untrack(|| is_offered(*choice, session, target)));
    let items = offered.map(|choice| {
        let label = untrack(|| choice.label_for(session, target));
        let is_danger = choice == MessageAction::Delete;
        let class = if is_danger { "menu__item menu__item--danger" } else { "menu__item" };
        let key = if is_danger { "Del" } else { choice.key() };
        view! {
            {is_danger.then(|| view! { <hr class="menu__rule"/> })}
            <button
                class=class
                type="button"
                role="menuitem"
                tabindex="-1"
                aria-keyshortcuts=choice.key()
                on:click=click(move |_| choose(choice))
            >
                <Icon glyph=choice.glyph()/>
                <span>{label}</span>
                <kbd aria-hidden="true">{key}</kbd>
            </button>
        }
    });
    let side = Signal::derive(move || is_low.get().then_some(""));
    view! {
        <div
            class="menu message__menu"
            role="menu"
            aria-label="Message"
            data-up=side
            node_ref=menu
            on:keydown=on_key
        >
            {items.collect_view()}
        </div>
    }
}

/// Returns whether the menu has an action. The toolbar beside it has the others.
fn is_offered(choice: MessageAction, session: Session, target: MessageTarget) -> bool {
    !TOOLBAR.contains(&choice) && choice.is_available(session, target)
}

fn items(menu: &Element) -> Vec<Element> {
    let Ok(found) = menu.query_selector_all("[role=menuitem]") else { return Vec::new() };
    (0..found.length()).filter_map(|index| found.item(index)?.dyn_into().ok()).collect()
}
