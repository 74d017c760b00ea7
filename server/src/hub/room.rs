//! One room on this node: who follows it, and where each of them stands in its log. Pure state.

use std::{
    collections::{BTreeMap, HashMap, HashSet, hash_map::Entry},
    time::{Duration, Instant},
};

use bytes::Bytes;
use protocol::{ClientId, SystemEvent, UserId, limits::MAX_OUTBOX_BYTES};

use super::{Node, OTHERS_ANSWER_WITHIN};
use crate::websocket::outbox::Outbox;

/// Events that wait for those before them, in one room; past that the log has them.
const MAX_EARLY: usize = 256;

/// The followers of one room.
#[derive(Debug, Default)]
pub(super) struct Room {
    /// When other nodes were first asked who is online there, and whether that was while all they had told was in doubt.
    asked: Option<(Instant, bool)>,
    /// When somebody here had the first answer.
    since: Option<Instant>,
    /// Whether anybody was told who is online while it was not known who is on other nodes.
    was_listed_early: bool,
    followers: HashMap<ClientId, Follower>,
    /// Who is online here, on whatever node.
    people: HashMap<UserId, Presence>,
    /// Who came or went without word, and of whom the others do not know it yet.
    untold: HashMap<UserId, SystemEvent>,
    /// Events that came before those that they follow, as they may on their way from other nodes.
    early: BTreeMap<u64, Bytes>,
    /// Those who, following or not, have to hear what other nodes tell of it: they ask who is online there, or have a
    /// connection that is to end with its person's membership.
    pub(super) visitors: usize,
}

/// Where a person follows the room.
#[derive(Debug, Default)]
struct Presence {
    /// Sockets on this node.
    sockets: usize,
    /// When the first of these came.
    since: Option<Instant>,
    /// Other nodes.
    nodes: HashSet<Node>,
}

impl Presence {
    fn is_over(&self) -> bool {
        self.sockets == 0 && self.nodes.is_empty()
    }
}

#[derive(Debug)]
struct Follower {
    user: UserId,
    outbox: Outbox,
    state: State,
}

/// Where a follower stands. An event reaches it once and in order, and none comes before the answer to `subscribe`.
#[derive(Debug)]
enum State {
    /// Events up to this `seq` have been sent or were in the answer.
    Live(u64),
    /// The answer is being read from the store; what comes meanwhile waits behind it.
    Joining(Box<Joining>),
}

#[derive(Debug, Default)]
struct Joining {
    /// Where it stood before, if it followed already.
    before: Option<u64>,
    /// What has no place in the log.
    passing: Vec<Bytes>,
    /// Events of the log, each once: it may come early, from the log, and once more when those before it are there.
    logged: BTreeMap<u64, Bytes>,
    /// How much waits.
    bytes: usize,
}

impl State {
    fn is_first_answer_due(&self) -> bool {
        matches!(self, Self::Joining(joining) if joining.before.is_none())
    }
}

impl Room {
    pub(super) fn is_empty(&self) -> bool {
        self.followers.is_empty() && self.visitors == 0
    }

    pub(super) fn len(&self) -> usize {
        self.followers.len()
    }

    /// How many people follow.
    pub(super) fn online(&self) -> usize {
        self.people.len()
    }

    pub(super) fn is_online(&self, user: UserId) -> bool {
        self.people.contains_key(&user)
    }

    /// Whether a person follows on this node.
    pub(super) fn is_here(&self, user: UserId) -> bool {
        self.people.get(&user).is_some_and(|presence| presence.sockets > 0)
    }

