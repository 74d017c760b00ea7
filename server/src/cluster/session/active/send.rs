//! Subscribes to topics and sends updates.

use std::{collections::HashSet, time::Duration};

use protocol::RoomId;
use redis::{Pipeline, RedisResult};

use super::ActiveSession;
use crate::{
    cluster::{
        BATCH, OutgoingMessage, USERS_PER_MESSAGE,
        message::{ClusterMessage, channel},
        shared_counts,
    },
    hub::{InterestUpdates, LocalPresence, Topic},
};

impl ActiveSession<'_> {
    /// Subscribes to some of the queued topics that are needed by now, and unsubscribes from the
    /// others. For new rooms, presence is exchanged with the other nodes: users may have come
    /// online here and there before either side was subscribed. The room log is read for earlier
    /// events.
    pub(super) async fn subscribe(&mut self) -> RedisResult<()> {
        let topics = self.hub.needed_topics(self.subscriptions.take_pending());
        let (commands, mut rooms) = self.subscriptions.update(&self.state.prefix(), &topics);
        if !commands.is_empty() {
            commands.exec_async(self.push_connection.connection()).await?;
        }
        // A room that was given up and needed again at once has lost its presence.
        rooms.extend(self.hub.presence_unqueried(&topics));
        self.exchange_presence(&rooms).await?;
        self.hub.mark_presence_queried(&rooms);
        self.hub.mark_stale(rooms);
        Ok(())
    }

    async fn exchange_presence(&mut self, rooms: &HashSet<RoomId>) -> RedisResult<()> {
        let query = ClusterMessage::PresenceQuery.encode(&self.state.incarnation());
        let queries =
            rooms.iter().map(|room| OutgoingMessage::Message(Topic::Room(*room), query.clone()));
        let snapshots = rooms.iter().copied().map(OutgoingMessage::PresenceSnapshot);
        self.send(&queries.chain(snapshots).collect::<Vec<_>>()).await
    }

    /// Sends who came online or went offline here, and queues topics that may have begun or ceased
    /// to be needed.
    pub(super) async fn send_interest_changes(&mut self) -> RedisResult<()> {
        let InterestUpdates { topics, presence, users, visible } = self.hub.drain_updates();
        self.subscriptions.queue(topics);
        let incarnation = self.state.incarnation();
        let mut updates = Vec::with_capacity(presence.len() + 1);
        updates.extend(users.chunks(USERS_PER_MESSAGE).map(|users| {
            let message = ClusterMessage::UserPresence(users.to_vec());
            OutgoingMessage::Message(Topic::Everyone, message.encode(&incarnation))
        }));
        updates.extend(visible.chunks(USERS_PER_MESSAGE).map(|users| {
            let message = ClusterMessage::UsersVisible(users.to_vec());
            OutgoingMessage::Message(Topic::Everyone, message.encode(&incarnation))
        }));
        for (room, user, presence) in presence {
            let mut push = |message: ClusterMessage| {
                let message = message.encode(&incarnation);
                updates.push(OutgoingMessage::Message(Topic::Room(room), message));
            };
            let id = user.id;
            push(ClusterMessage::PresenceChanged(user, presence == LocalPresence::Online));
            if presence == LocalPresence::Left {
                push(ClusterMessage::UserLeft(id));
            }
        }
        self.send(&updates).await
    }

    /// Sends updates in pipelines.
    pub(super) async fn send(&mut self, updates: &[OutgoingMessage]) -> RedisResult<()> {
        let prefix = self.state.prefix();
        for updates in updates.chunks(BATCH) {
            let mut pipeline = Pipeline::with_capacity(updates.len());
            for update in updates {
                self.add_commands(&mut pipeline, &prefix, update);
            }
            if !pipeline.is_empty() {
                pipeline.exec_async(&mut self.connection).await?;
            }
        }
        Ok(())
    }

    fn add_commands(&self, pipeline: &mut Pipeline, prefix: &str, update: &OutgoingMessage) {
        let mut publish = |topic: Topic, text: &str| {
            pipeline.cmd("SPUBLISH").arg(channel(prefix, topic)).arg(text).ignore();
        };
        match update {
            OutgoingMessage::Message(topic, text) => publish(*topic, text),
            OutgoingMessage::PresenceSnapshot(room) => {
                let users = self.hub.local_presence(*room);
                if !users.is_empty() {
                    let users = users.into_iter().map(|(user, since)| (user, millis(since)));
                    let message = ClusterMessage::PresenceSnapshot(users.collect());
                    publish(Topic::Room(*room), &message.encode(&self.state.incarnation()));
                }
            }
            OutgoingMessage::UserSnapshot => {
                let users = self.hub.local_users().into_iter();
                let users = users.map(|(user, presence)| (user, presence, false));
                for users in users.collect::<Vec<_>>().chunks(USERS_PER_MESSAGE) {
                    let message = ClusterMessage::UserPresence(users.to_vec());
                    publish(Topic::Everyone, &message.encode(&self.state.incarnation()));
                }
                let visible = self.hub.visible_users().into_iter().map(|user| (user, true));
                for users in visible.collect::<Vec<_>>().chunks(USERS_PER_MESSAGE) {
                    let message = ClusterMessage::UsersVisible(users.to_vec());
                    publish(Topic::Everyone, &message.encode(&self.state.incarnation()));
                }
            }
            OutgoingMessage::Count(kind, key) => {
                shared_counts::store_count(pipeline, self.state, self.counts, (kind, key));
            }
        }
    }
}

fn millis(duration: Duration) -> u64 {
    duration.as_millis() as u64
}
