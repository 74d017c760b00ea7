//! The macro behind `Request`, `Response` and `Event`: one row per message type.
//!
//! The serialization is written out here instead of derived. Serde's tagged enums buffer their
//! input if `payload` comes before `type`, and they cannot tell an unknown `type` from an invalid
//! payload.

use serde::{Deserialize, Serialize};

use crate::FieldError;

/// A payload without fields.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Empty {}

impl Validate for Empty {}

/// The rules for a request's payload that its types do not express.
pub(crate) trait Validate {
    /// Returns one error per field with a value that is not allowed.
    fn faults(&self) -> Vec<FieldError> {
        Vec::new()
    }

    /// Returns whether the payload has an id by which the server recognizes a repeated request.
    fn has_retry_id(&self) -> bool {
        false
    }
}

/// Defines an enum of messages from a table, one row per message:
/// its documentation, variant, payload and `type`.
///
/// - Rows of `from Client` end with the request's [`Policy`](crate::Policy).
/// - Rows of `from Server to subscribers` may end with `in room`, if the payload has a `room`, or
///   with `in room log`, if the event is also stored in the room log under the payload's `seq`.
macro_rules! messages {
    (
        $(#[$doc:meta])*
        pub enum $enum:ident from Client {
            $(
                $(#[doc = $about:literal])*
                $variant:ident($payload:ty) = $name:literal
                    { rate: $rate:ident, order: $order:ident },
            )*
        }
    ) => {
        messages! {
            @enum $(#[$doc])*
            pub enum $enum from Client { $($(#[doc = $about])* $variant($payload) = $name,)* }
        }

        impl $enum {
            /// Returns the rules by which a server admits and orders this request.
            #[must_use]
            pub const fn policy(&self) -> $crate::Policy {
                use $crate::{Order, Policy, RateClass};
                match self {
                    $(Self::$variant(_) => Policy {
                        rate: RateClass::$rate,
                        order: Order::$order,
                    },)*
                }
            }

            /// Returns one error per field with a value that is not allowed. A payload that
            /// matches its type may still contain such values.
            #[must_use]
            pub fn faults(&self) -> Vec<$crate::FieldError> {
                match self {
                    $(Self::$variant(payload) => $crate::messages::Validate::faults(payload),)*
                }
            }

            /// Returns whether the request has an id by which the server recognizes a repeated
            /// request. A repeated request gets the first response again, whatever else it says.
            #[must_use]
            pub fn has_retry_id(&self) -> bool {
                match self {
                    $(Self::$variant(payload) => {
                        $crate::messages::Validate::has_retry_id(payload)
                    })*
                }
            }
        }
    };

    (
        $(#[$doc:meta])*
        pub enum $enum:ident from Server to subscribers {
            $(
                $(#[doc = $about:literal])*
                $variant:ident($payload:ty) = $name:literal $(in $room:ident $($log:ident)?)?,
            )*
        }
    ) => {
        messages! {
            @enum $(#[$doc])*
            pub enum $enum from Server { $($(#[doc = $about])* $variant($payload) = $name,)* }
        }

        impl $enum {
            /// The `type` of every event that is stored in the room log.
            pub const LOGGED_NAMES: &[&str] = &[$($($(messages!(@logged $name $log),)?)?)*];

            /// Returns the room that this event belongs to.
            #[must_use]
            pub fn room(&self) -> Option<$crate::RoomId> {
                match self {
                    $($(Self::$variant(payload) => Some(payload.$room),)?)*
                    _ => None,
                }
            }

            /// Returns the room and the `seq` of an event that is stored in the room log; `None`
            /// for an event that is only sent.
            #[must_use]
            pub fn log_position(&self) -> Option<($crate::RoomId, u64)> {
                match self {
                    $($($(
                        Self::$variant(payload) => {
                            messages!(@position payload.$room, payload.seq; $log)
                        }
                    )?)?)*
                    _ => None,
                }
            }
        }
    };

    (@logged $name:literal log) => { $name };
    (@position $room:expr, $seq:expr; log) => { Some(($room, $seq)) };

    (
        $(#[$doc:meta])*
        pub enum $enum:ident from Server { $($rows:tt)* }
    ) => {
        messages! { @enum $(#[$doc])* pub enum $enum from Server { $($rows)* } }
    };

    (
        @enum $(#[$doc:meta])*
        pub enum $enum:ident from $sender:ident {
            $($(#[doc = $about:literal])* $variant:ident($payload:ty) = $name:literal,)*
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq)]
        pub enum $enum { $($(#[doc = $about])* $variant($payload),)* }

        impl $enum {
            /// Every `type` of this enum.
            pub const NAMES: &[&str] = &[$($name),*];

            /// Returns the `type` on the wire.
            #[must_use]
            pub fn name(&self) -> &'static str {
                match self { $(Self::$variant(_) => $name,)* }
            }

            /// Reads the payload of the message type `name`. Returns `None` if no message has that
            /// type.
            ///
            /// # Errors
            /// Fails if the payload does not match the type.
            pub fn decode(name: &str, payload: &str) -> Option<Result<Self, serde_json::Error>> {
                match name {
                    $($name => Some(serde_json::from_str(payload).map(Self::$variant)),)*
                    _ => None,
                }
            }

            /// Returns the first field of a payload that does not match its type, and the reason.
            #[must_use]
            pub fn fault(name: &str, payload: &str) -> Option<$crate::FieldError> {
                match name {
                    $($name => $crate::envelope::fault_in::<$payload>(payload.as_bytes()),)*
                    _ => None,
                }
            }

            /// Returns the schema of every message. The types of the payloads are added to the
            /// definitions of `generator`.
            #[cfg(feature = "schema")]
            pub fn schemas(
                generator: &mut schemars::SchemaGenerator,
            ) -> Vec<$crate::schema::MessageSchema> {
                use $crate::schema::{MessageSchema, SentBy};
                vec![$(MessageSchema::new::<$payload>(
                    $name,
                    concat!($($about, "\n"),*),
                    SentBy::$sender,
                    generator,
                )),*]
            }
        }

        /// Serializes the payload only. The `type` is a separate field of the envelope.
        impl serde::Serialize for $enum {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self { $(Self::$variant(payload) => payload.serialize(serializer),)* }
            }
        }
    };
}

pub(crate) use messages;
