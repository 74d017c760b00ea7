//! Marks inside of a line: bold, italic, strikethrough and code.

use std::ops::Range;

use super::{Written, line_start, lines, lines_in, moved};

/// A mark on both sides of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// `**` or `__`.
    Bold,
    /// `_` or `*`.
    Italic,
    /// `~~`.
    Strikethrough,
    /// One or more backticks.
    Code,
}

/// The marks that have one spelling or two. Those of two characters come first.
const MARKS: [(&str, Mark); 5] = [
    ("**", Mark::Bold),
    ("__", Mark::Bold),
    ("~~", Mark::Strikethrough),
    ("*", Mark::Italic),
    ("_", Mark::Italic),
];

/// A mark around a text: where it opens and where it closes.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Pair {
    mark: Mark,
    open: Range<usize>,
    close: Range<usize>,
}

/// Sets a mark on the selected part of each line, or takes it away if all of them have it. Without
/// a selection, puts the mark around the caret.
pub(super) fn toggle(written: &Written, mark: Mark) -> Written {
    let text = &written.text;
    let parts = parts(written);
    if parts.is_empty() {
        return toggle_at_caret(written, mark);
    }
    let found: Vec<_> = parts
        .iter()
        .map(|part| pairs(text, part.clone()).into_iter().find(|pair| pair.mark == mark))
        .collect();
    let is_set = found.iter().all(Option::is_some);
    let is_single = parts.len() == 1;
    let mut edits = Vec::new();
    for (part, pair) in parts.into_iter().zip(found) {
        match pair {
            Some(pair) if is_set => {
                edits.push((pair.open, String::new()));
                edits.push((pair.close, String::new()));
            }
            Some(_) => {}
            None => {
                let (open, close) = spelling(text, &part, mark);
                edits.push((part.start..part.start, open));
                edits.push((part.end..part.end, close));
            }
        }
    }
    let mut after = written.edited(&edits);
    if !is_single {
        // The marks of the first and of the last line belong to the selection.
        let Range { start, end } = written.selected;
        after.selected = moved(start, &edits, false)..moved(end, &edits, true);
    }
    after
}

fn toggle_at_caret(written: &Written, mark: Mark) -> Written {
    let (text, caret) = (&written.text, written.selected.start);
    let at = Written { text: text.clone(), selected: caret..caret };
    let empty = pairs(text, caret..caret).into_iter().find(|pair| pair.mark == mark);
    if let Some(Pair { open, close, .. }) = empty {
        return at.edited(&[(open, String::new()), (close, String::new())]);
    }
    let (open, close) = spelling(text, &(caret..caret), mark);
    // At the end of a text with the mark, goes on behind it.
    let spellings = MARKS.iter().filter(|(_, known)| *known == mark).map(|(token, _)| *token);
    let ticks = (mark == Mark::Code).then_some("`");
    for token in spellings.chain(ticks) {
        let before = &text[line_start(text, caret)..caret];
        let is_open = before.matches(token).count() % 2 == 1 && !before.ends_with(token);
        if is_open && text[caret..].starts_with(token) {
            let caret = caret + token.len();
            return Written { text: text.clone(), selected: caret..caret };
        }
    }
    let caret = caret + open.len();
    Written { selected: caret..caret, ..at.insert(&format!("{open}{close}")) }
}

/// Returns the parts of the selection that can have a mark: of each line, without what begins it as
/// an item or a quote, and without white space at its ends.
fn parts(written: &Written) -> Vec<Range<usize>> {
    let text = &written.text;
    let part = |line: Range<usize>| {
        let whole = line_start(text, line.start);
        let start = line.start.max(whole + lines::prefix_len(&text[whole..line.end]));
        let chosen = text.get(start..line.end)?;
        let start = start + (chosen.len() - chosen.trim_start().len());
        let end = start + chosen.trim().len();
        (start < end).then_some(start..end)
    };
    lines_in(text, written.selected.clone()).filter_map(part).collect()
}

