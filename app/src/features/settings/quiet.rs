//! When the user wants no notifications: for a while, or at certain hours of the week.

use leptos::{ev, html, prelude::*, task::spawn_local};
use protocol::http::{Profile, QuietHours, QuietTime, QuietUntil, UpdateProfile};

use super::appearance::Setting;
use crate::{
    browser::{
        calls, clock,
        form::{changed_value, is_checked, value_of},
    },
    session::Session,
    ui::{
        dynamic::{change, dynamic, submit},
        loaded::{Fault, Loaded, Outcome, Progress},
        until::Until,
    },
};

/// The days of the week, as they are written on the page.
const DAYS: [(&str, &str); 7] = [
    ("Monday", "Mo"),
    ("Tuesday", "Tu"),
    ("Wednesday", "We"),
    ("Thursday", "Th"),
    ("Friday", "Fr"),
    ("Saturday", "Sa"),
    ("Sunday", "Su"),
];

/// The choices for a while: the value, the words and the end of each.
const WHILES: [(&str, &str, Until); 3] = [
    ("hour", "For an hour", Until::Minutes(60)),
    ("morning", "Until tomorrow 08:00", Until::Morning),
    ("monday", "Until Monday 08:00", Until::Monday),
];

/// The user's quiet time, as the server has it.
#[derive(Clone, Copy)]
struct Quiet {
    session: Session,
    profile: RwSignal<Loaded<Profile>>,
    progress: RwSignal<Progress>,
}

impl Quiet {
    fn time(self) -> Option<QuietTime> {
        self.profile.with(|profile| profile.ready()?.quiet.clone())
    }

    fn hours(self) -> Option<QuietHours> {
        if let Some(QuietTime::Hours(hours)) = self.time() { Some(hours) } else { None }
    }

    fn set(self, quiet: Option<QuietTime>) {
        let update = UpdateProfile { quiet: Some(quiet), ..UpdateProfile::default() };
        self.progress.set(Progress::Sending);
        spawn_local(async move {
            let outcome = calls::call::<Profile>("PATCH", "/api/me", &update).await;
            self.progress.try_set(Progress::of(&outcome));
            if let Ok(profile) = outcome {
                self.session.learn(&profile.user);
                self.profile.try_set(Loaded::Ready(profile));
            }
        });
    }
}

/// The settings of the quiet time.
#[component]
pub fn QuietSettings(
    /// The user's profile.
    profile: RwSignal<Loaded<Profile>>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let quiet = Quiet { session, profile, progress: RwSignal::new(Progress::Idle) };
    // Typing must not be lost, so that only the kind of quiet time renders the form anew.
    let is_weekly = Memo::new(move |_| quiet.hours().is_some());
    let state = Memo::new(move |_| match profile.get() {
        Loaded::Waiting => Loaded::Waiting,
        Loaded::Ready(_) => Loaded::Ready(()),
        Loaded::Failed(text) => Loaded::Failed(text),
    });
    dynamic(move || match state.get() {
        Loaded::Waiting => view! { <p class="page__count">"Loading"</p> }.into_any(),
        Loaded::Failed(text) => view! { <Fault text/> }.into_any(),
        Loaded::Ready(()) => view! {
            <ForNow quiet/>
            <Weekly quiet is_weekly/>
            <Outcome progress=quiet.progress done="Saved"/>
        }
        .into_any(),
    })
}

/// Quiet for a while.
#[component]
fn ForNow(quiet: Quiet) -> impl IntoView {
    let session = quiet.session;
    let until = Memo::new(move |_| match quiet.time() {
        Some(QuietTime::Until(QuietUntil { until })) => Some(until),
        _ => None,
    });
    let is_weekly = Signal::derive(move || quiet.hours().is_some());
    let about = Signal::derive(move || match (is_weekly.get(), until.get()) {
        (true, _) => "Your weekly hours decide. Turn them off to be quiet for a while.".to_owned(),
        (_, Some(until)) => format!("Until {}, on all devices.", session.clock().moment(until)),
        _ => "For a while, on all devices.".to_owned(),
    });
    let choose = move |event: ev::Event| {
        let value = changed_value(&event);
        let chosen = WHILES.iter().find(|(name, ..)| *name == value);
        let until = chosen.and_then(|(_, _, until)| until.moment());
        match until {
            Some(until) => quiet.set(Some(QuietTime::Until(QuietUntil { until }))),
            None if value == "no" => quiet.set(None),
            None => {}
        }
    };
    let now = dynamic(move || {
        until.get().map(|until| {
            let label = format!("Until {}", session.clock().moment(until));
            view! { <option value="now" prop:selected=true>{label}</option> }
        })
    });
    let rest = WHILES.map(|(value, label, _)| view! { <option value=value>{label}</option> });
    view! {
        <Setting name="Now" about>
            <select
                class="select"
                aria-label="Quiet now"
                disabled=is_weekly
                on:change=change(choose)
            >
                <option value="no" prop:selected=Signal::derive(move || until.get().is_none())>
                    "No"
                </option>
                {now}
                {rest}
            </select>
        </Setting>
    }
}

