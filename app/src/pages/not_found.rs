//! The page for an address that leads nowhere.

use leptos::prelude::*;

use crate::{page::Missing, ui::error_page::ErrorPage};

/// The page for an unknown address, and for what the user cannot see.
#[component]
pub fn NotFoundPage(
    /// What the address names.
    missing: Missing,
) -> impl IntoView {
    let (title, text) = match missing {
        Missing::Page => {
            ("Page not found", "Nothing is at this address. Check it for a mistake in typing.")
        }
        Missing::Room => (
            "Room not found",
            "There is no room at this address, or it is private and you are not a member. A member \
             can add you.",
        ),
        Missing::Message => (
            "Message not found",
            "There is no message at this address, or it is in a private room that you are not a \
             member of. A member can add you.",
        ),
        Missing::Invitations => (
            "Not for your role",
            "The owner and admins of this server see its invitations. Ask one of them for a link.",
        ),
    };
    view! {
        <ErrorPage title text note="404">
            <a class="button button--primary" href="/">"Back to your rooms"</a>
        </ErrorPage>
    }
}
