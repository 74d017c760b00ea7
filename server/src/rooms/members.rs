//! Adding and removing members.

use protocol::{RoomName, User};

use super::RoomService;
use crate::{error::Error, store::Departure};

impl RoomService {
    /// Adds a user to a room. Everyone who may see the room may do so, unless it is a direct one or
    /// archived.
    ///
    /// `username` is an id or a username.
    ///
    /// # Errors
    /// Returns [`Error::NotFound`] if there is no such room or user, and [`Error::Forbidden`] for a
    /// direct or archived room and for a banned user.
    pub async fn add_member(
        &self,
        by: &User,
        room: RoomName,
        username: String,
    ) -> Result<(), Error> {
        let room = self.store.room_access(by.id, room).await?.room;
        let user = self.store.user(username).await?;
        if self.store.add_member(by.id, room, user.id).await? {
            self.changes.tell(user.id, vec![room], None).await;
        }
        Ok(())
    }

    /// Removes a user from a room and ends the user's subscriptions to it on all nodes. A direct
    /// room is only hidden, from the user who leaves it.
    ///
    /// Members may leave; the managers of the room remove others. `username` is an id or a
    /// username.
    ///
    /// # Errors
    /// Returns [`Error::NotFound`] if there is no such room or member, and [`Error::Forbidden`] if
    /// `by` may not remove the user, or if the room is archived.
    pub async fn remove_member(
        &self,
        by: &User,
        room: RoomName,
        username: String,
    ) -> Result<(), Error> {
        let room = self.store.room_access(by.id, room).await?.room;
        let user = self.store.user(username).await?;
        let id = user.id;
        match self.store.remove_member(by.id, room, id).await? {
            Departure::Removed => self.notifier.member_removed(room, user),
            Departure::Hidden => {}
        }
        self.changes.tell(id, vec![room], None).await;
        Ok(())
    }
}
