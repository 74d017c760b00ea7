//! `threads`, `thread_follow`: the threads that the user follows.

use protocol::{Event, Response, ThreadFollow, Threads};

use super::{Caller, ChatService, Outcome};
use crate::{delivery::reply::ReplyTo, error::Error, store::ThreadCursor};

impl ChatService {
    /// Replies with a page of the threads.
    pub(super) async fn threads(
        &self,
        caller: &Caller,
        Threads { cursor, limit }: Threads,
    ) -> Result<Outcome, Error> {
        let user = caller.user.id;
        let after = cursor.map(|cursor| {
            ThreadCursor::decode(&cursor, user)
                .ok_or_else(|| Error::field("cursor", "must be the next of an earlier response"))
        });
        let _permit = self.store.user_permit(user).await?;
        let page = self.store.threads(user, after.transpose()?, limit).await?;
        Ok(Outcome::Reply(Response::Threads(page).into()))
    }

    /// Follows a thread, or no longer. The user's other connections learn of it after the commit.
    pub(super) async fn follow_thread(
        &self,
        caller: &Caller,
        follow: ThreadFollow,
        reply: &ReplyTo,
    ) -> Result<Outcome, Error> {
        let messages = |follow: ThreadFollow| {
            (Event::ThreadChanged(follow.clone()), Response::ThreadFollow(follow))
        };
        let (user, client) = (caller.user.id, caller.client);
        let on_commit = self.bus.on_user_commit(user, client, reply.pending(), messages);
        self.store.follow_thread(user, follow, on_commit).await?;
        Ok(Outcome::Done)
    }
}
