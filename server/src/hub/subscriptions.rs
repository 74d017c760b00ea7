//! Subscriptions of connections to rooms: begin, complete, abort and end.

use bytes::Bytes;
use protocol::{ClientId, RoomId, System, SystemEvent, User};
use tokio::time::Instant;

use super::{Departure, Hub, HubState, InterestChange, LiveRoom, Topic, room_presence::is_small};

impl Hub {
    /// Begins a subscription: events of the room wait until the reply to `subscribe` is sent.
    ///
    /// Returns `false`, and does nothing, if the connection has `most` subscriptions already.
    #[must_use]
    pub fn begin_subscribe(&self, client_id: ClientId, room_id: RoomId, most: usize) -> bool {
        let mut state = self.lock();
        let HubState { clients, rooms, begun, .. } = &mut *state;
        let Some(client) = clients.get_mut(&client_id) else { return true };
        if client.rooms.len() >= most && !client.rooms.contains(&room_id) {
            return false;
        }
        client.rooms.insert(room_id);
        *begun += 1;
        rooms.entry(room_id).or_default().begin(client_id, client.user.id, &client.outbox, *begun);
        self.note_changes(&mut state, [InterestChange::Topic(Topic::Room(room_id))]);
        true
    }

    /// Returns the number of subscriptions that have begun, ended ones included.
    #[must_use]
    pub fn begun_subscriptions(&self) -> u64 {
        self.lock().begun
    }

    /// Sends the reply to `subscribe`, then the events that waited for it.
    ///
    /// The reply covers the room log up to `seq`. Returns `false`, and does nothing, if the user
    /// was removed from the room in between.
    #[must_use]
    pub fn complete_subscribe(
        &self,
        client_id: ClientId,
        room_id: RoomId,
        seq: u64,
        reply: Bytes,
    ) -> bool {
        let mut state = self.lock();
        let user_presence = state.presence_of_client(client_id);
        let HubState { clients, rooms, stale_rooms, user_presences, .. } = &mut *state;
        let (Some(client), Some(room)) = (clients.get(&client_id), rooms.get_mut(&room_id)) else {
            return false;
        };
        let completed = room.complete(client_id, seq, reply);
        if completed == Some(true) {
            announce_join(room_id, room, &client.user);
            if is_small(room.presence.online()) {
                user_presences.joined(client.user.id, room_id, user_presence);
            }
        }
        self.notify_gap_if(room.has_gap() || stale_rooms.contains(&room_id));
        let presence = InterestChange::Presence(room_id, client.user.clone(), Departure::Loss);
        self.note_changes(&mut state, [presence]);
        self.wake_user_presence(&state);
        completed.is_some()
    }

    /// Completes the subscriptions to many rooms with one reply. Joins are announced later, in
    /// batches.
    ///
    /// # Errors
    /// Returns the rooms whose subscription has ended, and sends nothing, if the user was removed
    /// from some of them in between.
    pub fn complete_resume(
        &self,
        client_id: ClientId,
        seqs: &[(RoomId, u64)],
        reply: Bytes,
    ) -> Result<(), Vec<RoomId>> {
        let mut state = self.lock();
        let user_presence = state.presence_of_client(client_id);
        let HubState { clients, rooms, stale_rooms, announcements, user_presences, .. } =
            &mut *state;
        let Some(client) = clients.get(&client_id) else { return Ok(()) };
        let has_ended = |id: &RoomId| {
            rooms.get(id).is_none_or(|room: &LiveRoom| !room.is_subscribed(client_id))
        };
        let ended: Vec<_> = seqs.iter().map(|(id, _)| *id).filter(has_ended).collect();
        if !ended.is_empty() {
            return Err(ended);
        }
        client.outbox.push_reply(reply);
        let now = Instant::now();
        for (id, seq) in seqs {
            let Some(room) = rooms.get_mut(id) else { continue };
            if room.go_live(client_id, *seq) == Some(true) {
                let is_small = is_small(room.presence.online());
                let user = client.user.id;
                if is_small {
                    user_presences.joined(user, *id, user_presence);
                }
                if room.presence.mark_unannounced(user, SystemEvent::Joined, is_small, now) {
                    announcements.push_due(*id);
                }
            }
            self.notify_gap_if(room.has_gap() || stale_rooms.contains(id));
        }
        client.outbox.wake();
        let user = client.user.clone();
        let presence =
            |(id, _): &(RoomId, u64)| InterestChange::Presence(*id, user.clone(), Departure::Loss);
        self.note_changes(&mut state, seqs.iter().map(presence));
        self.0.unannounced.notify_one();
        self.wake_user_presence(&state);
        Ok(())
    }

