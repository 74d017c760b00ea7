//! One room on this node: its subscribers and the position of each in the room log.

use std::collections::{HashMap, HashSet};

use bytes::Bytes;
use protocol::{ClientId, UserId};

use super::{
    reorder::{PendingJoin, ReorderBuffer},
    room_presence::RoomPresence,
};
use crate::websocket::outbox::Outbox;

/// The subscribers of one room.
#[derive(Debug, Default)]
pub(super) struct LiveRoom {
    subscribers: HashMap<ClientId, Subscriber>,
    /// Events that arrived before their predecessors.
    reorder_buffer: ReorderBuffer,
    pub(super) presence: RoomPresence,
    /// Bound connections and interest guards. They keep the room, and so its topic, even if it has
    /// no subscribers.
    pub(super) interest_refs: usize,
}

/// A connection that is subscribed to the room, or is about to be.
#[derive(Debug)]
struct Subscriber {
    user: UserId,
    outbox: Outbox,
    /// The number of subscriptions that had begun on this node, with this one.
    begun: u64,
    state: SubscriptionState,
}

/// A subscriber's position in the room log. Each event reaches the subscriber once and in order,
/// and none before the reply to `subscribe`.
#[derive(Debug)]
enum SubscriptionState {
    /// Events up to this `seq` were sent, or were part of the reply.
    Live(u64),
    /// The reply is being read from the store. Events wait behind it.
    Joining(Box<PendingJoin>),
}

/// The way an event is treated for one subscriber.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Delivery {
    Now,
    /// The subscriber has the event already, or it waits behind the reply.
    NotNow,
    /// An earlier event is missing.
    OutOfOrder,
}

impl LiveRoom {
    /// Returns whether the room can be dropped. While users may come back who were online a moment
    /// ago, it cannot.
    pub(super) fn is_empty(&self) -> bool {
        !self.is_in_use() && !self.presence.has_unannounced()
    }

    /// Returns whether the room has subscribers, bound connections or interest guards.
    pub(super) fn is_in_use(&self) -> bool {
        !self.subscribers.is_empty() || self.interest_refs > 0
    }

    pub(super) fn has_subscribers(&self) -> bool {
        !self.subscribers.is_empty()
    }

    /// Returns the number of subscriptions.
    pub(super) fn len(&self) -> usize {
        self.subscribers.len()
    }

    pub(super) fn is_subscribed(&self, client: ClientId) -> bool {
        self.subscribers.contains_key(&client)
    }

    /// Returns whether a subscription of the connection began after `begun` others.
    pub(super) fn has_begun_after(&self, client: ClientId, begun: u64) -> bool {
        self.subscribers.get(&client).is_some_and(|subscriber| subscriber.begun > begun)
    }

