//! What a query looks for in texts.

use memchr::memmem::Finder;

use super::{
    fold::{fold, fold_with_places},
    grams::{GramRange, is_beginning, is_sought_alone, needed},
};

/// The fewest characters of a word that is found within others.
const PART: usize = 3;

/// A word or a phrase to look for.
#[derive(Clone, Debug)]
pub struct Needle {
    folded: String,
    finder: Box<Finder<'static>>,
    /// True if it is found at the beginnings of words alone.
    begins: bool,
}

impl Needle {
    /// Creates the needle of a word. `None` if nothing of it counts.
    #[must_use]
    pub fn word(text: &str) -> Option<Self> {
        let folded = fold(text);
        let first = folded.chars().next()?;
        let begins = folded.chars().count() < PART && !is_sought_alone(first);
        Some(Self::new(folded, begins))
    }

    /// Creates the needle of a phrase. `None` if nothing of it counts.
    #[must_use]
    pub fn phrase(text: &str) -> Option<Self> {
        let folded = fold(text.trim());
        (!folded.is_empty()).then(|| Self::new(folded, false))
    }

    fn new(folded: String, begins: bool) -> Self {
        let finder = Box::new(Finder::new(&folded).into_owned());
        Self { folded, finder, begins }
    }

    /// Returns whether a folded text contains it.
    #[must_use]
    pub fn is_in(&self, folded: &str) -> bool {
        self.places(folded).next().is_some()
    }

    /// Returns the ranges of grams of which each text that contains it has one of each.
    #[must_use]
    pub fn grams(&self) -> Vec<GramRange> {
        needed(&self.folded, self.begins)
    }

    /// Returns where it is in a text, in characters.
    #[must_use]
    pub fn ranges(&self, text: &str) -> Vec<[u32; 2]> {
        let (folded, places) = fold_with_places(text);
        let length = self.folded.chars().count();
        // The characters before the last occurrence, which are counted once.
        let (mut bytes, mut chars) = (0, 0);
        let ranges = self.places(&folded).map(|at| {
            chars += folded[bytes..at].chars().count();
            bytes = at;
            let (here, after) = places[chars..].split_at(length);
            // Marks have their canonical order, not that of the text.
            let from = here.iter().copied().min().unwrap_or_default();
            let last = here.iter().copied().max().unwrap_or_default();
            // Marks that were dropped belong to the letter before them.
            let to = after.iter().find(|place| **place > last);
            [from, to.copied().unwrap_or(last + 1)]
        });
        ranges.collect()
    }

    /// Returns the bytes at which it is in a folded text, overlapping ones too.
    fn places<'a>(&'a self, folded: &'a str) -> impl Iterator<Item = usize> + 'a {
        let mut from = 0;
        let all = std::iter::from_fn(move || {
            let at = from + self.finder.find(folded.as_bytes().get(from..)?)?;
            // Its first character is at least one byte long, and no other begins within it.
            from = at + self.folded.chars().next()?.len_utf8();
            Some(at)
        });
        all.filter(|at| !self.begins || begins_at(folded, *at))
    }
}

fn begins_at(folded: &str, at: usize) -> bool {
    let before = folded[..at].chars().next_back();
    folded[at..].chars().next().is_some_and(|letter| is_beginning(before, letter))
}

