//! The row that keeps its position.

use web_sys::{Element, HtmlDivElement};

use super::{partition_point, row, rows};

/// The row that keeps its position, as last measured, in CSS pixels.
#[derive(Clone, Debug)]
pub(super) struct Anchor {
    /// The row's `data-seq`.
    seq: String,
    /// The row's distance from the list's upper edge.
    top: f64,
    /// The list's scroll offset.
    scrolled: i32,
    /// The list's scroll height.
    pub(super) height: i32,
}

impl Anchor {
    /// Measures the first row in view.
    pub(super) fn first_in_view(scroller: &HtmlDivElement) -> Option<Self> {
        let all = rows(scroller)?;
        let is_above = |row: &Element| bottom_in(scroller, row) <= 0.0;
        let first = row(&all, partition_point(&all, is_above))?;
        Some(Self {
            seq: first.get_attribute("data-seq")?,
            top: top_in(scroller, &first),
            scrolled: scroller.scroll_top(),
            height: scroller.scroll_height(),
        })
    }

    /// Moves the row back to its position, adjusted by what the user scrolled since. Returns
    /// whether the row is still there.
    pub(super) fn restore(&mut self, scroller: &HtmlDivElement) -> bool {
        let Ok(Some(row)) = scroller.query_selector(&format!("[data-seq='{}']", self.seq)) else {
            return false;
        };
        // If the list became shorter, the browser itself has limited the offset.
        let limit = (scroller.client_height() - scroller.scroll_height()).min(0);
        let scrolled = self.scrolled.max(limit);
        self.top -= f64::from(scroller.scroll_top() - scrolled);
        #[expect(clippy::cast_possible_truncation, reason = "screen coordinates")]
        let moved = (top_in(scroller, &row) - self.top).round() as i32;
        scroller.set_scroll_top(scroller.scroll_top() + moved);
        self.scrolled = scroller.scroll_top();
        self.height = scroller.scroll_height();
        true
    }
}

/// Returns the distance of a row from the list's upper edge.
pub(super) fn top_in(scroller: &HtmlDivElement, row: &Element) -> f64 {
    row.get_bounding_client_rect().top() - scroller.get_bounding_client_rect().top()
}

/// Returns the distance of a row's lower edge from the list's upper edge.
pub(super) fn bottom_in(scroller: &HtmlDivElement, row: &Element) -> f64 {
    row.get_bounding_client_rect().bottom() - scroller.get_bounding_client_rect().top()
}
