//! A message or a reminder that waits.

use leptos::{html, prelude::*};
use protocol::{LaterMessage, MessageId};

use crate::{
    browser::{
        focus::{focus_element, focus_view, is_lost},
        window::effect,
    },
    session::{NoteKind, Scheduling, Session},
    state::{
        access::Access,
        bidi::{balance, isolate},
        files::text_or_names,
        later::{Ask, Link, read_reminder},
        model::Model,
        places::name_of,
    },
    ui::{
        button::{menu_item, small_button},
        dynamic::{click, dynamic},
        icon::{Glyph, Icon},
        more_menu::MoreMenu,
    },
};

/// What the list shows of a message.
#[derive(Clone, Debug, PartialEq)]
struct Shown {
    message: LaterMessage,
    /// The name of the room, or what the reminder is about.
    name: String,
    href: String,
    text: String,
    /// True if the user may write where it belongs.
    writable: bool,
}

/// A message or a reminder: where and when, its text, and what can be done with it.
#[component]
pub fn Item(
    /// The id that the message will have.
    id: MessageId,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let shown = session.select(move |model| {
        let origin = || session.origin();
        model.later.find(id).map(|it| shown(model, it, &origin()))
    });
    let open = RwSignal::new(false);
    view! {
        <li class="row row--tall row--later">
            {dynamic(move || shown.get().map(|shown| view! { <Content shown open/> }))}
        </li>
    }
}

fn shown(model: &Model, message: &LaterMessage, origin: &str) -> Shown {
    let room = model.rooms.find(message.room);
    let room_name = room.map(name_of);
    let (name, href, text) = if message.reminder {
        let reminder = read_reminder(&message.text, origin);
        let name = match reminder.link {
            Some(Link::Message(_)) => "Reminder of a message".to_owned(),
            Some(Link::Room(room)) => match model.rooms.find(room).map(name_of) {
                Some(name) => format!("Reminder of {}", isolate(&name)),
                None => "Reminder".to_owned(),
            },
            None => "Reminder".to_owned(),
        };
        let href = reminder.link.unwrap_or(Link::Room(message.room)).path();
        (name, href, reminder.words.to_owned())
    } else {
        let name = room_name.unwrap_or_else(|| "A room that is gone".to_owned());
        let href = match message.thread {
            Some(thread) => format!("/rooms/{}?thread={}", message.room, thread.0),
            None => format!("/rooms/{}", message.room),
        };
        (name, href, text_or_names(&message.text, &message.files))
    };
    let writable = room.is_some_and(|room| Access::to(room) == Access::Write);
    Shown { message: message.clone(), name, href, text, writable }
}

