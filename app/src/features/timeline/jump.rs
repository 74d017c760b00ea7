//! Buttons that scroll the message list.

use leptos::prelude::*;
use protocol::RoomId;

use crate::{
    browser::window::effect,
    session::Session,
    state::timeline::TimelineRow,
    ui::{
        dynamic::{ShowErased, click},
        icon::{Glyph, Icon},
        scroll::Scroll,
    },
};

/// Scrolls to the first new message. Shown until the user has seen that message.
#[component]
pub fn JumpToNew(
    /// The room.
    room: RoomId,
    /// The scroll position of its list.
    scroll: Scroll,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let new_after = session.select(move |model| {
        model.read_state.new_after.filter(|_| model.room_in_view == Some(room))
    });
    let rows = session.rows(room);
    let is_loaded = Memo::new(move |_| rows.with(|rows| rows.contains(&TimelineRow::New)));
    let is_older = session.select(move |model| {
        let first = model
            .opened_rooms
            .get(&room)
            .filter(|room| room.log.has_more)
            .and_then(|room| room.log.messages.first());
        first
            .zip(model.read_state.new_after)
            .is_some_and(|(first, new_after)| first.seq > new_after)
    });
    let first =
        session.select_room(room, |room| room.log.messages.first().map(|message| message.seq));
    let (seen, shown) = (RwSignal::new(None), RwSignal::new(false));
    effect(move || {
        let _ = (scroll.moved.get(), first.get());
        if scroll.seeking.get() {
            if is_older.get() {
                session.load_older(room);
            } else {
                scroll.seeking.set(false);
                scroll.to_new();
            }
        }
        if is_loaded.get() && !scroll.is_new_above() {
            seen.set(new_after.get());
        }
        shown.set(seen.get_untracked() != new_after.get() && (is_loaded.get() || is_older.get()));
    });
    let seek = move |_| {
        scroll.seeking.set(true);
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
    /// The room.
    room: RoomId,
    /// The scroll position of its list.
    scroll: Scroll,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let newest = session.select_room(room, |room| room.log.seq);
    let left_at = RwSignal::new(0);
    effect(move || {
        if !scroll.at_end.get() {
            left_at.set(newest.get_untracked());
        }
    });
    let unseen = Memo::new(move |_| {
        let (left_at, me) = (left_at.get(), session.me().id);
        let count = session.select_room_now(room, |room| {
            room.log
                .messages
                .iter()
                .rev()
                .take_while(|message| message.seq > left_at)
                .filter(|message| message.sender.id != me)
                .count()
        });
        count.unwrap_or_default()
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
    let is_away = Signal::derive(move || !scroll.at_end.get());
    let unread = Signal::derive(move || (unseen.get() > 0).then_some(""));
    let jump = move |_| {
        scroll.to_end();
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
