//! One room as this page knows it: pure state, and what an event does to it.
//!
//! `seq` is the order. Nothing is shown twice, and never with a hole: an event that does not follow the last one seen
//! is refused as a [`Applied::Gap`], and the room is subscribed anew from where it stands.

use protocol::{
    Event, HistoryPage, Member, MembersPage, Message, Reaction, RoomId, Sender, Subscribed, System,
    SystemEvent, limits::MAX_ANNOUNCED_ONLINE,
};

use crate::page::OpenRoom;

/// How many messages stay when [`Chat::trim`] lets go of old ones.
const KEPT_MESSAGES: usize = 150;
/// How many there must be before it does.
const TRIMMED_ABOVE: usize = 300;

/// How long somebody who wrote a moment ago counts as writing, in milliseconds.
const TYPING_MS: i64 = 5_000;

/// What became of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applied {
    /// The room is different now.
    Changed,
    /// It was known already, or says nothing about the room.
    Known,
    /// Something before it is missing.
    Gap,
}

/// How far a room has come on this page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    /// Nothing is known of it yet.
    #[default]
    Loading,
    /// There is something to show.
    Ready,
    /// The server refused it, with this reason.
    Refused(String),
}

/// The state of one room: its messages without a hole, and its people.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Chat {
    /// How far it has come.
    pub phase: Phase,
    /// In the order of `seq`, each once.
    pub messages: Vec<Message>,
    /// Whether the server has older ones.
    pub has_more: bool,
    /// Somebody scrolled up and wants the page before the first message.
    pub wants_older: bool,
    /// Changes of messages that are not here, seen while a page was wanted that may have been read before them.
    changes: Vec<Event>,
    /// The last `seq` that is known.
    pub seq: u64,
    /// Which history `seq` counts in; none before the first answer.
    pub epoch: Option<String>,
    /// Who is writing, and until when that holds.
    pub typing: Vec<(Sender, i64)>,
    /// How often in a row catching up was begun and not done.
    pub(crate) tries: u32,
    /// Its members, in the order of usernames, as far as they were read.
    pub members: Vec<Member>,
    /// How many members it has.
    pub total: u64,
    /// How many of them follow it now.
    pub total_online: u64,
    /// Whether `members` was read at all.
    pub members_known: bool,
    /// Whether there are more members than were read.
    pub members_partial: bool,
    /// Somebody came or went who may be one of those: what is known of its people has to be read again.
    pub members_stale: bool,
}

impl Chat {
    /// A room as the server rendered it.
    #[must_use]
    pub fn from_page(open: OpenRoom, epoch: String) -> Self {
        let mut chat = Self {
            phase: Phase::Ready,
            messages: open.messages,
            has_more: open.has_more,
            seq: open.room.seq,
            epoch: Some(epoch),
            ..Self::default()
        };
        chat.members(open.members);
        chat
    }

    /// Takes an event of this room.
    pub fn apply(&mut self, event: &Event) -> Applied {
        match event {
            Event::Chat(message) => self.receive(message),
            Event::ChatEdited(_) | Event::ChatDeleted(_) | Event::ChatReacted(_) => {
                self.change(event)
            }
            Event::System(system) => self.system(system),
            Event::Typing(_)
            | Event::Read(_)
            | Event::Welcome(_)
            | Event::Ping(_)
            | Event::Pong(_) => Applied::Known,
        }
    }

    fn receive(&mut self, message: &Message) -> Applied {
        if self.phase != Phase::Ready || message.seq > self.seq + 1 {
            return Applied::Gap;
        }
        if message.seq <= self.seq || self.messages.iter().any(|known| known.id == message.id) {
            return Applied::Known;
        }
        self.seq = message.seq;
        self.typing.retain(|(who, _)| who.id != message.sender.id);
        self.messages.push(message.clone());
        Applied::Changed
    }

    /// Takes a later change of a message, whether that message is here or not.
    fn change(&mut self, event: &Event) -> Applied {
        let Some(seq) = seq_of(event) else { return Applied::Known };
        if self.phase != Phase::Ready || seq > self.seq + 1 {
            return Applied::Gap;
        }
        if seq <= self.seq {
            return Applied::Known;
        }
        self.seq = seq;
        change_message(&mut self.messages, event);
        if self.wants_older {
            self.changes.push(event.clone());
        }
        Applied::Changed
    }

