//! The dialog in which the user chooses a time.

use leptos::{html, prelude::*};
use protocol::{LaterMessage, MessageId, Remind, RoomId, Timestamp, limits::MAX_REMINDER_CHARS};
use uuid::Uuid;

use super::times::{checked, choice, offered};
use crate::{
    browser::{
        clock,
        focus::{focus_view, is_lost},
    },
    session::{NoteKind, Scheduling, Session},
    state::{
        bidi::isolate,
        later::{Ask, read_reminder},
        places::name_of,
    },
    ui::{
        dialog::{Dialog, DialogHead},
        dynamic::{change, click, dynamic, submit},
        escape::escape_text,
        loaded::Fault,
    },
};

/// The characters of a message that its reminder quotes.
const QUOTED_CHARS: usize = 80;

/// The dialog in which the user chooses a time: for a message, a reminder, or a change of one.
#[component]
pub fn WhenDialog() -> impl IntoView {
    let session = expect_context::<Session>();
    let open = RwSignal::new(false);
    Effect::new(move |_| {
        if session.scheduling.with(Option::is_some) {
            open.set(true);
        }
    });
    Effect::new(move |was_open: Option<bool>| {
        let is_open = open.get();
        if was_open == Some(true) && !is_open {
            session.scheduling.set(None);
            // What opened it may be gone.
            request_animation_frame(|| {
                if is_lost() {
                    focus_view();
                }
            });
        }
        is_open
    });
    // A link in it leads elsewhere.
    Effect::new(move |before: Option<()>| {
        session.address.track();
        if before.is_some() {
            open.set(false);
        }
    });
    let title = Signal::derive(move || match session.scheduling.get() {
        Some(Scheduling::Remind(..)) => "Remind me",
        Some(Scheduling::Change(_)) => "Change the time",
        Some(Scheduling::Send(..)) | None => "Send later",
    });
    view! {
        <Dialog open label=Signal::derive(move || title.get().to_owned())>
            <DialogHead title=Signal::derive(move || title.get().to_owned()) open/>
            {dynamic(move || {
                session.scheduling.get_untracked().map(|purpose| view! { <Form purpose open/> })
            })}
        </Dialog>
    }
}

/// What the form begins with.
struct Start {
    lead: String,
    /// The words of the reminder, if it is one.
    words: Option<String>,
    /// What the button does.
    verb: &'static str,
    /// The time until now, of a change.
    at: Option<Timestamp>,
}

fn start(session: Session, purpose: Scheduling) -> Start {
    let room_name = |room: RoomId| {
        let name = |model: &crate::state::model::Model| model.rooms.find(room).map(name_of);
        isolate(&session.model().with_untracked(name).unwrap_or_default())
    };
    match purpose {
        Scheduling::Send(room, _) => Start {
            lead: format!(
                "To {}. You can change or cancel it until then, also from another device.",
                room_name(room)
            ),
            words: None,
            verb: "Send",
            at: None,
        },
        Scheduling::Remind(room, message) => Start {
            lead: "A message in your notes will say so, with a link to the message.".to_owned(),
            words: Some(quoted(session, room, message)),
            verb: "Remind me",
            at: None,
        },
        Scheduling::Change(id) => {
            let message = session.model().with_untracked(|model| model.later.find(id).cloned());
            let words = message.as_ref().filter(|message| message.reminder);
            let origin = session.origin();
            let words = words.map(|it| read_reminder(&it.text, &origin).words.to_owned());
            Start {
                lead: match &message {
                    Some(message) if !message.reminder => {
                        format!("To {}.", room_name(message.room))
                    }
                    _ => "A message in your notes will say so.".to_owned(),
                },
                verb: if words.is_some() { "Remind me" } else { "Send" },
                words,
                at: message.map(|message| message.at),
            }
        }
    }
}

/// Returns the words that a reminder of a message begins with: who wrote it, and its beginning.
fn quoted(session: Session, room: RoomId, message: MessageId) -> String {
    let text = session.spoken_text(room, message).unwrap_or_default();
    let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut short: String = line.chars().take(QUOTED_CHARS).collect();
    if short.len() < line.len() {
        short.push('…');
    }
    match session.author(room, message) {
        Some(author) if short.is_empty() => author.name,
        Some(author) => format!("{}: {short}", author.name),
        None => short,
    }
}

