//! Tests of subscriptions.

use super::*;

#[test]
fn after_welcome_the_open_room_resumes_from_the_page() {
    let (mut model, mut engine) = connected();
    let sent = requests(&engine.due_requests(&model, 0));
    let resume = Subscribe {
        room: room().id.into(),
        since: Some(2),
        epoch: Some("e".to_owned()),
        join: Some(false),
    };
    assert_eq!(sent[0].0, Request::Rooms(ListRooms::default()));
    assert_eq!(sent[1].0, Request::Subscribe(resume));
    assert!(engine.due_requests(&model, 0).is_empty());
    let page = rooms_page(vec![Room { seq: 4, ..room() }]);
    deliver(&mut engine, &mut model, Some(&sent[0].1), Response::Rooms(page));
    assert_eq!(model.connection, ConnectionState::CatchingUp { missing: 2 });
    deliver(&mut engine, &mut model, Some(&sent[1].1), subscribed(true, 4, &[3, 4]));
    assert_eq!((model.connection, seqs(&model)), (ConnectionState::Current, vec![1, 2, 3, 4]));
    assert_eq!(engine.silence_ms(), 40_000);
}

#[test]
fn a_gap_subscribes_the_room_again_once() {
    let (mut model, mut engine) = connected();
    let (_, id) = requested(&mut engine, &model, "subscribe").unwrap();
    deliver(&mut engine, &mut model, Some(&id), subscribed(true, 2, &[]));
    deliver(&mut engine, &mut model, None, Event::Chat(message(5)));
    deliver(&mut engine, &mut model, None, Event::Chat(message(6)));
    let (request, id) = requested(&mut engine, &model, "subscribe").unwrap();
    assert!(matches!(request, Request::Subscribe(Subscribe { since: Some(2), .. })));
    deliver(&mut engine, &mut model, None, Event::Chat(message(7)));
    assert!(requested(&mut engine, &model, "subscribe").is_none());
    deliver(&mut engine, &mut model, Some(&id), subscribed(true, 7, &[3, 4, 5, 6, 7]));
    assert_eq!(seqs(&model), [1, 2, 3, 4, 5, 6, 7]);
}

#[test]
fn a_missing_room_is_refused_and_not_requested_again() {
    let (mut model, mut engine) = connected();
    let (_, id) = requested(&mut engine, &model, "subscribe").unwrap();
    let gone = ErrorPayload::new(ErrorCode::NotFound, "No such room");
    deliver(&mut engine, &mut model, Some(&id), ServerMessage::Error(gone));
    assert_eq!(model.opened_rooms[&room().id].phase, Phase::Refused("No such room".to_owned()));
    assert!(requested(&mut engine, &model, "subscribe").is_none());
}

#[test]
fn a_refused_room_is_subscribed_again_when_it_is_opened_again() {
    let (mut model, mut engine) = with_other_room();
    let removed = removed_from(room().id);
    deliver(&mut engine, &mut model, None, removed);
    model.open(Some(room().id));
    assert!(
        requested(&mut engine, &model, "subscribe").is_none(),
        "the room was open all the time"
    );
    model.open(None);
    model.open(Some(room().id));
    assert_eq!(model.opened_rooms[&room().id].phase, Phase::Loading);
    let (request, id) = requested(&mut engine, &model, "subscribe").unwrap();
    assert!(matches!(request, Request::Subscribe(Subscribe { since: None, .. })));
    deliver(&mut engine, &mut model, Some(&id), subscribed(false, 2, &[]));
    assert!(requested(&mut engine, &model, "members").is_some());
    assert!(engine.is_settled(&model));
}

