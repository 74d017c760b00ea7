//! Conversations with a server of which only the words are there.

use protocol::{
    ClientId, Heartbeat, HistoryPage, LoggedEvent, Message, RoomsPage, Timestamp, decode_request,
};
use uuid::Uuid;

use super::*;
use crate::{
    fixtures::{message, room, user},
    page::{OpenRoom, Workspace},
};

/// A page with the room open at `seq` 2, and its connection, just welcomed.
fn connected() -> (Model, Link) {
    let members = protocol::MembersPage {
        room: room().id,
        members: Vec::new(),
        total: 0,
        total_online: 0,
        has_more: false,
    };
    let open = OpenRoom {
        room: protocol::Room { seq: 2, ..room() },
        messages: vec![message(1), message(2)],
        has_more: false,
        members,
    };
    let mut model = Model::from_page(Workspace {
        user: user("ada"),
        rooms: vec![room()],
        open: Some(open),
        invite_url: None,
        epoch: "e".to_owned(),
    });
    let mut link = Link::new("b1".to_owned());
    say(&mut link, &mut model, None, welcome("b1", 1));
    (model, link)
}

fn welcome(build: &str, protocol: u32) -> Event {
    welcome_of("ada", build, protocol)
}

fn welcome_of(person: &str, build: &str, protocol: u32) -> Event {
    Event::Welcome(Box::new(Welcome {
        client_id: ClientId(Uuid::nil()),
        user: user(person),
        heartbeat: Heartbeat { interval_ms: 25_000, timeout_ms: 15_000 },
        node: "n".to_owned(),
        protocol,
        build: build.to_owned(),
        default_room: None,
    }))
}

/// The same, up to date.
fn followed() -> (Model, Link) {
    let (mut model, mut link) = connected();
    let (_, id) = asked(&mut link, &model, "subscribe").unwrap();
    say(&mut link, &mut model, Some(&id), subscribed(true, 2, &[]));
    (model, link)
}

/// Another room that one is in, where nothing was said since `seq`.
fn other(seq: u64) -> protocol::Room {
    protocol::Room {
        id: RoomId(Uuid::from_u128(2)),
        slug: "desk".to_owned(),
        seq,
        read_seq: seq,
        ..room()
    }
}

fn in_other(seq: u64, text: &str) -> Event {
    Event::Chat(Message { room: other(0).id, text: Some(text.to_owned()), ..message(seq) })
}

/// A page that follows the other room, too, without having it open.
fn followed_both() -> (Model, Link) {
    let (mut model, mut link) = connected();
    let sent = requests(&link.wants(&model, 0));
    let rooms = vec![protocol::Room { seq: 2, read_seq: 2, ..room() }, other(7)];
    say(&mut link, &mut model, Some(&sent[0].1), Response::Rooms(RoomsPage { rooms }));
    say(&mut link, &mut model, Some(&sent[1].1), subscribed(true, 2, &[]));
    let (resume, id) = asked(&mut link, &model, "resume").unwrap();
    let rooms = vec![protocol::ResumeRoom { room: other(0).id.into(), since: Some(7) }];
    assert_eq!(resume, Request::Resume(Resume { epoch: None, rooms }));
    assert!(!link.is_settled(&model));
    say(&mut link, &mut model, Some(&id), Response::Resume(resumed(&[7], false)));
    assert_eq!(model.connection, Connection::Current);
    (model, link)
}

fn resumed(seqs: &[u64], has_more: bool) -> Resumed {
    let Response::Subscribe(answer) = subscribed(true, 0, &[]) else { unreachable!() };
    let other = |seq: &u64| Subscribed {
        subscribed: other(0).id.into(),
        room: other(0).id,
        seq: *seq,
        ..answer.clone()
    };
    Resumed { rooms: seqs.iter().map(other).collect(), refused: Vec::new(), has_more }
}

/// `seq`, `read_seq`, unread and mentions of the other room.
fn told(model: &Model) -> (u64, u64, u64, u64) {
    let room = model.rooms.iter().find(|room| room.id == other(0).id).unwrap();
    (room.seq, room.read_seq, room.unread, room.mentions)
}

fn say(
    link: &mut Link,
    model: &mut Model,
    id: Option<&str>,
    what: impl Into<ServerMessage>,
) -> Option<String> {
    link.receive(model, &what.into().encode(id, Timestamp::from_millis(0)), 0)
}

fn requests(frames: &[String]) -> Vec<(Request, String)> {
    frames
        .iter()
        .map(|frame| decode_request(frame).unwrap())
        .map(|(request, id)| (request, id.unwrap()))
        .collect()
}

fn asked(link: &mut Link, model: &Model, name: &str) -> Option<(Request, String)> {
    requests(&link.wants(model, 0)).into_iter().find(|(request, _)| request.name() == name)
}

fn subscribed(recovered: bool, seq: u64, events: &[u64]) -> Response {
    Response::Subscribe(Subscribed {
        subscribed: room().id.into(),
        room: room().id,
        seq,
        epoch: "e".to_owned(),
        recovered,
        events: events.iter().map(|seq| LoggedEvent(Event::Chat(message(*seq)))).collect(),
        messages: Vec::new(),
        has_more: false,
    })
}

