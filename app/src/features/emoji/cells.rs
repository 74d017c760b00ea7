//! The emoji of the picker, and the keys that lead from one to another.

use leptos::{ev, prelude::*};
use protocol::CustomEmoji;
use wasm_bindgen::JsCast as _;
use web_sys::{Element, HtmlElement};

use crate::{
    browser::{focus::focus_element, keyboard::is_plain},
    state::emoji::FoundEmoji,
    ui::emoji_picture::emoji_picture,
};

/// An emoji that can be picked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cell {
    /// The emoji, in the chosen skin tone.
    pub(super) symbol: String,
    /// Its name for people.
    pub(super) label: String,
    /// The address of its picture, if it is a custom one.
    pub(super) picture: Option<String>,
}

impl Cell {
    pub(super) fn new(found: &FoundEmoji<'_>, symbol: String) -> Self {
        Self { symbol, label: found.label(), picture: None }
    }

    pub(super) fn custom(emoji: &CustomEmoji) -> Self {
        let CustomEmoji { name, url, .. } = emoji;
        Self { symbol: format!(":{name}:"), label: name.clone(), picture: Some(url.clone()) }
    }

    /// Returns the emoji itself, or its picture.
    pub(super) fn face(&self) -> AnyView {
        match &self.picture {
            Some(url) => emoji_picture(&self.label, url.clone()),
            None => self.symbol.clone().into_any(),
        }
    }

    /// Returns its button.
    pub(super) fn view(&self, is_stop: bool) -> AnyView {
        view! {
            <button
                class="emoji-picker__cell"
                type="button"
                aria-label=self.label.clone()
                tabindex=if is_stop { "0" } else { "-1" }
            >
                {self.face()}
            </button>
        }
        .into_any()
    }
}

/// Returns the emoji whose button an event concerns.
pub(super) fn cell_of(event: &web_sys::Event) -> Option<Cell> {
    let target = event.target()?.dyn_into::<Element>().ok()?;
    let button = target.closest(".emoji-picker__cell").ok()??;
    let label = button.get_attribute("aria-label")?;
    let Some(picture) = button.query_selector("img").ok()? else {
        return Some(Cell { symbol: button.text_content()?, label, picture: None });
    };
    Some(Cell {
        symbol: picture.get_attribute("alt")?,
        label,
        picture: picture.get_attribute("src"),
    })
}

/// Moves the focus to the first emoji of the picker that an event comes from.
pub(super) fn focus_first(event: &web_sys::Event) {
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let picker = target.and_then(|target| target.closest(".emoji-picker").ok().flatten());
    let first =
        picker.and_then(|picker| picker.query_selector(".emoji-picker__cell").ok().flatten());
    if let Some(first) = first {
        focus_element(&first);
    }
}

/// Moves the focus among the buttons of a row or a grid, of which one is a stop of Tab.
pub(super) fn walk(event: &ev::KeyboardEvent) {
    let place = event.current_target().and_then(|place| place.dyn_into::<Element>().ok());
    let Some(place) = place.filter(|_| is_plain(event)) else { return };
    let buttons = buttons(&place);
    let focused = document().active_element();
    let here = buttons.iter().position(|button| focused.as_ref() == Some(button.as_ref()));
    let Some(here) = here else { return };
    let top = buttons.first().map(HtmlElement::offset_top);
    let columns = buttons.iter().take_while(|button| Some(button.offset_top()) == top).count();
    let Some(next) = next(event.key().as_str(), here, columns, buttons.len()) else { return };
    event.prevent_default();
    for (index, button) in buttons.iter().enumerate() {
        let _ = button.set_attribute("tabindex", if index == next { "0" } else { "-1" });
    }
    if let Some(button) = buttons.get(next) {
        focus_element(button);
    }
}

/// Returns the place to which a key leads from `here`, among `count` in rows of `columns`.
fn next(key: &str, here: usize, columns: usize, count: usize) -> Option<usize> {
    let last = count.checked_sub(1)?;
    let next = match key {
        "ArrowRight" => here + 1,
        "ArrowLeft" => here.checked_sub(1)?,
        // The last row may be shorter.
        "ArrowDown" if here / columns < last / columns => (here + columns).min(last),
        "ArrowUp" => here.checked_sub(columns)?,
        "Home" => 0,
        "End" => last,
        _ => return None,
    };
    (next <= last).then_some(next)
}

fn buttons(place: &Element) -> Vec<HtmlElement> {
    let Ok(found) = place.query_selector_all("button") else { return Vec::new() };
    (0..found.length()).filter_map(|index| found.item(index)?.dyn_into().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrow_keys_lead_through_the_grid() {
        for (key, here, expected) in [
            ("ArrowRight", 0, Some(1)),
            ("ArrowRight", 7, None),
            ("ArrowLeft", 0, None),
            ("ArrowLeft", 3, Some(2)),
            ("ArrowDown", 0, Some(3)),
            ("ArrowDown", 5, Some(7)),
            ("ArrowDown", 6, None),
            ("ArrowUp", 2, None),
            ("ArrowUp", 7, Some(4)),
            ("Home", 5, Some(0)),
            ("End", 5, Some(7)),
            ("a", 5, None),
        ] {
            assert_eq!(next(key, here, 3, 8), expected, "{key} from {here}");
        }
        assert_eq!(next("ArrowRight", 0, 1, 0), None);
    }
}
