//! The messages of a thread.

use leptos::prelude::*;

use super::{
    jump::JumpToLatest, place::Place, placeholder::SkeletonRows, rows::Rows, strip::Strip,
};
use crate::{
    session::Session,
    state::{conversation::Conversation, names::sender_name},
    ui::dynamic::{ShowErased, dynamic},
};

/// The first message of a thread and its replies, newest last.
#[component]
pub fn ThreadMessages(
    /// The thread.
    list: Conversation,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let refused = session.select_thread(list, |thread| thread.refused.clone());
    let has_something = session.select(move |model| {
        let timeline = model.timeline(list);
        timeline.first.is_some() || !timeline.is_empty()
    });
    view! {
        <div class="timeline">
            {dynamic(move || match (refused.get(), has_something.get()) {
                (Some(reason), _) => view! {
                    <p class="panel__scroll panel__hint" role="alert">{reason}</p>
                }
                .into_any(),
                (None, false) => view! { <SkeletonRows/> }.into_any(),
                (None, true) => view! { <Replies list/> }.into_any(),
            })}
        </div>
    }
}

#[component]
fn Replies(list: Conversation) -> impl IntoView {
    let session = expect_context::<Session>();
    let place = Place::new(session, list);
    let scroll = place.scroll;
    place.start_in_thread();
    let rows = session.rows(list, place.window());
    let is_loading = session.select(move |model| {
        let open = model.thread(list);
        open.is_some_and(|thread| !thread.is_loaded || thread.log.wants_older)
    });
    let is_away = session.select(|model| model.connection.is_away());
    let loading = Signal::derive(move || is_loading.get());
    let note = Signal::derive(move || {
        if is_away.get() { "Replies load when you are back online" } else { "Loading replies" }
    });
    let author = session.select_thread(list, |thread| {
        thread.first.as_ref().map(|first| sender_name(&first.sender))
    });
    let label = Signal::derive(move || match author.get() {
        Some(_) => "Messages in this thread",
        None => "Replies in this thread",
    });
    view! {
        <div
            class="timeline__scroll"
            tabindex="-1"
            role="group"
            aria-label=label
            node_ref=scroll.scroller
            on:scroll=move |_| scroll.scrolled()
        >
            <div class="timeline__column" node_ref=scroll.column>
                <Rows room=list.room rows place/>
                <ShowErased when=loading>
                    <p class="timeline__older">{note}</p>
                </ShowErased>
            </div>
        </div>
        <Strip place=list>
            <JumpToLatest place/>
        </Strip>
    }
}
