//! `search`: finds messages.

use protocol::{Response, Search};

use super::{Caller, ChatService, Outcome};
use crate::error::Error;

impl ChatService {
    /// Replies with a page of what was found.
    pub(super) async fn find(&self, caller: &Caller, search: Search) -> Result<Outcome, Error> {
        let page = self.search.search(caller.user.id, search).await?;
        Ok(Outcome::Reply(Response::Search(page).into()))
    }
}
