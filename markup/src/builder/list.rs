//! Lists.

use protocol::blocks::{List, ListItem};
use pulldown_cmark::{Event, Tag};

use super::Builder;

impl Builder<'_> {
    /// Returns a list, whose start has been read.
    pub(super) fn list(&mut self, start: Option<u64>, depth: usize) -> List {
        let start = start.map(|start| u32::try_from(start).unwrap_or(u32::MAX));
        let mut list = List { start, loose: false, items: Vec::new() };
        while let Some(Event::Start(Tag::Item)) = self.peek() {
            self.next();
            let of_outer_item = self.checked.take();
            let content = self.blocks(depth + 1);
            list.loose |= content.has_paragraphs;
            list.items.push(ListItem { checked: self.checked.take(), blocks: content.blocks });
            self.checked = of_outer_item;
            self.count(0);
            self.next();
        }
        list
    }
}