fn write(model: &mut Model, id: u128) -> MessageId {
    let id = MessageId(Uuid::from_u128(id));
    model.write(id, room().id, "hello".to_owned(), Timestamp::from_millis(0));
    id
}

fn seqs(model: &Model) -> Vec<u64> {
    model.chats[&room().id].messages.iter().map(|message| message.seq).collect()
}

#[test]
fn after_welcome_it_resumes_from_what_the_page_shows() {
    let (mut model, mut link) = connected();
    let sent = requests(&link.wants(&model, 0));
    let resume = Subscribe { room: room().id.into(), since: Some(2), epoch: Some("e".to_owned()) };
    assert_eq!(sent[0].0, Request::Rooms(Empty {}));
    assert_eq!(sent[1].0, Request::Subscribe(resume));
    assert!(link.wants(&model, 0).is_empty());
    let page = RoomsPage { rooms: vec![protocol::Room { seq: 4, ..room() }] };
    say(&mut link, &mut model, Some(&sent[0].1), Response::Rooms(page));
    assert_eq!(model.connection, Connection::CatchingUp { missing: 2 });
    say(&mut link, &mut model, Some(&sent[1].1), subscribed(true, 4, &[3, 4]));
    assert_eq!((model.connection, seqs(&model)), (Connection::Current, vec![1, 2, 3, 4]));
    assert_eq!(link.silence_ms(), 40_000);
}

#[test]
fn a_gap_subscribes_anew_once() {
    let (mut model, mut link) = connected();
    let (_, id) = asked(&mut link, &model, "subscribe").unwrap();
    say(&mut link, &mut model, Some(&id), subscribed(true, 2, &[]));
    say(&mut link, &mut model, None, Event::Chat(message(5)));
    say(&mut link, &mut model, None, Event::Chat(message(6)));
    let (request, id) = asked(&mut link, &model, "subscribe").unwrap();
    assert!(matches!(request, Request::Subscribe(Subscribe { since: Some(2), .. })));
    say(&mut link, &mut model, None, Event::Chat(message(7)));
    assert!(asked(&mut link, &model, "subscribe").is_none());
    say(&mut link, &mut model, Some(&id), subscribed(true, 7, &[3, 4, 5, 6, 7]));
    assert_eq!(seqs(&model), [1, 2, 3, 4, 5, 6, 7]);
}

#[test]
fn what_is_written_is_sent_one_by_one_and_shown_once() {
    let (mut model, mut link) = connected();
    let (_, id) = asked(&mut link, &model, "subscribe").unwrap();
    say(&mut link, &mut model, Some(&id), subscribed(true, 2, &[]));
    let first = write(&mut model, 70);
    write(&mut model, 71);
    let (request, answer_to) = asked(&mut link, &model, "chat").unwrap();
    assert!(matches!(request, Request::Chat(Chat { id: Some(id), .. }) if id == first));
    assert!(asked(&mut link, &model, "chat").is_none());
    let sent = Sent { id: first, room: room().id, seq: 3, sent_at: Timestamp::from_millis(9) };
    say(&mut link, &mut model, Some(&answer_to), Response::Chat(sent));
    let echo = Message { id: first, seq: 3, ..message(3) };
    say(&mut link, &mut model, None, Event::Chat(echo));
    assert_eq!(seqs(&model), [1, 2, 3]);
    assert_eq!(model.outbox.entries().len(), 1);
    assert!(asked(&mut link, &model, "chat").is_some());
}

#[test]
fn what_is_kept_on_the_device_is_taken_up_in_the_order_written() {
    let (mut model, _) = connected();
    let entry = |id: u128, written_at| crate::outbox::Entry {
        id: MessageId(Uuid::from_u128(id)),
        room: room().id,
        text: id.to_string(),
        written_at: Timestamp::from_millis(written_at),
        failed: None,
        sent: None,
        others_until: None,
    };
    model.share_outbox(vec![entry(50, 3), entry(51, 1), entry(52, 2)], &[], 0);
    let texts: Vec<_> = model.outbox.entries().iter().map(|entry| entry.text.as_str()).collect();
    assert_eq!(texts, ["51", "52", "50"]);
    let change = |op: u128, made_at| Change {
        op: OpId(Uuid::from_u128(op)),
        room: room().id,
        message: message(1).id,
        kind: Kind::Edit(op.to_string()),
        made_at: Timestamp::from_millis(made_at),
        failed: None,
        sent: None,
        others_until: None,
    };
    model.share_changes(vec![change(60, 2), change(61, 1)], &[], 0);
    assert_eq!(model.changes.text(&message(1)).as_deref(), Some("60"), "the last one counts");
}

