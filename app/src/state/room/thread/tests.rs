use protocol::{ChatDeleted, ChatEdited, Quote, Sender, Subscribed, ThreadSummary, Timestamp};

use super::*;
use crate::state::{
    fixtures::{message, room, user},
    room::{Applied, Phase, RoomState},
};

/// A room whose log ends at `seq` 3, with the thread of message 1 opened.
fn opened() -> RoomState {
    let messages = (1..=3).map(message).collect();
    let log = RoomLog::new(messages, false, 3, "e".to_owned());
    let mut state = RoomState { phase: Phase::Ready, log, ..RoomState::default() };
    state.open_thread(message(1).id);
    state
}

fn reply(seq: u64) -> Message {
    let replies = ThreadSummary { count: seq, last_at: None, people: vec![user("bo").id] };
    Message { thread: Some(message(1).id), thread_replies: Some(Box::new(replies)), ..message(seq) }
}

fn page(seqs: impl IntoIterator<Item = u64>, has_more: bool) -> HistoryPage {
    let messages = seqs.into_iter().map(reply).collect();
    HistoryPage { room: room().id, messages, has_more, ..HistoryPage::default() }
}

fn edited(id: u64, seq: u64, text: &str) -> Event {
    Event::ChatEdited(ChatEdited {
        id: message(id).id,
        room: room().id,
        seq,
        message_seq: id,
        text: Some(text.to_owned()),
        blocks: vec![],
        edited_at: Timestamp::default(),
        files: Vec::new(),
        link_previews: Vec::new(),
    })
}

fn deleted(id: u64, seq: u64) -> Event {
    Event::ChatDeleted(ChatDeleted {
        id: message(id).id,
        room: room().id,
        seq,
        message_seq: id,
        deleted_by: Some(Box::new(Sender::default())),
        ..ChatDeleted::default()
    })
}

fn thread(state: &RoomState) -> &Thread {
    state.threads.find(message(1).id).unwrap()
}

fn seqs(state: &RoomState) -> Vec<u64> {
    thread(state).log.shown().iter().map(|message| message.seq).collect()
}

fn text(state: &RoomState, seq: u64) -> Option<String> {
    state.find(message(seq).id)?.text.clone()
}

#[test]
fn a_reply_is_shown_in_its_thread_and_not_in_the_room() {
    let mut state = opened();
    assert_eq!(thread(&state).wanted(), Some(None));
    state.apply_thread_page(message(1).id, None, page([], false));
    assert_eq!(state.apply(&Event::Chat(reply(4)), 0), Applied::Changed);
    let both = Message { in_room: true, ..reply(5) };
    assert_eq!(state.apply(&Event::Chat(both), 0), Applied::Changed);
    assert_eq!(state.apply(&Event::Chat(message(6)), 0), Applied::Changed);
    assert_eq!(seqs(&state), [4, 5]);
    let in_room: Vec<_> = state.log.messages.iter().map(|message| message.seq).collect();
    assert_eq!(in_room, [1, 2, 3, 5, 6]);
    let first = thread(&state).first.as_ref().unwrap();
    assert_eq!(first.replies.as_ref().unwrap().count, 5);
}

#[test]
fn events_that_arrive_before_the_replies_are_applied_to_them() {
    let mut state = opened();
    for event in [
        Event::Chat(reply(4)),
        Event::Chat(reply(5)),
        edited(4, 6, "better"),
        deleted(5, 7),
        Event::Chat(reply(8)),
    ] {
        assert_eq!(state.apply(&event, 0), Applied::Changed);
    }
    // The page was read after the first reply.
    state.apply_thread_page(message(1).id, None, page([4], false));
    assert_eq!(seqs(&state), [4, 5, 8]);
    assert_eq!(text(&state, 4).as_deref(), Some("better"));
    assert!(thread(&state).find(message(5).id).unwrap().deleted);
    // The page was read after events that arrive now.
    let mut state = opened();
    state.apply_thread_page(message(1).id, None, page([4, 5], false));
    for seq in 4..=6 {
        assert_eq!(state.apply(&Event::Chat(reply(seq)), 0), Applied::Changed);
    }
    assert_eq!(seqs(&state), [4, 5, 6]);
}

