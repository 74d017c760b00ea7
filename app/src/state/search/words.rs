//! The words of a query as they are typed: the one at the caret, and operators that buttons set
//! and take away.

use std::ops::Range;

use protocol::search::Operator;

/// The days that have a name in queries.
const NAMED_DAYS: [&str; 2] = ["today", "yesterday"];

/// Operators of other programs, with those that mean the same here.
const MISTAKEN: [(&str, Operator); 12] = [
    ("to", Operator::In),
    ("room", Operator::In),
    ("channel", Operator::In),
    ("by", Operator::From),
    ("user", Operator::From),
    ("author", Operator::From),
    ("sender", Operator::From),
    ("with", Operator::From),
    ("date", Operator::On),
    ("during", Operator::On),
    ("since", Operator::After),
    ("until", Operator::Before),
];

/// A word of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// Where it stands, in bytes, without the minus before it.
    pub range: Range<usize>,
    /// True if a minus stands before it.
    pub excludes: bool,
    /// Its operator, if it has one.
    pub operator: Option<Operator>,
    /// What follows the operator; without one, the whole word. A phrase has its quotes.
    pub value: String,
}

impl Word {
    /// Returns where it stands, with the minus before it.
    fn whole(&self) -> Range<usize> {
        self.range.start - usize::from(self.excludes)..self.range.end
    }

    /// Returns whether it is an operator that waits for its value.
    #[must_use]
    pub fn is_begun(&self) -> bool {
        self.operator.is_some() && self.value.is_empty()
    }

    /// Returns whether its value is one of few, or a day: others are not searched for.
    #[must_use]
    pub fn is_fixed(&self) -> bool {
        self.operator.is_some_and(|it| it.is_day() || !it.values().is_empty())
    }

    /// Returns whether its value can be searched for. That of an operator is not while it is typed.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        match self.operator {
            Some(operator) if operator.is_day() => is_day(&self.value),
            Some(operator) if !operator.values().is_empty() => {
                operator.values().iter().any(|value| value.eq_ignore_ascii_case(&self.value))
            }
            _ => true,
        }
    }
}

/// Returns whether a value is a day: `2026-11-30`, `today` or `yesterday`.
fn is_day(value: &str) -> bool {
    if NAMED_DAYS.iter().any(|name| name.eq_ignore_ascii_case(value)) {
        return true;
    }
    let is_fit = |(place, byte): (usize, u8)| match place {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    };
    value.len() == 10 && value.bytes().enumerate().all(is_fit)
}

/// Returns the words of a query, as [`Query`](protocol::search::Query) reads it.
#[must_use]
pub fn words(query: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut at = 0;
    while let Some(begin) = query[at..].find(|letter: char| !letter.is_whitespace()) {
        let begin = at + begin;
        let excludes = query[begin..].starts_with('-');
        let start = begin + usize::from(excludes);
        let rest = &query[start..];
        let length = match rest.strip_prefix('"') {
            Some(phrase) => phrase.find('"').map_or(rest.len(), |end| end + 2),
            None => rest.find(char::is_whitespace).unwrap_or(rest.len()),
        };
        let (text, after) = rest.split_at(length);
        at = start + length;
        let (operator, value) = match Operator::read(text) {
            Some((operator, "")) => {
                let value = Operator::value_after(after).unwrap_or_default();
                at += value.end;
                (Some(operator), &after[value])
            }
            Some((operator, value)) => (Some(operator), value),
            None => (None, text),
        };
        let value = value.to_owned();
        words.push(Word { range: start..at, excludes, operator, value });
    }
    words
}

/// Returns the word that ends at the caret, up to which it is typed. A phrase is none.
#[must_use]
pub fn word_at(query: &str, caret: usize) -> Option<Word> {
    let word = words(query.get(..caret)?).pop()?;
    (word.range.end == caret && !word.value.starts_with('"')).then_some(word)
}

/// Returns a query with a completion in place of the word that ends at the caret, and the caret
/// after it. An operator waits for its value; after a value comes a space.
#[must_use]
pub fn complete(query: &str, word: &Word, completion: &str) -> (String, usize) {
    let tail = &query[word.range.end..];
    // What follows the caret up to the next space belongs to the word.
    let tail = &tail[tail.find(char::is_whitespace).unwrap_or(tail.len())..];
    let gap = if completion.ends_with(':') || tail.starts_with(' ') { "" } else { " " };
    let head = &query[..word.range.start];
    let done = format!("{head}{completion}{gap}{tail}");
    let step = usize::from(!completion.ends_with(':'));
    (done, word.range.start + completion.len() + step)
}

