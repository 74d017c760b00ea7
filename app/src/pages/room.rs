//! `/rooms/{slug}`: a room, with its people beside it on request.

use leptos::{ev, prelude::*};

use crate::{
    components::{
        announcer::Announcer,
        brand::Mark,
        composer::Composer,
        connection_status::{ConnectionStatus, UpdateNotice},
        dynamic::{When, anew},
        member_list::MemberPanel,
        message_list::MessageList,
        page_title::PageTitle,
        room_header::RoomHeader,
    },
    session::{Place, Session},
};

/// The room of the present address.
#[component]
pub fn RoomPage() -> impl IntoView {
    let session = expect_context::<Session>();
    let place = session.place();
    anew(move || match place.get() {
        Some(place) => view! { <OpenRoom place/> }.into_any(),
        None => view! { <NoRoom/> }.into_any(),
    })
}

#[component]
fn OpenRoom(place: Place) -> impl IntoView {
    let session = expect_context::<Session>();
    let close_on_escape = move |event: ev::KeyboardEvent| {
        if event.key() == "Escape" {
            session.panel.set(false);
        }
    };
    let panel_place = place.clone();
    let title = session.title(&place.name);
    view! {
        <PageTitle text=title/>
        <div class="shell__main">
            <RoomHeader place=place.clone()/>
            <div class="room">
                <div>
                    <UpdateNotice/>
                    <ConnectionStatus/>
                </div>
                <MessageList place=place.clone()/>
            </div>
            <Composer place/>
            <Announcer/>
        </div>
        <When is=session.panel>
            <div class="shell__panel" on:keydown=close_on_escape>
                <MemberPanel place=panel_place.clone()/>
            </div>
        </When>
    }
}

#[component]
fn NoRoom() -> impl IntoView {
    let title = expect_context::<Session>().title("Not here");
    view! {
        <PageTitle text=title/>
        <div class="shell__main">
            <div class="empty shell__all">
                <Mark class="empty__art" broken=true/>
                <h2 class="empty__title">"This room is not here"</h2>
                <p class="empty__text">
                    "The address may be wrong, or the room is private and you are not in it. No message was lost."
                </p>
                <p class="empty__actions">
                    <a class="button" href="/rooms">"Back to your rooms"</a>
                </p>
            </div>
        </div>
    }
}
