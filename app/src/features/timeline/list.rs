//! A room's message list, newest messages last.

use leptos::prelude::*;
use protocol::RoomId;

use super::{
    jump::{JumpBack, JumpToLatest, JumpToNew},
    place::Place,
    placeholder::{AwayRoom, Beginning, EmptyRoom, RefusedRoom, Skeleton},
    rows::{Rows, is_toolbar_focused},
    strip::Strip,
};
use crate::{
    browser::{
        clock,
        focus::{has_choices, is_in_dialog},
        keyboard::{is_plain, on_key_first},
        window::effect,
    },
    session::{RoomSummary, Session},
    state::{bidi::isolate, room::Phase, timeline::Timeline},
    ui::dynamic::dynamic,
};

/// The time after entering a room in which its read position can be put back, in milliseconds.
const PUT_BACK_MS: i64 = 10_000;

/// A room's messages, or a placeholder for them.
#[component]
pub fn MessageList(
    /// The room.
    room: RoomSummary,
) -> impl IntoView {
    let shown = shown(expect_context::<Session>(), room.id);
    view! {
        <div class="timeline">
            {dynamic(move || match shown.get() {
                Shown::Skeleton => view! { <Skeleton/> <Strip place=room.id/> }.into_any(),
                Shown::Away => view! { <AwayRoom/> <Strip place=room.id/> }.into_any(),
                Shown::Refused(reason) => view! { <RefusedRoom room=room.id reason/> }.into_any(),
                Shown::Empty => {
                    view! { <EmptyRoom room=room.clone()/> <Strip place=room.id/> }.into_any()
                }
                Shown::Timeline => view! { <TimelineView room=room.clone()/> }.into_any(),
            })}
        </div>
    }
}

/// The content of the list. The view is rebuilt only when this changes.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Shown {
    Skeleton,
    Away,
    Refused(String),
    Empty,
    Timeline,
}

fn shown(session: Session, room: RoomId) -> Memo<Shown> {
    session.select(move |model| {
        let open = model.opened_rooms.get(&room);
        let is_empty = model.timeline(room).is_empty();
        match open.map(|open| &open.phase) {
            Some(Phase::Refused(reason)) => Shown::Refused(reason.clone()),
            None | Some(Phase::Loading) if is_empty => {
                let is_away = model.connection.is_away();
                let is_missing = is_away && open.is_some_and(|open| open.has_no_copy);
                if is_missing { Shown::Away } else { Shown::Skeleton }
            }
            Some(Phase::Ready) if is_empty && open.is_some_and(|open| !open.log.has_more) => {
                Shown::Empty
            }
            // While the room is loading, the user's own unsent messages are shown already.
            None | Some(Phase::Loading | Phase::Ready) => Shown::Timeline,
        }
    })
}

#[component]
fn TimelineView(room: RoomSummary) -> impl IntoView {
    let session = expect_context::<Session>();
    let place = Place::new(session, room.id);
    let scroll = place.scroll;
    place.start();
    let rows = session.rows(room.id, place.window());
    let name = session.room_name(room.id);
    let label = Signal::derive(move || format!("Messages in {}", isolate(&name.get())));
    let (id, window) = (room.id, place.window());
    effect(move || put_back_on_escape(session));
    let is_first = session.select(move |model| {
        let Timeline { messages, .. } = model.timeline(id);
        window.get().range(messages).start == 0
    });
    view! {
        <div
            class="timeline__scroll"
            id="messages"
            tabindex="-1"
            role="group"
            aria-label=label
            node_ref=scroll.scroller
            on:scroll=move |_| scroll.scrolled()
        >
            <div class="timeline__column" node_ref=scroll.column>
                <Beginning room is_first/>
                <Rows room=id rows place/>
            </div>
        </div>
        <Strip place=id>
            <JumpBack place/>
            <JumpToNew room=id place/>
            <JumpToLatest place/>
        </Strip>
    }
}

/// Right after the user entered a room, Escape makes it unread again.
fn put_back_on_escape(session: Session) {
    let until = clock::elapsed_ms() + PUT_BACK_MS;
    on_key_first(move |event| {
        let is_free = || {
            session.editing.get_untracked().is_none()
                && session.reply_to.get_untracked().is_none()
                && !is_toolbar_focused()
                && !has_choices()
                && session.panel.get_untracked().is_none()
                && !is_in_dialog()
        };
        if event.key() == "Escape"
            && is_plain(event)
            && is_free()
            && clock::elapsed_ms() < until
            && session.put_back()
        {
            event.prevent_default();
            event.stop_propagation();
        }
    });
}
