//! Creating a room.

use protocol::{
    Room, User,
    http::NewRoom,
    limits::MAX_ROOM_NAME_CHARS,
    text::{is_name, is_slug},
};

use super::{RoomService, address::slug_from_name};
use crate::{
    base::names::{name_rule, normal_name},
    error::Error,
    store::{NewSlug, NewStoredRoom, is_reserved_slug},
};

/// The message of the field error for a slug that no room may have.
pub const RESERVED_SLUG: &str = "is reserved";

impl RoomService {
    /// Creates a room with its creator as the first member.
    ///
    /// Without a slug, a public room gets one made of its name, and a private one a random one.
    ///
    /// # Errors
    /// Returns [`Error::Invalid`] if the name or the slug does not fit, [`Error::Conflict`] if that
    /// slug is taken, and [`Error::Limited`] if the user creates rooms too quickly.
    pub async fn create(&self, creator: &User, new: NewRoom) -> Result<Room, Error> {
        let name = normal_name(&new.name);
        if !is_name(&name, MAX_ROOM_NAME_CHARS) {
            return Err(Error::field("name", name_rule(MAX_ROOM_NAME_CHARS)));
        }
        let slug = match new.slug {
            Some(slug) => NewSlug::Exact(check_slug(slug)?),
            None if new.private => NewSlug::Random,
            None => slug_for(&name),
        };
        self.limits.new_room(creator.id).await?;
        let new = NewStoredRoom { slug, name, private: new.private, creator: creator.id };
        let room = self.store.create_room(new).await?;
        if !room.private {
            let seen_by_others = Room { member: false, ..room.clone() };
            self.notifier.room_created(&seen_by_others, creator.id);
        }
        self.changes.tell(creator.id, vec![room.id], None).await;
        Ok(room)
    }

    /// Returns the slug that a public room of this name would get now; `None`: a random one.
    ///
    /// # Errors
    /// Returns [`Error::Unavailable`] if the store cannot be reached.
    pub async fn slug_for(&self, name: &str) -> Result<Option<String>, Error> {
        match slug_for(name) {
            NewSlug::Like(slug) => Ok(Some(self.store.free_slug(slug).await?)),
            NewSlug::Exact(_) | NewSlug::Random => Ok(None),
        }
    }
}

fn slug_for(name: &str) -> NewSlug {
    match slug_from_name(name) {
        slug if slug.is_empty() => NewSlug::Random,
        slug => NewSlug::Like(slug),
    }
}

pub(super) fn check_slug(slug: String) -> Result<String, Error> {
    if !is_slug(&slug) {
        let rule = "must begin with a letter or digit and have at most 64 of a-z, 0-9 and hyphen";
        return Err(Error::field("slug", rule));
    }
    if is_reserved_slug(&slug) {
        return Err(Error::field("slug", RESERVED_SLUG));
    }
    Ok(slug)
}
