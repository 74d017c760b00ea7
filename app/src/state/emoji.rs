//! The names of emoji, as the completion of `:name:` and the picker find them.

use std::ops::Range;

/// The signs of skin tones, from light to dark.
pub const TONES: [char; 5] = ['\u{1f3fb}', '\u{1f3fc}', '\u{1f3fd}', '\u{1f3fe}', '\u{1f3ff}'];

/// All emoji with their names: the text of a file, and what stands where in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EmojiTable {
    text: String,
    lines: Vec<Range<usize>>,
    groups: Vec<Group>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Group {
    name: Range<usize>,
    /// Where its first line is among the lines.
    first: usize,
}

/// An emoji that was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FoundEmoji<'a> {
    /// The emoji.
    pub symbol: &'a str,
    /// The name by which it was found, or its first one.
    pub name: &'a str,
    /// True if it has skin tones.
    pub has_tones: bool,
}

impl FoundEmoji<'_> {
    /// Returns the emoji in a skin tone of [`TONES`], if it has any.
    #[must_use]
    pub fn toned(&self, tone: Option<usize>) -> String {
        let tone = tone.and_then(|tone| TONES.get(tone)).filter(|_| self.has_tones);
        let (Some(tone), Some(first)) = (tone, self.symbol.chars().next()) else {
            return self.symbol.to_owned();
        };
        let rest = &self.symbol[first.len_utf8()..];
        format!("{first}{tone}{}", rest.strip_prefix('\u{fe0f}').unwrap_or(rest))
    }

    /// Returns the name for people.
    #[must_use]
    pub fn label(&self) -> String {
        self.name.replace('_', " ")
    }
}

/// How well a name matches. The best comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    Whole,
    Beginning,
    Word,
}

impl EmojiTable {
    /// Reads a file with an emoji in each line, then its names, with spaces between. A `*` follows
    /// an emoji that has skin tones. `=` and a name begin a group.
    #[must_use]
    pub fn new(text: String) -> Self {
        let (mut lines, mut groups, mut start) = (Vec::new(), Vec::new(), 0);
        for line in text.split('\n') {
            let end = start + line.len();
            if line.starts_with('=') {
                groups.push(Group { name: start + 1..end, first: lines.len() });
            } else if !line.is_empty() {
                lines.push(start..end);
            }
            start = end + 1;
        }
        Self { text, lines, groups }
    }

    /// Finds at most `max` emoji by the beginning of a name, or of a word of it: the best matches
    /// first, and of equal ones those that the file has first.
    #[must_use]
    pub fn find(&self, query: &str, max: usize) -> Vec<FoundEmoji<'_>> {
        let query = query.to_ascii_lowercase();
        let line = |line: &Range<usize>| {
            let (symbol, has_tones, names) = self.read(line)?;
            let fit =
                |name| fit(name, &query).map(|fit| (fit, FoundEmoji { symbol, name, has_tones }));
            names.split(' ').filter_map(fit).min_by_key(|(fit, _)| *fit)
        };
        let mut found: Vec<_> = self.lines.iter().filter_map(line).collect();
        found.sort_by_key(|(fit, _)| *fit);
        found.into_iter().take(max).map(|(_, emoji)| emoji).collect()
    }

    /// Returns the names of the groups.
    pub fn groups(&self) -> impl Iterator<Item = &str> {
        self.groups.iter().map(|group| &self.text[group.name.clone()])
    }

    /// Returns the emoji of a group, by its place.
    #[must_use]
    pub fn group(&self, place: usize) -> Vec<FoundEmoji<'_>> {
        let first = |place: usize| self.groups.get(place).map(|group| group.first);
        let Some(start) = first(place) else { return Vec::new() };
        let end = first(place + 1).unwrap_or(self.lines.len());
        self.lines[start..end].iter().filter_map(|line| self.found(line)).collect()
    }

    /// Returns an emoji by itself, in whatever skin tone.
    #[must_use]
    pub fn get(&self, symbol: &str) -> Option<FoundEmoji<'_>> {
        let plain = |symbol: &str| symbol.replace(TONES, "").replace('\u{fe0f}', "");
        let wanted = plain(symbol);
        let is_wanted = |line: &&Range<usize>| {
            self.read(line).is_some_and(|(symbol, ..)| plain(symbol) == wanted)
        };
        self.lines.iter().find(is_wanted).and_then(|line| self.found(line))
    }

    fn found(&self, line: &Range<usize>) -> Option<FoundEmoji<'_>> {
        let (symbol, has_tones, names) = self.read(line)?;
        Some(FoundEmoji { symbol, has_tones, name: names.split(' ').next()? })
    }

    /// Returns the emoji of a line, whether it has skin tones, and its names.
    fn read(&self, line: &Range<usize>) -> Option<(&str, bool, &str)> {
        let (symbol, names) = self.text[line.clone()].split_once(' ')?;
        let plain = symbol.strip_suffix('*');
        Some((plain.unwrap_or(symbol), plain.is_some(), names))
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
    fn groups_have_their_emoji_and_these_their_skin_tones() {
        let people = "☝️* point_up\n🤷‍♀️* shrug no_idea\n*️⃣ asterisk";
        let text = format!("=smileys\n😀 grinning\n=people\n{people}\n");
        let table = EmojiTable::new(text);
        assert_eq!(table.groups().collect::<Vec<_>>(), ["smileys", "people"]);
        let symbols = |place| table.group(place).iter().map(|it| it.symbol).collect::<Vec<_>>();
        assert_eq!(symbols(0), ["😀"]);
        assert_eq!(symbols(1), ["☝️", "🤷‍♀️", "*️⃣"]);
        assert_eq!(symbols(2), [""; 0]);
        let toned = |symbol: &str, tone| table.get(symbol).unwrap().toned(tone);
        assert_eq!(toned("☝️", Some(0)), "☝🏻");
        assert_eq!(toned("🤷🏿‍♀️", Some(4)), "🤷🏿‍♀️");
        assert_eq!(toned("🤷🏿‍♀️", None), "🤷‍♀️");
        assert_eq!(toned("😀", Some(4)), "😀");
        assert_eq!(table.get("🤷🏿‍♀️").unwrap().label(), "shrug");
        assert_eq!(table.get("🎉"), None);
    }

    #[test]
    fn the_file_of_the_page_has_every_emoji_once() {
        let text = include_str!("../../../public/emoji.6a8729b6281d.txt");
        let table = EmojiTable::new(text.to_owned());
        assert!(table.lines.len() > 1_900);
        assert_eq!(table.groups().count(), 9);
        assert_eq!((0..9).map(|place| table.group(place).len()).sum::<usize>(), table.lines.len());
        for emoji in (0..9).flat_map(|place| table.group(place)) {
            for symbol in [None, Some(0), Some(4)].map(|tone| emoji.toned(tone)) {
                let canonical = protocol::text::canonical_emoji(&symbol);
                assert_eq!(canonical.as_deref(), Some(symbol.as_str()), "{emoji:?}");
                assert_eq!(table.get(&symbol), Some(emoji));
            }
        }
        for line in text.lines().filter(|line| !line.starts_with('=')) {
            let mut words = line.split(' ').skip(1);
            assert!(words.clone().count() > 0, "{line}");
            assert!(words.all(|name| !name.is_empty() && name.is_ascii()), "{line}");
        }
        assert_eq!(table.find("tada", 1)[0].symbol, "🎉");
    }
}
