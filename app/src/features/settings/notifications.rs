//! What may interrupt the user.

use leptos::prelude::*;
use protocol::http::Profile;

use super::quiet::QuietSettings;
use crate::ui::loaded::Loaded;

/// The levels of rooms that have their own, and when nothing rings.
#[component]
pub fn NotificationSection(
    /// The user's profile.
    profile: RwSignal<Loaded<Profile>>,
) -> impl IntoView {
    view! {
        <section id="notifications">
            <h3 class="settings__title">"Notifications"</h3>
            <p class="settings__lead">
                "Nothing rings while you are quiet. All of it waits in Unread. Others see that you \
                are quiet, never the hours."
            </p>
            <QuietSettings profile/>
        </section>
    }
}