#[test]
fn an_answer_ahead_of_the_live_stream_is_shown_from_the_outbox_until_its_event_comes() {
    let (mut model, mut link) = followed();
    let mine = write(&mut model, 70);
    let (_, id) = asked(&mut link, &model, "chat").unwrap();
    let sent = Sent { id: mine, room: room().id, seq: 4, sent_at: Timestamp::from_millis(9) };
    say(&mut link, &mut model, Some(&id), Response::Chat(sent.clone()));
    assert_eq!(seqs(&model), [1, 2]);
    assert_eq!(model.outbox.entries()[0].sent, Some(sent));
    assert!(link.wants(&model, 0).is_empty());
    say(&mut link, &mut model, None, Event::Chat(message(3)));
    assert_eq!(model.outbox.entries().len(), 1);
    say(&mut link, &mut model, None, Event::Chat(Message { id: mine, ..message(4) }));
    assert_eq!((seqs(&model), model.outbox.entries()), (vec![1, 2, 3, 4], &[][..]));
}

#[test]
fn an_event_behind_a_hole_is_shown_from_the_outbox_until_the_hole_is_filled() {
    let (mut model, mut link) = followed();
    let mine = write(&mut model, 70);
    assert!(asked(&mut link, &model, "chat").is_some());
    say(&mut link, &mut model, None, Event::Chat(Message { id: mine, ..message(4) }));
    assert_eq!(model.outbox.entries()[0].sent.as_ref().map(|sent| sent.seq), Some(4));
    let (_, id) = asked(&mut link, &model, "subscribe").unwrap();
    say(&mut link, &mut model, Some(&id), subscribed(true, 4, &[3, 4]));
    assert_eq!((seqs(&model), model.outbox.entries()), (vec![1, 2, 3, 4], &[][..]));
}

#[test]
fn a_new_connection_covers_what_was_acknowledged_and_does_not_send_it_again() {
    let (mut model, mut link) = followed();
    let mine = write(&mut model, 70);
    let (_, id) = asked(&mut link, &model, "chat").unwrap();
    let sent = Sent { id: mine, room: room().id, seq: 4, sent_at: Timestamp::from_millis(9) };
    say(&mut link, &mut model, Some(&id), Response::Chat(sent));
    let mut link = Link::new("b1".to_owned());
    say(&mut link, &mut model, None, welcome("b1", 1));
    let frames = requests(&link.wants(&model, 0));
    assert!(frames.iter().all(|(request, _)| request.name() != "chat"));
    let (_, id) = frames.iter().find(|(request, _)| request.name() == "subscribe").unwrap();
    say(&mut link, &mut model, Some(id), subscribed(false, 90, &[]));
    assert!(model.outbox.entries().is_empty());
}

#[test]
fn a_page_of_somebody_else_says_nothing() {
    let (mut model, _) = connected();
    write(&mut model, 70);
    let mut link = Link::new("b1".to_owned());
    say(&mut link, &mut model, None, welcome_of("bo", "b1", 1));
    assert!(link.is_anothers());
    assert!(link.wants(&model, 0).is_empty());
    assert_eq!(model.me, user("ada"));
}

#[test]
fn before_welcome_there_is_no_ping() {
    let (model, mut link) = connected();
    assert!(link.ping(0).is_some());
    let mut link = Link::new("b1".to_owned());
    assert!(link.ping(0).is_none());
    assert!(link.wants(&model, 0).is_empty());
}

#[test]
fn a_lost_connection_sends_the_same_ids_again() {
    let (mut model, mut link) = connected();
    let mine = write(&mut model, 70);
    assert!(asked(&mut link, &model, "chat").is_some());
    let mut link = Link::new("b1".to_owned());
    assert!(asked(&mut link, &model, "chat").is_none());
    say(&mut link, &mut model, None, welcome("b1", 1));
    let (request, _) = asked(&mut link, &model, "chat").unwrap();
    assert!(matches!(request, Request::Chat(Chat { id: Some(id), .. }) if id == mine));
}

#[test]
fn too_fast_is_tried_again_later_and_refused_waits_for_its_author() {
    let (mut model, mut link) = connected();
    write(&mut model, 70);
    let (_, id) = asked(&mut link, &model, "chat").unwrap();
    let too_fast = ErrorPayload {
        retry_after_ms: Some(300),
        ..ErrorPayload::new(ErrorCode::RateLimited, "slow")
    };
    say(&mut link, &mut model, Some(&id), ServerMessage::Error(too_fast));
    assert!(link.wants(&model, 299).is_empty());
    let again = requests(&link.wants(&model, 300));
    let (_, id) = again.iter().find(|(request, _)| request.name() == "chat").unwrap();
    say(
        &mut link,
        &mut model,
        Some(id),
        ServerMessage::Error(ErrorPayload::new(ErrorCode::Forbidden, "no")),
    );
    assert_eq!(model.outbox.entries()[0].failed.as_deref(), Some("no"));
    assert!(asked(&mut link, &model, "chat").is_none());
}

#[test]
fn an_answer_that_does_not_come_ends_the_connection() {
    let (model, mut link) = connected();
    assert!(!link.wants(&model, 1_000).is_empty());
    assert!(!link.is_overdue(21_000));
    assert!(link.is_overdue(21_001));
}

