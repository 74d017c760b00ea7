//! Counts what is unread after a read position where that would take the store's writer too long.
//! The user's devices learn of the position once it is counted, so that no wrong count is seen.

use protocol::{ClientId, Event, MessageId, ReadPosition, Response, RoomId, UserId};
use tokio::sync::{mpsc, oneshot};

use super::{notifier::Notifier, reply::PendingReply};
use crate::{
    error::{Error, STORE_UNAVAILABLE},
    store::{OnCommit, SetPosition, Store},
};

/// Counts that may wait. Further ones are refused; the client then asks again.
const QUEUE: usize = 1024;
/// The most times that a count is repeated because another device has set the position meanwhile.
const MAX_COUNTS: usize = 3;

/// Who set a read position, and the reply that is owed.
#[derive(Debug)]
struct Reader {
    user: UserId,
    /// The connection that set it. The others receive an event.
    client: ClientId,
    reply: PendingReply,
}

/// A count that is due.
#[derive(Debug)]
struct DueCount {
    reader: Reader,
    room: RoomId,
    thread: Option<MessageId>,
}

/// Queues counts. Cheap to clone.
#[derive(Clone, Debug)]
pub struct ReadCounts {
    queue: mpsc::Sender<DueCount>,
    notifier: Notifier,
}

/// The receiving end of [`ReadCounts`].
#[derive(Debug)]
pub struct ReadCountQueue {
    counts: mpsc::Receiver<DueCount>,
    store: Store,
    notifier: Notifier,
}

impl ReadCounts {
    /// Creates the handle and its queue.
    #[must_use]
    pub fn new(store: Store, notifier: Notifier) -> (Self, ReadCountQueue) {
        let (queue, counts) = mpsc::channel(QUEUE);
        let due = ReadCountQueue { counts, store, notifier: notifier.clone() };
        (Self { queue, notifier }, due)
    }

    /// Returns what the store's writer does after it has committed a read position: send it to the
    /// user's other connections, and reply, now or once it is counted.
    pub fn on_commit(
        &self,
        user: UserId,
        client: ClientId,
        reply: PendingReply,
    ) -> impl OnCommit<SetPosition> {
        let Self { queue, notifier } = self.clone();
        let reader = Reader { user, client, reply };
        move |written| match written {
            Ok(SetPosition::Counted(position)) => tell(&notifier, reader, position),
            Ok(SetPosition::Uncounted(room, thread)) => {
                if let Err(refused) = queue.try_send(DueCount { reader, room, thread }) {
                    refused.into_inner().reader.reply.send(Err(STORE_UNAVAILABLE));
                }
            }
            Err(error) => reader.reply.send(Err(error.into())),
        }
    }
}

impl ReadCountQueue {
    /// Counts until the last [`ReadCounts`] is gone.
    pub async fn run(mut self) {
        while let Some(DueCount { mut reader, room, thread }) = self.counts.recv().await {
            for count in 1..=MAX_COUNTS {
                match self.count(reader, room, thread, count == MAX_COUNTS).await {
                    Some(overtaken) => reader = overtaken,
                    None => break,
                }
            }
        }
    }

    /// Counts what is unread and tells it. Gives the reader back if another device has set the
    /// position meanwhile: its count is told already. The last count is told in any case.
    async fn count(
        &self,
        reader: Reader,
        room: RoomId,
        thread: Option<MessageId>,
        is_last: bool,
    ) -> Option<Reader> {
        let user = reader.user;
        let counted = match self.store.read_position(user, room, thread).await {
            Ok(counted) => counted,
            Err(error) => {
                reader.reply.send(Err(Error::from(error)));
                return None;
            }
        };
        let (give_back, overtaken) = oneshot::channel();
        let notifier = self.notifier.clone();
        let told = move |is_same: crate::store::Result<bool>| match is_same {
            Ok(is_same) if is_same || is_last => tell(&notifier, reader, counted.position),
            Ok(_) => drop(give_back.send(reader)),
            Err(error) => reader.reply.send(Err(error.into())),
        };
        // If the store accepts no more writes, the server ends, and with it the connection.
        self.store.is_read_position(user, counted, told).await.ok()?;
        overtaken.await.ok()
    }
}

fn tell(notifier: &Notifier, reader: Reader, position: ReadPosition) {
    let Reader { user, client, reply } = reader;
    notifier.to_user(user, Event::Read(position), client);
    reply.send(Ok(Response::Read(position)));
}
