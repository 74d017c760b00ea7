//! The fields of forms.

use wasm_bindgen::JsCast as _;
use web_sys::{Element, Event, EventTarget, HtmlInputElement, HtmlSelectElement};

/// Returns the value of the field with this name.
pub(crate) fn value_of(form: &Element, name: &str) -> String {
    let field = form.query_selector(&format!("[name='{name}']")).ok().flatten();
    field.map(|field| value(field.unchecked_into())).unwrap_or_default()
}

/// Returns the value of the field that has changed.
pub(crate) fn changed_value(event: &Event) -> String {
    event.target().map(value).unwrap_or_default()
}

fn value(field: EventTarget) -> String {
    match field.dyn_into::<HtmlInputElement>() {
        Ok(input) => input.value(),
        Err(field) => {
            field.dyn_into::<HtmlSelectElement>().map(|list| list.value()).unwrap_or_default()
        }
    }
}

/// Returns whether the box that has changed is checked.
pub(crate) fn is_checked(event: &Event) -> bool {
    let input = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
    input.is_some_and(|input| input.checked())
}
