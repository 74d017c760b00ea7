//! What one may do with a message: react, edit, delete.

use leptos::{ev, html, prelude::*};
use protocol::{MessageId, RoomId};
use wasm_bindgen::JsCast as _;

use super::{
    dynamic::{When, click, dynamic, effect, icon_button, small_button},
    icon::{Glyph, Icon},
};
use crate::{
    session::Session,
    state::{reactions::ReactionSummary, updates::UpdateKind},
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
                on:click=click(toggle)
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
    let toolbar = NodeRef::<html::Div>::new();
    // Back to the button that opened the actions: the one with the focus may be gone now.
    let put_away = move || {
        confirming.set(false);
        let button = toolbar.get_untracked().and_then(|toolbar| toolbar.previous_element_sibling());
        if let Some(button) =
            button.and_then(|button| button.dyn_into::<web_sys::HtmlElement>().ok())
        {
            let _ = button.focus();
        }
    };
    let escape = move |event: ev::KeyboardEvent| {
        if event.key() == "Escape" {
            event.stop_propagation();
            put_away();
        }
    };
    effect(move || {
        if confirming.get()
            && let Some(button) =
                toolbar.get().and_then(|toolbar| toolbar.query_selector(".button").ok().flatten())
        {
            let _ = button.unchecked_into::<web_sys::HtmlElement>().focus();
        }
    });
    view! {
        <div
            class="message__toolbar"
            role="group"
            aria-label="Message actions"
            node_ref=toolbar
            on:keydown=escape
        >
            {dynamic(move || if confirming.get() { confirm(of, put_away) } else { choices(of, confirming) })}
        </div>
    }
}

fn choices(of: Subject, confirming: RwSignal<bool>) -> Vec<AnyView> {
    let session = expect_context::<Session>();
    let react = |(emoji, name): (&'static str, &str)| {
        let react = move |_| {
            session.change(of.room, of.id, UpdateKind::React { emoji: emoji.to_owned(), on: true })
        };
        icon_button(format!("React with {name}"), emoji, react)
    };
    let mut choices: Vec<_> = EMOJI.into_iter().map(react).collect();
    if of.mine {
        let edit = move |_| session.editing.set(Some(of.id));
        choices.push(icon_button("Edit", view! { <Icon glyph=Glyph::Pencil/> }, edit));
    }
    if of.deletable {
        choices.push(icon_button("Delete", view! { <Icon glyph=Glyph::Trash/> }, move |_| {
            confirming.set(true)
        }));
    }
    choices
}

fn confirm(of: Subject, keep: impl Fn() + Copy + 'static) -> Vec<AnyView> {
    let session = expect_context::<Session>();
    let delete = move |_| {
        session.active.set(None);
        session.change(of.room, of.id, UpdateKind::Delete);
        super::composer::focus();
    };
    vec![
        view! { <span class="message__confirm">"Delete for everybody?"</span> }.into_any(),
        small_button("Delete", "button--danger", delete),
        small_button("Keep", "button--quiet", move |_| keep()),
    ]
}

/// What people gave a message; one's own is set and taken back here.
#[component]
pub fn Reactions(
    /// Of which message.
    of: Subject,
    /// What they gave the messages of its room.
    chips: Memo<Vec<(MessageId, Vec<ReactionSummary>)>>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    dynamic(move || {
        let chips = chips.with(|chips| {
            chips.iter().find(|(id, _)| *id == of.id).map(|(_, chips)| chips.clone())
        })?;
        let chips = chips.into_iter().map(|chip| reaction(session, of, chip)).collect_view();
        Some(view! {
            <ul class="reactions" role="list" aria-label="Reactions">
                {chips}
            </ul>
        })
    })
}

fn reaction(session: Session, of: Subject, chip: ReactionSummary) -> impl IntoView + use<> {
    let ReactionSummary { emoji, count, mine, names } = chip;
    let label = format!("{emoji} {count}: {names}");
    let sign = emoji.clone();
    let toggle = move |_| {
        session.change(of.room, of.id, UpdateKind::React { emoji: emoji.clone(), on: !mine })
    };
    let pressed = if mine { "true" } else { "false" };
    view! {
        <li>
            <button
                class="reaction"
                type="button"
                aria-pressed=pressed
                aria-label=label
                title=names
                on:click=click(toggle)
            >
                <span class="reaction__emoji" aria-hidden="true">{sign}</span>
                {count.to_string()}
            </button>
        </li>
    }
}