#[test]
fn older_messages_are_asked_for_once_and_after_the_room_is_followed() {
    let (mut model, mut link) = connected();
    let chat = model.chats.get_mut(&room().id).unwrap();
    (chat.has_more, chat.wants_older) = (true, true);
    let (_, id) = asked(&mut link, &model, "subscribe").unwrap();
    say(&mut link, &mut model, Some(&id), subscribed(true, 2, &[]));
    let (request, id) = asked(&mut link, &model, "history").unwrap();
    assert!(matches!(request, Request::History(History { before: Some(1), .. })));
    assert!(asked(&mut link, &model, "history").is_none());
    let page = HistoryPage { room: room().id, messages: Vec::new(), has_more: false };
    say(&mut link, &mut model, Some(&id), Response::History(page));
    assert!(!model.chats[&room().id].wants_older);
}

#[test]
fn a_room_that_is_not_there_is_refused_and_not_asked_again() {
    let (mut model, mut link) = connected();
    let (_, id) = asked(&mut link, &model, "subscribe").unwrap();
    let gone = ErrorPayload::new(ErrorCode::NotFound, "No such room");
    say(&mut link, &mut model, Some(&id), ServerMessage::Error(gone));
    assert_eq!(model.chats[&room().id].phase, Phase::Refused("No such room".to_owned()));
    assert!(asked(&mut link, &model, "subscribe").is_none());
}

#[test]
fn a_room_that_was_refused_is_asked_for_again_once_it_is_opened_again() {
    let (mut model, mut link) = followed_both();
    let removed =
        Event::System(protocol::System::new(room().id, SystemEvent::Removed, user("ada")));
    say(&mut link, &mut model, None, removed);
    model.open(Some(room().id));
    assert!(asked(&mut link, &model, "subscribe").is_none(), "it was open all the time");
    model.open(None);
    model.open(Some(room().id));
    assert_eq!(model.chats[&room().id].phase, Phase::Loading);
    let (request, id) = asked(&mut link, &model, "subscribe").unwrap();
    assert!(matches!(request, Request::Subscribe(Subscribe { since: None, .. })));
    say(&mut link, &mut model, Some(&id), subscribed(false, 2, &[]));
    assert!(asked(&mut link, &model, "members").is_some());
    assert!(link.is_settled(&model));
}

#[test]
fn what_was_refused_is_given_up_with_the_room() {
    let (mut model, _) = followed_both();
    let (refused, waiting) = (write(&mut model, 50), write(&mut model, 51));
    model.outbox.fail(refused, "no".to_owned());
    let left =
        |model: &Model| model.outbox.entries().iter().map(|entry| entry.id).collect::<Vec<_>>();
    model.take_rooms(vec![room(), other(7)]);
    assert_eq!(left(&model), [refused, waiting]);
    model.take_rooms(vec![other(7)]);
    assert_eq!(left(&model), [waiting]);
}

