//! Who is here, away or offline, as far as this page was told.

use std::collections::{HashMap, HashSet};

use protocol::{Member, Presence, PresenceChanged, UserId};

/// The presence of users, from member lists and events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Presences {
    known: HashMap<UserId, Presence>,
    /// Those told on the present connection. What was told before may be wrong.
    current: HashSet<UserId>,
    /// True once the page shows people whom no room that is open tells of.
    pub are_wanted: bool,
}

impl Presences {
    /// Returns the presence of a user; offline if it is not known.
    #[must_use]
    pub fn of(&self, user: UserId) -> Presence {
        self.known.get(&user).copied().unwrap_or_default()
    }

    /// Returns the presence of a user, if it is known.
    #[must_use]
    pub fn get(&self, user: UserId) -> Option<Presence> {
        self.known.get(&user).copied()
    }

    /// Returns whether the presence of a user was told on this connection.
    #[must_use]
    pub fn is_current(&self, user: UserId) -> bool {
        self.current.contains(&user)
    }

    /// Takes over what a list of members tells.
    pub(crate) fn learn(&mut self, members: &[Member]) {
        for member in members {
            self.known.insert(member.user.id, member.presence);
            self.current.insert(member.user.id);
        }
    }

    /// Applies an event. The server tells only changes, so that it may precede a list.
    pub(crate) fn apply(&mut self, PresenceChanged { user, presence }: PresenceChanged) {
        self.known.insert(user, presence);
        self.current.insert(user);
    }

    /// Begins a new connection.
    pub(crate) fn expire(&mut self) {
        self.current.clear();
    }
}

/// Returns how the presence of a user is shown: the value of `data-presence` of the dot, and the
/// word for it. Who is here and wants no notifications is quiet.
#[must_use]
pub fn dot_and_word(presence: Presence, is_quiet: bool) -> (&'static str, &'static str) {
    match presence {
        Presence::Online if is_quiet => ("quiet", "quiet"),
        Presence::Online => ("online", "here"),
        Presence::Away => ("away", "away"),
        Presence::Offline => ("offline", "offline"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::fixtures::user;

    #[test]
    fn only_who_is_here_is_shown_as_quiet() {
        assert_eq!(dot_and_word(Presence::Online, false), ("online", "here"));
        assert_eq!(dot_and_word(Presence::Online, true), ("quiet", "quiet"));
        assert_eq!(dot_and_word(Presence::Away, true).1, "away");
        assert_eq!(dot_and_word(Presence::Offline, true).1, "offline");
    }

    #[test]
    fn what_was_told_before_a_new_connection_is_shown_and_asked_again() {
        let (ada, bo) = (user("ada"), user("bo"));
        let mut presences = Presences::default();
        let online = Member { user: bo.clone(), presence: Presence::Online, ..Member::default() };
        presences.learn(&[online]);
        assert_eq!(
            (presences.of(bo.id), presences.of(ada.id)),
            (Presence::Online, Presence::Offline)
        );
        presences.apply(PresenceChanged { user: bo.id, presence: Presence::Away });
        assert_eq!(presences.of(bo.id), Presence::Away);
        presences.expire();
        assert_eq!((presences.of(bo.id), presences.is_current(bo.id)), (Presence::Away, false));
    }
}
