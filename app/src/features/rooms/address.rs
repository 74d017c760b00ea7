//! The address of a new room: what it would be while the name is typed, and whether a typed one is
//! free.

use std::time::Duration;

use leptos::{ev, prelude::*, task::spawn_local};
use protocol::text::is_slug;
use wasm_bindgen::JsCast as _;
use web_sys::HtmlInputElement;

use crate::browser::calls::room_address;

/// The pause in typing after which the server is asked.
const PAUSE: Duration = Duration::from_millis(250);
/// The rule for addresses.
const RULE: &str = "Lowercase letters, digits and hyphens.";
/// What others learn of the address of a private room.
const GUESSED: &str = "Whoever guesses it learns that it is taken.";

/// The address that the room would get.
#[derive(Clone, Copy)]
pub(super) struct AddressPreview {
    /// The name of the room as typed.
    name: RwSignal<String>,
    /// The address made of it; `None`: not known.
    made: RwSignal<Option<String>>,
    /// The address as typed.
    typed: RwSignal<String>,
    /// The next free address like the typed one; `None`: not known.
    free: RwSignal<Option<String>>,
    /// True for a private room.
    private: RwSignal<bool>,
}

impl AddressPreview {
    /// Creates the preview for the values that the server has put into the form.
    pub(super) fn new(name: &str, private: bool) -> Self {
        Self {
            name: RwSignal::new(name.to_owned()),
            made: RwSignal::new(None),
            typed: RwSignal::new(String::new()),
            free: RwSignal::new(None),
            private: RwSignal::new(private),
        }
    }

    /// Returns the address made of the name, or an empty text.
    pub(super) fn slug(self) -> Signal<String> {
        Signal::derive(move || match self.private.get() {
            true => String::new(),
            false => self.made.get().unwrap_or_default(),
        })
    }

    /// Returns the hint below the field.
    pub(super) fn hint(self) -> Signal<String> {
        Signal::derive(move || {
            let typed = self.typed.get();
            let guessed = if self.private.get() { GUESSED } else { "" };
            let rule = format!("{RULE} {guessed}");
            let rule = rule.trim_end();
            match (typed.is_empty(), self.private.get(), self.made.get()) {
                (true, true, _) => {
                    format!("{RULE} {GUESSED} If you leave it empty, it is random.")
                }
                (true, false, Some(slug)) => format!("If you leave it empty, it is /rooms/{slug}"),
                (true, false, None) => {
                    format!("{RULE} If you leave it empty, it is made of the name.")
                }
                (false, ..) if !is_slug(&typed) => {
                    "Only small letters, digits and hyphens, and no hyphen first.".to_owned()
                }
                (false, ..) => match self.free.get() {
                    Some(free) if free == typed => format!("Free. {rule}"),
                    Some(free) => format!("Taken. Try {free}."),
                    None => rule.to_owned(),
                },
            }
        })
    }

    fn changed(self, field: Field, text: String) {
        match field {
            Field::Name => self.name.set(text.clone()),
            Field::Slug => {
                self.free.set(None);
                self.typed.set(text.clone());
            }
        }
        let ask = move || {
            if self.now(field).as_ref() == Some(&text) {
                spawn_local(self.ask(field, text));
            }
        };
        set_timeout(ask, PAUSE);
    }

    /// Returns the text of a field; `None` if the form is gone.
    fn now(self, field: Field) -> Option<String> {
        match field {
            Field::Name => self.name.try_get_untracked(),
            Field::Slug => self.typed.try_get_untracked(),
        }
    }

    async fn ask(self, field: Field, text: String) {
        let is_asked = match field {
            Field::Name => !text.trim().is_empty(),
            Field::Slug => is_slug(&text),
        };
        let found = if is_asked { room_address(&text).await } else { None };
        // The text may have changed, and the form may be gone.
        if self.now(field) == Some(text) {
            match field {
                Field::Name => self.made.try_set(found),
                Field::Slug => self.free.try_set(found),
            };
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Field {
    Name,
    Slug,
}

/// Returns the handler of `input` for a form with the fields `name`, `slug` and `private`.
pub(super) fn watch(preview: AddressPreview) -> Box<dyn FnMut(ev::Event)> {
    Box::new(move |event| {
        let input = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
        let Some(input) = input else { return };
        match input.name().as_str() {
            "name" => preview.changed(Field::Name, input.value()),
            "slug" => preview.changed(Field::Slug, input.value().trim().to_lowercase()),
            "private" => preview.private.set(input.value() == "true"),
            _ => {}
        }
    })
}
