//! The actions that set a format on the text selected in the composer.

use leptos::prelude::*;

use super::{Action, Group};
use crate::{browser::focus::is_in_dialog, session::Session, state::writing::Format};

/// Returns the id of the action that sets a format.
#[must_use]
pub const fn format_id(format: Format) -> &'static str {
    match format {
        Format::Bold => "bold",
        Format::Italic => "italic",
        Format::Strikethrough => "strikethrough",
        Format::Code => "code",
        Format::CodeBlock => "code-block",
        Format::Link => "link",
        Format::Quote => "quote",
        Format::BulletList => "bullet-list",
        Format::NumberedList => "numbered-list",
    }
}

/// Returns the row of a format in the registry.
pub(super) const fn row(format: Format) -> Action {
    let (label, keys, run): (_, &[_], fn(Session)) = match format {
        Format::Bold => ("Bold", &["Mod+B"], |it| it.format(Format::Bold)),
        Format::Italic => ("Italic", &["Mod+I"], |it| it.format(Format::Italic)),
        Format::Strikethrough => {
            ("Strikethrough", &["Mod+Shift+X"], |it| it.format(Format::Strikethrough))
        }
        Format::Code => ("Code", &["Mod+E"], |it| it.format(Format::Code)),
        Format::CodeBlock => ("Block of code", &["Mod+Shift+E"], |it| it.format(Format::CodeBlock)),
        Format::Link => ("Link", &["Mod+Shift+L"], |it| it.format(Format::Link)),
        Format::Quote => ("Quote", &["Mod+Shift+9"], |it| it.format(Format::Quote)),
        Format::BulletList => ("List", &["Mod+Shift+8"], |it| it.format(Format::BulletList)),
        Format::NumberedList => {
            ("Numbered list", &["Mod+Shift+7"], |it| it.format(Format::NumberedList))
        }
    };
    let (id, group) = (format_id(format), Group::Format);
    Action { id, label, keys, group, when: Session::has_formats, run: Some(run) }
}

impl Session {
    /// Has formats set by `set` from now on: the composer that it belongs to has the focus.
    pub(crate) fn set_formats_by(self, set: Callback<Format>) {
        self.formats.set_value(Some(set));
    }

    /// No longer has formats set by `set`: its composer is gone.
    pub(crate) fn end_formats_by(self, set: Callback<Format>) {
        let is_set = |formats: &Option<Callback<Format>>| {
            formats.is_some_and(|formats| formats.matches(&set))
        };
        if self.formats.try_with_value(is_set).unwrap_or_default() {
            self.formats.set_value(None);
        }
    }

    /// Returns whether there is a composer that formats can be set in.
    fn has_formats(self) -> bool {
        self.formats.with_value(Option::is_some)
    }

    /// Sets a format in the composer that had the focus last, or takes it away.
    fn format(self, format: Format) {
        let Some(set) = self.formats.get_value() else { return };
        if is_in_dialog() {
            // The switcher gives the focus back once it is closed.
            request_animation_frame(move || set.run(format));
        } else {
            set.run(format);
        }
    }
}
