//! The actions on a message: react, edit, delete. A toolbar beside the message, or a sheet.

use leptos::{attr, ev, html, prelude::*};
use protocol::{MessageId, RoomId};

use super::sheet::ActionSheet;
use crate::{
    browser::{
        focus::focus_element,
        window::{effect, has_sheets},
    },
    session::{Scoped as _, Session},
    state::updates::UpdateKind,
    ui::{
        button::{icon_button, small_button},
        dynamic::{ShowErased, click, dynamic},
        icon::{Glyph, Icon},
    },
};

/// The reactions that are offered, with their names.
pub(super) const EMOJI: [(&str, &str); 5] =
    [("👍", "thumbs up"), ("❤️", "heart"), ("😂", "tears of joy"), ("🎉", "party"), ("👀", "eyes")];

/// A message and the user's permissions on it.
#[derive(Clone, Copy, Debug)]
pub struct MessageTarget {
    /// The message's room.
    pub room: RoomId,
    /// The message's id.
    pub id: MessageId,
    /// True if the user is the author.
    pub mine: bool,
    /// True if the user may delete the message.
    pub deletable: bool,
}

impl MessageTarget {
    /// Adds a reaction.
    pub(super) fn react(self, session: Session, emoji: &str) {
        let kind = UpdateKind::React { emoji: emoji.to_owned(), on: true };
        session.update_message(self.room, self.id, kind);
    }

    /// Deletes the message. The focus goes to its row, since the focused button disappears.
    pub(super) fn delete(self, session: Session) {
        session.active.set(None);
        session.update_message(self.room, self.id, UpdateKind::Delete);
    }
}

/// A message's actions: a button, and a toolbar or a sheet while the message is active.
#[component]
pub fn MessageActions(
    /// The message.
    target: MessageTarget,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let is_active = Memo::new(move |_| session.active.scoped().get() == Some(target.id));
    let expanded = Signal::derive(move || if is_active.get() { "true" } else { "false" });
    let toggle = move |_| session.active.set((!is_active.get_untracked()).then_some(target.id));
    view! {
        <div class="message__actions only-scripted">
            <button
                class="icon-button message__more"
                type="button"
                tabindex="-1"
                aria-label="Message actions"
                title="Message actions"
                aria-expanded=expanded
                on:click=click(toggle)
            >
                <Icon glyph=Glyph::Ellipsis/>
            </button>
            <ShowErased when=is_active>
                {if has_sheets() {
                    view! { <ActionSheet target/> }.into_any()
                } else {
                    view! { <Toolbar target/> }.into_any()
                }}
            </ShowErased>
        </div>
    }
}

#[component]
fn Toolbar(target: MessageTarget) -> impl IntoView {
    let session = expect_context::<Session>();
    let confirming = RwSignal::new(false);
    let toolbar = NodeRef::<html::Div>::new();
    let close = move || {
        confirming.set(false);
        // Moves the focus to the message, because the focused button may disappear.
        let toolbar = toolbar.get_untracked();
        if let Some(Ok(Some(row))) = toolbar.map(|toolbar| toolbar.closest(".message")) {
            focus_element(&row);
        }
    };
    let close_on_escape = move |event: ev::KeyboardEvent| {
        if event.key() == "Escape" {
            event.stop_propagation();
            close();
            session.active.set(None);
        }
    };
    effect(move || {
        if confirming.get()
            && let Some(button) =
                toolbar.get().and_then(|toolbar| toolbar.query_selector(".button").ok().flatten())
        {
            focus_element(&button);
        }
    });
    let buttons = move || {
        let buttons =
            if confirming.get() { confirm(target, close) } else { choices(target, confirming) };
        // Arrow keys lead to them from the message.
        let unstopped = |button: AnyView| button.add_any_attr(attr::tabindex("-1")).into_any();
        buttons.into_iter().map(unstopped).collect::<Vec<_>>()
    };
    view! {
        <div
            class="message__toolbar"
            role="group"
            aria-label="Message actions"
            node_ref=toolbar
            on:keydown=close_on_escape
        >
            {dynamic(buttons)}
        </div>
    }
}

fn choices(target: MessageTarget, confirming: RwSignal<bool>) -> Vec<AnyView> {
    let session = expect_context::<Session>();
    let react = |(emoji, name): (&'static str, &str)| {
        let react = move |_| target.react(session, emoji);
        icon_button(format!("React with {name}"), emoji, react)
    };
    let mut choices: Vec<_> = EMOJI.into_iter().map(react).collect();
    if target.mine {
        let edit = move |_| session.editing.set(Some(target.id));
        choices.push(icon_button("Edit", view! { <Icon glyph=Glyph::Pencil/> }, edit));
    }
    if target.deletable {
        let ask = move |_| confirming.set(true);
        choices.push(icon_button("Delete", view! { <Icon glyph=Glyph::Trash/> }, ask));
    }
    choices
}

/// Returns the question that precedes a deletion, and its answers.
pub(super) fn confirm(target: MessageTarget, cancel: impl Fn() + Copy + 'static) -> Vec<AnyView> {
    let session = expect_context::<Session>();
    vec![
        view! { <span class="message__confirm">"Delete for everyone?"</span> }.into_any(),
        small_button("Delete", "button--danger", move |_| target.delete(session)),
        small_button("Keep", "button--quiet", move |_| cancel()),
    ]
}
