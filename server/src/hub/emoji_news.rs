//! Changed custom emoji, which all connections of this node learn of.

use bytes::Bytes;
use protocol::{EmojiChanged, Event};

use super::{Hub, encode, room_news::joined};
use crate::websocket::outbox::Outbox;

impl Hub {
    /// Makes the task that tells everybody of changed emoji look for some.
    pub fn wake_emoji_news(&self) {
        self.0.emoji_news.notify_one();
    }

    /// Waits until emoji may have changed.
    pub async fn wait_emoji_news(&self) {
        self.0.emoji_news.notified().await;
    }

    /// Queues changed emoji for every connection, one frame after the other in one piece. Returns
    /// the outboxes that the caller must flush.
    #[must_use = "queued frames must be flushed"]
    pub fn broadcast_emoji(&self, changes: Vec<EmojiChanged>) -> Vec<Outbox> {
        let frame = |changed| encode(Event::EmojiChanged(Box::new(changed)));
        let frames: Vec<Bytes> = changes.into_iter().map(frame).collect();
        let frames = joined(frames.iter());
        let state = self.lock();
        let welcomed = state.clients.values().filter(|client| client.is_welcomed);
        let told = welcomed.filter(|client| client.outbox.queue_event_to_flush(frames.clone()));
        told.map(|client| client.outbox.clone()).collect()
    }
}
