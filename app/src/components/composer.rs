//! Where one writes.

use leptos::{ev, html::Textarea, prelude::*};
use protocol::{RoomId, limits::MAX_TEXT_CHARS};
use web_sys::HtmlTextAreaElement;

use super::{
    dynamic::dynamic,
    icon::{Glyph, Icon},
};
use crate::session::{Place, Session};

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
    Effect::new(move |_| draft.begin());
    let excess = Memo::new(move |_| draft.text.with(|text| text.chars().count()).saturating_sub(MAX_TEXT_CHARS));
    let sendable = Memo::new(move |_| excess.get() == 0 && draft.text.with(|text| !text.trim().is_empty()));
    let locked = Signal::derive(move || !sendable.get());
    let invalid = Signal::derive(move || (excess.get() > 0).then_some("true"));
    let send = move || {
        if sendable.get_untracked() {
            session.write(room, draft.take());
        }
    };
    let label = format!("Write to {name}");
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        send();
    };
    view! {
        <div class="composer">
            <form class="composer__card only-scripted" on:submit=submit>
                <textarea
                    class="composer__text"
                    rows="1"
                    aria-label=label.clone()
                    placeholder=label
                    aria-invalid=invalid
                    node_ref=draft.area
                    on:input=move |_| draft.changed()
                    on:keydown=move |event| {
                        if sends(&event) {
                            event.prevent_default();
                            send();
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

#[component]
fn Hint(excess: Memo<usize>) -> impl IntoView {
    dynamic(move || {
        let words = match excess.get() {
            0 => return view! { <span class="composer__hint">"Shift Enter for a new line"</span> }.into_any(),
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
            area.set_value(&self.session.drafts().read(self.room));
        }
        self.changed();
        if !is_touch() {
            let _ = area.focus();
        }
    }

    fn changed(self) {
        let Some(area) = self.area.get_untracked() else { return };
        let text = area.value();
        self.session.drafts().keep(self.room, &text);
        self.text.set(text);
        fit(&area);
    }

    /// Takes out what was written, without blank lines around it.
    fn take(self) -> String {
        let text = self.text.get_untracked();
        if let Some(area) = self.area.get_untracked() {
            area.set_value("");
            self.changed();
        }
        text.trim_start_matches(['\r', '\n']).trim_end().to_owned()
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

fn is_touch() -> bool {
    window().match_media("(pointer: coarse)").ok().flatten().is_some_and(|coarse| coarse.matches())
}

/// Lets the textarea grow with its text where the style alone cannot (`field-sizing`).
fn fit(area: &HtmlTextAreaElement) {
    if !web_sys::css::supports_with_value("field-sizing", "content").unwrap_or_default() {
        let style = web_sys::HtmlElement::style(area);
        let _ = style.set_property("block-size", "auto");
        let _ = style.set_property("block-size", &format!("{}px", area.scroll_height()));
    }
}
