//! `chat`: appends a message to the room log.

use protocol::{Chat, MessageId};
use uuid::Uuid;

use super::{Caller, ChatService, Outcome};
use crate::{delivery::reply::ReplyTo, error::Error, store::NewMessage};

impl ChatService {
    /// Appends a message. The event and the reply follow its commit, in the order of the room log.
    pub(super) async fn send(
        &self,
        caller: &Caller,
        chat: Chat,
        reply: &ReplyTo,
    ) -> Result<Outcome, Error> {
        let new = NewMessage {
            id: chat.id.unwrap_or_else(|| MessageId(Uuid::now_v7())),
            room: caller.room_or_default(chat.room)?,
            sender: caller.user.clone().into(),
            session: caller.session,
            text: chat.text,
        };
        self.store.append(new, self.bus.on_commit(reply.pending())).await?;
        Ok(Outcome::Done)
    }
}
