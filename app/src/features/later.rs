//! What is not sent yet: the drafts, the messages that are sent later, and the reminders.

pub mod dialog;
pub mod draft;
pub mod item;
pub mod notes;
mod times;

use leptos::prelude::*;
use protocol::{LaterMessage, MessageId};

use self::{draft::DraftRow, item::Item};
use crate::{
    page::address::View,
    session::Session,
    ui::{
        button::small_button,
        dynamic::{ShowErased, dynamic},
        segment::Segment,
        view_header::PlainView,
    },
};

/// The choice of what is listed.
const PARTS: [&str; 3] = ["All", "Drafts", "Later"];

/// The messages that are sent later, the reminders, and the drafts. What could not be sent comes
/// first.
#[component]
pub fn DraftsAndLater() -> impl IntoView {
    let session = expect_context::<Session>();
    let is_loaded = session.select(|model| model.later.is_loaded);
    let is_away = session.select(|model| model.connection.is_away());
    let is_missing = session.select(|model| model.later.is_failed && !model.later.is_loaded);
    let failed = ids(session, |message| message.error.is_some());
    let waiting = ids(session, |message| message.error.is_none());
    let begun = session.begun();
    session.take_new_drafts();
    let part = RwSignal::new(0_usize);
    let has_later = move || part.get() != 1;
    let has_drafts = Signal::derive(move || part.get() != 2 && begun.with(|all| !all.is_empty()));
    let has_failed = Signal::derive(move || has_later() && failed.with(|ids| !ids.is_empty()));
    let has_waiting = Signal::derive(move || has_later() && waiting.with(|ids| !ids.is_empty()));
    let is_empty =
        Signal::derive(move || !has_failed.get() && !has_waiting.get() && !has_drafts.get());
    let heading = View::Drafts.heading();
    view! {
        <PlainView heading>
            <div class="page__column page__column--list" role="group" aria-label=heading>
                <div class="page__bar only-scripted">
                    <Segment
                        label="Which"
                        name="drafts-part"
                        options=PARTS.to_vec()
                        value=part
                        set=Callback::new(move |chosen| part.set(chosen))
                    />
                    <span class="page__count">"All your devices show them"</span>
                </div>
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
                <ShowErased when=has_drafts>
                    <h3 class="rows__title" id="drafts">"Drafts"</h3>
                    <ul class="rows" role="list" aria-labelledby="drafts">
                        <For
                            each=move || begun.get()
                            key=|begun| (begun.place, begun.text.clone(), begun.files.clone())
                            let:begun
                        >
                            <DraftRow begun/>
                        </For>
                    </ul>
                </ShowErased>
                <ShowErased when=is_empty>
                    {dynamic(move || {
                        if is_missing.get() && has_later() {
                            return missing(session);
                        }
                        let text = match (is_loaded.get(), part.get()) {
                            (_, 1) => NO_DRAFT,
                            (false, _) if is_away.get() => "Shown when you are back online.",
                            (false, _) => "Loading what waits",
                            (true, 2) => NOTHING_LATER,
                            (true, _) => NOTHING,
                        };
                        view! { <p class="threads__note" role="status">{text}</p> }.into_any()
                    })}
                </ShowErased>
            </div>
        </PlainView>
    }
}

/// What is said where there is no draft.
const NO_DRAFT: &str = "No draft. What you write and do not send stands here.";
/// What is said where nothing is sent later.
const NOTHING_LATER: &str = "Nothing waits. Beside Send, a button sends a message later; a message \
                             has “Remind me” in its menu.";
/// What is said where there is neither.
const NOTHING: &str = "No draft, and nothing waits. What you write and do not send stands here. \
                       Beside Send, a button sends a message later; a message has “Remind me” in \
                       its menu.";

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
