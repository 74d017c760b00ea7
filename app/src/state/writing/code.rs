//! Blocks of code between fences.

use std::ops::Range;

use super::{Written, line_start, lines_in};

/// The shortest fence.
const FENCE: &str = "```";

/// A block of code: the lines of its fences. The second is missing while it is being written.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Block {
    open: Range<usize>,
    close: Option<Range<usize>>,
}

fn blocks(text: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut fence: Option<&str> = None;
    for line in lines_in(text, 0..text.len()) {
        let trimmed = text[line.clone()].trim();
        let letter = trimmed.chars().next().filter(|letter| matches!(letter, '`' | '~'));
        let rest = letter.map_or(trimmed, |letter| trimmed.trim_start_matches(letter));
        let mark = &trimmed[..trimmed.len() - rest.len()];
        match fence {
            Some(open) if rest.is_empty() && mark.starts_with(open) => {
                if let Some(block) = blocks.last_mut() {
                    block.close = Some(line);
                }
                fence = None;
            }
            None if mark.len() >= FENCE.len() && !rest.contains('`') => {
                blocks.push(Block { open: line, close: None });
                fence = Some(mark);
            }
            _ => {}
        }
    }
    blocks
}

/// Returns whether a position is inside of a block of code.
pub(crate) fn is_fenced(text: &str, at: usize) -> bool {
    block_at(text, at).is_some_and(|block| block.open.end < at)
}

/// Returns whether a line break goes on with a block of code there: behind its first fence and
/// before its last one.
#[must_use]
pub fn goes_on(text: &str, at: usize) -> bool {
    block_at(text, at).is_some()
}

/// Returns the block of code of which a position stands behind the first fence, or at its end, and
/// before the last one.
fn block_at(text: &str, at: usize) -> Option<Block> {
    blocks(text).into_iter().find(|block| {
        block.open.end <= at && block.close.as_ref().is_none_or(|close| at < close.start)
    })
}

/// Returns whether a position is inside of code: in a block, or behind a backtick that opens some.
#[must_use]
pub fn is_in_code(text: &str, at: usize) -> bool {
    let before = &text[line_start(text, at)..at];
    before.matches('`').count() % 2 == 1 || is_fenced(text, at)
}

/// Makes a block of code of the selected lines, or takes its fences away.
pub(super) fn toggle_block(written: &Written) -> Written {
    let text = &written.text;
    let lines = written.chosen_lines();
    let around = blocks(text).into_iter().find_map(|Block { open, close }| {
        let close = close?;
        (open.start <= lines.start && lines.end <= close.end).then_some((open, close))
    });
    if let Some((open, close)) = around {
        let is_empty = close.start == open.end + 1;
        let close = if is_empty { close } else { close.start - 1..close.end };
        return written
            .edited(&[(open.start..open.end + 1, String::new()), (close, String::new())]);
    }
    let content = &text[lines.clone()];
    let fence = fence(content);
    let first = lines.start + fence.len() + 1;
    let edits = [
        (lines.start..lines.start, format!("{fence}\n")),
        (lines.end..lines.end, format!("\n{fence}")),
    ];
    let selected = if written.selected.is_empty() {
        let caret = written.selected.start - lines.start;
        first + caret..first + caret
    } else {
        first..first + content.len()
    };
    Written { selected, ..written.edited(&edits) }
}

/// Returns a fence that the code does not contain.
pub(crate) fn fence(content: &str) -> String {
    let longest = content.split(|letter| letter != '`').map(str::len).max().unwrap_or_default();
    "`".repeat((longest + 1).max(FENCE.len()))
}
