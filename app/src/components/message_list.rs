//! The messages of a room, the newest at the end.

use leptos::prelude::*;
use protocol::RoomId;

use super::{
    brand::Mark,
    dynamic::{When, click, dynamic, effect},
    icon::{Glyph, Icon},
    invite_link::InviteLink,
    message_row::TimelineRow,
    screen::is_phone,
    scroll::Scroll,
};
use crate::{
    session::{Place, Session},
    state::{room::Phase, timeline::Row},
};

/// A room's messages, or what stands in their place.
#[component]
pub fn MessageList(
    /// The room.
    place: Place,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let phase = session.select_chat(place.id, |chat| chat.phase.clone());
    let rows = session.rows(place.id);
    let has_more = session.select_chat(place.id, |chat| chat.log.has_more);
    let shown = Memo::new(move |_| {
        let is_empty = rows.with(Vec::is_empty);
        match phase.get() {
            Phase::Refused(why) => Shown::Refused(why),
            Phase::Loading if is_empty => Shown::Skeleton,
            Phase::Ready if is_empty && !has_more.get() => Shown::Empty,
            // What was written before the room is here stands where it will be.
            Phase::Loading | Phase::Ready => Shown::Timeline,
        }
    });
    view! {
        <div class="timeline">
            {dynamic(move || match shown.get() {
                Shown::Skeleton => view! { <Skeleton/> }.into_any(),
                Shown::Refused(why) => view! { <Refused room=place.id why rows/> }.into_any(),
                Shown::Empty => view! { <Empty place=place.clone()/> }.into_any(),
                Shown::Timeline => view! { <Timeline place=place.clone() rows/> }.into_any(),
            })}
        </div>
    }
}

/// What stands in the place of a room's messages. As long as it stays the same, so does the view.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Shown {
    Skeleton,
    Refused(String),
    Empty,
    Timeline,
}

#[component]
fn Timeline(place: Place, rows: Memo<Vec<Row>>) -> impl IntoView {
    let session = expect_context::<Session>();
    let scroll = Scroll::new();
    let room = place.id;
    scroll.keep();
    follow(session, room, scroll);
    let label = format!("Messages in {}", place.name);
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
                <Beginning place/>
                <Rows room rows/>
            </div>
        </div>
        <JumpToNew room scroll/>
        <Jump room scroll/>
    }
}

#[component]
fn Rows(room: RoomId, rows: Memo<Vec<Row>>) -> impl IntoView {
    let chips = expect_context::<Session>().chips(room);
    view! {
        <ol role="list" aria-label="Messages">
            <For each=move || rows.get() key=Row::key children=move |row| view! { <TimelineRow row room chips/> }/>
        </ol>
    }
}

/// Loads older messages before they are needed, lets go of old ones at the end, and shows what one just wrote.
fn follow(session: Session, room: RoomId, scroll: Scroll) {
    let first =
        session.select_chat(room, |chat| chat.log.messages.first().map(|message| message.seq));
    effect(move || {
        let _ = first.get();
        if scroll.near_start.get() {
            session.want_older(room);
        }
    });
    let newest = session.select_chat(room, |chat| chat.log.seq);
    let left = session.select(move |model| {
        model.rooms.iter().find(|known| known.id == room).map(|room| room.unread)
    });
    effect(move || {
        let (_, _, at_end) = (newest.get(), left.get(), scroll.at_end.get());
        let is_covered = session.panel.get() && is_phone();
        session.look(room, at_end && !is_covered && session.watched.get());
        if at_end && !scroll.seeking.get() {
            session.trim(room);
        }
    });
    // What another tab wrote is not what this reader just did.
    let unsent = session.select(move |model| {
        model.outbox.of(room).filter(|entry| entry.deferred_until.is_none()).count()
    });
    Effect::new(move |before: Option<usize>| {
        let unsent = unsent.get();
        if before.is_some_and(|before| before < unsent) {
            scroll.to_end();
        }
        unsent
    });
}

/// The way to the first message that was new, until the reader was there.
#[component]
fn JumpToNew(room: RoomId, scroll: Scroll) -> impl IntoView {
    let session = expect_context::<Session>();
    let mark = session
        .select(move |model| model.read_state.new_after.filter(|_| model.open == Some(room)));
    let rows = session.rows(room);
    let is_here = Memo::new(move |_| rows.with(|rows| rows.contains(&Row::New)));
    let is_older = session.select(move |model| {
        let first = model
            .open_rooms
            .get(&room)
            .filter(|chat| chat.log.has_more)
            .and_then(|chat| chat.log.messages.first());
        first.zip(model.read_state.new_after).is_some_and(|(first, mark)| first.seq > mark)
    });
    let first =
        session.select_chat(room, |chat| chat.log.messages.first().map(|message| message.seq));
    let (seen, wanted) = (RwSignal::new(None), RwSignal::new(false));
    effect(move || {
        let _ = (scroll.moved.get(), first.get());
        if scroll.seeking.get() {
            if is_older.get() {
                session.want_older(room);
            } else {
                scroll.seeking.set(false);
                scroll.to_new();
            }
        }
        if is_here.get() && !scroll.is_new_above() {
            seen.set(mark.get());
        }
        wanted.set(seen.get_untracked() != mark.get() && (is_here.get() || is_older.get()));
    });
    let seek = move |_| {
        scroll.seeking.set(true);
        scroll.focus();
    };
    view! {
        <When is=wanted>
            <button class="jump jump--first" type="button" data-unread="" on:click=click(seek)>
                <Icon glyph=Glyph::ArrowUp/>
                "First new message"
            </button>
        </When>
    }
}

