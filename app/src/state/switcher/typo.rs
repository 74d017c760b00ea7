//! Words with a typo: a letter too many, missing, another one, or two that changed places.

use super::{Letter, letters};

/// Returns how many typos a word of this length may have.
fn allowed(length: usize) -> usize {
    match length {
        0..4 => 0,
        4..8 => 1,
        _ => 2,
    }
}

/// Returns the length of the beginning of `word` that `wanted` means, if that is near enough.
pub(super) fn prefix(wanted: &[Letter], word: &[Letter]) -> Option<usize> {
    let allowed = allowed(wanted.len());
    if allowed == 0 || word.len() + allowed < wanted.len() {
        return None;
    }
    let wanted: Vec<char> = letters(wanted).collect();
    let word: Vec<char> = letters(word).take(wanted.len() + allowed).collect();
    // `distances[j]`: typos between the letters of `wanted` so far and the first `j` of `word`.
    let mut distances: Vec<usize> = (0..=word.len()).collect();
    let mut before = distances.clone();
    for (i, letter) in wanted.iter().enumerate() {
        let mut next = vec![i + 1];
        for (j, other) in word.iter().enumerate() {
            let mut distance = (distances[j] + usize::from(letter != other))
                .min(distances[j + 1] + 1)
                .min(next[j] + 1);
            let is_swapped = i > 0 && j > 0 && *letter == word[j - 1] && wanted[i - 1] == *other;
            if is_swapped {
                distance = distance.min(before[j - 1] + 1);
            }
            next.push(distance);
        }
        before = std::mem::replace(&mut distances, next);
    }
    // The longest of the nearest beginnings.
    let (end, distance) =
        distances.into_iter().enumerate().rev().min_by_key(|(_, distance)| *distance)?;
    (distance <= allowed && end > 0).then_some(end)
}
