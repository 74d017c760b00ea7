//! The names of users where another user's name reads alike: the username stands beside them.

use std::collections::BTreeMap;

use protocol::{Sender, User, UserId};

use super::room::RoomState;

/// The usernames of those users whose names read like another's, as far as a room shows them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Handles(BTreeMap<UserId, String>);

impl Handles {
    /// Collects what the members and the authors of a room tell.
    #[must_use]
    pub fn of(room: &RoomState) -> Self {
        let members = room.members.list.iter().map(|member| &member.user);
        let members = members.filter(|user| user.alike).map(|user| (user.id, &user.username));
        let replies =
            room.threads.iter().flat_map(|thread| thread.first.iter().chain(thread.log.shown()));
        let authors = room.log.shown().iter().chain(replies).map(|message| &message.sender);
        let authors = authors.filter_map(|sender| Some((sender.id, sender.username.as_ref()?)));
        Self(authors.chain(members).map(|(id, username)| (id, username.clone())).collect())
    }

    /// Returns the username to show beside the name of a user, if one is needed.
    #[must_use]
    pub fn get(&self, user: UserId) -> Option<&str> {
        self.0.get(&user).map(String::as_str)
    }

    /// Returns the name of a user, with the username if one is needed.
    #[must_use]
    pub fn name_of(&self, sender: &Sender) -> String {
        full_name(&sender.name, sender.username.as_deref().or_else(|| self.get(sender.id)))
    }
}

/// Returns the name of a user, with the username if it reads like another's.
#[must_use]
pub fn user_name(user: &User) -> String {
    full_name(&user.name, user.alike.then_some(&user.username))
}

/// Returns the name of an author, with the username if it reads like another's.
#[must_use]
pub fn sender_name(sender: &Sender) -> String {
    full_name(&sender.name, sender.username.as_deref())
}

fn full_name(name: &str, username: Option<&str>) -> String {
    username.map_or_else(|| name.to_owned(), |username| format!("{name} @{username}"))
}

#[cfg(test)]
mod tests {
    use protocol::{Member, Message};

    use super::*;
    use crate::state::{
        fixtures::{message, user},
        room::{MemberList, RoomLog},
    };

    fn alike(username: &str, name: &str) -> User {
        User { name: name.to_owned(), alike: true, ..user(username) }
    }

    #[test]
    fn a_name_that_reads_like_another_comes_with_the_username() {
        let (ada, eve) = (alike("ada", "Ada"), alike("eve", "Ada"));
        assert_eq!(user_name(&eve), "Ada @eve");
        assert_eq!(user_name(&user("bo")), "Bo");
        assert_eq!(sender_name(&eve.clone().into()), "Ada @eve");
        // This message is from before anybody else had the name.
        let early = Message { sender: user("ada").into(), ..message(1) };
        let late = Message { sender: eve.clone().into(), ..message(2) };
        let room = RoomState {
            log: RoomLog::new(vec![early.clone(), late], false, 2, String::new()),
            members: MemberList {
                list: vec![Member {
                    user: ada,
                    online: true,
                    joined_at: None,
                    ..Default::default()
                }],
                ..MemberList::default()
            },
            ..RoomState::default()
        };
        let handles = Handles::of(&room);
        assert_eq!(handles.name_of(&early.sender), "Ada @ada");
        assert_eq!(handles.get(eve.id), Some("eve"));
        assert_eq!(handles.get(user("bo").id), None);
    }
}
