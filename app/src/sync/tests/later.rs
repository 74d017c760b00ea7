//! Tests of messages that wait for their time.

use protocol::{FieldError, Later, LaterCancel, LaterGone, LaterList, LaterMessage, LaterPage};

use super::*;
use crate::state::later::{Ask, Outcome};

fn later(id: u128) -> Later {
    Later {
        room: room().id.into(),
        text: "good morning".to_owned(),
        at: Timestamp::from_millis(5),
        id: Some(MessageId(Uuid::from_u128(id))),
        reply_to: None,
        thread: None,
        in_room: false,
        files: Vec::new(),
    }
}

fn waiting(id: u128) -> LaterMessage {
    let Later { text, at, .. } = later(id);
    LaterMessage {
        id: MessageId(Uuid::from_u128(id)),
        room: room().id,
        text,
        at,
        reminder: false,
        reply_to: None,
        thread: None,
        in_room: false,
        files: Vec::new(),
        error: None,
    }
}

fn ids(model: &Model) -> Vec<u128> {
    model.later.iter().map(|message| message.id.0.as_u128()).collect()
}

fn only_answer(model: &mut Model) -> Outcome {
    let mut answers = model.later.take_answers();
    assert_eq!(answers.len(), 1);
    answers.remove(0).1
}

fn error(code: ErrorCode) -> ErrorPayload {
    ErrorPayload::new(code, "refused")
}

#[test]
fn the_list_is_loaded_in_pages_and_follows_the_other_devices() {
    let (mut model, mut engine) = connected();
    let (first, id) = requested(&mut engine, &model, "later_list").unwrap();
    assert_eq!(first, Request::LaterList(LaterList { after: None }));
    let page = LaterPage { messages: vec![waiting(1)], has_more: true };
    deliver(&mut engine, &mut model, Some(&id), Response::LaterList(page));
    assert!(!model.later.is_loaded);
    deliver(&mut engine, &mut model, None, Event::LaterChanged(Box::new(waiting(3))));
    let (second, id) = requested(&mut engine, &model, "later_list").unwrap();
    let after = Some(waiting(1).id);
    assert_eq!(second, Request::LaterList(LaterList { after }));
    let page = LaterPage { messages: vec![waiting(2)], has_more: false };
    deliver(&mut engine, &mut model, Some(&id), Response::LaterList(page));
    assert!(model.later.is_loaded);
    assert_eq!(ids(&model), [1, 2, 3]);
    let gone = LaterGone { id: waiting(2).id, sent: true, reminder: false };
    deliver(&mut engine, &mut model, None, Event::LaterGone(gone));
    assert_eq!(ids(&model), [1, 3]);
    assert_eq!(requested(&mut engine, &model, "later_list"), None);
}

#[test]
fn what_had_no_response_is_asked_again_on_the_next_connection() {
    let (mut model, mut engine) = connected();
    model.later.ask(Ask::Keep(Box::new(later(1))));
    let (request, _) = requested(&mut engine, &model, "later").unwrap();
    assert_eq!(request, Request::Later(later(1)));
    assert_eq!(requested(&mut engine, &model, "later"), None, "once on a connection");
    let mut engine = SyncEngine::new("b1".to_owned());
    deliver(&mut engine, &mut model, None, welcome("b1", 1));
    let (_, id) = requested(&mut engine, &model, "later").unwrap();
    deliver(&mut engine, &mut model, Some(&id), Response::Later(waiting(1)));
    assert_eq!(only_answer(&mut model), Ok(Some(waiting(1))));
    assert_eq!(ids(&model), [1]);
}

#[test]
fn a_refusal_says_what_to_do() {
    let (mut model, mut engine) = connected();
    let late = ErrorPayload {
        errors: vec![FieldError::new("at", "must be a time from now on")],
        ..error(ErrorCode::InvalidFormat)
    };
    for (error, expected) in [
        (late, "This time has passed, or it is more than a year ahead. Choose another one."),
        (error(ErrorCode::Forbidden), "refused"),
    ] {
        model.later.ask(Ask::Keep(Box::new(later(1))));
        let (_, id) = requested(&mut engine, &model, "later").unwrap();
        deliver(&mut engine, &mut model, Some(&id), error);
        assert_eq!(only_answer(&mut model), Err(expected.to_owned()));
    }
}

#[test]
fn a_message_that_is_gone_counts_as_cancelled_unless_it_was_sent() {
    let (mut model, mut engine) = connected();
    for is_sent in [false, true] {
        model.later.ask(Ask::Cancel(waiting(1).id));
        let (request, id) = requested(&mut engine, &model, "later_cancel").unwrap();
        assert_eq!(request, Request::LaterCancel(LaterCancel { id: waiting(1).id }));
        if is_sent {
            let gone = LaterGone { id: waiting(1).id, sent: true, reminder: false };
            deliver(&mut engine, &mut model, None, Event::LaterGone(gone));
        }
        deliver(&mut engine, &mut model, Some(&id), error(ErrorCode::NotFound));
        assert_eq!(only_answer(&mut model).is_err(), is_sent);
    }
}
