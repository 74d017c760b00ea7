//! The composer: the form for new messages and edits.

mod commands;
pub mod completion;
mod draft;
pub mod later;
mod paste;
mod preview;
pub mod quote;
pub mod stray;
pub mod tools;
pub mod typing;
pub mod writing;

use leptos::{ev, prelude::*};
use protocol::{MessageId, limits::MAX_TEXT_CHARS, text::is_blank};
use uuid::Uuid;

use self::{
    draft::DraftField,
    quote::{QuoteBar, QuoteField},
    tools::{ComposerTools, later_view, tools_view, tray_view},
};
use crate::{
    browser::{
        keyboard::{is_composing, is_plain, scroll_messages},
        window::{effect, is_touch},
    },
    page::Unsent,
    session::{NewMessage, RoomSummary, Scoped as _, Session},
    state::{
        bidi::isolate, connection::ConnectionState, conversation::Conversation,
        outbox::PendingMessage, updates::UpdateKind,
    },
    ui::{
        button::icon_button,
        dynamic::{ShowErased, dynamic},
        escape::escape_text,
        icon::{Glyph, Icon},
    },
};

/// What is said while the server is asked to keep the text.
pub(crate) const KEEPING: &str = "The server is asked to keep this. Wait for its answer.";
/// The characters before the limit that are counted down.
const COUNTED_DOWN: usize = 200;

