//! A thread in the list of threads.

use leptos::{ev, prelude::*};
use protocol::{
    FollowedThread, MessageId, Quote, RoomId, Sender, Timestamp, UserId, blocks::plain_text,
};

use crate::{
    browser::address::is_plain_click,
    session::Session,
    state::{
        bidi::balance, files::text_or_names, model::Model, names::sender_name, places::name_of,
        rooms::format_count, timeline::format_replies,
    },
    ui::{avatar::Avatar, dynamic::dynamic},
};

/// What the list shows of a thread.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Shown {
    room: RoomId,
    room_name: String,
    author: Sender,
    text: Option<String>,
    at: Timestamp,
    count: u64,
    faces: Vec<Sender>,
    last: Option<Quote>,
    unread: u64,
    mentions: u64,
}

/// A thread: where it is, how it begins, and what is new in it. A click opens it.
#[component]
pub fn ThreadItem(
    /// The message that begins it.
    id: MessageId,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let shown = session.select(move |model| model.threads.find(id).map(|it| shown(model, it)));
    let in_view = session.thread_in_view();
    let current =
        Signal::derive(move || in_view.get().is_some_and(|(_, open)| open == id).then_some("true"));
    view! {
        <li class="thread" aria-current=current>
            {dynamic(move || shown.get().map(|shown| view! { <Content id shown/> }))}
        </li>
    }
}

fn shown(model: &Model, thread: &FollowedThread) -> Shown {
    let FollowedThread { room, message, unread, mentions, last_at, last, .. } = thread;
    let replies = message.replies.as_deref();
    let people = replies.into_iter().flat_map(|replies| &replies.people);
    let find = |user: &UserId| match model.threads.author(*user) {
        Some(author) => Some(author.clone()),
        None => model.user(*user).cloned().map(Sender::from),
    };
    Shown {
        room: *room,
        room_name: model.rooms.find(*room).map(name_of).unwrap_or_default(),
        author: message.sender.clone(),
        text: message
            .text
            .as_deref()
            .map(|text| text_or_names(&plain_text(text, &message.blocks), &message.files)),
        at: *last_at,
        count: replies.map_or(0, |replies| replies.count),
        faces: people.filter_map(find).collect(),
        last: last.as_deref().cloned(),
        unread: *unread,
        mentions: *mentions,
    }
}

#[component]
fn Content(id: MessageId, shown: Shown) -> impl IntoView {
    let session = expect_context::<Session>();
    let Shown { room, room_name, author, text, at, count, faces, last, unread, mentions } = shown;
    let open = move |event: ev::MouseEvent| {
        if is_plain_click(&event) {
            event.prevent_default();
            session.open_thread(room, id);
        }
    };
    let day = Signal::derive(move || {
        let clock = session.clock();
        match clock.day_name(clock.day(at)) {
            day if day == "Today" => clock.time(at),
            day => day,
        }
    });
    let text = match text {
        Some(text) => balance(&text).into_owned(),
        None => "This message was deleted.".to_owned(),
    };
    let badge = (unread > 0).then(|| {
        let class = if mentions > 0 { "badge" } else { "badge badge--soft" };
        view! {
            <span class=class>
                {format_count(unread)}
                <span class="visually-hidden">" new"</span>
            </span>
        }
    });
    let faces: Vec<_> = faces
        .into_iter()
        .map(|user| view! { <Avatar hue=session.own_hue(user.id) user/> })
        .collect();
    let name = balance(&sender_name(&author)).into_owned();
    view! {
        <Avatar hue=session.own_hue(author.id) user=author/>
        <div>
            <p class="thread__place">
                <strong><bdi>{name}</bdi></strong>
                <span>"in " <bdi>{balance(&room_name).into_owned()}</bdi></span>
                <span>{day}</span>
            </p>
            <p class="thread__text" dir="auto">
                <a
                    class="thread__open"
                    href=format!("/rooms/{room}?thread={}", id.0)
                    on:click=open
                >
                    {text}
                </a>
            </p>
            <p class="thread__last">
                <span class="avatar-stack avatar-stack--tiny" aria-hidden="true">{faces}</span>
                {last.map(last_words)}
                {badge}
                <span class="thread__count">{format_replies(count)}</span>
            </p>
        </div>
    }
}

/// The author of the last reply, and its beginning.
fn last_words(Quote { sender, text, file, .. }: Quote) -> AnyView {
    let name = balance(&sender_name(&sender)).into_owned();
    // A message without a text is quoted by the name of its file.
    let text = text.filter(|text| !text.is_empty()).or(file).unwrap_or_default();
    view! {
        <span class="truncate">
            <strong><bdi>{name}</bdi></strong>
            " "
            <bdi>{balance(&text).into_owned()}</bdi>
        </span>
    }
    .into_any()
}
