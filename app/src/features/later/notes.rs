//! What came of a message that is sent later, and the reminders that are due.

use leptos::{html, prelude::*};
use protocol::LaterMessage;

use super::item::undo_cancel;
use crate::{
    browser::focus::{focus_element, is_lost},
    page::address::View,
    session::{LaterNote, NoteKind, Session},
    state::{
        bidi::balance,
        later::{Link, read_reminder},
    },
    ui::{
        button::icon_button,
        dynamic::{click, remount},
        icon::{Glyph, Icon},
    },
};

/// The notes, at the upper edge of the page, until the user closes them.
#[component]
pub fn LaterNotes() -> impl IntoView {
    let session = expect_context::<Session>();
    let due = session.select(|model| model.later.due.clone());
    view! {
        <div class="toasts">
            <div class="later-notes">
                {remount(move || session.later_note.get().map(|it| view! { <Note note=it/> }))}
                <For each=move || due.get() key=|due| due.id let:reminder>
                    <Due reminder/>
                </For>
            </div>
        </div>
    }
}

#[component]
fn Note(note: LaterNote) -> impl IntoView {
    let session = expect_context::<Session>();
    let LaterNote { text, kind } = note;
    let undo = NodeRef::<html::Button>::new();
    Effect::new(move |_| {
        // The row in the list that had the focus may be gone.
        if let Some(undo) = undo.get() {
            request_animation_frame(move || {
                if is_lost() {
                    focus_element(&undo);
                }
            });
        }
    });
    let role = (kind == NoteKind::Refused).then_some("alert");
    let more = match kind {
        NoteKind::Kept => {
            let link = view! {
                <a href=View::Scheduled.path()>{View::Scheduled.heading()}</a>
            };
            Some(link.into_any())
        }
        NoteKind::Cancelled(message) => {
            let undone = move |_| {
                session.later_note.set(None);
                undo_cancel(session, &message);
            };
            let button = view! {
                <button
                    class="toast__button"
                    type="button"
                    node_ref=undo
                    on:click=click(undone)
                >
                    "Undo"
                </button>
            };
            Some(button.into_any())
        }
        NoteKind::Done | NoteKind::Refused => None,
    };
    let close = move |_| session.later_note.set(None);
    view! {
        <div class="toast toast--note">
            <p role=role>{text} " " {more}</p>
            {icon_button("Close", view! { <Icon glyph=Glyph::X/> }, close)}
        </div>
    }
}

/// A reminder that is due, with a link to what it is about.
#[component]
fn Due(reminder: LaterMessage) -> impl IntoView {
    let session = expect_context::<Session>();
    let id = reminder.id;
    let close = move |_| {
        session.model().update(|model| model.later.due.retain(|due| due.id != id));
    };
    let read = read_reminder(&reminder.text);
    let words = match read.words {
        "" => "Something is due".to_owned(),
        words => balance(words).into_owned(),
    };
    let (label, link) = match read.link {
        Some(link @ Link::Message(_)) => ("Open the message", link),
        Some(link @ Link::Room(_)) => ("Open the room", link),
        None => ("Open your notes", Link::Message(id)),
    };
    view! {
        <div class="toast toast--note">
            <p role="alert">
                <strong>"Reminder: "</strong>
                <span dir="auto">{words}</span>
                " "
                <a href=link.path()>{label}</a>
            </p>
            {icon_button("Close the reminder", view! { <Icon glyph=Glyph::X/> }, close)}
        </div>
    }
}
