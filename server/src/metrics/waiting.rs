//! Running totals of the bytes that wait for readers. Reading them locks no outbox.

use std::sync::atomic::{AtomicUsize, Ordering};

/// The number of classes: a connection with `n` bytes is in that of the bits of `n`.
const CLASSES: usize = usize::BITS as usize + 1;

/// The bytes that wait for all readers, and how many readers have about how many.
#[derive(Debug)]
pub(super) struct WaitingBytes {
    all: AtomicUsize,
    /// The number of readers by class. Class 0, without bytes, is not counted.
    readers: [AtomicUsize; CLASSES],
}

impl Default for WaitingBytes {
    fn default() -> Self {
        Self { all: AtomicUsize::new(0), readers: std::array::from_fn(|_| AtomicUsize::new(0)) }
    }
}

impl WaitingBytes {
    /// Records that a reader has `after` bytes, where it had `before`.
    pub(super) fn change(&self, before: usize, after: usize) {
        // Wraps if the new count is smaller. The sum of all changes is never negative.
        self.all.fetch_add(after.wrapping_sub(before), Ordering::Relaxed);
        let (left, entered) = (class(before), class(after));
        if left != entered {
            if left > 0 {
                self.readers[left].fetch_sub(1, Ordering::Relaxed);
            }
            if entered > 0 {
                self.readers[entered].fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// Returns the bytes of all readers.
    pub(super) fn all(&self) -> usize {
        self.all.load(Ordering::Relaxed)
    }

    /// Returns the bytes of the slowest reader, rounded up to one less than a power of two.
    pub(super) fn most(&self) -> usize {
        let classes = self.readers.iter().enumerate().rev();
        let mut used = classes.filter(|(_, readers)| readers.load(Ordering::Relaxed) > 0);
        used.next().map_or(0, |(class, _)| usize::MAX >> (usize::BITS as usize - class))
    }
}

fn class(bytes: usize) -> usize {
    (usize::BITS - bytes.leading_zeros()) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn totals_follow_the_changes_of_all_readers() {
        let waiting = WaitingBytes::default();
        assert_eq!((waiting.all(), waiting.most()), (0, 0));
        waiting.change(0, 20);
        waiting.change(0, 1000);
        assert_eq!((waiting.all(), waiting.most()), (1020, 1023));
        waiting.change(1000, 1);
        assert_eq!((waiting.all(), waiting.most()), (21, 31));
        waiting.change(20, 0);
        assert_eq!((waiting.all(), waiting.most()), (1, 1));
        waiting.change(1, 0);
        assert_eq!((waiting.all(), waiting.most()), (0, 0));
    }
}
