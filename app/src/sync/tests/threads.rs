//! Tests of threads: their replies, the list of those that are followed, and read positions.

use protocol::{
    ChatDeleted, FollowedThread, Quote, ThreadFollow, ThreadSummary, Threads, ThreadsPage,
};

use super::*;
use crate::state::conversation::Conversation;

fn thread() -> MessageId {
    message(1).id
}

fn reply(seq: u64, by: &str) -> Message {
    let summary =
        ThreadSummary { count: 1, last_at: Some(message(seq).sent_at), people: Vec::new() };
    Message {
        sender: user(by).into(),
        thread: Some(thread()),
        thread_replies: Some(Box::new(summary)),
        ..message(seq)
    }
}

fn followed(unread: u64, read_seq: u64) -> FollowedThread {
    FollowedThread {
        room: room().id,
        message: message(1),
        unread,
        mentions: 0,
        read_seq,
        last_at: message(2).sent_at,
        last: None,
    }
}

fn threads_page(threads: Vec<FollowedThread>) -> ThreadsPage {
    ThreadsPage { threads, ..ThreadsPage::default() }
}

/// Creates a page that is up to date, with the list of rooms and these threads.
fn with_threads(threads: Vec<FollowedThread>) -> (Model, SyncEngine) {
    let (mut model, mut engine) = connected();
    let sent = requests(&engine.due_requests(&model, 0));
    let rooms = vec![Room { seq: 2, read_seq: 2, ..room() }];
    deliver(&mut engine, &mut model, Some(&sent[0].1), Response::Rooms(rooms_page(rooms)));
    deliver(&mut engine, &mut model, Some(&sent[1].1), subscribed(true, 2, &[]));
    let (request, id) = requested(&mut engine, &model, "threads").unwrap();
    assert_eq!(request, Request::Threads(Threads::default()));
    let page = threads_page(threads);
    deliver(&mut engine, &mut model, Some(&id), Response::Threads(page));
    (model, engine)
}

fn page(seqs: &[u64]) -> Response {
    let messages = seqs.iter().map(|seq| reply(*seq, "bo")).collect();
    Response::History(HistoryPage { room: room().id, messages, ..Default::default() })
}

fn shown(model: &Model) -> Vec<u64> {
    let place = Conversation::thread(room().id, thread());
    model.timeline(place).messages.iter().map(|message| message.seq).collect()
}

#[test]
fn an_open_thread_is_requested_after_its_room_and_kept_up_to_date() {
    let (mut model, mut engine) = connected();
    model.open_thread(room().id, thread());
    assert!(requested(&mut engine, &model, "history").is_none(), "not subscribed yet");
    let mut engine = SyncEngine::new("b1".to_owned());
    deliver(&mut engine, &mut model, None, welcome("b1", 1));
    let (_, id) = requested(&mut engine, &model, "subscribe").unwrap();
    deliver(&mut engine, &mut model, Some(&id), subscribed(true, 2, &[]));
    let (request, id) = requested(&mut engine, &model, "history").unwrap();
    assert!(matches!(request, Request::History(History { thread: Some(of), before: None, .. })
        if of == thread()));
    deliver(&mut engine, &mut model, None, Event::Chat(reply(3, "bo")));
    deliver(&mut engine, &mut model, Some(&id), page(&[2]));
    deliver(&mut engine, &mut model, None, Event::Chat(reply(4, "bo")));
    assert_eq!((shown(&model), seqs(&model)), (vec![2, 3, 4], vec![1, 2]));
    assert_eq!(model.announcements.messages().len(), 2);
    assert!(requested(&mut engine, &model, "history").is_none());
}

