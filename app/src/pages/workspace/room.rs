//! The room in view.

use leptos::{ev, prelude::*};

use super::{
    super::rest::{EditHistory, Part, part},
    threads::Thread,
};
use crate::{
    features::{
        composer::Composer,
        room::{closed::ClosedComposer, header::RoomHeader},
        status::{
            connection::ConnectionStatus, outdated::OutdatedNotice, restored::RestoredNotice,
        },
        timeline::{announcer::Announcer, list::MessageList},
    },
    session::{Panel, RoomSummary, Scoped as _, Session},
    state::{access::Access, bidi::isolate},
    ui::{
        brand::Mark,
        dynamic::{dynamic, remount},
        page_title::PageTitle,
    },
};

/// The room at the current address.
#[component]
pub fn RoomView() -> impl IntoView {
    let session = expect_context::<Session>();
    let room = session.room_in_view();
    // Another name or address does not replace the view.
    let id = Memo::new(move |_| room.with(|room| room.as_ref().map(|room| room.id)));
    remount(move || {
        id.with(|_| ());
        match room.get_untracked() {
            Some(room) => view! { <RoomContent room/> }.into_any(),
            None => view! { <NoRoom/> }.into_any(),
        }
    })
}

#[component]
fn RoomContent(room: RoomSummary) -> impl IntoView {
    let session = expect_context::<Session>();
    let close_on_escape = move |event: ev::KeyboardEvent| {
        if event.key() == "Escape" && !event.default_prevented() {
            session.panel.set(None);
        }
    };
    let panel_room = room.clone();
    let id = room.id;
    let shown = session.select(move |model| {
        let thread = model.thread_in_view.filter(|(room, _)| *room == id).map(|(_, id)| id);
        let panel = session.panel.scoped().get();
        panel.filter(|panel| !matches!(panel, Panel::Thread(id) if thread != Some(*id)))
    });
    let name = session.room_name(room.id);
    let label = Signal::derive(move || isolate(&name.get()));
    let access = session.access(room.id);
    let composer_room = room.clone();
    view! {
        {dynamic(move || {
            let title = session.title(&name.get());
            view! { <PageTitle text=title/> }
        })}
        <div class="shell__main" role="region" aria-label=label>
            <RoomHeader room=room.clone()/>
            <div class="room">
                <div>
                    <OutdatedNotice/>
                    <RestoredNotice/>
                    <ConnectionStatus/>
                </div>
                <MessageList room/>
            </div>
            {dynamic(move || {
                let room = composer_room.clone();
                match access.get() {
                    Access::Write => view! { <Composer room/> }.into_any(),
                    access => view! { <ClosedComposer room access/> }.into_any(),
                }
            })}
            <Announcer/>
            <EditHistory/>
        </div>
        {remount(move || {
            let room = panel_room.clone();
            let panel = match shown.get()? {
                Panel::Members => part(Part::Members(room)),
                Panel::About => part(Part::About(room)),
                Panel::Thread(thread) => view! { <Thread room thread/> }.into_any(),
                Panel::Pins => part(Part::Pins(room)),
                Panel::Files => part(Part::Files(room)),
            };
            Some(view! { <div class="shell__panel" on:keydown=close_on_escape>{panel}</div> })
        })}
    }
}

#[component]
fn NoRoom() -> impl IntoView {
    let title = expect_context::<Session>().title("Room not found");
    view! {
        <PageTitle text=title/>
        <div class="shell__main" id="content" tabindex="-1">
            <div class="empty shell__all">
                <Mark class="empty__art" broken=true/>
                <h2 class="empty__title">"Room not found"</h2>
                <p class="empty__text">
                    "The address may be wrong, or the room is private and you are not a member of \
                    it. No message was lost."
                </p>
                <p class="empty__actions">
                    <a class="button" href="/rooms">"Back to your rooms"</a>
                </p>
            </div>
        </div>
    }
}
