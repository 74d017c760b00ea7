//! Tests of messages that wait for their time.

use protocol::{FieldError, Later, LaterCancel, LaterGone, LaterList, LaterMessage, LaterPage};

use super::*;
use crate::state::{
    conversation::Conversation,
    later::{Ask, Outcome},
};

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
        previews: None,
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
        previews: None,
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

/// Begins another connection.
fn reconnected(model: &mut Model) -> SyncEngine {
    let mut engine = SyncEngine::new("b1".to_owned());
    deliver(&mut engine, model, None, welcome("b1", 1));
    engine
}

#[test]
fn a_message_that_is_gone_was_cancelled_only_if_this_page_may_have_done_it() {
    let (mut model, mut engine) = connected();
    let cancel = |model: &mut Model| {
        model.later.changed(waiting(1));
        model.later.ask(Ask::Cancel(waiting(1).id));
    };
    cancel(&mut model);
    let (request, id) = requested(&mut engine, &model, "later_cancel").unwrap();
    assert_eq!(request, Request::LaterCancel(LaterCancel { id: waiting(1).id }));
    deliver(&mut engine, &mut model, Some(&id), error(ErrorCode::NotFound));
    assert!(only_answer(&mut model).is_err_and(|reason| reason.contains("elsewhere")));
    // The response on the connection before was lost.
    cancel(&mut model);
    requested(&mut engine, &model, "later_cancel").unwrap();
    let mut engine = reconnected(&mut model);
    let (_, id) = requested(&mut engine, &model, "later_cancel").unwrap();
    deliver(&mut engine, &mut model, Some(&id), error(ErrorCode::NotFound));
    assert_eq!(only_answer(&mut model), Ok(Some(waiting(1))));
    // The server says that it was sent, before the event does.
    cancel(&mut model);
    let (_, id) = requested(&mut engine, &model, "later_cancel").unwrap();
    deliver(&mut engine, &mut model, Some(&id), error(ErrorCode::Conflict));
    assert_eq!(only_answer(&mut model), Err("It was sent already.".to_owned()));
}

#[test]
fn what_a_lost_request_has_kept_may_have_been_sent_meanwhile() {
    let taken =
        |kind: &str| ErrorPayload::new(ErrorCode::Conflict, format!("This {kind} is taken."));
    for (detail, is_kept) in [("id", true), ("file", false)] {
        let (mut model, mut engine) = connected();
        model.later.ask(Ask::Keep(Box::new(later(1))));
        requested(&mut engine, &model, "later").unwrap();
        let mut engine = reconnected(&mut model);
        let (_, id) = requested(&mut engine, &model, "later").unwrap();
        deliver(&mut engine, &mut model, Some(&id), taken(detail));
        assert_eq!(only_answer(&mut model).is_ok(), is_kept, "{detail}");
        // A change of what waits comes too late then.
        model.later.changed(waiting(2));
        model.later.ask(Ask::Keep(Box::new(later(2))));
        requested(&mut engine, &model, "later").unwrap();
        let mut engine = reconnected(&mut model);
        let (_, id) = requested(&mut engine, &model, "later").unwrap();
        deliver(&mut engine, &mut model, Some(&id), taken(detail));
        assert!(only_answer(&mut model).is_err(), "{detail}");
    }
}

#[test]
fn a_list_that_cannot_be_loaded_is_asked_again_by_the_user() {
    let (mut model, mut engine) = connected();
    for _ in 0..2 {
        while let Some((_, id)) = requested(&mut engine, &model, "later_list") {
            deliver(&mut engine, &mut model, Some(&id), error(ErrorCode::NotFound));
        }
        assert!(model.later.is_failed);
        model.later.is_failed = false;
    }
    let (_, id) = requested(&mut engine, &model, "later_list").unwrap();
    deliver(&mut engine, &mut model, Some(&id), Response::LaterList(LaterPage::default()));
    assert!(model.later.is_loaded && !model.later.is_failed);
}

#[test]
fn what_is_sent_at_its_time_ends_no_draft() {
    let (mut model, mut engine) = connected();
    let place = Conversation::from(room().id);
    for (seq, id, is_gone_first) in [(3, 13, false), (4, 14, true), (5, 15, false)] {
        let has_waited = id != 15;
        if has_waited {
            model.later.changed(waiting(id));
        }
        if is_gone_first {
            let gone = LaterGone { id: waiting(id).id, sent: true, reminder: false };
            deliver(&mut engine, &mut model, None, Event::LaterGone(gone));
        }
        let mut sent = message(seq);
        sent.id = waiting(id).id;
        sent.sender = model.me.clone().into();
        deliver(&mut engine, &mut model, None, Event::Chat(sent));
        assert_eq!(model.drafts.take_arrived(place).is_none(), has_waited, "{id}");
    }
}
