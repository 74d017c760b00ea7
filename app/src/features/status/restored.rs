//! The notice that the server's data was replaced by an older backup.

use leptos::prelude::*;

use crate::{
    session::Session,
    ui::{button::small_button, dynamic::ShowErased},
};

/// The notice that messages are gone that this page had. It stays until the user has read it.
#[component]
pub fn RestoredNotice() -> impl IntoView {
    let session = expect_context::<Session>();
    let restored = session.select(|model| model.restored);
    let is_restored = Signal::derive(move || restored.get().is_some());
    let text = move || match restored.get() {
        Some(1) => {
            "Older data was restored on the server: 1 message that was here is missing.".to_owned()
        }
        Some(missing) if missing > 0 => format!(
            "Older data was restored on the server: {missing} messages that were here are missing."
        ),
        _ => "Older data was restored on the server: what came later is missing.".to_owned(),
    };
    let close = move |_| session.forget_restored();
    view! {
        <div role="alert">
            <ShowErased when=is_restored>
                <p class="connection">
                    <span class="connection__text">{text}</span>
                    {small_button("Close", "", close)}
                </p>
            </ShowErased>
        </div>
    }
}
