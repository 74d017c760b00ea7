//! Handles what Redis pushes.

use protocol::LoggedEvent;
use tokio::time;

use super::{ActiveSession, CONTINUE, Flow};
use crate::{
    cluster::{
        LogEvent, OutgoingMessage, RENEWALS_PER_LEASE,
        message::{ClusterMessage, topic},
        redis::push::Push,
    },
    hub::Topic,
};

impl ActiveSession<'_> {
    /// Handles pushes in their order.
    pub(super) async fn receive_all(&mut self, pushes: Vec<Push>) -> Flow {
        if !self.wait_revalidated().await {
            return Flow::Break("sessions and memberships could not be revalidated");
        }
        for push in pushes {
            match push {
                Push::Message(channel, _) if channel == self.hello_channel.as_bytes() => {
                    self.renewals.reset_immediately();
                    // Nobody received what the new node had published before.
                    self.hub.mark_all_stale();
                    // Nor where users are. This node's own hello tells all the others.
                    self.state.send_or_reset(OutgoingMessage::UserSnapshot);
                    self.state.mark_peer_back();
                }
                Push::Message(channel, text) => self.receive(&channel, &text).await,
                Push::Unsubscribed(channel) => {
                    let topic = topic(&self.state.prefix(), &channel);
                    if channel == self.hello_channel.as_bytes()
                        || topic.is_some_and(|topic| self.subscriptions.ended(topic))
                    {
                        return Flow::Break("a channel has moved to another server");
                    }
                }
                Push::Disconnected => return Flow::Break("the connection was closed"),
            }
        }
        CONTINUE
    }

    /// Waits for a revalidation if this process was stalled. Returns false if that takes too long.
    async fn wait_revalidated(&self) -> bool {
        let (stalls, limit) = (&self.state.stalls, self.state.lease / RENEWALS_PER_LEASE);
        !stalls.needs_revalidation()
            || time::timeout(limit, stalls.wait_revalidated()).await.is_ok()
    }

    async fn receive(&mut self, channel: &[u8], text: &[u8]) {
        let Some(topic) = topic(&self.state.prefix(), channel) else { return };
        let Some((from, message)) = ClusterMessage::decode(text) else { return };
        if self.state.is_own(&from) {
            return;
        }
        match (topic, message) {
            (Topic::Room(room), ClusterMessage::Logged(seq, LoggedEvent(event))) => {
                // Fails only while this node stops.
                let _ = self.log_events.send(LogEvent { room, seq, event }).await;
            }
            (Topic::Room(room), ClusterMessage::PresenceQuery) => {
                self.state.send_or_reset(OutgoingMessage::PresenceSnapshot(room));
            }
            (topic, message) => message.apply(topic, &from, self.hub),
        }
        self.liveness.observe(from);
    }
}
