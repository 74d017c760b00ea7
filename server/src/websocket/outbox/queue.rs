//! A queue of frames that holds the first one inline. Most readers never have a second one queued.

use std::collections::VecDeque;

use bytes::Bytes;

/// A queued frame.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) frame: Bytes,
    /// True for a reply, false for an event.
    pub(super) is_reply: bool,
}

/// A first-in-first-out queue.
#[derive(Debug, Default)]
pub(super) struct Queue {
    first: Option<Waiting>,
    /// Empty if there is no first frame.
    rest: VecDeque<Waiting>,
}

impl Queue {
    pub(super) fn is_empty(&self) -> bool {
        self.first.is_none()
    }

    /// Returns the first frame if it is the only one.
    pub(super) fn only(&self) -> Option<&Waiting> {
        self.first.as_ref().filter(|_| self.rest.is_empty())
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Waiting> {
        self.first.iter().chain(&self.rest)
    }

    pub(super) fn front_mut(&mut self) -> Option<&mut Waiting> {
        self.first.as_mut()
    }

    pub(super) fn push_back(&mut self, waiting: Waiting) {
        if self.first.is_none() {
            self.first = Some(waiting);
        } else {
            self.rest.push_back(waiting);
        }
    }

    pub(super) fn pop_front(&mut self) -> Option<Waiting> {
        let next = self.rest.pop_front();
        std::mem::replace(&mut self.first, next)
    }

    pub(super) fn clear(&mut self) {
        self.first = None;
        self.rest.clear();
    }

    /// Releases memory beyond this capacity.
    pub(super) fn shrink_to(&mut self, capacity: usize) {
        if self.rest.capacity() > capacity {
            self.rest.shrink_to(capacity);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_leave_in_the_order_queued() {
        let mut queue = Queue::default();
        let mut next = (0_u8, 0_u8);
        for (more, fewer) in [(1, 1), (3, 2), (0, 1), (2, 1), (5, 6)] {
            for _ in 0..more {
                queue.push_back(Waiting {
                    frame: Bytes::copy_from_slice(&[next.0]),
                    is_reply: false,
                });
                next.0 += 1;
            }
            assert_eq!(
                queue.iter().map(|waiting| waiting.frame[0]).collect::<Vec<_>>(),
                (next.1..next.0).collect::<Vec<_>>()
            );
            assert_eq!(queue.only().is_some(), next.0 - next.1 == 1);
            for _ in 0..fewer {
                assert_eq!(queue.pop_front().unwrap().frame[0], next.1);
                next.1 += 1;
            }
            assert_eq!(queue.is_empty(), next.0 == next.1);
        }
        assert!(queue.pop_front().is_none());
    }
}
