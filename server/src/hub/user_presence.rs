//! The presence of users, over all their connections: online, away or offline. See decision 25.
//!
//! A change is told to those who share a small room with the user: once to each connection,
//! however many rooms they share. It is marked first and told a moment later, in batches, so that a
//! page that is loaded again and a short loss of the connection tell nobody anything.

mod attention;
mod changes;
mod remote;

use std::{
    collections::{BTreeSet, HashMap, HashSet, hash_map::Entry},
    time::Duration,
};

use protocol::{ClientId, Event, Presence, PresenceChanged, RoomId, User, UserId};
use tokio::time::Instant;

use super::{Departure, Hub, HubState, InterestChange, NodeId, encode, room_presence::is_small};
use crate::websocket::outbox::Outbox;
use changes::{Change, Changes, PopDue as _};
use remote::RemoteUsers;

pub(super) use attention::Attention;

/// The time between a change and its announcement. A page that connects says within it whether it
/// is visible.
pub(super) const BATCH_DELAY: Duration = Duration::from_millis(300);
/// The users whose changes are told together, while the hub is locked.
pub(super) const BATCH: usize = 16;

/// What the hub knows of users' presence beside their connections to this node.
#[derive(Debug, Default)]
pub(super) struct UserPresences {
    remote: RemoteUsers,
    /// The connections with a hidden page, by the time from which they are away.
    hidden: BTreeSet<(Instant, ClientId)>,
    /// How many connections of a user are away. Users with none are missing.
    away: HashMap<UserId, usize>,
    /// How many connections of a user have a visible page. Users with none are missing.
    visible: HashMap<UserId, usize>,
    changes: Changes,
    /// The time until which the task that tells changes sleeps, unless it is woken.
    sleeps_until: Option<Instant>,
}

/// The presence of a user on this node, and on all nodes together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct KnownPresence {
    pub(super) local: Presence,
    pub(super) anywhere: Presence,
    /// Whether a page is visible on this node.
    pub(super) is_visible: bool,
}

impl UserPresences {
    pub(super) fn next_due(&self) -> Option<Instant> {
        let away = self.hidden.first().map(|(away_at, _)| *away_at);
        away.into_iter().chain(self.changes.next_due()).min()
    }

    /// Notes what a connection of a user has said of its page.
    fn note(&mut self, user: UserId, client: ClientId, attention: Attention) {
        match attention {
            Attention::Unknown => {}
            Attention::Visible => *self.visible.entry(user).or_default() += 1,
            Attention::Hidden(away_at) => {
                self.hidden.insert((away_at, client));
            }
            Attention::Away => *self.away.entry(user).or_default() += 1,
        }
    }

    /// Forgets what a connection of a user has said of its page.
    pub(super) fn forget(&mut self, user: UserId, client: ClientId, attention: Attention) {
        match attention {
            Attention::Unknown => {}
            Attention::Visible => subtract(&mut self.visible, user),
            Attention::Hidden(away_at) => {
                self.hidden.remove(&(away_at, client));
            }
            Attention::Away => subtract(&mut self.away, user),
        }
    }

    /// Notes that a user came online in a room, so that its subscribers learn the presence.
    pub(super) fn joined(&mut self, user: UserId, room: RoomId, now: Presence) {
        self.changes.joined(user, room, now, Instant::now() + BATCH_DELAY);
    }

    /// Notes that a user went offline in a room, whose subscribers learn if that is all of it.
    pub(super) fn left(&mut self, user: UserId, room: RoomId, now: Presence, due: Instant) {
        self.changes.left(user, room, now, due);
    }