#[test]
fn a_gap_is_filled_from_missed_events_and_a_new_page_loads_the_thread_again() {
    let (mut model, mut engine) = up_to_date();
    model.open_thread(room().id, thread());
    let (_, id) = requested(&mut engine, &model, "history").unwrap();
    deliver(&mut engine, &mut model, Some(&id), page(&[]));
    let reconnected = |model: &mut Model| {
        let mut engine = SyncEngine::new("b1".to_owned());
        deliver(&mut engine, model, None, welcome("b1", 1));
        let (request, id) = requested(&mut engine, model, "subscribe").unwrap();
        assert!(matches!(request, Request::Subscribe(Subscribe { since: Some(_), .. })));
        (engine, id)
    };
    let (mut engine, id) = reconnected(&mut model);
    let Response::Subscribe(answer) = subscribed(true, 4, &[3]) else { unreachable!() };
    let mut events = answer.events.clone();
    events.push(LoggedEvent(Event::Chat(reply(4, "bo"))));
    let answer = Response::Subscribe(Subscribed { events, ..answer });
    deliver(&mut engine, &mut model, Some(&id), answer);
    assert_eq!(shown(&model), [4]);
    assert!(requested(&mut engine, &model, "history").is_none());
    let (mut engine, id) = reconnected(&mut model);
    deliver(&mut engine, &mut model, Some(&id), subscribed(false, 900, &[]));
    let (_, id) = requested(&mut engine, &model, "history").unwrap();
    deliver(&mut engine, &mut model, Some(&id), page(&[4, 870]));
    assert_eq!(shown(&model), [4, 870]);
    model.close_thread();
    let refused = ErrorPayload::new(ErrorCode::NotFound, "There is no such message.");
    model.open_thread(room().id, message(70).id);
    let (_, id) = requested(&mut engine, &model, "history").unwrap();
    deliver(&mut engine, &mut model, Some(&id), ServerMessage::Error(refused));
    assert!(requested(&mut engine, &model, "history").is_none());
    let place = Conversation::thread(room().id, message(70).id);
    assert!(model.thread(place).unwrap().refused.is_some());
}

#[test]
fn an_own_reply_is_sent_with_its_thread_and_quote_and_shown_in_its_place() {
    let (mut model, mut engine) = up_to_date();
    model.open_thread(room().id, thread());
    let (_, id) = requested(&mut engine, &model, "history").unwrap();
    deliver(&mut engine, &mut model, Some(&id), page(&[]));
    let place = Conversation::thread(room().id, thread());
    let mine = MessageId(Uuid::from_u128(70));
    let message = PendingMessage::new(mine, room().id, "hi".to_owned(), Timestamp::default());
    let quote = protocol::Quote { id: message_id(2), ..Default::default() };
    model.post(PendingMessage {
        thread: Some(thread()),
        reply_to: Some(Box::new(quote)),
        ..message
    });
    let pending = |model: &Model, place: Conversation| model.timeline(place).pending.len();
    assert_eq!((pending(&model, place), pending(&model, room().id.into())), (1, 0));
    let (request, id) = requested(&mut engine, &model, "chat").unwrap();
    let Request::Chat(sent) = request else { panic!("{request:?}") };
    assert_eq!(
        (sent.thread, sent.reply_to, sent.in_room),
        (Some(thread()), Some(message_id(2)), false)
    );
    let stored = Sent { id: mine, room: room().id, seq: 3, sent_at: Timestamp::from_millis(9) };
    deliver(&mut engine, &mut model, Some(&id), Response::Chat(stored));
    assert_eq!(pending(&model, place), 1, "shown until its event arrives");
    deliver(&mut engine, &mut model, None, Event::Chat(Message { id: mine, ..reply(3, "ada") }));
    assert_eq!((shown(&model), pending(&model, place)), (vec![3], 0));
}

fn message_id(seq: u64) -> MessageId {
    message(seq).id
}

#[test]
fn the_list_of_threads_is_loaded_by_pages_and_again_when_it_has_changed() {
    let (mut model, mut engine) = connected();
    let sent = requests(&engine.due_requests(&model, 0));
    assert!(sent.iter().all(|(request, _)| request.name() != "threads"), "rooms come first");
    let rooms = vec![Room { seq: 2, read_seq: 2, ..room() }];
    deliver(&mut engine, &mut model, Some(&sent[0].1), Response::Rooms(rooms_page(rooms)));
    deliver(&mut engine, &mut model, Some(&sent[1].1), subscribed(true, 2, &[]));
    let (_, id) = requested(&mut engine, &model, "threads").unwrap();
    let next = Some("n".to_owned());
    let first = ThreadsPage { next: next.clone(), ..threads_page(vec![followed(1, 0)]) };
    deliver(&mut engine, &mut model, Some(&id), Response::Threads(first));
    assert!(!model.threads.is_loaded);
    let (request, id) = requested(&mut engine, &model, "threads").unwrap();
    assert_eq!(request, Request::Threads(Threads { cursor: next, limit: None }));
    let other = FollowedThread { message: message(2), ..followed(2, 0) };
    let last = threads_page(vec![other]);
    deliver(&mut engine, &mut model, Some(&id), Response::Threads(last));
    assert_eq!((model.threads.unread(), model.threads.is_loaded), (3, true));
    assert!(requested(&mut engine, &model, "threads").is_none());
    model.threads.expire();
    assert!(engine.due_requests(&model, 999).is_empty() && engine.is_waiting(999));
    let frames = requests(&engine.due_requests(&model, 1_000));
    assert!(matches!(&frames[..], [(Request::Threads(_), _)]));
}

