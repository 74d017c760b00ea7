//! What lines begin with: quotes and lists.

use std::ops::Range;

use super::{Written, code, line_end, line_start, lines_in};

/// A format of whole lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineFormat {
    /// `> `.
    Quote,
    /// `- `.
    Bullets,
    /// `1. `.
    Numbers,
}

/// The mark of an item of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Item {
    Bullet(char),
    Number(u32, char),
}

/// What a line begins with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Prefix<'a> {
    /// Indentation and marks of quotes.
    lead: &'a str,
    /// The mark of an item, which follows.
    item: Option<Item>,
    /// True if a box to be ticked follows that.
    is_task: bool,
    /// The length of all of it.
    len: usize,
}

impl<'a> Prefix<'a> {
    fn of(line: &'a str) -> Self {
        let lead = line.len() - line.trim_start_matches([' ', '\t', '>']).len();
        let (lead, rest) = line.split_at(lead);
        let Some((item, len)) = item(rest) else {
            return Self { lead, len: lead.len(), ..Self::default() };
        };
        let is_task = ["[ ] ", "[x] ", "[X] "].iter().any(|task| rest[len..].starts_with(task));
        let len = lead.len() + len + if is_task { 4 } else { 0 };
        Self { lead, item: Some(item), is_task, len }
    }

    fn is_quote(&self) -> bool {
        self.lead.contains('>')
    }

    fn has(&self, format: LineFormat) -> bool {
        match (format, self.item) {
            (LineFormat::Quote, _) => self.is_quote(),
            (LineFormat::Bullets, Some(Item::Bullet(_)))
            | (LineFormat::Numbers, Some(Item::Number(..))) => true,
            _ => false,
        }
    }

    /// Returns what the next line begins with.
    fn next(&self) -> String {
        let Self { lead, item, is_task, .. } = self;
        let task = if *is_task { "[ ] " } else { "" };
        match item {
            Some(Item::Bullet(mark)) => format!("{lead}{mark} {task}"),
            Some(Item::Number(number, mark)) => {
                format!("{lead}{}{mark} {task}", number.saturating_add(1))
            }
            None => (*lead).to_owned(),
        }
    }
}

/// Reads the mark of an item at the start of a text. Returns it and its length.
fn item(text: &str) -> Option<(Item, usize)> {
    let mut letters = text.chars();
    let first = letters.next()?;
    if matches!(first, '-' | '*' | '+') {
        return (letters.next() == Some(' ')).then_some((Item::Bullet(first), 2));
    }
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let number = text[..digits].parse().ok().filter(|_| digits < 10)?;
    let mut rest = text[digits..].chars();
    let mark = rest.next().filter(|mark| matches!(mark, '.' | ')'))?;
    (rest.next() == Some(' ')).then_some((Item::Number(number, mark), digits + 2))
}

/// Returns the length of what a line begins with as an item or a quote.
pub(super) fn prefix_len(line: &str) -> usize {
    Prefix::of(line).len
}

/// Sets a format on the lines of the selection, or takes it away if all of them have it. An item of
/// the other kind of list becomes one of this kind.
pub(super) fn toggle(written: &Written, format: LineFormat) -> Written {
    let text = &written.text;
    let chosen = written.chosen_lines();
    let lines: Vec<_> = lines_in(text, chosen.clone()).collect();
    let is_blank = |line: &Range<usize>| text[line.clone()].trim().is_empty();
    let is_only_blank = lines.iter().all(is_blank);
    let counts = |line: &&Range<usize>| is_only_blank || !is_blank(line);
    let has = |line: &Range<usize>| Prefix::of(&text[line.clone()]).has(format);
    let is_set = lines.iter().filter(counts).all(has);
    let mut number = 0;
    let mut edits = Vec::new();
    for line in &lines {
        let before = &text[line.clone()];
        let prefix = Prefix::of(before);
        let skips = !counts(&line);
        let (old, new) = match format {
            LineFormat::Quote if is_set => match before.find('>') {
                Some(at) => {
                    let is_spaced = before[at + 1..].starts_with(' ');
                    (at..at + 1 + usize::from(is_spaced), String::new())
                }
                None => continue,
            },
            LineFormat::Quote if skips => (0..before.len(), ">".to_owned()),
            LineFormat::Quote => (0..0, "> ".to_owned()),
            _ if skips => continue,
            LineFormat::Bullets | LineFormat::Numbers => {
                number += 1;
                let new = match format {
                    _ if is_set => String::new(),
                    LineFormat::Numbers => format!("{number}. "),
                    _ => "- ".to_owned(),
                };
                (prefix.lead.len()..prefix.len, new)
            }
        };
        edits.push((line.start + old.start..line.start + old.end, new));
    }
    let mut after = written.edited(&edits);
    if !written.selected.is_empty() {
        let end = chosen.end + after.text.len() - text.len();
        after.selected = chosen.start..end;
    }
    after
}

/// Returns what a line break at the caret makes of an item of a list or of a quote: the next one
/// begins, or an empty one ends. `None` elsewhere.
#[must_use]
pub fn break_line(written: &Written) -> Option<Written> {
    let Written { text, selected } = written;
    let caret = selected.start;
    let start = line_start(text, caret);
    let line = &text[start..line_end(text, caret)];
    let prefix = Prefix::of(line);
    let is_item = prefix.item.is_some() || prefix.is_quote();
    if !selected.is_empty()
        || !is_item
        || caret < start + prefix.len
        || code::is_fenced(text, caret)
    {
        return None;
    }
    if line[prefix.len..].trim().is_empty() {
        let left = if prefix.item.is_some() && prefix.is_quote() { prefix.lead } else { "" };
        let all = Written { text: text.clone(), selected: start..start + line.len() };
        return Some(all.insert(left));
    }
    Some(written.insert(&format!("\n{}", prefix.next())))
}
