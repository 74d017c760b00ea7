//! How the page looks on this device. `public/appearance.js` applies what is stored before the page
//! is painted.

use leptos::prelude::document;
use wasm_bindgen::JsCast as _;
use web_sys::{Element, StorageEvent};

use super::storage::Area;

/// The theme of the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Theme {
    /// That of the system.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// How the page looks, and how it writes times.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Appearance {
    /// The theme.
    pub(crate) theme: Theme,
    /// True if more lines fit on the screen.
    pub(crate) is_compact: bool,
    /// True if times are written with am and pm.
    pub(crate) twelve_hours: bool,
}

/// The items in the storage of the device, with a value unless the default was chosen.
const THEME: &str = "banter/theme";
const DENSITY: &str = "banter/density";
const HOURS: &str = "banter/hours";

impl Theme {
    /// Returns the value in the storage and of `data-theme`.
    fn as_str(self) -> Option<&'static str> {
        match self {
            Self::System => None,
            Self::Light => Some("light"),
            Self::Dark => Some("dark"),
        }
    }
}

impl Appearance {
    /// Returns what is stored on this device.
    pub(crate) fn stored() -> Self {
        let stored = |key| Area::Device.get(key);
        Self {
            theme: match stored(THEME).as_deref() {
                Some("light") => Theme::Light,
                Some("dark") => Theme::Dark,
                _ => Theme::System,
            },
            is_compact: stored(DENSITY).as_deref() == Some("compact"),
            twelve_hours: stored(HOURS).as_deref() == Some("12"),
        }
    }

    /// Stores it on this device. Without storage, it lasts as long as the page.
    pub(crate) fn store(self) {
        set(THEME, self.theme.as_str());
        set(DENSITY, self.density());
        set(HOURS, self.twelve_hours.then_some("12"));
    }

    /// Applies it to the page, as `public/appearance.js` does.
    pub(crate) fn apply(self) {
        let Some(html) = document().document_element() else { return };
        mark(&html, "data-theme", self.theme.as_str());
        mark(&html, "data-density", self.density());
        let scheme = self.theme.as_str().unwrap_or("light dark");
        for meta in metas("meta[name=color-scheme]") {
            mark(&meta, "content", Some(scheme));
        }
        for (meta, its) in metas("meta[name=theme-color]").iter().zip(["light", "dark"]) {
            let media = match self.theme.as_str() {
                None => format!("(prefers-color-scheme: {its})"),
                Some(theme) if theme == its => "all".to_owned(),
                Some(_) => "not all".to_owned(),
            };
            mark(meta, "media", Some(&media));
        }
    }

    fn density(self) -> Option<&'static str> {
        self.is_compact.then_some("compact")
    }
}

/// Returns whether a change of the storage by another tab concerns the appearance.
pub(crate) fn concerns(event: &web_sys::Event) -> bool {
    let key = event.unchecked_ref::<StorageEvent>().key();
    key.is_none_or(|key| [THEME, DENSITY, HOURS].contains(&key.as_str()))
}

fn set(key: &str, value: Option<&str>) {
    match value {
        Some(value) => {
            Area::Device.set(key, value);
        }
        None => Area::Device.remove(key),
    }
}

fn mark(element: &Element, name: &str, value: Option<&str>) {
    let _ = match value {
        Some(value) => element.set_attribute(name, value),
        None => element.remove_attribute(name),
    };
}

fn metas(selector: &str) -> Vec<Element> {
    let Ok(found) = document().query_selector_all(selector) else { return Vec::new() };
    (0..found.length()).filter_map(|index| found.item(index)?.dyn_into().ok()).collect()
}
