//! Ends sessions and memberships here that were ended on other nodes.

use protocol::{RoomId, User};

use super::Repair;
use crate::{error::SESSION_ENDED, store::Result};

impl Repair {
    /// Closes the connections of ended sessions and ends the subscriptions of removed members.
    pub(super) async fn end_revoked_access(&self) -> Result<()> {
        let ended = self.store.ended_sessions(self.hub.sessions()).await?;
        let removed = self.removed_members(self.hub.active_rooms()).await?;
        self.hub.evict_ended(&ended, SESSION_ENDED, &removed);
        Ok(())
    }

    /// Returns the subscribers of these rooms who are no longer members, if the room is private.
    pub(super) async fn removed_members(&self, rooms: Vec<RoomId>) -> Result<Vec<(RoomId, User)>> {
        let private = self.store.private_rooms(rooms).await?;
        if private.is_empty() {
            return Ok(Vec::new());
        }
        self.store.removed_members(self.hub.users_in(&private)).await
    }
}