/// The composer of a room or a thread. That of a room is a form that also works without the
/// program. The textarea owns the text, because the user may type before hydration. The draft is
/// updated from it.
#[component]
pub fn Composer(
    /// The room.
    room: RoomSummary,
    /// The thread, if it is the composer of one.
    #[prop(optional_no_strip)]
    thread: Option<MessageId>,
) -> impl IntoView {
    let RoomSummary { id: room, slug, .. } = room;
    let place = Conversation { room, thread };
    let session = expect_context::<Session>();
    let draft = DraftField::new(session, place);
    let quote = QuoteField::new(session, place);
    let tools = ComposerTools::new(session, place, draft, quote);
    let also = tools.also;
    let is_running = RwSignal::new(false);
    effect(move || {
        draft.start();
        if thread.is_none() {
            session.resume_edit(room);
        }
        quote.start(move || draft.focus());
        is_running.set(true);
    });
    let new_draft_at = session.new_draft_at(place);
    effect(move || {
        let is_locked = tools.is_keeping.get();
        if new_draft_at.get().is_some() && draft.editing().is_none() && !is_locked {
            draft.adopt();
        }
    });
    let editing = edited_here(session, place);
    let shown = StoredValue::new(None);
    effect(move || {
        let editing = editing.get();
        let before = shown.get_value();
        if before != editing {
            if let Some(message) = before {
                session.end_edit(room, message);
            }
            shown.set_value(editing);
            draft.switch_to(editing);
        }
    });
    let deleted = Memo::new(move |_| editing.get().filter(|id| session.is_deleted(room, *id)));
    effect(move || {
        if let Some(message) = deleted.get() {
            untrack(|| session.end_deleted_edit(place, message));
        }
    });
    on_cleanup(move || {
        let is_here = editing.try_get_untracked().flatten().is_some();
        if is_here || thread.is_none() {
            session.editing.try_set(None);
        }
        session.end_keeping(place);
    });
    effect(move || {
        // A text that the server is asked to keep stays as it is, and so does one that is edited.
        if tools.is_keeping.get() || draft.editing().is_some() {
            return;
        }
        let is_here = |message: &PendingMessage| (message.room, message.thread) == (room, thread);
        if let Some(message) = session.taken_back.scoped().get().filter(is_here) {
            session.taken_back.set(None);
            if !message.text.is_empty() {
                draft.append(&message.text);
            }
            if message.reply_to.is_some() {
                quote.set(message.reply_to.map(|quote| *quote));
            }
            if message.in_room {
                also.set(true);
            }
        }
    });
    let edit_key = Signal::derive(move || {
        draft.editing().map(|message| session.draft_key(place, Some(message)))
    });
    let is_editing = Signal::derive(move || draft.editing().is_some());
    let readonly = Signal::derive(move || tools.is_keeping.get() && !is_editing.get());
    let length = Memo::new(move |_| draft.text.with(|text| text.chars().count()));
    let excess = Memo::new(move |_| length.get().saturating_sub(MAX_TEXT_CHARS));
    let left = Memo::new(move |_| {
        let left = MAX_TEXT_CHARS.saturating_sub(length.get());
        (1..=COUNTED_DOWN).contains(&left).then_some(left)
    });
    // Files are enough: those that are added, and those that an edited message has.
    let has_files = Memo::new(move |_| match editing.get() {
        Some(message) => session.has_files(room, message),
        None => session.tray.with(|tray| !tray.of(place).is_empty()),
    });
    let is_sendable = Memo::new(move |_| {
        excess.get() == 0 && (has_files.get() || draft.text.with(|text| !is_blank(text)))
    });
    // Until the program runs, the form is sent by the browser.
    let disabled = Signal::derive(move || is_running.get() && !is_sendable.get());
    let invalid = Signal::derive(move || (excess.get() > 0).then_some("true"));
    let send = move || {
        if !is_sendable.get_untracked() {
            return;
        }
        match editing.get_untracked() {
            Some(message) => {
                let text = draft.trimmed();
                if session.message_text(room, message).as_ref() != Some(&text) {
                    session.update_message(room, message, UpdateKind::Edit(text));
                }
                session.editing.set(None);
            }
            None => {
                if let Some(fault) = session.tray.with_untracked(|tray| tray.fault(place)) {
                    return tools.fault.set(Some(fault.to_owned()));
                }
                if tools.is_keeping.get_untracked() {
                    return tools.fault.set(Some(KEEPING.to_owned()));
                }
                let Some(text) = tools.expand(draft.trimmed()) else { return };
                draft.take();
                let reply_to = quote.take();
                let in_room = also.get_untracked();
                also.set(false);
                session.send(place, NewMessage { text, reply_to, in_room });
            }
        }
    };
    let name = session.room_name(room);
    let label = Signal::derive(move || match thread {
        None => format!("Write to {}", isolate(&name.get())),
        Some(_) => "Reply in thread".to_owned(),
    });
    let action = thread.is_none().then(|| format!("/rooms/{slug}/messages"));
    let (text, reason) = match session.take_unsent().filter(|_| thread.is_none()) {
        Some(Unsent { text, reason }) => (text, Some(reason)),
        None => (String::new(), None),
    };
    // Where no WebSocket gets through, the browser sends the form. It knows no quotes.
    let connection = session.connection();
    let posts_form = move || {
        thread.is_none()
            && connection.get_untracked() == ConnectionState::Blocked
            && editing.get_untracked().is_none()
            && !quote.is_set()
            && !tools.is_keeping.get_untracked()
            && !has_files.get_untracked()
            && !draft.text.with_untracked(|text| text.starts_with('/'))
            && is_sendable.get_untracked()
    };
    let submit = move |event: ev::SubmitEvent| {
        if !posts_form() {
            event.prevent_default();
            send();
        }
    };
    let cross = || view! { <Icon glyph=Glyph::X/> };
    let stop_editing = move |_| session.editing.set(None);
    let stop_replying = Callback::new(move |()| {
        quote.set(None);
        draft.focus();
    });
    let on_input = move |_| {
        draft.changed();
        tools.clear_notes();
        if editing.get_untracked().is_none() {
            session.signal_typing(place);
        }
    };
    let on_key = move |event: ev::KeyboardEvent| {
        if is_send_key(&event) && is_plain(&event) && draft.is_in_code_block() {
            // Enter begins the next line of the code.
        } else if is_send_key(&event) {
            event.prevent_default();
            if posts_form() {
                draft.submit_form();
            } else {
                send();
            }
        } else if event.key() == "ArrowUp" && is_plain(&event) && draft.is_blank() {
            event.prevent_default();
            session.editing.set(session.last_own_message(place));
        } else if let ("PageUp" | "PageDown", true) = (event.key().as_str(), is_plain(&event))
            && draft.is_in_view()
        {
            event.prevent_default();
            scroll_messages(event.key() == "PageDown");
        } else if event.key() == "Escape" && !event.is_composing() {
            if editing.get_untracked().is_some() {
                event.stop_propagation();
                session.editing.set(None);
            } else if quote.is_set() {
                event.stop_propagation();
                quote.set(None);
            }
        }
    };
    let id = if thread.is_none() { "composer" } else { "thread-composer" };
    view! {
        <div class="composer">
            <form
                class="composer__card"
                method=action.is_some().then_some("post")
                action=action
                on:submit=submit
            >
                // With the text, it makes a message that is sent twice the same message.
                <input type="hidden" name="nonce" value=Uuid::now_v7().to_string()/>
                {reason.map(|reason| {
                    view! { <p class="composer__fault" role="alert">{reason}</p> }
                })}
                {fault_view(tools.fault)}
                <ShowErased when=is_editing>
                    <p class="composer__editing" role="status">
                        <span>"Editing your message. Press Esc to restore the original."</span>
                        {icon_button("Stop editing", cross(), stop_editing)}
                    </p>
                </ShowErased>
                <ShowErased when=Signal::derive(move || !is_editing.get())>
                    <QuoteBar quote drop=stop_replying/>
                </ShowErased>
                {tray_view(tools)}
                <textarea
                    class="composer__text"
                    name="text"
                    id=id
                    rows="1"
                    aria-label=label
                    placeholder=label
                    aria-invalid=invalid
                    dir="auto"
                    autocomplete="off"
                    data-draft=session.draft_key(place, None)
                    data-edit=edit_key
                    readonly=readonly
                    inner_html=escape_text(&text)
                    node_ref=draft.area
                    on:input=on_input
                    on:keydown=on_key
                ></textarea>
                <div class="composer__tools">
                    {tools_view(tools)}
                    {match thread {
                        Some(_) => view! { <AlsoInRoom also is_editing excess left/> }.into_any(),
                        None => view! { <Hint excess left/> }.into_any(),
                    }}
                    {later_view(tools)}
                    <button
                        class="icon-button icon-button--primary"
                        type="submit"
                        aria-label="Send"
                        title="Send"
                        disabled=disabled
                    >
                        <Icon glyph=Glyph::ArrowUp/>
                    </button>
                </div>
            </form>
        </div>
    }
}

