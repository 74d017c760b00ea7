//! Tests of the outbox.

use protocol::{ErrorPayload, RoomGone};

use super::*;

#[test]
fn messages_are_sent_one_at_a_time_and_shown_once() {
    let (mut model, mut engine) = connected();
    let (_, id) = requested(&mut engine, &model, "subscribe").unwrap();
    deliver(&mut engine, &mut model, Some(&id), subscribed(true, 2, &[]));
    let first = write(&mut model, 70);
    write(&mut model, 71);
    let (request, response_to) = requested(&mut engine, &model, "chat").unwrap();
    assert!(matches!(request, Request::Chat(Chat { id: Some(id), .. }) if id == first));
    assert!(requested(&mut engine, &model, "chat").is_none());
    let sent = Sent { id: first, room: room().id, seq: 3, sent_at: Timestamp::from_millis(9) };
    deliver(&mut engine, &mut model, Some(&response_to), Response::Chat(sent));
    let echo = Message { id: first, seq: 3, ..message(3) };
    deliver(&mut engine, &mut model, None, Event::Chat(echo));
    assert_eq!(seqs(&model), [1, 2, 3]);
    assert_eq!(model.outbox.items().len(), 1);
    assert!(requested(&mut engine, &model, "chat").is_some());
}

#[test]
fn a_message_confirmed_before_its_event_is_shown_from_the_outbox() {
    let (mut model, mut engine) = up_to_date();
    let mine = write(&mut model, 70);
    let (_, id) = requested(&mut engine, &model, "chat").unwrap();
    let sent = Sent { id: mine, room: room().id, seq: 4, sent_at: Timestamp::from_millis(9) };
    deliver(&mut engine, &mut model, Some(&id), Response::Chat(sent.clone()));
    assert_eq!(seqs(&model), [1, 2]);
    assert_eq!(model.outbox.items()[0].confirmed, Some(sent));
    assert!(engine.due_requests(&model, 0).is_empty());
    deliver(&mut engine, &mut model, None, Event::Chat(message(3)));
    assert_eq!(model.outbox.items().len(), 1);
    deliver(&mut engine, &mut model, None, Event::Chat(Message { id: mine, ..message(4) }));
    assert_eq!((seqs(&model), model.outbox.items()), (vec![1, 2, 3, 4], &[][..]));
}

#[test]
fn a_message_after_a_gap_is_shown_from_the_outbox_until_the_gap_is_filled() {
    let (mut model, mut engine) = up_to_date();
    let mine = write(&mut model, 70);
    assert!(requested(&mut engine, &model, "chat").is_some());
    deliver(&mut engine, &mut model, None, Event::Chat(Message { id: mine, ..message(4) }));
    assert_eq!(model.outbox.items()[0].confirmed.as_ref().map(|sent| sent.seq), Some(4));
    let (_, id) = requested(&mut engine, &model, "subscribe").unwrap();
    deliver(&mut engine, &mut model, Some(&id), subscribed(true, 4, &[3, 4]));
    assert_eq!((seqs(&model), model.outbox.items()), (vec![1, 2, 3, 4], &[][..]));
}

#[test]
fn a_confirmed_message_is_not_sent_again_on_a_new_connection() {
    let (mut model, mut engine) = up_to_date();
    let mine = write(&mut model, 70);
    let (_, id) = requested(&mut engine, &model, "chat").unwrap();
    let sent = Sent { id: mine, room: room().id, seq: 4, sent_at: Timestamp::from_millis(9) };
    deliver(&mut engine, &mut model, Some(&id), Response::Chat(sent));
    let mut engine = SyncEngine::new("b1".to_owned());
    deliver(&mut engine, &mut model, None, welcome("b1", 1));
    let frames = requests(&engine.due_requests(&model, 0));
    assert!(frames.iter().all(|(request, _)| request.name() != "chat"));
    let (_, id) = frames.iter().find(|(request, _)| request.name() == "subscribe").unwrap();
    deliver(&mut engine, &mut model, Some(id), subscribed(false, 90, &[]));
    assert!(model.outbox.items().is_empty());
}

#[test]
fn after_a_lost_connection_the_same_ids_are_sent_again() {
    let (mut model, mut engine) = connected();
    let mine = write(&mut model, 70);
    assert!(requested(&mut engine, &model, "chat").is_some());
    let mut engine = SyncEngine::new("b1".to_owned());
    assert!(requested(&mut engine, &model, "chat").is_none());
    deliver(&mut engine, &mut model, None, welcome("b1", 1));
    let (request, _) = requested(&mut engine, &model, "chat").unwrap();
    assert!(matches!(request, Request::Chat(Chat { id: Some(id), .. }) if id == mine));
}

