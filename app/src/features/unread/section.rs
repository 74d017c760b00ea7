//! A room or a thread with its first unread messages.

use leptos::{ev, html, prelude::*};
use protocol::{FollowedThread, Message, Room, blocks::plain_text};

use super::{View, why::Why};
use crate::{
    browser::{address::is_plain_click, focus::focus_element, window::effect},
    features::{attachments::message_files, link_previews::link_previews, text::written_text},
    page::address::Address,
    session::Session,
    state::{
        bidi::{balance, isolate},
        conversation::Conversation,
        files::text_or_names,
        model::Unread,
        names::sender_name,
        places::name_of,
        rooms::format_count,
        unread::SHOWN,
    },
    ui::{
        avatar::Avatar,
        dynamic::{click, dynamic},
        icon::{Glyph, Icon},
    },
};

/// The largest number of characters of a thread's first message in its heading.
const TITLE_CHARS: usize = 80;

/// What the heading of a section shows.
#[derive(Clone, Debug, PartialEq)]
struct Head {
    unread: Unread,
    room: Room,
    /// The beginning of the thread, if it is one.
    thread: Option<String>,
}

impl Head {
    /// Returns the name of the room, or the beginning of the thread.
    fn name(&self) -> String {
        self.thread.clone().unwrap_or_else(|| name_of(&self.room))
    }
}

/// A room or a thread with its first unread messages.
#[component]
pub fn Section(
    /// The room or the thread.
    place: Conversation,
    /// The state of the view.
    view: View,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let shown = session.select(move |model| {
        let unread = model.unread_in(place)?;
        let room = model.rooms.find(place.room).cloned()?;
        let thread = place.thread.and_then(|thread| model.threads.find(thread)).map(title);
        Some(Head { unread, room, thread })
    });
    // None while they are loading.
    let messages = session.select(move |model| {
        let after = model.unread_in(place)?.after;
        let preview = model.unread.previews.get(&place);
        let preview = preview.filter(|preview| preview.after == after);
        let messages = preview?.messages.as_ref()?;
        Some(messages.iter().take(SHOWN).cloned().collect::<Vec<_>>())
    });
    let name =
        Memo::new(move |_| shown.with(|shown| shown.as_ref().map(Head::name).unwrap_or_default()));
    let is_current = Memo::new(move |_| view.current() == Some(place));
    let active = Signal::derive(move || is_current.get().then_some(""));
    let section = NodeRef::<html::Section>::new();
    // The keys move the focus with the choice.
    effect(move || {
        if view.focused.get() == Some(place)
            && let Some(section) = section.get()
        {
            focus_element(&section);
        }
    });
    let on_focus = move |_: ev::FocusEvent| {
        if view.chosen.get_untracked() != Some(place) {
            view.chosen.set(Some(place));
        }
    };
    let label = Signal::derive(move || isolate(&name.get()));
    view! {
        <section
            class="unread"
            aria-label=label
            data-active=active
            data-room=place.room.to_string()
            tabindex="-1"
            node_ref=section
            on:focusin=on_focus
        >
            {dynamic(move || shown.get().map(|shown| head(session, &shown, is_current)))}
            {dynamic(move || {
                let count = shown.with(|shown| shown.as_ref().map_or(0, |it| it.unread.count));
                list(session, place, messages.get(), count)
            })}
            <Why place/>
        </section>
    }
}

/// Returns the beginning of a thread.
fn title(thread: &FollowedThread) -> String {
    let Some(text) = &thread.message.text else { return "A deleted message".to_owned() };
    let text = plain_text(text, &thread.message.blocks);
    let text = &text_or_names(&text, &thread.message.files);
    let line = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let mut title: String = line.chars().take(TITLE_CHARS).collect();
    if title.len() < line.len() {
        title.push('…');
    }
    title
}