    /// Who follows on this node, and for how long.
    pub(super) fn here(&self) -> impl Iterator<Item = (UserId, Duration)> + '_ {
        self.people.iter().filter_map(|(user, presence)| Some((*user, presence.since?.elapsed())))
    }

    /// How long ago somebody here had the first answer.
    pub(super) fn age(&self) -> Option<Duration> {
        Some(self.since?.elapsed())
    }

    /// A person follows on another node now, or does not any more. Says whether that made the person come or go.
    pub(super) fn set_elsewhere(&mut self, user: UserId, node: &Node, online: bool) -> bool {
        let presence = self.people.entry(user);
        if online {
            let is_new = matches!(presence, Entry::Vacant(_));
            presence.or_default().nodes.insert(node.clone());
            return is_new;
        }
        let Entry::Occupied(mut presence) = presence else { return false };
        presence.get_mut().nodes.remove(node);
        let is_over = presence.get().is_over();
        if is_over {
            presence.remove();
        }
        is_over
    }

    /// Who follows on another node.
    pub(super) fn elsewhere(&self, node: &Node) -> Vec<UserId> {
        let there = self.people.iter().filter(|(_, presence)| presence.nodes.contains(node));
        there.map(|(user, _)| *user).collect()
    }

    /// Who is online on other nodes is on that one now. If they were asked before, what they tell then is news.
    pub(super) fn doubt_elsewhere(&mut self, nobody: &Node) {
        self.end_doubt();
        for presence in self.people.values_mut().filter(|presence| !presence.nodes.is_empty()) {
            presence.nodes.clear();
            presence.nodes.insert(nobody.clone());
        }
    }

    /// A person who follows on no socket here is online nowhere else either.
    pub(super) fn forget(&mut self, user: UserId) {
        if !self.is_here(user) {
            self.people.remove(&user);
        }
        self.untold.remove(&user);
    }

    pub(super) fn were_others_asked(&self) -> bool {
        self.asked.is_some()
    }

    /// Other nodes were asked who is online there.
    pub(super) fn others_were_asked(&mut self, in_doubt: bool) {
        self.asked.get_or_insert_with(|| (Instant::now(), in_doubt));
    }

    /// Who has not answered by now will not.
    pub(super) fn end_doubt(&mut self) {
        if let Some((_, in_doubt)) = &mut self.asked {
            *in_doubt = false;
        }
    }

    /// Whether they have answered, as far as they will.
    pub(super) fn knows_others(&self) -> bool {
        self.asked
            .is_some_and(|(asked, in_doubt)| !in_doubt && asked.elapsed() >= OTHERS_ANSWER_WITHIN)
    }

    /// Somebody is told who is online.
    pub(super) fn note_listed(&mut self) {
        self.was_listed_early |= !self.knows_others();
    }

    /// Whether it is news for those who follow here that a person is on another node, and for so long.
    pub(super) fn is_news_of_another(&self, for_how_long: Duration) -> bool {
        self.was_listed_early
            || self.knows_others()
            || self.age().is_some_and(|age| for_how_long < age)
    }

    /// A person came or went without word: the others are to be told, where anybody is, unless they never knew of the
    /// opposite.
    pub(super) fn note_untold(&mut self, user: UserId, event: SystemEvent, is_told: bool) {
        if self.is_news(user) && is_told {
            self.untold.insert(user, event);
        }
    }

    /// How many people are online, as far as the others here were told.
    pub(super) fn told_online(&self) -> usize {
        let left = self.untold.values().filter(|event| **event == SystemEvent::Left).count();
        (self.people.len() + left).saturating_sub(self.untold.len() - left)
    }

    /// Whether a person is, likewise.
    pub(super) fn is_told_online(&self, user: UserId) -> bool {
        self.untold
            .get(&user)
            .map_or_else(|| self.is_online(user), |event| *event == SystemEvent::Left)
    }

    /// Whether it is news for the others that a person comes or goes, and not the opposite of what they were not told.
    pub(super) fn is_news(&mut self, user: UserId) -> bool {
        self.untold.remove(&user).is_none()
    }

    /// Of whom the others do not know something yet.
    pub(super) fn untold(&self) -> impl Iterator<Item = UserId> + '_ {
        self.untold.keys().copied()
    }

    pub(super) fn take_untold(&mut self, user: UserId) -> Option<SystemEvent> {
        self.untold.remove(&user)
    }

    /// The last event that all who follow have, as far as they have their answer.
    pub(super) fn seq(&self) -> Option<u64> {
        let seqs = self.followers.values().filter_map(|follower| match follower.state {
            State::Live(seq) => Some(seq),
            State::Joining(_) => None,
        });
        seqs.min()
    }

    /// Nobody follows any more, and nothing waits.
    pub(super) fn clear(&mut self) {
        *self = Self { visitors: self.visitors, ..Self::default() };
    }

    /// Whether events wait for those before them.
    pub(super) fn is_behind(&self) -> bool {
        !self.early.is_empty()
    }

    pub(super) fn follows(&self, client: ClientId) -> bool {
        self.followers.contains_key(&client)
    }

    /// From here on events wait for the answer to `subscribe`.
    pub(super) fn begin(&mut self, client: ClientId, user: UserId, outbox: &Outbox) {
        let joining = |before| State::Joining(Box::new(Joining { before, ..Joining::default() }));
        self.followers
            .entry(client)
            .and_modify(|follower| {
                if let State::Live(seq) = follower.state {
                    follower.state = joining(Some(seq));
                }
            })
            .or_insert_with(|| Follower { user, outbox: outbox.clone(), state: joining(None) });
    }

    /// Sends the answer, which covers the log up to `seq`, and what came meanwhile. Says whether it is the person's
    /// first socket here; `None` where the follower has gone.
    pub(super) fn complete(&mut self, client: ClientId, seq: u64, answer: Bytes) -> Option<bool> {
        self.followers.get(&client)?.outbox.push_reply(answer);
        self.go_live(client, seq)
    }

    /// The answer, which covers the log up to `seq`, has been sent: what came meanwhile follows. Says the same.
    pub(super) fn go_live(&mut self, client: ClientId, seq: u64) -> Option<bool> {
        let follower = self.followers.get_mut(&client)?;
        let State::Joining(joining) = std::mem::replace(&mut follower.state, State::Live(seq))
        else {
            return Some(false);
        };
        let is_first = joining.before.is_none();
        follower.deliver_waiting(*joining, &mut self.early);
        if !is_first {
            return Some(false);
        }
        let now = Instant::now();
        self.since.get_or_insert(now);
        let presence = self.people.entry(follower.user).or_default();
        let is_new = presence.is_over();
        presence.sockets += 1;
        presence.since.get_or_insert(now);
        Some(is_new)
    }

    /// The answer could not be had: all stays as it was before `begin`.
    pub(super) fn abort(&mut self, client: ClientId) {
        let Some(follower) = self.followers.get_mut(&client) else { return };
        match std::mem::replace(&mut follower.state, State::Live(0)) {
            State::Joining(joining) => match joining.before {
                Some(before) => {
                    follower.state = State::Live(before);
                    follower.deliver_waiting(*joining, &mut self.early);
                }
                None => drop(self.followers.remove(&client)),
            },
            live @ State::Live(_) => follower.state = live,
        }
    }

    /// Ends the live stream of one socket. Says whether it was the person's last one here.
    pub(super) fn leave(&mut self, client: ClientId) -> bool {
        let Some(follower) = self.followers.remove(&client) else { return false };
        if follower.state.is_first_answer_due() {
            return false; // it was never counted
        }
        let Entry::Occupied(mut presence) = self.people.entry(follower.user) else { return false };
        presence.get_mut().sockets -= 1;
        if presence.get().sockets == 0 {
            presence.get_mut().since = None;
        }
        let is_over = presence.get().is_over();
        if is_over {
            presence.remove();
        }
        is_over
    }

    /// Queues an event of the log for every follower who has all before it, and what waited for it; adds to `readers`
    /// who is to be flushed.
    pub(super) fn deliver(&mut self, seq: u64, frame: &Bytes, readers: &mut Vec<Outbox>) {
        if !self.offer(seq, frame, readers) {
            keep_early(&mut self.early, seq, frame);
            return;
        }
        while let Some((seq, frame)) = self.early.pop_first() {
            if !self.offer(seq, &frame, readers) {
                self.early.insert(seq, frame);
                return;
            }
        }
    }

    /// Says whether all followers have it now, or will have it with their answer.
    fn offer(&mut self, seq: u64, frame: &Bytes, readers: &mut Vec<Outbox>) -> bool {
        let mut all = true;
        for follower in self.followers.values_mut() {
            match follower.take(Some(seq), frame) {
                Taken::Now => {
                    if follower.outbox.queue_event_to_flush(frame.clone()) {
                        readers.push(follower.outbox.clone());
                    }
                }
                Taken::Early => all = false,
                Taken::Not => {}
            }
        }
        all
    }

    /// Queues a passing event for every follower but one.
    pub(super) fn deliver_except(&mut self, except: Option<ClientId>, frame: &Bytes) {
        for (_, follower) in
            self.followers.iter_mut().filter(|(client, _)| Some(**client) != except)
        {
            follower.deliver(None, frame);
        }
    }

    /// Who follows, or is about to.
    pub(super) fn followers(&self) -> impl Iterator<Item = UserId> + '_ {
        self.followers.values().map(|follower| follower.user)
    }

    /// The connections of these.
    pub(super) fn clients(&self) -> impl Iterator<Item = ClientId> + '_ {
        self.followers.keys().copied()
    }

    /// The same for everybody but the sockets of one person.
    pub(super) fn deliver_to_others(&mut self, user: UserId, frame: &Bytes) {
        for follower in self.followers.values_mut().filter(|follower| follower.user != user) {
            follower.deliver(None, frame);
        }
    }

    #[cfg(test)]
    fn check_invariants(&self) {
        let counted = self
            .followers
            .values()
            .filter(|follower| !follower.state.is_first_answer_due())
            .count();
        let sockets: usize = self.people.values().map(|presence| presence.sockets).sum();
        assert_eq!(counted, sockets, "each follower with an answer counts once");
        assert!(
            self.people.values().all(|presence| !presence.is_over()),
            "nobody is online without a socket"
        );
    }
}

