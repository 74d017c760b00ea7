//! Changed users, wherever the model shows them.

use protocol::{Presence, Sender, User, UserId};

use super::Model;
use crate::state::people::Senders;

impl Model {
    /// Shows a user as everybody sees the user now: on messages, as a member, in direct rooms.
    pub(crate) fn change_user(&mut self, user: &User) {
        let is_me = user.id == self.me.id;
        if is_me {
            self.me.clone_from(user);
        }
        self.people.change(user);
        let present = Senders::from([(user.id, Sender::from(user.clone()))]);
        for room in self.opened_rooms.values_mut() {
            room.members.change_user(user);
            room.update_people(&present);
        }
        self.threads.update_people(&present);
        self.search.update_people(&present);
        self.rooms.change_user(user, is_me);
    }

    /// Learns from the members of a room that were just loaded, who may have changed while the page
    /// was not connected.
    pub(crate) fn learn_members(&mut self, room: protocol::RoomId) {
        let Some(room) = self.opened_rooms.get_mut(&room) else { return };
        let users = || room.members.list.iter().map(|member| &member.user);
        self.people.reload(users());
        let present: Senders = users().map(|user| (user.id, user.clone().into())).collect();
        room.update_people(&present);
    }

    /// Returns what the page knows of a user.
    #[must_use]
    pub fn user(&self, id: UserId) -> Option<&User> {
        if id == self.me.id {
            return Some(&self.me);
        }
        let in_view = self.room_in_view.and_then(|room| self.opened_rooms.get(&room));
        let members = in_view.into_iter().chain(self.opened_rooms.values());
        let mut members = members.flat_map(|room| &room.members.list).map(|member| &member.user);
        let people = || self.rooms.iter().flat_map(|room| room.people.iter().flatten());
        self.people
            .find(id)
            .or_else(|| members.find(|user| user.id == id))
            .or_else(|| people().find(|user| user.id == id))
    }

    /// Returns whether a user is here, as far as the opened rooms tell.
    #[must_use]
    pub fn presence(&self, id: UserId) -> Option<Presence> {
        if id == self.me.id {
            let is_away = self.connection.is_away();
            return Some(if is_away { Presence::Offline } else { Presence::Online });
        }
        self.presences.get(id)
    }
}

#[cfg(test)]
mod tests {
    use protocol::{Event, Member, RoomId, RoomKind, UserChanged};
    use uuid::Uuid;

    use super::*;
    use crate::state::fixtures::{open_page, room, user};

    fn bodil() -> User {
        User { name: "Bodil".to_owned(), picture: Some("/pictures/bo".into()), ..user("bo") }
    }

    #[test]
    fn a_change_of_a_user_shows_everywhere() {
        let mut model = open_page();
        let direct = protocol::Room {
            id: RoomId(Uuid::from_u128(9)),
            slug: "direct".to_owned(),
            kind: RoomKind::Direct,
            name: "Bo".to_owned(),
            people: Some(vec![user("bo")]),
            ..room()
        };
        model.update_rooms(vec![direct.clone()]);
        let opened = model.opened_rooms.get_mut(&room().id).unwrap();
        opened.members.list.push(Member { user: user("bo"), ..Member::default() });
        opened.typing.add(user("bo").into(), 0);
        let before = model.timeline_version(room().id);
        let changed = UserChanged { user: bodil() };
        model.apply(&Event::UserChanged(Box::new(changed)), 0);
        assert_ne!(model.timeline_version(room().id), before, "the rows are derived again");
        let opened = &model.opened_rooms[&room().id];
        assert!(opened.log.messages.iter().all(|message| message.sender.name == "Bodil"));
        assert_eq!(opened.members.list[0].user, bodil());
        assert_eq!(opened.typing.iter().next().map(|user| user.name.as_str()), Some("Bodil"));
        let direct = model.rooms.find(direct.id).unwrap();
        assert_eq!((direct.name.as_str(), &direct.people), ("Bodil", &Some(vec![bodil()])));
        assert_eq!(model.user(bodil().id), Some(&bodil()));
        let after = model.timeline_version(room().id);
        model.change_user(&bodil());
        assert_eq!(model.timeline_version(room().id), after, "nothing changed");
    }

    #[test]
    fn the_user_of_the_page_changes_too() {
        let mut model = open_page();
        let renamed = User { name: "Adele".to_owned(), ..user("ada") };
        model.change_user(&renamed);
        assert_eq!(model.me, renamed);
    }

    #[test]
    fn loaded_members_tell_what_was_missed() {
        let mut model = open_page();
        let opened = model.opened_rooms.get_mut(&room().id).unwrap();
        opened.members.list.push(Member { user: bodil(), ..Member::default() });
        model.learn_members(room().id);
        let messages = &model.opened_rooms[&room().id].log.messages;
        assert!(messages.iter().all(|message| message.sender.name == "Bodil"));
    }
}
