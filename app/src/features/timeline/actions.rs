//! The actions on a message: a toolbar beside it with a menu of further ones, or a sheet.

use leptos::{attr, ev, html, prelude::*};

pub use super::choices::MessageTarget;
use super::{choices::TOOLBAR, menu::Menu, sheet::ActionSheet};
use crate::{
    browser::{
        focus::focus_element,
        window::{has_sheets, is_near_end},
    },
    session::{Scoped as _, Session},
    ui::{
        button::icon_button,
        dynamic::{ShowErased, click, dynamic},
        icon::{Glyph, Icon},
    },
};

/// The reactions that are offered, with their names.
pub(super) const EMOJI: [(&str, &str); 5] =
    [("👍", "thumbs up"), ("❤️", "heart"), ("😂", "tears of joy"), ("🎉", "party"), ("👀", "eyes")];

/// The label of the button that offers all others.
pub(super) const MORE_EMOJI: &str = "Another reaction";

/// A message's actions: a button, and a toolbar or a sheet while the message is active. On wide
/// screens, the button opens the menu.
#[component]
pub fn MessageActions(
    /// The message.
    target: MessageTarget,
    /// True if the list is narrow: the toolbar would cover the author of the message.
    is_narrow: bool,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let is_active = Memo::new(move |_| session.active.scoped().get() == Some(target.id));
    let has_menu = Memo::new(move |_| session.menu.scoped().get() == Some(target.id));
    let expanded = Signal::derive(move || {
        let is_open = has_menu.get() || is_active.get() && has_sheets();
        if is_open { "true" } else { "false" }
    });
    let more = NodeRef::<html::Button>::new();
    let is_low = RwSignal::new(false);
    let toggle = move |_| {
        if has_sheets() {
            session.active.set((!is_active.get_untracked()).then_some(target.id));
            return;
        }
        is_low.set(more.get_untracked().is_some_and(|more| is_near_end(&more)));
        session.active.set(Some(target.id));
        session.menu.set((!has_menu.get_untracked()).then_some(target.id));
    };
    let close_menu = Callback::new(move |()| {
        session.menu.set(None);
        if let Some(more) = more.get_untracked() {
            focus_element(&more);
        }
    });
    on_cleanup(move || {
        session.menu.try_update(|menu| menu.take_if(|menu| *menu == target.id));
    });
    view! {
        <div class="message__actions only-scripted">
            <button
                class="icon-button message__more"
                type="button"
                tabindex="-1"
                aria-label="Message actions"
                title="More"
                aria-expanded=expanded
                node_ref=more
                on:click=click(toggle)
            >
                <Icon glyph=Glyph::Ellipsis/>
            </button>
            <ShowErased when=is_active>
                {if has_sheets() {
                    view! { <ActionSheet target/> }.into_any()
                } else {
                    view! { <Toolbar target is_narrow/> }.into_any()
                }}
            </ShowErased>
            <ShowErased when=has_menu>
                <Menu target is_low close=close_menu/>
            </ShowErased>
        </div>
    }
}

#[component]
fn Toolbar(target: MessageTarget, is_narrow: bool) -> impl IntoView {
    let session = expect_context::<Session>();
    let toolbar = NodeRef::<html::Div>::new();
    let close_on_escape = move |event: ev::KeyboardEvent| {
        if event.key() == "Escape" {
            event.stop_propagation();
            event.prevent_default();
            // Moves the focus to the message, because the focused button disappears.
            let toolbar = toolbar.get_untracked();
            if let Some(Ok(Some(row))) = toolbar.map(|toolbar| toolbar.closest(".message")) {
                focus_element(&row);
            }
            session.active.set(None);
        }
    };
    // Arrow keys lead to them from the message.
    let unstopped = |button: AnyView| button.add_any_attr(attr::tabindex("-1")).into_any();
    let buttons =
        move || buttons(session, target, is_narrow).into_iter().map(unstopped).collect::<Vec<_>>();
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

fn buttons(session: Session, target: MessageTarget, is_narrow: bool) -> Vec<AnyView> {
    let mut buttons = Vec::new();
    if target.is_writable(session) {
        let quick = EMOJI.into_iter().filter(|_| !is_narrow);
        buttons.extend(quick.map(|(emoji, name)| {
            let react = move |_| target.react(session, emoji);
            icon_button(format!("React with {name}"), emoji, react)
        }));
        let pick = move |event: ev::MouseEvent| target.pick_reaction(session, &event);
        buttons.push(icon_button(MORE_EMOJI, view! { <Icon glyph=Glyph::SmilePlus/> }, pick));
    }
    let choices = TOOLBAR.into_iter();
    buttons.extend(choices.filter(|choice| choice.is_available(session, target)).map(|choice| {
        let icon = view! { <Icon glyph=choice.glyph()/> };
        icon_button(choice.label_for(session, target), icon, move |_| choice.run(session, target))
    }));
    buttons
}
