//! Threads: the panel of one, and the list with the panel beside it.

use leptos::{ev, prelude::*};
use protocol::MessageId;

use super::super::rest::EditHistory;
use crate::{
    features::{
        composer::Composer,
        room::closed::ClosedComposer,
        threads::{ThreadsView, panel::ThreadPanel},
        timeline::{announcer::Announcer, thread::ThreadMessages},
    },
    session::{Panel, RoomSummary, Session},
    state::{access::Access, conversation::Conversation},
    ui::dynamic::{dynamic, remount},
};

/// A thread with its composer, in the panel.
#[component]
pub fn Thread(
    /// The room.
    room: RoomSummary,
    /// The message that begins the thread.
    thread: MessageId,
) -> impl IntoView {
    let list = Conversation::thread(room.id, thread);
    let access = expect_context::<Session>().access(room.id);
    let composer_room = room.clone();
    view! {
        <ThreadPanel room thread>
            <ThreadMessages list/>
            <div class="only-scripted">
                {dynamic(move || {
                    let room = composer_room.clone();
                    match access.get() {
                        Access::Write => view! { <Composer room thread=Some(thread)/> }.into_any(),
                        access => view! { <ClosedComposer room access/> }.into_any(),
                    }
                })}
            </div>
        </ThreadPanel>
    }
}

/// The list of threads, and beside it the one in view.
#[component]
pub fn ThreadsPage() -> impl IntoView {
    let session = expect_context::<Session>();
    let open = session.select(move |model| {
        let (room, thread) = model.thread_in_view?;
        let room = model.rooms.find(room).map(RoomSummary::from)?;
        (session.panel.get() == Some(Panel::Thread(thread))).then_some((room, thread))
    });
    let close_on_escape = move |event: ev::KeyboardEvent| {
        if event.key() == "Escape" && !event.default_prevented() {
            session.panel.set(None);
        }
    };
    view! {
        <ThreadsView/>
        <Announcer/>
        <EditHistory/>
        {remount(move || {
            open.get().map(|(room, thread)| {
                view! {
                    <div class="shell__panel" on:keydown=close_on_escape>
                        <Thread room thread/>
                    </div>
                }
            })
        })}
    }
}
