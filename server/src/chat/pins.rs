//! `pins`, `edits`: the pinned messages of a room, and the earlier texts of a message.

use protocol::{Edits, EditsPage, Pins, PinsPage, Response};

use super::{Caller, ChatService, Outcome};
use crate::error::Error;

impl ChatService {
    /// Replies with the pinned messages.
    pub(super) async fn pins(&self, caller: &Caller, pins: Pins) -> Result<Outcome, Error> {
        let Pins { room, after } = pins;
        let name = caller.room_or_default(room)?;
        let _permit = self.store.user_permit(caller.user.id).await?;
        let room = self.store.room_access(caller.user.id, name).await?.room;
        let (messages, has_more) = self.store.pins(room, after).await?;
        Ok(Outcome::Reply(Response::Pins(PinsPage { room, messages, has_more }).into()))
    }

    /// Replies with the earlier texts.
    pub(super) async fn edits(&self, caller: &Caller, edits: Edits) -> Result<Outcome, Error> {
        let Edits { room, id, after } = edits;
        let name = caller.room_or_default(room)?;
        let _permit = self.store.user_permit(caller.user.id).await?;
        let room = self.store.room_access(caller.user.id, name).await?.room;
        let (edits, has_more) = self.store.earlier_texts(room, id, after).await?;
        Ok(Outcome::Reply(Response::Edits(EditsPage { id, room, edits, has_more }).into()))
    }
}
