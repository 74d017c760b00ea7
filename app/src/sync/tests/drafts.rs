//! Tests of the drafts that the user's devices share.

use protocol::{Draft, DraftsPage, KeptDraft};

use super::*;
use crate::state::conversation::Conversation;

/// Returns the drafts among the frames that are due.
fn told(engine: &mut SyncEngine, model: &Model) -> Vec<Draft> {
    let frames = engine.due_requests(model, 0).into_iter();
    let draft = |frame: String| match decode_request(&frame).unwrap() {
        (Request::Draft(draft), None) => Some(draft),
        _ => None,
    };
    frames.filter_map(draft).collect()
}

fn kept(text: &str, at: i64) -> KeptDraft {
    let at = Timestamp::from_millis(at);
    KeptDraft { room: room().id, thread: None, text: text.to_owned(), at }
}

#[test]
fn each_connection_tells_what_was_written_here() {
    let (mut model, mut engine) = connected();
    assert_eq!(told(&mut engine, &model), []);
    let place = Conversation::thread(room().id, message(1).id);
    model.drafts.write(place, "begun".into(), Timestamp::from_millis(7));
    let sent = told(&mut engine, &model);
    assert_eq!((sent[0].thread, sent[0].text.as_str(), sent.len()), (place.thread, "begun", 1));
    assert_eq!(told(&mut engine, &model), [], "once");
    let mut engine = SyncEngine::new("b1".to_owned());
    deliver(&mut engine, &mut model, None, welcome("b1", 1));
    assert_eq!(told(&mut engine, &model), sent, "a notice may be lost with its connection");
}

#[test]
fn what_other_devices_have_written_arrives() {
    let (mut model, mut engine) = connected();
    let place = Conversation::from(room().id);
    let (_, id) = requested(&mut engine, &model, "drafts").unwrap();
    let page = DraftsPage { drafts: vec![kept("from the phone", 5)] };
    deliver(&mut engine, &mut model, Some(&id), Response::Drafts(page));
    assert_eq!(model.drafts.take_arrived(place).unwrap().text, "from the phone");
    deliver(&mut engine, &mut model, None, Event::Draft(kept("and on", 6)));
    assert_eq!(model.drafts.take_arrived(place).unwrap().text, "and on");
    assert_eq!(requested(&mut engine, &model, "drafts"), None);
    assert_eq!(told(&mut engine, &model), []);
}
