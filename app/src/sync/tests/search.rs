//! Tests of the search.

use protocol::{FoundMessage, Search, SearchPage, limits::PAGE_RESULTS};

use super::*;
use crate::state::search::Asked;

fn page(seqs: &[u64], next: Option<&str>) -> Response {
    let result = |seq: &u64| FoundMessage { message: message(*seq), ..FoundMessage::default() };
    let results = seqs.iter().map(result).collect();
    Response::Search(SearchPage { results, next: next.map(str::to_owned), ..SearchPage::default() })
}

fn search(query: &str, cursor: Option<&str>) -> Request {
    Request::Search(Search {
        query: query.to_owned(),
        room: Some("general".into()),
        cursor: cursor.map(str::to_owned),
        limit: Some(PAGE_RESULTS),
        time_zone: None,
    })
}

fn ask(model: &mut Model, query: &str) {
    model.search.is_open = true;
    model.search.ask(Asked { query: query.to_owned(), room: Some("general".to_owned()) });
}

fn found(model: &Model) -> Vec<u64> {
    let hits = model.search.found.iter().flat_map(|found| &found.hits);
    hits.map(|hit| hit.found.message.seq).collect()
}

#[test]
fn a_search_is_requested_as_one_types_and_late_answers_are_ignored() {
    let (mut model, mut engine) = up_to_date();
    assert!(requested(&mut engine, &model, "search").is_none());
    ask(&mut model, "mess");
    let (request, first) = requested(&mut engine, &model, "search").unwrap();
    assert_eq!(request, search("mess", None));
    assert!(requested(&mut engine, &model, "search").is_none(), "it is on its way");
    ask(&mut model, "message");
    let (request, second) = requested(&mut engine, &model, "search").unwrap();
    assert_eq!(request, search("message", None));
    deliver(&mut engine, &mut model, Some(&second), page(&[9, 8], Some("next")));
    deliver(&mut engine, &mut model, Some(&first), page(&[1], None));
    assert_eq!(found(&model), [9, 8]);
    assert!(requested(&mut engine, &model, "search").is_none());
    model.search.load_more();
    let (request, id) = requested(&mut engine, &model, "search").unwrap();
    assert_eq!(request, search("message", Some("next")));
    deliver(&mut engine, &mut model, Some(&id), page(&[7], None));
    assert_eq!(found(&model), [9, 8, 7]);
}

#[test]
fn a_search_waits_for_a_connection_and_runs_again_after_it() {
    let (mut model, _) = up_to_date();
    ask(&mut model, "x");
    let mut engine = SyncEngine::new("b1".to_owned());
    assert!(requested(&mut engine, &model, "search").is_none());
    deliver(&mut engine, &mut model, None, welcome("b1", 1));
    let (_, id) = requested(&mut engine, &model, "search").unwrap();
    deliver(&mut engine, &mut model, Some(&id), page(&[9], None));
    assert!(requested(&mut engine, &model, "search").is_none());
    let mut engine = SyncEngine::new("b1".to_owned());
    deliver(&mut engine, &mut model, None, welcome("b1", 1));
    assert_eq!(found(&model), [9], "shown meanwhile");
    assert!(requested(&mut engine, &model, "search").is_some());
}

#[test]
fn a_refused_search_is_not_repeated() {
    let (mut model, mut engine) = up_to_date();
    ask(&mut model, "-x");
    let (_, id) = requested(&mut engine, &model, "search").unwrap();
    let mut failure = ErrorPayload::new(ErrorCode::Unavailable, "later");
    failure.retry_after_ms = Some(0);
    deliver(&mut engine, &mut model, Some(&id), ServerMessage::Error(failure));
    let (_, id) = requested(&mut engine, &model, "search").expect("it is asked again");
    let refusal = ErrorPayload::new(ErrorCode::InvalidFormat, "No");
    deliver(&mut engine, &mut model, Some(&id), ServerMessage::Error(refusal));
    assert_eq!(model.search.fault.as_deref(), Some("No."));
    assert!(requested(&mut engine, &model, "search").is_none());
}
