//! The text of a message, as the user of this page sees it.

use leptos::prelude::*;
use protocol::Block;

use crate::{
    session::Session,
    ui::text::{Reader, message_text},
};

/// Returns the text of a message, and `after` in its last line. `blocks` is its tree, empty if the
/// text is shown as it stands.
pub(super) fn written_text(
    session: Session,
    text: &str,
    blocks: &[Block],
    after: Option<AnyView>,
) -> AnyView {
    let username = untrack(|| session.me().username);
    let reader = Reader { username: &username, address_of: &|slug| session.address_of_room(slug) };
    message_text(text, blocks, &reader, after)
}
