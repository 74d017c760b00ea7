//! The icon of the browser's tab.

use leptos::prelude::document;

/// The icon that shows unread messages as well.
const SELECTOR: &str = "link[rel=icon][type='image/svg+xml']";

/// Shows the icon for this number of unread messages, of which some mention the user.
pub(crate) fn show(unread: u64, mentions: u64) {
    let path = match (unread, mentions) {
        (0, _) => "/favicon.svg",
        (_, 0) => "/favicon-unread.svg",
        _ => "/favicon-mention.svg",
    };
    if let Ok(Some(link)) = document().query_selector(SELECTOR) {
        let _ = link.set_attribute("href", path);
    }
}
