//! Where one writes.

use leptos::{ev, html::Textarea, prelude::*};
use protocol::{MessageId, RoomId, limits::MAX_TEXT_CHARS};
use web_sys::HtmlTextAreaElement;

use super::{
    dynamic::{When, dynamic, effect, icon_button},
    icon::{Glyph, Icon},
    screen::is_touch,
};
use crate::{
    session::{Place, Session},
    state::updates::UpdateKind,
};

/// A room's composer. The text lives in the textarea, since it may have been written before the page came to life;
/// `draft` follows it.
#[component]
pub fn Composer(
    /// The room.
    place: Place,
) -> impl IntoView {
    let Place { id: room, name, .. } = place;
    let session = expect_context::<Session>();
    let draft = Draft { session, room, text: RwSignal::new(String::new()), area: NodeRef::new() };
    effect(move || draft.begin());
    // As it was left: a message half edited is so still.
    if let Some(message) = session.drafts.with_value(|drafts| drafts.edited(room)) {
        session.editing.set(Some(message));
    }
    let shown = StoredValue::new(None);
    effect(move || {
        let editing = session.editing.get();
        let before = shown.get_value();
        if before != editing {
            if let Some(message) = before {
                session.drafts.update_value(|drafts| drafts.end_edit(room, message));
            }
            shown.set_value(editing);
            draft.turn_to(editing);
        }
    });
    on_cleanup(move || {
        session.editing.try_set(None);
    });
    let editing = Signal::derive(move || session.editing.get().is_some());
    let excess = Memo::new(move |_| {
        draft.text.with(|text| text.chars().count()).saturating_sub(MAX_TEXT_CHARS)
    });
    let sendable =
        Memo::new(move |_| excess.get() == 0 && draft.text.with(|text| !text.trim().is_empty()));
    let locked = Signal::derive(move || !sendable.get());
    let invalid = Signal::derive(move || (excess.get() > 0).then_some("true"));
    let send = move || {
        if !sendable.get_untracked() {
            return;
        }
        match session.editing.get_untracked() {
            Some(message) => {
                let text = draft.text_to_send();
                if session.text_of(room, message).as_ref() != Some(&text) {
                    session.change(room, message, UpdateKind::Edit(text));
                }
                session.editing.set(None);
            }
            None => session.write(room, draft.take()),
        }
    };
    let label = format!("Write to {name}");
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        send();
    };
    view! {
        <div class="composer">
            <TypingLine room/>
            <form class="composer__card only-scripted" on:submit=submit>
                <When is=editing>
                    <p class="composer__editing" role="status">
                        <span>"Editing your message. Esc gives the original back."</span>
                        {icon_button("Stop editing", view! { <Icon glyph=Glyph::X/> }, move |_| session.editing.set(None))}
                    </p>
                </When>
                <textarea
                    class="composer__text"
                    rows="1"
                    aria-label=label.clone()
                    placeholder=label
                    aria-invalid=invalid
                    dir="auto"
                    node_ref=draft.area
                    on:input=move |_| {
                        draft.changed();
                        if session.editing.get_untracked().is_none() {
                            session.typed(room);
                        }
                    }
                    on:keydown=move |event| {
                        if sends(&event) {
                            event.prevent_default();
                            send();
                        } else if event.key() == "ArrowUp" && draft.is_unwritten() {
                            event.prevent_default();
                            session.editing.set(session.last_own(room));
                        } else if event.key() == "Escape" && !event.is_composing() {
                            session.editing.set(None);
                        }
                    }
                ></textarea>
                <div class="composer__tools">
                    <Hint excess/>
                    <button
                        class="icon-button icon-button--primary"
                        type="submit"
                        aria-label="Send"
                        title="Send"
                        disabled=locked
                    >
                        <Icon glyph=Glyph::ArrowUp/>
                    </button>
                </div>
            </form>
            <p class="composer__note only-unscripted">"Reading works without JavaScript; writing needs it."</p>
        </div>
    }
}

