//! Making rooms: what the HTTP call and the form of the page share.

use protocol::{
    Room, RoomName, User,
    http::NewRoom,
    limits::{MAX_ROOM_NAME_CHARS, MAX_SLUG_CHARS, RESERVED_SLUGS, is_name, is_slug},
};
use uuid::Uuid;

use crate::{
    cluster::message::Word, error::Error, http::state::App, hub::Topic, store::NewStoredRoom,
};

/// What is wrong with a slug that no room may take.
pub(crate) const RESERVED: &str = "is reserved";

/// Makes a room; its creator is its first member.
///
/// # Errors
/// The name or the slug does not fit, the slug is taken, or this person makes too many.
pub async fn create(app: &App, creator: &User, new: NewRoom) -> Result<Room, Error> {
    let name = new.name.trim().to_owned();
    if !is_name(&name, MAX_ROOM_NAME_CHARS) {
        let rule =
            format!("must have 1 to {MAX_ROOM_NAME_CHARS} characters, none of them invisible");
        return Err(Error::field("name", rule));
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
    app.admission.new_room(creator.id).await?;
    Ok(app
        .store
        .create_room(NewStoredRoom { slug, name, private: new.private, creator: creator.id })
        .await?)
}

/// Makes a person a member of a room. Whoever may see the room may do so: of a private one, its members.
///
/// # Errors
/// There is no such room or person.
pub async fn add_member(app: &App, by: &User, room: RoomName, whom: String) -> Result<(), Error> {
    let room = app.store.room_access(by.id, room).await?.room;
    let user = app.store.user(whom).await?;
    app.store.add_member(by.id, room, user.id).await?;
    Ok(())
}

/// Takes a person out of a room, with all that follows it at once. Everybody may leave; its creator removes others.
///
/// # Errors
/// There is no such room or member, or the asking person may not.
pub async fn remove_member(
    app: &App,
    by: &User,
    room: RoomName,
    whom: String,
) -> Result<(), Error> {
    let room = app.store.room_access(by.id, room).await?.room;
    let user = app.store.user(whom).await?;
    app.store.remove_member(by.id, room, user.id).await?;
    app.hub.remove_member(&user, room);
    app.nodes.tell(Topic::Room(room), &Word::Removed(user));
    Ok(())
}

/// An address made of a name: `Front desk` becomes `front-desk`. Empty where the name has no letter or digit of ASCII.
fn slug_of(name: &str) -> String {
    let plain = name.to_lowercase();
    let words =
        plain.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
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
