//! The messages between nodes, and the channels that carry them. A message about a room reaches
//! the nodes with subscribers of that room, and one about a user the nodes to which that user is
//! connected. Messages may be lost.

use std::time::Duration;

use protocol::{Event, LoggedEvent, Presence, Role, RoomId, SessionId, User, UserId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::hub::{Hub, NodeId, Topic};

/// The name of the channel that reaches every node.
const EVERYONE: &str = "everyone";

/// A message from one node to the others.
///
/// During an update, nodes of two versions exchange messages. The names on the wire therefore never
/// change, whatever the variants are called.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClusterMessage {
    /// An event of the room log at this `seq`. If it is lost, the next event leaves a gap, and the
    /// receiver reads the missing one from the room log.
    Logged(u64, LoggedEvent),
    /// An ephemeral event of the room, for all subscribers but one user. For everyone: a new room,
    /// which nodes of earlier versions pass on as it is.
    #[serde(rename = "passing")]
    Ephemeral(LoggedEvent, UserId),
    /// A user came online (true) or went offline (false) in the room on the sending node.
    #[serde(rename = "person")]
    PresenceChanged(User, bool),
    /// The user went offline on purpose, not by losing a connection. Follows
    /// [`PresenceChanged`](Self::PresenceChanged).
    #[serde(rename = "left")]
    UserLeft(UserId),
    /// Asks every node for its [`PresenceSnapshot`](Self::PresenceSnapshot) of the room.
    #[serde(rename = "who")]
    PresenceQuery,
    /// All users who are online in the room on the sending node, each with the milliseconds since
    /// they came online.
    #[serde(rename = "here")]
    PresenceSnapshot(Vec<(UserId, u64)>),
    /// Users with connections to the sending node, or without any now: the presence of each, and
    /// whether the user left on purpose. For everyone. Nodes of the previous version ignore it.
    #[serde(rename = "presence")]
    UserPresence(Vec<(UserId, Presence, bool)>),
    /// Users, and whether they have a visible page on the sending node. For everyone. Nodes of the
    /// previous version ignore it.
    #[serde(rename = "visible")]
    UsersVisible(Vec<(UserId, bool)>),
    /// A user was removed from the room.
    #[serde(rename = "removed")]
    MemberRemoved(User),
    /// A room has changed. Each node reads it from the store as its users see it.
    RoomNews(RoomId),
    /// An event for all connections of the user.
    ToUser(LoggedEvent),
    /// A session of the user has ended, for the reason given.
    SessionEnded(SessionId, String),
    /// All sessions of the user, or all but one, have ended for the reason given.
    SessionsEnded(Option<SessionId>, String),
    /// The user has a new role.
    #[serde(rename = "role")]
    RoleChanged(Role),
    /// The name of the user reads like that of another, or no longer does.
    #[serde(rename = "alike")]
    AlikeChanged(bool),
    /// What others see of some users has changed. The receiver reads which ones from the store.
    UsersChanged,
    /// Custom emoji were added or removed. The receiver reads which ones from the store.
    EmojiChanged,
}

impl ClusterMessage {
    /// Returns the message for an ephemeral event.
    #[must_use]
    pub fn ephemeral(event: Event, except: UserId) -> Self {
        Self::Ephemeral(LoggedEvent(event), except)
    }

    /// Encodes the message with its sender.
    pub(super) fn encode(&self, from: &NodeId) -> String {
        // JSON fails only for maps whose keys are not strings, and there are none.
        serde_json::to_string(&(from, self)).unwrap_or_default()
    }

    /// Decodes a message and its sender. Returns `None` for messages of another version.
    pub(super) fn decode(text: &[u8]) -> Option<(NodeId, Self)> {
        let (from, message) = serde_json::from_slice::<(String, Self)>(text).ok()?;
        Some((from.into(), message))
    }