/// Returns the first value of one of these operators that is not excluded.
#[must_use]
pub fn value_of(query: &str, operators: &[Operator]) -> Option<(Operator, String)> {
    words(query).into_iter().find_map(|word| {
        let operator = word.operator.filter(|it| operators.contains(it) && !word.excludes)?;
        (!word.value.is_empty()).then_some((operator, word.value))
    })
}

/// Returns whether a query has an operator with this value.
#[must_use]
pub fn has(query: &str, operator: Operator, value: &str) -> bool {
    words(query).iter().any(|word| is_word(word, &[operator], Some(value)))
}

fn is_word(word: &Word, operators: &[Operator], value: Option<&str>) -> bool {
    !word.excludes
        && word.operator.is_some_and(|operator| operators.contains(&operator))
        && value.is_none_or(|value| word.value.eq_ignore_ascii_case(value))
}

/// Returns a query without these operators, or only without those of a value.
#[must_use]
pub fn without(query: &str, operators: &[Operator], value: Option<&str>) -> String {
    let kept = words(query).into_iter().filter(|word| !is_word(word, operators, value));
    let kept: Vec<_> = kept.map(|word| query[word.whole()].to_owned()).collect();
    kept.join(" ")
}

/// Returns the first word of a query that looks like an operator but is searched for as a word,
/// with the operator that may be meant.
#[must_use]
pub fn mistaken(query: &str) -> Option<(Word, Operator)> {
    words(query).into_iter().find_map(|word| {
        let (name, _) = word.value.split_once(':').filter(|_| word.operator.is_none())?;
        let is_named = |(other, _): &&(&str, Operator)| name.eq_ignore_ascii_case(other);
        let (_, operator) = MISTAKEN.iter().find(is_named)?;
        Some((word, *operator))
    })
}

/// Returns a query with another operator in place of what stands before the colon of a word.
#[must_use]
pub fn corrected(query: &str, word: &Word, operator: Operator) -> String {
    let (head, tail) = query.split_at(word.range.start);
    let (_, value) = tail.split_once(':').unwrap_or_default();
    format!("{head}{}:{value}", operator.as_str())
}

/// Returns a query without a word, and the caret where that stood.
#[must_use]
pub fn cut(query: &str, word: &Word) -> (String, usize) {
    let Range { start, end } = word.whole();
    let (head, tail) = (&query[..start], &query[end..]);
    let tail = if head.is_empty() || head.ends_with(' ') { tail.trim_start() } else { tail };
    (format!("{head}{tail}"), start)
}

/// Returns a query with something more at its end, in place of operators that have no value.
#[must_use]
pub fn with(query: &str, word: &str) -> String {
    let mut query = query.to_owned();
    while let Some(begun) = words(&query).iter().find(|word| word.is_begun()) {
        query = cut(&query, begun).0;
    }
    match query.trim_end() {
        "" => word.to_owned(),
        query => format!("{query} {word}"),
    }
}

#[cfg(test)]
mod tests {
    use protocol::search::{Condition, Query, Term};

    use super::*;

    #[test]
    fn words_are_read_as_the_server_reads_them() {
        for query in [
            "",
            "  release  notes ",
            "from:ada -in:general \"a phrase\" -\"not this\" HAS:file",
            "\"open phrase",
            "a:b from: is:pinned",
            "-from:  ada x in: \"a b\" is: -x",
            "x on: 2026-11-30",
            "in:\u{3000}général",
            "- -- été:x",
            "\"a\"b c",
        ] {
            let read = Query::parse(query).conditions;
            let known = words(query).into_iter().filter_map(|word| {
                let term = match (word.operator, word.value.strip_prefix('"')) {
                    (Some(_), _) if word.value.is_empty() => return None,
                    (Some(operator), _) => Term::Operator(operator, word.value),
                    (None, Some(phrase)) => {
                        Term::Phrase(phrase.trim_end_matches('"').trim().to_owned())
                    }
                    (None, None) if word.value.is_empty() => return None,
                    (None, None) => Term::Word(word.value),
                };
                Some(Condition { excludes: word.excludes, term })
            });
            assert_eq!(known.collect::<Vec<_>>(), read, "{query}");
        }
    }

