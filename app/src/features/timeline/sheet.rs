//! The actions on a message as a sheet, for touch and for narrow screens. Covers the page from
//! below, and not the message alone.

use leptos::{ev, html, prelude::*, task::spawn_local};

use super::actions::{EMOJI, MessageTarget, confirm};
use crate::{
    browser::{clipboard, focus::focus_element, window::effect},
    session::Session,
    state::bidi::{balance, isolate},
    ui::{
        button::{emoji_button, menu_item},
        dynamic::dynamic,
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
    let confirming = RwSignal::new(false);
    let dialog = NodeRef::<html::Dialog>::new();
    effect(move || {
        if let Some(dialog) = dialog.get().filter(|dialog| !dialog.open()) {
            let _ = dialog.show_modal();
        }
    });
    effect(move || {
        if confirming.get()
            && let Some(Ok(Some(button))) =
                dialog.get_untracked().map(|dialog| dialog.query_selector("button"))
        {
            focus_element(&button);
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
    let text = text(session, target);
    let label = author.as_ref().map(|author| format!("Message from {}", isolate(author)));
    let choices = move || {
        if confirming.get() {
            view! {
                <div class="sheet__confirm">{confirm(target, move || confirming.set(false))}</div>
            }
            .into_any()
        } else {
            view! { <Choices target confirming close/> }.into_any()
        }
    };
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
                {dynamic(choices)}
            </div>
        </dialog>
    }
}

#[component]
fn Choices(
    target: MessageTarget,
    confirming: RwSignal<bool>,
    close: impl Fn() + Copy + 'static,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let react = |(emoji, name): (&'static str, &str)| {
        let react = move |_| {
            close();
            target.react(session, emoji);
        };
        emoji_button(format!("React with {name}"), emoji, react)
    };
    let reactions: Vec<_> = EMOJI.into_iter().map(react).collect();
    let copied = RwSignal::new(false);
    let copy = move |_| {
        let Some(text) = text(session, target) else { return };
        spawn_local(async move {
            if clipboard::copy(&text).await {
                copied.try_set(true);
            }
        });
    };
    let copy = clipboard::is_available().then(|| {
        let label = Signal::derive(move || if copied.get() { "Copied" } else { "Copy text" });
        let icon = dynamic(move || {
            let glyph = if copied.get() { Glyph::Check } else { Glyph::Copy };
            view! { <Icon glyph/> }
        });
        menu_item(label, "", icon, copy)
    });
    let edit = target.mine.then(|| {
        let edit = move |_| {
            close();
            session.editing.set(Some(target.id));
        };
        menu_item("Edit".into(), "", view! { <Icon glyph=Glyph::Pencil/> }, edit)
    });
    let delete = target.deletable.then(|| {
        let kind = "menu__item--danger";
        let ask = move |_| confirming.set(true);
        menu_item("Delete".into(), kind, view! { <Icon glyph=Glyph::Trash/> }, ask)
    });
    let items = [copy, edit, delete].into_iter().flatten();
    let items = items.map(|item| view! { <li>{item}</li> }).collect_view();
    view! {
        <div class="menu__reactions">{reactions}</div>
        <ul class="menu menu--sheet" role="list">{items}</ul>
    }
}

fn text(session: Session, target: MessageTarget) -> Option<String> {
    session.message_text(target.room, target.id)
}
