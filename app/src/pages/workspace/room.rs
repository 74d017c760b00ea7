//! The room in view.

use leptos::{ev, prelude::*};

use crate::{
    features::{
        composer::Composer,
        room::{header::RoomHeader, members::MemberPanel},
        status::{
            connection::ConnectionStatus, outdated::OutdatedNotice, restored::RestoredNotice,
        },
        timeline::{announcer::Announcer, list::MessageList},
    },
    session::{RoomSummary, Scoped as _, Session},
    state::bidi::isolate,
    ui::{
        brand::Mark,
        dynamic::{ShowErased, remount},
        page_title::PageTitle,
    },
};

/// The room at the current address.
#[component]
pub fn RoomView() -> impl IntoView {
    let session = expect_context::<Session>();
    let room = session.room_in_view();
    remount(move || match room.get() {
        Some(room) => view! { <RoomContent room/> }.into_any(),
        None => view! { <NoRoom/> }.into_any(),
    })
}

#[component]
fn RoomContent(room: RoomSummary) -> impl IntoView {
    let session = expect_context::<Session>();
    let close_on_escape = move |event: ev::KeyboardEvent| {
        if event.key() == "Escape" {
            session.panel_open.set(false);
        }
    };
    let panel_room = room.clone();
    let label = isolate(&room.name);
    let is_panel_open = Signal::derive(move || session.panel_open.scoped().get());
    let title = session.title(&room.name);
    view! {
        <PageTitle text=title/>
        <div class="shell__main" role="region" aria-label=label>
            <RoomHeader room=room.clone()/>
            <div class="room">
                <div>
                    <OutdatedNotice/>
                    <RestoredNotice/>
                    <ConnectionStatus/>
                </div>
                <MessageList room=room.clone()/>
            </div>
            <Composer room/>
            <Announcer/>
        </div>
        <ShowErased when=is_panel_open>
            <div class="shell__panel" on:keydown=close_on_escape>
                <MemberPanel room=panel_room.clone()/>
            </div>
        </ShowErased>
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
