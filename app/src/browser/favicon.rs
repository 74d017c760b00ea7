//! The icon of the browser's tab.

use leptos::prelude::document;

/// The address of the icon without a sign. The server's build fails unless its hash is right.
pub(crate) const PLAIN: &str = "/icons/favicon.acae27b0341c.svg";
/// The icon that shows unread messages as well.
const SELECTOR: &str = "link[rel=icon][type='image/svg+xml']";

/// Shows the icon for this number of unread messages, of which some mention the user.
pub(crate) fn show(unread: u64, mentions: u64) {
    let path = match (unread, mentions) {
        (0, _) => PLAIN,
        (_, 0) => "/favicon-unread.svg",
        _ => "/favicon-mention.svg",
    };
    if let Ok(Some(link)) = document().query_selector(SELECTOR) {
        let _ = link.set_attribute("href", path);
    }
}
