//! `notify` and `favourite`: what a member chooses for themselves in a room.

use protocol::{Favourite, Notify, Response};

use super::{Caller, ChatService, Outcome};
use crate::error::Error;

impl ChatService {
    /// Sets which messages of a room notify the user. The user's other connections learn of it.
    pub(super) async fn notify(
        &self,
        caller: &Caller,
        Notify { room, level }: Notify,
    ) -> Result<Outcome, Error> {
        let room = self.store.set_notify(caller.user.id, room, level).await?;
        self.changes.tell(caller.user.id, vec![room], Some(caller.client)).await;
        Ok(Outcome::Reply(Response::Notify(Notify { room: room.into(), level }).into()))
    }

    /// Makes a room one of the user's favourites, or no longer. The user's other connections learn
    /// of it.
    pub(super) async fn favourite(
        &self,
        caller: &Caller,
        Favourite { room, on }: Favourite,
    ) -> Result<Outcome, Error> {
        let room = self.store.set_favourite(caller.user.id, room, on).await?;
        self.changes.tell(caller.user.id, vec![room], Some(caller.client)).await;
        Ok(Outcome::Reply(Response::Favourite(Favourite { room: room.into(), on }).into()))
    }
}
