//! `chat_edit`, `chat_delete`, `chat_react`, `chat_pin`, `chat_previews`: update a message in the
//! room log.

use protocol::{
    ChatDelete, ChatEdit, ChatPin, ChatPreviews, ChatReact, FieldError, MessageId, OpId, RoomName,
    text::canonical_emoji,
};
use uuid::Uuid;

use super::{Caller, ChatService, Outcome};
use crate::{
    delivery::reply::ReplyTo,
    error::Error,
    store::{MessageUpdate, NewUpdate},
};

impl ChatService {
    /// Replaces a message's text, and its files if they are given.
    pub(super) async fn edit(
        &self,
        caller: &Caller,
        ChatEdit { room, id, op, text, files }: ChatEdit,
        faults: Vec<FieldError>,
        reply: &ReplyTo,
    ) -> Result<Outcome, Error> {
        self.update(caller, (room, id, op), MessageUpdate::Edit { text, files }, faults, reply)
            .await
    }

    /// Deletes a message.
    pub(super) async fn delete(
        &self,
        caller: &Caller,
        ChatDelete { room, id, op }: ChatDelete,
        reply: &ReplyTo,
    ) -> Result<Outcome, Error> {
        self.update(caller, (room, id, op), MessageUpdate::Delete, Vec::new(), reply).await
    }

    /// Adds a reaction to a message, or removes it.
    pub(super) async fn react(
        &self,
        caller: &Caller,
        ChatReact { room, id, op, emoji, on }: ChatReact,
        faults: Vec<FieldError>,
        reply: &ReplyTo,
    ) -> Result<Outcome, Error> {
        let emoji = canonical_emoji(&emoji).unwrap_or(emoji);
        self.update(caller, (room, id, op), MessageUpdate::React { emoji, on }, faults, reply).await
    }

    /// Pins a message, or takes the pin away.
    pub(super) async fn pin(
        &self,
        caller: &Caller,
        ChatPin { room, id, op, on }: ChatPin,
        reply: &ReplyTo,
    ) -> Result<Outcome, Error> {
        self.update(caller, (room, id, op), MessageUpdate::Pin { on }, Vec::new(), reply).await
    }

    /// Removes the previews of a message for good.
    pub(super) async fn remove_previews(
        &self,
        caller: &Caller,
        ChatPreviews { room, id, op, on }: ChatPreviews,
        faults: Vec<FieldError>,
        reply: &ReplyTo,
    ) -> Result<Outcome, Error> {
        self.update(caller, (room, id, op), MessageUpdate::Previews { on }, faults, reply).await
    }

    /// Appends an update. The event and the reply follow its commit, in the order of the room log.
    ///
    /// An update with `faults` is refused, unless its id makes it the repeat of an earlier one.
    async fn update(
        &self,
        caller: &Caller,
        (room, message, op): (Option<RoomName>, MessageId, Option<OpId>),
        update: MessageUpdate,
        mut faults: Vec<FieldError>,
        reply: &ReplyTo,
    ) -> Result<Outcome, Error> {
        let room = caller.room_or_default(room).map_err(|fault| faults.push(fault)).ok();
        let user = caller.user.id;
        let on_commit = self.bus.on_commit(user, caller.client, reply.pending());
        match (room, op) {
            (Some(room), op) if faults.is_empty() => {
                let op = op.unwrap_or_else(|| OpId(Uuid::now_v7()));
                let session = caller.session;
                let links = self.links.clone();
                let new = NewUpdate { op, room, message, user, session, update, links };
                self.store.update(new, on_commit).await?;
            }
            (_, Some(op)) => {
                self.store.repeat_update(op, user, update, faults, on_commit).await?;
            }
            (_, None) => return Err(Error::Invalid(faults)),
        }
        Ok(Outcome::Done)
    }
}