#[test]
fn a_rate_limited_message_is_retried_and_a_refused_one_waits_for_its_user() {
    let (mut model, mut engine) = connected();
    write(&mut model, 70);
    let (_, id) = requested(&mut engine, &model, "chat").unwrap();
    let too_fast = ErrorPayload {
        retry_after_ms: Some(300),
        ..ErrorPayload::new(ErrorCode::RateLimited, "slow")
    };
    deliver(&mut engine, &mut model, Some(&id), ServerMessage::Error(too_fast));
    assert!(engine.due_requests(&model, 299).is_empty());
    let again = requests(&engine.due_requests(&model, 300));
    let (_, id) = again.iter().find(|(request, _)| request.name() == "chat").unwrap();
    deliver(
        &mut engine,
        &mut model,
        Some(id),
        ServerMessage::Error(ErrorPayload::new(ErrorCode::Forbidden, "no")),
    );
    assert_eq!(model.outbox.items()[0].refused.as_deref(), Some("no"));
    assert!(requested(&mut engine, &model, "chat").is_none());
}

#[test]
fn a_message_with_an_unreadable_response_waits_for_its_event() {
    let (mut model, mut engine) = up_to_date();
    let mine = write(&mut model, 70);
    write(&mut model, 71);
    let (_, id) = requested(&mut engine, &model, "chat").unwrap();
    let unreadable = format!(r#"{{"type":"chat_response","payload":{{}},"request_id":"{id}"}}"#);
    engine.receive(&mut model, &unreadable, 0);
    assert!(model.outdated);
    assert!(requested(&mut engine, &model, "chat").is_none());
    for other in (1..10).map(|other| other.to_string()).filter(|other| *other != id) {
        engine.end_request(Some(&other));
    }
    assert!(!engine.is_overdue(1_000_000));
    deliver(&mut engine, &mut model, None, Event::Chat(Message { id: mine, ..message(3) }));
    assert!(requested(&mut engine, &model, "chat").is_some());
    assert_eq!(model.outbox.items().len(), 1);
}

#[test]
fn a_message_that_fails_repeatedly_does_not_block_the_next() {
    let (mut model, mut engine) = up_to_date();
    write(&mut model, 70);
    let second = write(&mut model, 71);
    for nth in 1..=MAX_ATTEMPTS + 1 {
        let sent = requests(&engine.due_requests(&model, i64::from(nth) * RETRY_MS));
        let (_, id) = sent.iter().find(|(request, _)| request.name() == "chat").unwrap();
        assert_eq!(model.outbox.items()[0].refused, None);
        let fault = ServerMessage::Error(ErrorPayload::new(ErrorCode::Internal, "failure"));
        engine.receive(
            &mut model,
            &fault.encode(Some(id), Timestamp::from_millis(0)),
            i64::from(nth) * RETRY_MS - 1,
        );
    }
    assert_eq!(model.outbox.items()[0].refused.as_deref(), Some("failure"));
    let sent = requests(&engine.due_requests(&model, 60_000));
    let is_second = |chat: &Chat| chat.id == Some(second);
    assert!(
        sent.iter().any(|(request, _)| matches!(request, Request::Chat(chat) if is_second(chat)))
    );
}

#[test]
fn what_was_refused_with_its_room_is_kept_until_it_is_discarded() {
    let (mut model, mut engine) = up_to_date();
    let mine = write(&mut model, 70);
    let (_, id) = requested(&mut engine, &model, "chat").unwrap();
    deliver(&mut engine, &mut model, None, Event::RoomGone(RoomGone { room: room().id }));
    let refused = ErrorPayload::new(ErrorCode::NotFound, "There is no such room.");
    deliver(&mut engine, &mut model, Some(&id), refused);
    model.replace_rooms(vec![other(0)]);
    let unsent = model.outbox.refused_in(|room| model.rooms.find(room).is_none());
    assert_eq!(unsent.map(|message| message.id).collect::<Vec<_>>(), [mine]);
}

#[test]
fn a_reply_to_a_message_that_is_deleted_goes_without_its_quote() {
    let (mut model, mut engine) = up_to_date();
    let quoted = message(2);
    let reply = |id| {
        let quote =
            protocol::Quote { id: quoted.id, text: Some("x".to_owned()), ..Default::default() };
        let id = MessageId(Uuid::from_u128(id));
        let written =
            PendingMessage::new(id, room().id, "I agree".to_owned(), Timestamp::default());
        PendingMessage { reply_to: Some(Box::new(quote)), ..written }
    };
    model.post(reply(70));
    let reply_to = |request: &Request| match request {
        Request::Chat(chat) => chat.reply_to,
        other => panic!("{other:?}"),
    };
    let (request, id) = requested(&mut engine, &model, "chat").unwrap();
    assert_eq!(reply_to(&request), Some(quoted.id));
    // The page learns of the deletion by the refusal, or by its event.
    let gone = ErrorPayload::new(ErrorCode::NotFound, "no such message");
    deliver(&mut engine, &mut model, Some(&id), ServerMessage::Error(gone));
    let (request, _) = requested(&mut engine, &model, "chat").unwrap();
    assert_eq!(reply_to(&request), None);
    let known = &model.outbox.items()[0];
    assert!(known.refused.is_none() && known.reply_to.as_ref().unwrap().text.is_none());

    model.post(reply(71));
    let deleted =
        protocol::ChatDeleted { id: quoted.id, room: room().id, seq: 3, ..Default::default() };
    deliver(&mut engine, &mut model, None, Event::ChatDeleted(deleted));
    assert!(model.outbox.items()[1].reply_to.as_ref().unwrap().deleted);
}
