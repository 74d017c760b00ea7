//! The username beside a name that reads like another user's.

use leptos::prelude::*;

use super::dynamic::dynamic;

/// The username of a user, shown beside the name if there is one.
#[component]
pub fn Handle(
    /// The username, if the name reads like another user's.
    username: Signal<Option<String>>,
) -> impl IntoView {
    dynamic(move || {
        let username = username.get()?;
        Some(view! { <span class="name__handle">{format!("@{username}")}</span> })
    })
}
