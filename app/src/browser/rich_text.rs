//! Rich text from the clipboard. It is read into a tree, and never becomes a part of the page.

use wasm_bindgen::JsCast as _;
use web_sys::{DomParser, Element as DomElement, Node, SupportedType};

use crate::state::writing::rich::{Element, Rich};

/// The most bytes of HTML that are read.
const MAX_BYTES: usize = 1 << 20;
/// The most nodes that are read.
const MAX_NODES: usize = 20_000;
/// The deepest elements that are read.
const MAX_DEPTH: usize = 100;

/// Reads HTML. The browser's parser neither runs scripts nor loads anything. Returns `None` if it
/// is too large.
pub(crate) fn parse(html: &str) -> Option<Vec<Rich>> {
    if html.len() > MAX_BYTES {
        return None;
    }
    let document = DomParser::new().ok()?.parse_from_string(html, SupportedType::TextHtml).ok()?;
    let mut left = MAX_NODES;
    children(document.body()?.as_ref(), MAX_DEPTH, &mut left)
}

fn children(parent: &Node, depth: usize, left: &mut usize) -> Option<Vec<Rich>> {
    let mut nodes = Vec::new();
    let mut next = parent.first_child();
    while let Some(node) = next {
        *left = left.checked_sub(1)?;
        next = node.next_sibling();
        match node.node_type() {
            Node::TEXT_NODE => nodes.push(Rich::Text(node.node_value().unwrap_or_default())),
            Node::ELEMENT_NODE => {
                let Some(element) = node.dyn_ref::<DomElement>() else { continue };
                let attribute = |name: &str| element.get_attribute(name).unwrap_or_default();
                nodes.push(Rich::Element(Element {
                    name: element.local_name(),
                    style: attribute("style"),
                    href: attribute("href"),
                    alt: attribute("alt"),
                    children: children(&node, depth.checked_sub(1)?, left)?,
                }));
            }
            _ => {}
        }
    }
    Some(nodes)
}
