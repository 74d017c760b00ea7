//! One row of a room's list.

use leptos::{ev, prelude::*};
use protocol::{MessageId, RoomId, Timestamp};
use wasm_bindgen::JsCast as _;
use web_sys::Element;

use super::{
    avatar::Avatar,
    dynamic::{dynamic, small_button},
    icon::{Glyph, Icon},
    message_actions::{MessageActions, Reactions, Subject},
};
use crate::{
    session::Session,
    state::{
        connection::ConnectionState,
        reactions::ReactionSummary,
        timeline::{MessageRow, MessageState, Row},
        updates::UpdateStatus,
    },
};

/// A day or a message.
#[component]
pub fn TimelineRow(
    /// What it shows.
    row: Row,
    /// Where.
    room: RoomId,
    /// The reactions to messages of that room.
    chips: Memo<Vec<(MessageId, Vec<ReactionSummary>)>>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    match row {
        Row::Day(day) => view! {
            <li class="divider">
                <span class="divider__label">{Signal::derive(move || session.clock().day_name(day))}</span>
            </li>
        }
        .into_any(),
        Row::New => view! {
            <li class="divider divider--new" data-new="">
                <span class="divider__label">"New"</span>
            </li>
        }
        .into_any(),
        Row::Message(row) => view! { <MessageItem row room chips/> }.into_any(),
    }
}

#[component]
fn MessageItem(
    row: MessageRow,
    room: RoomId,
    chips: Memo<Vec<(MessageId, Vec<ReactionSummary>)>>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let time = Signal::derive(move || session.clock().time(row.at));
    let moment = row.at.to_string();
    let name = row.sender.name.clone();
    let label = {
        let name = name.clone();
        Signal::derive(move || format!("{name}, {}", time.get()))
    };
    let side = if row.first {
        view! { <Avatar who=row.sender.clone()/> }.into_any()
    } else {
        let moment = moment.clone();
        view! {
            <span class="message__side-time">
                <time datetime=moment>{time}</time>
            </span>
        }
        .into_any()
    };
    let byline = row.first.then(|| {
        view! {
            <header class="message__byline">
                <span class="message__author">{name}</span>
                <time class="message__time" datetime=moment>{time}</time>
            </header>
        }
    });
    let seq = row.seq.map(|seq| seq.to_string());
    let (first, state) = (row.first, row.state.as_str());
    let me = untrack(|| session.me());
    let mine = row.sender.id == me.id;
    let id = row.id;
    let of = Subject { room, id, mine, deletable: mine || me.role.may_delete() };
    let in_log = row.state == MessageState::Sent && row.seq.is_some();
    let reactions = in_log.then(|| view! { <Reactions of chips/> });
    let actions = in_log.then(|| view! { <MessageActions of/> });
    let active = Signal::derive(move || (in_log && session.active.get() == Some(id)).then_some(""));
    let pointed = move |event: ev::PointerEvent| {
        if event.pointer_type() == "mouse" && !is_busy() {
            session.active.set(Some(id));
        }
    };
    let left = move |event: ev::PointerEvent| {
        if event.pointer_type() == "mouse"
            && session.active.get_untracked() == Some(id)
            && !is_busy()
        {
            session.active.set(None);
        }
    };
    let focus_left = move |event: ev::FocusEvent| {
        let (row, next) = (element(event.current_target()), element(event.related_target()));
        if next.is_some()
            && !row.is_some_and(|row| row.contains(next.as_deref()))
            && session.active.get_untracked() == Some(id)
        {
            session.active.set(None);
        }
    };
    view! {
        <li
            class="message"
            data-seq=seq
            data-first=first.then_some("")
            data-state=state
            data-active=active
            on:pointerenter=pointed
            on:pointerleave=left
            on:focusout=focus_left
        >
            <div class="message__side">{side}</div>
            <article class="message__body" aria-label=label>
                {byline}
                <MessageText text=row.text.clone() edited_at=row.edited_at/>
                {reactions}
                <MessageNote row/>
            </article>
            {actions}
        </li>
    }
}

/// Whether the actions of some message have the focus: they stay then, wherever the pointer goes.
fn is_busy() -> bool {
    document()
        .active_element()
        .is_some_and(|focus| focus.closest(".message__toolbar").ok().flatten().is_some())
}

fn element(target: Option<web_sys::EventTarget>) -> Option<Element> {
    target.and_then(|target| target.dyn_into().ok())
}

#[component]
fn MessageText(text: Option<String>, edited_at: Option<Timestamp>) -> impl IntoView {
    let session = expect_context::<Session>();
    let edited = edited_at.map(|at| {
        let clock = move || session.clock();
        let when = Signal::derive(move || {
            format!("{}, {}", clock().day_name(clock().day(at)), clock().time(at))
        });
        view! { <span class="message__edited" title=when>" edited"</span> }
    });
    match text {
        Some(text) => view! {
            <div class="prose">
                <p dir="auto">{text}{edited}</p>
            </div>
        }
        .into_any(),
        None => view! { <p>"Message deleted"</p> }.into_any(),
    }
}

/// A button that is gone once it was pressed: on to where one writes.
fn ending_button(word: &'static str, kind: &'static str, act: impl Fn() + 'static) -> AnyView {
    small_button(word, kind, move |_| {
        act();
        super::composer::focus();
    })
}

/// What became of a change that was made here.
#[component]
fn ChangeNote(note: UpdateStatus) -> impl IntoView {
    let session = expect_context::<Session>();
    let op = note.op;
    match note.failed {
        None => view! {
            <p class="message__note">
                <Icon glyph=Glyph::Clock/>
                {if note.deletes { "Deleting" } else { "Saving" }}
            </p>
        }
        .into_any(),
        Some(why) => view! {
            <p class="message__note message__note--failed" role="alert">
                <Icon glyph=Glyph::CircleAlert/>
                {format!("{} {why}", if note.deletes { "Not deleted." } else { "Not changed." })}
                {ending_button("Try again", "", move || session.retry_change(op))}
                {ending_button("Discard", "button--quiet", move || session.discard_change(op))}
            </p>
        }
        .into_any(),
    }
}

/// What is to be said about a message that is not in the log, or not yet.
#[component]
fn MessageNote(row: MessageRow) -> impl IntoView {
    let session = expect_context::<Session>();
    let connection = session.connection();
    let id = row.id;
    match row.state {
        MessageState::Sent | MessageState::Deleted => row.note.map(|note| view! { <ChangeNote note/> }).into_any(),
        MessageState::Pending => view! {
            <p class="message__note">
                {dynamic(move || match connection.get() {
                    ConnectionState::Offline { .. } => {
                        view! { <Icon glyph=Glyph::CloudOff/> "Sent when you are back online" }.into_any()
                    }
                    ConnectionState::Connecting | ConnectionState::CatchingUp { .. } | ConnectionState::Current => {
                        view! { <Icon glyph=Glyph::Clock/> "Sending" }.into_any()
                    }
                })}
            </p>
        }
        .into_any(),
        MessageState::Failed(why) => view! {
            <p class="message__note" role="alert">
                <Icon glyph=Glyph::CircleAlert/>
                {format!("Not sent. {why}")}
                {ending_button("Try again", "", move || session.retry(id))}
                {ending_button("Discard", "button--quiet", move || session.discard(id))}
            </p>
        }
        .into_any(),
    }
}
