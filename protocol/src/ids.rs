//! Identifiers: a UUID type for each noun, and the names by which clients may refer to rooms.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! id {
    ($(#[doc = $doc:literal])* $name:ident) => {
        $(#[doc = $doc])*
        ///
        /// Compared by value: every spelling of the UUID is accepted. Written in lower case with
        /// hyphens.
        /// The default is the nil UUID, which nothing has.
        #[derive(
            Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize,
            Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        #[cfg(feature = "schema")]
        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                $crate::schema::id(concat!($($doc, "\n"),*))
            }
        }
    };
}

id! {
    /// The id of a user's account.
    UserId
}
id! {
    /// The id of a room. It never changes, unlike the slug.
    RoomId
}
id! {
    /// The id of a message. Chosen by the client, which can therefore retry without a duplicate.
    MessageId
}
id! {
    /// The id of an update of a message. Chosen by the client, which can therefore retry without
    /// applying the update twice.
    OpId
}
id! {
    /// The id of a connection.
    ClientId
}
id! {
    /// The id of a file.
    FileId
}
id! {
    /// The id of an invitation. It does not reveal the code.
    InviteId
}
id! {
    /// The id of a session, which begins with a login and which cookie and token belong to.
    SessionId
}
id! {
    /// The id of a browser that receives notifications.
    PushId
}

/// A reference to a room: its slug (`general`) or its id.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RoomName(pub String);

impl RoomName {
    /// Returns the id if the reference is one.
    #[must_use]
    pub fn as_id(&self) -> Option<RoomId> {
        Uuid::try_parse(&self.0).ok().map(RoomId)
    }
}

impl From<&str> for RoomName {
    fn from(name: &str) -> Self {
        Self(name.to_owned())
    }
}

impl From<RoomId> for RoomName {
    fn from(id: RoomId) -> Self {
        Self(id.to_string())
    }
}

impl fmt::Display for RoomName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
