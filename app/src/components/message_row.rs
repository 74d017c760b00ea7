//! One row of a room's list.

use leptos::prelude::*;

use super::{
    avatar::Avatar,
    dynamic::dynamic,
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
        Row::Message(row) => view! { <MessageItem row/> }.into_any(),
    }
}

#[component]
fn MessageItem(row: MessageRow) -> impl IntoView {
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
        Some(text) => view! {
            <div class="prose">
                <p>{text}</p>
            </div>
        }
        .into_any(),
        None => view! { <p>{format!("{author} deleted this message.")}</p> }.into_any(),
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
                {dynamic(move || match connection.get() {
                    Connection::Offline { .. } => {
                        view! { <Icon glyph=Glyph::CloudOff/> "Sent when you are back online" }.into_any()
                    }
                    Connection::Connecting | Connection::CatchingUp { .. } | Connection::Current => {
                        view! { <Icon glyph=Glyph::Clock/> "Sending" }.into_any()
                    }
                })}
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
