//! Tests of updates.

use super::*;
use crate::state::updates::LateEdit;

#[test]
fn an_update_is_sent_until_it_is_confirmed_and_shown_until_its_event_arrives() {
    let (mut model, mut engine) = up_to_date();
    let (op, mine) = (OpId(Uuid::from_u128(50)), message(2).id);
    model.update(op, room().id, mine, UpdateKind::Edit("better".to_owned()), Timestamp::default());
    let react = UpdateKind::React { emoji: "👍".to_owned(), on: true };
    model.update(OpId(Uuid::from_u128(51)), room().id, mine, react, Timestamp::default());
    let edit = Request::ChatEdit(ChatEdit {
        room: Some(room().id.into()),
        id: mine,
        op: Some(op),
        text: "better".to_owned(),
        files: None,
    });
    assert_eq!(requested(&mut engine, &model, "chat_edit").unwrap().0, edit);
    assert!(requested(&mut engine, &model, "chat_react").is_none());

    let mut engine = SyncEngine::new("b1".to_owned());
    deliver(&mut engine, &mut model, None, welcome("b1", 1));
    let sent = requests(&engine.due_requests(&model, 0));
    let response_to = |name| &sent.iter().find(|(request, _)| request.name() == name).unwrap().1;
    assert!(sent.iter().any(|(request, _)| *request == edit));
    deliver(&mut engine, &mut model, Some(response_to("subscribe")), subscribed(true, 2, &[]));
    let changed = Changed { id: mine, room: room().id, seq: 3 };
    deliver(&mut engine, &mut model, Some(response_to("chat_edit")), Response::ChatEdit(changed));
    assert_eq!(model.updates.text(&message(2)).as_deref(), Some("better"));
    let edited = ChatEdited {
        id: mine,
        room: room().id,
        seq: 3,
        message_seq: 2,
        text: Some("better".to_owned()),
        blocks: vec![],
        edited_at: Timestamp::from_millis(9),
        files: Vec::new(),
        link_previews: Vec::new(),
    };
    deliver(&mut engine, &mut model, None, Event::ChatEdited(edited));
    assert_eq!(model.updates.text(&message(2)), message(2).text);
    assert_eq!(model.opened_rooms[&room().id].log.messages[1].text.as_deref(), Some("better"));

    let (_, id) = requested(&mut engine, &model, "chat_react").unwrap();
    deliver(
        &mut engine,
        &mut model,
        Some(&id),
        ServerMessage::Error(ErrorPayload::new(ErrorCode::Forbidden, "no")),
    );
    assert_eq!(model.updates.status(mine).and_then(|status| status.refused).as_deref(), Some("no"));
    assert!(requested(&mut engine, &model, "chat_react").is_none());
}

#[test]
fn the_words_of_an_edit_that_came_too_late_are_kept() {
    let (mut model, mut engine) = up_to_date();
    let mine = message(2).id;
    let edit = UpdateKind::Edit("many better words".to_owned());
    model.update(OpId(Uuid::from_u128(50)), room().id, mine, edit, Timestamp::default());
    let (_, id) = requested(&mut engine, &model, "chat_edit").unwrap();
    let gone = ErrorPayload::new(ErrorCode::NotFound, "no such message");
    deliver(&mut engine, &mut model, Some(&id), ServerMessage::Error(gone));
    assert!(model.updates.items().is_empty());
    let place = room().id.into();
    let late = LateEdit { message: mine, place, words: "many better words".to_owned() };
    assert_eq!(model.late_edits, [late]);
    assert!(requested(&mut engine, &model, "chat_edit").is_none());
}
