//! Elements of texts.
//!
//! In a view, each kind of element with each set of attributes is a type of its own, and has code
//! for rendering and hydration. These are one type.

use leptos::{html::custom, prelude::*};

/// The attributes of an element.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Attributes {
    pub(super) class: Option<&'static str>,
    pub(super) dir: Option<&'static str>,
    pub(super) align: Option<&'static str>,
    pub(super) scope: Option<&'static str>,
}

/// Returns an element.
pub(super) fn element(tag: &'static str, attributes: Attributes, content: AnyView) -> AnyView {
    let Attributes { class, dir, align, scope } = attributes;
    custom(tag)
        .attr("class", class)
        .attr("dir", dir)
        .attr("data-align", align)
        .attr("scope", scope)
        .child(content)
        .into_any()
}

/// Returns an element that finds the direction of its text.
pub(super) fn auto(tag: &'static str, content: AnyView) -> AnyView {
    element(tag, Attributes { dir: Some("auto"), ..Attributes::default() }, content)
}

/// Returns an element with at most a class.
pub(super) fn bare(tag: &'static str, class: Option<&'static str>, content: AnyView) -> AnyView {
    element(tag, Attributes { class, ..Attributes::default() }, content)
}