#[test]
fn a_thread_is_read_by_its_own_position() {
    let (mut model, mut engine) = with_threads(vec![followed(0, 0)]);
    for seq in 3..=5 {
        deliver(&mut engine, &mut model, None, Event::Chat(reply(seq, "bo")));
    }
    assert_eq!((model.threads.unread(), model.rooms.unread()), (3, 0));
    model.open_thread(room().id, thread());
    let (_, id) = requested(&mut engine, &model, "history").unwrap();
    deliver(&mut engine, &mut model, Some(&id), page(&[3, 4, 5]));
    let place = Conversation::thread(room().id, thread());
    assert_eq!(model.timeline(place).first_new(), Some(3));
    model.read_thread(room().id, thread(), 4);
    assert_eq!(model.threads.unread(), 1);
    let (request, id) = requested(&mut engine, &model, "read").unwrap();
    assert!(matches!(request, Request::Read(Read { seq: 4, thread: Some(_), back: false, .. })));
    assert!(requested(&mut engine, &model, "read").is_none());
    let position = ReadPosition {
        room: room().id,
        seq: 4,
        thread: Some(thread()),
        read_seq: 4,
        unread: 1,
        mentions: 0,
    };
    deliver(&mut engine, &mut model, Some(&id), Response::Read(position));
    assert_eq!(model.threads.unread(), 1);
    assert!(requests(&engine.due_requests(&model, 5_000)).is_empty());
    let elsewhere = ReadPosition { seq: 5, read_seq: 5, unread: 0, ..position };
    deliver(&mut engine, &mut model, None, Event::Read(elsewhere));
    assert_eq!(model.threads.unread(), 0);
    assert!(requests(&engine.due_requests(&model, 9_000)).is_empty(), "no list is loaded again");
}

#[test]
fn a_thread_that_is_put_back_is_sent_before_the_first_position_is_confirmed() {
    let (mut model, mut engine) = with_threads(vec![followed(2, 0)]);
    let place = Conversation::thread(room().id, thread());
    model.clear_unread(&[place]);
    requested(&mut engine, &model, "read").unwrap();
    assert_eq!(model.restore_last_cleared(), Some(place));
    let (request, _) = requested(&mut engine, &model, "read").unwrap();
    assert!(matches!(request, Request::Read(Read { back: true, .. })), "{request:?}");
    assert!(requested(&mut engine, &model, "read").is_none());
}

#[test]
fn a_thread_is_followed_and_unfollowed_here_and_elsewhere() {
    let (mut model, mut engine) = with_threads(vec![followed(1, 0)]);
    model.threads.follow(room().id, thread(), false);
    assert!(!model.threads.is_followed(thread()));
    let (request, id) = requested(&mut engine, &model, "thread_follow").unwrap();
    let follow = |on| ThreadFollow { room: room().id.into(), thread: thread(), on };
    assert_eq!(request, Request::ThreadFollow(follow(false)));
    assert!(requested(&mut engine, &model, "thread_follow").is_none());
    deliver(&mut engine, &mut model, Some(&id), Response::ThreadFollow(follow(false)));
    assert_eq!((model.threads.iter().count(), model.threads.follows.len()), (0, 0));
    deliver(&mut engine, &mut model, None, Event::ThreadChanged(follow(true)));
    let frames = requests(&engine.due_requests(&model, 2_000));
    let mut names: Vec<_> = frames.iter().map(|(request, _)| request.name()).collect();
    names.sort_unstable();
    assert_eq!(names, ["rooms", "threads"], "the room counts its mentions again");
}

