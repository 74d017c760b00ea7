//! Tables.

use protocol::{
    Span,
    blocks::{Alignment, Table},
};
use pulldown_cmark::{Event, Tag};

use super::Builder;

impl Builder<'_> {
    /// Returns a table, whose start has been read.
    pub(super) fn table(&mut self, align: &[pulldown_cmark::Alignment], depth: usize) -> Table {
        let align = align.iter().map(|align| match align {
            pulldown_cmark::Alignment::None => Alignment::None,
            pulldown_cmark::Alignment::Left => Alignment::Left,
            pulldown_cmark::Alignment::Center => Alignment::Center,
            pulldown_cmark::Alignment::Right => Alignment::Right,
        });
        let mut table = Table { align: align.collect(), head: Vec::new(), rows: Vec::new() };
        while let Some(Event::Start(tag)) = self.peek() {
            let is_head = matches!(tag, Tag::TableHead);
            self.next();
            let row = self.row(depth + 1);
            self.next();
            if is_head {
                table.head = row;
            } else {
                table.rows.push(row);
            }
        }
        table
    }

    fn row(&mut self, depth: usize) -> Vec<Vec<Span>> {
        let mut cells = Vec::new();
        while let Some(Event::Start(Tag::TableCell)) = self.peek() {
            self.next();
            cells.push(self.spans(depth, false));
            self.next();
            self.count(0);
        }
        cells
    }
}
