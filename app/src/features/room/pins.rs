//! The pinned messages of a room: the button that opens their panel, and the panel.

use leptos::prelude::*;
use protocol::{Message, RoomId};

use crate::{
    features::{attachments::message_files, text::written_text},
    session::{Panel, RoomSummary, Session},
    state::{
        bidi::{balance, isolate},
        names::{Handles, sender_name},
    },
    ui::{
        avatar::Avatar,
        button::small_button,
        dynamic::{ShowErased, click, dynamic},
        icon::{Glyph, Icon},
        panel::PanelFrame,
    },
};

/// The button that opens the panel, if there are pinned messages.
#[component]
pub fn PinsButton(
    /// The room.
    room: RoomId,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let count = session.select_room(room, |room| room.pins.messages.as_ref().map_or(0, Vec::len));
    let is_open = Memo::new(move |_| session.panel.get() == Some(Panel::Pins));
    let shown = Signal::derive(move || count.get() > 0 || is_open.get());
    let button = NodeRef::<leptos::html::Button>::new();
    Effect::new(move |was_open: Option<bool>| {
        if let (Some(true), false, Some(button)) = (was_open, is_open.get(), button.get()) {
            let _ = button.focus(); // the panel that had the focus is gone
        }
        is_open.get()
    });
    let expanded = Signal::derive(move || if is_open.get() { "true" } else { "false" });
    let noun = Signal::derive(move || match count.get() {
        1 => " pinned message",
        _ => " pinned messages",
    });
    view! {
        <ShowErased when=shown>
            <button
                class="icon-button room-header__people only-scripted"
                type="button"
                title="Pinned messages"
                aria-expanded=expanded
                node_ref=button
                on:click=click(move |_| session.toggle(Panel::Pins))
            >
                <Icon glyph=Glyph::Pin/>
                <span>
                    {move || count.get()}
                    <span class="visually-hidden">{noun}</span>
                </span>
            </button>
        </ShowErased>
    }
}

/// The panel with the pinned messages of a room.
#[component]
pub fn PinsPanel(
    /// The room.
    room: RoomSummary,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let close = Callback::new(move |()| session.panel.set(None));
    let id = room.id;
    let pins = session.select(move |model| {
        let pins = model.opened_rooms.get(&id)?.pins.messages.as_ref()?;
        // A pin that is being taken away is gone at once.
        let is_shown = |message: &&Message| model.updates.pin(message.id) != Some(false);
        Some(pins.iter().filter(is_shown).cloned().collect::<Vec<_>>())
    });
    let is_away = session.select(|model| model.connection.is_away());
    let is_writable =
        session.select(move |model| model.rooms.find(id).is_some_and(|room| !room.archived));
    let handles = session.handles(id);
    let content = dynamic(move || match pins.get() {
        None if is_away.get() => {
            view! { <p class="panel__hint">"Shown when you are back online."</p> }.into_any()
        }
        None => view! { <p class="panel__hint" role="status">"Loading"</p> }.into_any(),
        Some(pins) if pins.is_empty() => view! {
            <p class="panel__hint">
                "Nothing is pinned. What is pinned stands here for everyone in the room."
            </p>
        }
        .into_any(),
        Some(pins) => {
            let items = pins.into_iter().map(|message| {
                view! { <Pinned message handles is_writable=is_writable.get()/> }
            });
            view! {
                <ul class="pins" role="list" aria-label="Pinned messages">
                    {items.collect_view()}
                </ul>
            }
            .into_any()
        }
    });
    view! { <PanelFrame title="Pinned" place=room.name close>{content}</PanelFrame> }
}

/// A pinned message, with a way to its place.
#[component]
fn Pinned(message: Message, handles: Memo<Handles>, is_writable: bool) -> impl IntoView {
    let session = expect_context::<Session>();
    let Message { id, room, seq, sender, text, blocks, files, sent_at, pinned_by, .. } = message;
    let text = text.unwrap_or_default();
    let shown = (!text.is_empty()).then(|| written_text(session, &text, &blocks, None));
    let files = message_files(session, files, sender.clone(), sent_at);
    let when = Signal::derive(move || {
        let clock = session.clock();
        format!("{}, {}", clock.day_name(clock.day(sent_at)), clock.time(sent_at))
    });
    let label = {
        let name = isolate(&sender_name(&sender));
        Signal::derive(move || format!("{name}, {}", when.get()))
    };
    let by = pinned_by.filter(|by| !by.name.is_empty()).map(|by| {
        let name = move || balance(&handles.with(|handles| handles.name_of(&by))).into_owned();
        view! { <p class="message__mark">"Pinned by " <bdi>{name}</bdi></p> }
    });
    let jump = move |_| {
        if crate::browser::window::is_phone() {
            session.panel.set(None);
        }
        session.show_message(room.into(), id, seq);
    };
    let unpin = is_writable
        .then(|| small_button("Unpin", "button--quiet", move |_| session.toggle_pin(room, id)));
    let author = balance(&sender.name).into_owned();
    view! {
        <li class="message pins__item">
            <div class="message__side">
                <Avatar hue=session.hue(sender.id) user=sender/>
            </div>
            <article class="message__body" aria-label=label>
                <header class="message__byline">
                    <bdi class="message__author">{author}</bdi>
                    <time class="message__time" datetime=sent_at.to_string()>{when}</time>
                </header>
                {shown}
                {files}
                {by}
                <p class="pins__actions">{small_button("Show in room", "", jump)} {unpin}</p>
            </article>
        </li>
    }
}
