//! Tests of users with more rooms than a page follows, and of changes of the list.

use std::collections::HashSet;

use protocol::{RoomChanged, RoomGone, Threads, ThreadsPage, Unsubscribe};

use super::*;
use crate::{state::model::MAX_OPENED, sync::part::MAX_FOLLOWED};

const COUNT: u128 = 1_200;

fn numbered(number: u128) -> Room {
    let slug = format!("room-{number:04}");
    Room { id: RoomId(Uuid::from_u128(number + 10)), name: slug.clone(), slug, ..room() }
}

fn all_rooms() -> Vec<Room> {
    let first = Room { seq: 2, read_seq: 2, ..room() };
    [first].into_iter().chain((0..COUNT).map(numbered)).collect()
}

/// Responds to all requests as the server does, until there are none. Returns the requests.
fn settle(engine: &mut SyncEngine, model: &mut Model, now: i64) -> Vec<Request> {
    let mut sent = Vec::new();
    loop {
        let due = requests(&engine.due_requests(model, now));
        if due.is_empty() {
            return sent;
        }
        for (request, id) in due {
            let Response::Subscribe(empty) = subscribed(false, 0, &[]) else { unreachable!() };
            let response = match &request {
                Request::Rooms(list) if list.changed_since.is_some() => {
                    Response::Rooms(rooms_page(Vec::new()))
                }
                Request::Rooms(list) => {
                    let all = all_rooms();
                    let after = list.after.as_ref().and_then(protocol::RoomName::as_id);
                    let first = all.iter().position(|room| Some(room.id) == after);
                    let first = first.map_or(0, |place| place + 1);
                    let rooms: Vec<_> = all.iter().skip(first).take(500).cloned().collect();
                    let has_more = first + rooms.len() < all.len();
                    Response::Rooms(RoomsPage { has_more, ..rooms_page(rooms) })
                }
                Request::Resume(resume) => {
                    let resumed = resume.rooms.iter().map(|asked| Subscribed {
                        subscribed: asked.room.clone(),
                        room: asked.room.as_id().unwrap(),
                        seq: asked.since.unwrap_or_default(),
                        recovered: true,
                        ..empty.clone()
                    });
                    let rooms = resumed.collect();
                    Response::Resume(Resumed { rooms, refused: Vec::new(), has_more: false })
                }
                Request::Subscribe(subscribe) => {
                    let id = subscribe.room.as_id().unwrap();
                    let seq = subscribe.since.unwrap_or_default();
                    let recovered = subscribe.since.is_some();
                    Response::Subscribe(Subscribed { room: id, seq, recovered, ..empty })
                }
                Request::Unsubscribe(unsubscribe) => {
                    let unsubscribed = unsubscribe.room.clone();
                    Response::Unsubscribe(protocol::Unsubscribed { unsubscribed })
                }
                Request::Members(members) => Response::Members(MembersPage {
                    room: members.room.as_id().unwrap(),
                    members: Vec::new(),
                    total: 0,
                    total_online: 0,
                    has_more: false,
                }),
                Request::Threads(_) => Response::Threads(ThreadsPage::default()),
                Request::Pins(pins) => Response::Pins(protocol::PinsPage {
                    room: pins.room.as_ref().and_then(protocol::RoomName::as_id).unwrap(),
                    messages: Vec::new(),
                    has_more: false,
                }),
                Request::Drafts(_) => Response::Drafts(protocol::DraftsPage { drafts: Vec::new() }),
                Request::LaterList(_) => Response::LaterList(protocol::LaterPage::default()),
                other => panic!("unexpected {other:?}"),
            };
            deliver(engine, model, Some(&id), response);
            sent.push(request);
        }
    }
}

/// Creates a page of a user with 1,201 rooms that is up to date.
fn with_many_rooms() -> (Model, SyncEngine, Vec<Request>) {
    let (mut model, mut engine) = connected();
    let sent = settle(&mut engine, &mut model, 0);
    assert_eq!(model.connection, ConnectionState::Current);
    settle(&mut engine, &mut model, 2_000); // the list was older than the open room
    (model, engine, sent)
}

#[test]
fn a_long_list_is_loaded_page_by_page_and_followed_in_part() {
    let (model, _, sent) = with_many_rooms();
    let pages: Vec<_> = sent.iter().filter(|request| request.name() == "rooms").collect();
    assert_eq!(pages.len(), 3);
    assert_eq!(model.rooms.len() as u128, COUNT + 1);
    let followed: usize = sent
        .iter()
        .map(|request| match request {
            Request::Resume(resume) => resume.rooms.len(),
            _ => 0,
        })
        .sum();
    assert_eq!(followed, MAX_FOLLOWED);
}

#[test]
fn a_list_whose_cursor_is_gone_is_loaded_from_the_start() {
    let (mut model, mut engine) = connected();
    let (_, id) = requested(&mut engine, &model, "rooms").unwrap();
    let page = RoomsPage { has_more: true, ..rooms_page(vec![room()]) };
    deliver(&mut engine, &mut model, Some(&id), Response::Rooms(page));
    let (request, id) = requested(&mut engine, &model, "rooms").unwrap();
    assert!(matches!(request, Request::Rooms(ListRooms { after: Some(_), .. })));
    let gone = ErrorPayload::new(ErrorCode::NotFound, "No such room.");
    deliver(&mut engine, &mut model, Some(&id), ServerMessage::Error(gone));
    let later = requests(&engine.due_requests(&model, 10_000));
    assert!(later.iter().any(|(request, _)| *request == Request::Rooms(ListRooms::default())));
}

