//! `chat_edit`, `chat_delete`, `chat_react`: update a message in the room log.

use protocol::{ChatDelete, ChatEdit, ChatReact, MessageId, OpId, RoomName};
use uuid::Uuid;

use super::{Caller, ChatService, Outcome};
use crate::{
    delivery::reply::ReplyTo,
    error::Error,
    store::{MessageUpdate, NewUpdate},
};

impl ChatService {
    /// Replaces a message's text.
    pub(super) async fn edit(
        &self,
        caller: &Caller,
        ChatEdit { room, id, op, text }: ChatEdit,
        reply: &ReplyTo,
    ) -> Result<Outcome, Error> {
        self.update(caller, (room, id, op), MessageUpdate::Edit(text), reply).await
    }

    /// Deletes a message.
    pub(super) async fn delete(
        &self,
        caller: &Caller,
        ChatDelete { room, id, op }: ChatDelete,
        reply: &ReplyTo,
    ) -> Result<Outcome, Error> {
        self.update(caller, (room, id, op), MessageUpdate::Delete, reply).await
    }

    /// Adds a reaction to a message, or removes it.
    pub(super) async fn react(
        &self,
        caller: &Caller,
        ChatReact { room, id, op, emoji, on }: ChatReact,
        reply: &ReplyTo,
    ) -> Result<Outcome, Error> {
        self.update(caller, (room, id, op), MessageUpdate::React { emoji, on }, reply).await
    }

    /// Appends an update. The event and the reply follow its commit, in the order of the room log.
    async fn update(
        &self,
        caller: &Caller,
        (room, message, op): (Option<RoomName>, MessageId, Option<OpId>),
        update: MessageUpdate,
        reply: &ReplyTo,
    ) -> Result<Outcome, Error> {
        let room = caller.room_or_default(room)?;
        let op = op.unwrap_or_else(|| OpId(Uuid::now_v7()));
        let new =
            NewUpdate { op, room, message, user: caller.user.id, session: caller.session, update };
        self.store.update(new, self.bus.on_commit(reply.pending())).await?;
        Ok(Outcome::Done)
    }
}
