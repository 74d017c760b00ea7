//! The rule for names of users and rooms: every character can be seen, and none hides another.

use icu_properties::{
    CodePointMapData, CodePointSetData,
    props::{
        CanonicalCombiningClass, Emoji, EmojiModifier, ExtendedPictographic, GeneralCategory,
        IndicSyllabicCategory, JoiningType, PrependedConcatenationMark, VariationSelector,
    },
};

use super::{
    has_chars,
    visible::{is_blank, is_ignorable, is_unmarked_blank, is_visible},
};

/// Most nonspacing marks on one letter (UTS 39, section 5.4). No language needs more.
const MAX_MARKS: usize = 4;

const JOINER: char = '\u{200d}';
const NON_JOINER: char = '\u{200c}';
/// The selectors of the text form and of the emoji form of a character.
const TEXT_SELECTOR: char = '\u{fe0e}';
const EMOJI_SELECTOR: char = '\u{fe0f}';
/// The frame around a digit, `#` or `*`.
const KEYCAP: char = '\u{20e3}';
/// The base of flags of regions, which tags follow.
const BLACK_FLAG: char = '\u{1f3f4}';
/// The last tag of a flag.
const CANCEL_TAG: char = '\u{e007f}';

/// Returns whether `name` is valid as the name of a user or a room: 1 to `max` characters, at least
/// one of them visible, and none that is invisible, stacks marks on a letter without end, or
/// changes the direction of the text around it. The name must be in normal form C.
///
/// Joiners and variation selectors are accepted where they change what is shown: in emoji and in
/// scripts that join their letters.
///
/// ```
/// assert!(protocol::text::is_name("Ada Lovelace", 64));
/// assert!(protocol::text::is_name("👩🏽‍💻 می‌خواهم", 64));
/// assert!(!protocol::text::is_name("Ada\u{202e}", 64));
/// assert!(!protocol::text::is_name("Ad\u{200d}a", 64));
/// assert!(!protocol::text::is_name("\u{200d}", 64));
/// ```
#[must_use]
pub fn is_name(name: &str, max: usize) -> bool {
    has_chars(name, 1, max) && !is_blank(name) && is_legible(name)
}

/// Returns whether `line` is valid as a line about a room: empty, or like a name of at most `max`
/// characters.
///
/// ```
/// assert!(protocol::text::is_line("", 250));
/// assert!(protocol::text::is_line("What comes next", 250));
/// assert!(!protocol::text::is_line("What comes\u{2028}next", 250));
/// assert!(!protocol::text::is_line("\u{200b}", 250));
/// ```
#[must_use]
pub fn is_line(line: &str, max: usize) -> bool {
    line.is_empty() || is_name(line, max)
}

/// Returns whether the characters of a line are those of names, however many they are. A blank
/// line is legible.
///
/// ```
/// assert!(protocol::text::is_legible("  "));
/// assert!(!protocol::text::is_legible("Ada\u{202e}"));
/// assert!(!protocol::text::is_legible("Ada\nLovelace"));
/// ```
#[must_use]
pub fn is_legible(line: &str) -> bool {
    let letters: Vec<char> = line.chars().collect();
    (0..letters.len()).all(|at| is_fitting(&letters[..at], letters[at], &letters[at + 1..]))
}

/// Returns a line without the characters that are not legible where they stand.
///
/// ```
/// assert_eq!(protocol::text::only_legible("Ad\u{200b}a\u{202e}"), "Ada");
/// assert_eq!(protocol::text::only_legible("👩🏽‍💻"), "👩🏽‍💻");
/// ```
#[must_use]
pub fn only_legible(line: &str) -> String {
    let mut letters: Vec<char> = line.chars().collect();
    loop {
        let fits = |at: &usize| is_fitting(&letters[..*at], letters[*at], &letters[at + 1..]);
        let kept: Vec<_> = (0..letters.len()).filter(fits).map(|at| letters[at]).collect();
        if kept.len() == letters.len() {
            return kept.into_iter().collect();
        }
        letters = kept; // some of them may have fitted beside what is gone
    }
}

/// Returns whether a character may stand between these.
fn is_fitting(before: &[char], letter: char, after: &[char]) -> bool {
    if letter == ' ' || letter.is_ascii_graphic() {
        return true;
    }
    if is_unmarked_blank(letter) {
        return false;
    }
    if matches!(letter, JOINER | NON_JOINER) {
        return is_joining(before, letter, after);
    }
    if CodePointSetData::new::<VariationSelector>().contains(letter) {
        return is_selecting(before.last().copied(), letter, after.first().copied());
    }
    if syllabic(letter) == IndicSyllabicCategory::InvisibleStacker {
        return is_stacking(before, after);
    }
    if is_tag(letter) {
        return is_in_flag(before, letter, after);
    }
    if is_ignorable(letter) {
        return false;
    }
    match category(letter) {
        GeneralCategory::Format => {
            CodePointSetData::new::<PrependedConcatenationMark>().contains(letter)
        }
        GeneralCategory::Control
        | GeneralCategory::LineSeparator
        | GeneralCategory::ParagraphSeparator
        | GeneralCategory::PrivateUse
        | GeneralCategory::Surrogate
        | GeneralCategory::Unassigned => false,
        GeneralCategory::SpacingMark => has_base(before),
        GeneralCategory::NonspacingMark | GeneralCategory::EnclosingMark => {
            has_base(before) && before.last() != Some(&letter) && count_marks(before) < MAX_MARKS
        }
        _ => true,
    }
}

