//! Keeps the scroll position of a list while the list grows, shrinks and moves.
//!
//! The list scrolls in a reversed column, whose origin is its end. So it starts at the end before
//! any script runs, and stays there while rows are appended. Away from the end, the first row in
//! view is the anchor: it keeps its position when rows are added or removed above or below.

mod anchor;

use leptos::{html::Div, prelude::*};
use wasm_bindgen::{JsCast as _, closure::Closure};
use web_sys::{
    Element, HtmlDivElement, MutationObserver, MutationObserverInit, NodeList, ResizeObserver,
};

use self::anchor::{Anchor, bottom_in, top_in};
use crate::browser::{
    focus::focus_in_place,
    keyboard::scroll_page,
    window::{effect, scroll_to_middle},
};

/// The largest distance from the end, in CSS pixels, that counts as being at the end.
const AT_END_PX: i32 = 48;
/// The distance from the first or last row, in CSS pixels, at which further rows are requested.
const NEAR_PX: i32 = 900;
/// The part of the last row, in CSS pixels, that may be out of view.
const CUT_OFF_PX: f64 = 4.0;

/// The scroll position of one list.
#[derive(Clone, Copy, Debug)]
pub struct Scroll {
    /// The scrolling element.
    pub scroller: NodeRef<Div>,
    /// The growing element inside it.
    pub column: NodeRef<Div>,
    /// True if the end of the list is in view.
    pub at_end: RwSignal<bool>,
    /// True if the first row is near.
    pub near_start: RwSignal<bool>,
    /// True if the last row is near, and further rows exist below it.
    pub near_end: RwSignal<bool>,
    /// Notifies each time that the user scrolls.
    pub moved: RwSignal<()>,
    /// Notifies each time that rows were rendered.
    pub rendered: RwSignal<()>,
    /// True while nobody looks: the list then follows its end only up to the first new row.
    pub unwatched: RwSignal<bool>,
    /// True if further rows exist below the last one.
    is_open_below: Signal<bool>,
    anchor: StoredValue<Option<Anchor>>,
}

impl Scroll {
    /// Creates a position at the end of the list.
    #[must_use]
    pub fn new(is_open_below: Signal<bool>) -> Self {
        Self {
            scroller: NodeRef::new(),
            column: NodeRef::new(),
            at_end: RwSignal::new(true),
            near_start: RwSignal::new(false),
            near_end: RwSignal::new(false),
            moved: RwSignal::new(()),
            rendered: RwSignal::new(()),
            unwatched: RwSignal::new(false),
            is_open_below,
            anchor: StoredValue::new(None),
        }
    }

    /// Starts to keep the position, once both elements are rendered.
    pub fn keep(self) {
        effect(move || {
            let (Some(scroller), Some(column)) = (self.scroller.get(), self.column.get()) else {
                return;
            };
            let resized = Closure::<dyn FnMut()>::new(move || self.settle());
            let rendered = Closure::<dyn FnMut()>::new(move || {
                self.settle();
                self.rendered.try_set(());
            });
            let sizes = ResizeObserver::new(resized.as_ref().unchecked_ref());
            let rows = MutationObserver::new(rendered.as_ref().unchecked_ref());
            let (Ok(sizes), Ok(rows)) = (sizes, rows) else { return };
            sizes.observe(&scroller);
            sizes.observe(&column);
            // Rows may be replaced by others of the same height.
            let children = MutationObserverInit::new();
            children.set_child_list(true);
            children.set_subtree(true);
            let _ = rows.observe_with_options(&column, &children);
            let kept = StoredValue::new_local((sizes, rows, resized, rendered));
            on_cleanup(move || {
                kept.with_value(|(sizes, rows, ..)| {
                    sizes.disconnect();
                    rows.disconnect();
                });
            });
        });
    }

    /// Takes the current position as the one to keep, after the user scrolled.
    pub fn scrolled(self) {
        let Some(scroller) = self.laid_out() else { return };
        self.measure(&scroller);
        if !self.has_height(scroller.scroll_height()) {
            self.settle(); // the list grew in the same frame
        }
        self.anchor.set_value(Anchor::first_in_view(&scroller));
        self.moved.set(());
    }

    /// Restores the position after the list or its frame was resized, or rows were rendered.
    fn settle(self) {
        let Some(scroller) = self.laid_out() else { return };
        // Only the user moves the list away from its origin, which is its end. The scroll event may
        // be still to come.
        if -scroller.scroll_top() >= AT_END_PX {
            set_if_changed(self.at_end, false);
        }
        let is_kept = !self.at_end.get_untracked()
            && self
                .anchor
                .try_update_value(|anchor| anchor.as_mut().is_some_and(|a| a.restore(&scroller)))
                .unwrap_or_default();
        if self.at_end.get_untracked() {
            // Buttons come and go under the pointer. To set the offset would end the scrolling.
            if !self.has_height(scroller.scroll_height()) {
                scroller.set_scroll_top(0);
            }
            if self.unwatched.get_untracked() && self.is_new_above() {
                self.scroll_to_new();
            }
        }
        if !is_kept {
            self.anchor.set_value(Anchor::first_in_view(&scroller));
        }
        self.measure(&scroller);
    }

    /// Returns whether the list had this height when its position was taken last.
    fn has_height(self, height: i32) -> bool {
        self.anchor
            .with_value(|anchor| anchor.as_ref().is_none_or(|anchor| anchor.height == height))
    }

    /// Returns the scrolling element while it has a size. Otherwise its end, its beginning and
    /// each row would appear to have the same position.
    fn laid_out(self) -> Option<HtmlDivElement> {
        self.scroller.try_get_untracked().flatten().filter(|scroller| scroller.client_height() > 0)
    }

