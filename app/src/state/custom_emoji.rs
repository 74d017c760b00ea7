//! The emoji that users have added to this server, as far as the page knows them.

use protocol::{CustomEmoji, EmojiChanged, http::CustomEmojiList, limits::MAX_EMOJI_NAME_CHARS};

/// The custom emoji. The page is given those that it shows first, and loads all of them when it
/// needs others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CustomEmojis {
    /// Sorted by name.
    known: Vec<CustomEmoji>,
    /// Whether the user may add others, once that is known.
    may_add: bool,
    /// True if there are no others.
    is_complete: bool,
    /// True once all of them were needed.
    is_needed: bool,
    /// The number of changes so far, and of times when some may have been missed. A list that was
    /// asked for before one may lack it.
    changes: u32,
}

impl CustomEmojis {
    /// Creates the state with those that the server has rendered, sorted by name.
    #[must_use]
    pub fn new(shown: Vec<CustomEmoji>) -> Self {
        Self { known: shown, ..Self::default() }
    }

    /// Returns the one with this name, if it is known.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&CustomEmoji> {
        self.known.get(self.place(name).ok()?)
    }

    /// Returns those that are known, by name.
    pub fn iter(&self) -> impl Iterator<Item = &CustomEmoji> {
        self.known.iter()
    }

    /// Finds at most `max` by the beginning of the name, or of a part of it: the best matches
    /// first.
    #[must_use]
    pub fn find(&self, query: &str, max: usize) -> Vec<&CustomEmoji> {
        let query = query.to_ascii_lowercase();
        let is_part = |name: &str| {
            let mut parts = name.match_indices(['_', '-']).map(|(at, _)| &name[at + 1..]);
            parts.any(|part| part.starts_with(&query))
        };
        let begins = |emoji: &&CustomEmoji| emoji.name.starts_with(&query);
        let others = self.iter().filter(|emoji| !begins(emoji) && is_part(&emoji.name));
        self.iter().filter(begins).chain(others).take(max).collect()
    }

    /// Returns whether there are no others.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.is_complete
    }

    /// Returns whether the user may add others. False as long as that is not known.
    #[must_use]
    pub fn may_add(&self) -> bool {
        self.may_add
    }

    /// Returns whether all of them were needed.
    #[must_use]
    pub fn is_needed(&self) -> bool {
        self.is_needed
    }

    /// Notes that all of them are needed, until the page ends.
    pub fn need(&mut self) {
        self.is_needed = true;
    }

    /// Returns the number of changes so far, and of times when some may have been missed.
    #[must_use]
    pub fn changes(&self) -> u32 {
        self.changes
    }

    /// Takes over a change.
    pub fn change(&mut self, EmojiChanged { name, emoji }: &EmojiChanged) {
        self.changes = self.changes.wrapping_add(1);
        match (self.place(name), emoji) {
            (Ok(place), Some(emoji)) => self.known[place] = emoji.clone(),
            (Err(place), Some(emoji)) => self.known.insert(place, emoji.clone()),
            (Ok(place), None) => drop(self.known.remove(place)),
            (Err(_), None) => {}
        }
    }

    /// Returns the place of a name, or the one that it would have.
    fn place(&self, name: &str) -> Result<usize, usize> {
        self.known.binary_search_by(|known| known.name.as_str().cmp(name))
    }

    /// Takes over all of them, sorted by name.
    pub fn learn(&mut self, CustomEmojiList { emoji, may_add }: CustomEmojiList) {
        (self.known, self.may_add, self.is_complete) = (emoji, may_add, true);
    }

    /// Notes that changes may have been missed, also by a list that is on its way. Returns whether
    /// any may be shown, or were needed.
    pub fn mark_stale(&mut self) -> bool {
        self.changes = self.changes.wrapping_add(1);
        self.is_complete = false;
        self.is_needed || !self.known.is_empty()
    }
}

/// Returns the name for an emoji that the name of its file suggests. It may be empty.
#[must_use]
pub fn name_of_file(file: &str) -> String {
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    let mut name = String::new();
    for letter in stem.to_lowercase().chars() {
        match letter {
            'a'..='z' | '0'..='9' | '-' | '_' => name.push(letter),
            // Anything else separates words.
            _ if name.ends_with('_') => {}
            _ => name.push('_'),
        }
    }
    let name = name.trim_start_matches(['_', '-']);
    name[..name.len().min(MAX_EMOJI_NAME_CHARS)].trim_end_matches('_').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn emoji(name: &str) -> CustomEmoji {
        let url = format!("/emoji/{name}");
        CustomEmoji { name: name.to_owned(), url, ..CustomEmoji::default() }
    }

    #[test]
    fn changes_are_taken_over_until_some_may_be_missed() {
        let mut custom = CustomEmojis::new(vec![emoji("parrot")]);
        assert!(!custom.is_complete() && custom.get("ship").is_none());
        let added = EmojiChanged { name: "ship".to_owned(), emoji: Some(emoji("ship")) };
        custom.change(&added);
        assert_eq!(custom.get("ship"), Some(&emoji("ship")));
        custom.learn(CustomEmojiList { emoji: vec![emoji("ship"), emoji("wave")], may_add: true });
        assert!(custom.is_complete() && custom.may_add() && custom.get("parrot").is_none());
        custom.change(&EmojiChanged { name: "ship".to_owned(), emoji: None });
        assert_eq!(custom.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(), ["wave"]);
        assert!(custom.mark_stale() && !custom.is_complete());
    }

    #[test]
    fn a_list_that_was_on_its_way_is_stale_as_well() {
        let mut custom = CustomEmojis::new(vec![emoji("parrot")]);
        let asked = custom.changes();
        assert!(custom.mark_stale(), "one is shown");
        assert_ne!(custom.changes(), asked);
    }

    #[test]
    fn what_was_needed_once_is_needed_after_a_failed_load() {
        let mut custom = CustomEmojis::default();
        assert!(!custom.mark_stale(), "none is shown");
        custom.need();
        assert!(custom.is_needed() && custom.mark_stale() && custom.mark_stale());
    }

    #[test]
    fn names_are_found_by_their_parts() {
        let names = ["blue-ship", "ship", "ship_it", "worship"];
        let custom = CustomEmojis::new(names.map(emoji).to_vec());
        let found = |query| custom.find(query, 3).iter().map(|it| &*it.name).collect::<Vec<_>>();
        assert_eq!(found("Ship"), ["ship", "ship_it", "blue-ship"]);
        assert_eq!(found("it"), ["ship_it"]);
        assert_eq!(found(""), ["blue-ship", "ship", "ship_it"]);
    }

    #[test]
    fn files_suggest_names() {
        for (file, name) in [
            ("Party Parrot.gif", "party_parrot"),
            ("ship-it_2.png", "ship-it_2"),
            (".hidden.png", "hidden"),
            ("__a (1).webp", "a_1"),
            ("Größe.png", "gr_e"),
            ("猫.png", ""),
            ("no-ending", "no-ending"),
        ] {
            assert_eq!(name_of_file(file), name, "{file}");
        }
        assert_eq!(name_of_file(&"é".repeat(9)), "");
        assert_eq!(name_of_file(&"ab ".repeat(30)).len(), 32);
    }
}
