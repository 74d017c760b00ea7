//! What waits for its time: the list of messages that are sent later and of reminders.

pub mod dialog;
pub mod item;
pub mod notes;
mod times;

use leptos::prelude::*;
use protocol::{LaterMessage, MessageId};

use self::item::Item;
use crate::{
    session::Session,
    ui::{
        button::small_button,
        dynamic::{ShowErased, dynamic},
        view_header::PlainView,
    },
};

/// The messages that are sent later, and the reminders. Those that could not be sent come first.
#[component]
pub fn Scheduled() -> impl IntoView {
    let session = expect_context::<Session>();
    let is_loaded = session.select(|model| model.later.is_loaded);
    let is_missing = session.select(|model| model.later.is_failed && !model.later.is_loaded);
    let failed = ids(session, |message| message.error.is_some());
    let waiting = ids(session, |message| message.error.is_none());
    let has_failed = Signal::derive(move || failed.with(|ids| !ids.is_empty()));
    let has_waiting = Signal::derive(move || waiting.with(|ids| !ids.is_empty()));
    let is_empty = Signal::derive(move || !has_failed.get() && !has_waiting.get());
    view! {
        <PlainView heading="Scheduled">
            <div class="page__column page__column--list" role="group" aria-label="Scheduled">
                <p class="later__lead">
                    "Sent at their time, also when this device is off. All your devices show them."
                </p>
                <ShowErased when=has_failed>
                    <h3 class="rows__title" id="later-failed">"Not sent"</h3>
                    <ul class="rows" role="list" aria-labelledby="later-failed">
                        <For each=move || failed.get() key=|id| *id let:id><Item id/></For>
                    </ul>
                </ShowErased>
                <ShowErased when=has_waiting>
                    <h3 class="rows__title" id="later-waiting">"To be sent"</h3>
                    <ul class="rows" role="list" aria-labelledby="later-waiting">
                        <For each=move || waiting.get() key=|id| *id let:id><Item id/></For>
                    </ul>
                </ShowErased>
                <ShowErased when=is_empty>
                    {dynamic(move || {
                        if is_missing.get() {
                            return missing(session);
                        }
                        let text = if is_loaded.get() {
                            "Nothing waits. Beside Send, a button sends a message later; a message \
                             has “Remind me” in its menu."
                        } else {
                            "Loading what waits"
                        };
                        view! { <p class="threads__note" role="status">{text}</p> }.into_any()
                    })}
                </ShowErased>
            </div>
        </PlainView>
    }
}

/// Returns what is said if the list could not be loaded.
fn missing(session: Session) -> AnyView {
    let again = move |_| session.load_later_again();
    view! {
        <p class="threads__note" role="alert">
            "The server did not send what waits. " {small_button("Try again", "", again)}
        </p>
    }
    .into_any()
}

fn ids(
    session: Session,
    is_shown: impl Fn(&LaterMessage) -> bool + Send + Sync + 'static,
) -> Memo<Vec<MessageId>> {
    session.select(move |model| {
        let shown = model.later.iter().filter(|message| is_shown(message));
        shown.map(|message| message.id).collect()
    })
}
