use protocol::{
    ChatDeleted, ChatPinned, HistoryPage, LoggedEvent, Member, MembersPage, System, SystemEvent,
    ThreadSummary, User,
};

use super::*;
use crate::state::fixtures::{message, room, user};

fn ready(seqs: impl IntoIterator<Item = u64>) -> RoomState {
    let messages: Vec<_> = seqs.into_iter().map(message).collect();
    let seq = messages.last().map_or(0, |message| message.seq);
    RoomState {
        phase: Phase::Ready,
        log: RoomLog::new(messages, true, seq, "e".to_owned()),
        ..RoomState::default()
    }
}

fn seqs(state: &RoomState) -> Vec<u64> {
    state.log.messages.iter().map(|message| message.seq).collect()
}

fn response(recovered: bool, seq: u64, events: &[u64], messages: &[u64]) -> Subscribed {
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
    let mut state = ready(1..=2);
    assert_eq!(state.apply(&Event::Chat(message(3)), 0), Applied::Changed);
    assert_eq!(state.apply(&Event::Chat(message(4)), 0), Applied::Changed);
    assert_eq!(seqs(&state), [1, 2, 3, 4]);
}

#[test]
fn a_known_seq_changes_nothing() {
    let mut state = ready(1..=3);
    let before = state.clone();
    assert_eq!(state.apply(&Event::Chat(message(2)), 0), Applied::Known);
    assert_eq!(state, before);
}

#[test]
fn a_known_id_under_a_new_seq_is_not_duplicated() {
    let mut state = ready(1..=3);
    let duplicate = Message { seq: 4, ..message(3) };
    assert_eq!(state.apply(&Event::Chat(duplicate), 0), Applied::Known);
    assert_eq!(seqs(&state), [1, 2, 3]);
}

#[test]
fn a_gap_is_rejected_and_filled_by_another_subscription() {
    let mut state = ready(1..=2);
    assert_eq!(state.apply(&Event::Chat(message(5)), 0), Applied::Gap);
    assert_eq!(seqs(&state), [1, 2]);
    let missed = state.apply_subscription(response(true, 5, &[2, 3, 4, 5], &[]), None);
    assert_eq!(missed.len(), 3);
    assert_eq!(seqs(&state), [1, 2, 3, 4, 5]);
    assert_eq!(state.log.seq, 5);
}

#[test]
fn a_new_page_replaces_the_known_messages() {
    let mut state = ready(1..=2);
    assert!(state.apply_subscription(response(false, 90, &[], &[88, 89, 90]), None).is_empty());
    assert_eq!(seqs(&state), [88, 89, 90]);
    assert!(state.log.has_more);
}

#[test]
fn events_before_the_first_page_are_a_gap() {
    assert_eq!(RoomState::default().apply(&Event::Chat(message(1)), 0), Applied::Gap);
}

fn page(seqs: std::ops::RangeInclusive<u64>, has_more: bool) -> HistoryPage {
    HistoryPage {
        room: room().id,
        messages: seqs.map(message).collect(),
        has_more,
        ..Default::default()
    }
}

#[test]
fn older_messages_are_prepended_once() {
    let mut state = ready(5..=6);
    state.log.wants_older = true;
    assert_eq!(state.log.wanted(), Some(Cursor::Before(5)));
    state.log.apply_page(Cursor::Before(5), page(3..=4, false));
    state.log.apply_page(Cursor::Before(5), page(3..=4, false));
    assert_eq!(seqs(&state), [3, 4, 5, 6]);
    assert_eq!((state.log.has_more, state.log.wanted()), (false, None));
}

/// Loads a page before or after the shown messages, of a log of 4,000.
fn load(state: &mut RoomState, older: bool) {
    (state.log.wants_older, state.log.wants_newer) = (older, !older);
    let cursor = state.log.wanted().unwrap();
    let page = match cursor {
        Cursor::Before(seq) => page(seq.saturating_sub(50).max(1)..=seq - 1, seq > 51),
        Cursor::After(seq) => page(seq + 1..=(seq + 50).min(4_000), seq + 50 < 4_000),
        Cursor::Around(_) => unreachable!(),
    };
    state.log.apply_page(cursor, page);
}

#[test]
fn a_walk_to_the_first_message_and_back_has_no_gap_and_keeps_few() {
    let mut state = ready(3_951..=4_000);
    let is_contiguous =
        |messages: &[Message]| messages.windows(2).all(|pair| pair[0].seq + 1 == pair[1].seq);
    let check = |state: &RoomState| {
        assert!(is_contiguous(state.log.shown()) && is_contiguous(&state.log.messages));
        assert!(state.log.shown().len() <= past::MAX_LOADED);
        assert_eq!(state.log.messages.last().map(|message| message.seq), Some(4_000));
    };
    while state.log.has_older() {
        load(&mut state, true);
        check(&state);
    }
    assert_eq!(state.log.shown()[0].seq, 1);
    assert!(!state.log.is_latest() && state.log.messages.len() < 200);
    while !state.log.is_latest() {
        load(&mut state, false);
        check(&state);
    }
    assert!(state.log.has_more && state.log.is_trimmable());
    state.log.trim();
    assert!(!state.log.is_trimmable());
    assert_eq!(state.log.messages.len(), log::KEPT_MESSAGES);
}

