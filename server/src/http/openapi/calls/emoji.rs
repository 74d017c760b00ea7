//! The calls about custom emoji.

use protocol::http::{AddedEmoji, CustomEmojiList};

use super::{super::call::Call, profiles::IMAGES};

/// The error of a user who changes too many.
const TOO_OFTEN: &str = "You are changing emoji too often.";

pub(super) fn calls() -> Vec<Call> {
    vec![
        Call::get("/api/emoji", "custom_emoji", "List the custom emoji, sorted by name.")
            .response::<CustomEmojiList>(200),
        Call::put(
            "/api/emoji/{name}",
            "add_emoji",
            "Add an emoji: a PNG, JPEG, GIF or WebP file. It is scaled to at most 128 pixels, \
             without metadata and motion.",
        )
        .file(IMAGES)
        .response::<AddedEmoji>(201)
        .error(403, "Only the owner and admins can add emoji on this server.")
        .error(409, "The name is taken, is that of an emoji of Unicode, or there are 1,000.")
        .error(413, "The image has more than 64 KiB.")
        .error(415, "The bytes are no image of these formats.")
        .error(422, "The name does not fit, or the image is broken or has too many pixels.")
        .error(429, TOO_OFTEN),
        Call::delete("/api/emoji/{name}", "remove_emoji", "Remove an emoji.")
            .error(403, "You have not added it, and are neither the owner nor an admin.")
            .error(404, "There is no such emoji.")
            .error(429, TOO_OFTEN),
    ]
}
