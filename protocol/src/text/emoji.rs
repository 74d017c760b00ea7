//! The one spelling of an emoji (UTS 51).

use std::{iter::Peekable, str::Chars};

use icu_properties::{
    CodePointSetData,
    props::{
        Emoji, EmojiModifier, EmojiModifierBase, EmojiPresentation, ExtendedPictographic,
        RegionalIndicator,
    },
};

use super::has_chars;
use crate::limits::MAX_EMOJI_CHARS;

const JOINER: char = '\u{200d}';
/// The selectors of the text form and of the emoji form of a character.
const SELECTORS: [char; 2] = ['\u{fe0e}', EMOJI_SELECTOR];
const EMOJI_SELECTOR: char = '\u{fe0f}';
/// The frame around a digit, `#` or `*`.
const KEYCAP: char = '\u{20e3}';
/// The base of flags of regions, which tags follow.
const BLACK_FLAG: char = '\u{1f3f4}';
const CANCEL_TAG: char = '\u{e007f}';

/// Returns the one spelling of an emoji, which has U+FE0F where Unicode's list of fully-qualified
/// emoji has it, or `None` if the text is not exactly one emoji.
///
/// ```
/// use protocol::text::canonical_emoji;
/// assert_eq!(canonical_emoji("❤"), Some("❤\u{fe0f}".into()));
/// assert_eq!(canonical_emoji("👍\u{fe0f}"), Some("👍".into()));
/// assert_eq!(canonical_emoji("👍🎉"), None);
/// assert_eq!(canonical_emoji("ok"), None);
/// ```
#[must_use]
pub fn canonical_emoji(emoji: &str) -> Option<String> {
    if !has_chars(emoji, 1, MAX_EMOJI_CHARS) {
        return None;
    }
    let plain: String = emoji.chars().filter(|letter| !SELECTORS.contains(letter)).collect();
    let canonical = flag(&plain).or_else(|| sequence(&plain))?;
    has_chars(&canonical, 1, MAX_EMOJI_CHARS).then_some(canonical)
}

/// Reads the flag of a country: two regional indicators.
fn flag(emoji: &str) -> Option<String> {
    let indicators = CodePointSetData::new::<RegionalIndicator>();
    let is_flag = emoji.chars().count() == 2 && emoji.chars().all(|at| indicators.contains(at));
    is_flag.then(|| emoji.to_owned())
}

/// Reads one emoji, or several that are joined.
fn sequence(emoji: &str) -> Option<String> {
    let (mut letters, mut canonical) = (emoji.chars().peekable(), String::new());
    loop {
        element(&mut letters, &mut canonical)?;
        match letters.next() {
            None => return Some(canonical),
            Some(JOINER) => canonical.push(JOINER),
            Some(_) => return None,
        }
    }
}

/// Reads one emoji with its skin tone, its keycap or its tags.
fn element(letters: &mut Peekable<Chars<'_>>, canonical: &mut String) -> Option<()> {
    let emoji = CodePointSetData::new::<Emoji>();
    let letter = letters.next()?;
    let is_picture =
        emoji.contains(letter) || CodePointSetData::new::<ExtendedPictographic>().contains(letter);
    if !is_picture || CodePointSetData::new::<RegionalIndicator>().contains(letter) {
        return None;
    }
    canonical.push(letter);
    if letter.is_ascii() {
        letters.next_if_eq(&KEYCAP)?;
        canonical.extend([EMOJI_SELECTOR, KEYCAP]);
        return Some(());
    }
    let tones = CodePointSetData::new::<EmojiModifier>();
    if let Some(tone) = letters.next_if(|next| tones.contains(*next)) {
        canonical.push(tone);
        return CodePointSetData::new::<EmojiModifierBase>().contains(letter).then_some(());
    }
    if letter == BLACK_FLAG {
        return tags(letters, canonical);
    }
    if emoji.contains(letter) && !CodePointSetData::new::<EmojiPresentation>().contains(letter) {
        canonical.push(EMOJI_SELECTOR);
    }
    Some(())
}

/// Reads the tags of a region after a black flag, if there are any.
fn tags(letters: &mut Peekable<Chars<'_>>, canonical: &mut String) -> Option<()> {
    let mut count = 0;
    let is_region =
        |tag: &char| matches!(tag, '\u{e0030}'..='\u{e0039}' | '\u{e0061}'..='\u{e007a}');
    while let Some(tag) = letters.next_if(is_region) {
        canonical.push(tag);
        count += 1;
    }
    if count == 0 {
        return Some(());
    }
    canonical.push(letters.next_if_eq(&CANCEL_TAG)?);
    (3..=6).contains(&count).then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_spellings_of_an_emoji_are_one() {
        for (canonical, spellings) in [
            ("❤\u{fe0f}", &["❤", "❤\u{fe0f}", "❤\u{fe0e}"][..]),
            ("👍", &["👍", "👍\u{fe0f}", "👍\u{fe0e}"]),
            ("👍🏽", &["👍🏽", "👍\u{fe0f}🏽"]),
            ("☝🏽", &["☝🏽", "☝\u{fe0f}🏽"]),
            ("☝\u{fe0f}", &["☝"]),
            ("1\u{fe0f}\u{20e3}", &["1\u{20e3}", "1\u{fe0f}\u{20e3}"]),
            ("👁\u{fe0f}\u{200d}🗨\u{fe0f}", &["👁\u{200d}🗨", "👁\u{200d}🗨\u{fe0f}"]),
            ("🏳\u{fe0f}\u{200d}🌈", &["🏳\u{200d}🌈", "🏳\u{fe0f}\u{200d}🌈"]),
            ("🏴\u{200d}☠\u{fe0f}", &["🏴\u{200d}☠"]),
            ("👩\u{200d}❤\u{fe0f}\u{200d}👨", &["👩\u{200d}❤\u{200d}👨"]),
            ("🕵🏽\u{200d}♂\u{fe0f}", &["🕵🏽\u{200d}♂"]),
            ("👨\u{200d}👩\u{200d}👧\u{200d}👦", &["👨\u{200d}👩\u{200d}👧\u{200d}👦"]),
            ("🇸🇪", &["🇸🇪", "🇸\u{fe0f}🇪"]),
            ("©\u{fe0f}", &["©"]),
            (
                "🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}",
                &["🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}"],
            ),
        ] {
            for spelling in spellings {
                assert_eq!(canonical_emoji(spelling).as_deref(), Some(canonical), "{spelling}");
            }
            assert_eq!(canonical_emoji(canonical).as_deref(), Some(canonical));
        }
    }

    #[test]
    fn what_is_not_one_emoji_is_refused() {
        let long = ["❤"; 20].join("\u{200d}");
        for text in [
            "",
            " ",
            "a",
            "1",
            "#",
            "ok",
            ":+1:",
            "👍👍",
            "👍 ",
            "👍a",
            "\u{fe0f}",
            "\u{200d}",
            "👍\u{200d}",
            "\u{200d}👍",
            "🇸",
            "🇸🇪🇸🇪",
            "😀🏽🏽",
            "🏴\u{e0067}",
            "👍\u{301}",
            "👍\u{202e}",
            "\u{2800}",
            &long,
        ] {
            assert_eq!(canonical_emoji(text), None, "{}", text.escape_unicode());
        }
    }
}
