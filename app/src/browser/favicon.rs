//! The icon of the browser's tab.

use leptos::prelude::document;

/// The icon without unread messages.
pub(crate) const FAVICON: &str = "/icons/favicon.acae27b0341c.svg";
/// The element with the icon that tells whether there are unread messages.
const SELECTOR: &str = "link[rel=icon][type='image/svg+xml']";

/// Shows the icon for this number of unread messages, of which some are for the user.
pub(crate) fn show(unread: u64, to_user: u64) {
    // The icons of unread messages are in the program: they often change while a server restarts.
    let path = match (unread, to_user) {
        (0, _) => FAVICON.to_owned(),
        (_, 0) => data_url(include_str!("favicon/unread.svg")),
        _ => data_url(include_str!("favicon/mention.svg")),
    };
    if let Ok(Some(link)) = document().query_selector(SELECTOR) {
        let _ = link.set_attribute("href", &path);
    }
}

fn data_url(svg: &str) -> String {
    format!("data:image/svg+xml,{}", String::from(js_sys::encode_uri_component(svg)))
}
