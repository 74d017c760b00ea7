//! The dialog in which the user chooses a time.

use leptos::{html, prelude::*};
use protocol::{
    LaterMessage, MessageId, Remind, RoomId, Timestamp,
    limits::{MAX_LATER_TIME, MAX_REMINDER_CHARS},
};
use uuid::Uuid;

use super::item::note;
use crate::{
    browser::clock,
    session::{NoteKind, Scheduling, Session},
    state::{
        bidi::isolate,
        later::{Ask, read_reminder},
        places::name_of,
        when::{PRESETS, When, WhichDay},
    },
    ui::{
        dialog::{Dialog, DialogHead},
        dynamic::{change, click, dynamic, submit},
        icon::{Glyph, Icon},
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
            let words = words.map(|message| read_reminder(&message.text).words.to_owned());
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
    let words_field = NodeRef::<html::Input>::new();
    let moment = Memo::new(move |_| moments.get(chosen.get()).copied().or_else(|| own.get()));
    // While the user enters a time, the field keeps it as it is.
    Effect::new(move |_| {
        if let Some(field) = field.get().filter(|_| chosen.get() != own_index)
            && let Some(moment) = moment.get_untracked()
        {
            field.set_value(&clock::local_value(moment));
        }
    });
    let enter = move |_| {
        let Some(field) = field.get_untracked() else { return };
        own.set(clock::local_time(&field.value()));
        chosen.set(own_index);
        fault.set(None);
    };
    let choose = move |index: usize| {
        move |_| {
            if index == own_index {
                own.set(moment.get_untracked());
                if let Some(field) = field.get_untracked() {
                    let _ = field.focus();
                }
            }
            chosen.set(index);
            fault.set(None);
        }
    };
    let save = move || {
        // The last keys may not have changed the field yet.
        if chosen.get_untracked() == own_index
            && let Some(field) = field.get_untracked()
        {
            own.set(clock::local_time(&field.value()));
        }
        let words = words_field.get_untracked().map(|field| field.value());
        match checked(session, moment.get_untracked()) {
            Ok(at) => {
                open.set(false);
                run(session, purpose, at, words.as_deref().map(str::trim));
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
    let value = moment.get_untracked().map(clock::local_value);
    view! {
        <form class="dialog__form" novalidate on:submit=submit(save)>
            <p class="dialog__lead later__about">{lead}</p>
            {words.map(|words| view! {
                <div class="field">
                    <label class="field__label" for="later-words">"What about"</label>
                    <input
                        class="input"
                        id="later-words"
                        type="text"
                        value=words
                        maxlength=MAX_REMINDER_CHARS.to_string()
                        autocomplete="off"
                        dir="auto"
                        node_ref=words_field
                    />
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
                    aria-describedby="later-hint"
                    node_ref=field
                    on:change=change(enter)
                />
                <span class="field__hint" id="later-hint">{hint}</span>
                {dynamic(move || fault.get().map(|text| view! { <Fault text/> }))}
            </div>
            <footer class="dialog__foot">
                <button
                    class="button button--quiet"
                    type="button"
                    on:click=click(move |_| open.set(false))
                >
                    "Cancel"
                </button>
                <button class="button button--primary" type="submit">{label}</button>
            </footer>
        </form>
    }
}

/// Returns the times that are offered. On Sundays, tomorrow is Monday.
fn offered(session: Session) -> Vec<(When, Timestamp)> {
    let mut offered = Vec::<(When, Timestamp)>::new();
    for (when, at) in PRESETS.map(|when| (when, session.moment_of(when))) {
        if offered.iter().all(|(_, known)| *known != at) {
            offered.push((when, at));
        }
    }
    offered
}

/// Returns one of the times to choose from.
fn choice(
    session: Session,
    index: usize,
    offered: Option<(When, Timestamp)>,
    chosen: RwSignal<usize>,
    choose: impl FnMut(leptos::ev::Event) + 'static,
) -> AnyView {
    let (glyph, name, about) = match offered {
        Some((when, at)) => words_of(session, when, at),
        None => (Glyph::CalendarClock, "Own time".to_owned(), "Day and hour".to_owned()),
    };
    let is_chosen = Signal::derive(move || chosen.get() == index);
    view! {
        <label class="choice">
            <input
                type="radio"
                name="when"
                value=index.to_string()
                prop:checked=is_chosen
                autofocus=index == chosen.get_untracked()
                on:change=change(choose)
            />
            <Icon glyph/>
            <span>
                <span class="choice__name">{name}</span>
                <span class="choice__about">{about}</span>
            </span>
        </label>
    }
    .into_any()
}

/// Returns the icon of a time, its name, and what else is to be known of it.
fn words_of(session: Session, when: When, at: Timestamp) -> (Glyph, String, String) {
    let clock = untrack(|| session.clock());
    let day = clock.day_name(clock.day(at));
    let (weekday, date) = day.split_once(", ").unwrap_or((&day, ""));
    match when {
        When::In(_) => (Glyph::Clock, "In an hour".to_owned(), clock.coming(at)),
        When::At(WhichDay::Tomorrow, _) => {
            (Glyph::Sun, format!("Tomorrow {}", clock.time(at)), weekday.to_owned())
        }
        When::At(..) => {
            (Glyph::CalendarClock, format!("{weekday} {}", clock.time(at)), date.to_owned())
        }
    }
}

/// Checks the time that the user has chosen.
fn checked(session: Session, moment: Option<Timestamp>) -> Result<Timestamp, &'static str> {
    let at = moment.ok_or("Enter a day and a time.")?;
    let ahead = at.as_millis() - session.server_now().as_millis();
    let most = i64::try_from(MAX_LATER_TIME.as_millis()).unwrap_or(i64::MAX);
    match ahead {
        ..=0 => Err("This time has passed. Choose a later one."),
        ahead if ahead > most => Err("This is more than a year ahead. Choose an earlier time."),
        _ => Ok(at),
    }
}

/// Does what the time was chosen for.
fn run(session: Session, purpose: Scheduling, at: Timestamp, words: Option<&str>) {
    let coming = untrack(|| session.clock()).coming(at);
    let (ask, said) = match purpose {
        Scheduling::Send(_, keep) => {
            keep.try_run(at);
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
            (Ask::Remind(Box::new(remind)), format!("You will be reminded {coming}."))
        }
        Scheduling::Change(id) => {
            let find = |model: &crate::state::model::Model| model.later.find(id).cloned();
            let Some(message) = session.model().with_untracked(find) else {
                let gone = "It does not wait any more: it was sent or cancelled.";
                return session.note_later(gone.to_owned(), NoteKind::Refused);
            };
            (changed(&message, at, words), format!("Changed. It happens {coming}."))
        }
    };
    session.ask_later(ask, move |outcome| {
        note(session, outcome.map(|_| (said, NoteKind::Kept)));
    });
}

fn changed(message: &LaterMessage, at: Timestamp, words: Option<&str>) -> Ask {
    match words.filter(|_| message.reminder) {
        Some(words) => Ask::remind_at(message, words, at),
        None => Ask::at(message, at),
    }
}
