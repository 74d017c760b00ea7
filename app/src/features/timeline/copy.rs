//! What is copied from the message list: the selected text, without times, reactions and notes. Of
//! several messages, each is preceded by its author and time.

use leptos::prelude::{document, window};
use wasm_bindgen::JsCast as _;
use web_sys::{ClipboardEvent, Element, Event, Range};

/// The selected part of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Part {
    /// The author and the time.
    head: String,
    text: String,
}

/// Replaces what the browser would copy, if the selection contains text of messages.
pub(crate) fn on_copy(event: &Event) {
    let Some(event) = event.dyn_ref::<ClipboardEvent>() else { return };
    let is_field = |focus: Element| focus.matches("input, textarea").unwrap_or_default();
    if event.default_prevented() || document().active_element().is_some_and(is_field) {
        return;
    }
    if let (Some(text), Some(clipboard)) = (copied(&selected()), event.clipboard_data())
        && clipboard.set_data("text/plain", &text).is_ok()
    {
        event.prevent_default();
    }
}

/// Returns the text to copy; none if no message is selected.
fn copied(parts: &[Part]) -> Option<String> {
    match parts {
        [] => None,
        [Part { text, .. }] => Some(text.clone()),
        parts => {
            let each = parts.iter().map(|Part { head, text }| format!("{head}\n{text}"));
            Some(each.collect::<Vec<_>>().join("\n\n"))
        }
    }
}

/// Returns the selected parts of messages.
fn selected() -> Vec<Part> {
    let mut parts = Vec::new();
    let selection = window().get_selection().ok().flatten();
    let Some(selection) = selection.filter(|selection| !selection.is_collapsed()) else {
        return parts;
    };
    let ranges: Vec<_> = (0..selection.range_count())
        .filter_map(|index| selection.get_range_at(index).ok())
        .collect();
    let Ok(texts) = document().query_selector_all(".message .message__text") else { return parts };
    let mut last_article = None;
    for text in (0..texts.length()).filter_map(|index| texts.item(index)) {
        let Ok(element) = text.dyn_into::<Element>() else { continue };
        let text: String = ranges.iter().filter_map(|range| part_in(range, &element)).collect();
        let article = element.closest("article").ok().flatten();
        match parts.last_mut() {
            _ if text.is_empty() => {}
            // Another block of the same text.
            Some(last) if article.is_some() && article == last_article => {
                last.text = format!("{}\n{text}", last.text);
            }
            _ => parts.push(Part { head: head(&element), text }),
        }
        last_article = article;
    }
    parts
}

/// Returns the author and the time of a message, without the characters that isolate the name.
fn head(text: &Element) -> String {
    let article = text.closest("article").ok().flatten();
    let label = article.and_then(|article| article.get_attribute("aria-label"));
    label.unwrap_or_default().replace(['\u{2068}', '\u{2069}'], "")
}

/// Returns the part of an element's text in a range.
fn part_in(range: &Range, element: &Element) -> Option<String> {
    if !range.intersects_node(element).ok()? {
        return None;
    }
    let part = document().create_range().ok()?;
    part.select_node_contents(element).ok()?;
    if range.compare_boundary_points(Range::START_TO_START, &part).ok()? > 0 {
        part.set_start(&range.start_container().ok()?, range.start_offset().ok()?).ok()?;
    }
    if range.compare_boundary_points(Range::END_TO_END, &part).ok()? < 0 {
        part.set_end(&range.end_container().ok()?, range.end_offset().ok()?).ok()?;
    }
    part.to_string().as_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_message_is_copied_as_its_text_and_several_with_author_and_time() {
        let part = |head: &str, text: &str| Part { head: head.to_owned(), text: text.to_owned() };
        let (ada, bo) = (part("Ada, 14:02", "first\nsecond"), part("Bo, 14:05", "third"));
        assert_eq!(copied(&[]), None);
        assert_eq!(copied(std::slice::from_ref(&ada)).as_deref(), Some("first\nsecond"));
        let both = "Ada, 14:02\nfirst\nsecond\n\nBo, 14:05\nthird";
        assert_eq!(copied(&[ada, bo]).as_deref(), Some(both));
    }
}
