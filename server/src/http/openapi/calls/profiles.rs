//! The calls about the user's own profile and sessions, and links for new passwords.

use protocol::http::{PasswordReset, Profile, Sessions, UpdateProfile};

use super::{super::call::Call, AMBIGUOUS_USER};

/// The formats of pictures.
pub(super) const IMAGES: &[&str] = &["image/png", "image/jpeg", "image/gif", "image/webp"];
/// The error of a user who changes too much.
const TOO_OFTEN: &str = "You are changing your profile too often.";

pub(super) fn calls() -> Vec<Call> {
    vec![
        Call::get("/api/me", "profile", "Get your profile, with what only you see.")
            .response::<Profile>(200),
        Call::patch("/api/me", "update_profile", "Change your profile, all of it or nothing.")
            .request::<UpdateProfile>()
            .response::<Profile>(200)
            .error(429, TOO_OFTEN),
        Call::put(
            "/api/me/picture",
            "set_picture",
            "Set your picture: a PNG, JPEG, GIF or WebP file. It is cut to a square of at most 256 \
             pixels, without metadata.",
        )
        .file(IMAGES)
        .error(413, "The image has more than 5 MB.")
        .error(415, "The bytes are no image of these formats.")
        .error(422, "The image is broken, or has too many pixels.")
        .error(429, TOO_OFTEN),
        Call::delete("/api/me/picture", "remove_picture", "Remove your picture.")
            .error(429, TOO_OFTEN),
        Call::get("/api/sessions", "sessions", "List your sessions.").response::<Sessions>(200),
        Call::delete(
            "/api/sessions/{id}",
            "end_session",
            "End one of your sessions, its token, cookie and sockets.",
        )
        .error(404, "You have no such session."),
        Call::delete("/api/sessions", "end_other_sessions", "End all your other sessions."),
        Call::post(
            "/api/users/{user}/reset",
            "make_reset",
            "Create a link that sets a new password of a user, once, within 24 hours. For the \
             owner, and for admins who make it for members.",
        )
        .response::<PasswordReset>(201)
        .error(403, "You may not make one for this user, or the user is banned.")
        .error(404, "There is no such user.")
        .error(409, AMBIGUOUS_USER)
        .error(429, "You are making too many links."),
    ]
}
