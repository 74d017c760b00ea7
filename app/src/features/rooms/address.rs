//! The address of a new room, shown while its name is typed.

use std::time::Duration;

use leptos::{ev, prelude::*, task::spawn_local};
use wasm_bindgen::JsCast as _;
use web_sys::HtmlInputElement;

use crate::browser::calls::room_address;

/// The pause in typing after which the server is asked.
const PAUSE: Duration = Duration::from_millis(250);

/// The address that the room would get.
#[derive(Clone, Copy)]
pub(super) struct AddressPreview {
    /// The name of the room as typed.
    name: RwSignal<String>,
    /// The address made of it; `None`: not known.
    slug: RwSignal<Option<String>>,
}

impl AddressPreview {
    /// Creates the preview for a name that the server has put into the form.
    pub(super) fn new(name: &str) -> Self {
        Self { name: RwSignal::new(name.to_owned()), slug: RwSignal::new(None) }
    }

    /// Returns the address, or an empty text.
    pub(super) fn slug(self) -> Signal<String> {
        Signal::derive(move || self.slug.get().unwrap_or_default())
    }

    /// Returns the hint below the field.
    pub(super) fn hint(self) -> Signal<String> {
        Signal::derive(move || match self.slug.get() {
            Some(slug) => format!("If you leave it empty, it is /rooms/{slug}"),
            None => "Small letters, digits and hyphens. If you leave it empty, it is made of the \
                     name."
                .to_owned(),
        })
    }

    fn typed(self, name: String) {
        self.name.set(name.clone());
        let ask = move || {
            if self.name.try_get_untracked().is_some_and(|now| now == name) {
                spawn_local(self.ask(name));
            }
        };
        set_timeout(ask, PAUSE);
    }

    async fn ask(self, name: String) {
        let slug = if name.trim().is_empty() { None } else { room_address(&name).await };
        // The name may have changed, and the form may be gone.
        if self.name.try_get_untracked().is_some_and(|now| now == name) {
            self.slug.try_set(slug);
        }
    }
}

/// Returns the handler of `input` for a form with the field `name`.
pub(super) fn watch_name(preview: AddressPreview) -> Box<dyn FnMut(ev::Event)> {
    Box::new(move |event| {
        let input = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
        if let Some(input) = input.filter(|input| input.name() == "name") {
            preview.typed(input.value());
        }
    })
}
