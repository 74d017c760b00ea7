//! What an edit changed in a text, word by word.

/// The largest number of words, of both texts multiplied, that are compared. Beyond it, everything
/// between the common beginning and the common end counts as changed.
const MAX_CELLS: usize = 1_000_000;

/// A part of two texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Both texts have it.
    Same(String),
    /// Only the earlier text has it.
    Removed(String),
    /// Only the later text has it.
    Added(String),
}

/// Returns the parts of two texts, in order. What was removed stands before what replaced it.
#[must_use]
pub fn diff(before: &str, after: &str) -> Vec<Part> {
    let (before, after) = (words(before), words(after));
    let start = before.iter().zip(&after).take_while(|(a, b)| a == b).count();
    let rest = before.len().min(after.len()) - start;
    let end = before.iter().rev().zip(after.iter().rev()).take(rest);
    let end = end.take_while(|(a, b)| a == b).count();
    let mut parts = Parts::default();
    parts.push(Kind::Same, &before[..start]);
    let (old, new) = (&before[start..before.len() - end], &after[start..after.len() - end]);
    if old.len().saturating_mul(new.len()) > MAX_CELLS {
        parts.push(Kind::Removed, old);
        parts.push(Kind::Added, new);
    } else {
        compare(old, new, &mut parts);
    }
    parts.push(Kind::Same, &before[before.len() - end..]);
    parts.finish()
}

/// Splits a text into words and what stands between them.
fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut start = 0;
    let mut last = None;
    for (index, char) in text.char_indices() {
        let class = Class::of(char);
        // Each sign is a word of its own.
        if last.is_some_and(|last| last != class || class == Class::Sign) {
            words.push(&text[start..index]);
            start = index;
        }
        last = Some(class);
    }
    if start < text.len() {
        words.push(&text[start..]);
    }
    words
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Word,
    Space,
    Sign,
}

impl Class {
    fn of(char: char) -> Self {
        match char {
            char if char.is_whitespace() => Self::Space,
            char if char.is_alphanumeric() || matches!(char, '_' | '\'' | '’') => Self::Word,
            // Marks and joiners belong to the character before them.
            '\u{300}'..='\u{36f}' | '\u{200d}' | '\u{fe0f}' => Self::Word,
            _ => Self::Sign,
        }
    }
}

/// Compares by the longest common subsequence.
fn compare(old: &[&str], new: &[&str], parts: &mut Parts) {
    let width = new.len() + 1;
    let mut lengths = vec![0_u32; (old.len() + 1) * width];
    for (i, a) in old.iter().enumerate().rev() {
        for (j, b) in new.iter().enumerate().rev() {
            lengths[i * width + j] = if a == b {
                lengths[(i + 1) * width + j + 1] + 1
            } else {
                lengths[(i + 1) * width + j].max(lengths[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            parts.push(Kind::Same, &old[i..=i]);
            (i, j) = (i + 1, j + 1);
        } else if j == new.len()
            || i < old.len() && lengths[(i + 1) * width + j] >= lengths[i * width + j + 1]
        {
            parts.push(Kind::Removed, &old[i..=i]);
            i += 1;
        } else {
            parts.push(Kind::Added, &new[j..=j]);
            j += 1;
        }
    }
}

#[derive(Clone, Copy)]
enum Kind {
    Same,
    Removed,
    Added,
}

/// Collects parts. Between two same ones, there is at most one removed and one added part.
#[derive(Default)]
struct Parts {
    parts: Vec<Part>,
    removed: String,
    added: String,
}

impl Parts {
    fn push(&mut self, kind: Kind, words: &[&str]) {
        if words.is_empty() {
            return;
        }
        match kind {
            Kind::Removed => self.removed.extend(words.iter().copied()),
            Kind::Added => self.added.extend(words.iter().copied()),
            Kind::Same => {
                let text: String = words.concat();
                let is_changed = !self.removed.is_empty() || !self.added.is_empty();
                // A space alone between two changes belongs to both: one change is easier to read.
                if is_changed && text.trim().is_empty() && !text.contains('\n') {
                    self.removed.push_str(&text);
                    self.added.push_str(&text);
                    return;
                }
                self.flush();
                match self.parts.last_mut() {
                    Some(Part::Same(last)) => last.push_str(&text),
                    _ => self.parts.push(Part::Same(text)),
                }
            }
        }
    }

    fn flush(&mut self) {
        let (removed, added) = (std::mem::take(&mut self.removed), std::mem::take(&mut self.added));
        let (removed, added, space) = split_space(removed, added);
        if !removed.is_empty() {
            self.parts.push(Part::Removed(removed));
        }
        if !added.is_empty() {
            self.parts.push(Part::Added(added));
        }
        if !space.is_empty() {
            self.parts.push(Part::Same(space));
        }
    }

    fn finish(mut self) -> Vec<Part> {
        self.flush();
        self.parts
    }
}

/// Splits off the space at the end that both texts have.
fn split_space(mut removed: String, mut added: String) -> (String, String, String) {
    let ends = |text: &str| text.len() - text.trim_end_matches(' ').len();
    let space = " ".repeat(ends(&removed).min(ends(&added)));
    removed.truncate(removed.len() - space.len());
    added.truncate(added.len() - space.len());
    (removed, added, space)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes `[-removed-]` and `{+added+}`.
    fn marked(before: &str, after: &str) -> String {
        let parts = diff(before, after);
        let texts = parts.iter().map(|part| match part {
            Part::Same(text) => text.clone(),
            Part::Removed(text) => format!("[-{text}-]"),
            Part::Added(text) => format!("{{+{text}+}}"),
        });
        texts.collect()
    }

    #[test]
    fn changed_words_are_marked_and_the_rest_stays() {
        for (before, after, expected) in [
            ("same", "same", "same"),
            ("", "new", "{+new+}"),
            ("old", "", "[-old-]"),
            ("on Thursday", "on Friday", "on [-Thursday-]{+Friday+}"),
            ("a b c", "a x y c", "a [-b-]{+x y+} c"),
            ("one two three four", "one 2 3 four", "one [-two three-]{+2 3+} four"),
            ("backup, copy", "backup, resume, copy", "backup, {+resume, +}copy"),
            ("don't", "do", "[-don't-]{+do+}"),
            ("wait!", "wait", "wait[-!-]"),
            ("für Zoë", "für Zoe", "für [-Zoë-]{+Zoe+}"),
        ] {
            assert_eq!(marked(before, after), expected, "{before} → {after}");
        }
    }

    #[test]
    fn the_parts_make_up_both_texts() {
        let texts = ["a b  c\nd, e", "b c d\n\ne!", "", " ", "👍🏽 done", "done 👍", "a a a b a a"];
        for before in texts {
            for after in texts {
                let (mut old, mut new) = (String::new(), String::new());
                for part in diff(before, after) {
                    match part {
                        Part::Same(text) => {
                            old.push_str(&text);
                            new.push_str(&text);
                        }
                        Part::Removed(text) => old.push_str(&text),
                        Part::Added(text) => new.push_str(&text),
                    }
                }
                assert_eq!((old.as_str(), new.as_str()), (before, after));
            }
        }
    }

    #[test]
    fn long_texts_without_anything_in_common_are_not_compared_word_by_word() {
        let (before, after) = ("a ".repeat(5_000), "b ".repeat(5_000));
        let parts = diff(&before, &after);
        assert!(parts.len() <= 3, "{}", parts.len());
    }
}
