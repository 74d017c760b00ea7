//! The part of the loaded messages that the list renders. It moves with the reader, so that the
//! page stays light however far it is scrolled.

use std::ops::Range;

use protocol::Message;

/// The largest number of messages in a window while it moves. More than two screens, even of a
/// large display, whose messages have one line each.
pub const MAX_MESSAGES: usize = 240;
/// The number of messages by which a window moves.
const STEP: usize = 50;
/// The number of messages in a new window.
const START: usize = 50;

/// A window on the messages, by `seq`. Messages that are loaded before it or appended after it do
/// not move it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Window {
    first: u64,
    /// The last message; none if the window follows the end.
    last: Option<u64>,
}

impl Window {
    /// Creates a window on the newest messages.
    #[must_use]
    pub fn latest(messages: &[Message]) -> Self {
        let first = messages.get(messages.len().saturating_sub(START));
        Self { first: first.map_or(0, |message| message.seq), last: None }
    }

    /// Creates a window on the messages around the one with this `seq`, most of them after it.
    #[must_use]
    pub fn around(messages: &[Message], seq: u64) -> Self {
        let index = messages.partition_point(|message| message.seq < seq);
        let mut window = Self::default();
        window.set(messages, index.saturating_sub(STEP / 2)..index + 2 * STEP);
        window
    }

    /// Returns the indices of the messages in the window.
    #[must_use]
    pub fn range(self, messages: &[Message]) -> Range<usize> {
        let end = match self.last {
            Some(last) => messages.partition_point(|message| message.seq <= last),
            None => messages.len(),
        };
        // Without such messages the room log was replaced, and its end is shown.
        let end = if end == 0 { messages.len() } else { end };
        let start = messages.partition_point(|message| message.seq < self.first);
        start.min(end.saturating_sub(START))..end
    }

    /// Moves towards older messages. Returns whether there are any.
    pub fn move_up(&mut self, messages: &[Message]) -> bool {
        let Range { start, end } = self.range(messages);
        if start > 0 {
            let start = start.saturating_sub(STEP);
            self.set(messages, start..end.min(start + MAX_MESSAGES));
        }
        start > 0
    }

    /// Moves towards newer messages. Returns whether there are any.
    pub fn move_down(&mut self, messages: &[Message]) -> bool {
        let Range { start, end } = self.range(messages);
        let is_below = end < messages.len();
        if is_below {
            let end = (end + STEP).min(messages.len());
            self.set(messages, start.max(end.saturating_sub(MAX_MESSAGES))..end);
        }
        is_below
    }

    /// Shrinks a window that has grown with new messages: at its beginning if the reader is
    /// `at_end`, else at its end.
    pub fn shrink(&mut self, messages: &[Message], at_end: bool) {
        let Range { start, end } = self.range(messages);
        if end - start > MAX_MESSAGES {
            let range = if at_end { end - 2 * START..end } else { start..start + MAX_MESSAGES };
            self.set(messages, range);
        }
    }

    fn set(&mut self, messages: &[Message], range: Range<usize>) {
        let seq = |index: usize| messages.get(index).map(|message| message.seq);
        self.first = seq(range.start).unwrap_or_default();
        self.last = if range.end < messages.len() { seq(range.end - 1) } else { None };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::fixtures::message;

    fn log(seqs: Range<u64>) -> Vec<Message> {
        seqs.map(message).collect()
    }

    #[test]
    fn a_walk_through_all_messages_and_back_shows_each_and_never_too_many() {
        let messages = log(1..4_001);
        let mut window = Window::latest(&messages);
        assert_eq!(window.range(&messages), 3_950..4_000);
        let mut before = window.range(&messages);
        while window.move_up(&messages) {
            let range = window.range(&messages);
            assert!(range.len() <= MAX_MESSAGES);
            assert_eq!(range.start, before.start.saturating_sub(STEP));
            assert!(range.end >= before.start + STEP, "the reader's message stays");
            before = range;
        }
        assert_eq!(before, 0..MAX_MESSAGES);
        while window.move_down(&messages) {
            let range = window.range(&messages);
            assert!(range.len() <= MAX_MESSAGES);
            assert_eq!(range.end, (before.end + STEP).min(4_000));
            assert!(range.start < before.end - STEP, "the reader's message stays");
            before = range;
        }
        assert_eq!(before, 4_000 - MAX_MESSAGES..4_000);
    }

    #[test]
    fn messages_before_and_after_a_window_do_not_move_it() {
        let messages = log(501..1_001);
        let mut window = Window::latest(&messages);
        assert!(window.move_up(&messages));
        let older = log(401..1_001);
        assert_eq!(window.range(&older), 500..600);
        let newer = log(401..1_011);
        assert_eq!(window.range(&newer), 500..610, "the window follows the end");
        for _ in 0..4 {
            window.move_up(&newer);
        }
        let range = window.range(&newer);
        assert_eq!(range, 300..540);
        assert_eq!(window.range(&log(401..2_001)), range, "the window is away from the end");
    }

    #[test]
    fn a_window_shrinks_where_the_reader_is_not() {
        let (before, after) = (log(1..101), log(1..401));
        for (at_end, range) in [(true, 300..400), (false, 50..290)] {
            let mut window = Window::latest(&before);
            window.shrink(&before, at_end);
            assert_eq!(window.range(&before), 50..100);
            window.shrink(&after, at_end);
            assert_eq!(window.range(&after), range);
        }
    }

    #[test]
    fn a_window_around_a_message_shows_what_precedes_and_follows_it() {
        let messages = log(1..401);
        assert_eq!(Window::around(&messages, 201).range(&messages), 175..300);
        assert_eq!(Window::around(&messages, 1).range(&messages), 0..100);
        assert_eq!(Window::around(&messages, 400).range(&messages), 350..400);
    }

    #[test]
    fn a_window_on_messages_that_are_gone_shows_the_end() {
        let messages = log(1..401);
        let mut window = Window::latest(&messages);
        assert_eq!(window.range(&log(1..11)), 0..10, "the room log is shorter after a restore");
        while window.move_up(&messages) {}
        assert_eq!(window.range(&log(900..1_000)), 0..100);
        assert_eq!(window.range(&[]), 0..0);
        assert_eq!(Window::latest(&[]).range(&log(1..11)), 0..10);
    }
}
