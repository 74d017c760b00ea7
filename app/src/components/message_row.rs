//! One row of a room's list.

use leptos::{either::Either, prelude::*};

use super::{
    avatar::Avatar,
    icon::{Glyph, Icon},
};
use crate::{
    model::Connection,
    session::Session,
    timeline::{MessageRow, Row, State},
};

/// A day or a message.
#[component]
pub fn TimelineRow(
    /// What it shows.
    row: Row,
) -> impl IntoView {
    let session = expect_context::<Session>();
    match row {
        Row::Day(day) => Either::Left(view! {
            <li class="divider">
                <span class="divider__label">{move || session.clock().day_name(day)}</span>
            </li>
        }),
        Row::Message(row) => Either::Right(view! { <MessageItem row/> }),
    }
}

#[component]
fn MessageItem(row: MessageRow) -> impl IntoView {
    let session = expect_context::<Session>();
    let time = move || session.clock().time(row.at);
    let moment = row.at.to_string();
    let name = row.sender.name.clone();
    let label = {
        let name = name.clone();
        move || format!("{name}, {}", time())
    };
    let side = if row.first {
        Either::Left(view! { <Avatar who=row.sender.clone()/> })
    } else {
        let moment = moment.clone();
        Either::Right(view! {
            <span class="message__side-time">
                <time datetime=moment>{time}</time>
            </span>
        })
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
    view! {
        <li
            class="message"
            data-seq=seq
            data-first=first.then_some("")
            data-state=state
        >
            <div class="message__side">{side}</div>
            <article class="message__body" aria-label=label>
                {byline}
                <MessageText text=row.text.clone() author=row.sender.name.clone()/>
                <MessageNote row/>
            </article>
        </li>
    }
}

#[component]
fn MessageText(text: Option<String>, author: String) -> impl IntoView {
    match text {
        Some(text) => Either::Left(view! {
            <div class="prose">
                <p>{text}</p>
            </div>
        }),
        None => Either::Right(view! { <p>{format!("{author} deleted this message.")}</p> }),
    }
}

/// What is to be said about a message that is not in the log, or not yet.
#[component]
fn MessageNote(row: MessageRow) -> impl IntoView {
    let session = expect_context::<Session>();
    let connection = session.connection();
    let id = row.id;
    match row.state {
        State::Sent | State::Deleted => ().into_any(),
        State::Pending => view! {
            <p class="message__note">
                {move || match connection.get() {
                    Connection::Offline { .. } => {
                        Either::Left(view! { <Icon glyph=Glyph::CloudOff/> "Sent when you are back online" })
                    }
                    Connection::Connecting | Connection::CatchingUp { .. } | Connection::Current => {
                        Either::Right(view! { <Icon glyph=Glyph::Clock/> "Sending" })
                    }
                }}
            </p>
        }
        .into_any(),
        State::Failed(why) => view! {
            <p class="message__note">
                <Icon glyph=Glyph::CircleAlert/>
                {format!("Not sent. {why}")}
                <button class="button button--small" type="button" on:click=move |_| session.retry(id)>
                    "Try again"
                </button>
                <button class="button button--small button--quiet" type="button" on:click=move |_| session.discard(id)>
                    "Discard"
                </button>
            </p>
        }
        .into_any(),
    }
}