/// Whether a follower gets an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Taken {
    Now,
    /// It has it already, or it waits behind the answer.
    Not,
    /// Something that comes before it is missing.
    Early,
}

fn keep_early(early: &mut BTreeMap<u64, Bytes>, seq: u64, frame: &Bytes) {
    early.insert(seq, frame.clone());
    if early.len() > MAX_EARLY {
        early.pop_last();
    }
}

impl Follower {
    fn deliver(&mut self, seq: Option<u64>, frame: &Bytes) -> Taken {
        let taken = self.take(seq, frame);
        if taken == Taken::Now {
            self.outbox.push_event(frame.clone());
        }
        taken
    }

    /// What came while the answer was being read: first what has no place in the log, then the log in its order.
    fn deliver_waiting(
        &mut self,
        Joining { passing, logged, .. }: Joining,
        early: &mut BTreeMap<u64, Bytes>,
    ) {
        for frame in passing {
            self.deliver(None, &frame);
        }
        for (seq, frame) in logged {
            if self.deliver(Some(seq), &frame) == Taken::Early {
                keep_early(early, seq, &frame);
            }
        }
    }

    /// Whether it gets the event now. If it gets it at all, but later, it is kept for then, unless it is early.
    fn take(&mut self, seq: Option<u64>, frame: &Bytes) -> Taken {
        match &mut self.state {
            State::Live(last) => match seq {
                Some(seq) if seq <= *last => Taken::Not,
                Some(seq) if seq > *last + 1 => Taken::Early,
                Some(seq) => {
                    *last = seq;
                    Taken::Now
                }
                None => Taken::Now,
            },
            State::Joining(joining) => {
                if !joining.keep(seq, frame) {
                    self.outbox.overflow();
                }
                Taken::Not
            }
        }
    }
}

