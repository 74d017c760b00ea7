//! Tests of pinned messages.

use protocol::{ChatPinned, Pins, PinsPage};

use super::*;

fn pinned(seq: u64) -> Event {
    Event::ChatPinned(ChatPinned {
        id: message(1).id,
        room: room().id,
        seq,
        message_seq: 1,
        user: user("bo").id,
        on: true,
    })
}

fn page(seqs: &[u64]) -> Response {
    let messages = seqs.iter().copied().map(message).collect();
    Response::Pins(PinsPage { room: room().id, messages, has_more: false })
}

fn part_of_list(seqs: &[u64]) -> Response {
    let messages = seqs.iter().copied().map(message).collect();
    Response::Pins(PinsPage { room: room().id, messages, has_more: true })
}

fn shown(model: &Model) -> Vec<u64> {
    let pins = &model.opened_rooms[&room().id].pins;
    pins.messages.iter().flatten().map(|message| message.seq).collect()
}

#[test]
fn pins_are_requested_once_and_again_after_each_change() {
    let (mut model, mut engine) = up_to_date();
    let (request, id) = requested(&mut engine, &model, "pins").unwrap();
    assert_eq!(request, Request::Pins(Pins { room: Some(room().id.into()), after: None }));
    assert!(requested(&mut engine, &model, "pins").is_none());
    deliver(&mut engine, &mut model, None, pinned(3));
    deliver(&mut engine, &mut model, Some(&id), page(&[2]));
    assert_eq!(shown(&model), [2]);
    let (_, id) = requested(&mut engine, &model, "pins").expect("the response may be older");
    deliver(&mut engine, &mut model, Some(&id), page(&[1, 2]));
    assert_eq!(shown(&model), [1, 2]);
    assert!(requested(&mut engine, &model, "pins").is_none());
    let marked = model.opened_rooms[&room().id].log.find(|known| known.seq == 1).unwrap();
    assert_eq!(marked.pinned_by.as_ref().map(|by| by.id), Some(user("bo").id));
}

#[test]
fn pins_are_requested_again_on_a_new_connection_and_a_refusal_is_final() {
    let (mut model, mut engine) = up_to_date();
    let (_, id) = requested(&mut engine, &model, "pins").unwrap();
    deliver(&mut engine, &mut model, Some(&id), page(&[]));
    let mut engine = SyncEngine::new("b1".to_owned());
    deliver(&mut engine, &mut model, None, welcome("b1", 1));
    let (_, id) = requested(&mut engine, &model, "subscribe").unwrap();
    deliver(&mut engine, &mut model, Some(&id), subscribed(true, 2, &[]));
    let (_, id) = requested(&mut engine, &model, "pins").unwrap();
    let refusal = ErrorPayload::new(ErrorCode::NotFound, "no");
    deliver(&mut engine, &mut model, Some(&id), ServerMessage::Error(refusal));
    assert!(requested(&mut engine, &model, "pins").is_none());
    model.opened_rooms.get_mut(&room().id).unwrap().phase = Phase::Refused("no".to_owned());
    assert!(requested(&mut engine, &model, "pins").is_none());
    model.opened_rooms.get_mut(&room().id).unwrap().phase = Phase::Loading;
    let (_, id) = requested(&mut engine, &model, "subscribe").unwrap();
    deliver(&mut engine, &mut model, Some(&id), subscribed(false, 2, &[1, 2]));
    let again = requested(&mut engine, &model, "pins");
    assert!(again.is_some(), "the user was added again");
}

#[test]
fn a_long_list_is_loaded_page_by_page() {
    let (mut model, mut engine) = up_to_date();
    let (_, id) = requested(&mut engine, &model, "pins").unwrap();
    deliver(&mut engine, &mut model, Some(&id), part_of_list(&[9, 8]));
    assert_eq!(shown(&model), [] as [u64; 0], "not before it is whole");
    let (request, id) = requested(&mut engine, &model, "pins").unwrap();
    let after = |seq| Pins { room: Some(room().id.into()), after: Some(message(seq).id) };
    assert_eq!(request, Request::Pins(after(8)));
    // A message that was pinned again meanwhile comes twice.
    deliver(&mut engine, &mut model, Some(&id), part_of_list(&[8, 7]));
    let (request, id) = requested(&mut engine, &model, "pins").unwrap();
    assert_eq!(request, Request::Pins(after(7)));
    deliver(&mut engine, &mut model, None, pinned(3));
    deliver(&mut engine, &mut model, Some(&id), page(&[6]));
    assert_eq!(shown(&model), [9, 8, 7, 6]);
    let (request, id) = requested(&mut engine, &model, "pins").expect("it has changed");
    assert_eq!(request, Request::Pins(Pins { room: Some(room().id.into()), after: None }));
    deliver(&mut engine, &mut model, Some(&id), page(&[1]));
    assert_eq!(shown(&model), [1]);
    assert!(requested(&mut engine, &model, "pins").is_none());
}

#[test]
fn a_list_that_failed_between_its_pages_is_loaded_anew() {
    let (mut model, mut engine) = up_to_date();
    let (_, id) = requested(&mut engine, &model, "pins").unwrap();
    deliver(&mut engine, &mut model, Some(&id), part_of_list(&[9, 8]));
    let (_, id) = requested(&mut engine, &model, "pins").unwrap();
    let mut failure = ErrorPayload::new(ErrorCode::Unavailable, "later");
    failure.retry_after_ms = Some(0);
    deliver(&mut engine, &mut model, Some(&id), ServerMessage::Error(failure));
    let (request, id) = requested(&mut engine, &model, "pins").unwrap();
    assert_eq!(request, Request::Pins(Pins { room: Some(room().id.into()), after: None }));
    deliver(&mut engine, &mut model, Some(&id), page(&[9]));
    assert_eq!(shown(&model), [9]);
}
