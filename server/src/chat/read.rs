//! `read`: moves the read position of a room.

use protocol::Read;

use super::{Caller, ChatService, Outcome};
use crate::{delivery::reply::ReplyTo, error::Error};

impl ChatService {
    /// Sets the user's read position. The user's other connections receive it after the commit.
    pub(super) async fn read(
        &self,
        caller: &Caller,
        read: Read,
        reply: &ReplyTo,
    ) -> Result<Outcome, Error> {
        let room = caller.room_or_default(read.room)?;
        let on_commit = self.bus.on_read(caller.user.id, caller.client, reply.pending());
        self.store.read_until(caller.user.id, room, read.seq, on_commit).await?;
        Ok(Outcome::Done)
    }
}
