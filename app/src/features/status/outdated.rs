//! The notice that the page is out of date.

use leptos::prelude::*;

use crate::{
    session::Session,
    ui::{button::small_button, dynamic::ShowErased},
};

/// The notice that the server has a newer page, with a button that loads it. The page does not
/// reload by itself, because the user may be writing.
#[component]
pub fn OutdatedNotice() -> impl IntoView {
    let outdated = expect_context::<Session>().select(|model| model.outdated);
    let reload = move |_| {
        let _ = window().location().reload();
    };
    view! {
        <div role="alert">
            <ShowErased when=outdated>
                <p class="connection">
                    <span class="connection__text">"Banter was updated"</span>
                    {small_button("Reload", "", reload)}
                </p>
            </ShowErased>
        </div>
    }
}