    /// Focuses the list itself, after the button that scrolled it is gone.
    pub fn focus(self) {
        if let Some(scroller) = self.scroller.get_untracked() {
            let _ = scroller.focus();
        }
    }

    /// Scrolls to the line above the first new row.
    pub fn to_new(self) {
        self.at_end.set(false);
        self.scroll_to_new();
        if let Some(scroller) = self.laid_out() {
            self.anchor.set_value(Anchor::first_in_view(&scroller));
            self.measure(&scroller);
        }
    }

    /// Shows the row to which a permanent link led, in the middle.
    pub fn to_marked(self) {
        self.show_row("[aria-current]", scroll_to_middle);
    }

    /// Shows the row with this `data-seq` in the middle, and focuses it. Returns whether it is
    /// rendered.
    pub fn to_row(self, seq: u64) -> bool {
        let row = self.show_row(&format!("[data-seq='{seq}']"), scroll_to_middle);
        row.inspect(focus_in_place).is_some()
    }

    /// Shows the row with this `data-seq` as the first, and focuses it. Returns whether it is
    /// rendered.
    pub fn back_to_row(self, seq: u64) -> bool {
        let row = self.show_row(&format!("[data-seq='{seq}']"), |row, _| row.scroll_into_view());
        row.inspect(focus_in_place).is_some()
    }

    /// Scrolls to a row. Returns it if it is rendered.
    fn show_row(self, selector: &str, scroll: fn(&Element, &Element)) -> Option<Element> {
        let scroller = self.laid_out()?;
        let row = scroller.query_selector(selector).ok().flatten()?;
        self.at_end.set(false);
        scroll(&row, &scroller);
        self.anchor.set_value(Anchor::first_in_view(&scroller));
        self.measure(&scroller);
        Some(row)
    }

    fn scroll_to_new(self) {
        if let Some(line) = self.new_line() {
            line.scroll_into_view();
        }
    }

    /// Returns whether the line above the first new row is rendered.
    #[must_use]
    pub fn has_new(self) -> bool {
        self.new_line().is_some()
    }

    /// Returns whether the line above the first new row is above the visible part.
    #[must_use]
    pub fn is_new_above(self) -> bool {
        let scroller = self.scroller.get_untracked();
        scroller.zip(self.new_line()).is_some_and(|(scroller, line)| top_in(&scroller, &line) < 0.0)
    }

    fn new_line(self) -> Option<Element> {
        self.scroller.get_untracked()?.query_selector("[data-new]").ok().flatten()
    }

    /// Returns the `data-seq` of the last row in view.
    #[must_use]
    pub fn last_in_view(self) -> Option<u64> {
        let scroller = self.laid_out()?;
        let end = f64::from(scroller.client_height()) + CUT_OFF_PX;
        let rows = rows(&scroller)?;
        let is_in_view = |row: &Element| bottom_in(&scroller, row) <= end;
        let index = partition_point(&rows, is_in_view).checked_sub(1)?;
        row(&rows, index)?.get_attribute("data-seq")?.parse().ok()
    }

    /// Returns the first row in view.
    #[must_use]
    pub fn first_in_view(self) -> Option<Element> {
        let scroller = self.laid_out()?;
        let rows = rows(&scroller)?;
        row(&rows, partition_point(&rows, |row| top_in(&scroller, row) < 0.0))
    }

    /// Scrolls by a page. Returns the row at the edge of the new view.
    #[must_use]
    pub fn page(self, down: bool) -> Option<Element> {
        let scroller = self.laid_out()?;
        scroll_page(&scroller, down);
        if down {
            let rows = rows(&scroller)?;
            let end = f64::from(scroller.client_height()) + CUT_OFF_PX;
            let index = partition_point(&rows, |row| bottom_in(&scroller, row) <= end);
            row(&rows, index.saturating_sub(1))
        } else {
            self.first_in_view()
        }
    }

    /// Scrolls to the end.
    pub fn to_end(self) {
        self.at_end.set(true);
        if let Some(scroller) = self.scroller.get_untracked() {
            scroller.set_scroll_top(0);
        }
    }

    /// Updates the signals that depend on the scroll offset.
    fn measure(self, scroller: &HtmlDivElement) {
        let distance_to_end = -scroller.scroll_top();
        let distance_to_start =
            scroller.scroll_height() - scroller.client_height() - distance_to_end;
        let is_open_below = self.is_open_below.try_get_untracked().unwrap_or_default();
        set_if_changed(self.at_end, distance_to_end < AT_END_PX && !is_open_below);
        set_if_changed(self.near_start, distance_to_start < NEAR_PX);
        set_if_changed(self.near_end, distance_to_end < NEAR_PX && is_open_below);
    }
}

fn set_if_changed(signal: RwSignal<bool>, value: bool) {
    if signal.get_untracked() != value {
        signal.set(value);
    }
}

fn rows(scroller: &HtmlDivElement) -> Option<NodeList> {
    scroller.query_selector_all("[data-seq]").ok()
}

fn row(rows: &NodeList, index: u32) -> Option<Element> {
    rows.item(index)?.dyn_into().ok()
}

/// Returns the index of the first row for which `is_before` is false, by bisection.
fn partition_point(rows: &NodeList, is_before: impl Fn(&Element) -> bool) -> u32 {
    let (mut low, mut high) = (0, rows.length());
    while low < high {
        let middle = low + (high - low) / 2;
        if row(rows, middle).is_some_and(|row| is_before(&row)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}