impl Joining {
    /// Keeps it for after the answer, unless it will not be needed. Says whether what waits still fits.
    fn keep(&mut self, seq: Option<u64>, frame: &Bytes) -> bool {
        if let Some(seq) = seq
            && (Some(seq) <= self.before || self.logged.contains_key(&seq))
        {
            return true;
        }
        self.bytes += frame.len();
        if self.bytes > MAX_OUTBOX_BYTES {
            (self.passing, self.logged) = Default::default();
            return false;
        }
        match seq {
            Some(seq) => drop(self.logged.insert(seq, frame.clone())),
            None => self.passing.push(frame.clone()),
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::websocket::outbox::testing;

    fn frame(text: &str) -> Bytes {
        Bytes::copy_from_slice(text.as_bytes())
    }

    fn sent(outbox: &Outbox) -> Vec<String> {
        testing::take(outbox)
            .iter()
            .map(|frame| String::from_utf8_lossy(frame).into_owned())
            .collect()
    }

    async fn someone() -> (ClientId, UserId, Outbox) {
        let (outbox, _) = testing::outbox().await;
        (ClientId(Uuid::new_v4()), UserId(Uuid::new_v4()), outbox)
    }

    fn log(room: &mut Room, seq: u64, text: &str) {
        room.deliver(seq, &frame(text), &mut Vec::new());
    }

    #[tokio::test]
    async fn nothing_comes_before_the_answer_and_nothing_twice() {
        let mut room = Room::default();
        let (client, user, outbox) = someone().await;
        room.begin(client, user, &outbox);
        log(&mut room, 7, "seven");
        room.deliver_except(None, &frame("passing"));
        log(&mut room, 8, "eight");
        assert!(sent(&outbox).is_empty());
        assert_eq!(room.complete(client, 7, frame("answer to seven")), Some(true));
        log(&mut room, 8, "eight");
        log(&mut room, 9, "nine");
        assert_eq!(sent(&outbox), ["answer to seven", "passing", "eight", "nine"]);
        room.check_invariants();
    }

    #[tokio::test]
    async fn each_reader_is_to_be_flushed_once_for_many_events() {
        let mut room = Room::default();
        let (client, user, outbox) = someone().await;
        room.begin(client, user, &outbox);
        room.complete(client, 0, frame("answer"));
        let mut readers = Vec::new();
        for seq in 1..=3 {
            room.deliver(seq, &frame("event"), &mut readers);
        }
        assert_eq!(readers.len(), 1);
        readers[0].flush_or_wake();
        assert_eq!(outbox.waiting_bytes(), 0);
        room.deliver(4, &frame("event"), &mut readers);
        assert_eq!(readers.len(), 2);
    }

    #[tokio::test]
    async fn what_comes_several_times_waits_once_for_the_answer() {
        let mut room = Room::default();
        let [(reader, hers, follows), (newcomer, his, outbox)] = [someone().await, someone().await];
        room.begin(reader, hers, &follows);
        room.complete(reader, 0, frame("answer"));
        room.begin(newcomer, his, &outbox);
        let large = "x".repeat(MAX_OUTBOX_BYTES / 2);
        log(&mut room, 2, &large); // early: the reader lacks the one before
        log(&mut room, 1, "one"); // which brings the other along
        for (seq, text) in [(1, "one"), (2, large.as_str())] {
            log(&mut room, seq, text); // and from the log
        }
        room.complete(newcomer, 0, frame("answer"));
        assert!(!outbox.is_closing());
        assert_eq!(sent(&outbox), ["answer", "one", &large]);
        room.check_invariants();
    }

    #[tokio::test]
    async fn subscribing_again_answers_anew_without_a_repeat() {
        let mut room = Room::default();
        let (client, user, outbox) = someone().await;
        room.begin(client, user, &outbox);
        room.complete(client, 1, frame("answer"));
        room.begin(client, user, &outbox);
        log(&mut room, 2, "two");
        assert_eq!(room.complete(client, 2, frame("again")), Some(false));
        assert_eq!(sent(&outbox), ["answer", "again"]);
        room.check_invariants();
        assert!(room.leave(client));
    }

    #[tokio::test]
    async fn a_failed_second_answer_loses_nothing() {
        let mut room = Room::default();
        let (client, user, outbox) = someone().await;
        room.begin(client, user, &outbox);
        room.complete(client, 1, frame("answer"));
        room.begin(client, user, &outbox);
        log(&mut room, 2, "two");
        room.abort(client);
        assert_eq!(sent(&outbox), ["answer", "two"]);
        room.check_invariants();
    }

    #[tokio::test]
    async fn a_failed_first_answer_leaves_no_trace() {
        let mut room = Room::default();
        let (client, user, outbox) = someone().await;
        room.begin(client, user, &outbox);
        room.abort(client);
        assert!(room.is_empty() && !room.is_online(user));
        room.check_invariants();
    }

    #[tokio::test]
    async fn only_the_first_and_the_last_socket_of_a_person_count() {
        let mut room = Room::default();
        let (desk, user, outbox) = someone().await;
        let (phone, ..) = someone().await;
        for (client, first) in [(desk, true), (phone, false)] {
            room.begin(client, user, &outbox);
            assert_eq!(room.complete(client, 0, frame("answer")), Some(first));
        }
        assert_eq!(room.online(), 1);
        assert!(!room.leave(desk));
        assert!(room.leave(phone));
        assert!(!room.leave(phone));
        assert!(room.is_empty());
        room.check_invariants();
    }
}