#[test]
fn far_up_new_messages_and_updates_are_applied_and_the_end_is_shown_at_once() {
    let mut state = ready(951..=1_000);
    state.log.wants_around = Some(100);
    assert_eq!(state.log.wanted(), Some(Cursor::Around(100)));
    let deleted = |seq, message_seq| {
        Event::ChatDeleted(protocol::ChatDeleted {
            id: message(message_seq).id,
            room: room().id,
            seq,
            message_seq,
            deleted_by: None,
            ..Default::default()
        })
    };
    state.apply(&deleted(1_001, 90), 0);
    state.log.apply_page(Cursor::Around(100), page(51..=150, true));
    state.apply(&deleted(1_002, 100), 0);
    state.apply(&Event::Chat(message(1_003)), 0);
    let deleted: Vec<_> =
        state.log.shown().iter().filter(|message| message.deleted).map(|m| m.seq).collect();
    assert_eq!(deleted, [90, 100]);
    assert!(state.log.has_older() && !state.log.is_latest() && state.log.is_trimmable());
    let before = state.log.version();
    state.log.show_latest();
    assert_ne!(state.log.version(), before);
    assert_eq!(state.log.shown().last().map(|message| message.seq), Some(1_003));
}

#[test]
fn a_page_around_a_message_joins_the_newest_ones_if_they_meet() {
    let mut state = ready(51..=100);
    state.log.wants_around = Some(40);
    state.log.apply_page(Cursor::Around(40), page(1..=60, true));
    assert!(state.log.is_latest() && !state.log.has_older());
    assert_eq!(seqs(&state), (1..=100).collect::<Vec<_>>());
}

#[test]
fn trimming_keeps_the_newest_messages_and_the_rest_can_be_loaded_again() {
    let mut state = ready(1..=400);
    state.log.has_more = false;
    assert!(state.log.is_trimmable());
    state.log.trim();
    assert!(!state.log.is_trimmable());
    assert_eq!(
        (state.log.messages.len(), state.log.messages[0].seq, state.log.has_more),
        (log::KEPT_MESSAGES, 251, true)
    );
}

#[test]
fn a_user_is_typing_for_some_seconds_or_until_the_message_arrives() {
    let mut state = ready(1..=2);
    state.typing.add(user("bo").into(), 0);
    state.typing.add(user("chen").into(), 3_000);
    state.typing.add(user("bo").into(), 4_000);
    assert!(!state.typing.expire(7_000));
    assert_eq!(state.typing.iter().len(), 2);
    assert!(state.typing.expire(8_500));
    assert_eq!(state.typing.iter().len(), 1);
    state.apply(&Event::Chat(message(3)), 0);
    assert!(state.typing.iter().len() == 0);
}

#[test]
fn joins_and_leaves_change_the_member_counts() {
    let mut state = ready([]);
    let event = |event, name| Event::System(System::new(room().id, event, user(name)));
    state.apply(&event(SystemEvent::Joined, "bo"), 0);
    state.apply(&event(SystemEvent::Joined, "ada"), 0);
    state.apply(&event(SystemEvent::Joined, "ada"), 0);
    assert_eq!((state.members.total, state.members.total_online), (2, 2));
    assert_eq!(state.members.list[0].user.username, "ada");
    state.apply(&event(SystemEvent::Left, "ada"), 0);
    state.apply(&event(SystemEvent::Left, "ada"), 0);
    assert_eq!((state.members.total, state.members.total_online), (2, 1));
    state.apply(&event(SystemEvent::Removed, "bo"), 0);
    assert_eq!((state.members.total, state.members.total_online), (1, 0));
}

#[test]
fn unknown_members_are_not_counted_while_the_list_is_partial() {
    let mut state = ready([]);
    let members =
        vec![Member { user: user("ada"), online: false, joined_at: None, ..Default::default() }];
    let page =
        MembersPage { room: room().id, members, total: 900, total_online: 40, has_more: true };
    state.members = page.clone().into();
    let event = |event, name| Event::System(System::new(room().id, event, user(name)));
    state.apply(&event(SystemEvent::Joined, "ada"), 0);
    assert_eq!(
        (state.members.total, state.members.total_online, state.members.is_stale),
        (900, 41, false)
    );
    for other in [SystemEvent::Joined, SystemEvent::Left, SystemEvent::Removed] {
        state.apply(&event(other, "zoe"), 0);
        assert_eq!(
            (state.members.total, state.members.total_online, state.members.is_stale),
            (900, 41, true)
        );
    }
    state.members = page.into();
    assert!(!state.members.is_stale);
}