#[test]
fn the_first_message_follows_edits_made_while_it_was_requested() {
    let mut state = opened();
    let id = message(9).id;
    state.open_thread(id);
    assert!(state.threads.find(id).unwrap().first.is_none(), "the room has it not loaded");
    let mut first = message(9);
    first.seq = 0; // older than what the room has loaded
    let Event::ChatEdited(edit) = edited(9, 4, "new words") else { unreachable!() };
    state.apply(&Event::ChatEdited(ChatEdited { message_seq: 0, ..edit }), 0);
    state.threads.find_mut(id).unwrap().set_first(first);
    let first = state.threads.find(id).unwrap().first.clone().unwrap();
    assert_eq!(first.text.as_deref(), Some("new words"));
}

#[test]
fn missed_events_fill_the_gap_and_a_new_page_drops_the_threads() {
    let mut state = opened();
    state.apply_thread_page(message(1).id, None, page([], false));
    state.open_thread(message(2).id);
    let answer = |recovered, seq, events: Vec<Event>| Subscribed {
        subscribed: "general".into(),
        room: room().id,
        seq,
        epoch: "e".to_owned(),
        recovered,
        events: events.into_iter().map(protocol::LoggedEvent).collect(),
        messages: vec![message(1)],
        has_more: false,
    };
    let missed = vec![Event::Chat(reply(4)), edited(4, 5, "edited"), Event::Chat(reply(6))];
    let missed = state.apply_subscription(answer(true, 6, missed), Some(message(1).id));
    assert_eq!((missed.len(), seqs(&state)), (2, vec![4, 6]));
    assert_eq!(text(&state, 4).as_deref(), Some("edited"));
    state.apply_subscription(answer(false, 900, Vec::new()), Some(message(1).id));
    assert!(state.threads.find(message(2).id).is_none());
    assert_eq!((thread(&state).wanted(), seqs(&state)), (Some(None), vec![]));
    assert!(thread(&state).first.is_some(), "the new page has it");
    state.apply_thread_page(message(1).id, None, page([870, 880], true));
    assert_eq!(state.apply(&Event::Chat(reply(901)), 0), Applied::Changed);
    assert_eq!(seqs(&state), [870, 880, 901]);
}

#[test]
fn a_place_in_a_long_thread_is_shown_until_the_user_leaves_it() {
    let mut state = opened();
    let replies = vec![reply(10), reply(11)];
    state.threads.push(Thread::at(message(7), replies, Some(message(10).id)));
    let of = |state: &RoomState| state.threads.find(message(7).id).unwrap().clone();
    assert_eq!(of(&state).log.shown().len(), 2);
    state.apply_thread_page(message(7).id, None, page([40, 41], true));
    assert!(!of(&state).log.is_latest(), "the place is far before the newest replies");
    let mut state = opened();
    state.threads.push(Thread::at(message(7), vec![reply(10)], Some(message(10).id)));
    state.apply_thread_page(message(7).id, None, page([10, 11], false));
    assert!(of(&state).log.is_latest(), "the newest page has the place");
}

#[test]
fn quotes_follow_edits_and_deletions() {
    let mut state = opened();
    let quote = |id: u64| {
        Some(Box::new(Quote { id: message(id).id, text: message(id).text, ..Quote::default() }))
    };
    let quoting = |seq, id| Message { reply_to: quote(id), ..message(seq) };
    state.apply(&Event::Chat(quoting(4, 2)), 0);
    state.apply(&Event::Chat(quoting(5, 3)), 0);
    state.apply(&edited(2, 6, &"ä".repeat(300)), 0);
    state.apply(&deleted(3, 7), 0);
    state.apply(&edited(3, 8, "too late"), 0);
    let quote = |seq: u64| state.find(message(seq).id).unwrap().reply_to.clone().unwrap();
    assert_eq!(quote(4).text.unwrap().chars().count(), 200);
    assert_eq!((quote(5).text, quote(5).deleted), (None, true));
}

#[test]
fn the_place_of_a_link_stays_marked_if_events_were_missed() {
    let mut state = opened();
    state.threads.find_mut(message(1).id).unwrap().marked = Some(message(2).id);
    state.reset_threads(Some(message(1).id));
    assert_eq!(thread(&state).marked, Some(message(2).id));
}
