//! `files`: the messages of a room that have files.

use protocol::{
    Files, FilesPage, Response,
    limits::{MAX_PAGE_MESSAGES, PAGE_MESSAGES},
};

use super::{Caller, ChatService, Outcome};
use crate::{error::Error, store::FilesQuery};

impl ChatService {
    /// Replies with a page of the messages that have files.
    pub(super) async fn files(&self, caller: &Caller, files: Files) -> Result<Outcome, Error> {
        let Files { room, before, limit, query } = files;
        let name = caller.room_or_default(room)?;
        let _permit = self.store.user_permit(caller.user.id).await?;
        let room = self.store.room_access(caller.user.id, name).await?.room;
        let limit = limit.unwrap_or(PAGE_MESSAGES).clamp(1, MAX_PAGE_MESSAGES);
        let query = FilesQuery { before, limit, name: query.unwrap_or_default() };
        let (messages, next) = self.store.messages_with_files(room, query).await?;
        let page = FilesPage { room, messages, has_more: next.is_some(), next };
        Ok(Outcome::Reply(Response::Files(page).into()))
    }
}
