//! Direct rooms: conversations of certain people.

use std::collections::BTreeSet;

use protocol::{Room, User, http::NewDirect, limits::MAX_DIRECT_OTHERS};
use uuid::Uuid;

use super::RoomService;
use crate::{error::Error, store::DirectRoom};

/// The most names of users that are looked up. Each user has two: an id and a username.
const MAX_NAMES: usize = 2 * (MAX_DIRECT_OTHERS + 1);

impl RoomService {
    /// Returns the direct room of a user and the others named, and whether it was made now.
    ///
    /// # Errors
    /// Returns [`Error::NotFound`] if there is nobody of a name, [`Error::Forbidden`] if somebody
    /// is banned, [`Error::Invalid`] if they are too many, and [`Error::Limited`] if the user asks
    /// too often.
    pub async fn direct(&self, by: &User, new: NewDirect) -> Result<(Room, bool), Error> {
        let plain = |name: String| Uuid::try_parse(&name).map_or(name, |id| id.to_string());
        let names: BTreeSet<_> = new.users.into_iter().map(plain).collect();
        if names.len() > MAX_NAMES {
            let rule = format!("must name at most {MAX_DIRECT_OTHERS} others");
            return Err(Error::field("users", rule));
        }
        self.limits.new_room(by.id).await?;
        let DirectRoom { room, is_new, shown_to } = self.store.direct_room(by.id, names).await?;
        for user in shown_to {
            self.changes.tell(user, vec![room.id], None).await;
        }
        Ok((room, is_new))
    }
}