/// Returns why the text is not sent.
fn fault_view(fault: RwSignal<Option<String>>) -> AnyView {
    dynamic(move || {
        let fault = fault.get()?;
        Some(view! { <p class="composer__fault" role="alert">{fault}</p> })
    })
}

/// Returns the message that is edited in the composer of `place`. A message that both the room and
/// the thread show is edited where the user sees a composer for it.
fn edited_here(session: Session, place: Conversation) -> Memo<Option<MessageId>> {
    Memo::new(move |_| {
        let message = session.editing.get()?;
        (session.composer_of(place.room, message) == place).then_some(message)
    })
}

/// The choice to show a reply in the room as well.
#[component]
fn AlsoInRoom(
    also: RwSignal<bool>,
    is_editing: Signal<bool>,
    excess: Memo<usize>,
    left: Memo<Option<usize>>,
) -> impl IntoView {
    let is_shown =
        Signal::derive(move || !is_editing.get() && excess.get() == 0 && left.get().is_none());
    let choose = move |event: ev::Event| also.set(event_target_checked(&event));
    view! {
        <ShowErased when=is_shown>
            <label class="composer__also">
                <input type="checkbox" prop:checked=move || also.get() on:change=choose/>
                "Also in the room"
            </label>
        </ShowErased>
        <ShowErased when=Signal::derive(move || !is_shown.get())><Hint excess left/></ShowErased>
    }
}

#[component]
fn Hint(excess: Memo<usize>, left: Memo<Option<usize>>) -> impl IntoView {
    dynamic(move || {
        let text = match excess.get() {
            0 => {
                let (class, text) = match left.get() {
                    None => ("only-scripted", "Shift Enter for a new line".to_owned()),
                    Some(1) => ("composer__left", "1 character left".to_owned()),
                    Some(left) => ("composer__left", format!("{left} characters left")),
                };
                let class = format!("composer__hint {class}");
                return view! { <span class=class>{text}</span> }.into_any();
            }
            1 => "1 character too long".to_owned(),
            excess => format!("{excess} characters too long"),
        };
        view! { <span class="composer__count" role="alert">{text}</span> }.into_any()
    })
}

/// Returns whether a key press sends. Enter does, unless it breaks the line, ends the composition
/// of a character, or comes from a touch screen.
fn is_send_key(event: &ev::KeyboardEvent) -> bool {
    event.key() == "Enter" && !event.shift_key() && !is_composing(event) && !is_touch()
}
