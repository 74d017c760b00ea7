//! Changing a room: its name, address and topic, archiving it and bringing it back.

use protocol::{
    FieldError, Room, RoomName, User,
    http::UpdateRoom,
    limits::{MAX_ROOM_NAME_CHARS, MAX_TOPIC_CHARS},
    text::{is_line, is_name},
};

use super::{RoomService, create::check_slug};
use crate::{
    base::names::{name_rule, normal_name},
    error::Error,
    store::RoomUpdate,
};

impl RoomService {
    /// Changes a room: all that is asked for, or nothing.
    ///
    /// # Errors
    /// Returns [`Error::NotFound`] if `by` may not see the room, [`Error::Forbidden`] if `by` may
    /// not manage it, [`Error::Invalid`] if a value does not fit, [`Error::Conflict`] if the
    /// address is taken, and [`Error::Clash`] if the first room cannot be changed so.
    pub async fn update(
        &self,
        by: &User,
        room: RoomName,
        update: UpdateRoom,
    ) -> Result<Room, Error> {
        let update = check(update);
        // Whoever may not see or manage the room learns that first.
        self.store.check_managed(by.id, room.clone()).await?;
        let update = update?;
        if update.slug.is_some() {
            // Former addresses are kept for a time, as rooms are.
            self.limits.new_room(by.id).await?;
        }
        let (room, is_changed) = self.store.update_room(by.id, room, update).await?;
        if is_changed {
            self.notifier.room_changed(room.id);
        }
        Ok(room)
    }
}

fn check(update: UpdateRoom) -> Result<RoomUpdate, Error> {
    let UpdateRoom { name, slug, topic, archived } = update;
    let (name, topic) =
        (name.map(|name| normal_name(&name)), topic.map(|topic| normal_name(&topic)));
    let mut faults = Vec::new();
    if name.as_ref().is_some_and(|name| !is_name(name, MAX_ROOM_NAME_CHARS)) {
        faults.push(FieldError::new("name", name_rule(MAX_ROOM_NAME_CHARS)));
    }
    if topic.as_ref().is_some_and(|topic| !is_line(topic, MAX_TOPIC_CHARS)) {
        let rule =
            format!("must have at most {MAX_TOPIC_CHARS} characters, none of them invisible");
        faults.push(FieldError::new("topic", rule));
    }
    let slug = match slug.map(check_slug).transpose() {
        Err(Error::Invalid(invalid)) => {
            faults.extend(invalid);
            None
        }
        slug => slug?,
    };
    if faults.is_empty() {
        Ok(RoomUpdate { name, slug, topic, archived })
    } else {
        Err(Error::Invalid(faults))
    }
}
