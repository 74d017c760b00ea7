//! What came of a message that is sent later, and the reminders that are due.

use leptos::prelude::*;
use protocol::LaterMessage;

use crate::{
    page::address::View,
    session::{LaterNote, NoteKind, Session},
    state::{
        bidi::balance,
        later::{Link, read_reminder},
    },
    ui::{
        button::icon_button,
        dynamic::remount,
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
    let LaterNote { text, kind, .. } = note;
    let role = (kind == NoteKind::Refused).then_some("alert");
    let more = (kind == NoteKind::Kept).then(|| {
        view! { <a href=View::Drafts.path()>{View::Drafts.heading()}</a> }
    });
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
    let origin = session.origin();
    let read = read_reminder(&reminder.text, &origin);
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