#[test]
fn a_new_member_of_the_same_name_marks_the_others() {
    let member = |username| Member {
        user: user(username),
        online: true,
        joined_at: None,
        ..Default::default()
    };
    let mut state = ready([]);
    state.members.list = vec![member("ada"), member("bo")];
    let new = |alike| User { name: "ADA".to_owned(), alike, ..user("eve") };
    let joined = |user| Event::System(System::new(room().id, SystemEvent::Joined, user));
    let alike = |state: &RoomState| {
        let marked = state.members.list.iter().filter(|member| member.user.alike);
        marked.map(|member| member.user.username.clone()).collect::<Vec<_>>()
    };
    state.apply(&joined(new(false)), 0);
    assert!(alike(&state).is_empty() && !state.members.is_stale);
    state.apply(&joined(new(true)), 0);
    assert_eq!(alike(&state), ["ada", "eve"]);
    assert!(state.members.is_stale, "only the server knows other letters of the same shape");
    state.members.is_stale = false;
    state.apply(&joined(new(true)), 0);
    assert!(!state.members.is_stale, "this is known");
}

/// Creates a reply in the thread of the message at seq 1.
fn reply(seq: u64, count: u64, in_room: bool) -> Message {
    let summary = ThreadSummary { count, last_at: None, people: Vec::new() };
    let thread_replies = Some(Box::new(summary));
    Message { thread: Some(message(1).id), in_room, thread_replies, ..message(seq) }
}

#[test]
fn replies_advance_the_log_and_only_those_for_the_room_are_shown() {
    let mut state = ready(1..=2);
    assert_eq!(state.apply(&Event::Chat(reply(3, 1, false)), 0), Applied::Changed);
    assert_eq!(state.apply(&Event::Chat(reply(4, 2, true)), 0), Applied::Changed);
    assert_eq!(state.apply(&Event::Chat(message(5)), 0), Applied::Changed);
    assert_eq!((seqs(&state), state.log.seq), (vec![1, 2, 4, 5], 5));
    let count = |state: &RoomState| state.log.messages[0].replies.as_ref().unwrap().count;
    assert_eq!(count(&state), 2);
    let deleted = ChatDeleted {
        id: message(3).id,
        room: room().id,
        seq: 6,
        message_seq: 3,
        thread: Some(message(1).id),
        thread_replies: reply(3, 1, false).thread_replies,
        ..ChatDeleted::default()
    };
    assert_eq!(state.apply(&Event::ChatDeleted(deleted), 0), Applied::Changed);
    assert_eq!((count(&state), seqs(&state)), (1, vec![1, 2, 4, 5]));

    let mut missed = response(true, 8, &[], &[]);
    missed.events = [reply(7, 2, false), message(8)].map(|m| LoggedEvent(Event::Chat(m))).into();
    let announced = state.apply_subscription(missed, None);
    assert_eq!(announced.len(), 2, "the thread may be in view");
    assert_eq!(seqs(&state), [1, 2, 4, 5, 8]);
}

#[test]
fn a_pin_is_known_by_its_message() {
    let mut state = ready(1..=2);
    let pinned = |seq, on| {
        let (message, user) = (message(1), user("ada").id);
        let (id, room) = (message.id, message.room);
        Event::ChatPinned(ChatPinned { id, room, seq, message_seq: 1, user, on })
    };
    state.apply(&pinned(3, true), 0);
    assert_eq!(state.log.messages[0].pinned_by.as_ref().unwrap().id, user("ada").id);
    state.apply(&pinned(4, false), 0);
    assert_eq!((&state.log.messages[0], state.log.seq), (&message(1), 4));
}

#[test]
fn a_permanent_link_shows_its_place() {
    let mut log = RoomLog::new((50..=99).map(message).collect(), true, 99, "e".to_owned());
    log.show_place((60..=70).map(message).collect(), message(65).id);
    assert!(log.is_latest(), "it is among the newest messages");
    log.show_place((1..=5).map(message).collect(), message(3).id);
    assert_eq!((log.shown().len(), log.is_latest()), (5, false));
    log.show_latest();
    assert_eq!(log.shown().len(), 50);
}

#[test]
fn a_permanent_link_to_a_reply_opens_its_thread() {
    let open = |in_room: bool| {
        let marked = reply(3, 1, in_room);
        OpenRoom {
            room: protocol::Room { seq: 9, ..room() },
            messages: vec![message(8), message(9)],
            has_more: true,
            members: MembersPage {
                room: room().id,
                members: Vec::new(),
                total: 0,
                total_online: 0,
                has_more: false,
            },
            place: Some(OpenPlace {
                marked: marked.id,
                messages: if in_room { vec![message(2), marked.clone()] } else { Vec::new() },
                thread: vec![message(1), marked],
            }),
        }
    };
    for in_room in [false, true] {
        let state = RoomState::from_page(open(in_room), "e".to_owned());
        let thread = state.threads.find(message(1).id).unwrap();
        assert_eq!(thread.first, Some(message(1)));
        assert_eq!(thread.log.shown().len(), 1);
        let marked = Some(reply(3, 1, in_room).id);
        let marks = if in_room { (marked, None) } else { (None, marked) };
        assert_eq!((state.marked, thread.marked), marks);
        assert_eq!(state.log.is_latest(), !in_room);
    }
}