fn category(letter: char) -> GeneralCategory {
    CodePointMapData::<GeneralCategory>::new().get(letter)
}

fn syllabic(letter: char) -> IndicSyllabicCategory {
    CodePointMapData::<IndicSyllabicCategory>::new().get(letter)
}

/// Returns whether a sign between these, which shows nothing itself, stacks the letter after it
/// under the one before.
fn is_stacking(before: &[char], after: &[char]) -> bool {
    let stacks = |letter: Option<&char>| {
        letter.is_some_and(|letter| {
            let category = syllabic(*letter);
            category != IndicSyllabicCategory::Other
                && category != IndicSyllabicCategory::InvisibleStacker
        })
    };
    stacks(before.last())
        && stacks(after.first())
        && after.first().is_some_and(|at| is_visible(*at))
}

/// Returns whether a mark that follows has something to stand on.
fn has_base(before: &[char]) -> bool {
    before.last().is_some_and(|last| !last.is_whitespace())
}

/// Counts the nonspacing marks since the last letter.
fn count_marks(before: &[char]) -> usize {
    let since_letter = before.iter().rev().take_while(|letter| {
        is_ignorable(**letter)
            || matches!(
                category(**letter),
                GeneralCategory::NonspacingMark
                    | GeneralCategory::EnclosingMark
                    | GeneralCategory::SpacingMark
            )
    });
    since_letter
        .filter(|letter| {
            matches!(
                category(**letter),
                GeneralCategory::NonspacingMark | GeneralCategory::EnclosingMark
            )
        })
        .count()
}

/// Returns whether a joiner or non-joiner changes how its neighbours are shown: after or before a
/// virama, among letters that join each other, or between two emoji.
fn is_joining(before: &[char], joiner: char, after: &[char]) -> bool {
    let is_virama = |letter: &char| {
        CodePointMapData::<CanonicalCombiningClass>::new().get(*letter)
            == CanonicalCombiningClass::Virama
    };
    let (last, next) = (before.last(), after.first());
    if last.is_some_and(is_virama) {
        return true;
    }
    let (Some(last), Some(next)) = (last, next) else { return false };
    if is_virama(next) {
        return is_visible(*last);
    }
    let pictographs = CodePointSetData::new::<ExtendedPictographic>();
    let ends_emoji = *last == EMOJI_SELECTOR
        || pictographs.contains(*last)
        || CodePointSetData::new::<EmojiModifier>().contains(*last);
    if joiner == JOINER && ends_emoji && pictographs.contains(*next) {
        return true;
    }
    let joining = |letter: &char| CodePointMapData::<JoiningType>::new().get(*letter);
    let is_solid = |letter: &&char| joining(letter) != JoiningType::Transparent;
    let joins = |letter: Option<&char>| {
        letter.is_some_and(|letter| {
            !matches!(*letter, JOINER | NON_JOINER) && joining(letter) != JoiningType::NonJoining
        })
    };
    *last != joiner
        && joins(before.iter().rev().find(is_solid))
        && joins(after.iter().find(is_solid))
}

/// Returns whether a variation selector may change how the character before it is shown. Those of
/// text and emoji do so for emoji only, and none does for a letter of ASCII.
fn is_selecting(last: Option<char>, selector: char, next: Option<char>) -> bool {
    match last {
        Some(last) if last.is_ascii() => selector == EMOJI_SELECTOR && next == Some(KEYCAP),
        Some(last) if matches!(selector, TEXT_SELECTOR | EMOJI_SELECTOR) => {
            CodePointSetData::new::<Emoji>().contains(last)
                || CodePointSetData::new::<ExtendedPictographic>().contains(last)
        }
        last => last.is_some_and(is_visible),
    }
}

fn is_tag(letter: char) -> bool {
    matches!(letter, '\u{e0020}'..=CANCEL_TAG)
}

/// Returns whether a tag is part of a well-formed flag of a region, such as that of Scotland: a
/// black flag, the tags of three to six letters and digits, and the tag that ends them.
fn is_in_flag(before: &[char], tag: char, after: &[char]) -> bool {
    let begin = before.iter().rposition(|letter| !is_tag(*letter));
    let Some(begin) = begin.filter(|begin| before[*begin] == BLACK_FLAG) else { return false };
    let tags = before[begin + 1..].iter().chain([&tag]).chain(after).take_while(|at| is_tag(**at));
    let tags: Vec<char> = tags.copied().collect();
    let Some((&CANCEL_TAG, region)) = tags.split_last() else { return false };
    let is_region =
        |tag: &char| matches!(tag, '\u{e0030}'..='\u{e0039}' | '\u{e0061}'..='\u{e007a}');
    (3..=6).contains(&region.len()) && region.iter().all(is_region)
}

#[cfg(test)]
mod tests;
