//! Tests of older messages.

use super::*;

#[test]
fn older_messages_are_requested_once_and_after_the_subscription() {
    let (mut model, mut engine) = connected();
    let chat = model.opened_rooms.get_mut(&room().id).unwrap();
    (chat.log.has_more, chat.log.wants_older) = (true, true);
    let (_, id) = requested(&mut engine, &model, "subscribe").unwrap();
    deliver(&mut engine, &mut model, Some(&id), subscribed(true, 2, &[]));
    let (request, id) = requested(&mut engine, &model, "history").unwrap();
    assert!(matches!(request, Request::History(History { before: Some(1), .. })));
    assert!(requested(&mut engine, &model, "history").is_none());
    let page = HistoryPage {
        room: room().id,
        messages: Vec::new(),
        has_more: false,
        ..Default::default()
    };
    deliver(&mut engine, &mut model, Some(&id), Response::History(page));
    assert!(!model.opened_rooms[&room().id].log.wants_older);
}

#[test]
fn an_unreadable_page_of_history_is_not_requested_again() {
    let (mut model, mut engine) = up_to_date();
    let chat = model.opened_rooms.get_mut(&room().id).unwrap();
    (chat.log.has_more, chat.log.wants_older) = (true, true);
    let (_, id) = requested(&mut engine, &model, "history").unwrap();
    let unreadable = format!(r#"{{"type":"history_response","payload":{{}},"request_id":"{id}"}}"#);
    engine.receive(&mut model, &unreadable, 0);
    assert!(requested(&mut engine, &model, "history").is_none());
}
