//! Connections to a scripted server. This file has the fixtures and the tests of the engine itself.

mod choices;
mod drafts;
mod edits;
mod files;
mod history;
mod later;
mod many_rooms;
mod members;
mod people;
mod pins;
mod presence;
mod preview;
mod read;
mod resume;
mod rooms;
mod search;
mod send;
mod subscriptions;
mod threads;
mod typing;
mod unread;
mod update;

use protocol::{
    Changed, Chat, ChatEdit, ChatEdited, ClientId, ErrorCode, Heartbeat, History, HistoryPage,
    ListRooms, LoggedEvent, MembersPage, Message, MessageId, OpId, Read, ReadPosition, Refused,
    Resume, ResumeRoom, Resumed, Room, RoomId, RoomsPage, Sent, Subscribe, Subscribed, System,
    SystemEvent, Timestamp, TypingUser, decode_request,
};
use uuid::Uuid;

use super::{
    part::{MAX_ATTEMPTS, RETRY_MS},
    *,
};
use crate::state::{
    fixtures::{message, open_page, room, user},
    outbox::PendingMessage,
    room::Phase,
    updates::UpdateKind,
};

/// Creates a page with the room open at `seq` 2, and its connection after `welcome`.
fn connected() -> (Model, SyncEngine) {
    let mut model = open_page();
    let mut engine = SyncEngine::new("b1".to_owned());
    deliver(&mut engine, &mut model, None, welcome("b1", 1));
    (model, engine)
}

fn welcome(build: &str, protocol: u32) -> Event {
    welcome_of("ada", build, protocol)
}

fn welcome_of(username: &str, build: &str, protocol: u32) -> Event {
    Event::Welcome(Box::new(Welcome {
        client_id: ClientId(Uuid::nil()),
        user: user(username),
        heartbeat: Heartbeat { interval_ms: 25_000, timeout_ms: 15_000 },
        node: "n".to_owned(),
        protocol,
        build: build.to_owned(),
        default_room: None,
    }))
}

/// Creates a page with a subscribed room in view that is up to date.
fn up_to_date() -> (Model, SyncEngine) {
    let (mut model, mut engine) = connected();
    let (_, id) = requested(&mut engine, &model, "subscribe").unwrap();
    deliver(&mut engine, &mut model, Some(&id), subscribed(true, 2, &[]));
    (model, engine)
}

/// Creates another room of the user, without messages after `seq`.
fn other(seq: u64) -> Room {
    Room { id: RoomId(Uuid::from_u128(2)), slug: "desk".to_owned(), seq, read_seq: seq, ..room() }
}

fn in_other(seq: u64, text: &str) -> Event {
    Event::Chat(Message { room: other(0).id, text: Some(text.to_owned()), ..message(seq) })
}

/// Creates a page that is also subscribed to the other room, without having opened it.
fn with_other_room() -> (Model, SyncEngine) {
    let (mut model, mut engine) = connected();
    let sent = requests(&engine.due_requests(&model, 0));
    let rooms = vec![Room { seq: 2, read_seq: 2, ..room() }, other(7)];
    deliver(&mut engine, &mut model, Some(&sent[0].1), Response::Rooms(rooms_page(rooms)));
    deliver(&mut engine, &mut model, Some(&sent[1].1), subscribed(true, 2, &[]));
    let (resume, id) = requested(&mut engine, &model, "resume").unwrap();
    let rooms = vec![ResumeRoom { room: other(0).id.into(), since: Some(7) }];
    assert_eq!(resume, Request::Resume(Resume { epoch: None, rooms, join: Some(false) }));
    assert!(!engine.is_settled(&model));
    deliver(&mut engine, &mut model, Some(&id), Response::Resume(resumed(&[7], false)));
    assert_eq!(model.connection, ConnectionState::Current);
    (model, engine)
}

fn rooms_page(rooms: Vec<Room>) -> RoomsPage {
    RoomsPage { rooms, has_more: false, as_of: Some(Timestamp::from_millis(1_000)) }
}

fn resumed(seqs: &[u64], has_more: bool) -> Resumed {
    let Response::Subscribe(response) = subscribed(true, 0, &[]) else { unreachable!() };
    let other = |seq: &u64| Subscribed {
        subscribed: other(0).id.into(),
        room: other(0).id,
        seq: *seq,
        ..response.clone()
    };
    Resumed { rooms: seqs.iter().map(other).collect(), refused: Vec::new(), has_more }
}

