//! Tests of edit histories.

use protocol::{EarlierText, Edits, EditsPage};

use super::*;
use crate::state::edits::EditHistory;

fn page(texts: &[&str]) -> Response {
    let earlier = |text: &&str| EarlierText {
        text: (*text).to_owned(),
        edited_at: Timestamp::from_millis(1),
    };
    let edits = texts.iter().map(earlier).collect();
    Response::Edits(EditsPage { id: message(2).id, room: room().id, edits })
}

fn loaded(model: &Model) -> Option<usize> {
    Some(model.edit_history.as_ref()?.edits.as_ref()?.len())
}

#[test]
fn an_open_history_is_requested_and_again_after_an_edit() {
    let (mut model, mut engine) = up_to_date();
    assert!(requested(&mut engine, &model, "edits").is_none());
    model.edit_history = Some(EditHistory::new(room().id, message(2).id));
    let (request, id) = requested(&mut engine, &model, "edits").unwrap();
    let expected = Edits { room: Some(room().id.into()), id: message(2).id };
    assert_eq!(request, Request::Edits(expected));
    deliver(&mut engine, &mut model, Some(&id), page(&["first"]));
    assert_eq!(loaded(&model), Some(1));
    assert!(requested(&mut engine, &model, "edits").is_none());
    let edited = ChatEdited {
        id: message(2).id,
        room: room().id,
        seq: 3,
        message_seq: 2,
        text: Some("third".to_owned()),
        edited_at: Timestamp::from_millis(9),
    };
    deliver(&mut engine, &mut model, None, Event::ChatEdited(edited));
    let (_, id) = requested(&mut engine, &model, "edits").unwrap();
    deliver(&mut engine, &mut model, Some(&id), page(&["first", "second"]));
    assert_eq!(loaded(&model), Some(2));
}

#[test]
fn a_refused_history_tells_why_and_a_closed_one_ignores_the_response() {
    let (mut model, mut engine) = up_to_date();
    model.edit_history = Some(EditHistory::new(room().id, message(2).id));
    let (_, id) = requested(&mut engine, &model, "edits").unwrap();
    let refusal = ErrorPayload::new(ErrorCode::NotFound, "no such message");
    deliver(&mut engine, &mut model, Some(&id), ServerMessage::Error(refusal));
    let refused = model.edit_history.as_ref().and_then(|history| history.refused.clone());
    assert_eq!(refused.as_deref(), Some("no such message"));
    model.edit_history = None;
    assert!(requested(&mut engine, &model, "edits").is_none());
    model.edit_history = Some(EditHistory::new(room().id, message(2).id));
    let (_, id) = requested(&mut engine, &model, "edits").expect("it is opened again");
    model.edit_history = None;
    deliver(&mut engine, &mut model, Some(&id), page(&["first"]));
    assert!(model.edit_history.is_none());
}
