//! Identifiers: UUIDs that can't be mixed up, and the names that a client may use instead.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! id {
    ($(#[doc = $doc:literal])* $name:ident) => {
        $(#[doc = $doc])*
        ///
        /// Compared by value: every spelling of the UUID means the same. Written in lower case with hyphens.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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
    /// A person's account.
    UserId
}
id! {
    /// A room, for good; its slug may change.
    RoomId
}
id! {
    /// A message. The client makes it, so that it may send the message again without doubling it.
    MessageId
}
id! {
    /// One change of a message. The client makes it, so that it may ask again without doubling the change.
    OpId
}
id! {
    /// One connection of one client.
    ClientId
}
id! {
    /// One log-in of a person: its cookie and its token.
    SessionId
}

/// How a client names a room: by slug (`general`) or by id.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RoomName(pub String);

impl RoomName {
    /// The id, where the name is one.
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
