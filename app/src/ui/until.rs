//! Choices of how long something lasts.

use leptos::prelude::*;
use protocol::Timestamp;

use super::dynamic::{change, dynamic};
use crate::browser::{clock, form::changed_value};

/// A moment at which something ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// The user ends it.
    Open,
    /// This many minutes from now.
    Minutes(i64),
    /// The end of the day.
    Tonight,
    /// Tomorrow at eight.
    Morning,
    /// At eight on the next Monday.
    Monday,
    /// A certain time.
    At(Timestamp),
}

impl Until {
    /// Returns the moment; `None` if the user ends it.
    pub(crate) fn moment(self) -> Option<Timestamp> {
        match self {
            Self::Open => None,
            Self::Minutes(minutes) => {
                Some(Timestamp::from_millis(clock::now().as_millis() + minutes * 60_000))
            }
            Self::Tonight => Some(clock::local_hour(1, 0)),
            Self::Morning => Some(clock::local_hour(1, 8)),
            Self::Monday => {
                let weekday = i32::try_from(clock::weekday()).unwrap_or_default();
                Some(clock::local_hour((7 - weekday) % 7 + 1, 8))
            }
            Self::At(moment) => Some(moment),
        }
    }

    /// Returns the words of the choice.
    fn label(self) -> String {
        match self {
            Self::Open => "I clear it".to_owned(),
            Self::Minutes(minutes @ 1..60) => format!("{minutes} minutes"),
            Self::Minutes(60) => "1 hour".to_owned(),
            Self::Minutes(minutes) => format!("{} hours", minutes / 60),
            Self::Tonight => "Tonight".to_owned(),
            Self::Morning => "Tomorrow 08:00".to_owned(),
            Self::Monday => "Monday 08:00".to_owned(),
            Self::At(_) => "Own time".to_owned(),
        }
    }
}

/// A list of moments, of which one is chosen. For a certain time, a field follows.
#[component]
pub fn UntilSelect(
    /// The id of the list.
    id: &'static str,
    /// The moments. One of them may be a certain time.
    choices: Vec<Until>,
    /// The chosen one.
    until: RwSignal<Until>,
) -> impl IntoView {
    let is_own = |until: &Until| matches!(until, Until::At(_));
    let index_of = {
        let choices = choices.clone();
        move |until: Until| {
            let same = choices.iter().position(|choice| *choice == until);
            let own = || choices.iter().position(is_own).filter(|_| is_own(&until));
            same.or_else(own).unwrap_or_default()
        }
    };
    let options = choices.iter().enumerate().map(|(index, choice)| {
        let (label, index_of) = (choice.label(), index_of.clone());
        let selected = Signal::derive(move || index_of(until.get()) == index);
        view! { <option value=index.to_string() prop:selected=selected>{label}</option> }
    });
    let options = options.collect_view();
    let choose = move |event| {
        let index = changed_value(&event).parse::<usize>().ok();
        if let Some(choice) = index.and_then(|index| choices.get(index)) {
            until.set(match choice {
                // An hour ahead, until another time is entered.
                Until::At(_) => Until::At(Until::Minutes(60).moment().unwrap_or_default()),
                choice => *choice,
            });
        }
    };
    let is_certain = Memo::new(move |_| until.with(is_own));
    let enter = move |event| {
        if let Some(moment) = clock::local_time(&changed_value(&event)) {
            until.set(Until::At(moment));
        }
    };
    view! {
        <span class="until">
            <select class="select" id=id on:change=change(choose)>{options}</select>
            {dynamic(move || {
                let value = until.with_untracked(|until| until.moment());
                let value = value.map(clock::local_value).unwrap_or_default();
                is_certain.get().then(|| view! {
                    <input
                        class="input input--compact"
                        type="datetime-local"
                        aria-label="Own time"
                        value=value
                        on:change=change(enter)
                    />
                })
            })}
        </span>
    }
}
