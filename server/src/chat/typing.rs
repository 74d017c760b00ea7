//! `typing`: shows the other subscribers of a room that the user is typing.

use protocol::{Event, Typing, TypingUser};

use super::{Caller, ChatService, Outcome};
use crate::error::Error;

impl ChatService {
    /// Sends the signal. The caller must be subscribed, so that a user who types is also listed as
    /// online.
    pub(super) async fn typing(&self, caller: &Caller, typing: Typing) -> Result<Outcome, Error> {
        let name = caller.room_or_default(typing.room)?;
        let access = self.store.room_access(caller.user.id, name).await?;
        if access.read_only.is_some() {
            return Ok(Outcome::Done); // nobody can write there
        }
        let room = access.room;
        let Some(user) = self.hub.subscriber(caller.client, room) else {
            return Err(Error::Forbidden("Subscribe to the room first.".into()));
        };
        let user = user.into();
        self.notifier.ephemeral(
            room,
            caller.user.id,
            Event::Typing(TypingUser { room, user, thread: None }),
        );
        Ok(Outcome::Done)
    }
}
