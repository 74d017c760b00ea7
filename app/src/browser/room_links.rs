//! The links of the navigation to rooms, in the order in which they are seen.

use leptos::prelude::document;
use wasm_bindgen::JsCast as _;
use web_sys::{Element, HtmlAnchorElement};

use super::window::scroll_into_view;

/// The links to rooms.
const LINKS: &str = ".room-list a.room-link[href^='/rooms/']";

/// The part of a link on which the next room depends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct RoomLink {
    is_current: bool,
    is_unread: bool,
}

/// Returns the path of the next or previous room, or of the next one with unread messages. After
/// the last room comes the first. The link is scrolled into view.
pub(crate) fn next_room(forward: bool, unread_only: bool) -> Option<String> {
    let found = document().query_selector_all(LINKS).ok()?;
    let links: Vec<Element> =
        (0..found.length()).filter_map(|index| found.item(index)?.dyn_into().ok()).collect();
    let states: Vec<_> = links
        .iter()
        .map(|link| RoomLink {
            is_current: link.has_attribute("aria-current"),
            is_unread: link.has_attribute("data-unread"),
        })
        .collect();
    let link = links.get(next(&states, forward, unread_only)?)?;
    scroll_into_view(link);
    Some(link.dyn_ref::<HtmlAnchorElement>()?.pathname())
}

/// Returns the place of the next link. Without a current one, the first or last counts as next.
fn next(links: &[RoomLink], forward: bool, unread_only: bool) -> Option<usize> {
    let count = links.len();
    let current = links.iter().position(|link| link.is_current);
    let place = |step: usize| match (current, forward) {
        (Some(current), true) => (current + step) % count,
        (Some(current), false) => (current + count - step) % count,
        (None, true) => step - 1,
        (None, false) => count - step,
    };
    let mut places = (1..=count).map(place);
    places.find(|place| {
        let link = links[*place];
        !link.is_current && (link.is_unread || !unread_only)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Creates links: `*` is the current room, `u` is unread.
    fn links(text: &str) -> Vec<RoomLink> {
        let link = |letter| RoomLink { is_current: letter == '*', is_unread: letter == 'u' };
        text.chars().map(link).collect()
    }

    #[test]
    fn the_next_room_is_the_one_beside_the_current_one() {
        for (rooms, forward, expected) in [
            ("*..", true, Some(1)),
            ("*..", false, Some(2)),
            ("..*", true, Some(0)),
            (".*.", false, Some(0)),
            ("...", true, Some(0)),
            ("...", false, Some(2)),
            ("*", true, None),
            ("", false, None),
        ] {
            assert_eq!(next(&links(rooms), forward, false), expected, "{rooms} {forward}");
        }
    }

    #[test]
    fn the_next_unread_room_passes_over_the_read_ones() {
        for (rooms, forward, expected) in [
            ("*.u.u", true, Some(2)),
            ("*.u.u", false, Some(4)),
            ("u..*", true, Some(0)),
            ("*...", true, None),
            (".u.", true, Some(1)),
            (".u.", false, Some(1)),
        ] {
            assert_eq!(next(&links(rooms), forward, true), expected, "{rooms} {forward}");
        }
    }
}
