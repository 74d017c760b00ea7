//! A room's message list, newest messages last.

use leptos::prelude::*;
use protocol::RoomId;

use super::{
    jump::{JumpToLatest, JumpToNew},
    placeholder::{Beginning, EmptyRoom, RefusedRoom, Skeleton},
    row::Rows,
    strip::Strip,
};
use crate::{
    browser::window::{effect, is_phone},
    session::{RoomSummary, Session},
    state::{room::Phase, timeline::TimelineRow},
    ui::{dynamic::dynamic, scroll::Scroll},
};

/// A room's messages, or a placeholder for them.
#[component]
pub fn MessageList(
    /// The room.
    room: RoomSummary,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let phase = session.select_room(room.id, |room| room.phase.clone());
    let rows = session.rows(room.id);
    let has_more = session.select_room(room.id, |room| room.log.has_more);
    let shown = Memo::new(move |_| {
        let is_empty = rows.with(Vec::is_empty);
        match phase.get() {
            Phase::Refused(reason) => Shown::Refused(reason),
            Phase::Loading if is_empty => Shown::Skeleton,
            Phase::Ready if is_empty && !has_more.get() => Shown::Empty,
            // While the room is loading, the user's own unsent messages are shown already.
            Phase::Loading | Phase::Ready => Shown::Timeline,
        }
    });
    view! {
        <div class="timeline">
            {dynamic(move || match shown.get() {
                Shown::Skeleton => view! { <Skeleton/> <Strip room=room.id/> }.into_any(),
                Shown::Refused(reason) => {
                    view! { <RefusedRoom room=room.id reason rows/> }.into_any()
                }
                Shown::Empty => {
                    view! { <EmptyRoom room=room.clone()/> <Strip room=room.id/> }.into_any()
                }
                Shown::Timeline => view! { <Timeline room=room.clone() rows/> }.into_any(),
            })}
        </div>
    }
}

/// The content of the list. The view is rebuilt only when this changes.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Shown {
    Skeleton,
    Refused(String),
    Empty,
    Timeline,
}

#[component]
fn Timeline(room: RoomSummary, rows: Memo<Vec<TimelineRow>>) -> impl IntoView {
    let session = expect_context::<Session>();
    let scroll = Scroll::new();
    let id = room.id;
    scroll.keep();
    update_on_scroll(session, id, scroll);
    let label = format!("Messages in {}", room.name);
    view! {
        <div
            class="timeline__scroll"
            tabindex="0"
            role="group"
            aria-label=label
            node_ref=scroll.scroller
            on:scroll=move |_| scroll.scrolled()
        >
            <div class="timeline__column" node_ref=scroll.column>
                <Beginning room/>
                <Rows room=id rows/>
            </div>
        </div>
        <Strip room=id>
            <JumpToNew room=id scroll/>
            <JumpToLatest room=id scroll/>
        </Strip>
    }
}

/// Loads older messages in advance. At the end of the list, drops old messages and marks the room
/// as read. Scrolls to the end when the user sends a message.
fn update_on_scroll(session: Session, room: RoomId, scroll: Scroll) {
    let first =
        session.select_room(room, |room| room.log.messages.first().map(|message| message.seq));
    effect(move || {
        let _ = first.get();
        if scroll.near_start.get() {
            session.load_older(room);
        }
    });
    let newest = session.select_room(room, |room| room.log.seq);
    let unread = session.select(move |model| {
        model.rooms.iter().find(|known| known.id == room).map(|room| room.unread)
    });
    effect(move || {
        let (_, _, at_end) = (newest.get(), unread.get(), scroll.at_end.get());
        let is_covered = session.panel_open.get() && is_phone();
        session.set_at_end(room, at_end && !is_covered && session.foreground.get());
        if at_end && !scroll.seeking.get() {
            session.trim(room);
        }
    });
    // Messages sent in another tab do not scroll the list of this one.
    let unsent = session.select(move |model| {
        model.outbox.of(room).filter(|message| message.deferred_until.is_none()).count()
    });
    Effect::new(move |before: Option<usize>| {
        let unsent = unsent.get();
        if before.is_some_and(|before| before < unsent) {
            scroll.to_end();
        }
        unsent
    });
}