#[component]
fn Content(shown: Shown, open: RwSignal<bool>) -> impl IntoView {
    let session = expect_context::<Session>();
    let Shown { message, name, href, text, writable } = shown;
    let LaterMessage { at, reminder, thread, .. } = message;
    let error = message.error.as_deref().map(|error| error.detail.clone());
    let is_failed = error.is_some();
    let when = Signal::derive(move || capitalized(&session.clock().coming(at)));
    let glyph = if reminder { Glyph::Bell } else { Glyph::CalendarClock };
    let file_count = message.files.len();
    let files = (file_count > 0 && !message.text.is_empty()).then(|| match file_count {
        1 => "With 1 file".to_owned(),
        count => format!("With {count} files"),
    });
    let is_confirming = RwSignal::new(false);
    effect(move || {
        if !open.get() {
            is_confirming.set(false);
        }
    });
    // What had the focus here goes once the message is sent, changed or cancelled.
    effect(|| {
        on_cleanup(|| {
            request_animation_frame(|| {
                if is_lost() {
                    focus_view();
                }
            });
        });
    });
    let (message, text_copied) = (StoredValue::new(message), text.clone());
    let act = move |act: fn(Session, &LaterMessage)| {
        open.set(false);
        message.with_value(|message| act(session, message));
    };
    let recover = is_failed.then(|| {
        if writable && !reminder {
            small_button("Move to composer", "", move |_| act(edit))
        } else {
            let text = text_copied.clone();
            small_button("Copy text", "", move |_| session.copy_unsent(text.clone()))
        }
    });
    let isolated = isolate(&name);
    let label = Signal::derive(move || format!("{isolated}, {}", when.get()));
    let menu = move || {
        let icon = |glyph| view! { <Icon glyph/> };
        let item = |label: &'static str, glyph, kind, run: fn(Session, &LaterMessage)| {
            menu_item(label.into(), kind, icon(glyph), move |_| act(run))
        };
        view! {
            {(!reminder && writable).then(|| item("Send now", Glyph::ArrowUp, "", send_now))}
            {item("Change time", Glyph::CalendarClock, "", |session, message| {
                session.scheduling.set(Some(Scheduling::Change(message.id)));
            })}
            {(!reminder && writable).then(|| item("Edit text", Glyph::Pencil, "", edit))}
            {menu_item(
                if is_failed { "Discard" } else { "Cancel" }.into(),
                "menu__item--danger",
                icon(Glyph::Trash),
                move |_| is_confirming.set(true),
            )}
        }
        .into_any()
    };
    let question = move || {
        let (question, answer) = match (is_failed, reminder) {
            (true, _) => ("Discard it? Its words are gone then.", "Discard it"),
            (false, false) => ("Cancel it? It is not sent, and its words are gone.", "Cancel it"),
            (false, true) => ("Cancel this reminder? Its words are gone then.", "Cancel it"),
        };
        view! { <Confirm question answer open run=move || act(cancel)/> }.into_any()
    };
    view! {
        <span class="row__mark"><Icon glyph/></span>
        <span class="row__text">
            <span class="row__name">
                <a class="row__link" href=href><bdi>{balance(&name).into_owned()}</bdi></a>
                {thread.map(|_| view! { <span class="row__when">"in a thread"</span> })}
            </span>
            <span class="row__about" dir="auto">{balance(&text).into_owned()}</span>
            {files.map(|files| view! { <span class="row__about">{files}</span> })}
            {error.map(|error| view! {
                <span class="field__error"><Icon glyph=Glyph::CircleAlert/> {error}</span>
            })}
        </span>
        <span class="row__actions">
            <span class="row__when">{when}</span>
            {recover}
            <MoreMenu name=label open>
                {dynamic(move || if is_confirming.get() { question() } else { menu() })}
            </MoreMenu>
        </span>
    }
}

/// The question before a message is cancelled. There is no way back: its time, its room or its
/// files may not be there any more.
#[component]
fn Confirm(
    question: &'static str,
    answer: &'static str,
    open: RwSignal<bool>,
    run: impl Fn() + 'static,
) -> impl IntoView {
    let button = NodeRef::<html::Button>::new();
    effect(move || {
        if let Some(button) = button.get() {
            focus_element(&button); // the item that had the focus is gone
        }
    });
    view! {
        <p class="menu__question" id="later-question">{question}</p>
        <span class="menu__answers">
            <button
                class="button button--danger button--small"
                type="button"
                aria-describedby="later-question"
                node_ref=button
                on:click=click(move |_| run())
            >
                {answer}
            </button>
            <button
                class="button button--quiet button--small"
                type="button"
                on:click=click(move |_| open.set(false))
            >
                "Keep"
            </button>
        </span>
    }
}

fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    first + chars.as_str()
}

fn send_now(session: Session, message: &LaterMessage) {
    session.ask_later(Ask::now(message), move |outcome| {
        note(session, outcome.map(|_| ("It is being sent.".to_owned(), NoteKind::Done)));
    });
}

/// Cancels a message and puts it back into its composer, as it waited last.
fn edit(session: Session, message: &LaterMessage) {
    if let Some(fault) = session.write_again_fault(message) {
        return session.note_later(fault.to_owned(), NoteKind::Refused);
    }
    let known = message.clone();
    session.ask_later(Ask::Cancel(message.id), move |outcome| match outcome {
        Ok(message) => session.write_again(message.unwrap_or(known)),
        Err(reason) => session.note_later(reason, NoteKind::Refused),
    });
}

fn cancel(session: Session, message: &LaterMessage) {
    session.ask_later(Ask::Cancel(message.id), move |outcome| {
        note(session, outcome.map(|_| ("Cancelled.".to_owned(), NoteKind::Done)));
    });
}

/// Says what came of a request.
fn note(session: Session, said: Result<(String, NoteKind), String>) {
    match said {
        Ok((text, kind)) => session.note_later(text, kind),
        Err(reason) => session.note_later(reason, NoteKind::Refused),
    }
}