    /// Applies the message to the hub. Events of a room log take another path, which keeps their
    /// order.
    pub(super) fn apply(self, topic: Topic, from: &NodeId, hub: &Hub) {
        match (topic, self) {
            (Topic::Room(room), Self::Ephemeral(event, except)) => {
                hub.send_to_others(room, except, event.0)
            }
            (Topic::Room(room), Self::PresenceChanged(user, online)) => {
                hub.remote_presence_changed(room, user.id, from, online)
            }
            (Topic::Room(room), Self::UserLeft(user)) => hub.remote_user_left(room, user),
            (Topic::Room(room), Self::PresenceSnapshot(users)) => {
                let users = users.into_iter().map(|(user, ms)| (user, Duration::from_millis(ms)));
                hub.apply_presence_snapshot(room, from, &users.collect::<Vec<_>>());
            }
            (Topic::Room(room), Self::MemberRemoved(user)) => hub.remove_member(&user, room),
            (Topic::User(user), Self::ToUser(LoggedEvent(event))) => match event {
                // This node may have told a newer state: it reads the present one.
                Event::RoomChanged(changed) => hub.queue_room_of_user(user, changed.room.id),
                Event::RoomGone(gone) => hub.queue_room_of_user(user, gone.room),
                event => hub.send_to_all_of(user, event),
            },
            (Topic::User(user), Self::SessionEnded(session, reason)) => {
                hub.close_session(user, session, &reason)
            }
            (Topic::User(user), Self::SessionsEnded(except, reason)) => {
                hub.close_user(user, except, &reason)
            }
            (Topic::User(user), Self::RoleChanged(role)) => hub.set_role(user, role),
            (Topic::User(user), Self::AlikeChanged(alike)) => hub.set_alike(user, alike),
            (Topic::Everyone, Self::UsersChanged) => hub.wake_user_news(),
            (Topic::Everyone, Self::EmojiChanged) => hub.wake_emoji_news(),
            (
                Topic::Everyone,
                Self::Ephemeral(LoggedEvent(Event::RoomChanged(changed)), except),
            ) => hub.queue_room_news(changed.room.id, Some(except)),
            (Topic::Everyone, Self::RoomNews(room)) => hub.queue_room_news(room, None),
            (Topic::Everyone, Self::UserPresence(users)) => hub.apply_user_presence(from, &users),
            (Topic::Everyone, Self::UsersVisible(users)) => hub.apply_visible_users(from, &users),
            _ => tracing::debug!("ignored a message that does not belong to its topic"),
        }
    }
}

/// Returns the channel of a topic.
pub(super) fn channel(prefix: &str, topic: Topic) -> String {
    match topic {
        Topic::Room(room) => format!("{prefix}room:{}", room.0),
        Topic::User(user) => format!("{prefix}user:{}", user.0),
        Topic::Everyone => format!("{prefix}{EVERYONE}"),
    }
}

/// Returns the topic of a channel, or `None` if the channel has another prefix or no topic.
pub(super) fn topic(prefix: &str, channel: &[u8]) -> Option<Topic> {
    let name = std::str::from_utf8(channel).ok()?.strip_prefix(prefix)?;
    if name == EVERYONE {
        return Some(Topic::Everyone);
    }
    let (kind, id) = name.split_once(':')?;
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
    fn a_decoded_message_equals_the_encoded_one() {
        let node: NodeId = "a.1".into();
        let text = ClusterMessage::Logged(7, LoggedEvent(Event::Ping(Empty {}))).encode(&node);
        let Some((from, ClusterMessage::Logged(7, LoggedEvent(Event::Ping(_))))) =
            ClusterMessage::decode(text.as_bytes())
        else {
            panic!("{text}");
        };
        assert_eq!(from, node);
        assert!(ClusterMessage::decode(br#"["a.1",{"unheard_of":[1]}]"#).is_none());
    }

    #[test]
    fn every_message_keeps_its_name_on_the_wire() {
        let event = || LoggedEvent(Event::Ping(Empty {}));
        let (user_id, session) = (UserId(Uuid::nil()), SessionId(Uuid::nil()));
        let user = || User {
            id: user_id,
            username: "ada".into(),
            name: "Ada".into(),
            role: Role::Member,
            ..User::default()
        };
        for (name, message) in [
            ("logged", ClusterMessage::Logged(7, event())),
            ("passing", ClusterMessage::Ephemeral(event(), user_id)),
            ("person", ClusterMessage::PresenceChanged(user(), true)),
            ("left", ClusterMessage::UserLeft(user_id)),
            ("who", ClusterMessage::PresenceQuery),
            ("here", ClusterMessage::PresenceSnapshot(vec![(user_id, 5)])),
            ("presence", ClusterMessage::UserPresence(vec![(user_id, Presence::Away, true)])),
            ("visible", ClusterMessage::UsersVisible(vec![(user_id, true)])),
            ("removed", ClusterMessage::MemberRemoved(user())),
            ("room_news", ClusterMessage::RoomNews(RoomId(Uuid::nil()))),
            ("to_user", ClusterMessage::ToUser(event())),
            ("session_ended", ClusterMessage::SessionEnded(session, "a reason".into())),
            ("sessions_ended", ClusterMessage::SessionsEnded(None, "a reason".into())),
            ("role", ClusterMessage::RoleChanged(Role::Admin)),
            ("alike", ClusterMessage::AlikeChanged(true)),
            ("users_changed", ClusterMessage::UsersChanged),
            ("emoji_changed", ClusterMessage::EmojiChanged),
        ] {
            let json = serde_json::to_value(&message).unwrap();
            let written =
                json.as_str().or_else(|| json.as_object()?.keys().next().map(|key| &**key));
            assert_eq!(written, Some(name), "{message:?}");
        }
    }

    #[test]
    fn a_channel_names_its_topic() {
        let (room, user) = (RoomId(Uuid::from_u128(1)), UserId(Uuid::from_u128(2)));
        for of in [Topic::Room(room), Topic::User(user), Topic::Everyone] {
            assert_eq!(topic("banter:x:", channel("banter:x:", of).as_bytes()), Some(of));
        }
        assert_eq!(
            topic("banter:y:", channel("banter:x:", Topic::Room(RoomId(Uuid::nil()))).as_bytes()),
            None
        );
    }
}
