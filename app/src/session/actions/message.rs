//! The actions on a message: their keys and names. Its toolbar, menu, sheet and keys run them.

use super::{Action, Group, table::hint};

/// An action on a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageAction {
    /// Quotes the message.
    Reply,
    /// Opens the thread that it begins, or is a part of.
    Thread,
    /// Edits it.
    Edit,
    /// Copies its text.
    CopyText,
    /// Copies a permanent link to it.
    CopyLink,
    /// Pins it, or takes the pin away.
    Pin,
    /// Marks it and all after it as unread.
    MarkUnread,
    /// Keeps a reminder of it.
    Remind,
    /// Shows its earlier texts.
    History,
    /// Removes the previews of its links.
    RemovePreviews,
    /// Deletes it.
    Delete,
}

impl MessageAction {
    /// All of them, in the order of the sheet.
    pub const ALL: [Self; 11] = [
        Self::Reply,
        Self::Thread,
        Self::Edit,
        Self::CopyText,
        Self::CopyLink,
        Self::Pin,
        Self::MarkUnread,
        Self::Remind,
        Self::History,
        Self::RemovePreviews,
        Self::Delete,
    ];

    /// Returns the key that runs it on the message with the focus.
    #[must_use]
    pub const fn key(self) -> &'static str {
        self.keys()[0]
    }

    const fn keys(self) -> &'static [&'static str] {
        match self {
            Self::Reply => &["R"],
            Self::Thread => &["T"],
            Self::Edit => &["E"],
            Self::CopyText => &["C"],
            Self::CopyLink => &["L"],
            Self::Pin => &["P"],
            Self::MarkUnread => &["U"],
            Self::Remind => &["M"],
            Self::History => &["H"],
            Self::RemovePreviews => &["V"],
            Self::Delete => &["Delete"],
        }
    }

    /// Finds the action of a key.
    #[must_use]
    pub fn of_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.key().eq_ignore_ascii_case(key))
    }

    /// Returns whether a key is for messages: that of an action, or `Z`, which undoes. While a
    /// message has the focus, such a key without Shift never enters text.
    #[must_use]
    pub fn takes_key(key: &str) -> bool {
        key.eq_ignore_ascii_case("z") || Self::of_key(key).is_some()
    }

    /// Returns its name.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Reply => "Reply",
            Self::Thread => "Open thread",
            Self::Edit => "Edit",
            Self::CopyText => "Copy text",
            Self::CopyLink => "Copy link",
            Self::Pin => "Pin",
            Self::MarkUnread => "Mark unread from here",
            Self::Remind => "Remind me",
            Self::History => "Edit history",
            Self::RemovePreviews => "Remove previews",
            Self::Delete => "Delete",
        }
    }

    /// Returns its row in the registry.
    pub(super) const fn row(self) -> Action {
        let (id, label) = match self {
            Self::Reply => ("reply", self.label()),
            Self::Thread => ("thread", self.label()),
            Self::Edit => ("edit", self.label()),
            Self::CopyText => ("copy-text", self.label()),
            Self::CopyLink => ("copy-link", self.label()),
            Self::Pin => ("pin", "Pin, or unpin"),
            Self::MarkUnread => ("mark-unread", self.label()),
            Self::Remind => ("remind", self.label()),
            Self::History => ("history", self.label()),
            Self::RemovePreviews => ("remove-previews", self.label()),
            Self::Delete => ("delete", self.label()),
        };
        hint(id, label, self.keys(), Group::Message)
    }
}