    fn system(&mut self, system: &System) -> Applied {
        let place = self.members.iter().position(|member| member.user.id == system.user.id);
        if place.is_none() && self.members_partial {
            self.members_stale = true; // whether they were counted before is not known here
            return Applied::Known;
        }
        match (system.event, place) {
            (SystemEvent::Joined, Some(place)) => {
                let before = std::mem::replace(&mut self.members[place].online, true);
                self.members[place].user = system.user.clone();
                self.total_online += u64::from(!before);
            }
            (SystemEvent::Joined, None) => {
                let after = self
                    .members
                    .partition_point(|member| member.user.username < system.user.username);
                self.members.insert(after, Member { user: system.user.clone(), online: true });
                self.total += 1;
                self.total_online += 1;
            }
            (SystemEvent::Left, Some(place)) => {
                let before = std::mem::replace(&mut self.members[place].online, false);
                self.total_online = self.total_online.saturating_sub(before.into());
            }
            (SystemEvent::Removed, Some(place)) => {
                let gone = self.members.remove(place);
                self.total = self.total.saturating_sub(1);
                self.total_online = self.total_online.saturating_sub(gone.online.into());
            }
            (SystemEvent::Left | SystemEvent::Removed, None) => return Applied::Known,
        }
        Applied::Changed
    }

    /// Takes the answer to `subscribe`: what was missed, or a fresh page in place of all that was known.
    /// Says which messages are new to this page, where that can be told.
    pub fn subscribed(&mut self, answer: Subscribed) -> Vec<Message> {
        self.tries = 0;
        if answer.recovered && self.phase == Phase::Ready {
            let mut missed = Vec::new();
            for event in answer.events {
                if let (Applied::Changed, Event::Chat(message)) = (self.apply(&event.0), event.0) {
                    missed.push(message);
                }
            }
            self.seq = self.seq.max(answer.seq);
            self.epoch = Some(answer.epoch);
            return missed;
        }
        self.phase = Phase::Ready;
        self.messages = answer.messages;
        self.has_more = answer.has_more;
        self.wants_older = false;
        self.changes.clear();
        self.seq = answer.seq;
        self.epoch = Some(answer.epoch);
        Vec::new()
    }

    /// Takes the page of history that ends before `before`. One that does not fit any more is dropped.
    pub fn older(&mut self, before: u64, page: HistoryPage) {
        self.wants_older = false;
        if self.messages.first().is_some_and(|first| first.seq == before) {
            self.has_more = page.has_more;
            self.messages
                .splice(0..0, page.messages.into_iter().filter(|message| message.seq < before));
            for change in std::mem::take(&mut self.changes) {
                change_message(&mut self.messages, &change);
            }
        }
        self.changes.clear();
    }

    /// Somebody writes: that holds for a while.
    pub fn typed(&mut self, who: Sender, now: i64) {
        self.typing.retain(|(known, _)| known.id != who.id);
        self.typing.push((who, now + TYPING_MS));
    }

    /// Who still writes. False: nobody stopped.
    pub fn stop_typing(&mut self, now: i64) -> bool {
        let before = self.typing.len();
        self.typing.retain(|(_, until)| now < *until);
        self.typing.len() < before
    }

    /// Takes its people as the server tells them.
    pub fn members(&mut self, page: MembersPage) {
        self.members = page.members;
        self.total = page.total;
        self.total_online = page.total_online;
        self.members_known = true;
        self.members_partial = page.has_more;
        self.members_stale = false;
    }

    /// Whether too many are here for the server to tell of each who comes and goes. At the limit the next is not told.
    #[must_use]
    pub fn is_crowded(&self) -> bool {
        usize::try_from(self.total_online).is_ok_and(|online| online >= MAX_ANNOUNCED_ONLINE)
    }

    /// Lets go of what was scrolled far out of sight, so that a page left open stays light. It can be loaded again.
    pub fn trim(&mut self) {
        if self.messages.len() > TRIMMED_ABOVE {
            self.messages.drain(..self.messages.len() - KEPT_MESSAGES);
            self.has_more = true;
        }
    }

    /// Whether [`trim`](Self::trim) would change anything.
    #[must_use]
    pub fn is_heavy(&self) -> bool {
        self.messages.len() > TRIMMED_ABOVE
    }

    /// The `seq` before which older messages are to be read, while somebody waits for them.
    #[must_use]
    pub fn older_wanted(&self) -> Option<u64> {
        (self.wants_older && self.has_more)
            .then(|| self.messages.first().map(|first| first.seq))
            .flatten()
    }
}

