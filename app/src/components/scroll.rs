//! Where a list is being read, kept while it grows.
//!
//! The list scrolls in a reversed column: its origin is its end, so it begins at the end before any script runs, and
//! stays there while messages come. Away from the end, the first message in view is the anchor: whatever comes above
//! or below, that one stays where it is.

use leptos::{html::Div, prelude::*};
use wasm_bindgen::{JsCast as _, closure::Closure};
use web_sys::{Element, HtmlDivElement, ResizeObserver};

use super::dynamic::effect;

/// How near to its end, in CSS pixels, a list counts as being at it.
const AT_END_WITHIN: i32 = 48;
/// How near to its beginning, in CSS pixels, older messages are asked for.
const OLDER_WITHIN: i32 = 900;

/// The scroll position of one list.
#[derive(Clone, Copy, Debug)]
pub struct Scroll {
    /// The element that scrolls.
    pub scroller: NodeRef<Div>,
    /// The element inside that grows.
    pub column: NodeRef<Div>,
    /// Whether the end is in view.
    pub at_end: RwSignal<bool>,
    /// Whether the beginning is near.
    pub near_start: RwSignal<bool>,
    /// Tells each time that the reader scrolled.
    pub moved: RwSignal<()>,
    /// Whether older messages are being loaded up to the first new one.
    pub seeking: RwSignal<bool>,
    anchor: StoredValue<Option<Anchor>>,
}

/// Where the list was read when it was last looked at, in CSS pixels.
#[derive(Clone, Debug)]
struct Anchor {
    /// The first message in view.
    seq: String,
    /// Where that stood below the list's upper edge.
    top: f64,
    /// How far the list was scrolled.
    scrolled: i32,
    /// How high it was.
    height: i32,
}

impl Scroll {
    /// At the end.
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

    /// Begins to keep the position, once both elements are there.
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

    /// The reader scrolled: this is where the list is read now.
    pub fn scrolled(self) {
        let Some(scroller) = self.laid_out() else { return };
        self.look(&scroller);
        if self.anchor.with_value(|anchor| {
            anchor.as_ref().is_some_and(|a| a.height != scroller.scroll_height())
        }) {
            self.settle(); // what was scrolled had grown in the same moment
        }
        self.anchor.set_value(first_in_view(&scroller));
        self.moved.set(());
    }

    /// The list or its frame changed its size: what is read goes back to its place.
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
        self.look(&scroller);
    }

    /// The element that scrolls, while there is something of it to see: without a size, its end, its beginning and each
    /// message seem to be in the same place.
    fn laid_out(self) -> Option<HtmlDivElement> {
        self.scroller.try_get_untracked().flatten().filter(|scroller| scroller.client_height() > 0)
    }

    /// To the list itself, after what led to a place in it is gone.
    pub fn focus(self) {
        if let Some(scroller) = self.scroller.get_untracked() {
            let _ = scroller.focus();
        }
    }

    /// To the line above what was new.
    pub fn to_new(self) {
        if let Some(line) = self.new_line() {
            self.at_end.set(false);
            line.scroll_into_view();
        }
    }

    /// Whether the line above what was new is further up than what is in view.
    #[must_use]
    pub fn is_new_above(self) -> bool {
        let scroller = self.scroller.get_untracked();
        scroller.zip(self.new_line()).is_some_and(|(scroller, line)| top_in(&scroller, &line) < 0.0)
    }

    fn new_line(self) -> Option<Element> {
        self.scroller.get_untracked()?.query_selector("[data-new]").ok().flatten()
    }

    /// To the newest message.
    pub fn to_end(self) {
        self.at_end.set(true);
        if let Some(scroller) = self.scroller.get_untracked() {
            scroller.set_scroll_top(0);
        }
    }

    fn look(self, scroller: &HtmlDivElement) {
        let to_end = -scroller.scroll_top();
        let to_start = scroller.scroll_height() - scroller.client_height() - to_end;
        set_if_new(self.at_end, to_end < AT_END_WITHIN);
        set_if_new(self.near_start, to_start < OLDER_WITHIN);
    }
}

impl Anchor {
    /// Puts its message back to where it stood, but for what the reader scrolled since.
    fn restore(&mut self, scroller: &HtmlDivElement) {
        let Ok(Some(row)) = scroller.query_selector(&format!("[data-seq='{}']", self.seq)) else {
            return;
        };
        self.top -= f64::from(scroller.scroll_top() - self.scrolled);
        #[expect(clippy::cast_possible_truncation, reason = "pixels on a screen")]
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

fn set_if_new(signal: RwSignal<bool>, value: bool) {
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
    (0..rows.length()).filter_map(|place| rows.item(place)?.dyn_into::<Element>().ok()).find_map(
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
