//! `rooms`: lists the rooms that the user may see.

use protocol::{Response, RoomsPage};

use super::{Caller, ChatService, Outcome};
use crate::error::Error;

impl ChatService {
    /// Replies with the rooms and the user's unread counts.
    pub(super) async fn rooms(&self, caller: &Caller) -> Result<Outcome, Error> {
        let rooms = self.store.rooms(caller.user.id).await?;
        Ok(Outcome::Reply(Response::Rooms(RoomsPage { rooms }).into()))
    }
}
