//! Keeps the writing direction of a user's text from reaching the text beside it.
//!
//! Unicode has invisible characters that turn the text after them, and text from right to left
//! rearranges numbers and punctuation around it. Each text of a user is therefore shown as an
//! isolate. Elements are isolates in CSS, but a surplus U+2069 in the text would end them, so that
//! the text must be balanced as well.

use std::borrow::Cow;

/// First Strong Isolate: begins an isolate with the direction of its text.
const FSI: char = '\u{2068}';
/// Pop Directional Isolate: ends an isolate, and all embeddings and overrides in it.
const PDI: char = '\u{2069}';

/// Returns a user's text as an isolate, for attributes, titles and sentences. Texts that cannot
/// turn anything stay as they are. A line break becomes a space, because it would end the isolate.
#[must_use]
pub fn isolate(text: &str) -> String {
    if !text.contains(is_directional) {
        return text.to_owned();
    }
    let line: String = text.chars().map(|c| if is_break(c) { ' ' } else { c }).collect();
    format!("{FSI}{}{PDI}", balance(&line))
}

/// Returns a user's text for an element that is an isolate: in each line, every isolate that begins
/// also ends, and no other ends.
#[must_use]
pub fn balance(text: &str) -> Cow<'_, str> {
    if !text.contains(is_isolate) {
        return text.into();
    }
    text.split_inclusive(is_break).map(balance_line).collect::<String>().into()
}

/// Returns the pieces of a user's text, and whether each is a mention. Among text from right to
/// left, the sign of a mention would leave its name, so mentions become isolates of their own.
/// Other texts are one piece.
#[must_use]
pub fn split_mentions(text: &str) -> Vec<(String, bool)> {
    let text = balance(text);
    let mut pieces = Vec::new();
    let mut end = 0;
    if text.contains(is_directional) {
        for range in protocol::mention_ranges(&text) {
            pieces.push((text[end..range.start].to_owned(), false));
            pieces.push((text[range.clone()].to_owned(), true));
            end = range.end;
        }
    }
    pieces.push((text[end..].to_owned(), false));
    pieces.retain(|(piece, _)| !piece.is_empty());
    pieces
}

fn balance_line(line: &str) -> String {
    let (text, end) = match line.char_indices().next_back() {
        Some((index, last)) if is_break(last) => line.split_at(index),
        _ => (line, ""),
    };
    let (mut balanced, mut open) = (String::with_capacity(line.len()), 0_usize);
    for c in text.chars() {
        match c {
            PDI if open == 0 => continue,
            PDI => open -= 1,
            c if is_isolate(c) => open += 1,
            _ => {}
        }
        balanced.push(c);
    }
    balanced.extend(std::iter::repeat_n(PDI, open));
    balanced + end
}

fn is_isolate(c: char) -> bool {
    matches!(c, '\u{2066}'..=PDI)
}

/// Returns whether a character ends a paragraph, and with it all isolates.
fn is_break(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{1c}'..='\u{1e}' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Returns whether a character is written from right to left, or controls the direction. Includes
/// some that are neither, in the same blocks.
fn is_directional(c: char) -> bool {
    matches!(
        c,
        '\u{590}'..='\u{8ff}'
            | '\u{200e}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}'
            | '\u{fb1d}'..='\u{fdff}'
            | '\u{fe70}'..='\u{fefe}'
            | '\u{10800}'..='\u{10fff}'
            | '\u{1e800}'..='\u{1efff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_turns_nothing_stays_as_it_is() {
        for text in ["", "Ada", "日本語", "Привет", "a\nb"] {
            assert_eq!(isolate(text), text);
            assert_eq!(balance(text), text);
        }
    }

    #[test]
    fn an_isolate_cannot_be_left_or_stay_open() {
        assert_eq!(isolate("שלום"), "\u{2068}שלום\u{2069}");
        assert_eq!(isolate("a\u{202e}b"), "\u{2068}a\u{202e}b\u{2069}");
        assert_eq!(isolate("a\u{2069}\u{202e}b"), "\u{2068}a\u{202e}b\u{2069}");
        assert_eq!(isolate("\u{2067}a"), "\u{2068}\u{2067}a\u{2069}\u{2069}");
        assert_eq!(isolate("\u{2067}a\u{2029}b"), "\u{2068}\u{2067}a b\u{2069}\u{2069}");
    }

    #[test]
    fn mentions_among_text_from_right_to_left_stand_apart() {
        let piece = |text: &str, is_mention| (text.to_owned(), is_mention);
        assert_eq!(split_mentions("hi @ada!"), [piece("hi @ada!", false)]);
        let expected = [piece("שלום ", false), piece("@ada", true), piece("! 10:30", false)];
        assert_eq!(split_mentions("שלום @ada! 10:30"), expected);
        let expected = [piece("@ada", true), piece(" سلام ", false), piece("＠bo", true)];
        assert_eq!(split_mentions("@ada سلام ＠bo"), expected);
        assert_eq!(split_mentions(""), []);
    }

    #[test]
    fn each_line_of_a_message_is_balanced() {
        assert_eq!(balance("\u{2067}a\nb\u{2069}"), "\u{2067}a\u{2069}\nb");
        assert_eq!(balance("\u{2066}a\u{2069}\r\n"), "\u{2066}a\u{2069}\r\n");
    }

    #[test]
    fn every_text_of_control_characters_is_balanced() {
        let controls = ['a', '\n', '\u{202e}', '\u{202c}', '\u{2066}', '\u{2067}', FSI, PDI];
        for mut number in 0..8_usize.pow(6) {
            let text: String = (0..6)
                .map(|_| {
                    let control = controls[number % 8];
                    number /= 8;
                    control
                })
                .collect();
            for line in balance(&text).split('\n') {
                let depth = line.chars().try_fold(0_usize, |depth, c| match c {
                    PDI => depth.checked_sub(1),
                    '\u{2066}'..=FSI => Some(depth + 1),
                    _ => Some(depth),
                });
                assert_eq!(depth, Some(0), "{text:?}");
            }
        }
    }
}