    /// Returns the presence that a member list shows of a user. Where that is not what was told,
    /// the others are told again.
    fn listed(&mut self, user: UserId, now: Presence, is_online: bool) -> Presence {
        let told = self.changes.told(user);
        let listed = match now {
            // Until the others learn of the loss of a connection. Nodes of an older version tell
            // who is online in a room, and no more.
            Presence::Offline if is_online => {
                told.filter(|told| *told != Presence::Offline).unwrap_or(Presence::Online)
            }
            now => now,
        };
        if told.is_some_and(|told| told != listed) {
            self.changes.mark_listed(user);
        }
        listed
    }
}

/// Subtracts one connection of a user.
fn subtract(counts: &mut HashMap<UserId, usize>, user: UserId) {
    if let Entry::Occupied(mut count) = counts.entry(user) {
        *count.get_mut() -= 1;
        if *count.get() == 0 {
            count.remove();
        }
    }
}

impl Hub {
    /// Applies a notice of a page: whether it is visible.
    pub fn set_visibility(&self, client_id: ClientId, visible: bool) {
        let now = Instant::now();
        let mut state = self.lock();
        let Some(client) = state.clients.get(&client_id) else { return };
        let (user, earlier) = (client.user.id, client.attention);
        let before = state.known_presence(user);
        let attention = earlier.after(visible, now);
        state.set_attention(client_id, attention);
        let change = state.presence_changed(user, before, now + BATCH_DELAY, Departure::Loss);
        self.note_changes(&mut state, change);
        self.wake_user_presence(&state);
    }

    /// Returns which of `users` are online in the room, the presence of each, and how many are
    /// online in the room altogether.
    #[must_use]
    pub fn presence(&self, room_id: RoomId, users: &[User]) -> (Vec<(bool, Presence)>, usize) {
        let mut state = self.lock();
        let (online, total) = state.online(room_id, users);
        let listed = users.iter().zip(online).map(|(user, is_online)| {
            let now = state.known_presence(user.id).anywhere;
            (is_online, state.user_presences.listed(user.id, now, is_online))
        });
        (listed.collect(), total)
    }

    /// Returns the users with connections to this node, and the presence of each.
    #[must_use]
    pub fn local_users(&self) -> Vec<(UserId, Presence)> {
        let state = self.lock();
        state.clients_by_user.keys().map(|user| (*user, state.presence_here(*user))).collect()
    }

    /// Returns which of these users look at a room: a visible page of theirs is subscribed to it.
    /// A visible page on another node counts for all rooms.
    #[must_use]
    pub fn viewers(&self, room: RoomId, users: &[UserId]) -> HashSet<UserId> {
        let state = self.lock();
        let looks = |user: &&UserId| {
            state.user_presences.remote.is_visible(**user) || state.looks_at(**user, room)
        };
        users.iter().filter(looks).copied().collect()
    }

    /// Returns the users with a visible page on this node.
    #[must_use]
    pub fn visible_users(&self) -> Vec<UserId> {
        self.lock().user_presences.visible.keys().copied().collect()
    }

    /// Notes which users have a visible page on another node.
    pub fn apply_visible_users(&self, node: &NodeId, users: &[(UserId, bool)]) {
        let mut state = self.lock();
        for (user, visible) in users {
            state.user_presences.remote.set_visible(*user, node, *visible);
        }
    }

    /// Returns the number of users with connections to any node.
    #[must_use]
    pub fn users_anywhere(&self) -> usize {
        let state = self.lock();
        let here = &state.clients_by_user;
        let is_elsewhere_only = |user: &&UserId| !here.contains_key(*user);
        here.len() + state.user_presences.remote.users().filter(is_elsewhere_only).count()
    }

    /// Applies the presence of users on another node. True: the user left on purpose, and not by
    /// losing a connection.
    pub fn apply_user_presence(&self, node: &NodeId, users: &[(UserId, Presence, bool)]) {
        let now = Instant::now();
        let mut state = self.lock();
        let grace_end = state.announcements.grace_end(now);
        for (user, presence, on_purpose) in users {
            let is_lost = *presence == Presence::Offline && !on_purpose;
            let due = if is_lost { grace_end } else { now + BATCH_DELAY };
            state.set_remote(*user, node, *presence, due);
        }
        self.wake_user_presence(&state);
    }

