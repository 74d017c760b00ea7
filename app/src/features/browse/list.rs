//! Which rooms the list shows, and in which order.

use std::collections::HashMap;

use protocol::{Room, RoomId, RoomKind};

/// The rooms that the user looks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Which {
    /// All.
    #[default]
    All,
    /// Those of which the user is a member.
    Own,
    /// Archived ones.
    Archived,
}

/// The rooms that fit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    /// Those that can be written to, the most used first.
    pub(super) open: Vec<RoomId>,
    /// Archived ones.
    pub(super) archived: Vec<RoomId>,
}

impl Found {
    pub(super) fn len(&self) -> usize {
        self.open.len() + self.archived.len()
    }

    /// Returns the number of rooms in words.
    pub(super) fn count(&self) -> String {
        match self.len() {
            0 => "No room".to_owned(),
            1 => "1 room".to_owned(),
            count => format!("{count} rooms, most used first"),
        }
    }
}

/// Returns the rooms whose name, address or topic has each word of `query`. `order` has the number
/// of events in each room when the list was opened; rooms that came later are last.
pub(super) fn find(
    rooms: &[Room],
    order: &HashMap<RoomId, u64>,
    query: &str,
    which: Which,
) -> Found {
    let query = query.to_lowercase();
    let words: Vec<_> = query.split_whitespace().collect();
    let is_wanted = |room: &&Room| {
        let is_kind = match which {
            Which::All => true,
            Which::Own => room.member && !room.archived,
            Which::Archived => room.archived,
        };
        is_kind && room.kind != RoomKind::Direct && has_words(room, &words)
    };
    let mut found = Found::default();
    for room in rooms.iter().filter(is_wanted) {
        let section = if room.archived { &mut found.archived } else { &mut found.open };
        section.push(room.id);
    }
    for section in [&mut found.open, &mut found.archived] {
        // The sorting is stable: rooms without a message stay in the order of their names.
        section.sort_by_key(|room| std::cmp::Reverse(order.get(room).copied().map(|seq| seq + 1)));
    }
    found
}

fn has_words(room: &Room, words: &[&str]) -> bool {
    words.is_empty() || {
        let texts = [&room.name, &room.slug, &room.topic].map(|text| text.to_lowercase());
        words.iter().all(|word| texts.iter().any(|text| text.contains(word)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room(id: u128, name: &str, topic: &str) -> Room {
        let id = RoomId(serde_json::from_str(&format!("\"{:032x}\"", id)).unwrap());
        Room {
            id,
            name: name.to_owned(),
            slug: name.to_lowercase(),
            topic: topic.to_owned(),
            ..Room::default()
        }
    }

    #[test]
    fn rooms_are_found_by_words_of_name_and_topic_most_used_first() {
        let garden = room(1, "Garden", "Seeds, water");
        let kitchen = Room { member: true, ..room(2, "Кухня", "Water the plants") };
        let old = Room { archived: true, ..room(3, "garden-2024", "") };
        let direct = Room { kind: RoomKind::Direct, ..room(4, "garden", "") };
        let new = room(5, "Water", "");
        let rooms = [garden.clone(), kitchen.clone(), old.clone(), direct, new.clone()];
        let order = HashMap::from([(garden.id, 3), (kitchen.id, 9), (old.id, 1)]);
        let find = |query: &str, which| find(&rooms, &order, query, which);
        assert_eq!(find("water", Which::All).open, [kitchen.id, garden.id, new.id]);
        assert_eq!(find("GARDEN", Which::All).open, [garden.id]);
        assert_eq!(find("garden", Which::All).archived, [old.id]);
        assert_eq!(find("кух", Which::Own).open, [kitchen.id]);
        assert_eq!(find("", Which::Archived), Found { archived: vec![old.id], ..Found::default() });
        assert_eq!(find("plants garden", Which::All).len(), 0, "each word must fit");
        assert_eq!(find("plants", Which::All).count(), "1 room");
    }
}
