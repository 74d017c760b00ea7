//! How the page looks on this device.

use leptos::prelude::*;

use crate::{
    browser::appearance::{Appearance, Theme},
    session::Session,
    ui::segment::Segment,
};

/// The themes, in the order in which they are offered.
const THEMES: [Theme; 3] = [Theme::System, Theme::Light, Theme::Dark];

/// The theme, how much fits on the screen, and how times are written.
#[component]
pub fn AppearanceSection() -> impl IntoView {
    let session = expect_context::<Session>();
    let now = move || session.appearance();
    let change = move |change: &dyn Fn(&mut Appearance)| {
        let mut appearance = untrack(now);
        change(&mut appearance);
        session.set_appearance(appearance);
    };
    let theme = Signal::derive(move || {
        THEMES.iter().position(|theme| *theme == now().theme).unwrap_or_default()
    });
    let set_theme = Callback::new(move |index: usize| {
        change(&|appearance| appearance.theme = THEMES.get(index).copied().unwrap_or_default());
    });
    let density = Signal::derive(move || usize::from(now().is_compact));
    let set_density = Callback::new(move |index| {
        change(&|appearance| appearance.is_compact = index == 1);
    });
    let hours = Signal::derive(move || usize::from(now().twelve_hours));
    let set_hours = Callback::new(move |index| {
        change(&|appearance| appearance.twelve_hours = index == 1);
    });
    view! {
        <section id="appearance">
            <h3 class="settings__title">"Appearance"</h3>
            <p class="settings__lead">"Kept on this device."</p>
            <Setting name="Theme" about="Follows your system unless you say otherwise.">
                <Segment
                    label="Theme"
                    name="theme"
                    options=vec!["System", "Light", "Dark"]
                    value=theme
                    set=set_theme
                />
            </Setting>
            <Setting name="Density" about="Compact shows more lines at once.">
                <Segment
                    label="Density"
                    name="density"
                    options=vec!["Comfortable", "Compact"]
                    value=density
                    set=set_density
                />
            </Setting>
            <Setting name="Times" about="In your own time zone.">
                <Segment
                    label="Times"
                    name="hours"
                    options=vec!["24 hours", "12 hours"]
                    value=hours
                    set=set_hours
                />
            </Setting>
        </section>
    }
}

/// A line with a control.
#[component]
pub fn Setting(
    /// What is set.
    name: &'static str,
    /// What it means.
    #[prop(into)]
    about: Signal<String>,
    /// The control.
    children: Children,
) -> impl IntoView {
    view! {
        <div class="setting">
            <span class="setting__text">
                <span class="setting__name">{name}</span>
                <span class="setting__about">{about}</span>
            </span>
            {children()}
        </div>
    }
}
