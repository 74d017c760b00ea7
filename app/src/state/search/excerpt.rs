//! What is shown of a text that was found: the part around the first match, with the matches
//! marked.

use std::ops::Range;

use protocol::{
    File, Message,
    search::{Query, Term},
};

use crate::state::switcher::Fold;

/// The most characters of a text that are shown.
const MAX_CHARS: usize = 320;
/// The characters before the first match, in a text that is longer.
const BEFORE: usize = 80;
/// The characters among which a part of a text begins or ends between words.
const SLACK: usize = 20;

/// A piece of a text, and whether it is a match.
pub type Piece = (String, bool);

/// Returns the part of a text around the first match. The ranges count characters, and are in
/// order.
#[must_use]
pub fn excerpt(text: &str, ranges: &[[u32; 2]]) -> Vec<Piece> {
    let letters: Vec<char> = text.chars().collect();
    let ranges = ranges.iter().map(|[from, to]| *from as usize..*to as usize);
    let part = part_of(&letters, ranges.clone().next().unwrap_or_default());
    let mut pieces = pieces(&letters, part.clone(), ranges);
    if part.start > 0 {
        pieces.insert(0, ("…".to_owned(), false));
    }
    if part.end < letters.len() {
        pieces.push(("…".to_owned(), false));
    }
    pieces
}

/// Returns the part of a text that is shown.
fn part_of(letters: &[char], first: Range<usize>) -> Range<usize> {
    if letters.len() <= MAX_CHARS {
        return 0..letters.len();
    }
    let start = first.start.saturating_sub(BEFORE).min(letters.len() - MAX_CHARS);
    let end = start + MAX_CHARS;
    let is_space = |place: &usize| letters[*place].is_whitespace();
    let start = match (start..(start + SLACK).min(first.start)).find(is_space) {
        Some(space) if start > 0 => space + 1,
        _ => start,
    };
    let is_cut = end < letters.len();
    let end = (end - SLACK..end).rev().find(is_space).filter(|_| is_cut).unwrap_or(end);
    start..end
}

/// Returns the pieces of a part of a text.
fn pieces(
    letters: &[char],
    part: Range<usize>,
    ranges: impl Iterator<Item = Range<usize>>,
) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut add = |range: Range<usize>, is_match: bool| {
        if !range.is_empty() {
            pieces.push((letters[range].iter().collect::<String>(), is_match));
        }
    };
    let mut done = part.start;
    for range in ranges {
        let range = range.start.clamp(done, part.end)..range.end.clamp(done, part.end);
        if range.is_empty() {
            continue;
        }
        add(done..range.start, false);
        done = range.end;
        add(range, true);
    }
    add(done..part.end, false);
    pieces
}

/// Returns the names of the files of a message, with what a query finds in them.
#[must_use]
pub fn file_names(message: &Message, query: &str, fold: Fold) -> Vec<Vec<Piece>> {
    let sought: Vec<Vec<char>> = Query::parse(query)
        .conditions
        .into_iter()
        .filter(|condition| !condition.excludes)
        .filter_map(|condition| match condition.term {
            Term::Word(text) | Term::Phrase(text) => Some(text),
            Term::Operator(..) => None,
        })
        .map(|text| text.chars().flat_map(|it| fold(it).chars().collect::<Vec<_>>()).collect())
        .filter(|folded: &Vec<char>| !folded.is_empty())
        .collect();
    message.files.iter().map(|file| marked_name(file, &sought, fold)).collect()
}

fn marked_name(file: &File, sought: &[Vec<char>], fold: Fold) -> Vec<Piece> {
    let letters: Vec<char> = file.name.chars().collect();
    let folded: Vec<(char, usize)> = letters
        .iter()
        .enumerate()
        .flat_map(|(place, it)| fold(*it).chars().map(|it| (it, place)).collect::<Vec<_>>())
        .collect();
    let mut ranges = Vec::new();
    for word in sought {
        for found in folded.windows(word.len()) {
            if found.iter().map(|(letter, _)| letter).eq(word)
                && let (Some((_, first)), Some((_, last))) = (found.first(), found.last())
            {
                ranges.push(*first..*last + 1);
            }
        }
    }
    ranges.sort_by_key(|range| range.start);
    pieces(&letters, 0..letters.len(), ranges.into_iter())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns a text with brackets around its matches.
    fn shown(pieces: Vec<Piece>) -> String {
        let piece = |(text, is_match): (String, bool)| match is_match {
            true => format!("[{text}]"),
            false => text,
        };
        pieces.into_iter().map(piece).collect()
    }

    #[test]
    fn matches_are_marked_by_characters() {
        let text = "👍 élan vital";
        assert_eq!(shown(excerpt(text, &[[2, 6], [7, 10]])), "👍 [élan] [vit]al");
        assert_eq!(shown(excerpt(text, &[])), text);
        assert_eq!(shown(excerpt("ab", &[[0, 9]])), "[ab]", "a range beyond the end");
        assert_eq!(shown(excerpt("", &[[0, 1]])), "");
        assert_eq!(shown(excerpt("abcd", &[[0, 2], [1, 3]])), "[ab][c]d");
    }

    #[test]
    fn of_a_long_text_the_part_around_the_first_match_is_shown() {
        let text = format!("{}needle {}", "before ".repeat(100), "after ".repeat(100));
        let at = u32::try_from(text.find("needle").unwrap()).unwrap();
        let part = shown(excerpt(&text, &[[at, at + 6]]));
        assert!(part.starts_with("…before ") && part.ends_with("after…"), "{part}");
        assert!(part.contains(" [needle] after"), "{part}");
        assert!(part.chars().count() <= MAX_CHARS + 4, "{part}");
        let head = shown(excerpt(&text, &[[0, 6]]));
        assert!(head.starts_with("[before] ") && head.ends_with("before…"), "{head}");
        let end = u32::try_from(text.len()).unwrap();
        let tail = shown(excerpt(&text, &[[end - 6, end - 1]]));
        assert!(tail.ends_with("after [after] "), "{tail}");
        let one_word = "x".repeat(1_000);
        assert_eq!(shown(excerpt(&one_word, &[])).chars().count(), MAX_CHARS + 1);
    }

    #[test]
    fn names_of_files_are_marked() {
        let file = |name: &str| File { name: name.to_owned(), ..File::default() };
        let message =
            Message { files: vec![file("Plan 2.TXT"), file("été.png")], ..Message::default() };
        let fold: Fold = |letter| match letter {
            'é' => "e".to_owned(),
            letter => letter.to_lowercase().collect(),
        };
        let names = |query| file_names(&message, query, fold).into_iter().map(shown);
        assert_eq!(names("plan -png txt").collect::<Vec<_>>(), ["[Plan] 2.[TXT]", "été.png"]);
        assert_eq!(names("ETE from:ada").collect::<Vec<_>>(), ["Plan 2.TXT", "[été].png"]);
    }
}
