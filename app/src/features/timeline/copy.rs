//! What is copied from the message list: the selected text, without times, reactions and notes. Of
//! several messages, each is preceded by its author and time. Items of lists keep their bullets,
//! links their addresses, custom emoji their names. The button of a block of code copies the block.

use std::sync::atomic::{AtomicBool, Ordering};

use leptos::prelude::*;
use wasm_bindgen::JsCast as _;
use web_sys::{ClipboardEvent, Element, Event, Node, Range};

use crate::{
    browser::window::{effect, on_window},
    session::Session,
};

/// What stands before an item of a list within another list, for each list around it.
const INDENT: &str = "    ";

/// Handles copying on this page, as long as it is open.
#[component]
pub fn Copying() -> impl IntoView {
    static IS_HANDLED: AtomicBool = AtomicBool::new(false);
    let session = expect_context::<Session>();
    effect(move || {
        if !IS_HANDLED.swap(true, Ordering::Relaxed) {
            on_window(&["copy"], on_copy);
            on_window(&["click"], move |event| copy_code(session, event));
        }
    });
}

/// Copies the block of code whose button was pressed.
fn copy_code(session: Session, event: &Event) {
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let closest = |selector| target.as_ref()?.closest(selector).ok().flatten();
    if closest("[data-copy]").is_none() {
        return;
    }
    let text = closest(".code").and_then(|code| code.query_selector(".code__text").ok().flatten());
    if let Some(text) = text.and_then(|text| text.text_content()) {
        session.copy(text, "Code copied");
    }
}

/// The selected part of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Part {
    /// The author and the time.
    head: String,
    text: String,
}

/// Replaces what the browser would copy, if the selection contains text of messages.
fn on_copy(event: &Event) {
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
    let whole = document().create_range().ok()?;
    whole.select_node_contents(element).ok()?;
    let part = whole.clone_range();
    let mut skipped = String::new();
    if range.compare_boundary_points(Range::START_TO_START, &whole).ok()? > 0 {
        let (container, offset) = (range.start_container().ok()?, range.start_offset().ok()?);
        part.set_start(&container, offset).ok()?;
        let before = whole.clone_range();
        before.set_end(&container, offset).ok()?;
        add_text(before.clone_contents().ok()?.as_ref(), &mut skipped);
    }
    if range.compare_boundary_points(Range::END_TO_END, &whole).ok()? < 0 {
        part.set_end(&range.end_container().ok()?, range.end_offset().ok()?).ok()?;
    }
    let marker = if skipped.is_empty() { marker(element) } else { String::new() };
    let mut text = String::new();
    add_text(part.clone_contents().ok()?.as_ref(), &mut text);
    (!text.is_empty()).then(|| marker + &text)
}

/// Adds the text of a node, with the addresses of its links.
fn add_text(node: &Node, text: &mut String) {
    if node.node_type() == Node::TEXT_NODE {
        *text += &node.text_content().unwrap_or_default();
        return;
    }
    if let Some(emoji) = node.dyn_ref::<Element>().filter(|element| element.has_attribute("alt")) {
        *text += &emoji.get_attribute("alt").unwrap_or_default();
        return;
    }
    let (start, mut child) = (text.len(), node.first_child());
    while let Some(next) = child {
        add_text(&next, text);
        child = next.next_sibling();
    }
    let address = |element: &Element| {
        let is_link = element.has_attribute("target"); // those of the page have none
        element.get_attribute("href").filter(|_| is_link)
    };
    if let Some(address) = node.dyn_ref().and_then(address)
        && let Some(suffix) = suffix(&text[start..], &address)
    {
        *text += &suffix;
    }
}

/// Returns what follows the text of a link, so that its address is not lost.
fn suffix(text: &str, address: &str) -> Option<String> {
    let bare = |address: &str| {
        let address = address.strip_prefix("mailto:").unwrap_or(address);
        let scheme = address.find("://").map_or(0, |at| at + 3);
        address[scheme..].trim_end_matches('/').to_owned()
    };
    (!text.is_empty() && bare(text) != bare(address)).then(|| format!(" ({address})"))
}

/// Returns what stands before the first line of an item of a list; nothing for other texts.
fn marker(text: &Element) -> String {
    let Some(item) = text.closest(".prose li").ok().flatten() else { return String::new() };
    if item.query_selector(".message__text").ok().flatten().as_ref() != Some(text) {
        return String::new();
    }
    let Some(list) = item.parent_element() else { return String::new() };
    let mut depth = 0;
    let mut outer = list.parent_element();
    while let Some(element) = outer.filter(|element| !element.matches(".prose").unwrap_or(true)) {
        depth += usize::from(matches!(element.local_name().as_str(), "ul" | "ol"));
        outer = element.parent_element();
    }
    let indent = INDENT.repeat(depth);
    if let Some(task) = item.query_selector(":scope > .task__box").ok().flatten() {
        let done = if task.has_attribute("data-done") { 'x' } else { ' ' };
        return format!("{indent}- [{done}] ");
    }
    if list.local_name() == "ul" {
        return format!("{indent}- ");
    }
    let start = list.get_attribute("start").and_then(|start| start.parse::<u32>().ok());
    let mut number = start.unwrap_or(1);
    let mut before = item.previous_element_sibling();
    while let Some(sibling) = before {
        number = number.saturating_add(1);
        before = sibling.previous_element_sibling();
    }
    format!("{indent}{number}. ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_follow_the_texts_of_links() {
        let address = "https://example.org/a";
        assert_eq!(suffix("the plan", address).as_deref(), Some(" (https://example.org/a)"));
        for text in [address, "example.org/a", "example.org/a/", ""] {
            assert_eq!(suffix(text, address), None, "{text}");
        }
        assert_eq!(suffix("ada@example.org", "mailto:ada@example.org"), None);
    }

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
