//! Applies a change on this node and announces it to the others: one method for each kind.

use protocol::{
    ClientId, Event, LoggedEvent, Role, Room, RoomChanged, RoomId, SessionId, User, UserId,
};

use crate::{
    cluster::{Cluster, message::ClusterMessage},
    hub::{Hub, Topic},
};

/// Reaches every connection in the cluster that a change concerns. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Notifier {
    hub: Hub,
    cluster: Cluster,
}

impl Notifier {
    /// Creates a notifier for this node's hub and the cluster around it.
    #[must_use]
    pub fn new(hub: Hub, cluster: Cluster) -> Self {
        Self { hub, cluster }
    }

    /// Ends the live stream of a room for a user who is no longer a member.
    pub fn member_removed(&self, room: RoomId, user: User) {
        self.hub.remove_member(&user, room);
        self.cluster.publish(Topic::Room(room), &ClusterMessage::MemberRemoved(user));
    }

    /// Gives all open connections of a user another role.
    pub fn role_changed(&self, user: UserId, role: Role) {
        self.hub.set_role(user, role);
        self.cluster.publish(Topic::User(user), &ClusterMessage::RoleChanged(role));
    }

    /// Tells all open connections of a user whether the user's name reads like another.
    pub fn alike_changed(&self, user: UserId, alike: bool) {
        self.hub.set_alike(user, alike);
        self.cluster.publish(Topic::User(user), &ClusterMessage::AlikeChanged(alike));
    }

    /// Tells everybody of the users who have changed. Call it after the commit.
    pub fn users_changed(&self) {
        self.hub.wake_user_news();
        self.cluster.publish(Topic::Everyone, &ClusterMessage::UsersChanged);
    }

    /// Tells everybody of the custom emoji that have changed. Call it after the commit.
    pub fn emoji_changed(&self) {
        self.hub.wake_emoji_news();
        self.cluster.publish(Topic::Everyone, &ClusterMessage::EmojiChanged);
    }

    /// Closes the connections of one session.
    pub fn session_ended(&self, user: UserId, session: SessionId, reason: &str) {
        self.hub.close_session(user, session, reason);
        self.cluster
            .publish(Topic::User(user), &ClusterMessage::SessionEnded(session, reason.to_owned()));
    }

    /// Closes the connections of all sessions of a user, except those of one session.
    pub fn sessions_ended(&self, user: UserId, except: Option<SessionId>, reason: &str) {
        self.hub.close_user(user, except, reason);
        self.cluster
            .publish(Topic::User(user), &ClusterMessage::SessionsEnded(except, reason.to_owned()));
    }

    /// Sends an event to all connections of a user except one.
    pub fn to_user(&self, user: UserId, event: Event, except: ClientId) {
        self.hub.send_to_user(user, event.clone(), except);
        self.cluster.publish(Topic::User(user), &ClusterMessage::ToUser(LoggedEvent(event)));
    }

    /// Sends an event to all connections of a user.
    pub fn to_all_of(&self, user: UserId, event: Event) {
        self.hub.send_to_all_of(user, event.clone());
        self.cluster.publish(Topic::User(user), &ClusterMessage::ToUser(LoggedEvent(event)));
    }

    /// Tells everybody but its creator of a new public room.
    pub fn room_created(&self, room: &Room, creator: UserId) {
        if self.cluster.is_clustered() {
            let event = Event::RoomChanged(RoomChanged { room: room.clone() });
            let message = ClusterMessage::ephemeral(event, creator);
            self.cluster.publish(Topic::Everyone, &message);
        }
        self.hub.queue_room_news(room.id, Some(creator));
    }

    /// Tells everybody who sees a room that it has changed. Each node reads it as its own users see
    /// it.
    pub fn room_changed(&self, room: RoomId) {
        if self.cluster.is_clustered() {
            self.cluster.publish(Topic::Everyone, &ClusterMessage::RoomNews(room));
        }
        self.hub.queue_room_news(room, None);
    }

    /// Sends an ephemeral event to all subscribers of a room except one user.
    pub fn ephemeral(&self, room: RoomId, except: UserId, event: Event) {
        if self.cluster.is_clustered() {
            self.cluster
                .publish(Topic::Room(room), &ClusterMessage::ephemeral(event.clone(), except));
        }
        self.hub.send_to_others(room, except, event);
    }
}
