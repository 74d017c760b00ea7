//! The rows of a message list.

use leptos::{ev, prelude::*};
use protocol::{MessageId, RoomId, Sender, Timestamp, User, is_mentioned};
use wasm_bindgen::JsCast as _;
use web_sys::Element;

use super::{
    actions::{MessageActions, MessageTarget},
    note::MessageNote,
    press::Press,
    reactions::Reactions,
};
use crate::{
    browser::window::has_sheets,
    session::Session,
    state::{
        names::Handles,
        reactions::ReactionSummary,
        timeline::{MessageRow, MessageState, TimelineRow},
    },
    ui::{avatar::Avatar, name::Handle},
};

/// The rows of a message list.
#[component]
pub fn Rows(
    /// The room.
    room: RoomId,
    /// Its rows.
    rows: Memo<Vec<TimelineRow>>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let (summaries, handles) = (session.reaction_summaries(room), session.handles(room));
    let view_row = move |row| view! { <RowView row room summaries handles/> };
    let press = Press::new();
    view! {
        <ol
            role="list"
            aria-label="Messages"
            on:pointerdown=move |event| press.start(&event)
            on:pointermove=move |event| press.moved(&event)
            on:pointerup=move |_| press.end()
            on:pointercancel=move |_| press.end()
            on:touchend=move |event| press.lifted(&event)
            on:contextmenu=move |event| press.menu(&event)
            on:click=move |event| press.tap(&event)
        >
            <For each=move || rows.get() key=TimelineRow::key children=view_row/>
        </ol>
    }
}

/// A divider or a message.
#[component]
fn RowView(
    row: TimelineRow,
    room: RoomId,
    summaries: Memo<Vec<(MessageId, Vec<ReactionSummary>)>>,
    handles: Memo<Handles>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    match row {
        TimelineRow::Day(day) => {
            let name = Signal::derive(move || session.clock().day_name(day));
            view! {
                <li class="divider">
                    <span class="divider__label">{name}</span>
                </li>
            }
            .into_any()
        }
        TimelineRow::New => view! {
            <li class="divider divider--new" data-new="">
                <span class="divider__label">"New"</span>
            </li>
        }
        .into_any(),
        TimelineRow::Message(row) => view! { <MessageItem row room summaries handles/> }.into_any(),
    }
}

#[component]
fn MessageItem(
    row: MessageRow,
    room: RoomId,
    summaries: Memo<Vec<(MessageId, Vec<ReactionSummary>)>>,
    handles: Memo<Handles>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let time = Signal::derive(move || session.clock().time(row.at));
    let datetime = row.at.to_string();
    let name = row.sender.name.clone();
    let label = {
        let sender = row.sender.clone();
        Signal::derive(move || {
            format!("{}, {}", handles.with(|handles| handles.name_of(&sender)), time.get())
        })
    };
    let handle = {
        let Sender { id, username, .. } = row.sender.clone();
        Signal::derive(move || {
            username.clone().or_else(|| handles.with(|handles| handles.get(id).map(str::to_owned)))
        })
    };
    let side = if row.starts_group {
        view! { <Avatar hue=session.hue(row.sender.id) user=row.sender.clone()/> }.into_any()
    } else {
        let datetime = datetime.clone();
        view! {
            <span class="message__side-time">
                <time datetime=datetime>{time}</time>
            </span>
        }
        .into_any()
    };
    let byline = row.starts_group.then(|| {
        view! {
            <header class="message__byline">
                <span class="message__author">{name}</span>
                <Handle username=handle/>
                <time class="message__time" datetime=datetime>{time}</time>
            </header>
        }
    });
    let seq = row.seq.map(|seq| seq.to_string());
    let (starts_group, state) = (row.starts_group, row.state.as_str());
    let me = untrack(|| session.me());
    let mine = row.sender.id == me.id;
    let id = row.id;
    let target = MessageTarget { room, id, mine, deletable: mine || me.role.may_delete() };
    let in_log = row.state == MessageState::Sent && row.seq.is_some();
    let reactions = in_log.then(|| view! { <Reactions target summaries/> });
    let actions = in_log.then(|| view! { <MessageActions target/> });
    let mentions_me =
        !mine && row.text.as_deref().is_some_and(|text| is_mentioned(text, &me.username));
    let active = Signal::derive(move || (in_log && session.active.get() == Some(id)).then_some(""));
    let is_active = move || session.active.get_untracked() == Some(id);
    let on_enter = move |event: ev::PointerEvent| {
        if event.pointer_type() == "mouse" && !is_toolbar_focused() && !has_sheets() {
            session.active.set(Some(id));
        }
    };
    let on_leave = move |event: ev::PointerEvent| {
        let has_left = event.pointer_type() == "mouse" && is_active();
        if has_left && !is_toolbar_focused() && !has_sheets() {
            session.active.set(None);
        }
    };
    let on_focus_out = move |event: ev::FocusEvent| {
        let (row, next) = (element(event.current_target()), element(event.related_target()));
        if next.is_some() && !row.is_some_and(|row| row.contains(next.as_deref())) && is_active() {
            session.active.set(None);
        }
    };
    view! {
        <li
            class="message"
            data-seq=seq
            data-first=starts_group.then_some("")
            data-state=state
            data-mention=mentions_me.then_some("")
            data-active=active
            on:pointerenter=on_enter
            on:pointerleave=on_leave
            on:focusout=on_focus_out
        >
            <div class="message__side">{side}</div>
            <article class="message__body" aria-label=label>
                {byline}
                {match row.text.clone() {
                    Some(text) => {
                        view! { <MessageText text edited_at=row.edited_at/> }.into_any()
                    }
                    None => deletion(row.deleted_by.clone(), &me, handles),
                }}
                {reactions}
                <MessageNote row/>
            </article>
            {actions}
        </li>
    }
}

/// Returns whether the toolbar of a message has the focus. It then stays open, even if the pointer
/// moves elsewhere.
fn is_toolbar_focused() -> bool {
    document()
        .active_element()
        .is_some_and(|focus| focus.closest(".message__toolbar").ok().flatten().is_some())
}

fn element(target: Option<web_sys::EventTarget>) -> Option<Element> {
    target.and_then(|target| target.dyn_into().ok())
}

#[component]
fn MessageText(text: String, edited_at: Option<Timestamp>) -> impl IntoView {
    let session = expect_context::<Session>();
    let edited = edited_at.map(|at| {
        let clock = move || session.clock();
        let title = Signal::derive(move || {
            format!("{}, {}", clock().day_name(clock().day(at)), clock().time(at))
        });
        view! { <span class="message__edited" title=title>" edited"</span> }
    });
    view! {
        <div class="prose">
            <p dir="auto">{text}{edited}</p>
        </div>
    }
}

/// Returns what stands in place of a deleted message.
fn deletion(by: Option<Sender>, me: &User, handles: Memo<Handles>) -> AnyView {
    match by {
        Some(by) if by.id == me.id => view! { <p>"You deleted this message."</p> }.into_any(),
        Some(by) => {
            let name = Signal::derive(move || handles.with(|handles| handles.name_of(&by)));
            view! { <p><bdi>{name}</bdi>" deleted this message."</p> }.into_any()
        }
        None => view! { <p>"This message was deleted."</p> }.into_any(),
    }
}