    #[test]
    fn the_word_at_the_caret_is_completed() {
        let at = |text: &str| {
            let caret = text.find('|').unwrap();
            let query = text.replace('|', "");
            word_at(&query, caret).map(|word| (query, word))
        };
        let (query, word) = at("notes from:ad|a x").unwrap();
        assert_eq!((word.operator, word.value.as_str()), (Some(Operator::From), "ad"));
        assert_eq!(complete(&query, &word, "from:adam"), ("notes from:adam x".to_owned(), 16));
        let (query, word) = at("-fr|").unwrap();
        assert!(word.excludes && word.operator.is_none());
        assert_eq!(complete(&query, &word, "from:"), ("-from:".to_owned(), 6));
        let (query, word) = at("in:|").unwrap();
        assert_eq!(complete(&query, &word, "in:general"), ("in:general ".to_owned(), 11));
        let (query, word) = at("a from: ad|a").unwrap();
        assert_eq!((word.operator, word.value.as_str()), (Some(Operator::From), "ad"));
        assert_eq!(complete(&query, &word, "from:ada"), ("a from:ada ".to_owned(), 11));
        for none in ["|", "a |", "\"a b|", "a |b"] {
            assert_eq!(at(none), None, "{none}");
        }
    }

    #[test]
    fn a_word_is_cut_out() {
        let cut_at = |query: &str, place: usize| cut(query, &words(query)[place]);
        assert_eq!(cut_at("from:", 0), (String::new(), 0));
        assert_eq!(cut_at("notes -from:", 1), ("notes ".to_owned(), 6));
        assert_eq!(cut_at("notes from: -x", 1), ("notes -x".to_owned(), 6));
    }

    #[test]
    fn operators_of_other_programs_are_corrected() {
        let correct = |query: &str| {
            let (word, operator) = mistaken(query)?;
            Some(corrected(query, &word, operator))
        };
        for (query, corrected) in [
            ("notes to:general x", Some("notes in:general x")),
            ("-User:ada", Some("-from:ada")),
            ("with: bo", Some("from: bo")),
            ("date:today room:x", Some("on:today room:x")),
            ("room:x:y", Some("in:x:y")),
            ("from:by:ada", None),
            ("\"to:general\" https://x to :to", None),
        ] {
            assert_eq!(correct(query).as_deref(), corrected, "{query}");
        }
    }

    #[test]
    fn a_value_that_is_being_typed_is_not_searched_for() {
        for (word, is_finished) in [
            ("release", true),
            ("from:a", true),
            ("in:", true),
            ("has:fi", false),
            ("has:FILE", true),
            ("is:", false),
            ("on:2026-11", false),
            ("on:2026-11-30", true),
            ("on:yester", false),
            ("after:Yesterday", true),
            ("before:2026/11/30", false),
        ] {
            assert_eq!(words(word)[0].is_finished(), is_finished, "{word}");
        }
    }

    #[test]
    fn operators_are_set_and_taken_away() {
        let days = [Operator::Before, Operator::After, Operator::On];
        let query = "notes  has:file after:2026-10-01 -has:link \"a  b\"";
        assert!(has(query, Operator::Has, "file") && !has(query, Operator::Has, "link"));
        let after = (Operator::After, "2026-10-01".to_owned());
        assert_eq!(value_of(query, &days), Some(after));
        assert_eq!(value_of("from: -x", &[Operator::From]), None);
        assert!(has("mentions: me", Operator::Mentions, "me"));
        assert_eq!(without(query, &days, None), "notes has:file -has:link \"a  b\"");
        assert_eq!(without("has:file has:link", &[Operator::Has], Some("file")), "has:link");
        assert_eq!(with("notes ", "is:pinned"), "notes is:pinned");
        assert_eq!(with("", "from:"), "from:");
        assert_eq!(with("in: from:", "from:"), "from:", "they wait for a value");
        assert_eq!(with("from: ada -in:", "has:"), "from: ada has:");
    }
}
