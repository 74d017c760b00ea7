//! The search in what this device has of the rooms, while the server does not answer. It finds what
//! the server would find there, except that the browser folds letters by its own tables.

use std::{cmp::Reverse, collections::HashMap};

use protocol::{
    FoundMessage, Message, SearchPage, Timestamp, User, UserId, is_mentioned,
    search::{Operator, Query, Term},
};

use super::Asked;
use crate::{
    page::OpenRoom,
    state::{day::Day, switcher::Fold},
};

/// The most messages that are shown.
const MAX_RESULTS: usize = 50;
/// The fewest characters of a word that is found within others.
const PART: usize = 3;

/// What the search depends on beside the messages.
#[derive(Clone, Copy)]
pub(crate) struct Searcher<'a> {
    /// The user.
    pub me: &'a User,
    /// Folds a letter.
    pub fold: Fold,
    /// Returns the day of a time.
    pub day: &'a dyn Fn(Timestamp) -> Day,
    /// The present day.
    pub today: Day,
}

/// The ids of users by their usernames.
type Users<'a> = HashMap<&'a str, UserId>;

/// A word or a phrase to look for.
struct Needle {
    letters: Vec<char>,
    /// True if it is found at the beginnings of words alone.
    begins: bool,
}

/// A folded text, and which character of the text each of its characters is from.
struct Folded {
    letters: Vec<char>,
    places: Vec<u32>,
    length: u32,
}