#[test]
fn counts_of_rooms_that_are_not_followed_are_requested_at_an_interval() {
    let (mut model, mut engine, _) = with_many_rooms();
    let last = numbered(COUNT - 1);
    assert!(engine.due_requests(&model, 5_000).is_empty());
    let due = requests(&engine.due_requests(&model, 6_000));
    let changed_since = Some(Timestamp::from_millis(1_000));
    let expected = Request::Rooms(ListRooms { changed_since, ..ListRooms::default() });
    assert_eq!(due[0].0, expected);
    let read =
        Event::Read(ReadPosition { room: numbered(COUNT - 2).id, seq: 4, ..Default::default() });
    deliver(&mut engine, &mut model, None, read);
    let changed = vec![
        Room { seq: 3, unread: 2, mentions: 1, ..last.clone() },
        Room { seq: 4, unread: 4, ..numbered(COUNT - 2) },
    ];
    deliver(&mut engine, &mut model, Some(&due[0].1), Response::Rooms(rooms_page(changed)));
    let counted = model.rooms.find(last.id).unwrap();
    assert_eq!((counted.seq, counted.unread, counted.mentions), (3, 2, 1));
    let read = model.rooms.find(numbered(COUNT - 2).id).unwrap();
    assert_eq!((read.read_seq, read.unread), (4, 0), "read elsewhere in the meantime");
    assert_eq!(model.rooms.unread(), 2);
    // The replies of rooms that are not followed do not arrive: their threads are loaded again,
    // with the list and not after each change.
    let threads = Request::Threads(Threads { cursor: None, limit: None });
    assert_eq!(settle(&mut engine, &mut model, 7_000), [threads]);
    assert_eq!(settle(&mut engine, &mut model, 11_000), [expected]);
}

#[test]
fn a_page_that_follows_all_its_rooms_requests_no_changes() {
    let (model, mut engine) = with_other_room();
    assert!(engine.due_requests(&model, 60_000).is_empty());
}

#[test]
fn every_room_can_be_opened_without_reaching_the_limit_of_the_server() {
    let (mut model, mut engine, sent) = with_many_rooms();
    let mut subscriptions = HashSet::new();
    let mut note = |requests: Vec<Request>| {
        for request in requests {
            match request {
                Request::Resume(Resume { rooms, .. }) => {
                    subscriptions.extend(rooms.into_iter().filter_map(|room| room.room.as_id()));
                }
                Request::Subscribe(subscribe) => {
                    subscriptions.insert(subscribe.room.as_id().unwrap());
                }
                Request::Unsubscribe(Unsubscribe { room }) => {
                    assert!(subscriptions.remove(&room.as_id().unwrap()));
                }
                _ => {}
            }
        }
        assert!(subscriptions.len() <= MAX_FOLLOWED + MAX_OPENED, "{}", subscriptions.len());
        subscriptions.len()
    };
    note(sent);
    for number in (0..COUNT).rev() {
        model.open(Some(numbered(number).id));
        let last = note(settle(&mut engine, &mut model, 0));
        assert_eq!(model.opened_rooms[&numbered(number).id].phase, Phase::Ready);
        assert!(model.opened_rooms.len() <= MAX_OPENED && last >= MAX_FOLLOWED);
    }
}

#[test]
fn a_room_with_unsent_messages_stays_open() {
    let (mut model, mut engine, _) = with_many_rooms();
    write(&mut model, 900);
    for number in 0..150 {
        model.open(Some(numbered(number).id));
    }
    assert!(model.opened_rooms.contains_key(&room().id));
    assert_eq!(model.opened_rooms.len(), MAX_OPENED);
    assert!(engine.due_requests(&model, 0).iter().any(|frame| frame.contains("\"hello\"")));
}

#[test]
fn a_new_room_appears_and_is_followed_and_a_lost_one_disappears() {
    let (mut model, mut engine) = with_other_room();
    let new = Room { seq: 9, read_seq: 9, ..numbered(1) };
    let changed = Event::RoomChanged(RoomChanged { room: new.clone() });
    deliver(&mut engine, &mut model, None, changed.clone());
    assert_eq!(model.rooms.find(new.id), Some(&new));
    let (resume, _) = requested(&mut engine, &model, "resume").unwrap();
    let rooms = vec![ResumeRoom { room: new.id.into(), since: Some(9) }];
    assert_eq!(resume, Request::Resume(Resume { epoch: None, rooms, join: Some(false) }));

    let gone = Event::RoomGone(RoomGone { room: room().id });
    deliver(&mut engine, &mut model, None, gone);
    assert!(model.rooms.find(room().id).is_none());
    assert!(model.opened_rooms[&room().id].is_refused());
    assert!(requested(&mut engine, &model, "subscribe").is_none());
    let again = Event::RoomChanged(RoomChanged { room: Room { seq: 4, ..room() } });
    deliver(&mut engine, &mut model, None, again);
    assert!(requested(&mut engine, &model, "subscribe").is_some(), "the user was added again");
}

#[test]
fn changes_that_arrive_while_the_list_is_loaded_are_applied_to_it() {
    let (mut model, mut engine) = connected();
    let (_, id) = requested(&mut engine, &model, "rooms").unwrap();
    let new = Event::RoomChanged(RoomChanged { room: numbered(1) });
    let gone = Event::RoomGone(RoomGone { room: other(0).id });
    deliver(&mut engine, &mut model, None, new);
    deliver(&mut engine, &mut model, None, gone);
    let before = Response::Rooms(rooms_page(vec![room(), other(7)]));
    deliver(&mut engine, &mut model, Some(&id), before);
    let ids: Vec<_> = model.rooms.iter().map(|room| room.id).collect();
    assert_eq!(ids, [room().id, numbered(1).id]);
}