    /// Waits until changes are due, and queues them. Returns the outboxes that the caller must
    /// flush.
    #[must_use = "queued frames must be flushed"]
    pub async fn due_user_presence(&self) -> Vec<Outbox> {
        loop {
            let (readers, next) = self.announce_user_presence(BATCH, Instant::now());
            if !readers.is_empty() {
                return readers;
            }
            let next_due = async {
                match next {
                    Some(next) => tokio::time::sleep_until(next).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = self.0.user_presence.notified() => {}
                () = next_due => {}
            }
        }
    }

    /// Queues the changes of at most `most` users that are due. Returns the outboxes that the
    /// caller must flush, and when the next change is due.
    pub(super) fn announce_user_presence(
        &self,
        most: usize,
        now: Instant,
    ) -> (Vec<Outbox>, Option<Instant>) {
        let mut state = self.lock();
        let away = state.mark_away(now);
        let mut readers = Vec::new();
        for (user, change) in state.user_presences.changes.take_due(now, most) {
            state.tell(user, change, &mut readers);
        }
        let next = state.user_presences.next_due();
        state.user_presences.sleeps_until = next;
        self.note_changes(&mut state, away);
        (readers, next)
    }

    /// Wakes the task that tells changes, if one is due before it would wake by itself.
    pub(super) fn wake_user_presence(&self, state: &HubState) {
        let presences = &state.user_presences;
        let is_earlier = |due| presences.sleeps_until.is_none_or(|until| due < until);
        if presences.next_due().is_some_and(is_earlier) {
            self.0.user_presence.notify_one();
        }
    }
}

impl HubState {
    pub(super) fn known_presence(&self, user: UserId) -> KnownPresence {
        let local = self.presence_here(user);
        let anywhere = local.max(self.user_presences.remote.presence(user));
        KnownPresence { local, anywhere, is_visible: self.is_visible_here(user) }
    }

    pub(super) fn is_visible_here(&self, user: UserId) -> bool {
        self.user_presences.visible.contains_key(&user)
    }

    /// Returns whether a visible page of the user on this node is subscribed to the room.
    fn looks_at(&self, user: UserId, room: RoomId) -> bool {
        let clients = self.clients_by_user.get(&user).filter(|_| self.is_visible_here(user));
        let mut clients = clients.into_iter().flatten().filter_map(|id| self.clients.get(id));
        clients.any(|client| client.attention == Attention::Visible && client.is_in(room))
    }

    /// Returns the presence of the user of a connection.
    pub(super) fn presence_of_client(&self, client: ClientId) -> Presence {
        let client = self.clients.get(&client);
        client.map(|client| self.known_presence(client.user.id).anywhere).unwrap_or_default()
    }

    /// Looks at no single connection: a user may have thousands, which come and go together.
    fn presence_here(&self, user: UserId) -> Presence {
        let away = self.user_presences.away.get(&user).copied().unwrap_or_default();
        match self.clients_by_user.get(&user).map_or(0, HashSet::len) {
            0 => Presence::Offline,
            all if all == away => Presence::Away,
            _ => Presence::Online,
        }
    }

    /// Marks what has changed since `before`. Returns the change for other nodes.
    pub(super) fn presence_changed(
        &mut self,
        user: UserId,
        before: KnownPresence,
        due: Instant,
        departure: Departure,
    ) -> Option<InterestChange> {
        let after = self.known_presence(user);
        self.user_presences.changes.mark(user, before.anywhere, after.anywhere, due);
        let has_changed = before.local != after.local || before.is_visible != after.is_visible;
        has_changed.then_some(InterestChange::User(user, departure))
    }

