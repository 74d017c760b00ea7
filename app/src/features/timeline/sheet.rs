//! The actions on a message as a sheet, for touch and for narrow screens. Covers the page from
//! below, and not the message alone.

use leptos::{ev, html, prelude::*};

use super::actions::{EMOJI, MORE_EMOJI, MessageTarget};
use crate::{
    browser::window::effect,
    session::{Session, actions::MessageAction},
    state::bidi::{balance, isolate},
    ui::{
        button::{emoji_button, icon_button, menu_item},
        icon::{Glyph, Icon},
    },
};

/// The sheet with the actions of a message. The browser keeps the focus inside, closes it with Esc
/// and the back button, and returns the focus.
#[component]
pub fn ActionSheet(
    /// The message.
    target: MessageTarget,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let dialog = NodeRef::<html::Dialog>::new();
    effect(move || {
        if let Some(dialog) = dialog.get().filter(|dialog| !dialog.open()) {
            let _ = dialog.show_modal();
        }
    });
    let close = move || {
        if let Some(dialog) = dialog.get_untracked() {
            dialog.close();
        }
    };
    // Only a click beside the content has the dialog itself as its target.
    let close_beside = move |event: ev::MouseEvent| {
        let target = event.target();
        if target.is_some() && target == event.current_target() {
            close();
        }
    };
    let handles = session.handles(target.room);
    let author = session
        .author(target.room, target.id)
        .map(|author| handles.with_untracked(|handles| handles.name_of(&author)));
    let text = session.spoken_text(target.room, target.id);
    let label = author.as_ref().map(|author| format!("Message from {}", isolate(author)));
    view! {
        <dialog
            class="dialog"
            aria-label=label.unwrap_or_else(|| "Message".to_owned())
            node_ref=dialog
            on:close=move |_| session.active.set(None)
            on:click=close_beside
        >
            <div class="dialog__body sheet" role="group" aria-label="Message actions">
                <p class="sheet__quote" dir="auto">
                    <strong>
                        <bdi>{author.map(|author| balance(&author).into_owned())}</bdi>
                    </strong>
                    " "
                    {text}
                </p>
                <Choices target close/>
            </div>
        </dialog>
    }
}

#[component]
fn Choices(target: MessageTarget, close: impl Fn() + Copy + 'static) -> impl IntoView {
    let session = expect_context::<Session>();
    let react = |(emoji, name): (&'static str, &str)| {
        let react = move |_| {
            close();
            target.react(session, emoji);
        };
        emoji_button(format!("React with {name}"), emoji, react)
    };
    let is_writable = untrack(|| target.is_writable(session));
    let pick = move |event: ev::MouseEvent| {
        close();
        target.pick_reaction(session, &event);
    };
    let more = || {
        let symbol = view! { <Icon glyph=Glyph::SmilePlus/> };
        icon_button(MORE_EMOJI, symbol, pick)
    };
    let reactions = || EMOJI.into_iter().map(react).chain([more()]).collect::<Vec<_>>();
    let reactions = is_writable.then(reactions);
    let is_offered = |choice: &MessageAction| untrack(|| choice.is_available(session, target));
    let items = MessageAction::ALL.into_iter().filter(is_offered).map(|choice| {
        let label = untrack(|| choice.label_for(session, target));
        let kind = if choice == MessageAction::Delete { "menu__item--danger" } else { "" };
        let act = move |_| {
            close();
            choice.run(session, target);
        };
        let item = menu_item(label.into(), kind, view! { <Icon glyph=choice.glyph()/> }, act);
        view! { <li>{item}</li> }
    });
    view! {
        {reactions.map(|reactions| view! { <div class="menu__reactions">{reactions}</div> })}
        <ul class="menu menu--sheet" role="list">{items.collect_view()}</ul>
    }
}