impl Searcher<'_> {
    /// Returns the messages of `rooms` that a query finds, the newest first.
    #[must_use]
    pub(crate) fn search(self, asked: &Asked, rooms: &[OpenRoom]) -> SearchPage {
        let query = Query::parse(&asked.query);
        let mut results: Vec<FoundMessage> = Vec::new();
        if query.conditions.iter().any(|condition| !condition.excludes) {
            let users = users(rooms);
            let is_asked = |open: &&OpenRoom| asked.room.as_ref().is_none_or(|name| is(open, name));
            for open in rooms.iter().filter(is_asked) {
                results.extend(open.messages.iter().filter_map(|message| {
                    let ranges = self.find(&query, &users, open, message)?;
                    Some(FoundMessage { message: message.clone(), room: open.room.id, ranges })
                }));
            }
        }
        results.sort_unstable_by_key(|found| Reverse((found.message.sent_at, found.message.seq)));
        let total = results.len() as u64;
        results.truncate(MAX_RESULTS);
        SearchPage { results, total, ..SearchPage::default() }
    }

    /// Returns the parts of a message's text that a query finds, if it finds the message.
    fn find(
        self,
        query: &Query,
        users: &Users<'_>,
        open: &OpenRoom,
        message: &Message,
    ) -> Option<Vec<[u32; 2]>> {
        if message.deleted {
            return None;
        }
        let text = self.fold(message.text.as_deref().unwrap_or_default());
        let names: Vec<_> = message.files.iter().map(|file| self.fold(&file.name)).collect();
        let mut ranges = Vec::new();
        // Of several senders or rooms, one must fit.
        let mut either = [None; 2];
        for condition in &query.conditions {
            let is_met = match &condition.term {
                Term::Word(word) | Term::Phrase(word) => {
                    let is_word = matches!(condition.term, Term::Word(_));
                    let Some(needle) = self.needle(word, is_word) else { continue };
                    let found = text.ranges(&needle);
                    let is_found = !found.is_empty()
                        || names.iter().any(|name| !name.ranges(&needle).is_empty());
                    if !condition.excludes {
                        ranges.extend(found);
                    }
                    is_found
                }
                Term::Operator(operator, value) => {
                    let is_met = self.is_met(*operator, value, users, open, message);
                    let kind = match operator {
                        Operator::From => Some(0),
                        Operator::In => Some(1),
                        _ => None,
                    };
                    if let Some(kind) = kind.filter(|_| !condition.excludes) {
                        either[kind] = Some(either[kind].unwrap_or_default() || is_met);
                        continue;
                    }
                    is_met
                }
            };
            if is_met == condition.excludes {
                return None;
            }
        }
        (!either.contains(&Some(false))).then(|| merge(ranges))
    }

    fn is_met(
        self,
        operator: Operator,
        value: &str,
        users: &Users<'_>,
        open: &OpenRoom,
        message: &Message,
    ) -> bool {
        let lower = value.to_lowercase();
        let day = || (self.day)(message.sent_at).iso();
        let value_day = || match lower.as_str() {
            "today" => self.today.iso(),
            "yesterday" => self.today.days_before(1).iso(),
            day => day.to_owned(),
        };
        let text = message.text.as_deref().unwrap_or_default();
        match (operator, lower.as_str()) {
            (Operator::From, "me") => message.sender.id == self.me.id,
            (Operator::From, name) => {
                let name = name.trim_start_matches('@');
                match users.get(name) {
                    Some(id) => message.sender.id == *id,
                    // Of who is in no list of members, only the name that is shown is known.
                    None => message.sender.name.to_lowercase() == name,
                }
            }
            (Operator::In, name) => is(open, name.trim_start_matches('#')),
            (Operator::Before, _) => day() < value_day(),
            (Operator::After, _) => day() > value_day(),
            (Operator::On, _) => day() == value_day(),
            (Operator::Has, "file") => !message.files.is_empty(),
            (Operator::Has, "image") => {
                message.files.iter().any(|file| file.media_type.starts_with("image/"))
            }
            (Operator::Has, "link") => text.contains("https://") || text.contains("http://"),
            (Operator::Has, "reaction") => !message.reactions.is_empty(),
            (Operator::Is, "pinned") => message.pinned_by.is_some(),
            (Operator::Is, "thread") => message.thread.is_some() || message.replies.is_some(),
            (Operator::Mentions, "me") => is_mentioned(text, &self.me.username),
            (Operator::Has | Operator::Is | Operator::Mentions, _) => false,
        }
    }

    /// Returns what to look for; nothing if nothing of it counts.
    fn needle(self, text: &str, is_word: bool) -> Option<Needle> {
        let letters = self.fold(text.trim()).letters;
        let first = *letters.first()?;
        let begins = is_word && letters.len() < PART && first.is_alphanumeric() && !is_alone(first);
        Some(Needle { letters, begins })
    }

    /// Folds a text. Each run of white space is one space.
    fn fold(self, text: &str) -> Folded {
        let (mut letters, mut places, mut length) = (Vec::new(), Vec::new(), 0);
        for letter in text.chars() {
            if letter.is_ascii_alphanumeric() {
                letters.push(letter.to_ascii_lowercase());
            } else if letter.is_whitespace() {
                letters.extend((letters.last() != Some(&' ')).then_some(' '));
            } else if !matches!(letter, '\u{fe0e}' | '\u{fe0f}') {
                letters.extend((self.fold)(letter).chars());
            }
            places.resize(letters.len(), length);
            length += 1;
        }
        Folded { letters, places, length }
    }
}

impl Folded {
    /// Returns where a needle is in the text.
    fn ranges(&self, needle: &Needle) -> Vec<[u32; 2]> {
        let size = needle.letters.len();
        let is_beginning =
            |at: usize| at == 0 || !self.letters[at - 1].is_alphanumeric() || !needle.begins;
        let starts = self.letters.windows(size).enumerate();
        let starts = starts.filter(|(at, part)| *part == needle.letters && is_beginning(*at));
        let range = |(at, _): (usize, _)| {
            let last = self.places[at + size - 1];
            // Accents belong to the letter before them.
            let next = self.places[at + size..].iter().find(|place| **place > last);
            [self.places[at], next.copied().unwrap_or(self.length)]
        };
        starts.map(range).collect()
    }
}