/// Sorts ranges, and joins those that touch.
#[must_use]
pub fn merge(mut ranges: Vec<[u32; 2]>) -> Vec<[u32; 2]> {
    ranges.sort_unstable();
    let mut merged: Vec<[u32; 2]> = Vec::with_capacity(ranges.len());
    for [from, to] in ranges {
        match merged.last_mut() {
            Some([_, end]) if from <= *end => *end = to.max(*end),
            _ => merged.push([from, to]),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::base::search::grams_of;

    fn word(text: &str) -> Needle {
        Needle::word(text).unwrap()
    }

    fn phrase(text: &str) -> Needle {
        Needle::phrase(text).unwrap()
    }

    #[test]
    fn short_words_are_beginnings_and_longer_ones_any_part() {
        for (needle, text, ranges) in [
            ("ba", "bar foobar foo-bar", vec![[0, 2], [15, 17]]),
            ("bar", "Bar fooBAR", vec![[0, 3], [7, 10]]),
            ("a", "banana a", vec![[7, 8]]),
            ("ana", "banana", vec![[1, 4], [3, 6]]),
            ("schiff", "Donaudampfschiffahrt", vec![[10, 16]]),
            ("ss", "Straße ßa", vec![[7, 8]]),
            ("sse", "Straße", vec![[4, 6]]),
            ("e", "e\u{301}a", vec![[0, 2]]),
            ("漢", "x漢字", vec![[1, 2]]),
            ("각", "가각", vec![[1, 2]]),
            ("👍", "ok👍🏽", vec![[2, 3]]),
            ("c++", "(C++)", vec![[1, 4]]),
            ("+1", "+1 a+1", vec![[0, 2]]),
            ("\u{327}\u{323}1", "1\u{323}\u{327}1", vec![[1, 4]]),
            ("ят", "пʼять", vec![]),
            ("x", "", vec![]),
        ] {
            assert_eq!(word(needle).ranges(text), ranges, "{needle} in {text}");
            assert_eq!(word(needle).is_in(&fold(text)), !ranges.is_empty(), "{needle} in {text}");
        }
    }

    #[test]
    fn phrases_are_parts_of_texts() {
        assert_eq!(phrase("oo  Ba").ranges("foo\nbar"), [[1, 6]]);
        assert_eq!(phrase("a").ranges("banana"), [[1, 2], [3, 4], [5, 6]]);
        assert!(!phrase("foo bar").is_in("foo-bar"));
        // Marks that count are in their canonical order.
        assert_eq!(phrase("\u{327}\u{323}").ranges("1\u{323}\u{301}\u{327}"), [[1, 4]]);
    }

    #[test]
    fn what_has_nothing_that_counts_is_no_needle() {
        assert!(Needle::phrase("").is_none() && Needle::phrase(" ").is_none());
        assert!(Needle::word("\u{fe0f}").is_none());
    }

    #[test]
    fn ranges_that_touch_are_joined() {
        assert_eq!(merge(vec![[5, 6], [0, 2], [2, 3], [1, 2]]), [[0, 3], [5, 6]]);
    }

    /// Returns whether an index of grams leads to a text.
    fn is_led_to(needle: &Needle, folded: &str) -> bool {
        let grams = grams_of(folded);
        needle
            .grams()
            .iter()
            .all(|range| grams.iter().any(|gram| (range.0..=range.1).contains(gram)))
    }

    const TEXT: &str = "[abAB .\\-+é\u{301}ßか\u{3099}漢한ไทยкй👍🏽\\n]{0,30}";

    proptest! {
        #[test]
        fn an_index_leads_to_all_that_contains_a_needle(
            text in TEXT,
            from in 0usize..30,
            length in 1usize..6,
        ) {
            let part: String = text.chars().skip(from).take(length).collect();
            let folded = fold(&text);
            let needles = part.split_whitespace().map(Needle::word).chain([Needle::phrase(&part)]);
            for needle in needles.flatten() {
                if needle.is_in(&folded) {
                    prop_assert!(is_led_to(&needle, &folded), "{needle:?} in {folded:?}");
                }
            }
        }

        #[test]
        fn ranges_lie_in_the_text(text in TEXT, part in "[abé\u{301}ß漢한ไ👍]{1,3}") {
            let count = u32::try_from(text.chars().count()).unwrap();
            let ranges = Needle::word(&part).map(|needle| needle.ranges(&text));
            for [from, to] in ranges.unwrap_or_default() {
                prop_assert!(from < to && to <= count);
            }
        }
    }
}
