//! What nodes tell each other. A word about a room reaches the nodes on which somebody follows it, one about a person
//! those to which that person is connected; nothing that must not be lost depends on it.

use std::time::Duration;

use protocol::{Event, LoggedEvent, Role, RoomId, SessionId, User, UserId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::hub::{Hub, Node, Topic};

/// Something that concerns other nodes.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Word {
    /// An event of the room's log. Where it is lost, its number is missed, and it is read from the log.
    Logged(u64, LoggedEvent),
    /// A passing event of the room, for all but that person.
    Passing(LoggedEvent, UserId),
    /// A person came online in the room, or went offline, on the node that says so.
    Person(User, bool),
    /// Who is online in the room?
    Who,
    /// These are, on the node that says so, and for so many milliseconds: all of them.
    Here(Vec<(UserId, u64)>),
    /// A person was taken out of the room.
    Removed(User),
    /// An event for all connections of the person.
    ToUser(LoggedEvent),
    /// A session of the person has ended, for that reason.
    SessionEnded(SessionId, String),
    /// All sessions of the person but one have ended, for that reason.
    SessionsEnded(Option<SessionId>, String),
    /// The person has another role.
    Role(Role),
}

impl Word {
    /// A passing event.
    #[must_use]
    pub fn passing(event: Event, except: UserId) -> Self {
        Self::Passing(LoggedEvent(event), except)
    }

    /// As it is sent by that node.
    pub(super) fn encode(&self, from: &Node) -> String {
        // Neither has maps with keys that are no strings.
        serde_json::to_string(&(from, self)).unwrap_or_default()
    }

    /// Who says what; none where it is of a version that speaks otherwise.
    pub(super) fn decode(text: &[u8]) -> Option<(Node, Self)> {
        serde_json::from_slice::<(String, Self)>(text).ok().map(|(node, word)| (node.into(), word))
    }

    /// Does on this node what the word is about. Events of the log are not among that: they go through the bus, in order.
    pub(super) fn apply(self, topic: Topic, from: &Node, hub: &Hub) {
        match (topic, self) {
            (Topic::Room(room), Self::Passing(event, except)) => {
                hub.send_to_others(room, except, event.0)
            }
            (Topic::Room(room), Self::Person(user, online)) => {
                hub.person_elsewhere(room, &user, from, online)
            }
            (Topic::Room(room), Self::Here(users)) => {
                let users = users.into_iter().map(|(user, ms)| (user, Duration::from_millis(ms)));
                hub.people_elsewhere(room, from, &users.collect::<Vec<_>>());
            }
            (Topic::Room(room), Self::Removed(user)) => hub.remove(&user, room),
            (Topic::User(user), Self::ToUser(event)) => hub.send_to_all_of(user, event.0),
            (Topic::User(user), Self::SessionEnded(session, reason)) => {
                hub.close_session(user, session, &reason)
            }
            (Topic::User(user), Self::SessionsEnded(except, reason)) => {
                hub.close_user(user, except, &reason)
            }
            (Topic::User(user), Self::Role(role)) => hub.set_role(user, role),
            _ => tracing::debug!("a word about something else than its topic"),
        }
    }
}

/// The channel of a topic.
pub(super) fn channel(prefix: &str, topic: Topic) -> String {
    match topic {
        Topic::Room(room) => format!("{prefix}room:{}", room.0),
        Topic::User(user) => format!("{prefix}user:{}", user.0),
    }
}

/// The topic of a channel.
pub(super) fn topic(prefix: &str, channel: &[u8]) -> Option<Topic> {
    let (kind, id) = std::str::from_utf8(channel).ok()?.strip_prefix(prefix)?.split_once(':')?;
    let id = Uuid::try_parse(id).ok()?;
    match kind {
        "room" => Some(Topic::Room(RoomId(id))),
        "user" => Some(Topic::User(UserId(id))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use protocol::Empty;

    use super::*;

    #[test]
    fn words_are_read_as_they_were_said() {
        let node: Node = "a.1".into();
        let text = Word::Logged(7, LoggedEvent(Event::Ping(Empty {}))).encode(&node);
        let Some((from, Word::Logged(7, LoggedEvent(Event::Ping(_))))) =
            Word::decode(text.as_bytes())
        else {
            panic!("{text}");
        };
        assert_eq!(from, node);
        assert!(Word::decode(br#"["a.1",{"unheard_of":[1]}]"#).is_none());
    }

    #[test]
    fn channels_name_their_topics() {
        for of in [Topic::Room(RoomId(Uuid::from_u128(1))), Topic::User(UserId(Uuid::from_u128(2)))]
        {
            assert_eq!(topic("banter:x:", channel("banter:x:", of).as_bytes()), Some(of));
        }
        assert_eq!(
            topic("banter:y:", channel("banter:x:", Topic::Room(RoomId(Uuid::nil()))).as_bytes()),
            None
        );
    }
}