/// Returns whether a letter is found by itself anywhere: of a script that has no spaces, or a sign.
fn is_alone(letter: char) -> bool {
    matches!(letter, '\u{e00}'..='\u{e7f}' | '\u{1100}'..='\u{11ff}' | '\u{2e80}'..)
}

/// Returns the members of rooms by their usernames.
fn users(rooms: &[OpenRoom]) -> Users<'_> {
    let members = rooms.iter().flat_map(|open| &open.members.members);
    members.map(|member| (member.user.username.as_str(), member.user.id)).collect()
}

/// Returns whether a room has this slug or id.
fn is(open: &OpenRoom, name: &str) -> bool {
    open.room.slug == name || open.room.id.to_string() == name
}

/// Sorts ranges, and joins those that touch.
fn merge(mut ranges: Vec<[u32; 2]>) -> Vec<[u32; 2]> {
    ranges.sort_unstable();
    let mut merged: Vec<[u32; 2]> = Vec::new();
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
    use protocol::{Member, Presence};

    use super::*;
    use crate::state::fixtures::{message, room, user};

    fn fold(letter: char) -> String {
        match letter {
            'é' => "e".to_owned(),
            '\u{301}' => String::new(),
            _ => letter.to_lowercase().collect(),
        }
    }

    fn found(query: &str) -> Vec<(u64, Vec<[u32; 2]>)> {
        let texts =
            ["Release notes", "café and CAFE\u{301}", "bar foobar", "漢字 https://a.example"];
        let messages = texts.iter().zip(1..).map(|(text, seq)| Message {
            text: Some((*text).to_owned()),
            thread: (seq == 3).then_some(message(1).id),
            deleted: seq > 4,
            ..message(seq)
        });
        let open = OpenRoom {
            room: room(),
            messages: messages.collect(),
            has_more: false,
            members: protocol::MembersPage {
                room: room().id,
                members: vec![Member {
                    user: user("bo"),
                    online: false,
                    presence: Presence::Offline,
                    joined_at: None,
                }],
                total: 1,
                total_online: 0,
                has_more: false,
            },
            place: None,
        };
        let me = user("ada");
        let day = |at: Timestamp| Day::at(at.as_millis());
        let today = day(message(1).sent_at);
        let searcher = Searcher { me: &me, fold, day: &day, today };
        let asked = Asked { query: query.to_owned(), room: None };
        let page = searcher.search(&asked, &[open]);
        page.results.into_iter().map(|found| (found.message.seq, found.ranges)).collect()
    }

    #[test]
    fn words_and_phrases_are_found_as_the_server_finds_them() {
        for (query, results) in [
            ("NOTES", vec![(1, vec![[8, 13]])]),
            ("cafe", vec![(2, vec![[0, 4], [9, 14]])]),
            ("ba", vec![(3, vec![[0, 2]])]),
            ("bar", vec![(3, vec![[0, 3], [7, 10]])]),
            ("字", vec![(4, vec![[1, 2]])]),
            ("\"and  cafe\"", vec![(2, vec![[5, 14]])]),
            ("bar -foobar", vec![]),
            ("bar notes", vec![]),
            ("-bar", vec![]),
            ("", vec![]),
        ] {
            assert_eq!(found(query), results, "{query}");
        }
    }

    #[test]
    fn operators_are_those_of_the_server() {
        let seqs = |query: &str| found(query).into_iter().map(|(seq, _)| seq).collect::<Vec<_>>();
        for (query, expected) in [
            ("from:bo", vec![4, 3, 2, 1]),
            ("from:bo from:me", vec![4, 3, 2, 1]),
            ("from:me", vec![]),
            ("in:general has:link", vec![4]),
            ("in:other", vec![]),
            ("is:thread", vec![3]),
            ("on:today -is:thread", vec![4, 2, 1]),
            ("before:today", vec![]),
            ("after:2025-11-01 has:file", vec![]),
            ("on:2025-11-24", vec![4, 3, 2, 1]),
        ] {
            assert_eq!(seqs(query), expected, "{query}");
        }
    }
}