/// Returns the marks that directly surround a part of a text, and those at its own ends.
fn pairs(text: &str, part: Range<usize>) -> Vec<Pair> {
    let mut pairs = Vec::new();
    let mut inner = part.clone();
    while let Some(pair) = pair_inside(text, &inner) {
        inner = pair.open.end..pair.close.start;
        pairs.push(pair);
    }
    let mut outer = part;
    while let Some(pair) = pair_outside(text, &outer) {
        outer = pair.open.start..pair.close.end;
        pairs.push(pair);
    }
    pairs
}

fn pair_inside(text: &str, part: &Range<usize>) -> Option<Pair> {
    let chosen = &text[part.clone()];
    let ticks = run(chosen.chars(), '`');
    let same = MARKS.iter().find(|(token, _)| is_between(chosen, token));
    let (len, mark) = match same {
        Some((token, mark)) => (token.len(), *mark),
        None if ticks > 0 && is_between(chosen, &"`".repeat(ticks)) => (ticks, Mark::Code),
        None => return None,
    };
    let content = &chosen[len..chosen.len() - len];
    let is_padded = mark == Mark::Code
        && content.starts_with(' ')
        && content.ends_with(' ')
        && !content.trim().is_empty();
    let len = len + usize::from(is_padded);
    Some(Pair { mark, open: part.start..part.start + len, close: part.end - len..part.end })
}

/// Returns whether a text is a token, something without it, and the token again.
fn is_between(text: &str, token: &str) -> bool {
    let content = text.strip_prefix(token).and_then(|rest| rest.strip_suffix(token));
    let Some((content, letter)) = content.zip(token.chars().next()) else { return false };
    let mut runs = content.split(|other| other != letter).map(str::len);
    !content.is_empty() && !runs.any(|run| run == token.len() || run > 2)
}

fn pair_outside(text: &str, part: &Range<usize>) -> Option<Pair> {
    let (before, after) = (&text[..part.start], &text[part.end..]);
    let ticks = |before: &str, after: &str| {
        let (open, close) = (run(before.chars().rev(), '`'), run(after.chars(), '`'));
        (open > 0 && open == close).then_some(open)
    };
    let token = MARKS.iter().find(|(token, _)| before.ends_with(token) && after.starts_with(token));
    let (len, mark) = match token {
        Some((token, mark)) => (token.len(), *mark),
        None => {
            let padded = || {
                let inside = (before.strip_suffix(' ')?, after.strip_prefix(' ')?);
                ticks(inside.0, inside.1).map(|len| len + 1)
            };
            (ticks(before, after).or_else(padded)?, Mark::Code)
        }
    };
    Some(Pair { mark, open: part.start - len..part.start, close: part.end..part.end + len })
}

/// Returns how often a character stands at the start.
fn run(letters: impl Iterator<Item = char>, wanted: char) -> usize {
    letters.take_while(|letter| *letter == wanted).count()
}

/// Returns how a mark around a part is written.
fn spelling(text: &str, part: &Range<usize>, mark: Mark) -> (String, String) {
    let token = match mark {
        Mark::Bold => "**".to_owned(),
        Mark::Strikethrough => "~~".to_owned(),
        Mark::Italic => {
            let before = text[..part.start].chars().next_back();
            let after = text[part.end..].chars().next();
            let is_in_word = [before, after].into_iter().flatten().any(char::is_alphanumeric);
            if is_in_word { "*" } else { "_" }.to_owned()
        }
        Mark::Code => return code(&text[part.clone()]),
    };
    (token.clone(), token)
}

/// Returns backticks that the code does not contain. At its ends, spaces keep its own apart.
pub(crate) fn code(content: &str) -> (String, String) {
    let longest = content.split(|letter| letter != '`').map(str::len).max().unwrap_or_default();
    let ticks = "`".repeat(longest + 1);
    if content.starts_with('`') || content.ends_with('`') {
        (format!("{ticks} "), format!(" {ticks}"))
    } else {
        (ticks.clone(), ticks)
    }
}
