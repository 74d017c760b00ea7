//! What the rest of the page adds to a composer, once it is here: formats, completion and more.

use leptos::prelude::*;

use super::{draft::DraftField, quote::QuoteField};
use crate::{
    session::{Keeping, Session},
    state::conversation::Conversation,
};

/// A composer as its tools see it.
#[derive(Clone, Copy, Debug)]
pub struct ComposerTools {
    pub(super) session: Session,
    pub(super) place: Conversation,
    pub(super) draft: DraftField,
    /// Why the text is not sent.
    pub(super) fault: RwSignal<Option<String>>,
    /// The message that the next one quotes.
    pub(super) quote: QuoteField,
    /// True if the room shows the next reply in the thread as well.
    pub(super) also: RwSignal<bool>,
    /// True while the server is asked to keep the text, which cannot change then.
    pub(super) is_keeping: Memo<bool>,
    /// Returns what is to be sent for a text, unless it is a command.
    pub(super) commands: StoredValue<Option<Callback<String, Option<String>>>>,
    /// True while a command runs.
    pub(super) is_busy: StoredValue<bool>,
}

impl ComposerTools {
    pub(super) fn new(
        session: Session,
        place: Conversation,
        draft: DraftField,
        quote: QuoteField,
    ) -> Self {
        let keeping = session.keeping(place);
        Self {
            session,
            place,
            draft,
            fault: RwSignal::new(None),
            quote,
            also: RwSignal::new(false),
            is_keeping: Memo::new(move |_| keeping.get() == Some(Keeping::Asked)),
            commands: StoredValue::new(None),
            is_busy: StoredValue::new(false),
        }
    }

    /// Returns the session.
    pub(in super::super) fn session(self) -> Session {
        self.session
    }

    /// Returns the room or the thread.
    pub(in super::super) fn place(self) -> Conversation {
        self.place
    }

    /// Returns whether a message is edited.
    pub(in super::super) fn is_editing(self) -> bool {
        self.draft.editing().is_some()
    }

    /// Forgets what was said about the text that was here before.
    pub(super) fn clear_notes(self) {
        if self.fault.with_untracked(Option::is_some) {
            self.fault.set(None);
        }
        self.session.end_keeping(self.place);
    }

    /// Moves the focus to the text.
    pub(in super::super) fn focus(self) {
        self.draft.focus();
    }

    /// Returns what is to be sent for a text. `None` if it is a command, which is run instead.
    pub(super) fn expand(self, text: String) -> Option<String> {
        self.fault.set(None);
        if !text.starts_with('/') {
            return Some(text);
        }
        match self.commands.get_value() {
            Some(commands) => commands.run(text),
            None => {
                let fault = "Commands have not arrived yet. Try again in a moment.";
                self.fault.set(Some(fault.to_owned()));
                None
            }
        }
    }
}

/// Returns the view of a composer's tools. Provided as context by whoever has the rest of the page.
#[derive(Clone, Copy, Debug)]
pub struct ToolsView(pub fn(ComposerTools) -> AnyView);

/// Returns the view of the files that are added. Provided as [`ToolsView`] is.
#[derive(Clone, Copy, Debug)]
pub struct TrayView(pub fn(ComposerTools) -> AnyView);

/// Returns the view of the button that sends later. Provided as [`ToolsView`] is.
#[derive(Clone, Copy, Debug)]
pub struct LaterView(pub fn(ComposerTools) -> AnyView);

/// Returns the button that sends later, if there can be one.
pub(super) fn later_view(tools: ComposerTools) -> Option<AnyView> {
    use_context::<LaterView>().map(|view| (view.0)(tools))
}

/// Returns the view of the files that are added, if there can be any.
pub(super) fn tray_view(tools: ComposerTools) -> Option<AnyView> {
    use_context::<TrayView>().map(|view| (view.0)(tools))
}

/// Returns the view of the tools, if there are any.
pub(super) fn tools_view(tools: ComposerTools) -> Option<AnyView> {
    use_context::<ToolsView>().map(|view| (view.0)(tools))
}
