//! `read`: moves the read position of a room or a thread.

use protocol::Read;

use super::{Caller, ChatService, Outcome};
use crate::{delivery::reply::ReplyTo, error::Error, store::NewPosition};

impl ChatService {
    /// Sets the user's read position. The user's other connections receive it after the commit.
    pub(super) async fn read(
        &self,
        caller: &Caller,
        read: Read,
        reply: &ReplyTo,
    ) -> Result<Outcome, Error> {
        let Read { room, seq, thread, back } = read;
        let new = NewPosition { room: caller.room_or_default(room)?, thread, seq, back };
        let on_commit = self.counts.on_commit(caller.user.id, caller.client, reply.pending());
        self.store.set_read_position(caller.user.id, new, on_commit).await?;
        Ok(Outcome::Done)
    }
}
