//! `typing`: shows the other subscribers of a room that the user is typing, there or in a thread.

use protocol::{Event, Typing, TypingUser};

use super::{Caller, ChatService, Outcome};
use crate::error::Error;

impl ChatService {
    /// Sends the signal. The caller must be subscribed, so that a user who types is also listed as
    /// online. In an archived room nobody can write, and nothing is sent.
    pub(super) async fn typing(&self, caller: &Caller, typing: Typing) -> Result<Outcome, Error> {
        let Typing { room, thread } = typing;
        let name = caller.room_or_default(room)?;
        let access = self.store.room_access(caller.user.id, name).await?;
        let room = access.room;
        let Some(user) = self.hub.subscriber(caller.client, room) else {
            return Err(Error::Forbidden("Subscribe to the room first.".into()));
        };
        if let Some(thread) = thread {
            self.store.check_thread(room, thread).await?;
        }
        if access.read_only.is_none() {
            let event = Event::Typing(TypingUser { room, user: user.into(), thread });
            self.notifier.ephemeral(room, caller.user.id, event);
        }
        Ok(Outcome::Done)
    }
}