#[component]
fn Form(purpose: Scheduling, open: RwSignal<bool>) -> impl IntoView {
    let session = expect_context::<Session>();
    let Start { lead, words, verb, at } = start(session, purpose);
    let offered = offered(session);
    // The own time follows those that are offered.
    let own_index = offered.len();
    let moments: Vec<_> = offered.iter().map(|(_, at)| *at).collect();
    let own = RwSignal::new(at.or(moments.first().copied()));
    let chosen = RwSignal::new(if at.is_some() { own_index } else { 0 });
    let fault = RwSignal::new(None::<String>);
    let field = NodeRef::<html::Input>::new();
    let busy = RwSignal::new(false);
    let words_field = NodeRef::<html::Textarea>::new();
    let moment = Memo::new(move |_| moments.get(chosen.get()).copied().or_else(|| own.get()));
    // While the user enters a time, the field keeps it as it is.
    Effect::new(move |_| {
        if let Some(field) = field.get().filter(|_| chosen.get() != own_index)
            && let Some(moment) = moment.get_untracked()
        {
            field.set_value(&clock::local_value(moment));
        }
    });
    // The field has no seconds: what was not changed in it stays as it is.
    let read_own = move || {
        let Some(field) = field.get_untracked() else { return };
        let shown = own.get_untracked().map(clock::local_value);
        if shown.as_deref() != Some(&field.value()) {
            own.set(clock::local_time(&field.value()));
        }
    };
    let enter = move |_| {
        read_own();
        chosen.set(own_index);
        fault.set(None);
    };
    let choose = move |index: usize| {
        move |_| {
            if index == own_index {
                own.set(moment.get_untracked());
            }
            chosen.set(index);
            fault.set(None);
        }
    };
    let save = move || {
        if busy.get_untracked() {
            return;
        }
        // The last keys may not have changed the field yet.
        if chosen.get_untracked() == own_index {
            read_own();
        }
        let words = words_field.get_untracked().map(|field| field.value());
        match checked(session, moment.get_untracked()) {
            Ok(at) => {
                fault.set(None);
                let words = words.as_deref().map(str::trim);
                run(session, purpose, at, words, Progress { open, busy, fault });
            }
            Err(reason) => {
                fault.set(Some(reason.to_owned()));
                if let Some(field) = field.get_untracked() {
                    let _ = field.focus();
                }
            }
        }
    };
    let label = Signal::derive(move || match moment.get() {
        Some(at) => format!("{verb} {}", session.clock().coming(at)),
        None => verb.to_owned(),
    });
    let hint = match clock::time_zone() {
        Some(zone) => {
            let city = zone.rsplit('/').next().unwrap_or(&zone).replace('_', " ");
            format!("Your time, {city}. It happens then even when this device is off.")
        }
        None => "It happens then even when this device is off.".to_owned(),
    };
    let choices = (0..=own_index)
        .map(|index| choice(session, index, offered.get(index).copied(), chosen, choose(index)));
    let is_invalid = Signal::derive(move || fault.with(Option::is_some).then_some("true"));
    let is_busy = Signal::derive(move || busy.get().then_some("true"));
    let value = moment.get_untracked().map(clock::local_value);
    view! {
        <form class="dialog__form" novalidate on:submit=submit(save)>
            <p class="dialog__lead later__about">{lead}</p>
            {words.map(|words| view! {
                <div class="field">
                    <label class="field__label" for="later-words">"What about"</label>
                    <textarea
                        class="input input--area"
                        id="later-words"
                        rows="2"
                        maxlength=MAX_REMINDER_CHARS.to_string()
                        autocomplete="off"
                        dir="auto"
                        readonly=busy
                        node_ref=words_field
                        inner_html=escape_text(&words)
                    ></textarea>
                </div>
            })}
            <fieldset>
                <legend class="visually-hidden">"When"</legend>
                <div class="choices choices--times">{choices.collect_view()}</div>
            </fieldset>
            <div class="field">
                <label class="field__label" for="later-time">"Day and time"</label>
                <input
                    class="input"
                    id="later-time"
                    type="datetime-local"
                    value=value
                    aria-invalid=is_invalid
                    aria-describedby="later-hint later-fault"
                    node_ref=field
                    on:change=change(enter)
                />
                <span class="field__hint" id="later-hint">{hint}</span>
                <span id="later-fault">
                    {dynamic(move || fault.get().map(|text| view! { <Fault text/> }))}
                </span>
            </div>
            <footer class="dialog__foot">
                <button
                    class="button button--quiet"
                    type="button"
                    on:click=click(move |_| open.set(false))
                >
                    "Cancel"
                </button>
                <button class="button button--primary" type="submit" aria-busy=is_busy>
                    {label}
                </button>
            </footer>
        </form>
    }
}

/// What the form shows of a request.
#[derive(Clone, Copy)]
struct Progress {
    open: RwSignal<bool>,
    busy: RwSignal<bool>,
    fault: RwSignal<Option<String>>,
}

/// Does what the time was chosen for. The dialog stays open until the server has answered, but for
/// a message: that stays in its composer.
fn run(
    session: Session,
    purpose: Scheduling,
    at: Timestamp,
    words: Option<&str>,
    Progress { open, busy, fault }: Progress,
) {
    let coming = untrack(|| session.clock()).coming(at);
    let reminded = format!("You will be reminded {coming}.");
    let (ask, said) = match purpose {
        Scheduling::Send(_, keep) => {
            open.set(false);
            if keep.try_run(at).is_none() {
                let gone = "Its composer is closed. Open it, and choose the time again.";
                session.note_later(gone.to_owned(), NoteKind::Refused);
            }
            return;
        }
        Scheduling::Remind(_, message) => {
            let remind = Remind {
                at,
                text: words.unwrap_or_default().to_owned(),
                id: Some(MessageId(Uuid::now_v7())),
                room: None,
                message: Some(message),
            };
            (Ask::Remind(Box::new(remind)), reminded)
        }
        Scheduling::Change(id) => {
            let find = |model: &crate::state::model::Model| model.later.find(id).cloned();
            let Some(message) = session.model().with_untracked(find) else {
                let gone = "It does not wait any more: it was sent or cancelled.";
                return fault.set(Some(gone.to_owned()));
            };
            let sent = format!("It will be sent {coming}.");
            let said = if message.reminder { reminded } else { sent };
            (changed(&message, at, words, &session.origin()), said)
        }
    };
    busy.set(true);
    session.say("Waiting for the server.");
    session.ask_later(ask, move |outcome| {
        // The user may have closed it.
        let is_shown = busy.try_set(false).is_none();
        match outcome {
            Ok(_) => {
                if is_shown {
                    open.set(false);
                }
                session.note_later(said, NoteKind::Kept);
            }
            Err(reason) if is_shown => fault.set(Some(reason)),
            Err(reason) => session.note_later(reason, NoteKind::Refused),
        }
    });
}

fn changed(message: &LaterMessage, at: Timestamp, words: Option<&str>, origin: &str) -> Ask {
    match words.filter(|_| message.reminder) {
        Some(words) => Ask::remind_at(message, words, at, origin),
        None => Ask::at(message, at, origin),
    }
}
