//! The preview: the text of the composer as the message will look. The server makes its tree, so
//! that it is the very one that the message will have.

use std::time::Duration;

use leptos::{ev, leptos_dom::helpers::TimeoutHandle, prelude::*, task::spawn_local};
use protocol::{
    Block,
    http::{NewPreview, Preview},
    limits::MAX_TEXT_CHARS,
    text::is_blank,
};
use web_sys::HtmlTextAreaElement;

use super::tools::ComposerTools;
use crate::{
    browser::{
        calls::call,
        field::on_event_first,
        keyboard::press,
        window::{effect, is_apple},
    },
    features::text::written_text,
    state::{
        chord::is_pressed,
        commands::{Command, read},
    },
    ui::dynamic::dynamic,
};

/// The keys that show and hide the preview.
pub(super) const KEYS: &str = "Mod+Shift+Y";

/// The time after a change until the preview follows.
const PAUSE: Duration = Duration::from_millis(300);

/// What the preview shows.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Shown {
    Nothing,
    Text(String, Vec<Block>),
    Hint(String),
}

/// The preview of a composer.
#[derive(Clone, Copy)]
pub(super) struct PreviewState {
    tools: ComposerTools,
    /// True while it is shown.
    pub(super) is_open: RwSignal<bool>,
    shown: RwSignal<Shown>,
    timer: StoredValue<Option<TimeoutHandle>>,
}

impl PreviewState {
    pub(super) fn new(tools: ComposerTools) -> Self {
        let (is_open, shown) = (RwSignal::new(false), RwSignal::new(Shown::Nothing));
        Self { tools, is_open, shown, timer: StoredValue::new(None) }
    }

    /// Shows or hides it.
    pub(super) fn toggle(self) {
        self.is_open.update(|is_open| *is_open = !*is_open);
    }

    /// Follows the text and the keys of the field, until the current effect ends.
    pub(super) fn start(self, area: &HtmlTextAreaElement) {
        on_event_first(area, "keydown", move |event: &ev::KeyboardEvent| {
            // The list of completions closes first.
            let is_free = !event.is_composing() && !event.default_prevented();
            let is_end = event.key() == "Escape" && self.is_open.get_untracked();
            if is_end && is_free || is_pressed(KEYS, &press(event), is_apple()) {
                event.prevent_default();
                event.stop_propagation();
                self.toggle();
            }
        });
        effect(move || {
            if !self.is_open.get() {
                self.stop();
                self.shown.set(Shown::Nothing);
            } else if self.tools.draft.text.with(|text| is_blank(text)) {
                // A message that is sent takes its preview with it.
                let was_shown = self.shown.get_untracked() != Shown::Nothing;
                self.shown.set(Shown::Hint("Nothing is written yet.".to_owned()));
                if was_shown {
                    self.is_open.set(false);
                }
            } else {
                let is_first = self.shown.get_untracked() == Shown::Nothing;
                self.follow(if is_first { Duration::ZERO } else { PAUSE });
            }
        });
        on_cleanup(move || self.stop());
    }

    fn stop(self) {
        self.timer.try_update_value(|timer| timer.take().inspect(TimeoutHandle::clear));
    }

    /// Shows the present text after a pause.
    fn follow(self, pause: Duration) {
        self.stop();
        let ask = move || {
            let Some(text) = self.tools.draft.text.try_get_untracked() else { return };
            match sent_text(&self.tools.draft.trimmed()) {
                Ok(sent) => self.ask(text, sent),
                Err(hint) => self.shown.set(Shown::Hint(hint)),
            }
        };
        self.timer.set_value(set_timeout_with_handle(ask, pause).ok());
    }

    /// Asks the server for the tree of a text, and shows it unless the field has another by then.
    fn ask(self, written: String, sent: String) {
        spawn_local(async move {
            let new = NewPreview { text: sent };
            let answer = call::<Preview>("POST", "/api/preview", &new).await;
            let is_open = self.is_open.try_get_untracked() == Some(true);
            let is_same = self.tools.draft.text.try_get_untracked().as_ref() == Some(&written);
            if !(is_open && is_same) {
                return;
            }
            self.shown.try_set(match answer {
                Ok(preview) => Shown::Text(new.text, preview.blocks),
                Err(refusal) => Shown::Hint(format!("There is no preview. {}", refusal.text)),
            });
        });
    }

    /// Returns its view.
    pub(super) fn view(self) -> AnyView {
        let session = self.tools.session;
        dynamic(move || {
            if !self.is_open.get() {
                return None;
            }
            let content = match self.shown.get() {
                Shown::Nothing => view! { <p class="preview-pane__hint">"Loading"</p> }.into_any(),
                Shown::Hint(hint) => view! { <p class="preview-pane__hint">{hint}</p> }.into_any(),
                Shown::Text(text, blocks) => written_text(session, &text, &blocks, None),
            };
            Some(view! {
                <div
                    class="preview-pane"
                    role="region"
                    aria-label="Preview"
                    tabindex="0"
                >
                    <p class="preview-pane__title" aria-hidden="true">"Preview"</p>
                    {content}
                </div>
            })
        })
    }
}

/// Returns what is sent for a text, or why nothing is shown to others.
fn sent_text(text: &str) -> Result<String, String> {
    let text = match read(text) {
        Ok(Command::Send(text)) => text,
        Ok(_) => return Err("A command is not shown to others.".to_owned()),
        Err(fault) => return Err(fault),
    };
    match text.chars().count().saturating_sub(MAX_TEXT_CHARS) {
        0 => Ok(text),
        excess => Err(format!("{excess} characters too long")),
    }
}