#[test]
fn an_unreadable_answer_starts_afresh_and_then_gives_up() {
    let (mut model, mut link) = connected();
    let (_, id) = asked(&mut link, &model, "subscribe").unwrap();
    let unreadable =
        |id: &str| format!(r#"{{"type":"subscribe_response","payload":{{}},"request_id":"{id}"}}"#);
    link.receive(&mut model, &unreadable(&id), 0);
    let (request, id) = asked(&mut link, &model, "subscribe").unwrap();
    assert!(matches!(request, Request::Subscribe(Subscribe { since: None, .. })));
    link.receive(&mut model, &unreadable(&id), 0);
    assert!(matches!(model.chats[&room().id].phase, Phase::Refused(_)));
}

#[test]
fn a_ping_is_answered_and_another_build_is_noticed() {
    let (mut model, mut link) = connected();
    let pong = say(&mut link, &mut model, None, Event::Ping(Empty {})).unwrap();
    assert_eq!(decode_request(&pong).unwrap().0, Request::Pong(Empty {}));
    for (build, protocol, outdated) in
        [("b1", 1, false), ("dev", 1, false), ("b1", 2, true), ("b2", 1, true)]
    {
        model.outdated = false;
        say(&mut link, &mut model, None, welcome(build, protocol));
        assert_eq!(model.outdated, outdated, "{build} {protocol}");
    }
}

#[test]
fn what_others_say_is_read_out_and_ones_own_is_not() {
    let (mut model, mut link) = connected();
    let (_, id) = asked(&mut link, &model, "subscribe").unwrap();
    say(&mut link, &mut model, Some(&id), subscribed(true, 2, &[]));
    say(&mut link, &mut model, None, Event::Chat(message(3)));
    say(
        &mut link,
        &mut model,
        None,
        Event::Chat(Message { sender: user("ada").into(), ..message(4) }),
    );
    assert_eq!(model.heard.iter().map(|message| message.seq).collect::<Vec<_>>(), [3]);
    model.open(None);
    assert!(model.heard.is_empty());
    say(&mut link, &mut model, None, Event::Chat(message(5)));
    assert!(model.heard.is_empty());
}

#[test]
fn a_room_out_of_view_stays_light() {
    let (mut model, mut link) = followed();
    model.open(None);
    for seq in 3..=1_000 {
        say(&mut link, &mut model, None, Event::Chat(message(seq)));
    }
    let chat = &model.chats[&room().id];
    assert_eq!((chat.seq, chat.has_more), (1_000, true));
    assert!(chat.messages.len() <= 300);
    model.open(Some(room().id));
    for seq in 1_001..=1_400 {
        say(&mut link, &mut model, None, Event::Chat(message(seq)));
    }
    assert!(model.chats[&room().id].messages.len() > 400); // somebody may be reading far above
}

#[test]
fn an_unreadable_answer_to_a_message_leaves_it_to_its_event() {
    let (mut model, mut link) = followed();
    let mine = write(&mut model, 70);
    write(&mut model, 71);
    let (_, id) = asked(&mut link, &model, "chat").unwrap();
    let unreadable = format!(r#"{{"type":"chat_response","payload":{{}},"request_id":"{id}"}}"#);
    link.receive(&mut model, &unreadable, 0);
    assert!(model.outdated);
    assert!(asked(&mut link, &model, "chat").is_none());
    link.asked.retain(|_, (asked, _)| matches!(asked, Asked::Chat { .. }));
    assert!(!link.is_overdue(1_000_000));
    say(&mut link, &mut model, None, Event::Chat(Message { id: mine, ..message(3) }));
    assert!(asked(&mut link, &model, "chat").is_some());
    assert_eq!(model.outbox.entries().len(), 1);
}

#[test]
fn an_unreadable_page_of_history_is_not_asked_for_again_and_again() {
    let (mut model, mut link) = followed();
    let chat = model.chats.get_mut(&room().id).unwrap();
    (chat.has_more, chat.wants_older) = (true, true);
    let (_, id) = asked(&mut link, &model, "history").unwrap();
    let unreadable = format!(r#"{{"type":"history_response","payload":{{}},"request_id":"{id}"}}"#);
    link.receive(&mut model, &unreadable, 0);
    assert!(asked(&mut link, &model, "history").is_none());
}

#[test]
fn people_who_cannot_be_counted_are_asked_for_again_now_and_then() {
    let (mut model, mut link) = followed();
    let (_, id) = asked(&mut link, &model, "members").unwrap();
    let page = protocol::MembersPage {
        room: room().id,
        members: Vec::new(),
        total: 900,
        total_online: 1,
        has_more: true,
    };
    say(&mut link, &mut model, Some(&id), Response::Members(page.clone()));
    let joined = Event::System(protocol::System::new(room().id, SystemEvent::Joined, user("zoe")));
    say(&mut link, &mut model, None, joined);
    assert!(link.wants(&model, 30_000).is_empty());
    let again = requests(&link.wants(&model, 30_001));
    assert!(matches!(&again[..], [(Request::Members(_), _)]));
    assert!(link.wants(&model, 30_002).is_empty());
    say(&mut link, &mut model, Some(&again[0].1), Response::Members(page));
    assert!(link.wants(&model, 90_000).is_empty());
}

#[test]
fn people_of_an_open_room_are_counted_again_where_there_are_too_many_to_be_told_of_each() {
    let (mut model, mut link) = followed();
    let (_, id) = asked(&mut link, &model, "members").unwrap();
    let page = |total_online| {
        let members = Vec::new();
        Response::Members(protocol::MembersPage {
            room: room().id,
            members,
            total: 900,
            total_online,
            has_more: true,
        })
    };
    say(&mut link, &mut model, Some(&id), page(100));
    assert!(link.wants(&model, 30_000).is_empty());
    let again = requests(&link.wants(&model, 30_001));
    assert!(matches!(&again[..], [(Request::Members(_), _)]));
    say(&mut link, &mut model, Some(&again[0].1), page(99));
    assert!(link.wants(&model, 90_000).is_empty());
    model.chats.get_mut(&room().id).unwrap().total_online = 101;
    model.open(None);
    assert!(link.wants(&model, 150_000).is_empty(), "nobody looks");
}

#[test]
fn an_answer_that_ended_early_is_asked_for_the_rest() {
    let (mut model, mut link) = connected();
    let (_, id) = asked(&mut link, &model, "rooms").unwrap();
    say(
        &mut link,
        &mut model,
        Some(&id),
        Response::Rooms(RoomsPage { rooms: vec![room(), other(7)] }),
    );
    let (_, id) = asked(&mut link, &model, "resume").unwrap();
    assert!(asked(&mut link, &model, "resume").is_none());
    say(&mut link, &mut model, Some(&id), Response::Resume(resumed(&[], true)));
    assert!(link.wants(&model, 0).is_empty());
    let again = requests(&link.wants(&model, PATIENCE_MS));
    let (request, id) = again.iter().find(|(request, _)| request.name() == "resume").unwrap();
    assert!(matches!(request, Request::Resume(resume) if resume.rooms.len() == 1));
    say(&mut link, &mut model, Some(id), Response::Resume(resumed(&[7], false)));
    assert!(asked(&mut link, &model, "resume").is_none());
}

#[test]
fn a_room_that_is_not_open_tells_what_is_unread_in_it() {
    let (mut model, mut link) = followed_both();
    say(&mut link, &mut model, None, in_other(8, "hello"));
    say(&mut link, &mut model, None, in_other(9, "@ada, are you there?"));
    assert_eq!((told(&model), model.unread()), ((9, 7, 2, 1), 2));
    assert!(link.wants(&model, 5_000).is_empty());
    say(&mut link, &mut model, None, in_other(11, "a hole before this"));
    say(&mut link, &mut model, None, in_other(12, "and none before this"));
    let again = requests(&link.wants(&model, 5_000));
    assert!(matches!(&again[..], [(Request::Rooms(_), _)]));
    say(&mut link, &mut model, None, in_other(14, "another hole"));
    assert!(link.wants(&model, 6_000).is_empty());
    // The answer was made before the last message.
    let rooms =
        vec![room(), protocol::Room { seq: 13, read_seq: 7, unread: 6, mentions: 1, ..other(0) }];
    say(&mut link, &mut model, Some(&again[0].1), Response::Rooms(RoomsPage { rooms }));
    assert_eq!(told(&model), (14, 7, 7, 1));
    assert!(link.wants(&model, 6_000).is_empty());
    assert!(link.is_holding(6_000));
    assert_eq!(requests(&link.wants(&model, 7_000)).len(), 1);
}

#[test]
fn opening_a_room_begins_with_its_page_and_marks_where_the_reader_stopped() {
    let (mut model, mut link) = followed_both();
    say(&mut link, &mut model, None, in_other(8, "hello"));
    model.open(Some(other(0).id));
    assert_eq!(model.mark, Some(7));
    let (request, id) = asked(&mut link, &model, "subscribe").unwrap();
    assert_eq!(
        request,
        Request::Subscribe(Subscribe { room: other(0).id.into(), since: None, epoch: None })
    );
    model.look(other(0).id, true);
    assert_eq!(told(&model).2, 1);
    let Response::Subscribe(answer) = subscribed(false, 8, &[]) else { unreachable!() };
    let answer = Subscribed { room: other(0).id, ..answer };
    say(&mut link, &mut model, Some(&id), Response::Subscribe(answer));
    model.look(other(0).id, true);
    assert_eq!((told(&model), model.mark), ((8, 8, 0, 0), Some(7)));
    let (request, id) = asked(&mut link, &model, "read").unwrap();
    assert_eq!(request, Request::Read(Read { room: Some(other(0).id.into()), seq: 8 }));
    say(&mut link, &mut model, None, in_other(9, "more"));
    model.look(other(0).id, true);
    assert!(asked(&mut link, &model, "read").is_none());
    let position = protocol::ReadPosition { room: other(0).id, seq: 8 };
    say(&mut link, &mut model, Some(&id), Response::Read(position));
    let (request, _) = asked(&mut link, &model, "read").unwrap();
    assert!(matches!(request, Request::Read(Read { seq: 9, .. })));
    assert_eq!((told(&model), model.mark), ((9, 9, 0, 0), Some(7)));
}

#[test]
fn what_comes_while_nobody_looks_is_marked_as_new() {
    let (mut model, mut link) = followed_both();
    model.look(room().id, true);
    say(&mut link, &mut model, None, Event::Chat(message(3)));
    model.look(room().id, true);
    assert_eq!((model.mark, model.unread()), (None, 0));
    model.look(room().id, false);
    say(&mut link, &mut model, None, Event::Chat(message(4)));
    say(&mut link, &mut model, None, Event::Chat(message(5)));
    assert_eq!((model.mark, model.unread()), (Some(3), 2));
}

#[test]
fn what_was_said_while_the_page_was_not_connected_is_marked_as_new_where_nobody_looked() {
    for (present, read_seq, mark) in [(false, 2, Some(2)), (true, 2, None), (false, 0, None)] {
        let (mut model, mut link) = followed_both();
        model.look(room().id, present);
        assert_eq!((model.mark, model.unread()), (None, 0));
        link = Link::new(link.build);
        say(&mut link, &mut model, None, welcome("b1", 1));
        let (_, id) = asked(&mut link, &model, "rooms").unwrap();
        let rooms = vec![protocol::Room { seq: 4, read_seq, unread: 2, ..room() }, other(7)];
        say(&mut link, &mut model, Some(&id), Response::Rooms(RoomsPage { rooms: rooms.clone() }));
        assert_eq!(model.mark, mark, "looked at: {present}, read before: {read_seq}");
        model.take_rooms(rooms);
        assert_eq!(model.mark, mark);
    }
}

#[test]
fn what_was_read_on_another_device_is_read_here() {
    let (mut model, mut link) = followed_both();
    say(&mut link, &mut model, None, in_other(8, "hello"));
    say(&mut link, &mut model, None, in_other(9, "@ada"));
    let read = |seq| Event::Read(protocol::ReadPosition { room: other(0).id, seq });
    say(&mut link, &mut model, None, read(9));
    assert_eq!(told(&model), (9, 9, 0, 0));
    assert!(link.wants(&model, 5_000).is_empty());
    say(&mut link, &mut model, None, read(8));
    assert!(matches!(&requests(&link.wants(&model, 5_000))[..], [(Request::Rooms(_), _)]));
}

#[test]
fn rooms_that_come_before_a_read_position_is_known_do_not_undo_it() {
    let (mut model, mut link) = followed_both();
    model.rooms[0].unread = 3;
    model.rooms[0].read_seq = 0;
    model.look(room().id, true);
    let rooms = vec![protocol::Room { seq: 2, read_seq: 0, unread: 3, ..room() }, other(7)];
    assert!(model.take_rooms(rooms));
    assert_eq!((model.rooms[0].read_seq, model.rooms[0].unread), (2, 0));
    assert!(asked(&mut link, &model, "read").is_some());
}

#[test]
fn after_three_tries_in_a_row_a_room_starts_afresh() {
    let (mut model, _) = connected();
    for fresh in [false, false, true] {
        let mut link = Link::new("b1".to_owned());
        say(&mut link, &mut model, None, welcome("b1", 1));
        let (request, _) = asked(&mut link, &model, "subscribe").unwrap();
        let Request::Subscribe(subscribe) = request else { unreachable!() };
        assert_eq!((subscribe.since.is_none(), subscribe.epoch.is_none()), (fresh, fresh));
    }
    let mut link = Link::new("b1".to_owned());
    say(&mut link, &mut model, None, welcome("b1", 1));
    let (_, id) = asked(&mut link, &model, "subscribe").unwrap();
    say(&mut link, &mut model, Some(&id), subscribed(false, 2, &[]));
    assert_eq!(model.chats[&room().id].tries, 0);
}

#[test]
fn who_was_removed_from_a_room_does_not_join_it_again() {
    let (mut model, mut link) = followed_both();
    let removed =
        Event::System(protocol::System::new(other(0).id, SystemEvent::Removed, user("ada")));
    say(&mut link, &mut model, None, removed);
    assert!(asked(&mut link, &model, "resume").is_none());
    assert_eq!(requests(&link.wants(&model, 5_000)).len(), 1);
}

#[test]
fn a_change_is_asked_for_until_it_is_answered_and_shown_until_it_came() {
    let (mut model, mut link) = followed();
    let (op, mine) = (OpId(Uuid::from_u128(50)), message(2).id);
    model.change(op, room().id, mine, Kind::Edit("better".to_owned()), Timestamp::default());
    let react = Kind::React { emoji: "👍".to_owned(), on: true };
    model.change(OpId(Uuid::from_u128(51)), room().id, mine, react, Timestamp::default());
    let edit = Request::ChatEdit(ChatEdit {
        room: Some(room().id.into()),
        id: mine,
        op: Some(op),
        text: "better".to_owned(),
    });
    assert_eq!(asked(&mut link, &model, "chat_edit").unwrap().0, edit);
    assert!(asked(&mut link, &model, "chat_react").is_none());

    let mut link = Link::new("b1".to_owned());
    say(&mut link, &mut model, None, welcome("b1", 1));
    let sent = requests(&link.wants(&model, 0));
    let answer_to = |name| &sent.iter().find(|(request, _)| request.name() == name).unwrap().1;
    assert!(sent.iter().any(|(request, _)| *request == edit));
    say(&mut link, &mut model, Some(answer_to("subscribe")), subscribed(true, 2, &[]));
    let changed = protocol::Changed { id: mine, room: room().id, seq: 3 };
    say(&mut link, &mut model, Some(answer_to("chat_edit")), Response::ChatEdit(changed));
    assert_eq!(model.changes.text(&message(2)).as_deref(), Some("better"));
    let edited = protocol::ChatEdited {
        id: mine,
        room: room().id,
        seq: 3,
        message_seq: 2,
        text: Some("better".to_owned()),
        edited_at: Timestamp::from_millis(9),
    };
    say(&mut link, &mut model, None, Event::ChatEdited(edited));
    assert_eq!(model.changes.text(&message(2)), message(2).text);
    assert_eq!(model.chats[&room().id].messages[1].text.as_deref(), Some("better"));

    let (_, id) = asked(&mut link, &model, "chat_react").unwrap();
    say(
        &mut link,
        &mut model,
        Some(&id),
        ServerMessage::Error(ErrorPayload::new(ErrorCode::Forbidden, "no")),
    );
    assert_eq!(model.changes.note(mine).and_then(|note| note.failed).as_deref(), Some("no"));
    assert!(asked(&mut link, &model, "chat_react").is_none());
}

#[test]
fn writing_is_told_once_and_not_again_on_a_new_connection() {
    let (mut model, mut link) = followed_both();
    model.writing = Some((room().id, 1));
    let frames = link.wants(&model, 0);
    assert_eq!(frames.len(), 1);
    assert!(matches!(decode_request(&frames[0]).unwrap(), (Request::Typing(_), None)));
    assert!(link.wants(&model, 0).is_empty());
    let mut link = Link::new("b1".to_owned());
    say(&mut link, &mut model, None, welcome("b1", 1));
    assert!(link.wants(&model, 0).iter().all(|frame| !frame.contains("typing")));
    let typing = protocol::TypingUser { room: room().id, user: user("bo").into() };
    say(&mut link, &mut model, None, Event::Typing(typing));
    assert_eq!(model.chats[&room().id].typing.len(), 1);
}

#[test]
fn a_room_that_one_was_taken_out_of_meanwhile_is_followed_again_once_one_is_back_in_it() {
    let (mut model, mut link) = connected();
    let sent = requests(&link.wants(&model, 0));
    let rooms =
        RoomsPage { rooms: vec![protocol::Room { seq: 2, read_seq: 2, ..room() }, other(7)] };
    say(&mut link, &mut model, Some(&sent[0].1), Response::Rooms(rooms.clone()));
    let (_, id) = asked(&mut link, &model, "resume").unwrap();
    let error = ErrorPayload::new(ErrorCode::NotFound, "There is no such room.");
    let refused = protocol::Refused { room: other(0).id.into(), error };
    let answer = Resumed { rooms: Vec::new(), refused: vec![refused], has_more: false };
    say(&mut link, &mut model, Some(&id), Response::Resume(answer));
    assert!(asked(&mut link, &model, "resume").is_none());
    let later = requests(&link.wants(&model, 60_000));
    let (_, id) = later.iter().find(|(request, _)| request.name() == "rooms").unwrap();
    say(&mut link, &mut model, Some(id), Response::Rooms(rooms));
    assert!(asked(&mut link, &model, "resume").is_some());
}

#[test]
fn an_open_room_that_one_was_taken_out_of_is_followed_again_once_one_is_back_in_it() {
    let (mut model, mut link) = followed_both();
    let removed =
        Event::System(protocol::System::new(room().id, SystemEvent::Removed, user("ada")));
    say(&mut link, &mut model, None, removed);
    assert!(matches!(model.chats[&room().id].phase, Phase::Refused(_)));
    assert!(asked(&mut link, &model, "subscribe").is_none());
    let later = requests(&link.wants(&model, 60_000));
    let (_, id) = later.iter().find(|(request, _)| request.name() == "rooms").unwrap();
    let rooms =
        RoomsPage { rooms: vec![protocol::Room { member: true, seq: 2, read_seq: 2, ..room() }] };
    say(&mut link, &mut model, Some(id), Response::Rooms(rooms));
    let (request, _) = asked(&mut link, &model, "subscribe").unwrap();
    assert!(
        matches!(request, Request::Subscribe(Subscribe { since: None, .. })),
        "all that was known was let go"
    );
}

#[test]
fn an_answer_that_goes_on_from_what_was_let_go_of_is_no_answer() {
    let (mut model, mut link) = connected();
    let (request, id) = asked(&mut link, &model, "subscribe").unwrap();
    assert!(matches!(request, Request::Subscribe(Subscribe { since: Some(2), .. })));
    let removed =
        Event::System(protocol::System::new(room().id, SystemEvent::Removed, user("ada")));
    say(&mut link, &mut model, None, removed);
    say(&mut link, &mut model, Some(&id), subscribed(true, 3, &[3]));
    let (request, id) = asked(&mut link, &model, "subscribe").unwrap();
    assert!(matches!(request, Request::Subscribe(Subscribe { since: None, .. })));
    say(&mut link, &mut model, Some(&id), subscribed(false, 3, &[]));
    assert_eq!(model.chats[&room().id].phase, Phase::Ready);
}

#[test]
fn what_the_server_fails_at_again_and_again_does_not_hold_up_the_rest() {
    let (mut model, mut link) = followed();
    write(&mut model, 70);
    let second = write(&mut model, 71);
    for nth in 1..=TRIES + 1 {
        let sent = requests(&link.wants(&model, i64::from(nth) * PATIENCE_MS));
        let (_, id) = sent.iter().find(|(request, _)| request.name() == "chat").unwrap();
        assert_eq!(model.outbox.entries()[0].failed, None);
        let fault = ServerMessage::Error(ErrorPayload::new(ErrorCode::Internal, "a fault"));
        link.receive(
            &mut model,
            &fault.encode(Some(id), Timestamp::from_millis(0)),
            i64::from(nth) * PATIENCE_MS - 1,
        );
    }
    assert_eq!(model.outbox.entries()[0].failed.as_deref(), Some("a fault"));
    let sent = requests(&link.wants(&model, 60_000));
    let is_second = |request: &Request| matches!(request, Request::Chat(Chat { id: Some(id), .. }) if *id == second);
    assert!(sent.iter().any(|(request, _)| is_second(request)));
}
