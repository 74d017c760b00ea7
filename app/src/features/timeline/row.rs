//! A message in the list. Its elements stay while the message changes.

use leptos::prelude::*;
use protocol::{MessageId, RoomId, Sender, Timestamp, User, is_mentioned};

use super::{
    actions::{MessageActions, MessageTarget},
    note::MessageNote,
    reactions::Reactions,
};
use crate::{
    session::{Scoped as _, Session},
    state::{
        bidi::{balance, isolate, split_mentions},
        names::Handles,
        timeline::{MessageRow, TimelineRow},
    },
    ui::{avatar::Avatar, dynamic::dynamic, name::Handle},
};

/// A message.
#[component]
pub fn MessageItem(
    /// Its row at first.
    first: MessageRow,
    /// The room.
    room: RoomId,
    /// The rows of the list, which show the message from now on.
    rows: Memo<Vec<TimelineRow>>,
    /// The usernames to show beside names.
    handles: Memo<Handles>,
    /// The message to which Tab leads.
    stop: Memo<Option<MessageId>>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let me = untrack(|| session.me());
    let (id, sender) = (first.id, first.sender.clone());
    let mine = sender.id == me.id;
    let target = MessageTarget { room, id, mine, deletable: mine || me.role.may_delete() };
    let row = Memo::new(move |_| {
        rows.scoped()
            .with(|rows| rows.iter().find_map(|row| row.message(id)).cloned())
            .unwrap_or_else(|| first.clone())
    });

    let at = Memo::new(move |_| row.with(|row| row.at));
    let time = Signal::derive(move || session.clock().time(at.get()));
    let label = {
        let sender = sender.clone();
        Signal::derive(move || {
            let name = handles.scoped().with(|handles| handles.name_of(&sender));
            format!("{}, {}", isolate(&name), time.get())
        })
    };
    let handle = {
        let Sender { id, username, .. } = sender.clone();
        Signal::derive(move || {
            username
                .clone()
                .or_else(|| handles.scoped().with(|handles| handles.get(id).map(str::to_owned)))
        })
    };
    let starts_group = Memo::new(move |_| row.with(|row| row.starts_group));
    let side = {
        let sender = sender.clone();
        dynamic(move || {
            if starts_group.get() {
                view! { <Avatar hue=session.hue(sender.id) user=sender.clone()/> }.into_any()
            } else {
                view! { <span class="message__side-time"><Time at time/></span> }.into_any()
            }
        })
    };
    let byline = dynamic(move || {
        starts_group.get().then(|| view! { <Byline sender=sender.clone() handle at time/> })
    });
    let seq = Signal::derive(move || row.with(|row| row.seq.map(|seq| seq.to_string())));
    let is_first = Signal::derive(move || starts_group.get().then_some(""));
    let state = Signal::derive(move || row.with(|row| row.state.as_str()));
    let in_log = Memo::new(move |_| row.with(MessageRow::is_in_log));
    let text = Memo::new(move |_| {
        row.with(|row| (row.text.clone(), row.edited_at, row.deleted_by.clone()))
    });
    let mentions_me = {
        let username = me.username.clone();
        Signal::derive(move || {
            let is_mention = |text: &Option<String>| {
                text.as_deref().is_some_and(|text| is_mentioned(text, &username))
            };
            (!mine && text.with(|(text, ..)| is_mention(text))).then_some("")
        })
    };
    let reactions = Memo::new(move |_| {
        row.with(|row| if row.is_in_log() { row.reactions.clone() } else { Vec::new() })
    });
    let note = Memo::new(move |_| row.with(|row| (row.state.clone(), row.update.clone())));
    let actions = dynamic(move || in_log.get().then(|| view! { <MessageActions target/> }));
    let active = Signal::derive(move || {
        (session.active.scoped().get() == Some(id) && in_log.get()).then_some("")
    });
    let tab_index =
        Signal::derive(move || if stop.scoped().get() == Some(id) { "0" } else { "-1" });
    view! {
        <li
            class="message"
            tabindex=tab_index
            data-id=id.0.to_string()
            data-seq=seq
            data-first=is_first
            data-state=state
            data-mention=mentions_me
            data-active=active
        >
            <div class="message__side">{side}</div>
            <article class="message__body" aria-label=label>
                {byline}
                {dynamic(move || match text.get() {
                    (Some(text), edited_at, _) => {
                        view! { <MessageText text edited_at/> }.into_any()
                    }
                    (None, _, by) => deletion(by, &me, handles),
                })}
                <Reactions target reactions/>
                {dynamic(move || {
                    let (state, update) = note.get();
                    view! { <MessageNote id state update/> }
                })}
            </article>
            {actions}
        </li>
    }
}

/// The author and the time of the first message of a group.
#[component]
fn Byline(
    sender: Sender,
    handle: Signal<Option<String>>,
    at: Memo<Timestamp>,
    time: Signal<String>,
) -> impl IntoView {
    view! {
        <header class="message__byline">
            <bdi class="message__author">{balance(&sender.name).into_owned()}</bdi>
            <Handle username=handle/>
            <span class="message__time"><Time at time/></span>
        </header>
    }
}

#[component]
fn Time(at: Memo<Timestamp>, time: Signal<String>) -> impl IntoView {
    let datetime = Signal::derive(move || at.get().to_string());
    view! { <time datetime=datetime>{time}</time> }
}

#[component]
fn MessageText(text: String, edited_at: Option<Timestamp>) -> impl IntoView {
    let session = expect_context::<Session>();
    let edited = edited_at.map(|at| {
        let clock = move || session.clock();
        let title = Signal::derive(move || {
            format!("{}, {}", clock().day_name(clock().day(at)), clock().time(at))
        });
        view! { <span class="message__edited" title=title>" edited"</span> }
    });
    let pieces = split_mentions(&text).into_iter().map(|(piece, is_mention)| {
        if is_mention { view! { <bdi>{piece}</bdi> }.into_any() } else { piece.into_any() }
    });
    view! {
        <div class="prose">
            <p dir="auto">
                <span class="message__text">{pieces.collect_view()}</span>
                {edited}
            </p>
        </div>
    }
}

/// Returns what stands in place of a deleted message.
fn deletion(by: Option<Sender>, me: &User, handles: Memo<Handles>) -> AnyView {
    match by {
        Some(by) if by.id == me.id => view! { <p>"You deleted this message."</p> }.into_any(),
        Some(by) => {
            let name = move || handles.scoped().with(|handles| handles.name_of(&by));
            let name = Signal::derive(move || balance(&name()).into_owned());
            view! { <p><bdi>{name}</bdi>" deleted this message."</p> }.into_any()
        }
        None => view! { <p>"This message was deleted."</p> }.into_any(),
    }
}
