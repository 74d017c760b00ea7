//! What the rest of the page adds to a composer, once it is here: formats, completion and more.

use leptos::prelude::*;

use super::draft::DraftField;
use crate::{session::Session, state::conversation::Conversation};

/// A composer as its tools see it.
#[derive(Clone, Copy, Debug)]
pub struct ComposerTools {
    pub(super) session: Session,
    pub(super) place: Conversation,
    pub(super) draft: DraftField,
}

/// Returns the view of a composer's tools. Provided as context by whoever has the rest of the page.
#[derive(Clone, Copy, Debug)]
pub struct ToolsView(pub fn(ComposerTools) -> AnyView);

/// Returns the view of the tools, if there are any.
pub(super) fn tools_view(tools: ComposerTools) -> Option<AnyView> {
    use_context::<ToolsView>().map(|view| (view.0)(tools))
}
