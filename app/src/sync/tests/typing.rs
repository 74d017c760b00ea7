//! Tests of typing signals.

use super::*;

#[test]
fn a_typing_signal_is_sent_once_and_not_on_a_new_connection() {
    let (mut model, mut engine) = with_other_room();
    model.typing_signal = Some((room().id.into(), 1));
    let frames = engine.due_requests(&model, 0);
    assert_eq!(frames.len(), 1);
    assert!(matches!(decode_request(&frames[0]).unwrap(), (Request::Typing(_), None)));
    assert!(engine.due_requests(&model, 0).is_empty());
    let mut engine = SyncEngine::new("b1".to_owned());
    deliver(&mut engine, &mut model, None, welcome("b1", 1));
    assert!(engine.due_requests(&model, 0).iter().all(|frame| !frame.contains("typing")));
    let typing = TypingUser { room: room().id, user: user("bo").into(), ..Default::default() };
    deliver(&mut engine, &mut model, None, Event::Typing(typing));
    assert_eq!(model.opened_rooms[&room().id].typing.iter().len(), 1);
}