/// Returns `seq`, `read_seq`, unread messages and mentions of the other room.
fn other_counts(model: &Model) -> (u64, u64, u64, u64) {
    let room = model.rooms.find(other(0).id).unwrap();
    (room.seq, room.read_seq, room.unread, room.mentions)
}

fn deliver(
    engine: &mut SyncEngine,
    model: &mut Model,
    id: Option<&str>,
    message: impl Into<ServerMessage>,
) -> Option<String> {
    engine.receive(model, &message.into().encode(id, Timestamp::from_millis(0)), 0)
}

/// Decodes the frames that want a reply. Signals have none.
fn requests(frames: &[String]) -> Vec<(Request, String)> {
    frames
        .iter()
        .map(|frame| decode_request(frame).unwrap())
        .filter_map(|(request, id)| Some((request, id?)))
        .collect()
}

fn requested(engine: &mut SyncEngine, model: &Model, name: &str) -> Option<(Request, String)> {
    requests(&engine.due_requests(model, 0)).into_iter().find(|(request, _)| request.name() == name)
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

/// Creates the event of the user's removal from a room.
fn removed_from(room: RoomId) -> Event {
    Event::System(System::new(room, SystemEvent::Removed, user("ada")))
}

fn write(model: &mut Model, id: u128) -> MessageId {
    let id = MessageId(Uuid::from_u128(id));
    model.write(id, room().id, "hello".to_owned(), Timestamp::from_millis(0));
    id
}

fn seqs(model: &Model) -> Vec<u64> {
    model.opened_rooms[&room().id].log.messages.iter().map(|message| message.seq).collect()
}

#[test]
fn a_page_of_another_user_sends_nothing() {
    let (mut model, _) = connected();
    write(&mut model, 70);
    let mut engine = SyncEngine::new("b1".to_owned());
    deliver(&mut engine, &mut model, None, welcome_of("bo", "b1", 1));
    assert!(engine.is_other_user());
    assert!(engine.due_requests(&model, 0).is_empty());
    assert_eq!(model.me, user("ada"));
}

#[test]
fn before_welcome_nothing_is_sent() {
    let (model, mut engine) = connected();
    assert!(engine.ping(0).is_some());
    let mut engine = SyncEngine::new("b1".to_owned());
    assert!(engine.ping(0).is_none());
    assert!(engine.due_requests(&model, 0).is_empty());
}

#[test]
fn an_overdue_response_ends_the_connection() {
    let (model, mut engine) = connected();
    assert!(!engine.due_requests(&model, 1_000).is_empty());
    assert!(!engine.is_overdue(21_000));
    assert!(engine.is_overdue(21_001));
}

#[test]
fn a_response_with_the_id_of_a_ping_ends_the_ping() {
    let (mut model, mut engine) = connected();
    let (_, id) = decode_request(&engine.ping(0).unwrap()).unwrap();
    assert!(engine.is_overdue(20_001));
    deliver(&mut engine, &mut model, id.as_deref(), subscribed(true, 2, &[]));
    assert!(!engine.is_overdue(20_001));
}

#[test]
fn a_ping_gets_a_pong_and_another_build_is_detected() {
    let (mut model, mut engine) = connected();
    let pong = deliver(&mut engine, &mut model, None, Event::Ping(Empty {})).unwrap();
    assert_eq!(decode_request(&pong).unwrap().0, Request::Pong(Empty {}));
    for (build, protocol, outdated) in
        [("b1", 1, false), ("dev", 1, false), ("b1", 2, true), ("b2", 1, true)]
    {
        model.outdated = false;
        deliver(&mut engine, &mut model, None, welcome(build, protocol));
        assert_eq!(model.outdated, outdated, "build {build}, protocol {protocol}");
    }
}

#[test]
fn messages_of_other_users_are_announced_and_own_ones_are_not() {
    let (mut model, mut engine) = connected();
    let (_, id) = requested(&mut engine, &model, "subscribe").unwrap();
    deliver(&mut engine, &mut model, Some(&id), subscribed(true, 2, &[]));
    deliver(&mut engine, &mut model, None, Event::Chat(message(3)));
    deliver(
        &mut engine,
        &mut model,
        None,
        Event::Chat(Message { sender: user("ada").into(), ..message(4) }),
    );
    assert_eq!(
        model.announcements.messages().iter().map(|message| message.seq).collect::<Vec<_>>(),
        [3]
    );
    model.open(None);
    assert!(model.announcements.messages().is_empty());
    deliver(&mut engine, &mut model, None, Event::Chat(message(5)));
    assert!(model.announcements.messages().is_empty());
}
