//! The composer: the form for new messages and edits.

mod draft;
pub mod typing;

use leptos::{ev, prelude::*};
use protocol::{limits::MAX_TEXT_CHARS, text::is_blank};
use uuid::Uuid;

use self::draft::DraftField;
use crate::{
    browser::{
        keyboard::{is_plain, scroll_messages},
        window::{effect, is_touch},
    },
    page::Unsent,
    session::{RoomSummary, Scoped as _, Session},
    state::{bidi::isolate, connection::ConnectionState, updates::UpdateKind},
    ui::{
        button::icon_button,
        dynamic::{ShowErased, dynamic},
        escape::escape_text,
        icon::{Glyph, Icon},
    },
};

/// A room's composer: a form that also works without the program. The textarea owns the text,
/// because the user may type before hydration. The draft is updated from it.
#[component]
pub fn Composer(
    /// The room.
    room: RoomSummary,
) -> impl IntoView {
    let RoomSummary { id: room, slug, name, .. } = room;
    let session = expect_context::<Session>();
    let draft = DraftField::new(session, room);
    let is_running = RwSignal::new(false);
    effect(move || {
        draft.start();
        session.resume_edit(room);
        is_running.set(true);
    });
    let shown = StoredValue::new(None);
    effect(move || {
        let editing = session.editing.scoped().get();
        let before = shown.get_value();
        if before != editing {
            if let Some(message) = before {
                session.end_edit(room, message);
            }
            shown.set_value(editing);
            draft.switch_to(editing);
        }
    });
    on_cleanup(move || {
        session.editing.try_set(None);
    });
    effect(move || {
        if let Some(text) = session.taken_back.scoped().get() {
            session.taken_back.set(None);
            draft.append(&text);
        }
    });
    let edit_key = Signal::derive(move || {
        session.editing.scoped().get().map(|message| session.draft_key(room, Some(message)))
    });
    let is_editing = Signal::derive(move || session.editing.scoped().get().is_some());
    let excess = Memo::new(move |_| {
        draft.text.with(|text| text.chars().count()).saturating_sub(MAX_TEXT_CHARS)
    });
    let is_sendable =
        Memo::new(move |_| excess.get() == 0 && draft.text.with(|text| !is_blank(text)));
    // Until the program runs, the form is sent by the browser.
    let disabled = Signal::derive(move || is_running.get() && !is_sendable.get());
    let invalid = Signal::derive(move || (excess.get() > 0).then_some("true"));
    let send = move || {
        if !is_sendable.get_untracked() {
            return;
        }
        match session.editing.get_untracked() {
            Some(message) => {
                let text = draft.trimmed();
                if session.message_text(room, message).as_ref() != Some(&text) {
                    session.update_message(room, message, UpdateKind::Edit(text));
                }
                session.editing.set(None);
            }
            None => session.send(room, draft.take()),
        }
    };
    let label = format!("Write to {}", isolate(&name));
    let action = format!("/rooms/{slug}/messages");
    let (text, reason) = match session.take_unsent() {
        Some(Unsent { text, reason }) => (text, Some(reason)),
        None => (String::new(), None),
    };
    // Where no WebSocket gets through, the browser sends the form.
    let connection = session.connection();
    let posts_form = move || {
        connection.get_untracked() == ConnectionState::Blocked
            && session.editing.get_untracked().is_none()
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
    let on_input = move |_| {
        draft.changed();
        if session.editing.get_untracked().is_none() {
            session.signal_typing(room);
        }
    };
    let on_key = move |event: ev::KeyboardEvent| {
        if is_send_key(&event) {
            event.prevent_default();
            if posts_form() {
                draft.submit_form();
            } else {
                send();
            }
        } else if event.key() == "ArrowUp" && is_plain(&event) && draft.is_blank() {
            event.prevent_default();
            session.editing.set(session.last_own_message(room));
        } else if let ("PageUp" | "PageDown", true) = (event.key().as_str(), is_plain(&event))
            && draft.is_in_view()
        {
            event.prevent_default();
            scroll_messages(event.key() == "PageDown");
        } else if event.key() == "Escape" && !event.is_composing() {
            session.editing.set(None);
        }
    };
    view! {
        <div class="composer">
            <form class="composer__card" method="post" action=action on:submit=submit>
                // With the text, it makes a message that is sent twice the same message.
                <input type="hidden" name="nonce" value=Uuid::now_v7().to_string()/>
                {reason.map(|reason| {
                    view! { <p class="composer__fault" role="alert">{reason}</p> }
                })}
                <ShowErased when=is_editing>
                    <p class="composer__editing" role="status">
                        <span>"Editing your message. Press Esc to restore the original."</span>
                        {icon_button("Stop editing", cross(), stop_editing)}
                    </p>
                </ShowErased>
                <textarea
                    class="composer__text"
                    name="text"
                    id="composer"
                    rows="1"
                    aria-label=label.clone()
                    placeholder=label
                    aria-invalid=invalid
                    dir="auto"
                    autocomplete="off"
                    data-draft=session.draft_key(room, None)
                    data-edit=edit_key
                    inner_html=escape_text(&text)
                    node_ref=draft.area
                    on:input=on_input
                    on:keydown=on_key
                ></textarea>
                <div class="composer__tools">
                    <Hint excess/>
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

#[component]
fn Hint(excess: Memo<usize>) -> impl IntoView {
    dynamic(move || {
        let text = match excess.get() {
            0 => {
                return view! {
                    <span class="composer__hint only-scripted">"Shift Enter for a new line"</span>
                }
                .into_any();
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
    /// The key code that browsers report for keys handled by an input method.
    const COMPOSING: u32 = 229;
    event.key() == "Enter"
        && !event.shift_key()
        && !event.is_composing()
        && event.key_code() != COMPOSING
        && !is_touch()
}
