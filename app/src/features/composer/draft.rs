//! The composer's textarea and the draft that it shows.

use std::sync::LazyLock;

use leptos::{html::Textarea, prelude::*};
use protocol::MessageId;
use web_sys::HtmlTextAreaElement;

use crate::{
    browser::{
        field,
        window::{effect, is_touch},
    },
    session::Session,
    state::{
        commands::append,
        conversation::Conversation,
        writing::{Written, code},
    },
};

/// The text that the user is writing in a room or a thread.
#[derive(Clone, Copy, Debug)]
pub(super) struct DraftField {
    session: Session,
    place: Conversation,
    /// The message that is edited in the field.
    editing: RwSignal<Option<MessageId>>,
    /// The current text.
    pub(super) text: RwSignal<String>,
    /// The textarea.
    pub(super) area: NodeRef<Textarea>,
}

impl DraftField {
    /// Creates an empty field.
    pub(super) fn new(session: Session, place: Conversation) -> Self {
        let (text, editing) = (RwSignal::new(String::new()), RwSignal::new(None));
        Self { session, place, editing, text, area: NodeRef::new() }
    }

    /// Returns the message that is edited in the field.
    pub(super) fn editing(self) -> Option<MessageId> {
        self.editing.get()
    }

    /// Returns whether a message is edited in the field, without tracking it.
    pub(super) fn editing_untracked(self) -> bool {
        self.editing.get_untracked().is_some()
    }

    /// Adopts the text that was typed before hydration, else restores the stored draft.
    pub(super) fn start(self) {
        let Some(area) = self.area.get() else { return };
        if area.value().is_empty() {
            self.show(&area, self.session.draft(self.place, None).unwrap_or_default());
            self.session.resume_draft(self.place);
            self.end_if_sent();
        } else {
            self.changed();
        }
        if !is_touch() {
            let _ = area.focus();
        }
    }

    /// Empties the field once it turns out that the user has sent its text from another device.
    fn end_if_sent(self) {
        let is_sent = self.session.is_draft_sent(self.place);
        effect(move || {
            let Some(area) = self.area.get_untracked().filter(|_| is_sent.get()) else { return };
            if self.editing.get_untracked().is_none()
                && self.session.end_sent_draft(self.place, &area.value())
            {
                self.show(&area, String::new());
            }
        });
    }

    /// Shows what another device has written, unless a message is edited here.
    pub(super) fn adopt(self) {
        let Some(area) = self.area.get_untracked() else { return };
        if self.editing.get_untracked().is_none()
            && let Some(text) = self.session.take_new_draft(self.place, &area.value())
        {
            self.show(&area, text);
        }
    }

    /// Stores the draft after the user changed the text.
    pub(super) fn changed(self) {
        let Some(area) = self.area.get_untracked() else { return };
        let (before, text) = (self.text.get_untracked(), area.value());
        let editing = self.editing.get_untracked();
        self.session.replace_draft(self.place, editing, &before, &text);
        self.text.set(text);
        fit(&area);
    }

    /// Shows a text without storing it.
    fn show(self, area: &HtmlTextAreaElement, text: String) {
        area.set_value(&text);
        self.text.set(text);
        fit(area);
    }

    /// Shows the text of a message to edit, or again the draft for the room.
    pub(super) fn switch_to(self, editing: Option<MessageId>) {
        self.editing.set(editing);
        let Some(area) = self.area.get_untracked() else { return };
        let draft = self.session.draft(self.place, editing);
        let text = draft.or_else(|| self.session.message_text(self.place.room, editing?));
        self.show(&area, text.unwrap_or_default());
        let _ = area.focus();
    }

    /// Shows that the text was taken, unless a message is edited here.
    pub(super) fn empty(self) {
        if !self.editing_untracked()
            && let Some(area) = self.area.get_untracked()
        {
            self.show(&area, String::new());
        }
    }

    /// Moves the focus to the field.
    pub(super) fn focus(self) {
        if let Some(area) = self.area.get_untracked() {
            let _ = area.focus();
        }
    }

    /// Changes the text and the selection, so that the browser can undo it. Returns whether `edit`
    /// returned a change.
    pub(super) fn edit(self, edit: impl FnOnce(&Written) -> Option<Written>) -> bool {
        let Some(area) = self.area.get_untracked().filter(|area| !area.read_only()) else {
            return false;
        };
        let after = edit(&field::read(&area));
        if let Some(after) = &after {
            field::write(&area, after);
        }
        after.is_some()
    }

    /// Appends the text of a message to the draft for the room. At its beginning, it is no command.
    pub(super) fn append(self, text: &str) {
        let Some(area) = self.area.get_untracked() else { return };
        area.set_value(&append(&area.value(), text));
        self.changed();
        let _ = area.focus();
    }

    /// Submits the form of the field, as its button does.
    pub(super) fn submit_form(self) {
        if let Some(form) = self.area.get_untracked().and_then(|area| area.form()) {
            let _ = form.request_submit();
        }
    }

    /// Returns whether the caret stands in a block of code, of which a line break is a part.
    pub(super) fn is_in_code_block(self) -> bool {
        self.area.get_untracked().is_some_and(|area| {
            let Written { text, selected } = field::read(&area);
            code::goes_on(&text, selected.start)
        })
    }

    /// Returns whether there is neither a text nor an edit.
    pub(super) fn is_blank(self) -> bool {
        self.text.with_untracked(String::is_empty) && self.editing.get_untracked().is_none()
    }

    /// Returns whether the whole text is in view, so that there is nothing to scroll.
    pub(super) fn is_in_view(self) -> bool {
        self.area.get_untracked().is_some_and(|area| area.scroll_height() <= area.client_height())
    }

    /// Returns the text without blank lines around it.
    pub(super) fn trimmed(self) -> String {
        self.text.with_untracked(|text| text.trim_start_matches(['\r', '\n']).trim_end().to_owned())
    }

    /// Empties the field and returns its text without blank lines around it.
    pub(super) fn take(self) -> String {
        let text = self.trimmed();
        if let Some(area) = self.area.get_untracked() {
            area.set_value("");
            self.changed();
            let _ = area.focus(); // the send button is now disabled and would lose the focus
        }
        text
    }
}

/// Fits the textarea to its text, for browsers without `field-sizing`.
fn fit(area: &HtmlTextAreaElement) {
    static FITS_ITSELF: LazyLock<bool> = LazyLock::new(|| {
        web_sys::css::supports_with_value("field-sizing", "content").unwrap_or_default()
    });
    if !*FITS_ITSELF {
        let style = web_sys::HtmlElement::style(area);
        let _ = style.set_property("block-size", "auto");
        let _ = style.set_property("block-size", &format!("{}px", area.scroll_height()));
    }
}
