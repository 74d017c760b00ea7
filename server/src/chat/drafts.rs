//! `draft`, `drafts`: what the user has begun to write, on all devices.

use protocol::{Draft, Response};

use super::{Caller, ChatService, Outcome};
use crate::{delivery::reply::ReplyTo, error::Error};

impl ChatService {
    /// Keeps a draft. The user's other connections learn of it after the commit.
    pub(super) async fn draft(
        &self,
        caller: &Caller,
        draft: Draft,
        reply: &ReplyTo,
    ) -> Result<Outcome, Error> {
        let on_commit = self.bus.on_draft_commit(caller.user.id, caller.client, reply.pending());
        self.store.keep_draft(caller.user.id, draft, on_commit).await?;
        Ok(Outcome::Done)
    }

    /// Replies with the drafts.
    pub(super) async fn drafts(&self, caller: &Caller) -> Result<Outcome, Error> {
        let user = caller.user.id;
        let _permit = self.store.user_permit(user).await?;
        Ok(Outcome::Reply(Response::Drafts(self.store.drafts(user).await?).into()))
    }
}
