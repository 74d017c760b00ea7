//! Tests of edit histories.

use protocol::{EarlierText, Edits, EditsPage};

use super::*;
use crate::state::edits::EditHistory;

fn page(texts: &[&str]) -> Response {
    page_from(1, texts, false)
}

fn page_from(seq: u64, texts: &[&str], has_more: bool) -> Response {
    let earlier = |(seq, text): (u64, &&str)| EarlierText {
        text: (*text).to_owned(),
        edited_at: Timestamp::from_millis(1),
        seq,
    };
    let edits = (seq..).zip(texts).map(earlier).collect();
    Response::Edits(EditsPage { id: message(2).id, room: room().id, edits, has_more })
}

fn loaded(model: &Model) -> Option<usize> {
    Some(model.edit_history.as_ref()?.edits.as_ref()?.len())
}

fn edited() -> Event {
    Event::ChatEdited(ChatEdited {
        id: message(2).id,
        room: room().id,
        seq: 3,
        message_seq: 2,
        text: Some("third".to_owned()),
        blocks: vec![],
        edited_at: Timestamp::from_millis(9),
        files: Vec::new(),
        link_previews: Vec::new(),
    })
}

#[test]
fn an_open_history_is_requested_and_again_after_an_edit() {
    let (mut model, mut engine) = up_to_date();
    assert!(requested(&mut engine, &model, "edits").is_none());
    model.edit_history = Some(EditHistory::new(room().id, message(2).id));
    let (request, id) = requested(&mut engine, &model, "edits").unwrap();
    let expected = Edits { room: Some(room().id.into()), id: message(2).id, after: None };
    assert_eq!(request, Request::Edits(expected));
    deliver(&mut engine, &mut model, Some(&id), page(&["first"]));
    assert_eq!(loaded(&model), Some(1));
    assert!(requested(&mut engine, &model, "edits").is_none());
    deliver(&mut engine, &mut model, None, edited());
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

#[test]
fn a_long_history_is_loaded_page_by_page() {
    let (mut model, mut engine) = up_to_date();
    model.edit_history = Some(EditHistory::new(room().id, message(2).id));
    let page_after =
        |after| Request::Edits(Edits { room: Some(room().id.into()), id: message(2).id, after });
    let (_, id) = requested(&mut engine, &model, "edits").unwrap();
    deliver(&mut engine, &mut model, Some(&id), page_from(2, &["first", "second"], true));
    assert_eq!(loaded(&model), None, "not before it is whole");
    let (request, id) = requested(&mut engine, &model, "edits").unwrap();
    assert_eq!(request, page_after(Some(3)));
    let mut failure = ErrorPayload::new(ErrorCode::Unavailable, "later");
    failure.retry_after_ms = Some(0);
    deliver(&mut engine, &mut model, Some(&id), ServerMessage::Error(failure));
    let (request, id) = requested(&mut engine, &model, "edits").unwrap();
    assert_eq!(request, page_after(Some(3)), "it goes on where it failed");
    deliver(&mut engine, &mut model, None, edited());
    assert!(requested(&mut engine, &model, "edits").is_none(), "one page after the other");
    deliver(&mut engine, &mut model, Some(&id), page_from(4, &["third"], false));
    assert_eq!(loaded(&model), Some(3));
    let (request, id) = requested(&mut engine, &model, "edits").expect("it was edited since");
    assert_eq!(request, page_after(None));
    deliver(&mut engine, &mut model, Some(&id), page(&["first"]));
    assert_eq!(loaded(&model), Some(1));
    assert!(requested(&mut engine, &model, "edits").is_none());
}

#[test]
fn a_history_that_is_refused_between_its_pages_is_not_asked_for_again() {
    let (mut model, mut engine) = up_to_date();
    model.edit_history = Some(EditHistory::new(room().id, message(2).id));
    let (_, id) = requested(&mut engine, &model, "edits").unwrap();
    deliver(&mut engine, &mut model, Some(&id), page_from(2, &["first"], true));
    let (_, id) = requested(&mut engine, &model, "edits").unwrap();
    let refusal = ErrorPayload::new(ErrorCode::NotFound, "no such message");
    deliver(&mut engine, &mut model, Some(&id), ServerMessage::Error(refusal));
    assert!(requested(&mut engine, &model, "edits").is_none());
}