/// Who else is writing; its place is kept free, so that nothing moves.
#[component]
fn TypingLine(room: RoomId) -> impl IntoView {
    let session = expect_context::<Session>();
    let names = session.select_chat(room, |chat| {
        chat.typing.iter().map(|who| who.name.clone()).collect::<Vec<_>>()
    });
    let words = Signal::derive(move || match names.get().as_slice() {
        [] => String::new(),
        [name] => format!("{name} is typing"),
        [first, second] => format!("{first} and {second} are typing"),
        _ => "Several people are typing".to_owned(),
    });
    view! { <p class="typing">{words}</p> }
}

#[component]
fn Hint(excess: Memo<usize>) -> impl IntoView {
    dynamic(move || {
        let words = match excess.get() {
            0 => {
                return view! { <span class="composer__hint">"Shift Enter for a new line"</span> }
                    .into_any();
            }
            1 => "1 character too long".to_owned(),
            excess => format!("{excess} characters too long"),
        };
        view! { <span class="composer__count" role="alert">{words}</span> }.into_any()
    })
}

/// What is being written in a room.
#[derive(Clone, Copy)]
struct Draft {
    session: Session,
    room: RoomId,
    text: RwSignal<String>,
    area: NodeRef<Textarea>,
}

impl Draft {
    /// Takes up what is in the textarea already, else what was begun on this device before.
    fn begin(self) {
        let Some(area) = self.area.get() else { return };
        if area.value().is_empty() {
            self.show(&area, self.kept(None).unwrap_or_default());
        } else {
            self.changed();
        }
        if !is_touch() {
            let _ = area.focus();
        }
    }

    /// Somebody wrote.
    fn changed(self) {
        let Some(area) = self.area.get_untracked() else { return };
        let (editing, before, text) =
            (self.session.editing.get_untracked(), self.text.get_untracked(), area.value());
        self.session.drafts.update_value(|drafts| drafts.keep(self.room, editing, &before, &text));
        self.text.set(text);
        fit(&area);
    }

    /// Shows what was not just written here: it is kept already, or only to be looked at.
    fn show(self, area: &HtmlTextAreaElement, text: String) {
        area.set_value(&text);
        self.text.set(text);
        fit(area);
    }

    fn kept(self, editing: Option<MessageId>) -> Option<String> {
        self.session.drafts.with_value(|drafts| drafts.read(self.room, editing))
    }

    /// Shows a message to be edited, or again what was being written before.
    fn turn_to(self, editing: Option<MessageId>) {
        let Some(area) = self.area.get_untracked() else { return };
        let text = self.kept(editing).or_else(|| self.session.text_of(self.room, editing?));
        self.show(&area, text.unwrap_or_default());
        let _ = area.focus();
    }

    fn is_unwritten(self) -> bool {
        self.text.with_untracked(String::is_empty) && self.session.editing.get_untracked().is_none()
    }

    /// What was written, without blank lines around it.
    fn text_to_send(self) -> String {
        self.text.with_untracked(|text| text.trim_start_matches(['\r', '\n']).trim_end().to_owned())
    }

    /// Takes out what was written, without blank lines around it.
    fn take(self) -> String {
        let text = self.text_to_send();
        if let Some(area) = self.area.get_untracked() {
            area.set_value("");
            self.changed();
            let _ = area.focus(); // the button that was pressed cannot be pressed again, and would lose it
        }
        text
    }
}

/// To where one writes, after what had the focus is gone; not on a touch screen, where a keyboard would come up.
pub(super) fn focus() {
    if !is_touch() {
        super::screen::focus(".composer__text");
    }
}

/// Whether a key press sends: Enter, unless it makes a new line, ends the composition of a character, or was typed
/// on a screen where it can only make a new line.
fn sends(event: &ev::KeyboardEvent) -> bool {
    /// What browsers report for keys that an input method swallows.
    const COMPOSING: u32 = 229;
    event.key() == "Enter"
        && !event.shift_key()
        && !event.is_composing()
        && event.key_code() != COMPOSING
        && !is_touch()
}

/// Lets the textarea grow with its text where the style alone cannot (`field-sizing`).
fn fit(area: &HtmlTextAreaElement) {
    if !web_sys::css::supports_with_value("field-sizing", "content").unwrap_or_default() {
        let style = web_sys::HtmlElement::style(area);
        let _ = style.set_property("block-size", "auto");
        let _ = style.set_property("block-size", &format!("{}px", area.scroll_height()));
    }
}
