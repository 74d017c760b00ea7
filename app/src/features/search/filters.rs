//! The buttons below the field. Each sets an operator in it, or takes it away.

use leptos::prelude::*;
use protocol::search::Operator;

use super::{View, completion::Completion};
use crate::{
    state::{
        bidi::isolate,
        names::user_name,
        places::name_of,
        search::words::{has, value_of, with, without},
    },
    ui::{
        dynamic::{click, dynamic},
        icon::{Glyph, Icon},
    },
};

const DAYS: [Operator; 3] = [Operator::After, Operator::Before, Operator::On];

/// The buttons.
#[component]
pub fn Filters(
    /// The state of the view.
    view: View,
    /// What the field offers.
    completion: Completion,
) -> impl IntoView {
    let session = view.session;
    let query = view.text;
    let from = session.select(move |model| {
        let (_, username) = query.with(|query| value_of(query, &[Operator::From]))?;
        if username.eq_ignore_ascii_case("me") {
            return Some("From me".to_owned());
        }
        let username = username.trim_start_matches('@');
        let members = model.opened_rooms.values().flat_map(|room| &room.members.list);
        let mut users = std::iter::once(&model.me).chain(members.map(|member| &member.user));
        let user = users.find(|user| user.username.eq_ignore_ascii_case(username));
        let name = user.map(user_name).or_else(|| completion.name_of(username));
        let name = name.unwrap_or_else(|| format!("@{username}"));
        Some(format!("From {}", isolate(&name)))
    });
    let within = session.select(move |model| {
        let named = query.with(|query| value_of(query, &[Operator::In]));
        let name = named.map(|(_, slug)| slug).or_else(|| view.room.get())?;
        let name = name.trim_start_matches('#');
        let room = model.rooms.by_name(name);
        Some(format!("In {}", isolate(&room.map_or_else(|| name.to_owned(), name_of))))
    });
    let when = Memo::new(move |_| {
        let (operator, day) = query.with(|query| value_of(query, &DAYS))?;
        let named = ["Today", "Yesterday"].into_iter().find(|it| it.eq_ignore_ascii_case(&day));
        Some(match (operator, named) {
            (Operator::After, None) => format!("After {}", isolate(&day)),
            (Operator::Before, None) => format!("Before {}", isolate(&day)),
            (_, None) => format!("On {}", isolate(&day)),
            (Operator::After, Some(name)) => format!("After {}", name.to_ascii_lowercase()),
            (Operator::Before, Some(name)) => format!("Before {}", name.to_ascii_lowercase()),
            (_, Some(name)) => name.to_owned(),
        })
    });
    let begin = move |operator: Operator| {
        let text = query.with_untracked(|query| with(query, &format!("{}:", operator.as_str())));
        completion.begin(text);
    };
    let toggle = move |operator: Operator, value: &'static str| {
        let text = query.with_untracked(|query| {
            if has(query, operator, value) {
                without(query, &[operator], Some(value))
            } else {
                with(query, &format!("{}:{value}", operator.as_str()))
            }
        });
        view.set(&format!("{text} "));
    };
    let remove = move |operators: &'static [Operator]| {
        let text = query.with_untracked(|query| without(query, operators, None));
        view.set(&text);
    };
    let choice = |glyph, unset: &'static str, set: Memo<Option<String>>, begin, remove| {
        view! { <Choosing glyph unset set begin remove/> }
    };
    let switch = |glyph, label, operator: Operator, value: &'static str| {
        let is_set = Signal::derive(move || query.with(|query| has(query, operator, value)));
        let press = Callback::new(move |()| toggle(operator, value));
        view! { <Switch glyph label is_set press/> }
    };
    view! {
        <div class="filters only-scripted" role="group" aria-label="Filters">
            {choice(
                Glyph::User,
                "From anyone",
                from,
                Callback::new(move |()| begin(Operator::From)),
                Callback::new(move |()| remove(&[Operator::From])),
            )}
            {choice(
                Glyph::Hash,
                "In any room",
                within,
                Callback::new(move |()| begin(Operator::In)),
                Callback::new(move |()| {
                    view.room.set(None);
                    remove(&[Operator::In]);
                }),
            )}
            {choice(
                Glyph::Calendar,
                "Any time",
                when,
                Callback::new(move |()| begin(Operator::After)),
                Callback::new(move |()| remove(&DAYS)),
            )}
            {switch(Glyph::Paperclip, "Has a file", Operator::Has, "file")}
            {switch(Glyph::Link, "Has a link", Operator::Has, "link")}
            {switch(Glyph::Pin, "Pinned", Operator::Is, "pinned")}
        </div>
    }
}

/// A button for one of many values: it asks for one in the field, or takes it away.
#[component]
fn Choosing(
    glyph: Glyph,
    unset: &'static str,
    set: Memo<Option<String>>,
    begin: Callback<()>,
    remove: Callback<()>,
) -> impl IntoView {
    let is_set = Memo::new(move |_| set.with(Option::is_some));
    let pressed = Signal::derive(move || if is_set.get() { "true" } else { "false" });
    let press = move |_| if is_set.get_untracked() { remove.run(()) } else { begin.run(()) };
    let label = Signal::derive(move || set.get().unwrap_or_else(|| unset.to_owned()));
    view! {
        <button class="filter" type="button" aria-pressed=pressed on:click=click(press)>
            <Icon glyph/>
            <span class="truncate">{label}</span>
            {dynamic(move || {
                let glyph = if is_set.get() { Glyph::X } else { Glyph::ChevronDown };
                view! { <Icon glyph/> }
            })}
        </button>
    }
}

/// A button for one value.
#[component]
fn Switch(
    glyph: Glyph,
    label: &'static str,
    is_set: Signal<bool>,
    press: Callback<()>,
) -> impl IntoView {
    let pressed = Signal::derive(move || if is_set.get() { "true" } else { "false" });
    view! {
        <button
            class="filter"
            type="button"
            aria-pressed=pressed
            on:click=click(move |_| press.run(()))
        >
            <Icon glyph/>
            {label}
        </button>
    }
}
