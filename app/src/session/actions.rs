//! The registry of actions: keys run them, the switcher finds them, the list of shortcuts and the
//! menus show their keys. A new action is a row of the `table`.

mod format;
mod keys;
mod message;
mod table;

use leptos::prelude::*;

pub use self::format::format_id;
pub(crate) use self::keys::on_key;
pub use self::message::MessageAction;
use super::Session;
use crate::state::chord;

/// The groups of actions in the list of shortcuts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// From one view to another.
    Around,
    /// In the composer.
    Writing,
    /// On the text that is selected in the composer.
    Format,
    /// On the message that has the focus.
    Message,
    /// Beside the room.
    Panels,
    /// In the view of everything unread.
    Unread,
    /// In the search for messages.
    Search,
}

impl Group {
    /// All groups, in the order in which they are shown.
    pub const ALL: [Self; 7] = [
        Self::Around,
        Self::Writing,
        Self::Format,
        Self::Message,
        Self::Panels,
        Self::Unread,
        Self::Search,
    ];

    /// Returns the heading of the group.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Around => "Getting around",
            Self::Writing => "Writing",
            Self::Format => "On selected text",
            Self::Message => "On a message",
            Self::Panels => "Panels",
            Self::Unread => "In Unread",
            Self::Search => "In Search",
        }
    }
}

/// An action of the user.
#[derive(Debug)]
pub struct Action {
    /// The name in the code.
    pub id: &'static str,
    /// The name for people.
    pub label: &'static str,
    /// The keys that run it, any of them, as in [`chord`].
    pub keys: &'static [&'static str],
    /// The group in the list of shortcuts.
    pub group: Group,
    /// Returns whether the action is available now.
    pub when: fn(Session) -> bool,
    /// What it does. `None`: the field or list with the focus handles the keys, and the row is for
    /// the list of shortcuts.
    pub run: Option<fn(Session)>,
}

impl Action {
    /// Returns whether the action can be run now.
    #[must_use]
    pub fn is_available(&self, session: Session) -> bool {
        self.run.is_some() && (self.when)(session)
    }

    /// Runs the action, if it is available.
    pub fn act(&self, session: Session) {
        if let Some(run) = self.run.filter(|_| self.is_available(session)) {
            run(session);
        }
    }

    /// Returns the keys of the action for the attribute `aria-keyshortcuts`.
    #[must_use]
    pub fn aria_keys(&self, is_apple: bool) -> String {
        let keys: Vec<_> = self.keys.iter().map(|keys| chord::for_aria(keys, is_apple)).collect();
        keys.join(" ")
    }
}

/// Returns all actions, in the order in which they are shown.
#[must_use]
pub fn all() -> &'static [Action] {
    table::ACTIONS
}

/// Returns the action with an id.
#[must_use]
pub fn find(id: &str) -> Option<&'static Action> {
    all().iter().find(|action| action.id == id)
}

impl Session {
    /// Has a screen reader say a text, also if it is the same as before.
    pub fn say(self, text: impl Into<String>) {
        let text = text.into();
        self.spoken.set(String::new());
        request_animation_frame(move || self.spoken.set(text));
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_two_actions_have_the_same_id_or_keys() {
        let ids: HashSet<_> = all().iter().map(|action| action.id).collect();
        assert_eq!(ids.len(), all().len());
        // A field or a list handles the keys of the other rows by itself.
        let run = all().iter().filter(|action| action.run.is_some());
        let keys: Vec<_> = run.flat_map(|action| action.keys).collect();
        assert_eq!(keys.iter().collect::<HashSet<_>>().len(), keys.len(), "{keys:?}");
    }

    #[test]
    fn plain_letters_act_on_lists_only() {
        // Lists handle the letters of the other rows, fields do not.
        for action in all().iter().filter(|action| action.run.is_some()) {
            let is_letter =
                |keys: &&str| keys.len() == 1 && keys.as_bytes()[0].is_ascii_alphabetic();
            assert!(!action.keys.iter().any(is_letter), "{} would swallow typing", action.id);
        }
    }

    #[test]
    fn an_action_that_only_a_list_of_shortcuts_shows_has_keys() {
        for action in all() {
            assert!(action.run.is_some() || !action.keys.is_empty(), "{}", action.id);
            assert!(find(action.id).is_some_and(|found| std::ptr::eq(found, action)));
        }
    }
}
