//! Writes the queued frames of many connections.

use tokio::task::JoinSet;

use crate::websocket::outbox::Outbox;

/// The fewest connections that are worth a task of their own.
const MIN_SHARE: usize = 256;
/// Writes after which the task yields to others.
const WRITES_PER_YIELD: usize = 1024;

/// Flushes these outboxes, on several threads if there are many.
pub(crate) async fn flush_all(mut outboxes: Vec<Outbox>) {
    let workers = tokio::runtime::Handle::current().metrics().num_workers();
    let share = outboxes.len().div_ceil(workers).max(MIN_SHARE);
    let mut others = JoinSet::new();
    while outboxes.len() > share {
        others.spawn(flush_share(outboxes.split_off(outboxes.len() - share)));
    }
    flush_share(outboxes).await;
    others.join_all().await;
}

async fn flush_share(outboxes: Vec<Outbox>) {
    for some in outboxes.chunks(WRITES_PER_YIELD) {
        some.iter().for_each(Outbox::flush_or_wake);
        tokio::task::yield_now().await;
    }
}