/// Opens a room, or a thread beside its room, without a reload.
fn open(session: Session, place: Conversation) -> impl Fn(ev::MouseEvent) + 'static {
    move |event| {
        if is_plain_click(&event) {
            event.prevent_default();
            session.open_conversation(place);
        }
    }
}

fn path(session: Session, Conversation { room, thread }: Conversation) -> String {
    let slug = session.model().with_untracked(|model| {
        model.rooms.find(room).map(|room| room.slug.clone()).unwrap_or_default()
    });
    let path = Address::Room(slug).path();
    match thread {
        Some(thread) => format!("{path}?thread={}", thread.0),
        None => path,
    }
}

fn head(session: Session, head: &Head, is_current: Memo<bool>) -> AnyView {
    let Head { unread: Unread { place, count, to_user, .. }, room, thread } = head;
    let (place, to_user) = (*place, *to_user);
    let badge = if to_user > 0 { "badge badge--mention" } else { "badge" };
    let to_user = (to_user > 0 && to_user < *count)
        .then(|| view! { <span class="page__count">{format!("{to_user} to you")}</span> });
    let in_room = thread.as_ref().map(|_| {
        let room = balance(&name_of(room)).into_owned();
        view! { <span class="page__count">"thread in " <bdi>{room}</bdi></span> }
    });
    let glyph = if thread.is_some() { Glyph::MessageSquare } else { room.kind.into() };
    let name = head.name();
    let label = format!("Mark {} read", isolate(&name));
    let key = dynamic(move || {
        is_current.get().then(|| view! { <kbd class="only-wide" aria-hidden="true">"M"</kbd> })
    });
    let class = Signal::derive(move || {
        if is_current.get() { "button button--small" } else { "button button--quiet button--small" }
    });
    view! {
        <header class="unread__head">
            <h3 class="unread__name">
                <Icon glyph/>
                <a class="truncate" href=path(session, place) on:click=open(session, place)>
                    <bdi>{balance(&name).into_owned()}</bdi>
                </a>
            </h3>
            <span class=badge>
                {format_count(*count)} <span class="visually-hidden">" unread"</span>
            </span>
            {in_room}
            {to_user}
            <span class="unread__actions only-scripted">
                <button
                    class=class
                    type="button"
                    aria-label=label
                    on:click=click(move |_| session.clear_unread(&[place]))
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

fn list(
    session: Session,
    place: Conversation,
    messages: Option<Vec<Message>>,
    count: u64,
) -> AnyView {
    let Some(messages) = messages else {
        let is_away = session.select(|model| model.connection.is_away());
        return dynamic(move || {
            if is_away.get() {
                let text = "Shown when you are back online.";
                return view! { <p class="unread__more">{text}</p> }.into_any();
            }
            view! {
                <p class="unread__more unread__loading">
                    <span class="skeleton" aria-hidden="true"></span>
                    <span class="visually-hidden">"Loading messages"</span>
                </p>
            }
            .into_any()
        });
    };
    let username = untrack(|| session.me().username);
    let rest = count.saturating_sub(messages.len() as u64);
    let items = messages.into_iter().map(|message| item(session, message, &username));
    let more = (rest > 0).then(|| {
        view! {
            <p class="unread__more">
                <a href=path(session, place) on:click=open(session, place)>
                    {format!("{} more", format_count(rest))}
                </a>
            </p>
        }
    });
    view! { <ol role="list">{items.collect_view()}</ol> {more} }.into_any()
}

fn item(session: Session, message: Message, username: &str) -> AnyView {
    let mention = (message.mentions(username) && !message.reminder).then_some("");
    let Message { sender, text, blocks, files, link_previews: previews, sent_at, .. } = message;
    let text = text.unwrap_or_default();
    let shown = (!text.is_empty()).then(|| written_text(session, &text, &blocks, None));
    let files = message_files(session, files, sender.clone(), sent_at);
    let previews = link_previews(previews, None::<fn(leptos::ev::MouseEvent)>);
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
                {shown}
                {files}
                {previews}
            </article>
        </li>
    }
    .into_any()
}
