//! What one may do with a message: react, edit, delete.

use leptos::{ev, html, prelude::*};
use protocol::{MessageId, RoomId};
use wasm_bindgen::JsCast as _;

use super::{
    dynamic::{When, dynamic},
    icon::{Glyph, Icon},
};
use crate::{
    changes::{Chip, Kind},
    session::Session,
};

/// Reactions that are one press away, and what they are called.
const EMOJI: [(&str, &str); 5] =
    [("👍", "thumbs up"), ("❤️", "heart"), ("😂", "tears of joy"), ("🎉", "party"), ("👀", "eyes")];

/// Which message, and what its reader may do with it.
#[derive(Clone, Copy, Debug)]
pub struct Subject {
    /// Where it stands.
    pub room: RoomId,
    /// Which.
    pub id: MessageId,
    /// Whether the reader wrote it.
    pub mine: bool,
    /// Whether the reader may delete it.
    pub deletable: bool,
}

/// A message's actions: a button, and beside it the rest while that message is pointed at or has the focus.
#[component]
pub fn MessageActions(
    /// Of which message.
    of: Subject,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let is_active = Memo::new(move |_| session.active.get() == Some(of.id));
    let expanded = Signal::derive(move || if is_active.get() { "true" } else { "false" });
    let toggle = move |_| session.active.set((!is_active.get_untracked()).then_some(of.id));
    view! {
        <div class="message__actions only-scripted">
            <button
                class="icon-button message__more"
                type="button"
                aria-label="Message actions"
                title="Message actions"
                aria-expanded=expanded
                on:click=toggle
            >
                <Icon glyph=Glyph::Ellipsis/>
            </button>
            <When is=is_active>
                <Toolbar of/>
            </When>
        </div>
    }
}

#[component]
fn Toolbar(of: Subject) -> impl IntoView {
    let confirming = RwSignal::new(false);
    let put_away = move |event: ev::KeyboardEvent| {
        if event.key() == "Escape" {
            event.stop_propagation();
            confirming.set(false);
            focus_button(&event);
        }
    };
    view! {
        <div class="message__toolbar" role="toolbar" aria-label="Message actions" on:keydown=put_away>
            {dynamic(move || {
                if confirming.get() {
                    view! { <Confirm of confirming/> }.into_any()
                } else {
                    view! { <Choices of confirming/> }.into_any()
                }
            })}
        </div>
    }
}

#[component]
fn Choices(of: Subject, confirming: RwSignal<bool>) -> impl IntoView {
    let session = expect_context::<Session>();
    let react = EMOJI.map(|(emoji, name)| {
        let label = format!("React with {name}");
        let react = move |_| {
            session.change(of.room, of.id, Kind::React { emoji: emoji.to_owned(), on: true });
        };
        view! {
            <button class="icon-button" type="button" aria-label=label.clone() title=label on:click=react>
                {emoji}
            </button>
        }
    });
    let edit = of.mine.then(|| {
        view! {
            <button
                class="icon-button"
                type="button"
                aria-label="Edit"
                title="Edit"
                on:click=move |_| session.editing.set(Some(of.id))
            >
                <Icon glyph=Glyph::Pencil/>
            </button>
        }
    });
    let delete = of.deletable.then(|| {
        view! {
            <button
                class="icon-button"
                type="button"
                aria-label="Delete"
                title="Delete"
                on:click=move |_| confirming.set(true)
            >
                <Icon glyph=Glyph::Trash/>
            </button>
        }
    });
    view! {
        {react.collect_view()}
        {edit}
        {delete}
    }
}

#[component]
fn Confirm(of: Subject, confirming: RwSignal<bool>) -> impl IntoView {
    let session = expect_context::<Session>();
    let button = NodeRef::<html::Button>::new();
    Effect::new(move |_| {
        if let Some(button) = button.get() {
            let _ = button.focus();
        }
    });
    let delete = move |_| {
        session.active.set(None);
        session.change(of.room, of.id, Kind::Delete);
        super::composer::focus();
    };
    view! {
        <span class="message__confirm">"Delete for everybody?"</span>
        <button class="button button--small button--danger" type="button" node_ref=button on:click=delete>
            "Delete"
        </button>
        <button class="button button--small button--quiet" type="button" on:click=move |_| confirming.set(false)>
            "Keep"
        </button>
    }
}

/// What people gave a message; one's own is set and taken back here.
#[component]
pub fn Reactions(
    /// Of which message.
    of: Subject,
    /// What they gave it.
    chips: Memo<Vec<Chip>>,
) -> impl IntoView {
    let is_any = Memo::new(move |_| chips.with(|chips| !chips.is_empty()));
    let emoji = Memo::new(move |_| chips.with(|chips| chips.iter().map(|chip| chip.emoji.clone()).collect::<Vec<_>>()));
    view! {
        <When is=is_any>
            <ul class="reactions" role="list" aria-label="Reactions">
                <For each=move || emoji.get() key=Clone::clone let:emoji>
                    <ReactionChip of emoji chips/>
                </For>
            </ul>
        </When>
    }
}

#[component]
fn ReactionChip(of: Subject, emoji: String, chips: Memo<Vec<Chip>>) -> impl IntoView {
    let session = expect_context::<Session>();
    let chip = {
        let emoji = emoji.clone();
        Memo::new(move |_| chips.with(|chips| chips.iter().find(|chip| chip.emoji == emoji).cloned()))
    };
    let count = Signal::derive(move || chip.get().map_or(0, |chip| chip.count));
    let names = Signal::derive(move || chip.get().map(|chip| chip.names).unwrap_or_default());
    let mine = move || chip.with(|chip| chip.as_ref().is_some_and(|chip| chip.mine));
    let pressed = Signal::derive(move || if mine() { "true" } else { "false" });
    let label = {
        let emoji = emoji.clone();
        Signal::derive(move || format!("{emoji} {}: {}", count.get(), names.get()))
    };
    let toggle = {
        let emoji = emoji.clone();
        move |_| {
            let on = !chip.with_untracked(|chip| chip.as_ref().is_some_and(|chip| chip.mine));
            session.change(of.room, of.id, Kind::React { emoji: emoji.clone(), on });
        }
    };
    view! {
        <li>
            <button class="reaction" type="button" aria-pressed=pressed aria-label=label title=names on:click=toggle>
                <span class="reaction__emoji" aria-hidden="true">{emoji}</span>
                {count}
            </button>
        </li>
    }
}

/// Back to the button that opened the actions.
fn focus_button(event: &ev::KeyboardEvent) {
    let toolbar = event.current_target().and_then(|toolbar| toolbar.dyn_into::<web_sys::Element>().ok());
    let button = toolbar.and_then(|toolbar| toolbar.previous_element_sibling());
    if let Some(button) = button.and_then(|button| button.dyn_into::<web_sys::HtmlElement>().ok()) {
        let _ = button.focus();
    }
}
