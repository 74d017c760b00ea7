//! The rows of a message list: one tab stop, in which keys move the focus.

use leptos::{ev, html, prelude::*};
use protocol::{MessageId, RoomId};
use uuid::Uuid;
use wasm_bindgen::JsCast as _;
use web_sys::{Element, EventTarget};

use super::{keys::on_key, place::Place, press::Press, row::MessageItem};
use crate::{
    browser::{
        focus::focus_in_place,
        window::{effect, has_sheets},
    },
    session::Session,
    state::timeline::{RowKey, TimelineRow, format_replies},
    ui::each::each,
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
    let handles = session.handles(room);
    let list = NodeRef::<html::Ol>::new();
    let focused = RwSignal::new(None);
    keep_focus(list, place, focused);
    // Tab leads to the message that last had the focus. At first, and after a message is sent, it
    // leads to the newest one.
    place.on_own_message(move || {
        let focus = document().active_element();
        let list = list.get_untracked();
        let is_inside = list.is_some_and(|list| list.contains(focus.as_deref()));
        if !is_inside {
            focused.set(None);
        }
    });
    let stop = Memo::new(move |_| {
        let focused = focused.get();
        rows.with(|rows| {
            let mut messages = rows.iter().rev().filter_map(|row| match row {
                TimelineRow::Message(row) => Some(row.id),
                TimelineRow::Day(_) | TimelineRow::New | TimelineRow::Replies(_) => None,
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
        RowKey::Replies => view! {
            <li class="divider">
                <span class="divider__label">{count_of_replies(rows)}</span>
            </li>
        }
        .into_any(),
        RowKey::Message(id) => {
            let first =
                rows.with_untracked(|rows| rows.iter().find_map(|row| row.message(id)).cloned());
            let list = place.list();
            first.map(|first| view! { <MessageItem first list rows handles stop/> }).into_any()
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
            session.menu.set(None);
        }
    };
    effect(move || close_menu_beside(session));
    let hover = move |row: Option<Element>| {
        let next = row.as_ref().and_then(message_of);
        let is_free = session.menu.get_untracked().is_none() && !is_toolbar_focused();
        if session.active.get_untracked() != next && is_free && !has_sheets() {
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
    let press = Press::new();
    let label = if place.list().thread.is_some() { "Replies" } else { "Messages" };
    view! {
        <ol
            role="list"
            aria-label=label
            node_ref=list
            on:focusin=on_focus_in
            on:focusout=on_focus_out
            on:pointerover=on_over
            on:pointerleave=on_leave
            on:pointerdown=move |event| press.start(&event)
            on:pointermove=move |event| press.moved(&event)
            on:pointerup=move |_| press.end()
            on:pointercancel=move |_| press.end()
            on:touchend=move |event| press.lifted(&event)
            on:contextmenu=move |event| press.menu(&event)
            on:click=move |event| press.tap(&event)
            on:keydown=move |event| on_key(session, place, &event)
        >
            {each(keys, view_row)}
        </ol>
    }
}

fn count_of_replies(rows: Memo<Vec<TimelineRow>>) -> Signal<String> {
    Signal::derive(move || {
        let count = rows.with(|rows| {
            rows.iter().find_map(|row| match row {
                TimelineRow::Replies(count) => Some(*count),
                _ => None,
            })
        });
        format_replies(count.unwrap_or_default())
    })
}

/// Returns the row of a message that contains an element.
pub(super) fn row_of(target: Option<EventTarget>) -> Option<Element> {
    target?.dyn_into::<Element>().ok()?.closest("li.message").ok().flatten()
}

/// Returns the message of a row.
pub(super) fn message_of(row: &Element) -> Option<MessageId> {
    Uuid::try_parse(&row.get_attribute("data-id")?).ok().map(MessageId)
}

/// Closes the menu of a message at a press beside it.
fn close_menu_beside(session: Session) {
    let pressed = window_event_listener(ev::pointerdown, move |event| {
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let is_beside =
            |target: Element| target.closest(".message__actions").ok().flatten().is_none();
        if session.menu.get_untracked().is_some() && target.is_some_and(is_beside) {
            session.menu.set(None);
        }
    });
    on_cleanup(move || pressed.remove());
}

/// Returns whether the toolbar or the menu of a message has the focus. It then stays open, even if
/// the pointer moves elsewhere.
pub(super) fn is_toolbar_focused() -> bool {
    document().active_element().is_some_and(|focus| {
        focus.closest(".message__toolbar, .message__menu").ok().flatten().is_some()
    })
}

/// Keeps the focus in the list when the focused element disappears, such as a reaction that was
/// taken back, or is moved: it goes to the row, or to the first one in view if the row is gone.
fn keep_focus(list: NodeRef<html::Ol>, place: Place, focused: RwSignal<Option<MessageId>>) {
    effect(move || {
        if let Some(list) = list.get() {
            keep_focus_in(list.into(), place, focused);
        }
    });
}

fn keep_focus_in(list: Element, place: Place, focused: RwSignal<Option<MessageId>>) {
    let list = StoredValue::new_local(list);
    let last = StoredValue::new_local(None::<Element>);
    let follow = move || {
        let focus = document().active_element();
        let focus = focus.filter(|focus| focus.tag_name() != "BODY");
        if let Some(focus) = &focus {
            let is_inside = list.with_value(|list| list.contains(Some(focus)));
            last.set_value(is_inside.then(|| focus.clone()));
        }
        focus.is_some()
    };
    // The focus may move without any rendering.
    effect(move || {
        focused.track();
        follow();
    });
    effect(move || {
        place.scroll.rendered.track();
        if follow() {
            return;
        }
        let Some(lost) = last.get_value() else { return };
        let row = focused.get_untracked().and_then(|id| {
            let row = format!("li[data-id='{}']", id.0);
            list.with_value(|list| list.query_selector(&row).ok().flatten())
        });
        let moved = Some(lost).filter(|lost| lost.is_connected());
        if let Some(next) = moved.or(row).or_else(|| place.scroll.first_in_view()) {
            focus_in_place(&next);
        }
    });
    // A click elsewhere takes the focus away on purpose.
    let leave = window_event_listener(ev::pointerdown, move |event| {
        if row_of(event.target()).is_none() {
            last.try_update_value(Option::take);
        }
    });
    on_cleanup(move || leave.remove());
}
