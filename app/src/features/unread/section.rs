//! A room with its first unread messages.

use leptos::{ev, html, prelude::*};
use protocol::{Message, Room, RoomId, is_mentioned};

use super::{View, why::Why};
use crate::{
    browser::{focus::focus_element, window::effect},
    page::address::Address,
    session::Session,
    state::{
        bidi::{balance, isolate},
        names::sender_name,
        places::name_of,
        rooms::{format_count, unread_to_user},
        unread::SHOWN,
    },
    ui::{
        avatar::Avatar,
        dynamic::{click, dynamic},
        icon::{Glyph, Icon},
        text::message_text,
    },
};

/// The part of a room that its section shows.
#[derive(Clone, Debug, Default, PartialEq)]
struct Shown {
    room: Room,
    /// The first unread messages; none while they are loading.
    messages: Option<Vec<Message>>,
}

/// A room with its first unread messages.
#[component]
pub fn Section(
    /// The room.
    room: RoomId,
    /// The state of the view.
    view: View,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let shown = session.select(move |model| {
        let Some(known) = model.rooms.find(room).cloned() else { return Shown::default() };
        let preview = model.unread.previews.get(&room);
        let preview = preview.filter(|preview| preview.after == known.read_seq);
        let messages = preview
            .filter(|preview| preview.messages.is_some())
            .map(|preview| preview.unread(model.me.id).take(SHOWN).cloned().collect::<Vec<_>>());
        Shown { room: known, messages }
    });
    let known = Memo::new(move |_| shown.with(|shown| shown.room.clone()));
    let name = Memo::new(move |_| shown.with(|shown| name_of(&shown.room)));
    let is_current = Memo::new(move |_| view.current() == Some(room));
    let active = Signal::derive(move || is_current.get().then_some(""));
    let section = NodeRef::<html::Section>::new();
    // The keys move the focus with the choice.
    effect(move || {
        if view.focused.get() == Some(room)
            && let Some(section) = section.get()
        {
            focus_element(&section);
        }
    });
    let on_focus = move |_: ev::FocusEvent| {
        if view.chosen.get_untracked() != Some(room) {
            view.chosen.set(Some(room));
        }
    };
    let label = Signal::derive(move || isolate(&name.get()));
    view! {
        <section
            class="unread"
            aria-label=label
            data-active=active
            data-room=room.to_string()
            tabindex="-1"
            node_ref=section
            on:focusin=on_focus
        >
            {dynamic(move || head(session, &known.get(), is_current))}
            {dynamic(move || messages(session, shown.get()))}
            <Why room/>
        </section>
    }
}

fn head(session: Session, room: &Room, is_current: Memo<bool>) -> AnyView {
    let id = room.id;
    let path = Address::Room(room.slug.clone()).path();
    let to_user = unread_to_user(room);
    let badge = if to_user > 0 { "badge badge--mention" } else { "badge" };
    let to_user = (to_user > 0 && to_user < room.unread)
        .then(|| view! { <span class="page__count">{format!("{to_user} to you")}</span> });
    let label = format!("Mark {} read", isolate(&name_of(room)));
    let key = dynamic(move || {
        is_current.get().then(|| view! { <kbd class="only-wide" aria-hidden="true">"M"</kbd> })
    });
    let class = Signal::derive(move || {
        if is_current.get() { "button button--small" } else { "button button--quiet button--small" }
    });
    view! {
        <header class="unread__head">
            <h3 class="unread__name">
                <Icon glyph=room.kind.into()/>
                <a href=path><bdi>{balance(&name_of(room)).into_owned()}</bdi></a>
            </h3>
            <span class=badge>
                {format_count(room.unread)} <span class="visually-hidden">" unread"</span>
            </span>
            {to_user}
            <span class="unread__actions only-scripted">
                <button
                    class=class
                    type="button"
                    aria-label=label
                    on:click=click(move |_| session.clear_unread(id))
                >
                    <Icon glyph=Glyph::Check/>
                    "Mark read"
                    {key}
                </button>
            </span>
        </header>
    }
    .into_any()
}

fn messages(session: Session, Shown { room, messages }: Shown) -> AnyView {
    let Some(messages) = messages else {
        return view! {
            <p class="unread__more unread__loading">
                <span class="skeleton" aria-hidden="true"></span>
                <span class="visually-hidden">"Loading messages"</span>
            </p>
        }
        .into_any();
    };
    let username = untrack(|| session.me().username);
    let rest = room.unread.saturating_sub(messages.len() as u64);
    let path = Address::Room(room.slug).path();
    let items = messages.into_iter().map(|message| item(session, message, &username));
    let more = (rest > 0).then(|| {
        view! {
            <p class="unread__more">
                <a href=path>{format!("{} more", format_count(rest))}</a>
            </p>
        }
    });
    view! { <ol role="list">{items.collect_view()}</ol> {more} }.into_any()
}

fn item(session: Session, message: Message, username: &str) -> AnyView {
    let Message { sender, text, sent_at, .. } = message;
    let text = text.unwrap_or_default();
    let when = Signal::derive(move || {
        let clock = session.clock();
        let day = clock.day_name(clock.day(sent_at));
        if day == "Today" { clock.time(sent_at) } else { format!("{day}, {}", clock.time(sent_at)) }
    });
    let name = sender_name(&sender);
    let label = {
        let name = isolate(&name);
        Signal::derive(move || format!("{name}, {}", when.get()))
    };
    let mention = is_mentioned(&text, username).then_some("");
    view! {
        <li class="message" data-first="" data-mention=mention>
            <div class="message__side">
                <Avatar hue=session.own_hue(sender.id) user=sender/>
            </div>
            <article class="message__body" aria-label=label>
                <header class="message__byline">
                    <bdi class="message__author">{balance(&name).into_owned()}</bdi>
                    <time class="message__time" datetime=sent_at.to_string()>{when}</time>
                </header>
                {message_text(&text, None)}
            </article>
        </li>
    }
    .into_any()
}
