//! The names of emoji, as the completion of `:name:` finds them.

use std::ops::Range;

/// All emoji with their names: the text of a file, and what stands where in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EmojiTable {
    text: String,
    lines: Vec<Range<usize>>,
}

/// An emoji that was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FoundEmoji<'a> {
    /// The emoji.
    pub symbol: &'a str,
    /// The name by which it was found.
    pub name: &'a str,
}

/// How well a name matches. The best comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    Whole,
    Beginning,
    Word,
}

impl EmojiTable {
    /// Reads a file with an emoji in each line, then its names, with spaces between.
    #[must_use]
    pub fn new(text: String) -> Self {
        let mut start = 0;
        let lines = text.split('\n').map(|line| {
            let range = start..start + line.len();
            start = range.end + 1;
            range
        });
        let lines = lines.filter(|line| !line.is_empty()).collect();
        Self { text, lines }
    }

    /// Finds at most `max` emoji by the beginning of a name, or of a word of it: the best matches
    /// first, and of equal ones those that the file has first.
    #[must_use]
    pub fn find(&self, query: &str, max: usize) -> Vec<FoundEmoji<'_>> {
        let query = query.to_ascii_lowercase();
        let line = |line: &Range<usize>| {
            let mut words = self.text[line.clone()].split(' ');
            let symbol = words.next()?;
            let fit = |name| fit(name, &query).map(|fit| (fit, FoundEmoji { symbol, name }));
            words.filter_map(fit).min_by_key(|(fit, _)| *fit)
        };
        let mut found: Vec<_> = self.lines.iter().filter_map(line).collect();
        found.sort_by_key(|(fit, _)| *fit);
        found.into_iter().take(max).map(|(_, emoji)| emoji).collect()
    }
}

fn fit(name: &str, query: &str) -> Option<Fit> {
    if name.len() == query.len() && name == query {
        Some(Fit::Whole)
    } else if name.starts_with(query) {
        Some(Fit::Beginning)
    } else {
        let mut words = name.match_indices('_').map(|(at, _)| &name[at + 1..]);
        words.any(|words| words.starts_with(query)).then_some(Fit::Word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_emoji_is_found_by_the_words_of_its_names() {
        let text =
            "😀 grinning grinning_face\n❤️ heart red_heart\n💝 gift_heart\n👍 +1 thumbs_up\n";
        let table = EmojiTable::new(text.to_owned());
        let find = |query: &str| {
            table.find(query, 2).iter().map(|it| (it.symbol, it.name)).collect::<Vec<_>>()
        };
        assert_eq!(find("heart"), [("❤️", "heart"), ("💝", "gift_heart")]);
        assert_eq!(find("He"), [("❤️", "heart"), ("💝", "gift_heart")]);
        assert_eq!(find("gi"), [("💝", "gift_heart")]);
        assert_eq!(find("fa"), [("😀", "grinning_face")]);
        assert_eq!(find("+1"), [("👍", "+1")]);
        assert_eq!(find("eart"), []);
        assert_eq!(EmojiTable::new(String::new()).find("a", 2), []);
    }

    #[test]
    fn the_file_of_the_page_has_every_emoji_once() {
        let text = include_str!("../../../public/emoji.77cf95a8f403.txt");
        let table = EmojiTable::new(text.to_owned());
        assert!(table.lines.len() > 1_900);
        for line in text.lines() {
            let mut words = line.split(' ');
            let symbol = words.next().unwrap();
            let canonical = protocol::text::canonical_emoji(symbol);
            assert_eq!(canonical.as_deref(), Some(symbol), "{line}");
            assert!(words.clone().count() > 0, "{line}");
            assert!(words.all(|name| !name.is_empty() && name.is_ascii()), "{line}");
        }
        assert_eq!(table.find("tada", 1)[0].symbol, "🎉");
    }
}
