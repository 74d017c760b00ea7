//! The topics to which this node is subscribed in Redis.

use std::collections::{HashMap, HashSet, VecDeque, hash_map::Entry};

use protocol::RoomId;
use redis::Pipeline;

use super::{BATCH, message::channel};
use crate::hub::Topic;

/// The subscriptions of one connection.
#[derive(Debug, Default)]
pub(super) struct TopicSubscriptions {
    topics: HashSet<Topic>,
    /// The number of unsubscriptions of each topic that Redis has not confirmed yet.
    leaving: HashMap<Topic, usize>,
    /// Topics that this node may have begun or ceased to need.
    pending: VecDeque<Topic>,
}

impl TopicSubscriptions {
    /// Queues topics that may need a subscription, or may not need theirs any more.
    pub(super) fn queue(&mut self, topics: Vec<Topic>) {
        self.pending.extend(topics);
    }

    /// Returns whether topics are queued.
    pub(super) fn has_pending(&self) -> bool {
        !self.pending.is_empty()
    }

    /// Removes some topics from the queue. They are few, so that pushes are read in between.
    pub(super) fn take_pending(&mut self) -> HashSet<Topic> {
        self.pending.drain(..self.pending.len().min(BATCH)).collect()
    }

    /// Subscribes to the topics that are needed, and unsubscribes from the others. Returns the
    /// commands for that, and the rooms among the new topics.
    pub(super) fn update(
        &mut self,
        prefix: &str,
        topics: &[(Topic, bool)],
    ) -> (Pipeline, HashSet<RoomId>) {
        let (mut commands, mut new_rooms) = (Pipeline::new(), HashSet::new());
        for (topic, is_needed) in topics {
            if *is_needed == self.topics.contains(topic) {
                continue;
            }
            if let (Topic::Room(room), true) = (topic, is_needed) {
                new_rooms.insert(*room);
            }
            let command = if *is_needed { "SSUBSCRIBE" } else { "SUNSUBSCRIBE" };
            commands.cmd(command).arg(channel(prefix, *topic)).ignore();
            self.set(*topic, *is_needed);
        }
        (commands, new_rooms)
    }

    fn set(&mut self, topic: Topic, is_needed: bool) {
        if is_needed {
            self.topics.insert(topic);
        } else if self.topics.remove(&topic) {
            *self.leaving.entry(topic).or_default() += 1;
        }
    }

    /// Takes note that Redis has ended a subscription. Returns true if this node did not ask for
    /// that.
    pub(super) fn ended(&mut self, topic: Topic) -> bool {
        let Entry::Occupied(mut leaving) = self.leaving.entry(topic) else {
            return self.topics.contains(&topic);
        };
        *leaving.get_mut() -= 1;
        if *leaving.get() == 0 {
            leaving.remove();
        }
        false
    }
}
