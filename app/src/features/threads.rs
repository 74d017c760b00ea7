//! Threads: the list of those that the user follows, and the panel of one.

pub mod item;
pub mod panel;

use leptos::{ev, prelude::*};
use protocol::FollowedThread;

use self::item::ThreadItem;
use crate::{
    session::Session,
    state::rooms::format_count,
    ui::{
        dynamic::{ShowErased, dynamic},
        page_title::PageTitle,
        view_header::ViewHeader,
    },
};

/// The threads that the user follows, those with the newest replies first.
#[component]
pub fn ThreadsView() -> impl IntoView {
    let session = expect_context::<Session>();
    let unread = session.unread_threads();
    let only_unread = RwSignal::new(false);
    // A thread that was unread stays listed while it is read.
    let kept = RwSignal::new(Vec::new());
    let threads = session.select(move |model| {
        let is_shown = |thread: &&FollowedThread| {
            !only_unread.get()
                || thread.unread > 0
                || kept.with(|ids| ids.contains(&thread.message.id))
        };
        model.threads.iter().filter(is_shown).map(|thread| thread.message.id).collect::<Vec<_>>()
    });
    let is_loaded = session.select(|model| model.threads.is_loaded);
    let is_away = session.select(|model| model.connection.is_away());
    let count =
        session.select(|model| model.threads.iter().filter(|thread| thread.unread > 0).count());
    let summary = Signal::derive(move || match (unread.get().0, count.get()) {
        (0, _) => "Nothing unread".to_owned(),
        (unread, count) => format!("{} unread in {count}", format_count(unread)),
    });
    let mark = session.title_mark();
    let title = Signal::derive(move || match (mark.get(), unread.get().0) {
        (mark, 0) => format!("{mark}Threads · Banter"),
        (mark, unread) => format!("{mark}Threads, {} unread · Banter", format_count(unread)),
    });
    let choose = move |only: bool| {
        move |_: ev::Event| {
            let is_unread = |thread: &&FollowedThread| thread.unread > 0;
            kept.set(session.model().with_untracked(|model| {
                model.threads.iter().filter(is_unread).map(|thread| thread.message.id).collect()
            }));
            only_unread.set(only);
        }
    };
    let is_empty = Signal::derive(move || threads.with(Vec::is_empty));
    view! {
        <PageTitle text=title/>
        <div class="shell__main" id="content" tabindex="-1">
            <ViewHeader heading="Threads".into_any() summary>
                <p class="room-header__topic truncate only-wide">{summary}</p>
            </ViewHeader>
            <div
                class="page threads"
                tabindex="0"
                role="group"
                aria-label="Threads"
            >
                <div class="page__column">
                    <div class="page__bar">
                        <span
                            class="segment only-scripted"
                            role="radiogroup"
                            aria-label="Which threads"
                        >
                            <label class="segment__option">
                                <input type="radio" name="which" checked on:change=choose(false)/>
                                "All"
                            </label>
                            <label class="segment__option">
                                <input type="radio" name="which" on:change=choose(true)/>
                                "Unread"
                            </label>
                        </span>
                        <span class="page__count">
                            "You follow what you began, answered, or are named in"
                        </span>
                    </div>
                    <ul class="rows" role="list" aria-label="Threads">
                        <For each=move || threads.get() key=|id| *id let:id>
                            <ThreadItem id/>
                        </For>
                    </ul>
                    <ShowErased when=is_empty>
                        {dynamic(move || {
                            let text = match (is_loaded.get(), only_unread.get()) {
                                (false, _) if is_away.get() => "Shown when you are back online.",
                                (false, _) => "Loading threads",
                                (true, true) => "Nothing unread in threads.",
                                (true, false) => "No threads yet. Reply in one, and it shows here.",
                            };
                            view! { <p class="threads__note" role="status">{text}</p> }
                        })}
                    </ShowErased>
                </div>
            </div>
        </div>
    }
}