/// Quiet at certain hours.
#[component]
fn Weekly(quiet: Quiet, is_weekly: Memo<bool>) -> impl IntoView {
    // Shown as soon as the switch is on; stored by the button.
    let is_on = RwSignal::new(is_weekly.get_untracked());
    Effect::new(move |_| {
        let now = is_weekly.get();
        if is_on.get_untracked() != now {
            is_on.set(now);
        }
    });
    let toggle = move |event: ev::Event| {
        let on = is_checked(&event);
        is_on.set(on);
        if !on && is_weekly.get_untracked() {
            quiet.set(None);
        }
    };
    let about = Signal::derive(move || match quiet.hours() {
        Some(QuietHours { from, to, time_zone, .. }) => format!("{from} to {to}, {time_zone}"),
        None => "The same hours on the days that you choose.".to_owned(),
    });
    view! {
        <Setting name="Every week" about>
            <input
                class="switch"
                type="checkbox"
                role="switch"
                aria-label="Quiet every week"
                prop:checked=is_on
                on:change=change(toggle)
            />
        </Setting>
        {dynamic(move || is_on.get().then(|| view! { <Hours quiet/> }))}
    }
}

#[component]
fn Hours(quiet: Quiet) -> impl IntoView {
    let form = NodeRef::<html::Form>::new();
    let known = untrack(|| quiet.hours());
    let (from, to, days) = match &known {
        Some(hours) => (hours.from.clone(), hours.to.clone(), hours.days.clone()),
        None => ("20:00".to_owned(), "08:00".to_owned(), (1..=5).collect()),
    };
    let days = RwSignal::new(days);
    let boxes = (1u8..).zip(DAYS).map(|(day, (name, short))| {
        let pick = move |event: ev::Event| {
            let on = is_checked(&event);
            days.update(|days| {
                days.retain(|known| *known != day);
                if on {
                    days.push(day);
                }
            });
        };
        let checked = Signal::derive(move || days.with(|days| days.contains(&day)));
        view! {
            <label class="day">
                <input
                    type="checkbox"
                    aria-label=name
                    prop:checked=checked
                    on:change=change(pick)
                />
                {short}
            </label>
        }
    });
    let save = move || {
        let Some(form) = form.get_untracked() else { return };
        let zone = clock::time_zone().or_else(|| Some(untrack(|| quiet.hours())?.time_zone));
        quiet.set(Some(QuietTime::Hours(QuietHours {
            from: value_of(&form, "from"),
            to: value_of(&form, "to"),
            time_zone: zone.unwrap_or_else(|| "UTC".to_owned()),
            days: days.get_untracked(),
        })));
    };
    let no_days = Signal::derive(move || days.with(Vec::is_empty));
    let hint = Signal::derive(move || if no_days.get() { "Choose a day." } else { "" });
    view! {
        <form class="settings__form settings__hours" node_ref=form on:submit=submit(save)>
            <div class="field-row">
                {time_field("from", "From", from)}
                {time_field("to", "To", to)}
                <fieldset class="field">
                    <legend class="field__label">"Evenings of"</legend>
                    <div class="days">{boxes.collect_view()}</div>
                </fieldset>
            </div>
            <div class="settings__buttons">
                <button
                    class="button"
                    type="submit"
                    disabled=no_days
                    aria-describedby="hours-hint"
                >
                    "Save hours"
                </button>
                <span class="field__hint" id="hours-hint">{hint}</span>
            </div>
        </form>
    }
}

fn time_field(name: &'static str, label: &'static str, value: String) -> AnyView {
    view! {
        <div class="field field--narrow">
            <label class="field__label" for=name>{label}</label>
            <input class="input" id=name name=name type="time" required=true value=value/>
        </div>
    }
    .into_any()
}
