//! What ends for people who are connected: memberships, sessions, the patience with a silent connection, a history.

use std::{collections::HashSet, sync::atomic::Ordering};

use protocol::{
    CloseCode, Empty, Event, Heartbeat, RoomId, SessionId, System, SystemEvent, User, UserId,
    limits::MAX_ANNOUNCED_ONLINE,
};

use super::{Change, Hub, State, Topic, encode};

impl Hub {
    /// Ends the live stream of a room for a person who was removed from it, and tells the person and the others.
    pub fn remove(&self, user: &User, room: RoomId) {
        let mut state = self.lock();
        self.tell(
            &mut state,
            [Change::Person(room, user.clone()), Change::Topic(Topic::Room(room))],
        );
        let State { clients, clients_of, rooms, .. } = &mut *state;
        let frame = encode(Event::System(System::new(room, SystemEvent::Removed, user.clone())));
        let mut followers = rooms.get_mut(&room);
        let is_small =
            followers.as_ref().is_some_and(|followers| followers.online() <= MAX_ANNOUNCED_ONLINE);
        for id in clients_of.get(&user.id).into_iter().flatten() {
            let Some(client) = clients.get_mut(id) else { continue };
            if client.rooms.remove(&room) {
                if let Some(followers) = &mut followers {
                    followers.leave(*id);
                }
                if client.greeted {
                    client.outbox.push_event(frame.clone());
                }
            }
            if client.home == Some(room) {
                client.home = None;
                if let Some(followers) = &mut followers {
                    followers.visitors = followers.visitors.saturating_sub(1);
                }
                client.outbox.close(CloseCode::Policy, "you are not in this room any more");
            }
        }
        let Some(followers) = followers else { return };
        followers.forget(user.id);
        if is_small {
            followers.deliver_to_others(user.id, &frame);
        }
        if followers.is_empty() {
            rooms.remove(&room);
        }
    }

    /// Closes the connections of a session that has ended.
    pub fn close_session(&self, user: UserId, session: SessionId, reason: &str) {
        self.close_those_of(user, reason, |of| of == session);
    }

    /// Closes the connections of a person, but for those of one session.
    pub fn close_user(&self, user: UserId, except: Option<SessionId>, reason: &str) {
        self.close_those_of(user, reason, |of| Some(of) != except);
    }

    /// They are gone for the others at once, however long the goodbye takes.
    fn close_those_of(&self, user: UserId, reason: &str, which: impl Fn(SessionId) -> bool) {
        let mut state = self.lock();
        let theirs: Vec<_> = state.clients_of.get(&user).into_iter().flatten().copied().collect();
        for id in theirs {
            if let Some(client) = state.clients.get(&id).filter(|client| which(client.session)) {
                client.outbox.close(CloseCode::Policy, reason);
                let changes = state.disconnect(id);
                self.tell(&mut state, changes);
            }
        }
    }

    /// Closes the connections of sessions that have ended, and ends the streams of those who were removed from rooms. None of
    /// the former hears that others go, none of the latter that the former do.
    pub fn let_go(&self, ended: &[(SessionId, UserId)], reason: &str, removed: &[(RoomId, User)]) {
        let sessions: HashSet<_> = ended.iter().map(|(session, _)| session).collect();
        for client in
            self.lock().clients.values().filter(|client| sessions.contains(&client.session))
        {
            client.outbox.close(CloseCode::Policy, reason);
        }
        for (room, user) in removed {
            self.remove(user, *room);
        }
        for (session, user) in ended {
            self.close_session(*user, *session, reason);
        }
    }

    /// The logs tell another history than before: whoever counts in the old one is to come back and find out. They are gone
    /// at once, so that nothing of the other history reaches them.
    pub fn begin_anew(&self) {
        let mut state = self.lock();
        let State { clients, clients_of, rooms, doubts, .. } = &mut *state;
        clients_of.clear();
        doubts.clear();
        for client in std::mem::take(clients).into_values() {
            client
                .outbox
                .close(CloseCode::Restart, "the message store was set back, come back in a moment");
            if let Some(room) = client.home.and_then(|room| rooms.get_mut(&room)) {
                room.visitors = room.visitors.saturating_sub(1);
            }
        }
        rooms.retain(|_, room| {
            room.clear();
            !room.is_empty()
        });
    }

    /// This process stood still for that long and could hear nobody: no connection was silent meanwhile.
    pub fn excuse(&self, stood_still_ms: u64, now_ms: u64) {
        for client in self.lock().clients.values() {
            let heard_ms = client.heard.load(Ordering::Relaxed);
            client
                .heard
                .fetch_max(heard_ms.saturating_add(stood_still_ms).min(now_ms), Ordering::Relaxed);
        }
    }

    /// Pings the connections whose turn it is, and closes those that have been silent for too long. One call serves
    /// all sockets; their turns are spread over the interval.
    pub fn beat(&self, heartbeat: Heartbeat, since_ms: u64, now_ms: u64) {
        let ping = encode(Event::Ping(Empty {}));
        for (id, client) in &self.lock().clients {
            let silent_ms = now_ms.saturating_sub(client.heard.load(Ordering::Relaxed));
            if silent_ms >= heartbeat.interval_ms + heartbeat.timeout_ms {
                client.outbox.close(CloseCode::GoingAway, "nothing was heard of you for too long");
            } else {
                let offset_ms = id.0.as_u128() as u64 % heartbeat.interval_ms;
                let turn = |at_ms: u64| (at_ms + offset_ms) / heartbeat.interval_ms;
                if client.greeted && turn(now_ms) != turn(since_ms) {
                    client.outbox.push_event(ping.clone());
                }
            }
        }
    }
}
