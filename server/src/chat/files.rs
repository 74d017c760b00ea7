//! `files`: the messages of a room that have files.

use protocol::{
    Files, FilesPage, Response,
    limits::{MAX_PAGE_MESSAGES, PAGE_MESSAGES},
};

use super::{Caller, ChatService, Outcome};
use crate::error::Error;

impl ChatService {
    /// Replies with a page of the messages that have files.
    pub(super) async fn files(&self, caller: &Caller, files: Files) -> Result<Outcome, Error> {
        let Files { room, before, limit } = files;
        let name = caller.room_or_default(room)?;
        let _permit = self.store.user_permit(caller.user.id).await?;
        let room = self.store.room_access(caller.user.id, name).await?.room;
        let limit = limit.unwrap_or(PAGE_MESSAGES).clamp(1, MAX_PAGE_MESSAGES);
        let (messages, has_more) = self.store.messages_with_files(room, before, limit).await?;
        Ok(Outcome::Reply(Response::Files(FilesPage { room, messages, has_more }).into()))
    }
}
