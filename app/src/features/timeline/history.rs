//! The earlier texts of a message, in a dialog: each with what the edit changed.

use leptos::prelude::*;
use protocol::{Message, Timestamp};

use crate::{
    browser::window::effect,
    session::Session,
    state::{
        bidi::{balance, isolate},
        diff::{Part, diff},
        edits::EditHistory,
        model::Model,
        names::sender_name,
    },
    ui::{
        dialog::Dialog,
        dynamic::{click, dynamic},
        icon::{Glyph, Icon},
    },
};

/// The edit history that the user looks at.
#[component]
pub fn EditHistoryDialog() -> impl IntoView {
    let session = expect_context::<Session>();
    let is_open = session.select(|model| model.edit_history.is_some());
    let open = RwSignal::new(false);
    effect(move || open.set(is_open.get()));
    effect(move || {
        if !open.get() && is_open.get_untracked() {
            session.close_history();
        }
    });
    let label = Signal::stored("Edit history".to_owned());
    view! {
        <Dialog open label class="history-dialog">
            <header class="history__head">
                <h2 class="history__title">"Edit history"</h2>
                <button
                    class="icon-button"
                    type="button"
                    aria-label="Close"
                    title="Close"
                    on:click=click(move |_| open.set(false))
                >
                    <Icon glyph=Glyph::X/>
                </button>
            </header>
            <div class="history__body"><History/></div>
        </Dialog>
    }
}

/// What the dialog shows.
#[derive(Clone, Debug, PartialEq)]
struct Shown {
    history: EditHistory,
    message: Option<Message>,
    room: String,
    is_private: bool,
    is_away: bool,
}

fn shown(model: &Model) -> Option<Shown> {
    let history = model.edit_history.clone()?;
    let open = model.opened_rooms.get(&history.room);
    let message = open.and_then(|open| open.find(history.message));
    let room = model.rooms.find(history.room);
    Some(Shown {
        message: message.cloned(),
        room: room.map(|room| room.name.clone()).unwrap_or_default(),
        is_private: room.is_some_and(|room| room.private),
        is_away: model.connection.is_away(),
        history,
    })
}

#[component]
fn History() -> impl IntoView {
    let session = expect_context::<Session>();
    let shown = session.select(shown);
    dynamic(move || shown.get().map(|shown| content(session, shown)))
}

fn content(session: Session, shown: Shown) -> AnyView {
    let Shown { history: EditHistory { edits, refused, .. }, message, room, is_private, is_away } =
        shown;
    let Some((text, message)) = message.and_then(|message| Some((message.text.clone()?, message)))
    else {
        return view! { <p class="history__lead">"This message was deleted."</p> }.into_any();
    };
    let (Some(edits), None) = (edits, &refused) else {
        let text = match refused {
            Some(reason) => reason,
            None if is_away => "Earlier texts are shown when you are back online.".to_owned(),
            None => "Loading earlier texts".to_owned(),
        };
        return view! { <p class="history__lead" role="status">{text}</p> }.into_any();
    };
    let clock = session.clock();
    let when = |at: Timestamp| format!("{} {}", clock.day_name(clock.day(at)), clock.time(at));
    let times = match edits.len() {
        0 => "did not change it".to_owned(),
        1 => "changed it once".to_owned(),
        2 => "changed it twice".to_owned(),
        times => format!("changed it {times} times"),
    };
    let name = balance(&sender_name(&message.sender)).into_owned();
    let day = clock.day_name(clock.day(message.sent_at));
    let day = match day.as_str() {
        "Today" | "Yesterday" => day.to_lowercase(),
        _ => format!("on {day}"),
    };
    let written = format!("{day} at {}", clock.time(message.sent_at));
    let who = if is_private { "Everyone in" } else { "Everyone who can read" };
    let mut versions: Vec<_> = edits.into_iter().map(|edit| (edit.text, edit.edited_at)).collect();
    versions.push((text, message.edited_at.unwrap_or(message.sent_at)));
    let last = versions.len() - 1;
    let items = versions.iter().enumerate().rev().map(|(index, (text, at))| {
        let title = match index {
            0 if last > 0 => "First written",
            index if index == last => "As it stands",
            _ => "Before that",
        };
        let parts = match index.checked_sub(1).map(|before| &versions[before].0) {
            Some(before) => diff(before, text),
            None => vec![Part::Same(text.clone())],
        };
        view! {
            <li class="history__item">
                <p class="history__when">
                    <strong>{title}</strong>
                    <time datetime=at.to_string()>{when(*at)}</time>
                </p>
                <div class="prose">
                    <p dir="auto">{parts.into_iter().map(part).collect_view()}</p>
                </div>
            </li>
        }
    });
    view! {
        <p class="history__lead">
            <bdi>{name}</bdi>
            {format!(" wrote this {written} and {times}. {who} {} can see this.", isolate(&room))}
        </p>
        <ol class="history" role="list">{items.collect_view()}</ol>
    }
    .into_any()
}

/// Returns a part of a text. Screen readers are told what was added and removed.
fn part(part: Part) -> AnyView {
    match part {
        Part::Same(text) => balance(&text).into_owned().into_any(),
        Part::Added(text) => view! { <ins>{balance(&text).into_owned()}</ins> }.into_any(),
        Part::Removed(text) => view! { <del>{balance(&text).into_owned()}</del> }.into_any(),
    }
}
