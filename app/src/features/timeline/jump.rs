//! Buttons that scroll the message list.

use leptos::prelude::*;
use protocol::RoomId;

use super::place::Place;
use crate::{
    browser::window::effect,
    session::Session,
    ui::{
        dynamic::{ShowErased, click},
        icon::{Glyph, Icon},
    },
};

/// Scrolls to the first new message. Shown until the user has seen that message.
#[component]
pub fn JumpToNew(
    /// The room.
    room: RoomId,
    /// The user's place in it.
    place: Place,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let scroll = place.scroll;
    let new_after = session.select(move |model| {
        model.read_state.new_after.filter(|_| model.room_in_view == Some(room))
    });
    let can_go = session.select(move |model| {
        let timeline = model.timeline(room);
        let log = model.opened_rooms.get(&room).map(|room| &room.log);
        let is_older = |new_after| {
            let first = timeline.messages.first();
            log.is_some_and(|log| log.has_older()) && first.is_some_and(|m| m.seq > new_after)
        };
        timeline.first_new().is_some() || model.read_state.new_after.is_some_and(is_older)
    });
    let (seen, shown) = (RwSignal::new(None), RwSignal::new(false));
    effect(move || {
        scroll.moved.track();
        scroll.rendered.track();
        if scroll.has_new() && !scroll.is_new_above() {
            seen.set(new_after.get());
        }
        shown.set(seen.get_untracked() != new_after.get() && can_go.get());
    });
    let seek = move |_| {
        place.go_to_new();
        scroll.focus();
    };
    view! {
        <ShowErased when=shown>
            <button class="jump jump--first" type="button" data-unread="" on:click=click(seek)>
                <Icon glyph=Glyph::ArrowUp/>
                <span>"First new" <span class="jump__rest">" message"</span></span>
            </button>
        </ShowErased>
    }
}

/// Scrolls to the end. Shown while the end is out of view.
#[component]
pub fn JumpToLatest(
    /// The user's place in a room or a thread.
    place: Place,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let (scroll, list) = (place.scroll, place.list());
    let newest = session.select(move |model| model.log(list).map_or(0, |log| log.seq));
    let left_at = RwSignal::new(0);
    effect(move || {
        if !scroll.at_end.get() {
            left_at.set(newest.get_untracked());
        }
    });
    let unseen = Memo::new(move |_| {
        let (left_at, me) = (left_at.get(), session.me().id);
        session.model().with(|model| {
            let newest = model.log(list).map_or(&[][..], |log| &log.messages).iter().rev();
            newest
                .take_while(|message| message.seq > left_at)
                .filter(|message| message.sender.id != me || message.reminder)
                .count()
        })
    });
    let label = Signal::derive(move || match unseen.get() {
        0 => "Jump to latest".to_owned(),
        unseen => format!("{unseen} new"),
    });
    let rest = Signal::derive(move || match unseen.get() {
        0 => "",
        1 => " message",
        _ => " messages",
    });
    let is_away = Signal::derive(move || !scroll.at_end.get() && !place.seeking.get());
    let unread = Signal::derive(move || (unseen.get() > 0).then_some(""));
    let jump = move |_| {
        if list.thread.is_none() {
            session.resume_reading(list.room);
        }
        place.go_to_end();
        scroll.focus();
    };
    view! {
        <ShowErased when=is_away>
            <button class="jump" type="button" data-unread=unread on:click=click(jump)>
                <Icon glyph=Glyph::ArrowDown/>
                <span>{label} <span class="jump__rest">{rest}</span></span>
            </button>
        </ShowErased>
    }
}

/// Scrolls back to where the user was before a jump to a message of the same room.
#[component]
pub fn JumpBack(
    /// The user's place in the room.
    place: Place,
) -> impl IntoView {
    let scroll = place.scroll;
    let can_go = Signal::derive(move || place.came_from.get().is_some());
    let jump = move |_| {
        place.go_back();
        scroll.focus();
    };
    view! {
        <ShowErased when=can_go>
            <button class="jump" type="button" on:click=click(jump)>
                <Icon glyph=Glyph::Undo/>
                <span>"Back" <span class="jump__rest">" to where you were"</span></span>
            </button>
        </ShowErased>
    }
}
