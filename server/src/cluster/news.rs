//! What this node told the other nodes for the users who are connected there.
//!
//! A message to the users of another node is lost while either node is without Redis. Unlike events
//! of a room log it leaves no gap, so this node remembers whom it told of what. Once a node is
//! back, it tells again what it told before. Only what it was about is kept; the state is read from
//! the store then.

use std::collections::{BTreeMap, HashMap};

use protocol::{Event, LoggedEvent, MessageId, RoomId, UserId};

use super::message::ClusterMessage;
use crate::hub::Topic;

/// The news that are kept. Beyond that, the oldest are forgotten.
const KEPT: usize = 4096;

/// Something that users of other nodes have to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum News {
    /// A room has changed, for all who see it.
    Room(RoomId),
    /// A room is different for a user, or gone.
    RoomOf(UserId, RoomId),
    /// A user's read position in a room, or in one of its threads.
    Position(UserId, RoomId, Option<MessageId>),
    /// Whether a user follows a thread.
    Thread(UserId, RoomId, MessageId),
}

impl News {
    fn of(topic: Topic, message: &ClusterMessage) -> Option<Self> {
        match (topic, message) {
            (_, ClusterMessage::RoomNews(room)) => Some(Self::Room(*room)),
            (
                Topic::Everyone,
                ClusterMessage::Ephemeral(LoggedEvent(Event::RoomChanged(changed)), _),
            ) => Some(Self::Room(changed.room.id)),
            (Topic::User(user), ClusterMessage::ToUser(LoggedEvent(event))) => match event {
                Event::RoomChanged(changed) => Some(Self::RoomOf(user, changed.room.id)),
                Event::RoomGone(gone) => Some(Self::RoomOf(user, gone.room)),
                Event::Read(position) => Some(Self::Position(user, position.room, position.thread)),
                Event::ThreadChanged(follow) => {
                    Some(Self::Thread(user, follow.room.as_id()?, follow.thread))
                }
                _ => None,
            },
            _ => None,
        }
    }
}

/// The latest news, each once.
#[derive(Debug, Default)]
pub(super) struct RecentNews {
    by_age: BTreeMap<u64, News>,
    numbers: HashMap<News, u64>,
    told: u64,
    /// What was told up to here may have been missed.
    missed: u64,
}

impl RecentNews {
    /// Remembers what a message tells.
    pub(super) fn note(&mut self, topic: Topic, message: &ClusterMessage) {
        let Some(news) = News::of(topic, message) else { return };
        self.told += 1;
        if let Some(earlier) = self.numbers.insert(news, self.told) {
            self.by_age.remove(&earlier);
        }
        self.by_age.insert(self.told, news);
        if self.by_age.len() > KEPT
            && let Some((_, oldest)) = self.by_age.pop_first()
        {
            self.numbers.remove(&oldest);
        }
    }

    /// Marks all news until now as missed by some node. It receives what is told from now on.
    pub(super) fn mark_missed(&mut self) {
        self.missed = self.told;
    }

    /// Returns the news that a node may have missed, the oldest first.
    pub(super) fn missed(&self) -> Vec<News> {
        self.by_age.range(..=self.missed).map(|(_, news)| *news).collect()
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn news(number: u128) -> (News, ClusterMessage) {
        let room = RoomId(Uuid::from_u128(number));
        (News::Room(room), ClusterMessage::RoomNews(room))
    }

    #[test]
    fn the_latest_news_are_kept_once_each() {
        let mut recent = RecentNews::default();
        for number in [1, 2, 1] {
            recent.note(Topic::Everyone, &news(number).1);
        }
        recent.mark_missed();
        assert_eq!(recent.missed(), [news(2).0, news(1).0]);
        for number in 10..10 + KEPT as u128 {
            recent.note(Topic::Everyone, &news(number).1);
        }
        recent.mark_missed();
        assert_eq!((recent.missed().len(), recent.numbers.len()), (KEPT, KEPT));
        assert_eq!(recent.missed()[0], news(10).0);
    }

    #[test]
    fn what_is_told_to_a_node_that_is_back_is_not_told_again() {
        let mut recent = RecentNews::default();
        recent.note(Topic::Everyone, &news(1).1);
        recent.note(Topic::Everyone, &news(2).1);
        assert_eq!(recent.missed(), []);
        recent.mark_missed();
        recent.note(Topic::Everyone, &news(1).1);
        recent.note(Topic::Everyone, &news(3).1);
        assert_eq!(recent.missed(), [news(2).0]);
    }

    #[test]
    fn passing_signals_are_no_news() {
        let mut recent = RecentNews::default();
        let event = Event::Typing(Default::default());
        let message = ClusterMessage::ephemeral(event, UserId::default());
        recent.note(Topic::Everyone, &message);
        recent.mark_missed();
        assert_eq!(recent.missed(), []);
    }
}