#[test]
fn who_types_in_a_thread_is_shown_there_alone() {
    let (mut model, mut engine) = up_to_date();
    model.open_thread(room().id, thread());
    let typing = TypingUser { room: room().id, user: user("bo").into(), thread: Some(thread()) };
    deliver(&mut engine, &mut model, None, Event::Typing(typing));
    let place = Conversation::thread(room().id, thread());
    let count = |model: &Model| model.thread(place).unwrap().typing.iter().len();
    assert_eq!((count(&model), model.opened_rooms[&room().id].typing.iter().len()), (1, 0));
    deliver(&mut engine, &mut model, None, Event::Chat(reply(3, "bo")));
    assert_eq!(count(&model), 0);
    model.typing_signal = Some((place, 1));
    let frames = engine.due_requests(&model, 0);
    assert!(frames.iter().any(|frame| frame.contains("typing") && frame.contains("thread")));
}

#[test]
fn a_second_thread_of_a_room_is_loaded_too() {
    let (mut model, mut engine) = with_threads(Vec::new());
    for first in [message(1).id, message(2).id] {
        model.open_thread(room().id, first);
        let (request, _) = requested(&mut engine, &model, "history").unwrap();
        let Request::History(history) = request else { panic!("{request:?}") };
        assert_eq!(history.thread, Some(first));
        assert!(model.thread(Conversation::thread(room().id, first)).is_some());
    }
}

#[test]
fn a_thread_that_is_followed_after_long_is_found_on_any_page() {
    let (mut model, mut engine) = with_threads(vec![followed(0, 2)]);
    let other = message(7).id;
    model.threads.follows.insert(other, (room().id, true));
    let (_, id) = requested(&mut engine, &model, "thread_follow").unwrap();
    let stored = ThreadFollow { room: room().id.into(), thread: other, on: true };
    deliver(&mut engine, &mut model, Some(&id), Response::ThreadFollow(stored));
    let pages = [
        (None, followed(0, 2), Some("2")),
        (Some("2"), FollowedThread { message: message(7), ..followed(0, 2) }, None),
    ];
    for (cursor, thread, next) in pages {
        let due = requests(&engine.due_requests(&model, 5_000));
        let is_threads = |(request, _): &(Request, String)| request.name() == "threads";
        let (request, id) = due.into_iter().find(is_threads).unwrap();
        let cursor = cursor.map(str::to_owned);
        assert_eq!(request, Request::Threads(Threads { cursor, limit: None }));
        let page = ThreadsPage { next: next.map(str::to_owned), ..threads_page(vec![thread]) };
        deliver(&mut engine, &mut model, Some(&id), Response::Threads(page));
    }
    assert!(model.threads.find(other).is_some());
}

#[test]
fn each_load_of_the_whole_list_may_have_all_its_pages() {
    let (mut model, mut engine) = with_threads(vec![followed(0, 2)]);
    for load in 1..=3 {
        model.threads.deep_changes += 1;
        for page in 1..=8 {
            let due = requests(&engine.due_requests(&model, load * 5_000));
            let is_threads = |(request, _): &(Request, String)| request.name() == "threads";
            let (_, id) = due.into_iter().find(is_threads).unwrap();
            let threads = vec![FollowedThread { message: message(page), ..followed(0, 2) }];
            let next = (page < 8).then(|| page.to_string());
            let page = ThreadsPage { next, ..threads_page(threads) };
            deliver(&mut engine, &mut model, Some(&id), Response::Threads(page));
        }
        assert_eq!(model.threads.iter().count(), 8);
    }
}

#[test]
fn the_threads_of_a_room_that_is_shown_again_are_loaded() {
    let (mut model, mut engine) = with_threads(vec![followed(0, 2)]);
    let due = |engine: &mut SyncEngine, model: &Model, now| {
        let due = requests(&engine.due_requests(model, now));
        due.into_iter().any(|(request, _)| request.name() == "threads")
    };
    assert!(!due(&mut engine, &model, 5_000));
    let known = Event::RoomChanged(protocol::RoomChanged { room: room() });
    deliver(&mut engine, &mut model, None, known);
    assert!(!due(&mut engine, &model, 10_000));
    let shown = Room { seq: 3, ..other(7) };
    deliver(
        &mut engine,
        &mut model,
        None,
        Event::RoomChanged(protocol::RoomChanged { room: shown }),
    );
    assert!(due(&mut engine, &model, 15_000));
}

