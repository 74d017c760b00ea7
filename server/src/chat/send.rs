//! `chat`: appends a message to the room log.

use protocol::{Chat, FieldError, MessageId};
use uuid::Uuid;

use super::{Caller, ChatService, Outcome};
use crate::{delivery::reply::ReplyTo, error::Error, store::NewMessage};

impl ChatService {
    /// Appends a message. The event and the reply follow its commit, in the order of the room log.
    ///
    /// A message with `faults` is refused, unless its id makes it the repeat of an earlier one.
    pub(super) async fn send(
        &self,
        caller: &Caller,
        chat: Chat,
        mut faults: Vec<FieldError>,
        reply: &ReplyTo,
    ) -> Result<Outcome, Error> {
        let room = caller.room_or_default(chat.room).map_err(|fault| faults.push(fault)).ok();
        let on_commit = self.bus.on_commit(reply.pending());
        match (room, chat.id) {
            (Some(room), id) if faults.is_empty() => {
                let new = NewMessage {
                    id: id.unwrap_or_else(|| MessageId(Uuid::now_v7())),
                    room,
                    sender: caller.user.clone(),
                    session: caller.session,
                    text: chat.text,
                };
                self.store.append(new, on_commit).await?;
            }
            (_, Some(id)) => {
                self.store.append_repeat(id, caller.user.id, faults, on_commit).await?;
            }
            (_, None) => return Err(Error::Invalid(faults)),
        }
        Ok(Outcome::Done)
    }
}
