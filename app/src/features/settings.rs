//! The user's settings: profile, password, appearance, notifications and sessions.

pub mod appearance;
pub mod notifications;
pub mod password;
pub mod profile;
pub mod quiet;
pub mod sessions;
pub mod writing;

use leptos::prelude::*;
use protocol::http::Profile;

use self::{
    appearance::AppearanceSection, notifications::NotificationSections, password::PasswordSection,
    profile::ProfileSection, sessions::SessionSection, writing::WritingSection,
};
use crate::{
    session::Session,
    ui::{
        icon::{Glyph, Icon},
        loaded::{Loaded, load},
        view_header::PlainView,
    },
};

/// The sections: the id, the name and the icon of each.
const SECTIONS: [(&str, &str, Glyph); 6] = [
    ("profile", "Profile", Glyph::User),
    ("password", "Password", Glyph::Lock),
    ("appearance", "Appearance", Glyph::Sun),
    ("writing", "Writing", Glyph::Pencil),
    ("notifications", "Notifications", Glyph::Bell),
    ("sessions", "Sessions", Glyph::Monitor),
];

/// The user's profile, sessions and preferences.
#[component]
pub fn Settings() -> impl IntoView {
    let session = expect_context::<Session>();
    let profile = RwSignal::new(Loaded::<Profile>::Waiting);
    Effect::new(move |_| load("/api/me".to_owned(), profile));
    let may_manage = session.select(|model| model.me.role.may_invite());
    let links = SECTIONS.map(|(id, name, glyph)| {
        view! {
            <a class="settings__link" href=format!("#{id}")>
                <Icon glyph/>
                {name}
            </a>
        }
    });
    view! {
        <PlainView heading="Settings">
            <div class="page__column settings">
                <nav class="settings__nav" aria-label="Settings">
                    {links}
                    <a class="settings__link" href="/people">
                        <Icon glyph=Glyph::Users/>
                        "People"
                    </a>
                    <a
                        class="settings__link"
                        href="/admin"
                        hidden=Signal::derive(move || !may_manage.get())
                    >
                        <Icon glyph=Glyph::Activity/>
                        "Administration"
                    </a>
                </nav>
                <div class="settings__sections">
                    <ProfileSection/>
                    <PasswordSection/>
                    <AppearanceSection/>
                    <WritingSection/>
                    <NotificationSections profile/>
                    <SessionSection/>
                </div>
            </div>
        </PlainView>
    }
}
