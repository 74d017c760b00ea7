//! Creating a room.

use protocol::{
    Room, User,
    http::NewRoom,
    limits::{MAX_ROOM_NAME_CHARS, MAX_SLUG_CHARS, RESERVED_SLUGS},
    text::{is_name, is_slug},
};
use uuid::Uuid;

use super::RoomService;
use crate::{
    base::names::{name_rule, normal_name},
    error::Error,
    store::NewStoredRoom,
};

/// The message of the field error for a slug that no room may have.
pub const RESERVED_SLUG: &str = "is reserved";

impl RoomService {
    /// Creates a room with its creator as the first member.
    ///
    /// # Errors
    /// Returns [`Error::Invalid`] if the name or the slug does not fit, [`Error::Conflict`] if the
    /// slug is taken, and [`Error::Limited`] if the user creates rooms too quickly.
    pub async fn create(&self, creator: &User, new: NewRoom) -> Result<Room, Error> {
        let name = normal_name(&new.name);
        if !is_name(&name, MAX_ROOM_NAME_CHARS) {
            return Err(Error::field("name", name_rule(MAX_ROOM_NAME_CHARS)));
        }
        let slug = new.slug.unwrap_or_else(|| slug_from_name(&name));
        if !is_slug(&slug) {
            let rule = "must begin with a letter or digit and have at most 64 of a-z, 0-9 and \
                        hyphen";
            return Err(Error::field("slug", rule));
        }
        // A slug that reads as a room id could shadow that room.
        if RESERVED_SLUGS.contains(&slug.as_str()) || Uuid::try_parse(&slug).is_ok() {
            return Err(Error::field("slug", RESERVED_SLUG));
        }
        self.limits.new_room(creator.id).await?;
        let new = NewStoredRoom { slug, name, private: new.private, creator: creator.id };
        let room = self.store.create_room(new).await?;
        if !room.private {
            let seen_by_others = Room { member: false, ..room.clone() };
            self.notifier.room_created(seen_by_others, creator.id);
        }
        self.changes.tell(creator.id, vec![room.id], None).await;
        Ok(room)
    }
}

/// Derives a slug from a room's name: `Front desk` becomes `front-desk`.
///
/// Empty if the name has no ASCII letter or digit.
fn slug_from_name(name: &str) -> String {
    let lowercase = name.to_lowercase();
    let words = lowercase
        .split(|letter: char| !letter.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty());
    let mut slug = words.collect::<Vec<_>>().join("-");
    slug.truncate(MAX_SLUG_CHARS);
    slug
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_derived_from_names() {
        assert_eq!(slug_from_name("Front desk"), "front-desk");
        assert_eq!(slug_from_name("  Release 2.0!  "), "release-2-0");
        assert_eq!(slug_from_name("日本"), "");
        assert_eq!(slug_from_name(&"x".repeat(80)).len(), MAX_SLUG_CHARS);
    }
}
