//! Writing in a field: what keys, buttons and the clipboard make of a text and its selection. Pure.

pub mod code;
pub mod inline;
pub mod lines;
pub mod link;
pub mod rich;

use std::ops::Range;

use protocol::text::{custom_emoji_name, is_emoji_name};

/// A format of Markdown that a key or a button sets on the selection, or takes from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `**bold**`.
    Bold,
    /// `_italic_`, inside of a word `*italic*`.
    Italic,
    /// `~~strikethrough~~`.
    Strikethrough,
    /// `` `code` ``; of several lines, a block.
    Code,
    /// A fenced block of code.
    CodeBlock,
    /// `[label](address)`.
    Link,
    /// `> quote`.
    Quote,
    /// `- item`.
    BulletList,
    /// `1. item`.
    NumberedList,
}

/// A text and the part of it that is selected, in bytes. If that is empty, it is the caret.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// The text.
    pub text: String,
    /// The selected part.
    pub selected: Range<usize>,
}

impl Written {
    /// Creates the state of a field, whose offsets count UTF-16 units.
    #[must_use]
    pub fn of_field(text: String, start: u32, end: u32) -> Self {
        let start = byte_at(&text, start);
        let end = byte_at(&text, end).max(start);
        Self { text, selected: start..end }
    }

    /// Returns the offsets of the selection in UTF-16 units.
    #[must_use]
    pub fn field_selection(&self) -> (u32, u32) {
        (units_before(&self.text, self.selected.start), units_before(&self.text, self.selected.end))
    }

    /// Returns the text with the selection replaced by another text, and the caret after it.
    #[must_use]
    pub fn insert(&self, text: &str) -> Self {
        let mut all = self.text.clone();
        all.replace_range(self.selected.clone(), text);
        let caret = self.selected.start + text.len();
        Self { text: all, selected: caret..caret }
    }

    /// Returns the text with an emoji in place of the selection, and the caret after it. A space
    /// comes before a custom one, `:name:`, where the colon would not begin a name.
    #[must_use]
    pub fn insert_emoji(&self, emoji: &str) -> Self {
        let before = &self.text[..self.selected.start];
        if custom_emoji_name(emoji).is_some() && !may_begin_emoji(before) {
            return self.insert(&format!(" {emoji}"));
        }
        self.insert(emoji)
    }

    /// Sets a format on the selection, or takes it away if all of it has the format.
    #[must_use]
    pub fn toggle(&self, format: Format) -> Self {
        match format {
            Format::Bold => inline::toggle(self, inline::Mark::Bold),
            Format::Italic => inline::toggle(self, inline::Mark::Italic),
            Format::Strikethrough => inline::toggle(self, inline::Mark::Strikethrough),
            Format::Code if self.chosen().contains('\n') => code::toggle_block(self),
            Format::Code => inline::toggle(self, inline::Mark::Code),
            Format::CodeBlock => code::toggle_block(self),
            Format::Link => link::toggle(self),
            Format::Quote => lines::toggle(self, lines::LineFormat::Quote),
            Format::BulletList => lines::toggle(self, lines::LineFormat::Bullets),
            Format::NumberedList => lines::toggle(self, lines::LineFormat::Numbers),
        }
    }

    /// Returns the selected text.
    fn chosen(&self) -> &str {
        &self.text[self.selected.clone()]
    }

    /// Returns the lines that the selection touches, without the last line break. A line of which
    /// only the start is selected is none of them.
    fn chosen_lines(&self) -> Range<usize> {
        let Range { start, end } = self.selected;
        let is_after_break = end > start && self.text[..end].ends_with('\n');
        let last = if is_after_break { end - 1 } else { end };
        line_start(&self.text, start)..line_end(&self.text, last)
    }

    /// Applies edits, which are in order and do not overlap. The selection keeps its text: what is
    /// inserted at its ends is outside of it.
    fn edited(&self, edits: &[(Range<usize>, String)]) -> Self {
        let mut text = String::with_capacity(self.text.len());
        let mut done = 0;
        for (range, new) in edits {
            text.push_str(&self.text[done..range.start]);
            text.push_str(new);
            done = range.end;
        }
        text.push_str(&self.text[done..]);
        let start = moved(self.selected.start, edits, true);
        let end = moved(self.selected.end, edits, self.selected.is_empty());
        Self { text, selected: start..end.max(start) }
    }
}

/// Returns whether a custom emoji can follow a text: neither after a letter, a digit or a colon of
/// ASCII, unless that ends another emoji, nor where its first colon would end a name.
fn may_begin_emoji(before: &str) -> bool {
    let is_barred = |text: &str| text.ends_with(|it: char| it.is_ascii_alphanumeric() || it == ':');
    let mut rest = before;
    while let Some((start, name)) = rest.strip_suffix(':').and_then(|it| it.rsplit_once(':'))
        && is_emoji_name(name)
    {
        rest = start;
    }
    let is_in_name = before.rsplit_once(':').is_some_and(|(_, begun)| is_emoji_name(begun));
    !is_barred(rest) && !is_in_name
}

/// Returns where a position is after edits. What is inserted there comes before it, or after it.
fn moved(position: usize, edits: &[(Range<usize>, String)], is_after: bool) -> usize {
    let mut moved = position;
    for (range, new) in edits {
        let is_passed = range.end < position || range.end == position && is_after;
        if is_passed || range.end == position && !range.is_empty() {
            moved = moved + new.len() - range.len();
        } else if range.start < position {
            moved -= position - range.start;
        }
    }
    moved
}

/// A replacement of a part of a field, with offsets in UTF-16 units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replacement {
    /// The start of the part.
    pub start: u32,
    /// The end of the part.
    pub end: u32,
    /// The new text.
    pub text: String,
}

impl Replacement {
    /// Returns the smallest replacement that turns a text into another.
    #[must_use]
    pub fn between(before: &str, after: &str) -> Self {
        let same = before.chars().zip(after.chars()).take_while(|(a, b)| a == b);
        let start: usize = same.map(|(letter, _)| letter.len_utf8()).sum();
        let (old, new) = (&before[start..], &after[start..]);
        let same = old.chars().rev().zip(new.chars().rev()).take_while(|(a, b)| a == b);
        let kept: usize = same.map(|(letter, _)| letter.len_utf8()).sum();
        Self {
            start: units_before(before, start),
            end: units_before(before, before.len() - kept),
            text: new[..new.len() - kept].to_owned(),
        }
    }
}

/// Returns the byte at an offset in UTF-16 units; inside of a character, its start.
fn byte_at(text: &str, units: u32) -> usize {
    let mut left = usize::try_from(units).unwrap_or(usize::MAX);
    for (at, letter) in text.char_indices() {
        if left < letter.len_utf16() {
            return at;
        }
        left -= letter.len_utf16();
    }
    text.len()
}

fn units_before(text: &str, byte: usize) -> u32 {
    u32::try_from(text[..byte].encode_utf16().count()).unwrap_or(u32::MAX)
}

fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |end| end + 1)
}

fn line_end(text: &str, at: usize) -> usize {
    text[at..].find('\n').map_or(text.len(), |end| at + end)
}

/// Returns the lines of a part of a text, without their line breaks.
fn lines_in(text: &str, part: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let mut next = Some(part.start);
    std::iter::from_fn(move || {
        let start = next?;
        let end = line_end(text, start).min(part.end);
        next = (end < part.end).then_some(end + 1);
        Some(start..end)
    })
}

#[cfg(test)]
mod tests;
