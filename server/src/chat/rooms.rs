//! `rooms`: lists the rooms that the user may see.

use protocol::{ListRooms, Response};

use super::{Caller, ChatService, Outcome};
use crate::error::Error;

impl ChatService {
    /// Replies with a page of the rooms and the user's unread counts.
    pub(super) async fn rooms(&self, caller: &Caller, list: ListRooms) -> Result<Outcome, Error> {
        let page = self.store.rooms(caller.user.id, list).await?;
        Ok(Outcome::Reply(Response::Rooms(page).into()))
    }
}
