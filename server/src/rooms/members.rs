//! Adding and removing members.

use protocol::{RoomName, User};

use super::RoomService;
use crate::error::Error;

impl RoomService {
    /// Adds a user to a room. Everyone who may see the room may do so.
    ///
    /// `username` is an id or a username.
    ///
    /// # Errors
    /// Returns [`Error::NotFound`] if there is no such room or user.
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

    /// Removes a user from a room and ends the user's subscriptions to it on all nodes.
    ///
    /// Members may leave; only the creator removes others. `username` is an id or a username.
    ///
    /// # Errors
    /// Returns [`Error::NotFound`] if there is no such room or member, and [`Error::Forbidden`] if
    /// `by` may not remove the user.
    pub async fn remove_member(
        &self,
        by: &User,
        room: RoomName,
        username: String,
    ) -> Result<(), Error> {
        let room = self.store.room_access(by.id, room).await?.room;
        let user = self.store.user(username).await?;
        self.store.remove_member(by.id, room, user.id).await?;
        let id = user.id;
        self.notifier.member_removed(room, user);
        self.changes.tell(id, vec![room], None).await;
        Ok(())
    }
}
