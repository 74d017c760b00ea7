//! The times to choose from.

use leptos::prelude::*;
use protocol::{Timestamp, limits::MAX_LATER_TIME};

use crate::{
    session::Session,
    state::when::{PRESETS, When, WhichDay},
    ui::{
        dynamic::change,
        icon::{Glyph, Icon},
    },
};

/// Returns the times that are offered. On Sundays, tomorrow is Monday.
pub(super) fn offered(session: Session) -> Vec<(When, Timestamp)> {
    let mut offered = Vec::<(When, Timestamp)>::new();
    for (when, at) in PRESETS.map(|when| (when, session.moment_of(when))) {
        if offered.iter().all(|(_, known)| *known != at) {
            offered.push((when, at));
        }
    }
    offered
}

/// Returns one of the times to choose from.
pub(super) fn choice(
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
pub(super) fn checked(
    session: Session,
    moment: Option<Timestamp>,
) -> Result<Timestamp, &'static str> {
    let at = moment.ok_or("Enter a day and a time.")?;
    let ahead = at.as_millis() - session.server_now().as_millis();
    let most = i64::try_from(MAX_LATER_TIME.as_millis()).unwrap_or(i64::MAX);
    match ahead {
        ..=0 => Err("This time has passed. Choose a later one."),
        ahead if ahead > most => Err("This is more than a year ahead. Choose an earlier time."),
        _ => Ok(at),
    }
}
