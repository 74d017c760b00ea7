//! The rows of a message list: one tab stop, in which keys move the focus.

use leptos::{ev, html, prelude::*};
use protocol::{MessageId, RoomId};
use uuid::Uuid;
use wasm_bindgen::JsCast as _;
use web_sys::{Element, EventTarget};

use super::{keys::on_key, place::Place, row::MessageItem};
use crate::{
    browser::{
        focus::{focus_element, is_focus_lost},
        window::effect,
    },
    session::Session,
    state::timeline::{RowKey, TimelineRow},
};

/// The rows of a message list.
#[component]
pub fn Rows(
    /// The room.
    room: RoomId,
    /// Its rows.
    rows: Memo<Vec<TimelineRow>>,
    /// The user's place in the room.
    place: Place,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let list = NodeRef::<html::Ol>::new();
    let focused = RwSignal::new(None);
    keep_focus(list, place, focused);
    // Tab leads to the message that last had the focus, at first to the newest one.
    let stop = Memo::new(move |_| {
        let focused = focused.get();
        rows.with(|rows| {
            let mut messages = rows.iter().rev().filter_map(|row| match row {
                TimelineRow::Message(row) => Some(row.id),
                TimelineRow::Day(_) | TimelineRow::New => None,
            });
            let last = messages.clone().next();
            messages.find(|id| Some(*id) == focused).or(last)
        })
    });
    let keys =
        Memo::new(move |_| rows.with(|rows| rows.iter().map(TimelineRow::key).collect::<Vec<_>>()));
    let view_row = move |key| match key {
        RowKey::Day(day) => {
            let name = Signal::derive(move || session.clock().day_name(day));
            view! {
                <li class="divider">
                    <span class="divider__label">{name}</span>
                </li>
            }
            .into_any()
        }
        RowKey::New => view! {
            <li class="divider divider--new" data-new="">
                <span class="divider__label">"New"</span>
            </li>
        }
        .into_any(),
        RowKey::Message(id) => {
            let first =
                rows.with_untracked(|rows| rows.iter().find_map(|row| row.message(id)).cloned());
            first.map(|first| view! { <MessageItem first room rows stop/> }).into_any()
        }
    };
    let on_focus_in = move |event: ev::FocusEvent| {
        if let Some(id) = row_of(event.target()).as_ref().and_then(message_of) {
            focused.set(Some(id));
        }
    };
    let on_focus_out = move |event: ev::FocusEvent| {
        let next = row_of(event.related_target());
        if event.related_target().is_some() && next != row_of(event.target()) {
            session.active.set(None);
        }
    };
    let hover = move |row: Option<Element>| {
        let next = row.as_ref().and_then(message_of);
        if session.active.get_untracked() != next && !is_toolbar_focused() {
            session.active.set(next);
        }
    };
    let on_over = move |event: ev::PointerEvent| {
        if event.pointer_type() == "mouse" {
            hover(row_of(event.target()));
        }
    };
    let on_leave = move |event: ev::PointerEvent| {
        if event.pointer_type() == "mouse" {
            hover(None);
        }
    };
    view! {
        <ol
            role="list"
            aria-label="Messages"
            node_ref=list
            on:focusin=on_focus_in
            on:focusout=on_focus_out
            on:pointerover=on_over
            on:pointerleave=on_leave
            on:keydown=move |event| on_key(session, place, &event)
        >
            <For each=move || keys.get() key=|key| *key children=view_row/>
        </ol>
    }
}

/// Returns the row of a message that contains an element.
pub(super) fn row_of(target: Option<EventTarget>) -> Option<Element> {
    target?.dyn_into::<Element>().ok()?.closest("li.message").ok().flatten()
}

/// Returns the message of a row.
pub(super) fn message_of(row: &Element) -> Option<MessageId> {
    Uuid::try_parse(&row.get_attribute("data-id")?).ok().map(MessageId)
}

/// Returns whether the toolbar of a message has the focus. It then stays open, even if the pointer
/// moves elsewhere.
fn is_toolbar_focused() -> bool {
    document()
        .active_element()
        .is_some_and(|focus| focus.closest(".message__toolbar").ok().flatten().is_some())
}

/// Moves the focus to the row if the focused element in it is gone, such as a reaction that was
/// taken back; and to the row beside it if the row itself is gone.
fn keep_focus(list: NodeRef<html::Ol>, place: Place, focused: RwSignal<Option<MessageId>>) {
    let last = StoredValue::new_local(None::<Element>);
    effect(move || {
        place.scroll.rendered.track();
        let Some(list) = list.get() else { return };
        let focus = document().active_element();
        if let Some(focus) = focus.filter(|focus| list.contains(Some(focus))) {
            last.set_value(Some(focus));
            return;
        }
        let is_gone = last.with_value(|last| {
            last.as_ref().is_some_and(|element| !element.is_connected()) && is_focus_lost()
        });
        if is_gone {
            let row = focused.get_untracked().map(|id| format!("li[data-id='{}']", id.0));
            let row = row.and_then(|row| list.query_selector(&row).ok().flatten());
            if let Some(row) = row.or_else(|| place.scroll.first_in_view()) {
                focus_element(&row);
            }
        }
    });
    // The focus may move without any rendering.
    effect(move || {
        focused.track();
        if let Some(list) = list.get() {
            let focus = document().active_element();
            last.set_value(focus.filter(|focus| list.contains(Some(focus))));
        }
    });
}
