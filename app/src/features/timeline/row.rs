//! A message in the list. Its elements stay while the message changes.

use leptos::prelude::*;
use protocol::{
    Block, MessageId, Sender, Timestamp, User, UserStatus, blocks::plain_text, mentioned,
};

use super::{
    actions::{MessageActions, MessageTarget},
    note::MessageNote,
    quote::ReplyLine,
    reactions::Reactions,
    rows::row_of,
    thread_link::{ThreadLink, view_elsewhere},
};
use crate::{
    browser::focus::focus_in_place,
    features::{
        attachments::{message_files, pending_files},
        link_previews::link_previews,
        text::written_text,
    },
    session::{Scoped as _, Session},
    state::{
        bidi::{balance, isolate},
        conversation::Conversation,
        files::spoken as files_spoken,
        names::{Handles, sender_name},
        timeline::{MessageRow, MessageState, TimelineRow, format_replies},
        updates::UpdateKind,
    },
    ui::{
        avatar::Avatar,
        button::link_button,
        dynamic::{click, dynamic},
        icon::{Glyph, Icon},
        name::Handle,
    },
};

/// A message.
#[component]
pub fn MessageItem(
    /// Its row at first.
    first: MessageRow,
    /// The room or the thread of the list.
    list: Conversation,
    /// The rows of the list, which show the message from now on.
    rows: Memo<Vec<TimelineRow>>,
    /// The usernames to show beside names.
    handles: Memo<Handles>,
    /// The message to which Tab leads.
    stop: Memo<Option<MessageId>>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let room = list.room;
    let me = untrack(|| session.me());
    let id = first.id;
    let mine = first.sender.id == me.id;
    let target = MessageTarget { room, id, mine, deletable: mine || me.role.may_delete() };
    let row = Memo::new(move |_| {
        rows.scoped()
            .with(|rows| rows.iter().find_map(|row| row.message(id)).cloned())
            .unwrap_or_else(|| first.clone())
    });

    let at = Memo::new(move |_| row.with(|row| row.at));
    let time = Signal::derive(move || session.clock().time(at.get()));
    // The name and the picture may change.
    let sender = Memo::new(move |_| row.with(|row| row.sender.clone()));
    let label = Signal::derive(move || {
        let name = handles.scoped().with(|handles| sender.with(|sender| handles.name_of(sender)));
        format!("{}, {}", isolate(&name), time.get())
    });
    let handle = Signal::derive(move || {
        let Sender { id, username, .. } = sender.get();
        username.or_else(|| handles.scoped().with(|handles| handles.get(id).map(str::to_owned)))
    });
    let starts_group = Memo::new(move |_| row.with(|row| row.starts_group));
    let short_time = Signal::derive(move || session.clock().short_time(at.get()));
    let side = dynamic(move || {
        if starts_group.get() {
            let sender = sender.get();
            view! {
                <span class="message__face" data-person=sender.id.to_string()>
                    <Avatar hue=session.hue(sender.id) user=sender.clone()/>
                </span>
            }
            .into_any()
        } else {
            view! { <span class="message__side-time"><Time at time=short_time/></span> }.into_any()
        }
    });
    let byline = dynamic(move || {
        starts_group.get().then(|| view! { <Byline sender=sender.get() handle at time/> })
    });
    let seq = Signal::derive(move || row.with(|row| row.seq.map(|seq| seq.to_string())));
    let is_first = Signal::derive(move || starts_group.get().then_some(""));
    let state = Signal::derive(move || row.with(|row| row.state.as_str()));
    let in_log = Memo::new(move |_| row.with(MessageRow::is_in_log));
    let text = Memo::new(move |_| {
        row.with(|row| {
            (row.text.clone(), row.blocks.clone(), row.edited_at, row.deleted_by.clone())
        })
    });
    let marks = Memo::new(move |_| {
        row.with(|row| {
            let quoted = row.reply_to.as_ref().map(|quote| sender_name(&quote.sender));
            let replies = row.replies.as_ref().map_or(0, |replies| replies.count);
            (quoted, row.pinned_by.is_some(), replies)
        })
    });
    let files = Memo::new(move |_| {
        row.with(|row| (row.files.clone(), row.pending_files.clone(), row.sender.clone(), row.at))
    });
    let previews = Memo::new(move |_| row.with(|row| row.link_previews.clone()));
    let spoken = Signal::derive(move || {
        let (text, edited_at) = text.with(|(text, blocks, edited_at, _)| {
            (text.as_ref().map(|text| plain_text(text, blocks)), *edited_at)
        });
        let mut label = label.get();
        let Some(text) = text else { return format!("{label}, deleted") };
        let (quoted, is_pinned, replies) = marks.get();
        if let Some(quoted) = quoted {
            label += &format!(", in reply to {}", isolate(&quoted));
        }
        if is_pinned {
            label += ", pinned";
        }
        if replies > 0 {
            label += &format!(", {}", format_replies(replies));
        }
        if edited_at.is_some() {
            label += ", edited";
        }
        label += &files.with(|(sent, ..)| files_spoken(sent));
        format!("{label}: {}", isolate(&text))
    });
    let can_undo = Memo::new(move |_| {
        row.with(|row| {
            row.state == MessageState::Deleting
                && row.update.as_ref().is_some_and(|update| update.held)
        })
    });
    let pinned_by = Memo::new(move |_| row.with(|row| row.pinned_by.clone()));
    let mentions_me = {
        let username = me.username.clone();
        Signal::derive(move || {
            let is_mention = |text: &Option<String>, blocks: &[Block]| {
                text.as_deref().is_some_and(|text| mentioned(text, blocks).contains(&username))
            };
            (!mine && text.with(|(text, blocks, ..)| is_mention(text, blocks))).then_some("")
        })
    };
    let reactions = Memo::new(move |_| {
        row.with(|row| if row.is_in_log() { row.reactions.clone() } else { Vec::new() })
    });
    let note = Memo::new(move |_| row.with(|row| (row.state.clone(), row.update.clone())));
    let is_narrow = list.thread.is_some();
    let actions =
        dynamic(move || in_log.get().then(|| view! { <MessageActions target is_narrow/> }));
    let active = Signal::derive(move || {
        (session.active.scoped().get() == Some(id) && in_log.get()).then_some("")
    });
    let edited = Signal::derive(move || {
        (session.editing.scoped().get() == Some(id) && in_log.get()).then_some("")
    });
    let is_marked = session.select(move |model| {
        let open = model.opened_rooms.get(&room);
        Some(id)
            == match list.thread {
                None => open.and_then(|room| room.marked),
                Some(_) => model.thread(list).and_then(|thread| thread.marked),
            }
    });
    let reply_to = Memo::new(move |_| row.with(|row| row.reply_to.clone()));
    let elsewhere = Memo::new(move |_| row.with(|row| row.elsewhere));
    let replies = Memo::new(move |_| row.with(|row| row.replies.clone()));
    let current = Signal::derive(move || is_marked.get().then_some("true"));
    let linked = Signal::derive(move || is_marked.get().then_some(""));
    let anchor = Signal::derive(move || is_marked.get().then_some("at"));
    let tab_index =
        Signal::derive(move || if stop.scoped().get() == Some(id) { "0" } else { "-1" });
    view! {
        <li
            class="message"
            id=anchor
            aria-label=spoken
            aria-current=current
            data-linked=linked
            tabindex=tab_index
            data-id=id.0.to_string()
            data-seq=seq
            data-first=is_first
            data-state=state
            data-mention=mentions_me
            data-active=active
            data-editing=edited
        >
            <div class="message__side">{side}</div>
            <article class="message__body" aria-label=label>
                {dynamic(move || view_elsewhere(room, elsewhere.get()))}
                {dynamic(move || {
                    reply_to.get().map(|quote| view! { <ReplyLine list quote handles/> })
                })}
                {dynamic(move || pinned_by.get().map(|by| pin_mark(by, handles)))}
                {byline}
                {dynamic(move || match text.get() {
                    (Some(text), blocks, edited_at, _) => {
                        // Of a message without a text, only files are shown.
                        let is_shown = !text.is_empty() || edited_at.is_some();
                        is_shown
                            .then(|| view! { <MessageText target text blocks edited_at/> })
                            .into_any()
                    }
                    (None, ..) if can_undo.get() => view! { <Undo id/> }.into_any(),
                    (None, _, _, by) => deletion(by, &me, handles),
                })}
                {dynamic(move || {
                    let (sent, pending, sender, at) = files.get();
                    message_files(session, sent, sender, at)
                        .or_else(|| pending_files(session, &pending))
                })}
                {dynamic(move || {
                    let remove = move |event: leptos::ev::MouseEvent| {
                        focus_row(&event);
                        session.update_message(room, id, UpdateKind::RemovePreviews);
                    };
                    let may_remove = mine && target.is_writable(session);
                    link_previews(previews.get(), may_remove.then_some(remove))
                })}
                <Reactions target reactions/>
                <ThreadLink room thread=id replies/>
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
    let session = expect_context::<Session>();
    let status = session.status(sender.id);
    let mark = dynamic(move || {
        let UserStatus { emoji, text, .. } = status.get()?;
        let (emoji, text) = (emoji?, text.unwrap_or_else(|| "Status".to_owned()));
        Some(view! {
            <span class="message__state" role="img" aria-label=text.clone() title=text>
                {emoji}
            </span>
        })
    });
    view! {
        <header class="message__byline">
            <button
                class="message__author"
                type="button"
                tabindex="-1"
                aria-haspopup="dialog"
                data-person=sender.id.to_string()
            >
                <bdi>{balance(&sender.name).into_owned()}</bdi>
            </button>
            <Handle username=handle/>
            {mark}
            <span class="message__time"><Time at time/></span>
        </header>
    }
}

#[component]
fn Time(at: Memo<Timestamp>, time: Signal<String>) -> impl IntoView {
    let datetime = Signal::derive(move || at.get().to_string());
    view! { <time datetime=datetime>{time}</time> }
}

/// Returns the line above a pinned message.
fn pin_mark(by: Sender, handles: Memo<Handles>) -> AnyView {
    let name = move || {
        let name = handles.scoped().with(|handles| handles.name_of(&by));
        (!by.name.is_empty()).then(|| balance(&name).into_owned())
    };
    view! {
        <p class="message__mark">
            <Icon glyph=Glyph::Pin/>
            <span>
                {dynamic(move || match name() {
                    Some(name) => view! { "Pinned by " <bdi>{name}</bdi> }.into_any(),
                    None => "Pinned".into_any(),
                })}
            </span>
        </p>
    }
    .into_any()
}

#[component]
fn MessageText(
    target: MessageTarget,
    text: String,
    blocks: Vec<Block>,
    edited_at: Option<Timestamp>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let edited = edited_at.map(|at| {
        Box::new(move || edited_mark(session, target, at)) as Box<dyn Fn() -> AnyView + Send>
    });
    written_text(session, &text, &blocks, edited)
}

fn edited_mark(session: Session, target: MessageTarget, at: Timestamp) -> AnyView {
    let clock = move || session.clock();
    let title = Signal::derive(move || {
        format!("{}, {}", clock().day_name(clock().day(at)), clock().time(at))
    });
    let open = move |_| session.open_history(target.room, target.id);
    view! {
        " "
        <button
            class="message__edited"
            type="button"
            tabindex="-1"
            aria-haspopup="dialog"
            title=title
            on:click=click(open)
        >
            "edited"
        </button>
    }
    .into_any()
}

/// What stands in place of a message that the user deletes, while that can be undone.
#[component]
fn Undo(id: MessageId) -> impl IntoView {
    let session = expect_context::<Session>();
    let undo = move |event: leptos::ev::MouseEvent| {
        focus_row(&event);
        session.undo_delete(id);
    };
    view! { <p>"You deleted this message." {link_button("Undo", undo)}</p> }
}

/// Moves the focus to the row of a button that disappears.
fn focus_row(event: &leptos::ev::MouseEvent) {
    if let Some(row) = row_of(event.target()) {
        focus_in_place(&row);
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
