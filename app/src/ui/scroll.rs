//! Keeps the scroll position of a list while the list grows.
//!
//! The list scrolls in a reversed column, whose origin is its end. So it starts at the end before
//! any script runs, and stays there while rows are appended. Away from the end, the first row in
//! view is the anchor: it keeps its position when rows are added above or below.

use leptos::{html::Div, prelude::*};
use wasm_bindgen::{JsCast as _, closure::Closure};
use web_sys::{Element, HtmlDivElement, ResizeObserver};

use crate::browser::window::effect;

/// The largest distance from the end, in CSS pixels, that counts as being at the end.
const AT_END_PX: i32 = 48;
/// The distance from the beginning, in CSS pixels, at which older rows are requested.
const NEAR_START_PX: i32 = 900;

/// The scroll position of one list.
#[derive(Clone, Copy, Debug)]
pub struct Scroll {
    /// The scrolling element.
    pub scroller: NodeRef<Div>,
    /// The growing element inside it.
    pub column: NodeRef<Div>,
    /// True if the end is in view.
    pub at_end: RwSignal<bool>,
    /// True if the beginning is near.
    pub near_start: RwSignal<bool>,
    /// Notifies each time that the user scrolls.
    pub moved: RwSignal<()>,
    /// True while older rows are being loaded, up to the first new one.
    pub seeking: RwSignal<bool>,
    anchor: StoredValue<Option<Anchor>>,
}

/// The row that keeps its position, as last measured, in CSS pixels.
#[derive(Clone, Debug)]
struct Anchor {
    /// The row's `data-seq`.
    seq: String,
    /// The row's distance from the list's upper edge.
    top: f64,
    /// The list's scroll offset.
    scrolled: i32,
    /// The list's scroll height.
    height: i32,
}

impl Scroll {
    /// Creates a position at the end of the list.
    #[must_use]
    pub fn new() -> Self {
        Self {
            scroller: NodeRef::new(),
            column: NodeRef::new(),
            at_end: RwSignal::new(true),
            near_start: RwSignal::new(false),
            moved: RwSignal::new(()),
            seeking: RwSignal::new(false),
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
            let Ok(observer) = ResizeObserver::new(resized.as_ref().unchecked_ref()) else {
                return;
            };
            observer.observe(&scroller);
            observer.observe(&column);
            let kept = StoredValue::new_local((observer, resized));
            on_cleanup(move || kept.with_value(|(observer, _)| observer.disconnect()));
        });
    }

    /// Takes the current position as the one to keep, after the user scrolled.
    pub fn scrolled(self) {
        let Some(scroller) = self.laid_out() else { return };
        self.measure(&scroller);
        if self.anchor.with_value(|anchor| {
            anchor.as_ref().is_some_and(|a| a.height != scroller.scroll_height())
        }) {
            self.settle(); // the list grew in the same frame
        }
        self.anchor.set_value(first_in_view(&scroller));
        self.moved.set(());
    }

    /// Restores the position after the list or its frame was resized.
    fn settle(self) {
        let Some(scroller) = self.laid_out() else { return };
        if self.at_end.get_untracked() {
            scroller.set_scroll_top(0);
            self.anchor.set_value(first_in_view(&scroller));
        } else {
            self.anchor.update_value(|anchor| {
                if let Some(anchor) = anchor {
                    anchor.restore(&scroller);
                }
            });
        }
        self.measure(&scroller);
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
        if let Some(line) = self.new_line() {
            self.at_end.set(false);
            line.scroll_into_view();
        }
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
        set_if_changed(self.at_end, distance_to_end < AT_END_PX);
        set_if_changed(self.near_start, distance_to_start < NEAR_START_PX);
    }
}

impl Anchor {
    /// Moves the row back to its position, adjusted by what the user scrolled since.
    fn restore(&mut self, scroller: &HtmlDivElement) {
        let Ok(Some(row)) = scroller.query_selector(&format!("[data-seq='{}']", self.seq)) else {
            return;
        };
        self.top -= f64::from(scroller.scroll_top() - self.scrolled);
        #[expect(clippy::cast_possible_truncation, reason = "screen coordinates")]
        let moved = (top_in(scroller, &row) - self.top).round() as i32;
        scroller.set_scroll_top(scroller.scroll_top() + moved);
        self.scrolled = scroller.scroll_top();
        self.height = scroller.scroll_height();
    }
}

impl Default for Scroll {
    fn default() -> Self {
        Self::new()
    }
}

fn set_if_changed(signal: RwSignal<bool>, value: bool) {
    if signal.get_untracked() != value {
        signal.set(value);
    }
}

fn top_in(scroller: &HtmlDivElement, row: &Element) -> f64 {
    row.get_bounding_client_rect().top() - scroller.get_bounding_client_rect().top()
}

fn first_in_view(scroller: &HtmlDivElement) -> Option<Anchor> {
    let rows = scroller.query_selector_all("[data-seq]").ok()?;
    let (scrolled, height) = (scroller.scroll_top(), scroller.scroll_height());
    (0..rows.length()).filter_map(|index| rows.item(index)?.dyn_into::<Element>().ok()).find_map(
        |row| {
            let top = top_in(scroller, &row);
            let in_view = top + row.get_bounding_client_rect().height() > 0.0;
            in_view.then(|| row.get_attribute("data-seq")).flatten().map(|seq| Anchor {
                seq,
                top,
                scrolled,
                height,
            })
        },
    )
}
