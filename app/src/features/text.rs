//! The text of a message, as the user of this page sees it.

use leptos::prelude::*;
use protocol::{Block, custom_emoji_names};

use crate::{
    session::{Scoped, Session},
    ui::{
        dynamic::dynamic,
        text::{Reader, message_text},
    },
};

/// What follows a text in its last line.
pub(super) type After = Box<dyn Fn() -> AnyView + Send>;

/// Returns the text of a message, and `after` in its last line. `blocks` is its tree, empty if the
/// text is shown as it stands. A text with custom emoji changes when one of them does.
pub(super) fn written_text(
    session: Session,
    text: &str,
    blocks: &[Block],
    after: Option<After>,
) -> AnyView {
    let names: Vec<_> = custom_emoji_names(blocks).into_iter().map(str::to_owned).collect();
    if names.is_empty() {
        return view_of(session, text, blocks, after.as_deref(), &|_| None);
    }
    let urls = session.emoji_urls(names.clone());
    let (text, blocks) = (text.to_owned(), blocks.to_vec());
    dynamic(move || {
        let urls = urls.scoped().get();
        let emoji_of = |name: &str| {
            let place = names.binary_search_by(|known| known.as_str().cmp(name)).ok()?;
            urls.get(place).cloned().flatten()
        };
        view_of(session, &text, &blocks, after.as_deref(), &emoji_of)
    })
}

fn view_of(
    session: Session,
    text: &str,
    blocks: &[Block],
    after: Option<&(dyn Fn() -> AnyView + Send)>,
    emoji_of: &dyn Fn(&str) -> Option<String>,
) -> AnyView {
    let username = untrack(|| session.me().username);
    let address_of = |slug: &str| session.address_of_room(slug);
    let reader = Reader { username: &username, address_of: &address_of, emoji_of };
    message_text(text, blocks, &reader, after.map(|after| after()))
}
