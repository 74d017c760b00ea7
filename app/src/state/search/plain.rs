//! The text of a message that was found, without its Markdown, with the matches at their places.

use std::ops::Range;

use protocol::{Block, blocks::PlainText};

/// A part of the source, in bytes, and where it begins in the plain text.
type Part = (Range<usize>, usize);

/// Returns what a text says without its Markdown, and where its matches are there. The ranges count
/// characters. Returns `None` if the text has no tree, and if a match is not said, such as in the
/// address of a link, or its place is not certain.
#[must_use]
pub fn plain(
    source: &str,
    blocks: &[Block],
    ranges: &[[u32; 2]],
) -> Option<(String, Vec<[u32; 2]>)> {
    if blocks.is_empty() {
        return None;
    }
    let plain = PlainText::of(blocks);
    let parts = parts(source, &plain);
    let bytes: Vec<usize> = source.char_indices().map(|(at, _)| at).chain([source.len()]).collect();
    let mut placed = Vec::with_capacity(ranges.len());
    let (mut counted, mut chars) = (0, 0_u32);
    for [from, to] in ranges {
        let from = *bytes.get(usize::try_from(*from).ok()?)?;
        let to = *bytes.get(usize::try_from(*to).ok()?)?;
        let start = place(&parts, from..to)?;
        chars += count(plain.text.get(counted..start)?);
        let end = chars + count(source.get(from..to)?);
        placed.push([chars, end]);
        counted = start;
    }
    Some((plain.text, placed))
}

fn count(text: &str) -> u32 {
    text.chars().count().try_into().unwrap_or(u32::MAX)
}

/// Finds the parts that were written as they are, one after the other. If the place of one is taken
/// for that of an earlier text like it, none is left for what really stands there.
fn parts(source: &str, plain: &PlainText) -> Vec<Part> {
    let mut parts = Vec::with_capacity(plain.literal.len());
    let mut done = 0;
    for literal in &plain.literal {
        let text = &plain.text[literal.clone()];
        // With a backslash or as an entity, it is not there as it is.
        if let Some(at) = source[done..].find(text) {
            let start = done + at;
            done = start + text.len();
            parts.push((start..done, literal.start));
        }
    }
    parts
}

/// Returns where a range of the source begins in the plain text, if all of it stands there.
fn place(parts: &[Part], range: Range<usize>) -> Option<usize> {
    let first = parts.partition_point(|(source, _)| source.end <= range.start);
    let (source, plain) = parts.get(first).filter(|(source, _)| source.start <= range.start)?;
    let (mut end, mut plain_end) = (source.end, plain + source.len());
    for (source, plain) in &parts[first + 1..] {
        if end >= range.end || (source.start, *plain) != (end, plain_end) {
            break;
        }
        (end, plain_end) = (source.end, plain_end + source.len());
    }
    (end >= range.end).then(|| plain + (range.start - source.start))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::search::excerpt::excerpt;

    /// Returns the plain text of a source, with brackets around a word.
    fn shown(source: &str, word: &str) -> Option<String> {
        let chars = |text: &str| u32::try_from(text.chars().count()).unwrap();
        let found = source.match_indices(word);
        let ranges: Vec<_> = found
            .map(|(at, _)| [chars(&source[..at]), chars(&source[..at + word.len()])])
            .collect();
        let (text, ranges) = plain(source, &markup::tree(source), &ranges)?;
        let piece = |(text, is_match)| if is_match { format!("[{text}]") } else { text };
        Some(excerpt(&text, &ranges).into_iter().map(piece).collect())
    }

    #[test]
    fn matches_are_marked_in_the_plain_text() {
        for (source, word, expected) in [
            ("a **élan** and `élan`", "élan", "a [élan] and [élan]"),
            ("# Plan\n\n- *plan* b\n- the plan", "plan", "Plan\n[plan] b\nthe [plan]"),
            ("1. one\n2. **two**", "two", "1. one\n2. [two]"),
            ("> quoted\n> text", "text", "quoted\n[text]"),
            ("- [x] done\n- [ ] open", "open", "Done: done\nNot done: [open]"),
            ("see [the notes](https://a.b/c)", "notes", "see the [notes]"),
            ("**bold** https://a.b/notes", "notes", "bold https://a.b/[notes]"),
            ("👍 **a**\n```rust\nlet a;\n  a();\n```", "a();", "👍 a\nlet a;\n  [a();]"),
            ("| a | b |\n|---|---|\n| one | two |", "two", "a, b\none, [two]"),
            ("**one** :tada: two @ada #general", "two", "one 🎉 [two] @ada #general"),
            ("*one*\ntwo", "*\ntwo", ""),
            ("**one**\ntwo three", "\ntwo", "one[\ntwo] three"),
        ] {
            assert_eq!(shown(source, word).unwrap_or_default(), expected, "{source}");
        }
    }

    #[test]
    fn the_source_is_shown_if_a_match_is_not_said_or_its_place_not_certain() {
        for (source, word) in [
            ("see [the notes](https://a.b/notes)", "notes"),
            ("**done** :tada:", "tada"),
            ("```rust\nfn x() {}\n```", "rust"),
            ("**a** 1 &lt; 2 or 3", "or"),
            ("**a** snake\\_case", "case"),
            ("1. *1*", "1"),
            ("[x](https://a.b)a", "a"),
        ] {
            assert_eq!(shown(source, word), None, "{source}");
        }
        let blocks = markup::tree("**a**");
        assert_eq!(plain("**a**", &blocks, &[[4, 9]]), None, "a range beyond the end");
        assert_eq!(plain("**a**", &blocks, &[]), Some(("a".to_owned(), Vec::new())));
    }
}
