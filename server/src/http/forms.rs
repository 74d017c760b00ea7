//! The forms of the page: plain HTML, answered by a redirect, so that they work without JavaScript.
//!
//! If something is wrong, the user returns to the form. Its URL then carries the fault and the
//! submitted values, never a password. What no field can explain is explained by a page of its own
//! (`http/refusals.rs`), which leads back with the same values.

mod entry;
mod invite;
mod kept;
mod message;
mod reset;
mod room;
mod share;
pub mod state;
mod submitted;

pub use entry::{EntryFields, first_start, join, join_openly, sign_in, sign_out};
pub use invite::{ReturnTo, invite, revoke_invite};
pub use kept::KeptForm;
pub(super) use message::show_refused;
pub use message::{MessageFields, send};
pub use reset::{NewPassword, reset};
pub use room::{RoomFields, join as join_room, new_room};
pub use share::{SHARE_PATH, share};