/// Of the events on the wire, the room that each is about.
#[must_use]
pub fn room_of(event: &Event) -> Option<RoomId> {
    match event {
        Event::Chat(message) => Some(message.room),
        Event::ChatEdited(edited) => Some(edited.room),
        Event::ChatDeleted(deleted) => Some(deleted.room),
        Event::ChatReacted(reacted) => Some(reacted.room),
        Event::System(system) => Some(system.room),
        Event::Typing(typing) => Some(typing.room),
        Event::Read(position) => Some(position.room),
        Event::Welcome(_) | Event::Ping(_) | Event::Pong(_) => None,
    }
}

/// The place in the room's log of an event that has one.
#[must_use]
pub fn seq_of(event: &Event) -> Option<u64> {
    match event {
        Event::Chat(message) => Some(message.seq),
        Event::ChatEdited(edited) => Some(edited.seq),
        Event::ChatDeleted(deleted) => Some(deleted.seq),
        Event::ChatReacted(reacted) => Some(reacted.seq),
        Event::System(_)
        | Event::Typing(_)
        | Event::Read(_)
        | Event::Welcome(_)
        | Event::Ping(_)
        | Event::Pong(_) => None,
    }
}

/// Changes the message that the event is about, if it is among these. Once deleted it changes no more. The same changes
/// again, in order, change nothing: a page may hold some of them already.
fn change_message(messages: &mut [Message], event: &Event) {
    let find = |messages: &mut [Message], seq| {
        messages.binary_search_by_key(&seq, |message| message.seq).ok()
    };
    let message_seq = match event {
        Event::ChatEdited(edited) => edited.message_seq,
        Event::ChatDeleted(deleted) => deleted.message_seq,
        Event::ChatReacted(reacted) => reacted.message_seq,
        _ => return,
    };
    let Some(place) = find(messages, message_seq) else { return };
    let message = &mut messages[place];
    if message.deleted {
        return;
    }
    match event {
        Event::ChatEdited(edited) => {
            if let Some(text) = &edited.text {
                message.text = Some(text.clone());
                message.edited_at = Some(edited.edited_at);
            }
        }
        Event::ChatDeleted(_) => {
            message.deleted = true;
            message.text = None;
            message.edited_at = None;
            message.reactions.clear();
        }
        Event::ChatReacted(reacted) => {
            let same =
                |known: &Reaction| known.user == reacted.user && known.emoji == reacted.emoji;
            match (reacted.on, message.reactions.iter().position(same)) {
                (true, None) => {
                    message
                        .reactions
                        .push(Reaction { user: reacted.user, emoji: reacted.emoji.clone() });
                }
                // Told again, in a replay: its place is behind those that were told before it.
                (true, Some(place)) => {
                    let again = message.reactions.remove(place);
                    message.reactions.push(again);
                }
                (false, Some(place)) => {
                    message.reactions.remove(place);
                }
                (false, None) => {}
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use protocol::LoggedEvent;

    use super::*;
    use crate::fixtures::{message, room, user};

    fn ready(seqs: impl IntoIterator<Item = u64>) -> Chat {
        let messages: Vec<_> = seqs.into_iter().map(message).collect();
        let seq = messages.last().map_or(0, |message| message.seq);
        Chat {
            phase: Phase::Ready,
            messages,
            seq,
            epoch: Some("e".to_owned()),
            has_more: true,
            ..Chat::default()
        }
    }

    fn seqs(chat: &Chat) -> Vec<u64> {
        chat.messages.iter().map(|message| message.seq).collect()
    }

    fn answer(recovered: bool, seq: u64, events: &[u64], messages: &[u64]) -> Subscribed {
        Subscribed {
            subscribed: "general".into(),
            room: room().id,
            seq,
            epoch: "e".to_owned(),
            recovered,
            events: events.iter().map(|seq| LoggedEvent(Event::Chat(message(*seq)))).collect(),
            messages: messages.iter().copied().map(message).collect(),
            has_more: true,
        }
    }

    #[test]
    fn live_messages_are_appended_in_order() {
        let mut chat = ready(1..=2);
        assert_eq!(chat.apply(&Event::Chat(message(3))), Applied::Changed);
        assert_eq!(chat.apply(&Event::Chat(message(4))), Applied::Changed);
        assert_eq!(seqs(&chat), [1, 2, 3, 4]);
    }

    #[test]
    fn a_known_seq_changes_nothing() {
        let mut chat = ready(1..=3);
        let before = chat.clone();
        assert_eq!(chat.apply(&Event::Chat(message(2))), Applied::Known);
        assert_eq!(chat, before);
    }

    #[test]
    fn a_known_id_under_a_new_seq_is_not_doubled() {
        let mut chat = ready(1..=3);
        let doubled = Message { seq: 4, ..message(3) };
        assert_eq!(chat.apply(&Event::Chat(doubled)), Applied::Known);
        assert_eq!(seqs(&chat), [1, 2, 3]);
    }

    #[test]
    fn a_gap_is_refused_and_healed_by_subscribing_anew() {
        let mut chat = ready(1..=2);
        assert_eq!(chat.apply(&Event::Chat(message(5))), Applied::Gap);
        assert_eq!(seqs(&chat), [1, 2]);
        let missed = chat.subscribed(answer(true, 5, &[2, 3, 4, 5], &[]));
        assert_eq!(missed.len(), 3);
        assert_eq!(seqs(&chat), [1, 2, 3, 4, 5]);
        assert_eq!(chat.seq, 5);
    }

    #[test]
    fn a_fresh_page_replaces_what_was_known() {
        let mut chat = ready(1..=2);
        assert!(chat.subscribed(answer(false, 90, &[], &[88, 89, 90])).is_empty());
        assert_eq!(seqs(&chat), [88, 89, 90]);
        assert!(chat.has_more);
    }

    #[test]
    fn events_before_the_first_page_are_a_gap() {
        assert_eq!(Chat::default().apply(&Event::Chat(message(1))), Applied::Gap);
    }

    #[test]
    fn older_messages_go_in_front_once() {
        let mut chat = ready(5..=6);
        let page = |seqs: std::ops::RangeInclusive<u64>| HistoryPage {
            room: room().id,
            messages: seqs.map(message).collect(),
            has_more: false,
        };
        chat.wants_older = true;
        assert_eq!(chat.older_wanted(), Some(5));
        chat.older(5, page(3..=4));
        chat.older(5, page(3..=4));
        assert_eq!(seqs(&chat), [3, 4, 5, 6]);
        assert_eq!((chat.has_more, chat.older_wanted()), (false, None));
    }

    #[test]
    fn trimming_keeps_the_newest_and_offers_the_rest_again() {
        let mut chat = Chat { has_more: false, ..ready(1..=400) };
        chat.trim();
        assert_eq!(
            (chat.messages.len(), chat.messages[0].seq, chat.has_more),
            (KEPT_MESSAGES, 251, true)
        );
    }

    #[test]
    fn who_writes_does_so_for_a_while_or_until_it_is_said() {
        let mut chat = ready(1..=2);
        chat.typed(user("bo").into(), 0);
        chat.typed(user("chen").into(), 3_000);
        chat.typed(user("bo").into(), 4_000);
        assert!(!chat.stop_typing(7_000));
        assert_eq!(chat.typing.len(), 2);
        assert!(chat.stop_typing(8_500));
        assert_eq!(chat.typing.len(), 1);
        chat.apply(&Event::Chat(message(3)));
        assert!(chat.typing.is_empty());
    }

    #[test]
    fn people_come_and_go() {
        let mut chat = ready([]);
        let event = |event, name| Event::System(System::new(room().id, event, user(name)));
        chat.apply(&event(SystemEvent::Joined, "bo"));
        chat.apply(&event(SystemEvent::Joined, "ada"));
        chat.apply(&event(SystemEvent::Joined, "ada"));
        assert_eq!((chat.total, chat.total_online), (2, 2));
        assert_eq!(chat.members[0].user.username, "ada");
        chat.apply(&event(SystemEvent::Left, "ada"));
        chat.apply(&event(SystemEvent::Left, "ada"));
        assert_eq!((chat.total, chat.total_online), (2, 1));
        chat.apply(&event(SystemEvent::Removed, "bo"));
        assert_eq!((chat.total, chat.total_online), (1, 0));
    }

    #[test]
    fn strangers_are_not_counted_while_the_list_is_partial() {
        let mut chat = ready([]);
        let members = vec![Member { user: user("ada"), online: false }];
        let page =
            MembersPage { room: room().id, members, total: 900, total_online: 40, has_more: true };
        chat.members(page.clone());
        let event = |event, name| Event::System(System::new(room().id, event, user(name)));
        chat.apply(&event(SystemEvent::Joined, "ada"));
        assert_eq!((chat.total, chat.total_online, chat.members_stale), (900, 41, false));
        for stranger in [SystemEvent::Joined, SystemEvent::Left, SystemEvent::Removed] {
            chat.apply(&event(stranger, "zoe"));
            assert_eq!((chat.total, chat.total_online, chat.members_stale), (900, 41, true));
        }
        chat.members(page);
        assert!(!chat.members_stale);
    }
}
