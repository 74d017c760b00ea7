//! Reads queries. Every text is a query; values are checked by whoever searches.

use std::ops::Range;

/// A query.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// The conditions, in order.
    pub conditions: Vec<Condition>,
}

/// A condition on messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// True if it takes away what it would find.
    pub excludes: bool,
    /// What it finds.
    pub term: Term,
}

/// What a condition finds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Term {
    /// A word.
    Word(String),
    /// A part of the text.
    Phrase(String),
    /// An operator with its value.
    Operator(Operator, String),
}

/// An operator of queries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `from:`, the author.
    From,
    /// `in:`, the room.
    In,
    /// `before:` a day.
    Before,
    /// `after:` a day.
    After,
    /// `on:` a day.
    On,
    /// `has:`, what the message has.
    Has,
    /// `is:`, what the message is.
    Is,
    /// `mentions:`, whom it mentions.
    Mentions,
}

impl Operator {
    /// All operators.
    pub const ALL: [Self; 8] = [
        Self::From,
        Self::In,
        Self::Before,
        Self::After,
        Self::On,
        Self::Has,
        Self::Is,
        Self::Mentions,
    ];

    /// Returns its name, without the colon.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::From => "from",
            Self::In => "in",
            Self::Before => "before",
            Self::After => "after",
            Self::On => "on",
            Self::Has => "has",
            Self::Is => "is",
            Self::Mentions => "mentions",
        }
    }

    /// Reads a word that begins with an operator. Returns it and what follows its colon.
    #[must_use]
    pub fn read(word: &str) -> Option<(Self, &str)> {
        let (name, value) = word.split_once(':')?;
        let is_named = |operator: &Self| name.eq_ignore_ascii_case(operator.as_str());
        Self::ALL.into_iter().find(is_named).map(|operator| (operator, value))
    }

    /// Returns where in the text after an operator without a value its value stands, as in
    /// `from: ada`: the next word, unless that is a condition of its own.
    #[must_use]
    pub fn value_after(text: &str) -> Option<Range<usize>> {
        let word = text.trim_start();
        let start = text.len() - word.len();
        let word = &word[..word.find(char::is_whitespace).unwrap_or(word.len())];
        let is_value =
            !word.is_empty() && !word.starts_with(['-', '"']) && Self::read(word).is_none();
        is_value.then(|| start..start + word.len())
    }

    /// Returns whether its value is a day.
    #[must_use]
    pub fn is_day(self) -> bool {
        matches!(self, Self::Before | Self::After | Self::On)
    }

    /// Returns its values, if they are few.
    #[must_use]
    pub fn values(self) -> &'static [&'static str] {
        match self {
            Self::Has => &["file", "image", "link", "reaction"],
            Self::Is => &["pinned", "thread"],
            Self::Mentions => &["me"],
            _ => &[],
        }
    }
}

impl Query {
    /// Reads a query. A space may stand between an operator and its value. Operators without a
    /// value, and phrases without a text, are left out. The last phrase may lack its end.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut conditions = Vec::new();
        let mut rest = text.trim_start();
        while !rest.is_empty() {
            let (condition, after) = read_condition(rest);
            conditions.extend(condition);
            rest = after.trim_start();
        }
        Self { conditions }
    }
}

/// Reads the condition at the beginning of a text. Returns it, and the rest of the text.
fn read_condition(text: &str) -> (Option<Condition>, &str) {
    let (excludes, inner) = match text.strip_prefix('-') {
        Some(inner) => (true, inner),
        None => (false, text),
    };
    if let Some(quoted) = inner.strip_prefix('"') {
        let (phrase, rest) = quoted.split_once('"').unwrap_or((quoted, ""));
        let term = Term::Phrase(phrase.trim().to_owned());
        let is_empty = phrase.trim().is_empty();
        return ((!is_empty).then_some(Condition { excludes, term }), rest);
    }
    let end = inner.find(char::is_whitespace).unwrap_or(inner.len());
    let (word, rest) = inner.split_at(end);
    let term = match Operator::read(word) {
        Some((operator, "")) => {
            let Some(value) = Operator::value_after(rest) else { return (None, rest) };
            let term = Term::Operator(operator, rest[value.clone()].to_owned());
            return (Some(Condition { excludes, term }), &rest[value.end..]);
        }
        Some((operator, value)) => Term::Operator(operator, value.to_owned()),
        None if word.is_empty() => return (None, rest),
        None => Term::Word(word.to_owned()),
    };
    (Some(Condition { excludes, term }), rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(text: &str) -> Condition {
        Condition { excludes: false, term: Term::Word(text.into()) }
    }

    fn operator(operator: Operator, value: &str) -> Condition {
        Condition { excludes: false, term: Term::Operator(operator, value.into()) }
    }

    fn phrase(text: &str) -> Condition {
        Condition { excludes: false, term: Term::Phrase(text.into()) }
    }

    fn without(condition: Condition) -> Condition {
        Condition { excludes: true, ..condition }
    }

    #[test]
    fn words_phrases_and_operators_are_told_apart() {
        let all = [
            ("", vec![]),
            (" two\u{3000}words ", vec![word("two"), word("words")]),
            ("\"a  phrase\"next", vec![phrase("a  phrase"), word("next")]),
            ("\"no end", vec![phrase("no end")]),
            ("\"\" \" \" -\"\"", vec![]),
            (
                "from:ada in:general",
                vec![operator(Operator::From, "ada"), operator(Operator::In, "general")],
            ),
            ("FROM:Ada", vec![operator(Operator::From, "Ada")]),
            ("from: has:", vec![]),
            ("from:  Ada x", vec![operator(Operator::From, "Ada"), word("x")]),
            ("-in: general", vec![without(operator(Operator::In, "general"))]),
            ("from: is: pinned", vec![operator(Operator::Is, "pinned")]),
            ("from: -x in: \"a b\"", vec![without(word("x")), phrase("a b")]),
            ("from:a:b", vec![operator(Operator::From, "a:b")]),
            ("http://x:y", vec![word("http://x:y")]),
            (
                "-no -has:link -\"a b\"",
                vec![
                    without(word("no")),
                    without(operator(Operator::Has, "link")),
                    without(phrase("a b")),
                ],
            ),
            ("- -- a-b", vec![without(word("-")), word("a-b")]),
            ("it\"s", vec![word("it\"s")]),
        ];
        for (text, conditions) in all {
            assert_eq!(Query::parse(text).conditions, conditions, "{text}");
        }
    }
}
