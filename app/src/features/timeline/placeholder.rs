//! The line above a room's messages, and the views that are shown if there are none.

use leptos::prelude::*;
use protocol::{RoomId, RoomKind};

use super::{place::Place, rows::Rows};
use crate::{
    features::{invite::InviteLink, room::add_people},
    session::{RoomSummary, Session},
    state::{access::Access, bidi::isolate, room::Phase},
    ui::{
        brand::Mark,
        dynamic::{ShowErased, dynamic},
    },
};

/// The slug of the room in which everybody begins.
const FIRST_ROOM: &str = "general";

/// The line above the first message: the beginning of the room, or a note that older messages are
/// being loaded.
#[component]
pub fn Beginning(
    /// The room.
    room: RoomSummary,
    /// True if the first loaded message is rendered.
    is_first: Memo<bool>,
) -> impl IntoView {
    let RoomSummary { id, slug, kind, .. } = room;
    let session = expect_context::<Session>();
    let name = session.room_name(id);
    let invites = invites_to(session, id, &slug);
    let has_older = session.select(move |model| {
        let room = model.opened_rooms.get(&id);
        room.is_none_or(|room| room.log.has_older() || room.phase == Phase::Loading)
    });
    let has_more = Memo::new(move |_| has_older.get() || !is_first.get());
    let is_loading = session.select_room(id, |room| room.log.wants_older);
    let is_away = session.select(|model| model.connection.is_away());
    let is_notes = session.select(move |model| {
        let room = model.rooms.find(id);
        room.is_some_and(|room| room.people.as_ref().is_some_and(Vec::is_empty))
    });
    dynamic(move || {
        if has_more.get() {
            let text = match (is_loading.get(), is_away.get()) {
                (true, true) => "Older messages appear once the connection is back",
                (true, false) => "Loading older messages",
                (false, _) => "Older messages",
            };
            view! { <p class="timeline__older">{text}</p> }.into_any()
        } else {
            let name = isolate(&name.get());
            let text = match kind {
                RoomKind::Direct if is_notes.get() => "This is where your notes begin.".to_owned(),
                RoomKind::Direct => format!("This is where your messages with {name} begin."),
                RoomKind::Public | RoomKind::Private => format!("This is where {name} begins."),
            };
            view! {
                <div class="timeline__start">
                    <p class="timeline__start-text">{text}</p>
                    <ShowErased when=invites><InviteLink id="start-invite"/></ShowErased>
                </div>
            }
            .into_any()
        }
    })
}

/// Returns whether the user is alone in the first room and may invite others. Everybody is in this
/// room, so that whoever is missing has no account yet.
fn invites_to(session: Session, id: RoomId, slug: &str) -> Memo<bool> {
    let is_first = slug == FIRST_ROOM;
    let is_alone = is_alone(session, id);
    let may_invite = session.select(|model| model.me.role.may_invite());
    Memo::new(move |_| is_first && is_alone.get() && may_invite.get())
}

fn is_alone(session: Session, id: RoomId) -> Memo<bool> {
    session.select_room(id, |room| room.members.is_loaded && room.members.total <= 1)
}

/// A room without messages.
#[component]
pub fn EmptyRoom(
    /// The room.
    room: RoomSummary,
) -> impl IntoView {
    let RoomSummary { id, slug, kind, .. } = room;
    let is_public = kind == RoomKind::Public;
    let session = expect_context::<Session>();
    let name = session.room_name(id);
    let is_alone = is_alone(session, id);
    let invites = invites_to(session, id, &slug);
    let can_invite = !session.registration_closed;
    let access = session.access(id);
    let text = move || {
        let name = isolate(&name.get());
        match (access.get(), invites.get() && can_invite, is_alone.get() && is_public) {
            (Access::Archived | Access::Alone, ..) => format!("This is {name}."),
            (Access::Preview, ..) => format!("This is {name}. Join it to say hello."),
            (_, true, _) => format!("This is {name}. Say hello, or bring the others in first."),
            (_, _, true) => format!("This is {name}. Say hello: others find it in their list."),
            _ => format!("This is {name}. Say hello."),
        }
    };
    view! {
        <div class="empty" id="messages" tabindex="-1">
            <Mark class="empty__art"/>
            <h3 class="empty__title">"Nobody has said anything yet"</h3>
            <p class="empty__text">{text}</p>
            <ShowErased when=is_alone>
                <p class="empty__note">"Only you so far."</p>
                <ShowErased when=invites><InviteLink id="empty-invite"/></ShowErased>
                {(kind == RoomKind::Private).then(add_people)}
            </ShowErased>
        </div>
    }
}

/// Shown in place of the messages of a room that is neither loaded nor on this device.
#[component]
pub fn AwayRoom() -> impl IntoView {
    view! {
        <div class="empty" id="messages" tabindex="-1">
            <Mark class="empty__art" broken=true/>
            <h3 class="empty__title">"Not on this device"</h3>
            <p class="empty__text">
                "This device has the rooms that you opened last. The messages of this one appear \
                 once the connection is back."
            </p>
        </div>
    }
}

/// A room that the server refused, with the user's unsent messages.
#[component]
pub fn RefusedRoom(
    /// The room.
    room: RoomId,
    /// The reason that the server gave.
    reason: String,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let place = Place::new(session, room);
    let rows = session.rows(room, place.window());
    let has_rows = Signal::derive(move || !rows.with(Vec::is_empty));
    view! {
        <div class="empty" id="messages" tabindex="-1" role="alert">
            <Mark class="empty__art" broken=true/>
            <h3 class="empty__title">"This room cannot be shown"</h3>
            <p class="empty__text">{reason}</p>
            <p class="empty__actions">
                <a class="button" href="/rooms">"Back to your rooms"</a>
            </p>
        </div>
        <ShowErased when=has_rows>
            <div class="timeline__unsent" tabindex="0" role="group" aria-label="Unsent messages">
                <Rows room rows place/>
            </div>
        </ShowErased>
    }
}

/// A room that is loading.
#[component]
pub fn Skeleton() -> impl IntoView {
    view! {
        <div class="timeline__scroll" id="messages" tabindex="-1"><SkeletonRows/></div>
        <p class="visually-hidden">"Loading messages"</p>
    }
}

/// Messages that are loading.
#[component]
pub fn SkeletonRows() -> impl IntoView {
    let rows = [3, 2, 4, 2, 3].map(|lines| {
        let lines = (0..lines).map(|_| view! { <span class="skeleton"></span> }).collect_view();
        view! {
            <div class="skeleton-row">
                <span class="skeleton skeleton--avatar"></span>
                <div class="skeleton-row__lines">{lines}</div>
            </div>
        }
    });
    view! { <div class="timeline__column" aria-hidden="true">{rows.collect_view()}</div> }
}