#[test]
fn an_unreadable_response_loads_the_room_from_the_start_and_then_gives_up() {
    let (mut model, mut engine) = connected();
    let (_, id) = requested(&mut engine, &model, "subscribe").unwrap();
    let unreadable =
        |id: &str| format!(r#"{{"type":"subscribe_response","payload":{{}},"request_id":"{id}"}}"#);
    engine.receive(&mut model, &unreadable(&id), 0);
    let (request, id) = requested(&mut engine, &model, "subscribe").unwrap();
    assert!(matches!(request, Request::Subscribe(Subscribe { since: None, .. })));
    engine.receive(&mut model, &unreadable(&id), 0);
    assert!(matches!(model.opened_rooms[&room().id].phase, Phase::Refused(_)));
}

#[test]
fn a_room_out_of_view_is_trimmed() {
    let (mut model, mut engine) = up_to_date();
    model.open(None);
    for seq in 3..=1_000 {
        deliver(&mut engine, &mut model, None, Event::Chat(message(seq)));
    }
    let chat = &model.opened_rooms[&room().id];
    assert_eq!((chat.log.seq, chat.log.has_more), (1_000, true));
    assert!(chat.log.messages.len() <= 300);
    model.open(Some(room().id));
    for seq in 1_001..=1_400 {
        deliver(&mut engine, &mut model, None, Event::Chat(message(seq)));
    }
    // The user may be reading far above.
    assert!(model.opened_rooms[&room().id].log.messages.len() > 400);
}

#[test]
fn after_three_failed_attempts_a_room_is_loaded_from_the_start() {
    let (mut model, _) = connected();
    for fresh in [false, false, true] {
        let mut engine = SyncEngine::new("b1".to_owned());
        deliver(&mut engine, &mut model, None, welcome("b1", 1));
        let (request, _) = requested(&mut engine, &model, "subscribe").unwrap();
        let Request::Subscribe(subscribe) = request else { unreachable!() };
        assert_eq!((subscribe.since.is_none(), subscribe.epoch.is_none()), (fresh, fresh));
    }
    let mut engine = SyncEngine::new("b1".to_owned());
    deliver(&mut engine, &mut model, None, welcome("b1", 1));
    let (_, id) = requested(&mut engine, &model, "subscribe").unwrap();
    deliver(&mut engine, &mut model, Some(&id), subscribed(false, 2, &[]));
    assert_eq!(model.opened_rooms[&room().id].attempts, 0);
}

#[test]
fn an_open_room_is_subscribed_again_once_the_user_is_a_member_again() {
    let (mut model, mut engine) = with_other_room();
    let removed = removed_from(room().id);
    deliver(&mut engine, &mut model, None, removed);
    assert!(matches!(model.opened_rooms[&room().id].phase, Phase::Refused(_)));
    assert!(requested(&mut engine, &model, "subscribe").is_none());
    let later = requests(&engine.due_requests(&model, 60_000));
    let (_, id) = later.iter().find(|(request, _)| request.name() == "rooms").unwrap();
    let rooms = rooms_page(vec![Room { member: true, seq: 2, read_seq: 2, ..room() }]);
    deliver(&mut engine, &mut model, Some(id), Response::Rooms(rooms));
    let (request, _) = requested(&mut engine, &model, "subscribe").unwrap();
    assert!(
        matches!(request, Request::Subscribe(Subscribe { since: None, .. })),
        "nothing is left to resume from"
    );
}

#[test]
fn a_response_that_continues_from_dropped_messages_is_rejected() {
    let (mut model, mut engine) = connected();
    let (request, id) = requested(&mut engine, &model, "subscribe").unwrap();
    assert!(matches!(request, Request::Subscribe(Subscribe { since: Some(2), .. })));
    let removed = removed_from(room().id);
    deliver(&mut engine, &mut model, None, removed);
    deliver(&mut engine, &mut model, Some(&id), subscribed(true, 3, &[3]));
    let (request, id) = requested(&mut engine, &model, "subscribe").unwrap();
    assert!(matches!(request, Request::Subscribe(Subscribe { since: None, .. })));
    deliver(&mut engine, &mut model, Some(&id), subscribed(false, 3, &[]));
    assert_eq!(model.opened_rooms[&room().id].phase, Phase::Ready);
}
