//! The search of the switcher: words of a query are found at the beginning of any word of a name,
//! inside of one, and at its beginning with a typo, in this order.

mod typo;

use std::ops::Range;

/// Folds a letter: its small form without accents, which may be several letters or none.
pub type Fold = fn(char) -> String;

/// The most words of a query that count.
const MAX_WORDS: usize = 5;
/// The most letters of a query that count.
const MAX_LETTERS: usize = 100;

/// A folded letter, and the place of its character in the text.
type Letter = (char, usize);

/// A text that can be searched: its folded words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words(Vec<Vec<Letter>>);

impl Words {
    /// Folds a text and splits it into words.
    #[must_use]
    pub fn new(text: &str, fold: Fold) -> Self {
        let mut words = vec![Vec::new()];
        for (place, letter) in text.chars().enumerate() {
            if letter.is_whitespace() || (letter.is_ascii() && !letter.is_ascii_alphanumeric()) {
                words.push(Vec::new());
            } else if let Some(word) = words.last_mut() {
                if letter.is_ascii() {
                    word.push((letter.to_ascii_lowercase(), place));
                } else {
                    word.extend(fold(letter).chars().map(|folded| (folded, place)));
                }
            }
        }
        words.retain(|word| !word.is_empty());
        Self(words)
    }

    /// Returns whether there is no word.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn letters(&self) -> impl Iterator<Item = Option<char>> {
        self.0.iter().flat_map(|word| std::iter::once(None).chain(letters(word).map(Some)))
    }
}

fn letters(word: &[Letter]) -> impl Iterator<Item = char> {
    word.iter().map(|(letter, _)| *letter)
}

/// Something that can be found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Candidate {
    /// The name, and the others by which it is found too. Only the first is shown.
    pub names: Vec<Words>,
    /// Those of a larger number come behind all of a smaller one that match as well.
    pub rank: u8,
    /// How many others were used since this one was; `None` if it never was.
    pub used: Option<usize>,
}

/// How well a word matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    /// The query is the whole name.
    Whole,
    /// A word begins so.
    Beginning,
    /// It is inside of a word.
    Inside,
    /// A word begins so, but for a typo.
    Typo,
}

/// The order of what was found: the best match first, and of equal ones the most recent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Score {
    fit: Fit,
    rank: u8,
    used: usize,
    /// Found by another name than the one shown.
    by_other: bool,
    /// The first matching word.
    word: usize,
}

/// A candidate that matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The place among the candidates.
    pub index: usize,
    /// The order among all that was found.
    pub score: Score,
    /// The characters of the shown name that match, in order.
    pub marks: Vec<Range<usize>>,
}

/// Finds the candidates that match all words of a query, the best first.
#[must_use]
pub fn search(query: &str, candidates: &[Candidate], fold: Fold) -> Vec<Found> {
    find(query, candidates, fold, Fit::Typo)
}

/// Finds the candidates of which words begin with those of a query, the best first.
#[must_use]
pub fn beginning(query: &str, candidates: &[Candidate], fold: Fold) -> Vec<Found> {
    find(query, candidates, fold, Fit::Beginning)
}

/// Finds the candidates that match all words of a query at least as well as `worst`.
fn find(query: &str, candidates: &[Candidate], fold: Fold, worst: Fit) -> Vec<Found> {
    let query: String = query.chars().take(MAX_LETTERS).collect();
    let mut query = Words::new(&query, fold);
    query.0.truncate(MAX_WORDS);
    if query.is_empty() {
        return Vec::new();
    }
    let found = |(index, candidate)| match_all(&query, index, candidate, worst);
    let mut found: Vec<_> = candidates.iter().enumerate().filter_map(found).collect();
    found.sort_by_key(|found| found.score);
    found
}

fn match_all(query: &Words, index: usize, candidate: &Candidate, worst: Fit) -> Option<Found> {
    let mut score = Score {
        fit: Fit::Whole,
        rank: candidate.rank,
        used: candidate.used.unwrap_or(usize::MAX),
        by_other: false,
        word: usize::MAX,
    };
    let mut marks: Vec<Range<usize>> = Vec::new();
    for wanted in &query.0 {
        let best = best_word(wanted, candidate, worst)?;
        score.fit = score.fit.max(best.fit);
        score.word = score.word.min(best.word);
        match best.name {
            0 => marks.push(best.place.0..best.place.1),
            _ => score.by_other = true,
        }
    }
    if candidate.names.iter().any(|name| name.letters().eq(query.letters())) {
        score.fit = Fit::Whole;
    }
    Some(Found { index, score, marks: merged(marks) })
}

/// Where a word of the query matches.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Match {
    fit: Fit,
    name: usize,
    word: usize,
    /// The first character of the name that matches, and the one after the last.
    place: (usize, usize),
}

fn best_word(wanted: &[Letter], candidate: &Candidate, worst: Fit) -> Option<Match> {
    let names = candidate.names.iter().enumerate();
    let words = names.flat_map(|(name, words)| {
        words.0.iter().enumerate().map(move |(word, letters)| (name, word, letters))
    });
    let matches = words.filter_map(|(name, word, letters)| {
        let (fit, range) = fit(wanted, letters, worst)?;
        let matching = &letters[range];
        let place = (matching.first()?.1, matching.last()?.1 + 1);
        Some(Match { fit, name, word, place })
    });
    matches.min()
}

/// Returns how a word of the query matches a word, and which of its letters.
fn fit(wanted: &[Letter], word: &[Letter], worst: Fit) -> Option<(Fit, Range<usize>)> {
    let is_at = |start: usize| {
        let rest = &word[start..];
        rest.len() >= wanted.len() && letters(rest).zip(letters(wanted)).all(|(a, b)| a == b)
    };
    if is_at(0) {
        return Some((Fit::Beginning, 0..wanted.len()));
    }
    if worst == Fit::Beginning {
        return None;
    }
    if let Some(start) = (1..word.len()).find(|start| is_at(*start)) {
        return Some((Fit::Inside, start..start + wanted.len()));
    }
    let end = typo::prefix(wanted, word)?;
    Some((Fit::Typo, 0..end))
}

/// Returns the ranges in order, those that touch as one.
fn merged(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    ranges.sort_by_key(|range| (range.start, range.end));
    let mut merged: Vec<Range<usize>> = Vec::new();
    for range in ranges {
        match merged.last_mut() {
            Some(last) if last.end >= range.start => last.end = last.end.max(range.end),
            _ => merged.push(range),
        }
    }
    merged
}

/// Splits a text at the marks. Returns each piece, and whether it is marked.
#[must_use]
pub fn pieces(text: &str, marks: &[Range<usize>]) -> Vec<(String, bool)> {
    let is_marked = |place: usize| marks.iter().any(|range| range.contains(&place));
    let mut pieces: Vec<(String, bool)> = Vec::new();
    for (place, letter) in text.chars().enumerate() {
        match pieces.last_mut() {
            Some((piece, marked)) if *marked == is_marked(place) => piece.push(letter),
            _ => pieces.push((letter.to_string(), is_marked(place))),
        }
    }
    pieces
}

#[cfg(test)]
mod tests;
