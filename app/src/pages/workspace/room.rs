//! The room in view.

use leptos::{ev, prelude::*};
use protocol::RoomKind;

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
    let seen = session.seen_room();
    // Another name or address does not replace the view.
    let id = Memo::new(move |_| {
        seen.with(|seen| (seen.room.as_ref().map(|room| room.id), seen.is_here))
    });
    remount(move || {
        id.with(|_| ());
        let seen = seen.get_untracked();
        match seen.room {
            Some(room) if seen.is_here => view! { <RoomContent room/> }.into_any(),
            lost => view! { <NoRoom lost/> }.into_any(),
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

/// In place of a room that the user cannot see.
#[component]
fn NoRoom(
    /// The room, if the page has shown it.
    lost: Option<RoomSummary>,
) -> impl IntoView {
    // Who was just reading it is told at once.
    let role = lost.is_some().then_some("alert");
    let (heading, text) = match lost {
        Some(room) => (
            no_room_heading(Some(&room)),
            match room.kind {
                RoomKind::Direct => "It comes back with its next message.",
                RoomKind::Public | RoomKind::Private => {
                    "You left it, or somebody removed you. Who is in it can add you again. No \
                     message was lost."
                }
            },
        ),
        None => (
            no_room_heading(None),
            "The address may be wrong, or the room is private and you are not a member of it. No \
             message was lost.",
        ),
    };
    let title = expect_context::<Session>().title(&heading);
    view! {
        <PageTitle text=title/>
        <div class="shell__main" id="content" tabindex="-1">
            <div class="empty shell__all" role=role>
                <Mark class="empty__art" broken=true/>
                <h2 class="empty__title">{heading}</h2>
                <p class="empty__text">{text}</p>
                <p class="empty__actions">
                    <a class="button" href="/rooms">"Back to your rooms"</a>
                </p>
            </div>
        </div>
    }
}

/// Returns the heading in place of a room that the user cannot see, or no longer.
pub(super) fn no_room_heading(lost: Option<&RoomSummary>) -> String {
    match lost {
        Some(room) if room.kind == RoomKind::Direct => "This conversation is hidden".to_owned(),
        Some(room) => format!("You are no longer in {}", isolate(&room.name)),
        None => "Room not found".to_owned(),
    }
}
