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
