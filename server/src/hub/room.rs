//! One room on this node: who follows it, and where each of them stands in its log. Pure state.

use std::collections::HashMap;

use bytes::Bytes;
use protocol::{ClientId, UserId, limits::MAX_OUTBOX_BYTES};

use crate::ws::outbox::Outbox;

/// The followers of one room.
#[derive(Debug, Default)]
pub(super) struct Room {
    followers: HashMap<ClientId, Follower>,
    /// Sockets of each person that follow.
    sockets: HashMap<UserId, usize>,
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
    Joining { before: Option<u64>, waiting: Vec<(Option<u64>, Bytes)>, bytes: usize },
}

impl Room {
    pub(super) fn is_empty(&self) -> bool {
        self.followers.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.followers.len()
    }

    /// How many people follow.
    pub(super) fn online(&self) -> usize {
        self.sockets.len()
    }

    pub(super) fn is_online(&self, user: UserId) -> bool {
        self.sockets.contains_key(&user)
    }

    pub(super) fn follows(&self, client: ClientId) -> bool {
        self.followers.contains_key(&client)
    }

    /// From here on events wait for the answer to `subscribe`.
    pub(super) fn begin(&mut self, client: ClientId, user: UserId, outbox: &Outbox) {
        let joining = |before| State::Joining { before, waiting: Vec::new(), bytes: 0 };
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
        self.followers.get(&client)?.outbox.push_answer(answer);
        self.go_live(client, seq)
    }

    /// The answer, which covers the log up to `seq`, has been sent: what came meanwhile follows. Says the same.
    pub(super) fn go_live(&mut self, client: ClientId, seq: u64) -> Option<bool> {
        let follower = self.followers.get_mut(&client)?;
        let State::Joining { before, waiting, .. } = std::mem::replace(&mut follower.state, State::Live(seq)) else {
            return Some(false);
        };
        for (seq, frame) in waiting {
            follower.deliver(seq, &frame);
        }
        if before.is_some() {
            return Some(false);
        }
        let sockets = self.sockets.entry(follower.user).or_default();
        *sockets += 1;
        Some(*sockets == 1)
    }

    /// The answer could not be had: all stays as it was before `begin`.
    pub(super) fn abort(&mut self, client: ClientId) {
        let Some(follower) = self.followers.get_mut(&client) else { return };
        match std::mem::replace(&mut follower.state, State::Live(0)) {
            State::Joining { before: Some(before), waiting, .. } => {
                follower.state = State::Live(before);
                for (seq, frame) in waiting {
                    follower.deliver(seq, &frame);
                }
            }
            State::Joining { before: None, .. } => {
                self.followers.remove(&client);
            }
            live @ State::Live(_) => follower.state = live,
        }
    }

    /// Ends the live stream of one socket. Says whether it was the person's last one here.
    pub(super) fn leave(&mut self, client: ClientId) -> bool {
        let Some(follower) = self.followers.remove(&client) else { return false };
        if matches!(follower.state, State::Joining { before: None, .. }) {
            return false; // it was never counted
        }
        let Some(sockets) = self.sockets.get_mut(&follower.user) else { return false };
        *sockets -= 1;
        let last = *sockets == 0;
        if last {
            self.sockets.remove(&follower.user);
        }
        last
    }

    /// Queues an event of the log for every follower; adds to `readers` who is to be flushed.
    pub(super) fn deliver(&mut self, seq: u64, frame: &Bytes, readers: &mut Vec<Outbox>) {
        for follower in self.followers.values_mut() {
            if follower.may_have(Some(seq), frame) && follower.outbox.queue_event_to_flush(frame.clone()) {
                readers.push(follower.outbox.clone());
            }
        }
    }

    /// Queues a passing event for every follower but one.
    pub(super) fn deliver_except(&mut self, except: Option<ClientId>, frame: &Bytes) {
        for (_, follower) in self.followers.iter_mut().filter(|(client, _)| Some(**client) != except) {
            follower.deliver(None, frame);
        }
    }

    /// Who follows.
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
            .filter(|follower| !matches!(follower.state, State::Joining { before: None, .. }))
            .count();
        assert_eq!(counted, self.sockets.values().sum::<usize>(), "each follower with an answer counts once");
        assert!(self.sockets.values().all(|sockets| *sockets > 0), "nobody is online without a socket");
    }
}

impl Follower {
    fn deliver(&mut self, seq: Option<u64>, frame: &Bytes) {
        if self.may_have(seq, frame) {
            self.outbox.push_event(frame.clone());
        }
    }

    /// Whether it gets the event now. If it gets it at all, but later, it is kept for then.
    fn may_have(&mut self, seq: Option<u64>, frame: &Bytes) -> bool {
        match &mut self.state {
            State::Live(last) => match seq {
                Some(seq) if seq <= *last => false,
                Some(seq) => {
                    *last = seq;
                    true
                }
                None => true,
            },
            State::Joining { waiting, bytes, .. } => {
                *bytes += frame.len();
                if *bytes > MAX_OUTBOX_BYTES {
                    waiting.clear();
                    self.outbox.overflow();
                } else {
                    waiting.push((seq, frame.clone()));
                }
                false
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::ws::outbox::testing;

    fn frame(text: &str) -> Bytes {
        Bytes::copy_from_slice(text.as_bytes())
    }

    fn sent(outbox: &Outbox) -> Vec<String> {
        testing::take(outbox).iter().map(|frame| String::from_utf8_lossy(frame).into_owned()).collect()
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
