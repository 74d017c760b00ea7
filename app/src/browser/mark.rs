//! Marks on `<html>` that tell whether the program runs. `public/boot.js` and tests read them.

use leptos::prelude::document;

const HYDRATED: &str = "data-hydrated";
const FAILED: &str = "data-failed";

/// Marks the document as interactive, unless the program has failed already.
pub(crate) fn hydrated() {
    if let Some(html) = document().document_element().filter(|html| !html.has_attribute(FAILED)) {
        let _ = html.set_attribute(HYDRATED, "");
    }
}

/// Marks the document as one whose program has failed. Called by a panic, so it must not panic.
pub(crate) fn failed() {
    if let Some(html) = document().document_element() {
        let _ = html.remove_attribute(HYDRATED);
        let _ = html.set_attribute(FAILED, "");
    }
}
