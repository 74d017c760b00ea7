//! `chat`: appends a message to the room log.

use protocol::{Chat, FieldError, MessageId, RoomName, SessionId, User, UserId};
use tokio::sync::oneshot;
use uuid::Uuid;

use super::{Caller, ChatService, Outcome};
use crate::{
    delivery::reply::ReplyTo,
    error::{Error, STORE_UNAVAILABLE},
    store::NewMessage,
};

impl ChatService {
    /// Appends a message. The event and the reply follow its commit, in the order of the room log.
    ///
    /// A message with `faults` is refused, unless its id makes it the repeat of an earlier one.
    pub(super) async fn send(
        &self,
        caller: &Caller,
        mut chat: Chat,
        mut faults: Vec<FieldError>,
        reply: &ReplyTo,
    ) -> Result<Outcome, Error> {
        let named = chat.room.take();
        let room = caller.room_or_default(named).map_err(|fault| faults.push(fault)).ok();
        let on_commit = self.bus.on_commit(caller.user.id, caller.client, reply.pending());
        match (room, chat.id) {
            (Some(room), _) if faults.is_empty() => {
                let new = self.new_message(caller.user.id, caller.session, room, chat);
                self.store.append(new, on_commit).await?;
            }
            (_, Some(id)) => {
                self.store.append_repeat(id, caller.user.id, faults, on_commit).await?;
            }
            (_, None) => return Err(Error::Invalid(faults)),
        }
        Ok(Outcome::Done)
    }

    /// Appends the message of a user without a connection. Returns after the commit.
    ///
    /// # Errors
    /// Fails if there is no such room for the user, or if the store is unavailable.
    pub async fn post(&self, user: &User, session: SessionId, mut chat: Chat) -> Result<(), Error> {
        let room = chat.room.take().ok_or_else(|| Error::field("room", "is required"))?;
        let new = self.new_message(user.id, session, room, chat);
        let (committed, outcome) = oneshot::channel();
        let on_commit = self.bus.on_unconnected_commit(user.id, |result| {
            let _ = committed.send(result);
        });
        self.store.append(new, on_commit).await?;
        outcome.await.map_err(|_| STORE_UNAVAILABLE)?
    }

    fn new_message(
        &self,
        sender: UserId,
        session: SessionId,
        room: RoomName,
        chat: Chat,
    ) -> NewMessage {
        let Chat { room: _, text, id, reply_to, thread, in_room, files, previews } = chat;
        NewMessage {
            id: id.unwrap_or_else(|| MessageId(Uuid::now_v7())),
            room,
            sender,
            session: Some(session),
            text,
            reply_to,
            thread,
            in_room,
            files,
            links: self.links.clone(),
            previews: previews.unwrap_or(true),
            reminder: false,
        }
    }
}
