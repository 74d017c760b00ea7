//! What is offered for a word of a query.

use std::{collections::HashSet, time::Duration};

use leptos::{prelude::*, task::spawn_local};
use protocol::{Room, RoomKind, User, http::UsersPage, search::Operator};

use crate::{
    browser::{
        calls::{escape, get},
        case::fold,
        clock,
    },
    session::Session,
    state::{
        bidi::balance,
        model::Model,
        names::user_name,
        search::words::Word,
        switcher::{Candidate, Words, beginning},
    },
    ui::choice_list::{Choice, Sign},
};

/// The most choices that are offered.
const MAX_OFFERED: usize = 8;
/// The pause in typing after which the server is asked for people.
const PAUSE: Duration = Duration::from_millis(150);
/// The days before today that are offered, with their names, and whether those are values.
const DAYS: [(&str, i64, bool); 4] = [
    ("Today", 0, true),
    ("Yesterday", 1, true),
    ("A week ago", 7, false),
    ("30 days ago", 30, false),
];
/// The user, as a value of `from:`.
const ME: &str = "me";

/// The people that the server has found.
#[derive(Clone, Copy, Debug)]
pub(super) struct People {
    session: Session,
    found: RwSignal<Vec<User>>,
    query: StoredValue<String>,
}

impl People {
    pub(super) fn new(session: Session) -> Self {
        let (found, query) = (RwSignal::new(Vec::new()), StoredValue::new(String::new()));
        Self { session, found, query }
    }

    /// Asks the server for the people that a word may name, once the user pauses. Calls `done` when
    /// they are here.
    pub(super) fn ask(self, word: &Word, done: impl Fn() + Send + 'static) {
        let name = word.value.trim_start_matches('@').to_owned();
        if word.operator != Some(Operator::From) {
            return;
        }
        self.query.set_value(name.clone());
        let is_current =
            move |name: &String| self.query.try_with_value(|it| it == name) == Some(true);
        let ask = move || {
            if !is_current(&name) {
                return;
            }
            spawn_local(async move {
                let path = format!("/api/users?limit={MAX_OFFERED}&query={}", escape(&name));
                // Without an answer, those whom the page knows are still found.
                let Ok(UsersPage { users, .. }) = get::<UsersPage>(&path).await else { return };
                if is_current(&name) {
                    self.found.set(users);
                    done();
                }
            });
        };
        set_timeout(ask, PAUSE);
    }

    /// Returns the name of one of those whom the server has found.
    pub(super) fn name_of(self, username: &str) -> Option<String> {
        self.found.with(|found| {
            let mut found = found.iter();
            found.find(|user| user.username.eq_ignore_ascii_case(username)).map(user_name)
        })
    }

    /// Returns whom the page knows, those in the opened rooms first, then whom the server has
    /// found.
    fn all(self) -> Vec<User> {
        let found = self.found.get_untracked();
        self.session.model().with_untracked(|model| {
            let members = model.opened_rooms.values().flat_map(|room| &room.members.list);
            let others = model.rooms.iter().flat_map(|room| room.people.iter().flatten());
            let users = std::iter::once(&model.me)
                .chain(members.map(|member| &member.user))
                .chain(others)
                .chain(&found);
            let mut seen = HashSet::new();
            users
                .filter(|user| seen.insert(user.id))
                .map(|user| model.people.present(user))
                .collect()
        })
    }
}

/// Returns what the choices for an operator, or for a word without one, are.
pub(super) fn title(operator: Option<Operator>) -> &'static str {
    match operator {
        None => "Narrow the search",
        Some(Operator::From) => "People",
        Some(Operator::In) => "Rooms",
        Some(Operator::Before | Operator::After | Operator::On) => "A day, such as 2026-11-30",
        Some(Operator::Has) => "What the message has",
        Some(Operator::Is) => "What the message is",
        Some(Operator::Mentions) => "Whom it mentions",
    }
}

/// Returns what is offered for a word.
pub(super) fn choices(session: Session, people: People, word: &Word) -> Vec<Choice> {
    let typed = word.value.as_str();
    match word.operator {
        None => operators(typed),
        Some(Operator::From) => {
            let users = people.all();
            let names = |user: &User| vec![user.name.clone(), user.username.clone()];
            let me = session.model().with_untracked(|model| model.me.clone());
            let myself = begins(ME, typed).then(|| of_me(&me));
            // What is not typed yet would be there twice.
            let is_other = |user: &&User| !typed.is_empty() || user.id != me.id;
            let found = best(&users, typed.trim_start_matches('@'), names);
            let found = found.into_iter().filter(is_other).map(of_user);
            myself.into_iter().chain(found).take(MAX_OFFERED).collect()
        }
        Some(Operator::In) => session.model().with_untracked(|model| {
            let rooms = rooms(model);
            let names = |room: &&Room| vec![room.name.clone(), room.slug.clone()];
            let found = best(&rooms, typed.trim_start_matches('#'), names);
            found.into_iter().map(|room| of_room(room)).collect()
        }),
        Some(operator) if operator.is_day() => days(session, operator, typed),
        Some(operator) => {
            let values = operator.values().iter().filter(|it| begins(it, typed));
            values.map(|value| of_value(operator, value)).collect()
        }
    }
}

