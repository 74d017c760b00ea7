//! Visits the spans of a tree.

use super::{Block, Span};

/// Calls `visit` with each span of a tree, in the order of the text. Those in code are none.
pub fn each_span<'a>(blocks: &'a [Block], visit: &mut dyn FnMut(&'a Span)) {
    for block in blocks {
        match block {
            Block::Paragraph(spans) => in_spans(spans, visit),
            Block::Heading(heading) => in_spans(&heading.spans, visit),
            Block::Quote(blocks) => each_span(blocks, visit),
            Block::List(list) => {
                list.items.iter().for_each(|item| each_span(&item.blocks, visit));
            }
            Block::Table(table) => {
                for cell in table.head.iter().chain(table.rows.iter().flatten()) {
                    in_spans(cell, visit);
                }
            }
            Block::Code(_) | Block::Rule(_) => {}
        }
    }
}

fn in_spans<'a>(spans: &'a [Span], visit: &mut dyn FnMut(&'a Span)) {
    for span in spans {
        visit(span);
        match span {
            Span::Strong(spans) | Span::Emphasis(spans) | Span::Strikethrough(spans) => {
                in_spans(spans, visit);
            }
            Span::Link(link) => in_spans(&link.spans, visit),
            _ => {}
        }
    }
}
