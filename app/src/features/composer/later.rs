//! Sending what is written later, and reminders by command.

use leptos::{ev, prelude::*};
use protocol::{Later, MessageId, Remind, Timestamp, limits::MAX_TEXT_CHARS, text::is_blank};
use uuid::Uuid;

use super::{KEEPING, tools::ComposerTools};
use crate::{
    browser::{
        field::on_event_first,
        window::{effect, is_apple},
    },
    page::address::View,
    session::{Keeping, NoteKind, Scheduling, actions},
    state::{
        commands::{Command, read},
        later::Ask,
        tray::PendingFile,
        when::When,
    },
    ui::{
        dynamic::{ShowErased, click, dynamic},
        icon::{Glyph, Icon},
    },
};

/// The button that sends later.
#[component]
pub fn LaterButton(
    /// The composer.
    tools: ComposerTools,
) -> impl IntoView {
    let ComposerTools { session, place, draft, .. } = tools;
    let keep = Callback::new(move |at| keep(tools, at));
    let open = Callback::new(move |()| match ready(tools) {
        Ok(_) => session.scheduling.set(Some(Scheduling::Send(place.room, keep))),
        Err(fault) => {
            tools.fault.set(Some(fault));
            draft.focus();
        }
    });
    effect(move || {
        let Some(area) = draft.area.get() else { return };
        session.set_later_by(place, open);
        let focused = move |_: &ev::FocusEvent| session.set_later_by(place, open);
        on_event_first(&area, "focus", focused);
    });
    on_cleanup(move || session.end_later_by(open));
    let on_apple = RwSignal::new(false);
    effect(move || on_apple.set(is_apple()));
    let action = actions::find("send-later");
    let keys = Signal::derive(move || action.map(|action| action.aria_keys(on_apple.get())));
    let busy = Signal::derive(move || tools.is_keeping.get().then_some("true"));
    let is_new = Signal::derive(move || !tools.is_editing());
    view! {
        <ShowErased when=is_new>
            <button
                class="icon-button composer__later"
                type="button"
                aria-label="Send later"
                title="Send later"
                aria-haspopup="dialog"
                aria-keyshortcuts=keys
                aria-busy=busy
                on:click=click(move |_| open.run(()))
            >
                <Icon glyph=Glyph::CalendarClock/>
            </button>
        </ShowErased>
    }
}

/// What came of the text that was in the composer: it is sent later, or the server is asked.
#[component]
pub fn KeptNote(
    /// The composer.
    tools: ComposerTools,
) -> impl IntoView {
    let ComposerTools { session, place, draft, quote, also, fault, .. } = tools;
    let keeping = session.keeping(place);
    // The response may have come while another composer of the same place was shown.
    Effect::new(move |was_asked: Option<bool>| {
        let came = keeping.get();
        match &came {
            Some(Keeping::Refused(reason)) => {
                fault.set(Some(reason.clone()));
                session.end_keeping(place);
            }
            Some(Keeping::Kept(_)) | None if was_asked == Some(true) => {
                draft.empty();
                quote.restore();
                also.set(also.get_untracked() && came.is_none());
            }
            _ => {}
        }
        came == Some(Keeping::Asked)
    });
    dynamic(move || {
        let at = match keeping.get()? {
            Keeping::Asked => {
                let text = "Waiting for the server. The text stays here until it has answered.";
                return Some(view! { <p class="composer__kept">{text}</p> }.into_any());
            }
            Keeping::Kept(at) => at,
            Keeping::Refused(_) => return None,
        };
        let when = Signal::derive(move || session.clock().coming(at));
        let view = view! {
            <p class="composer__kept">
                "Will be sent " {when} ". "
                <a href=View::Drafts.path()>{View::Drafts.heading()}</a>
            </p>
        };
        Some(view.into_any())
    })
}

/// Returns the text and the files that can be sent later, or why they cannot.
fn ready(tools: ComposerTools) -> Result<(String, Vec<(Uuid, protocol::FileId)>), String> {
    let fault = |text: &str| Err(text.to_owned());
    if tools.is_keeping.get_untracked() {
        return fault(KEEPING);
    }
    if tools.draft.editing_untracked() {
        return fault("Finish the edit first. Only new messages are sent later.");
    }
    let (refused, files) = tools.session.tray.with_untracked(|tray| {
        let file = |file: &PendingFile| Some((file.id, file.file.filter(|_| file.is_ready())?));
        let files = tray.of(tools.place).iter().map(file).collect::<Option<Vec<_>>>();
        (tray.fault(tools.place), files)
    });
    if let Some(refused) = refused {
        return fault(refused);
    }
    let Some(files) = files else {
        return fault("The files are still on their way. Try again once they are ready.");
    };
    let text = tools.draft.trimmed();
    if is_blank(&text) && files.is_empty() {
        return fault("Write the message first, then choose when it is sent.");
    }
    let Ok(Command::Send(text)) = read(&text) else {
        return fault("A command cannot be sent later. Type // to begin with a slash.");
    };
    match text.chars().count().saturating_sub(MAX_TEXT_CHARS) {
        0 => Ok((text, files)),
        1 => fault("1 character too long"),
        excess => Err(format!("{excess} characters too long")),
    }
}

/// Asks the server to send what is written at a time. It stays in the composer until the server has
/// it.
fn keep(tools: ComposerTools, at: Timestamp) {
    let ComposerTools { session, place, .. } = tools;
    let (text, files) = match ready(tools) {
        Ok(ready) => ready,
        Err(fault) => return tools.fault.set(Some(fault)),
    };
    tools.clear_notes();
    let reply_to = tools.quote.id();
    let ask = Ask::Keep(Box::new(Later {
        room: place.room.into(),
        text,
        at,
        id: Some(MessageId(Uuid::now_v7())),
        reply_to,
        thread: place.thread,
        in_room: tools.also.get_untracked(),
        files: files.iter().map(|(_, file)| *file).collect(),
        previews: None,
    }));
    let taken: Vec<_> = files.into_iter().map(|(id, _)| id).collect();
    let written = tools.draft.text.get_untracked();
    session.ask_with_text((place, written), ask, move |kept| {
        session.drop_files(place, &taken);
        if session.draft_quote(place).map(|quote| quote.id) == reply_to {
            session.set_draft_quote(place, None);
        }
        Some(kept.map_or(at, |kept| kept.at))
    });
}

/// Asks the server to remind the user. The command stays in the composer until the server has it.
pub(super) fn remind(tools: ComposerTools, when: When, words: String) {
    let ComposerTools { session, place, .. } = tools;
    let at = session.moment_of(when);
    let id = Some(MessageId(Uuid::now_v7()));
    let ask = Ask::Remind(Box::new(Remind { at, text: words, id, room: None, message: None }));
    let written = tools.draft.text.get_untracked();
    session.ask_with_text((place, written), ask, move |_| {
        let when = untrack(|| session.clock()).coming(at);
        session.note_later(format!("You will be reminded {when}."), NoteKind::Kept);
        None
    });
}
