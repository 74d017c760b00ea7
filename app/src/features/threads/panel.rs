//! The panel with a thread, beside its room or beside the list of threads.

use leptos::{ev, html, prelude::*, task::spawn_local};
use protocol::{Message, MessageId};

use crate::{
    browser::{
        address::is_plain_click,
        calls,
        window::{effect, is_touch},
    },
    page::address::{Address, View},
    session::{RoomSummary, Session},
    state::{
        bidi::{balance, isolate},
        connection::ConnectionState,
        conversation::Conversation,
        names::sender_name,
    },
    ui::{
        dynamic::{click, dynamic},
        icon::{Glyph, Icon},
    },
};

/// A thread: a header, and below it the messages and a composer.
#[component]
pub fn ThreadPanel(
    /// The room.
    room: RoomSummary,
    /// The message that begins the thread.
    thread: MessageId,
    /// The messages and the composer.
    children: Children,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let RoomSummary { id, slug, name, .. } = room;
    let list = Conversation::thread(id, thread);
    load_first(session, list);
    let heading = NodeRef::<html::H2>::new();
    effect(move || {
        // With a keyboard, the composer takes the focus.
        if let Some(heading) = heading.get().filter(|_| is_touch()) {
            let _ = heading.focus();
        }
    });
    let is_in_list = session.address.get_untracked() == Address::View(View::Threads);
    let (back, path) = if is_in_list {
        ("Back to threads".to_owned(), View::Threads.path().to_owned())
    } else {
        (format!("Back to {}", isolate(&name)), Address::Room(slug).path())
    };
    let author = session.select_thread(list, |thread| {
        thread.first.as_ref().map(|first| sender_name(&first.sender))
    });
    let by = dynamic(move || {
        let author = author.get()?;
        Some(view! { ", started by " <bdi>{balance(&author).into_owned()}</bdi> })
    });
    // A link, for pages without the program.
    let go_back = move |event: ev::MouseEvent| {
        if is_plain_click(&event) {
            event.prevent_default();
            session.panel.set(None);
        }
    };
    view! {
        <aside class="panel" aria-label=format!("Thread in {}", isolate(&name))>
            <header class="panel__head">
                <a class="icon-button only-phone" href=path aria-label=back on:click=go_back>
                    <Icon glyph=Glyph::ChevronLeft size="large"/>
                </a>
                <h2 class="panel__title" tabindex="-1" node_ref=heading>
                    "Thread"
                    <span class="panel__place">
                        "in " <bdi>{balance(&name).into_owned()}</bdi> {by}
                    </span>
                </h2>
                <FollowButton list/>
                <button
                    class="icon-button only-wide only-scripted"
                    type="button"
                    aria-label="Close thread"
                    title="Close thread"
                    on:click=click(move |_| session.panel.set(None))
                >
                    <Icon glyph=Glyph::X/>
                </button>
            </header>
            {children()}
        </aside>
    }
}

/// Follows the thread, or no longer.
#[component]
fn FollowButton(list: Conversation) -> impl IntoView {
    let session = expect_context::<Session>();
    let Conversation { room, thread } = list;
    let is_followed =
        session.select(move |model| thread.is_some_and(|thread| model.threads.is_followed(thread)));
    let pressed = Signal::derive(move || if is_followed.get() { "true" } else { "false" });
    let title = Signal::derive(move || {
        if is_followed.get() { "You follow this thread" } else { "Follow this thread" }
    });
    let toggle = move |_| {
        if let Some(thread) = thread {
            session.follow_thread(room, thread, !is_followed.get_untracked());
        }
    };
    view! {
        <button
            class="icon-button only-scripted"
            type="button"
            aria-label="Follow this thread"
            title=title
            aria-pressed=pressed
            on:click=click(toggle)
        >
            {dynamic(move || {
                let glyph = if is_followed.get() { Glyph::Bell } else { Glyph::BellOff };
                view! { <Icon glyph/> }
            })}
        </button>
    }
}

/// Asks the server for the first message of a thread, if the room has it not loaded.
fn load_first(session: Session, list: Conversation) {
    let is_missing = session.select(move |model| {
        let open = model.thread(list);
        open.is_some_and(|thread| thread.first.is_none() && thread.refused.is_none())
            && model.connection == ConnectionState::Current
    });
    effect(move || {
        let Some(id) = list.thread.filter(|_| is_missing.get()) else { return };
        spawn_local(async move {
            match calls::get::<Message>(&format!("/api/messages/{}", id.0)).await {
                Ok(first) => session.set_first(list, first),
                // Without a response, the next connection asks again.
                Err(refusal) if refusal.status == 404 => {
                    session.refuse_thread(list, "This thread is not here any more.".to_owned());
                }
                Err(_) => {}
            }
        });
    });
}