fn begins(text: &str, beginning: &str) -> bool {
    text.get(..beginning.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(beginning))
}

fn operators(typed: &str) -> Vec<Choice> {
    if typed.is_empty() {
        return Vec::new();
    }
    let fitting = Operator::ALL.into_iter().filter(|operator| begins(operator.as_str(), typed));
    let choice = |operator: Operator| {
        let name = format!("{}:", operator.as_str());
        Choice {
            completion: name.clone(),
            name,
            detail: about(operator).to_owned(),
            ..Choice::default()
        }
    };
    fitting.map(choice).collect()
}

fn about(operator: Operator) -> &'static str {
    match operator {
        Operator::From => "who wrote it",
        Operator::In => "the room",
        Operator::Before => "sent before a day",
        Operator::After => "sent after a day",
        Operator::On => "sent on a day",
        Operator::Has => "a file, an image, a link, a reaction",
        Operator::Is => "pinned, or in a thread",
        Operator::Mentions => "you",
    }
}

/// Returns the first that match, in their order if nothing was typed.
fn best<'a, T>(all: &'a [T], typed: &str, names: impl Fn(&T) -> Vec<String>) -> Vec<&'a T> {
    if typed.is_empty() {
        return all.iter().take(MAX_OFFERED).collect();
    }
    let candidate = |entry: &T| Candidate {
        names: names(entry).iter().map(|name| Words::new(name, fold)).collect(),
        ..Candidate::default()
    };
    let candidates: Vec<_> = all.iter().map(candidate).collect();
    let found = beginning(typed, &candidates, fold);
    found.into_iter().filter_map(|found| all.get(found.index)).take(MAX_OFFERED).collect()
}

/// Returns the rooms that can be named, those of the user first.
fn rooms(model: &Model) -> Vec<&Room> {
    let mut rooms: Vec<_> =
        model.rooms.iter().filter(|room| room.kind != RoomKind::Direct).collect();
    rooms.sort_by_key(|room| !room.member);
    rooms
}

fn of_user(user: &User) -> Choice {
    Choice {
        completion: format!("from:{}", user.username),
        name: balance(&user.name).into_owned(),
        detail: format!("@{}", user.username),
        sign: Sign::Person(Box::new(user.clone()), None),
        ..Choice::default()
    }
}

fn of_me(me: &User) -> Choice {
    Choice { completion: format!("from:{ME}"), name: "Me".to_owned(), ..of_user(me) }
}

fn of_room(room: &Room) -> Choice {
    Choice {
        completion: format!("in:{}", room.slug),
        name: balance(&room.name).into_owned(),
        detail: balance(&room.topic).into_owned(),
        sign: Sign::Glyph(room.kind.into()),
        ..Choice::default()
    }
}

fn of_value(operator: Operator, value: &str) -> Choice {
    let detail = match (operator, value) {
        (Operator::Has, "file") => "any file",
        (Operator::Has, "image") => "a picture",
        (Operator::Has, "link") => "an address",
        (Operator::Has, "reaction") => "somebody reacted",
        (Operator::Is, "pinned") => "pinned in its room",
        (Operator::Is, "thread") => "begins a thread, or is in one",
        (Operator::Mentions, _) => "or everybody in the room",
        _ => "",
    };
    let completion = format!("{}:{value}", operator.as_str());
    Choice { name: completion.clone(), completion, detail: detail.to_owned(), ..Choice::default() }
}

fn days(session: Session, operator: Operator, typed: &str) -> Vec<Choice> {
    let today = untrack(|| session.clock()).day(clock::now());
    let choice = |(name, before, is_value): (&str, i64, bool)| {
        let day = today.days_before(before).iso();
        let value = if is_value { name.to_ascii_lowercase() } else { day.clone() };
        Choice {
            completion: format!("{}:{value}", operator.as_str()),
            name: name.to_owned(),
            detail: day,
            ..Choice::default()
        }
    };
    let is_fitting = |choice: &Choice| begins(&choice.name, typed) || begins(&choice.detail, typed);
    DAYS.into_iter().map(choice).filter(is_fitting).collect()
}
