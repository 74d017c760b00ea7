//! Ends connections and subscriptions: of removed members, of ended sessions, at a new epoch.

use std::collections::HashSet;

use protocol::{CloseCode, Event, RoomGone, RoomId, SessionId, System, SystemEvent, User, UserId};

use super::{
    Departure, Hub, HubState, InterestChange, Topic, UserPresences, encode, room_presence::is_small,
};

impl Hub {
    /// Ends the subscriptions of a user who was removed from the room, and announces the removal.
    pub fn remove_member(&self, user: &User, room_id: RoomId) {
        self.remove_member_from(&mut self.lock(), user, room_id);
    }

    /// Ends the subscriptions of a user who was no member of the room when the store was read.
    /// `begun` is the number of [`begun_subscriptions`](Self::begun_subscriptions) before that.
    ///
    /// Returns `false`, and does nothing, if the user has subscribed since: the user may be a
    /// member again.
    #[must_use]
    pub fn remove_former_member(&self, user: &User, room_id: RoomId, begun: u64) -> bool {
        let mut state = self.lock();
        let clients = state.clients_by_user.get(&user.id).into_iter().flatten();
        let in_room: Vec<_> = clients
            .filter(|id| state.clients.get(id).is_some_and(|client| client.is_in(room_id)))
            .collect();
        let room = state.rooms.get(&room_id);
        if in_room.iter().any(|id| room.is_some_and(|room| room.has_begun_after(**id, begun))) {
            return false;
        }
        if !in_room.is_empty() {
            self.remove_member_from(&mut state, user, room_id);
        }
        true
    }

    fn remove_member_from(&self, state: &mut HubState, user: &User, room_id: RoomId) {
        self.note_changes(
            state,
            [
                // Other nodes announce a removal instead of a leave.
                InterestChange::Presence(room_id, user.clone(), Departure::Loss),
                InterestChange::Topic(Topic::Room(room_id)),
            ],
        );
        let HubState { clients, clients_by_user, rooms, .. } = state;
        let frame = encode(Event::System(System::new(room_id, SystemEvent::Removed, user.clone())));
        let mut room = rooms.get_mut(&room_id);
        let is_announced = room.as_ref().is_some_and(|room| is_small(room.presence.online()));
        for id in clients_by_user.get(&user.id).into_iter().flatten() {
            let Some(client) = clients.get_mut(id) else { continue };
            if client.rooms.remove(&room_id) {
                if let Some(room) = &mut room {
                    room.leave(*id);
                }
                if client.is_welcomed {
                    client.outbox.push_event(frame.clone());
                }
            }
            if client.bound_room == Some(room_id) {
                client.bound_room = None;
                if let Some(room) = &mut room {
                    room.release_interest();
                }
                client.outbox.close(CloseCode::Policy, "you are no longer a member of this room");
            }
        }
        let Some(room) = room else { return };
        room.presence.forget(user.id);
        if is_announced {
            room.send_to_others(user.id, &frame);
        }
        if room.is_empty() {
            rooms.remove(&room_id);
        }
    }

    /// Ends the subscriptions of a user who can no longer see the room, and tells all connections
    /// of the user.
    pub fn remove_access(&self, user: &User, room: RoomId) {
        self.remove_member(user, room);
        self.send_to_all_of(user.id, Event::RoomGone(RoomGone { room }));
    }

    /// Closes the connections of a session that has ended.
    pub fn close_session(&self, user: UserId, session: SessionId, reason: &str) {
        self.close_sessions(user, reason, |other| other == session);
    }

    /// Closes the connections of a user, except those of one session.
    pub fn close_user(&self, user: UserId, except: Option<SessionId>, reason: &str) {
        self.close_sessions(user, reason, |other| Some(other) != except);
    }

    /// Closes the connections of matching sessions. The user leaves their rooms at once, without
    /// waiting for the closing handshake.
    fn close_sessions(&self, user: UserId, reason: &str, matches: impl Fn(SessionId) -> bool) {
        let mut state = self.lock();
        let ids: Vec<_> = state.clients_by_user.get(&user).into_iter().flatten().copied().collect();
        for id in ids {
            if let Some(client) = state.clients.get(&id).filter(|client| matches(client.session)) {
                client.outbox.close(CloseCode::Policy, reason);
                let changes = state.disconnect(id, Departure::Leave);
                self.note_changes(&mut state, changes);
            }
        }
        self.wake_user_presence(&state);
    }

    /// Closes the connections of sessions that have ended, and removes members from rooms.
    ///
    /// All outboxes are closed first: connections that are being closed receive no presence events.
    /// Members are removed before the sessions end: a removed member receives no `left` event of
    /// the users whose sessions have ended.
    pub fn evict_ended(
        &self,
        ended: &[(SessionId, UserId)],
        reason: &str,
        removed: &[(RoomId, User)],
    ) {
        let sessions: HashSet<_> = ended.iter().map(|(session, _)| session).collect();
        for client in
            self.lock().clients.values().filter(|client| sessions.contains(&client.session))
        {
            client.outbox.close(CloseCode::Policy, reason);
        }
        for (room, user) in removed {
            self.remove_access(user, *room);
        }
        for (session, user) in ended {
            self.close_session(*user, *session, reason);
        }
    }

    /// Closes all connections because the room logs are those of a new epoch.
    ///
    /// Clients must connect again to learn of it. They are removed at once, so that no event of the
    /// new epoch reaches them.
    pub fn reset_for_new_epoch(&self) {
        let mut state = self.lock();
        state.user_presences = UserPresences::default();
        state.rooms_of_users.clear();
        let HubState { clients, clients_by_user, rooms, stale_rooms, room_news, .. } = &mut *state;
        clients_by_user.clear();
        stale_rooms.clear();
        room_news.clear();
        for client in std::mem::take(clients).into_values() {
            client
                .outbox
                .close(CloseCode::Restart, "the message store was reset, reconnect in a moment");
            if let Some(room) = client.bound_room.and_then(|room| rooms.get_mut(&room)) {
                room.release_interest();
            }
        }
        rooms.retain(|_, room| {
            room.clear();
            !room.is_empty()
        });
    }
}