    /// Undoes [`begin_subscribe`](Self::begin_subscribe) if the reply could not be read.
    ///
    /// An earlier subscription of the connection to the room goes on.
    pub fn abort_subscribe(&self, client_id: ClientId, room_id: RoomId) {
        let mut state = self.lock();
        let HubState { clients, rooms, stale_rooms, .. } = &mut *state;
        let (Some(client), Some(room)) = (clients.get_mut(&client_id), rooms.get_mut(&room_id))
        else {
            return;
        };
        room.abort(client_id);
        if !room.is_subscribed(client_id) {
            client.rooms.remove(&room_id);
        }
        self.notify_gap_if(room.has_gap() || stale_rooms.contains(&room_id));
        if room.is_empty() {
            rooms.remove(&room_id);
            self.note_changes(&mut state, [InterestChange::Topic(Topic::Room(room_id))]);
        }
    }

    /// Ends the connection's subscription to a room.
    pub fn unsubscribe(&self, client_id: ClientId, room_id: RoomId) {
        let mut state = self.lock();
        let Some(client) = state.clients.get_mut(&client_id) else { return };
        if client.rooms.remove(&room_id) {
            let user = client.user.clone();
            state.leave(client_id, room_id, &user, Departure::Leave);
            self.note_changes(
                &mut state,
                [
                    InterestChange::Topic(Topic::Room(room_id)),
                    InterestChange::Presence(room_id, user, Departure::Leave),
                ],
            );
            self.wake_user_presence(&state);
        }
    }

    /// Binds a `/ws/{room}` connection to its room: it is closed when its user is removed from it.
    ///
    /// The node needs the room's topic even while the connection is unsubscribed, so that a removal
    /// on another node arrives. Call it once.
    pub fn bind_to_room(&self, client_id: ClientId, room_id: RoomId) {
        let mut state = self.lock();
        let HubState { clients, rooms, .. } = &mut *state;
        let Some(client) = clients.get_mut(&client_id) else { return };
        client.bound_room = Some(room_id);
        rooms.entry(room_id).or_default().interest_refs += 1;
        self.note_changes(&mut state, [InterestChange::Topic(Topic::Room(room_id))]);
    }

    /// Returns the user of a connection that is subscribed to the room, as of now.
    #[must_use]
    pub fn subscriber(&self, client: ClientId, room: RoomId) -> Option<User> {
        let state = self.lock();
        let client = state.clients.get(&client)?;
        client.rooms.contains(&room).then(|| client.user.clone())
    }

    /// Returns the rooms that the connection is subscribed to.
    #[must_use]
    pub fn rooms_of(&self, client: ClientId) -> Vec<RoomId> {
        self.lock()
            .clients
            .get(&client)
            .map(|client| client.rooms.iter().copied().collect())
            .unwrap_or_default()
    }
}

impl HubState {
    /// Ends a subscription. If it was the user's last one, announces that they left, or will once
    /// a grace has passed.
    pub(super) fn leave(
        &mut self,
        client: ClientId,
        room_id: RoomId,
        user: &User,
        departure: Departure,
    ) {
        let Some(room) = self.rooms.get_mut(&room_id) else { return };
        let online = room.presence.online();
        let is_gone = room.leave(client);
        if is_gone {
            match departure {
                Departure::Leave => {
                    room.announce(online, System::new(room_id, SystemEvent::Left, user.clone()));
                }
                Departure::Loss => {
                    let due = self.announcements.grace_end(Instant::now());
                    let (left, is_small) = (SystemEvent::Left, is_small(online));
                    if room.presence.mark_unannounced(user.id, left, is_small, due) {
                        self.announcements.push_later(room_id, due);
                    }
                }
            }
        }
        if room.is_empty() {
            self.rooms.remove(&room_id);
        }
        if is_gone && is_small(online) {
            let now = self.known_presence(user.id).anywhere;
            let due = self.departure_due(departure);
            self.user_presences.left(user.id, room_id, now, due);
        }
    }
}

fn announce_join(id: RoomId, room: &mut LiveRoom, user: &User) {
    room.announce(room.presence.online(), System::new(id, SystemEvent::Joined, user.clone()));
}
