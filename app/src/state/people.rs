//! Users who changed while the page is open, and what stands in the way of managing them.

use std::collections::HashMap;

use protocol::{Message, Role, Sender, User, UserId, UserStatus};

/// The users who changed since the page was opened, as they are now. Lists that were loaded before
/// show them instead.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct People {
    changed: HashMap<UserId, User>,
}

impl People {
    /// Returns a user of a list as everybody sees the user now.
    #[must_use]
    pub fn present(&self, user: &User) -> User {
        let Some(changed) = self.changed.get(&user.id) else { return user.clone() };
        // Only lists for the owner and admins have it.
        User { invited_by: user.invited_by, ..changed.clone() }
    }

    /// Returns a user who changed.
    #[must_use]
    pub fn find(&self, user: UserId) -> Option<&User> {
        self.changed.get(&user)
    }

    /// Records a changed user.
    pub(super) fn change(&mut self, user: &User) {
        self.changed.insert(user.id, user.clone());
    }

    /// Records users that were just loaded: those who changed may have changed again since, while
    /// the page was not connected.
    pub(super) fn reload<'a>(&mut self, users: impl Iterator<Item = &'a User>) {
        for user in users {
            if let Some(known) = self.changed.get_mut(&user.id) {
                known.clone_from(user);
            }
        }
    }
}

/// The present names and pictures of some users.
pub(super) type Senders = HashMap<UserId, Sender>;

/// Shows a sender by the present name and picture. Returns whether those are others.
pub(super) fn update_sender(sender: &mut Sender, present: &Senders) -> bool {
    let Some(now) = present.get(&sender.id).filter(|now| *now != sender) else { return false };
    sender.clone_from(now);
    true
}

/// Shows everybody whom a message names by the present name and picture. Returns whether one of
/// those is another.
pub(crate) fn update_people(message: &mut Message, present: &HashMap<UserId, Sender>) -> bool {
    let mut is_other = update_sender(&mut message.sender, present);
    for named in [&mut message.deleted_by, &mut message.pinned_by].into_iter().flatten() {
        is_other |= update_sender(named, present);
    }
    if let Some(quote) = &mut message.reply_to {
        is_other |= update_sender(&mut quote.sender, present);
    }
    is_other
}

/// Returns a status unless it has ended at `now`, in milliseconds.
#[must_use]
pub fn status_at(user: &User, now: Option<i64>) -> Option<&UserStatus> {
    let status = user.status.as_deref()?;
    let has_ended = status.until.zip(now).is_some_and(|(until, now)| until.as_millis() <= now);
    (!has_ended).then_some(status)
}

/// Returns why `me` cannot change the role of a user; `None` if that is possible.
#[must_use]
pub fn role_refusal(me: &User, user: &User) -> Option<&'static str> {
    if user.role == Role::Owner {
        Some("The owner stays the owner.")
    } else if me.role != Role::Owner {
        Some("Only the owner changes roles.")
    } else if user.banned {
        Some("Let them back in first.")
    } else {
        None
    }
}

/// Returns why `me` cannot ban a user or lift the ban; `None` if that is possible.
#[must_use]
pub fn ban_refusal(me: &User, user: &User) -> Option<&'static str> {
    if user.role == Role::Owner {
        Some("The owner cannot be banned.")
    } else if user.id == me.id {
        Some("You cannot ban yourself.")
    } else if !me.role.may_ban() {
        Some("Only the owner and admins ban.")
    } else {
        None
    }
}

/// Returns why `me` cannot make a link by which a user sets a new password; `None` if that is
/// possible.
#[must_use]
pub fn reset_refusal(me: &User, user: &User) -> Option<&'static str> {
    if user.id == me.id {
        Some("Change your own password in the settings.")
    } else if user.banned {
        Some("A banned person cannot sign in.")
    } else if user.role == Role::Owner {
        Some("The owner runs “banter reset” on the server.")
    } else if me.role == Role::Admin && user.role == Role::Admin {
        Some("Only the owner makes one for an admin.")
    } else if me.role == Role::Member {
        Some("Only the owner and admins make one.")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use protocol::{Quote, Timestamp};

    use super::*;
    use crate::state::fixtures::{message, user};

    fn with_role(name: &str, role: Role) -> User {
        User { role, ..user(name) }
    }

    #[test]
    fn everybody_whom_a_message_names_gets_the_present_name() {
        let bodil = User { name: "Bodil".to_owned(), picture: Some("/p".into()), ..user("bo") };
        let present = Senders::from([(bodil.id, Sender::from(bodil))]);
        let bo = || Box::new(Sender::from(user("bo")));
        let mut named = Message {
            pinned_by: Some(bo()),
            deleted_by: Some(bo()),
            reply_to: Some(Box::new(Quote { sender: *bo(), ..Quote::default() })),
            ..message(1)
        };
        assert!(update_people(&mut named, &present));
        let quote = named.reply_to.as_ref().map(|quote| quote.sender.name.as_str());
        assert_eq!(quote, Some("Bodil"));
        for sender in [&named.sender, named.pinned_by.as_ref().unwrap()] {
            assert_eq!((sender.name.as_str(), sender.picture.as_deref()), ("Bodil", Some("/p")));
        }
        assert!(!update_people(&mut named, &present), "nothing is left to change");
    }

    #[test]
    fn a_list_shows_who_changed_and_keeps_who_invited_them() {
        let mut people = People::default();
        let inviter = Some(user("ada").id);
        let listed = User { invited_by: inviter, ..user("bo") };
        assert_eq!(people.present(&listed), listed);
        people.change(&User { name: "Bodil".to_owned(), ..user("bo") });
        let present = people.present(&listed);
        assert_eq!((present.name.as_str(), present.invited_by), ("Bodil", inviter));
        people.reload([&user("bo"), &user("chen")].into_iter());
        assert_eq!(people.present(&listed).name, "Bo", "the list was loaded later");
        assert_eq!(people.find(user("chen").id), None);
    }

    #[test]
    fn a_status_ends_by_itself() {
        let status = |until| User {
            status: Some(Box::new(UserStatus { until, ..UserStatus::default() })),
            ..user("bo")
        };
        let until = Some(Timestamp::from_millis(10));
        for (until, now, is_shown) in
            [(None, Some(99), true), (until, Some(9), true), (until, Some(10), false)]
        {
            assert_eq!(status_at(&status(until), now).is_some(), is_shown, "{until:?} {now:?}");
        }
        assert!(status_at(&status(until), None).is_some(), "the server has left out those over");
    }

    #[test]
    fn what_the_server_refuses_is_known_before() {
        let owner = with_role("ada", Role::Owner);
        let (admin, other) = (with_role("bo", Role::Admin), with_role("chen", Role::Admin));
        let member = with_role("dana", Role::Member);
        let may = |refusal: fn(&User, &User) -> Option<&'static str>, by: &User| {
            [&owner, &admin, &other, &member].map(|user| refusal(by, user).is_none())
        };
        assert_eq!(may(role_refusal, &owner), [false, true, true, true]);
        assert_eq!(may(role_refusal, &admin), [false; 4]);
        assert_eq!(may(ban_refusal, &owner), [false, true, true, true]);
        assert_eq!(may(ban_refusal, &admin), [false, false, true, true]);
        assert_eq!(may(ban_refusal, &member), [false; 4]);
        assert_eq!(may(reset_refusal, &owner), [false, true, true, true]);
        assert_eq!(may(reset_refusal, &admin), [false, false, false, true]);
        assert_eq!(may(reset_refusal, &member), [false; 4]);
    }
}