    /// Returns the users of all subscriptions, pending ones included.
    pub(super) fn users(&self) -> impl Iterator<Item = UserId> + '_ {
        self.subscribers.values().map(|subscriber| subscriber.user)
    }

    /// Returns the last `seq` that all live subscribers have. `None` if there are none.
    pub(super) fn seq(&self) -> Option<u64> {
        let seqs = self.subscribers.values().filter_map(|subscriber| match subscriber.state {
            SubscriptionState::Live(seq) => Some(seq),
            SubscriptionState::Joining(_) => None,
        });
        seqs.min()
    }

    /// Returns whether events wait for their predecessors.
    pub(super) fn has_gap(&self) -> bool {
        !self.reorder_buffer.is_empty()
    }

    pub(super) fn release_interest(&mut self) {
        self.interest_refs = self.interest_refs.saturating_sub(1);
    }

    /// Drops all subscribers, waiting events and presence.
    pub(super) fn clear(&mut self) {
        *self = Self { interest_refs: self.interest_refs, ..Self::default() };
    }

    /// Begins a subscription. Events wait for the reply to `subscribe`.
    pub(super) fn begin(&mut self, client: ClientId, user: UserId, outbox: &Outbox, begun: u64) {
        self.subscribers
            .entry(client)
            .and_modify(|subscriber| {
                subscriber.begun = begun;
                if let SubscriptionState::Live(seq) = subscriber.state {
                    subscriber.state = SubscriptionState::joining(Some(seq));
                }
            })
            .or_insert_with(|| Subscriber {
                user,
                outbox: outbox.clone(),
                begun,
                state: SubscriptionState::joining(None),
            });
    }

    /// Sends the reply, which covers the room log up to `seq`, then the events that waited for it.
    ///
    /// Returns whether the user came online with it, or `None` if the subscription has ended.
    pub(super) fn complete(&mut self, client: ClientId, seq: u64, reply: Bytes) -> Option<bool> {
        self.subscribers.get(&client)?.outbox.push_reply(reply);
        self.go_live(client, seq)
    }

    /// Sends the events that waited for the reply. The reply covers the room log up to `seq` and
    /// is queued already.
    ///
    /// Returns whether the user came online with it, or `None` if the subscription has ended.
    pub(super) fn go_live(&mut self, client: ClientId, seq: u64) -> Option<bool> {
        let subscriber = self.subscribers.get_mut(&client)?;
        let SubscriptionState::Joining(join) =
            std::mem::replace(&mut subscriber.state, SubscriptionState::Live(seq))
        else {
            return Some(false);
        };
        let is_first = join.before.is_none();
        subscriber.send_waiting(*join, &mut self.reorder_buffer);
        Some(is_first && self.presence.add_socket(subscriber.user))
    }

    /// Undoes [`begin`](Self::begin): there is no reply. An earlier subscription goes on.
    pub(super) fn abort(&mut self, client: ClientId) {
        let Some(subscriber) = self.subscribers.get_mut(&client) else { return };
        match std::mem::replace(&mut subscriber.state, SubscriptionState::Live(0)) {
            SubscriptionState::Joining(join) => match join.before {
                Some(before) => {
                    subscriber.state = SubscriptionState::Live(before);
                    subscriber.send_waiting(*join, &mut self.reorder_buffer);
                }
                None => drop(self.subscribers.remove(&client)),
            },
            live @ SubscriptionState::Live(_) => subscriber.state = live,
        }
    }

    /// Ends a subscription. Returns whether the user went offline with it.
    pub(super) fn leave(&mut self, client: ClientId) -> bool {
        let Some(subscriber) = self.subscribers.remove(&client) else { return false };
        // A subscriber without a reply was never counted.
        !subscriber.state.awaits_first_reply() && self.presence.remove_socket(subscriber.user)
    }

    /// Queues an event of the room log, and the events that waited for it.
    ///
    /// Outboxes that the caller must flush are added to `readers`.
    pub(super) fn deliver(&mut self, seq: u64, frame: &Bytes, readers: &mut Vec<Outbox>) {
        if !self.offer(seq, frame, readers) {
            self.reorder_buffer.insert(seq, frame.clone());
            return;
        }
        while let Some((seq, frame)) = self.reorder_buffer.pop_first() {
            if !self.offer(seq, &frame, readers) {
                self.reorder_buffer.insert(seq, frame);
                return;
            }
        }
    }

    /// Offers an event to every subscriber. Returns `false` if some of them miss an earlier event.
    fn offer(&mut self, seq: u64, frame: &Bytes, readers: &mut Vec<Outbox>) -> bool {
        let mut is_in_order = true;
        for subscriber in self.subscribers.values_mut() {
            match subscriber.accept(Some(seq), frame) {
                Delivery::Now => {
                    if subscriber.outbox.queue_event_to_flush(frame.clone()) {
                        readers.push(subscriber.outbox.clone());
                    }
                }
                Delivery::OutOfOrder => is_in_order = false,
                Delivery::NotNow => {}
            }
        }
        is_in_order
    }

    /// Queues an ephemeral event for all subscribers except the user's own.
    pub(super) fn send_to_others(&mut self, user: UserId, frame: &Bytes) {
        for subscriber in self.subscribers.values_mut().filter(|other| other.user != user) {
            subscriber.send(None, frame);
        }
    }

    /// Queues an ephemeral event for all subscribers except the user's own.
    ///
    /// Outboxes that the caller must flush are added to `readers`.
    pub(super) fn queue_for_others(
        &mut self,
        user: UserId,
        frame: &Bytes,
        readers: &mut Vec<Outbox>,
    ) {
        for subscriber in self.subscribers.values_mut().filter(|other| other.user != user) {
            if subscriber.accept(None, frame) == Delivery::Now
                && subscriber.outbox.queue_event_to_flush(frame.clone())
            {
                readers.push(subscriber.outbox.clone());
            }
        }
    }

    /// Queues an ephemeral event for the subscribers that are not in `has_it`, except the user's
    /// own, and adds them to it.
    ///
    /// Outboxes that the caller must flush are added to `readers`.
    pub(super) fn queue_once(
        &mut self,
        user: UserId,
        frame: &Bytes,
        has_it: &mut HashSet<ClientId>,
        readers: &mut Vec<Outbox>,
    ) {
        for (id, subscriber) in self.subscribers.iter_mut().filter(|(_, other)| other.user != user)
        {
            if has_it.insert(*id)
                && subscriber.accept(None, frame) == Delivery::Now
                && subscriber.outbox.queue_event_to_flush(frame.clone())
            {
                readers.push(subscriber.outbox.clone());
            }
        }
    }

    #[cfg(test)]
    fn check_invariants(&self) {
        let live = self
            .subscribers
            .values()
            .filter(|subscriber| !subscriber.state.awaits_first_reply())
            .count();
        self.presence.check_invariants(live);
    }
}

impl SubscriptionState {
    fn joining(before: Option<u64>) -> Self {
        Self::Joining(Box::new(PendingJoin::new(before)))
    }

    fn awaits_first_reply(&self) -> bool {
        matches!(self, Self::Joining(join) if join.before.is_none())
    }
}

impl Subscriber {
    fn send(&mut self, seq: Option<u64>, frame: &Bytes) -> Delivery {
        let delivery = self.accept(seq, frame);
        if delivery == Delivery::Now {
            self.outbox.push_event(frame.clone());
        }
        delivery
    }

    /// Sends the events that waited for the reply: ephemeral ones first, then the room log in
    /// order.
    fn send_waiting(
        &mut self,
        PendingJoin { ephemeral, logged, .. }: PendingJoin,
        reorder_buffer: &mut ReorderBuffer,
    ) {
        for frame in ephemeral {
            self.send(None, &frame);
        }
        for (seq, frame) in logged {
            if self.send(Some(seq), &frame) == Delivery::OutOfOrder {
                reorder_buffer.insert(seq, frame);
            }
        }
    }

    /// Decides whether the subscriber gets an event now, and moves its position if so.
    ///
    /// An event for a pending join is kept with it. An event out of order is left to the caller.
    fn accept(&mut self, seq: Option<u64>, frame: &Bytes) -> Delivery {
        match &mut self.state {
            SubscriptionState::Live(last) => match seq {
                Some(seq) if seq <= *last => Delivery::NotNow,
                Some(seq) if seq > *last + 1 => Delivery::OutOfOrder,
                Some(seq) => {
                    *last = seq;
                    Delivery::Now
                }
                None => Delivery::Now,
            },
            SubscriptionState::Joining(join) => {
                if !join.keep(seq, frame) {
                    self.outbox.overflow();
                }
                Delivery::NotNow
            }
        }
    }
}

#[cfg(test)]
mod tests;