/// The way to the end, while it is out of view.
#[component]
fn Jump(room: RoomId, scroll: Scroll) -> impl IntoView {
    let session = expect_context::<Session>();
    let newest = session.select_chat(room, |chat| chat.log.seq);
    let left_at = RwSignal::new(0);
    effect(move || {
        if !scroll.at_end.get() {
            left_at.set(newest.get_untracked());
        }
    });
    let unseen = Memo::new(move |_| {
        let (left_at, me) = (left_at.get(), session.me().id);
        let count = session.select_chat_now(room, |chat| {
            chat.log
                .messages
                .iter()
                .rev()
                .take_while(|message| message.seq > left_at)
                .filter(|m| m.sender.id != me)
                .count()
        });
        count.unwrap_or_default()
    });
    let words = Signal::derive(move || match unseen.get() {
        0 => "Jump to latest".to_owned(),
        1 => "1 new message".to_owned(),
        unseen => format!("{unseen} new messages"),
    });
    let away = Signal::derive(move || !scroll.at_end.get());
    let unread = Signal::derive(move || (unseen.get() > 0).then_some(""));
    let jump = move |_| {
        scroll.to_end();
        scroll.focus();
    };
    view! {
        <When is=away>
            <button class="jump" type="button" data-unread=unread on:click=click(jump)>
                <Icon glyph=Glyph::ArrowDown/>
                {words}
            </button>
        </When>
    }
}

/// Above the first message: where the room begins, or that older ones are on their way.
#[component]
fn Beginning(place: Place) -> impl IntoView {
    let room = place.id;
    let has_more = expect_context::<Session>().select(move |model| {
        model
            .open_rooms
            .get(&room)
            .is_none_or(|chat| chat.log.has_more || chat.phase == Phase::Loading)
    });
    dynamic(move || {
        if has_more.get() {
            view! { <p class="timeline__older">"Older messages"</p> }.into_any()
        } else {
            let words = format!("This is where {} begins.", place.name);
            view! { <p class="timeline__start timeline__start-text">{words}</p> }.into_any()
        }
    })
}

#[component]
fn Empty(place: Place) -> impl IntoView {
    let alone = expect_context::<Session>()
        .select_chat(place.id, |chat| chat.members.is_loaded && chat.members.total <= 1);
    let text = format!("This is {}. Say hello, or bring the others in first.", place.name);
    view! {
        <div class="empty">
            <Mark class="empty__art"/>
            <h3 class="empty__title">"Nobody has said anything yet"</h3>
            <p class="empty__text">{text}</p>
            <When is=alone>
                <p class="empty__note">"Only you so far."</p>
                <InviteLink id="empty-invite"/>
            </When>
        </div>
    }
}

#[component]
fn Refused(room: RoomId, why: String, rows: Memo<Vec<Row>>) -> impl IntoView {
    let any = Signal::derive(move || !rows.with(Vec::is_empty));
    view! {
        <div class="empty" role="alert">
            <Mark class="empty__art" broken=true/>
            <h3 class="empty__title">"This room cannot be shown"</h3>
            <p class="empty__text">{why}</p>
            <p class="empty__actions">
                <a class="button" href="/rooms">"Back to your rooms"</a>
            </p>
        </div>
        <When is=any>
            <div class="timeline__unsent" tabindex="0" role="group" aria-label="What you wrote">
                <Rows room rows/>
            </div>
        </When>
    }
}

#[component]
fn Skeleton() -> impl IntoView {
    let rows = [3, 2, 4, 2, 3].map(|lines| {
        let lines = (0..lines).map(|_| view! { <span class="skeleton"></span> }).collect_view();
        view! {
            <div class="skeleton-row">
                <span class="skeleton skeleton--avatar"></span>
                <div class="skeleton-row__lines">{lines}</div>
            </div>
        }
    });
    view! {
        <div class="timeline__scroll">
            <div class="timeline__column" aria-hidden="true">{rows.collect_view()}</div>
        </div>
        <p class="visually-hidden">"Loading messages"</p>
    }
}
