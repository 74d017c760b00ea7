//! What leads from a message to its thread: the line below the first message, and the line above a
//! reply that the room shows too.

use leptos::{ev, prelude::*};
use protocol::{MessageId, RoomId, Sender, ThreadSummary, UserId};

use crate::{
    browser::address::is_plain_click,
    session::Session,
    state::{
        rooms::format_count,
        timeline::{Elsewhere, format_replies},
    },
    ui::{
        avatar::Avatar,
        dynamic::dynamic,
        icon::{Glyph, Icon},
    },
};

/// The replies to a message: faces, their number, how many are new, and the time of the last one.
#[component]
pub fn ThreadLink(
    /// The room.
    room: RoomId,
    /// The message that begins the thread.
    thread: MessageId,
    /// The summary of the replies, if there are any.
    replies: Memo<Option<ThreadSummary>>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let unread = session.unread_in_thread(thread);
    dynamic(move || {
        let ThreadSummary { count, last_at, people } = replies.get()?;
        let when = Signal::derive(move || {
            let clock = session.clock();
            last_at.map(|at| match clock.day_name(clock.day(at)) {
                day if day == "Today" => format!("last at {}", clock.time(at)),
                day => format!("last on {day}"),
            })
        });
        let open = move |event: ev::MouseEvent| open_thread(session, room, thread, &event);
        Some(view! {
            <a
                class="thread-link"
                href=address(room, thread)
                tabindex="-1"
                on:click=open
            >
                <Faces people/>
                {format_replies(count)}
                {dynamic(move || badge(unread.get()))}
                <span class="thread-link__when">{when}</span>
            </a>
        })
    })
}

/// Returns the number of unread replies; a mention stands out.
fn badge((unread, mentions): (u64, u64)) -> Option<impl IntoView> {
    let class = if mentions > 0 {
        "badge thread-link__badge"
    } else {
        "badge badge--soft thread-link__badge"
    };
    (unread > 0).then(|| {
        view! {
            <span class=class>
                {format_count(unread)}
                <span class="visually-hidden">" new"</span>
            </span>
        }
    })
}

/// The last authors of a thread, as far as the page knows them.
#[component]
fn Faces(people: Vec<UserId>) -> impl IntoView {
    let session = expect_context::<Session>();
    let faces = session.select(move |model| {
        let known = people.iter().filter_map(|id| model.user(*id));
        known.cloned().map(Sender::from).collect::<Vec<_>>()
    });
    view! {
        <span class="avatar-stack avatar-stack--tiny" aria-hidden="true">
            <For
                each=move || faces.get()
                key=|user| (user.id, user.name.clone(), user.picture.clone())
                let:user
            >
                <Avatar hue=session.hue(user.id) user/>
            </For>
        </span>
    }
}

/// Returns what tells where else a reply is shown.
pub(super) fn view_elsewhere(room: RoomId, elsewhere: Elsewhere) -> Option<AnyView> {
    let session = expect_context::<Session>();
    match elsewhere {
        Elsewhere::Nowhere => None,
        Elsewhere::Room => Some(
            view! {
                <p class="message__mark"><Icon glyph=Glyph::Hash/> "Also in the room"</p>
            }
            .into_any(),
        ),
        Elsewhere::Thread(thread) => {
            let open = move |event: ev::MouseEvent| open_thread(session, room, thread, &event);
            let view = view! {
                <a class="reply" href=address(room, thread) tabindex="-1" on:click=open>
                    <Icon glyph=Glyph::Messages/>
                    <span class="reply__text">"In a thread"</span>
                </a>
            };
            Some(view.into_any())
        }
    }
}

/// Returns the address of a thread, for pages without the program.
fn address(room: RoomId, thread: MessageId) -> String {
    format!("/rooms/{room}?thread={}", thread.0)
}

fn open_thread(session: Session, room: RoomId, thread: MessageId, event: &ev::MouseEvent) {
    if is_plain_click(event) {
        event.prevent_default();
        session.open_thread(room, thread);
    }
}