    /// Returns when the others learn that a connection has ended.
    pub(super) fn departure_due(&self, departure: Departure) -> Instant {
        let now = Instant::now();
        match departure {
            Departure::Leave => now + BATCH_DELAY,
            Departure::Loss => self.announcements.grace_end(now),
        }
    }

    fn set_attention(&mut self, client_id: ClientId, attention: Attention) {
        let Some(client) = self.clients.get_mut(&client_id) else { return };
        let earlier = std::mem::replace(&mut client.attention, attention);
        let user = client.user.id;
        self.user_presences.forget(user, client_id, earlier);
        self.user_presences.note(user, client_id, attention);
    }

    /// Counts connections as away whose page was hidden for long. Returns the changes for other
    /// nodes.
    fn mark_away(&mut self, now: Instant) -> Vec<InterestChange> {
        let mut changes = Vec::new();
        while let Some((_, id)) = self.user_presences.hidden.pop_first_if(now) {
            let Some(client) = self.clients.get_mut(&id) else { continue };
            let user = client.user.id;
            let before = self.known_presence(user);
            self.set_attention(id, Attention::Away);
            changes.extend(self.presence_changed(user, before, now, Departure::Loss));
        }
        changes
    }

    fn set_remote(&mut self, user: UserId, node: &NodeId, presence: Presence, due: Instant) {
        let before = self.known_presence(user);
        self.user_presences.remote.set(user, node, presence);
        self.presence_changed(user, before, due, Departure::Loss);
    }

    /// Removes what a node that has failed had reported.
    pub(super) fn remove_users_on(&mut self, node: &NodeId, now: Instant) {
        for user in self.user_presences.remote.users_on(node) {
            self.set_remote(user, node, Presence::Offline, now);
        }
    }

    /// Begins a resync: all users of other nodes are on the unknown node until a node reports them
    /// again.
    pub(super) fn mark_users_stale(&mut self) {
        self.user_presences.remote.mark_stale();
    }

    /// Queues a change for those who share a small room with the user. Outboxes that the caller
    /// must flush are added to `readers`.
    fn tell(&mut self, user: UserId, change: Change, readers: &mut Vec<Outbox>) {
        let Change { told, joined, left, is_listed, .. } = change;
        let now = self.known_presence(user).anywhere;
        let mut rooms: HashSet<_> =
            joined.into_iter().filter(|room| self.is_online_in(user, *room)).collect();
        // A user of a node that tells no presence is online in the room.
        let presence =
            if rooms.is_empty() || now != Presence::Offline { now } else { Presence::Online };
        if is_listed || now != told {
            rooms.extend(if now == Presence::Offline { left } else { self.rooms_of_user(user) });
        }
        if rooms.is_empty() {
            return;
        }
        let frame = encode(Event::Presence(PresenceChanged { user, presence }));
        let mut has_it = HashSet::new();
        for id in rooms {
            let Some(room) = self.rooms.get_mut(&id) else { continue };
            let online = room.presence.online();
            if is_small(online + usize::from(!room.presence.is_online(user))) {
                room.queue_once(user, &frame, &mut has_it, readers);
            }
        }
    }

    fn is_online_in(&self, user: UserId, room: RoomId) -> bool {
        self.rooms.get(&room).is_some_and(|room| room.presence.is_online(user))
    }

    /// Returns the rooms in which the user is online. Looks through all rooms if the user has
    /// connections to other nodes.
    fn rooms_of_user(&self, user: UserId) -> HashSet<RoomId> {
        if self.user_presences.remote.contains(user) {
            let rooms = self.rooms.iter().filter(|(_, room)| room.presence.is_online(user));
            return rooms.map(|(id, _)| *id).collect();
        }
        let clients = self.clients_by_user.get(&user).into_iter().flatten();
        let clients = clients.filter_map(|id| self.clients.get(id));
        let rooms = clients.flat_map(|client| &client.rooms).copied();
        rooms.filter(|room| self.is_online_in(user, *room)).collect()
    }
}
