//! The composer: the form for new messages and edits.

mod draft;
pub mod typing;

use leptos::{ev, prelude::*};
use protocol::{limits::MAX_TEXT_CHARS, text::is_blank};

use self::draft::DraftField;
use crate::{
    browser::window::{effect, is_touch},
    session::{RoomSummary, Session},
    state::updates::UpdateKind,
    ui::{
        button::icon_button,
        dynamic::{ShowErased, dynamic},
        icon::{Glyph, Icon},
    },
};

/// A room's composer. The textarea owns the text, because the user may type before hydration. The
/// draft is updated from it.
#[component]
pub fn Composer(
    /// The room.
    room: RoomSummary,
) -> impl IntoView {
    let RoomSummary { id: room, name, .. } = room;
    let session = expect_context::<Session>();
    let draft = DraftField::new(session, room);
    effect(move || draft.start());
    session.resume_edit(room);
    let shown = StoredValue::new(None);
    effect(move || {
        let editing = session.editing.get();
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
    let is_editing = Signal::derive(move || session.editing.get().is_some());
    let excess = Memo::new(move |_| {
        draft.text.with(|text| text.chars().count()).saturating_sub(MAX_TEXT_CHARS)
    });
    let is_sendable =
        Memo::new(move |_| excess.get() == 0 && draft.text.with(|text| !is_blank(text)));
    let disabled = Signal::derive(move || !is_sendable.get());
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
    let label = format!("Write to {name}");
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        send();
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
            send();
        } else if event.key() == "ArrowUp" && draft.is_blank() {
            event.prevent_default();
            session.editing.set(session.last_own_message(room));
        } else if event.key() == "Escape" && !event.is_composing() {
            session.editing.set(None);
        }
    };
    view! {
        <div class="composer">
            <form class="composer__card only-scripted" on:submit=submit>
                <ShowErased when=is_editing>
                    <p class="composer__editing" role="status">
                        <span>"Editing your message. Press Esc to restore the original."</span>
                        {icon_button("Stop editing", cross(), stop_editing)}
                    </p>
                </ShowErased>
                <textarea
                    class="composer__text"
                    rows="1"
                    aria-label=label.clone()
                    placeholder=label
                    aria-invalid=invalid
                    dir="auto"
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
            <p class="composer__note only-unscripted">
                "Reading works without JavaScript; writing needs it."
            </p>
        </div>
    }
}

#[component]
fn Hint(excess: Memo<usize>) -> impl IntoView {
    dynamic(move || {
        let text = match excess.get() {
            0 => {
                return view! { <span class="composer__hint">"Shift Enter for a new line"</span> }
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