#[test]
fn a_reply_that_was_deleted_while_the_page_was_away_is_not_counted_again() {
    let (mut model, mut engine) = with_threads(vec![followed(0, 2)]);
    deliver(&mut engine, &mut model, None, Event::Chat(reply(3, "bo")));
    assert_eq!(model.threads.unread(), 1);
    let mut engine = SyncEngine::new("b1".to_owned());
    deliver(&mut engine, &mut model, None, welcome("b1", 1));
    let (_, id) = requested(&mut engine, &model, "rooms").unwrap();
    let rooms = vec![Room { seq: 4, read_seq: 2, ..room() }];
    deliver(&mut engine, &mut model, Some(&id), Response::Rooms(rooms_page(rooms)));
    let (_, id) = requested(&mut engine, &model, "threads").unwrap();
    let without = FollowedThread { last_at: message(1).sent_at, ..followed(0, 2) };
    let page = threads_page(vec![without.clone()]);
    deliver(&mut engine, &mut model, Some(&id), Response::Threads(page));
    assert!(model.threads.iter().eq([&without]));
}

#[test]
fn a_reply_is_counted_in_its_thread_though_the_list_of_rooms_has_it_already() {
    let (mut model, mut engine) = with_threads(vec![followed(0, 2)]);
    let changed = protocol::RoomChanged { room: Room { seq: 3, read_seq: 2, ..room() } };
    deliver(&mut engine, &mut model, None, Event::RoomChanged(changed));
    deliver(&mut engine, &mut model, None, Event::Chat(reply(3, "bo")));
    assert_eq!(model.threads.unread(), 1);
}

#[test]
fn a_list_that_overtook_a_changed_reply_is_loaded_again() {
    let (id, room, seq, message_seq) = (message(2).id, room().id, 3, 2);
    let edited = ChatEdited { id, room, seq, message_seq, ..ChatEdited::default() };
    let deleted = ChatDeleted { id, room, seq, message_seq, ..ChatDeleted::default() };
    let last = Some(Box::new(Quote { id, ..Quote::default() }));
    let page = || {
        let thread = FollowedThread { last: last.clone(), ..followed(0, 2) };
        Response::Threads(threads_page(vec![thread]))
    };
    let due = |engine: &mut SyncEngine, model: &Model, now| {
        let due = requests(&engine.due_requests(model, now));
        due.into_iter().find(|(request, _)| request.name() == "threads")
    };
    for event in [Event::ChatEdited(edited), Event::ChatDeleted(deleted)] {
        let (mut model, mut engine) = with_threads(Vec::new());
        model.threads.expire();
        let (_, id) = due(&mut engine, &model, 5_000).unwrap();
        deliver(&mut engine, &mut model, None, event.clone());
        deliver(&mut engine, &mut model, Some(&id), page());
        let (_, id) = due(&mut engine, &model, 10_000).expect("the list may have the old words");
        deliver(&mut engine, &mut model, Some(&id), page());
        assert!(due(&mut engine, &model, 15_000).is_none());

        // On another page than the first, all are loaded again.
        model.threads.expire_all();
        let (_, id) = due(&mut engine, &model, 20_000).unwrap();
        let other = FollowedThread { message: message(7), ..followed(0, 2) };
        let first = ThreadsPage { next: Some("2".to_owned()), ..threads_page(vec![other]) };
        deliver(&mut engine, &mut model, Some(&id), Response::Threads(first));
        deliver(&mut engine, &mut model, None, event);
        let (_, id) = due(&mut engine, &model, 20_000).unwrap();
        deliver(&mut engine, &mut model, Some(&id), page());
        let deep = model.threads.deep_changes;
        let (_, id) = due(&mut engine, &model, 25_000).expect("the second page is behind");
        deliver(&mut engine, &mut model, Some(&id), page());
        assert_eq!(model.threads.deep_changes, deep);
    }
}
