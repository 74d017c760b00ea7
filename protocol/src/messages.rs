//! The macro behind `Request`, `Response` and `Event`: one line a message ties its `type` to its payload.
//!
//! Written out here instead of derived, since serde's tagged enums buffer what they read when `payload` comes
//! before `type`, and cannot tell an unknown `type` from a payload that does not fit.

/// Defines an enum of messages, `NAMES`, `name()`, `decode(type, payload)`, the payload's serialisation, and the
/// schemas of the feature `schema`.
macro_rules! messages {
    (
        $(#[$doc:meta])*
        pub enum $enum:ident from $sender:ident { $($(#[doc = $about:literal])* $variant:ident($payload:ty) = $name:literal,)* }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq)]
        pub enum $enum { $($(#[doc = $about])* $variant($payload),)* }

        impl $enum {
            /// Every `type` there is.
            pub const NAMES: &[&str] = &[$($name),*];

            /// The `type` on the wire.
            #[must_use]
            pub fn name(&self) -> &'static str {
                match self { $(Self::$variant(_) => $name,)* }
            }

            /// Reads the payload that belongs to `name`; `None` where no message has that name.
            ///
            /// # Errors
            /// The payload does not fit the type.
            pub fn decode(name: &str, payload: &str) -> Option<Result<Self, serde_json::Error>> {
                match name {
                    $($name => Some(serde_json::from_str(payload).map(Self::$variant)),)*
                    _ => None,
                }
            }

            /// Which field of a payload that does not fit is to blame, and why.
            #[must_use]
            pub fn fault(name: &str, payload: &str) -> Option<$crate::FieldError> {
                match name {
                    $($name => $crate::envelope::fault_in::<$payload>(payload.as_bytes()),)*
                    _ => None,
                }
            }

            /// Every message as a document tells it; the types of payloads go to the generator's definitions.
            #[cfg(feature = "schema")]
            pub fn schemas(generator: &mut schemars::SchemaGenerator) -> Vec<$crate::schema::MessageSchema> {
                use $crate::schema::{MessageSchema, Sender};
                vec![$(MessageSchema::new::<$payload>(
                    $name,
                    concat!($($about, "\n"),*),
                    Sender::$sender,
                    generator,
                )),*]
            }
        }

        /// The payload alone: the `type` stands beside it in the envelope.
        impl serde::Serialize for $enum {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self { $(Self::$variant(payload) => payload.serialize(serializer),)* }
            }
        }
    };
}

pub(crate) use messages;
