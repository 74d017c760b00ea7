//! The addresses of the workspace's views.

use serde::{Deserialize, Serialize};

/// An address of the workspace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Address {
    /// `/rooms`: no room is open. A phone shows the room list.
    Rooms,
    /// `/rooms/{slug}` or `/rooms/{id}`
    Room(String),
    /// `/new-room`
    NewRoom,
    /// `/invitations`. Links to it load the page, so that the list is current.
    Invitations,
    /// Another view beside the rooms.
    View(View),
}

/// A view beside the rooms that shows no single room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum View {
    /// `/browse`: all rooms that the user may see.
    Browse,
    /// `/unread`: everything unread.
    Unread,
    /// `/search`: the search for messages. The query is in the address.
    Search,
    /// `/threads`: the threads that the user follows.
    Threads,
    /// `/drafts`: the drafts, the messages that are sent later, and the reminders.
    Drafts,
    /// `/new-message`: the form for a new direct room.
    NewMessage,
    /// `/settings`: the user's profile, sessions and preferences.
    Settings,
    /// `/people`: everybody, with what the owner and admins may do.
    People,
    /// `/admin`: invitations, rooms and health, for the owner and admins.
    Admin,
    /// `/emoji`: the emoji that users have added.
    Emoji,
    /// `/share`: what another app has shared, and the choice of a room for it.
    Share,
}

impl View {
    /// All views.
    pub const ALL: [Self; 11] = [
        Self::Browse,
        Self::Unread,
        Self::Search,
        Self::Threads,
        Self::Drafts,
        Self::NewMessage,
        Self::Settings,
        Self::People,
        Self::Admin,
        Self::Emoji,
        Self::Share,
    ];

    /// Returns the path of this view.
    #[must_use]
    pub fn path(self) -> &'static str {
        match self {
            Self::Browse => "/browse",
            Self::Unread => "/unread",
            Self::Search => "/search",
            Self::Threads => "/threads",
            Self::Drafts => "/drafts",
            Self::NewMessage => "/new-message",
            Self::Settings => "/settings",
            Self::People => "/people",
            Self::Admin => "/admin",
            Self::Emoji => "/emoji",
            Self::Share => "/share",
        }
    }

    /// Returns the heading of this view.
    #[must_use]
    pub fn heading(self) -> &'static str {
        match self {
            Self::Browse => "All rooms",
            Self::Unread => "Unread",
            Self::Search => "Search",
            Self::Threads => "Threads",
            Self::Drafts => "Drafts and later",
            Self::NewMessage => "New message",
            Self::Settings => "Settings",
            Self::People => "People",
            Self::Admin => "Administration",
            Self::Emoji => "Emoji",
            Self::Share => "Share",
        }
    }
}

impl Address {
    /// Parses a path. Returns `None` for pages that only the server can render.
    #[must_use]
    pub fn parse(path: &str) -> Option<Self> {
        match path {
            "/rooms" => Some(Self::Rooms),
            "/new-room" => Some(Self::NewRoom),
            _ => {
                if let Some(view) = View::ALL.into_iter().find(|view| view.path() == path) {
                    return Some(Self::View(view));
                }
                let slug = path.strip_prefix("/rooms/")?;
                (!slug.is_empty() && !slug.contains('/')).then(|| Self::Room(slug.to_owned()))
            }
        }
    }

    /// Returns the path of this address.
    #[must_use]
    pub fn path(&self) -> String {
        match self {
            Self::Rooms => "/rooms".to_owned(),
            Self::Room(slug) => format!("/rooms/{slug}"),
            Self::NewRoom => "/new-room".to_owned(),
            Self::Invitations => "/invitations".to_owned(),
            Self::View(view) => view.path().to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_survives_a_round_trip() {
        let views = View::ALL.map(Address::View);
        let rooms = [Address::Rooms, Address::NewRoom, Address::Room("front-desk".to_owned())];
        for address in rooms.into_iter().chain(views) {
            assert_eq!(Address::parse(&address.path()), Some(address));
        }
    }

    #[test]
    fn all_other_paths_are_left_to_the_server() {
        for path in ["/", "/rooms/", "/rooms/a/b", "/sign-in", "/roomsx", "/invitations"] {
            assert_eq!(Address::parse(path), None, "{path}");
        }
    }
}
