//! What the table of languages says of one.

/// A language of code.
pub(super) struct Language {
    /// The names by which people call it, in lower case, with spaces between them.
    pub(super) names: &'static str,
    /// What begins a comment that ends with its line.
    pub(super) lines: &'static [&'static str],
    /// What begins and ends other comments.
    pub(super) blocks: &'static [(&'static str, &'static str)],
    /// How strings are written. The first that fits counts.
    pub(super) quotes: &'static [Quote],
    /// The words of the language.
    pub(super) keywords: &'static str,
    /// The words that are values.
    pub(super) values: &'static str,
    /// Signs that may begin a word, which then is a name.
    pub(super) signs: &'static str,
    /// Signs within words.
    pub(super) inner: &'static str,
    /// The sign that makes a key of the word or the string before it.
    pub(super) keys: Option<char>,
    /// True if a word that begins with a capital letter is a type.
    pub(super) types: bool,
    /// True if a word before a bracket is the name of a function.
    pub(super) calls: bool,
    /// True if words mean the same in capital letters.
    pub(super) any_case: bool,
}

/// How a string is written.
pub(super) enum Quote {
    /// Between two of these signs, with a backslash before others, in one line.
    Line(&'static str),
    /// The same in several lines.
    Lines(&'static str),
    /// From one sign to another, without a meaning of the backslash.
    Raw(&'static str, &'static str),
    /// One character between single quotes.
    Char,
}

impl Quote {
    /// Returns the sign that begins it.
    pub(super) fn open(&self) -> &'static str {
        match self {
            Self::Line(open) | Self::Lines(open) | Self::Raw(open, _) => open,
            Self::Char => "'",
        }
    }
}
