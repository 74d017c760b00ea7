//! Whether the user is here as usual, or here but quiet.

use leptos::prelude::*;
use protocol::{
    Timestamp,
    http::{Profile, QuietTime},
};

use crate::{
    page::address::View,
    ui::{
        dynamic::{ShowErased, change},
        loaded::{Loaded, load},
        until::{Until, UntilSelect},
    },
};

/// The choice, and what the server has.
#[derive(Clone, Copy, Debug)]
pub struct QuietChoice {
    /// Weekly hours decide by themselves.
    profile: RwSignal<Loaded<Profile>>,
    was_quiet: bool,
    is_quiet: RwSignal<bool>,
    until: RwSignal<Until>,
}

impl QuietChoice {
    pub(super) fn new(is_quiet: bool) -> Self {
        Self {
            profile: RwSignal::new(Loaded::Waiting),
            was_quiet: is_quiet,
            is_quiet: RwSignal::new(is_quiet),
            until: RwSignal::new(Until::Minutes(60)),
        }
    }

    fn has_hours(self) -> bool {
        let quiet = self.profile.with(|profile| profile.ready()?.quiet.clone());
        matches!(quiet, Some(QuietTime::Hours(_)))
    }

    /// Returns the time until which the user is quiet from now on, if that was changed.
    pub(super) fn changed(self) -> Option<Option<Timestamp>> {
        let is_quiet = self.is_quiet.get_untracked();
        (is_quiet != self.was_quiet && !untrack(|| self.has_hours()))
            .then(|| is_quiet.then(|| self.until.get_untracked().moment()).flatten())
    }
}

/// Here, away, or quiet.
#[component]
pub fn QuietChoices(
    /// The choice.
    choice: QuietChoice,
) -> impl IntoView {
    Effect::new(move |_| load("/api/me".to_owned(), choice.profile));
    let has_hours = Signal::derive(move || choice.has_hours());
    let is_quiet = choice.is_quiet;
    let asks_until =
        Signal::derive(move || is_quiet.get() && !choice.was_quiet && !has_hours.get());
    let radio = move |value: bool, state: &'static str, name: &'static str, about: &'static str| {
        let checked = Signal::derive(move || is_quiet.get() == value);
        view! {
            <label class="choice">
                <input
                    type="radio"
                    name="presence"
                    prop:checked=checked
                    disabled=has_hours
                    on:change=change(move |_| is_quiet.set(value))
                />
                <span class="choice__presence" data-presence=state></span>
                <span>
                    <span class="choice__name">{name}</span>
                    <span class="choice__about">{about}</span>
                </span>
            </label>
        }
    };
    view! {
        <fieldset>
            <legend class="rows__title rows__title--first">"You are"</legend>
            <div class="choices choices--three">
                {radio(false, "online", "Here", "By itself while you read or write")}
                <label class="choice">
                    <input type="radio" name="presence" disabled=true/>
                    <span class="choice__presence" data-presence="away"></span>
                    <span>
                        <span class="choice__name">"Away"</span>
                        <span class="choice__about">"By itself after 5 minutes"</span>
                    </span>
                </label>
                {radio(true, "quiet", "Quiet", "Here, and shown as quiet")}
            </div>
            <ShowErased when=has_hours>
                <p class="field__hint">
                    "Your weekly quiet hours decide. "
                    <a href=View::Settings.path()>"Change them in the settings"</a>
                </p>
            </ShowErased>
        </fieldset>
        <ShowErased when=asks_until>
            <div class="setting setting--plain">
                <label class="setting__text" for="quiet-until">
                    <span class="setting__name">"Quiet until"</span>
                </label>
                <UntilSelect
                    id="quiet-until"
                    choices=vec![
                        Until::Minutes(60),
                        Until::Minutes(240),
                        Until::Morning,
                        Until::Monday,
                    ]
                    until=choice.until
                />
            </div>
        </ShowErased>
    }
}
