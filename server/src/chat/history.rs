//! `history`: reads a page of what a room shows, or of the replies of a thread.

use protocol::{History, HistoryPage, Response, RoomName, UserId};

use super::{Caller, ChatService, Outcome};
use crate::error::Error;

impl ChatService {
    /// Replies with a page of messages.
    pub(super) async fn history(
        &self,
        caller: &Caller,
        mut history: History,
    ) -> Result<Outcome, Error> {
        let name = caller.room_or_default(history.room.take())?;
        let page = self.history_page(caller.user.id, name, history).await?;
        Ok(Outcome::Reply(Response::History(page).into()))
    }

    /// Reads a page of a room's messages.
    ///
    /// # Errors
    /// Fails if the user may not see such a room, or if the store is unavailable.
    pub async fn history_page(
        &self,
        user: UserId,
        room: RoomName,
        history: History,
    ) -> Result<HistoryPage, Error> {
        let _permit = self.store.user_permit(user).await?;
        let room = self.store.room_access(user, room).await?.room;
        let thread = history.thread;
        let page = self.store.history(room, history).await?;
        Ok(HistoryPage { room, thread, messages: page.messages, has_more: page.has_more })
    }
}
