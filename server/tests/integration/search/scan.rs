//! What a search must find: a scan of all messages by the rules of the protocol, written without
//! the server's code.

use unicode_normalization::UnicodeNormalization as _;
use uuid::Uuid;

/// A message, with all that a query can ask for.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) id: Uuid,
    pub(super) room: usize,
    pub(super) seq: u64,
    pub(super) sent_at: i64,
    pub(super) author: usize,
    /// `None` once deleted.
    pub(super) text: Option<String>,
    pub(super) files: Vec<String>,
    pub(super) has_link: bool,
    pub(super) has_image: bool,
    pub(super) is_pinned: bool,
    pub(super) is_reacted: bool,
    pub(super) is_thread: bool,
    pub(super) mentions: Vec<usize>,
}

/// A part of a query.
#[derive(Clone, Debug)]
pub(super) enum Part {
    Word(String),
    Phrase(String),
    From(usize),
    In(usize),
    Has(&'static str),
    Is(&'static str),
    MentionsMe,
}

/// A folded character, and the characters of the text that it stands for.
struct Folded {
    letter: char,
    from: u32,
    to: u32,
}

/// Folds a text, letter by letter.
fn fold(text: &str) -> Vec<Folded> {
    let mut folded: Vec<Folded> = Vec::new();
    for (from, letter) in (0u32..).zip(text.chars()) {
        let to = from + 1;
        for part in std::iter::once(letter).nfd() {
            let is_western = matches!(part, '\u{300}'..='\u{36f}')
                && folded
                    .last()
                    .is_some_and(|last| matches!(last.letter, 'a'..='z' | 'α'..='ω' | 'а'..='я'));
            let is_arabic = matches!(part, '\u{64b}'..='\u{655}')
                && folded.last().is_some_and(|last| matches!(last.letter, 'ء'..='ي'));
            let is_hebrew = matches!(part, '\u{591}'..='\u{5c7}') && part != '\u{5be}';
            if is_western || is_arabic || is_hebrew || part == '\u{fe0f}' {
                if let Some(last) = folded.last_mut() {
                    last.to = to;
                }
                continue;
            }
            let small: Vec<char> = match part {
                'ß' | 'ẞ' => vec!['s', 's'],
                'ς' => vec!['σ'],
                other => other.to_lowercase().collect(),
            };
            for letter in small {
                let letter = if letter.is_whitespace() { ' ' } else { letter };
                if letter == ' ' && folded.last().is_some_and(|last| last.letter == ' ') {
                    continue;
                }
                folded.push(Folded { letter, from, to });
            }
        }
    }
    folded
}

fn is_single(letter: char) -> bool {
    matches!(letter, '\u{3041}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}' | '\u{1100}'..='\u{11ff}'
        | '\u{e01}'..='\u{e5b}' | '\u{1f000}'..='\u{1faff}' | '\u{2600}'..='\u{27bf}')
}

/// Returns the parts of a text in which a word or a phrase is.
fn occurrences(part: &Part, text: &str) -> Vec<[u32; 2]> {
    let text = fold(text);
    let (needle, is_word) = match part {
        Part::Word(word) => (word, true),
        Part::Phrase(phrase) => (phrase, false),
        _ => return Vec::new(),
    };
    let needle: Vec<char> = fold(needle.trim()).iter().map(|folded| folded.letter).collect();
    let mut found = Vec::new();
    for at in 0..text.len() {
        let is_here = needle.len() <= text.len() - at
            && needle.iter().zip(&text[at..]).all(|(letter, folded)| *letter == folded.letter);
        let letter = text[at].letter;
        let before = if at > 0 { text[at - 1].letter } else { ' ' };
        let begins = before == ' '
            || is_single(letter)
            || letter.is_alphanumeric() && (!before.is_alphanumeric() || is_single(before));
        if is_here && (!is_word || needle.len() >= 3 || is_single(needle[0]) || begins) {
            found.push([text[at].from, text[at + needle.len() - 1].to]);
        }
    }
    found
}

impl Part {
    /// Returns how it is written in a query.
    pub(super) fn written(&self, users: &[&str], rooms: &[String]) -> String {
        match self {
            Self::Word(word) => word.clone(),
            Self::Phrase(phrase) => format!("\"{phrase}\""),
            Self::From(user) => format!("from:{}", users[*user]),
            Self::In(room) => format!("in:{}", rooms[*room]),
            Self::Has(what) => format!("has:{what}"),
            Self::Is(what) => format!("is:{what}"),
            Self::MentionsMe => "mentions:me".into(),
        }
    }

    fn finds(&self, known: &Known, me: usize) -> bool {
        let text = known.text.as_deref().unwrap_or_default();
        match self {
            Self::Word(_) | Self::Phrase(_) => {
                let texts = std::iter::once(text).chain(known.files.iter().map(String::as_str));
                texts.into_iter().any(|text| !occurrences(self, text).is_empty())
            }
            Self::From(user) => known.author == *user,
            Self::In(room) => known.room == *room,
            Self::Has("file") => !known.files.is_empty(),
            Self::Has("image") => known.has_image,
            Self::Has("link") => known.has_link,
            Self::Has(_) => known.is_reacted,
            Self::Is("pinned") => known.is_pinned,
            Self::Is(_) => known.is_thread,
            Self::MentionsMe => known.mentions.contains(&me),
        }
    }
}

/// Returns the ids of what a query finds, with the ranges, the newest first.
pub(super) fn scan(
    all: &[Known],
    parts: &[(bool, Part)],
    (me, rooms): (usize, &[usize]),
    room_ids: &[Uuid],
) -> Vec<(Uuid, Vec<[u32; 2]>)> {
    let names = |part: &Part| matches!(part, Part::From(_) | Part::In(_));
    let fits = |known: &&Known| {
        let of_kind = |is_kind: fn(&Part) -> bool| {
            let mut kind = parts.iter().filter(|(not, part)| !not && is_kind(part)).peekable();
            kind.peek().is_none() || kind.any(|(_, part)| part.finds(known, me))
        };
        known.text.is_some()
            && rooms.contains(&known.room)
            && of_kind(|part| matches!(part, Part::From(_)))
            && of_kind(|part| matches!(part, Part::In(_)))
            && parts.iter().all(|(not, part)| !not && names(part) || part.finds(known, me) != *not)
    };
    let mut found: Vec<&Known> = all.iter().filter(fits).collect();
    found.sort_by_key(|known| (known.sent_at, known.seq, room_ids[known.room]));
    let ranges = |known: &Known| {
        let text = known.text.as_deref().unwrap_or_default();
        let wanted = parts.iter().filter(|(not, _)| !not);
        let mut all: Vec<_> = wanted.flat_map(|(_, part)| occurrences(part, text)).collect();
        all.sort_unstable();
        let mut merged: Vec<[u32; 2]> = Vec::new();
        for range in all {
            match merged.last_mut() {
                Some(last) if range[0] <= last[1] => last[1] = last[1].max(range[1]),
                _ => merged.push(range),
            }
        }
        merged
    };
    found.into_iter().rev().map(|known| (known.id, ranges(known))).collect()
}
