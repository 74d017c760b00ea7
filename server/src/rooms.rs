//! Making rooms: what the HTTP call and the form of the page share.

use protocol::{
    Room, User,
    http::NewRoom,
    limits::{MAX_ROOM_NAME_CHARS, MAX_SLUG_CHARS, RESERVED_SLUGS, has_chars, is_slug},
};
use uuid::Uuid;

use crate::{error::Error, state::App, store::NewStoredRoom};

/// What is wrong with a slug that no room may take.
pub(crate) const RESERVED: &str = "is reserved";

/// Makes a room; its creator is its first member.
///
/// # Errors
/// The name or the slug does not fit, or the slug is taken.
pub async fn create(app: &App, creator: &User, new: NewRoom) -> Result<Room, Error> {
    let name = new.name.trim().to_owned();
    if !has_chars(&name, 1, MAX_ROOM_NAME_CHARS) {
        return Err(Error::field("name", format!("must have 1 to {MAX_ROOM_NAME_CHARS} characters")));
    }
    let slug = new.slug.unwrap_or_else(|| slug_of(&name));
    if !is_slug(&slug) {
        return Err(Error::field(
            "slug",
            "must begin with a letter or digit and have at most 64 of a-z, 0-9 and hyphen",
        ));
    }
    // A slug that reads as an id could take that room's place.
    if RESERVED_SLUGS.contains(&slug.as_str()) || Uuid::try_parse(&slug).is_ok() {
        return Err(Error::field("slug", RESERVED));
    }
    Ok(app.store.create_room(NewStoredRoom { slug, name, private: new.private, creator: creator.id }).await?)
}

/// An address made of a name: `Front desk` becomes `front-desk`. Empty where the name has no letter or digit of ASCII.
fn slug_of(name: &str) -> String {
    let plain = name.to_lowercase();
    let words = plain.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let mut slug = words.collect::<Vec<_>>().join("-");
    slug.truncate(MAX_SLUG_CHARS);
    slug
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_made_of_names() {
        assert_eq!(slug_of("Front desk"), "front-desk");
        assert_eq!(slug_of("  Release 2.0!  "), "release-2-0");
        assert_eq!(slug_of("日本"), "");
        assert_eq!(slug_of(&"x".repeat(80)).len(), MAX_SLUG_CHARS);
    }
}
