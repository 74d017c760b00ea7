//! Tests of the search's state.

use protocol::{ChatDeleted, ChatEdited, ErrorCode, FieldError, RoomGone, Sender};

use super::*;
use crate::state::fixtures::{message, room, user};

fn asked(query: &str) -> Asked {
    Asked { query: query.to_owned(), room: None }
}

fn result(seq: u64) -> FoundMessage {
    FoundMessage { message: message(seq), room: room().id, ranges: vec![[0, 7]] }
}

fn page(seqs: &[u64], next: Option<&str>) -> SearchPage {
    let results = seqs.iter().copied().map(result).collect();
    SearchPage { results, next: next.map(str::to_owned), total: 9, ..SearchPage::default() }
}

fn open(query: &str) -> SearchView {
    let mut view = SearchView { is_open: true, ..SearchView::default() };
    view.ask(asked(query));
    view
}

/// Applies a page that is wanted now.
fn answer(view: &mut SearchView, page: SearchPage) {
    let wanted = view.wanted().unwrap();
    view.apply_page(&wanted, page);
}

fn seqs(view: &SearchView) -> Vec<u64> {
    let hits = view.found.iter().flat_map(|found| &found.hits);
    hits.map(|hit| hit.found.message.seq).collect()
}

fn deleted(seq: u64) -> Event {
    Event::ChatDeleted(ChatDeleted { id: message(seq).id, ..ChatDeleted::default() })
}

fn edited(seq: u64) -> Event {
    Event::ChatEdited(ChatEdited { id: message(seq).id, ..ChatEdited::default() })
}

#[test]
fn only_the_answer_to_the_last_question_counts() {
    let mut view = open("rel");
    let first = view.wanted().unwrap();
    view.ask(asked("release"));
    view.apply_page(&first, page(&[3], None));
    assert!(view.found.is_none() && view.is_searching());
    answer(&mut view, page(&[2, 1], None));
    assert_eq!(seqs(&view), [2, 1]);
    assert_eq!((view.wanted(), view.is_searching()), (None, false));
    view.ask(asked("release"));
    assert_eq!(view.wanted(), None, "nothing else is asked for");
    view.ask(asked("released"));
    assert_eq!(seqs(&view), [2, 1], "shown until something else is found");
    answer(&mut view, page(&[], None));
    assert_eq!(seqs(&view), [0; 0]);
    assert_eq!(view.found.as_ref().map(|found| found.by.query.as_str()), Some("released"));
}

#[test]
fn what_is_shown_belongs_to_what_was_searched_for() {
    let in_room = |query: &str| Asked { room: Some("general".to_owned()), ..asked(query) };
    for (one, other, is_like) in [
        (asked("notes"), asked(" notes  from:"), true),
        (asked("from: ada"), asked("from:ada"), true),
        (asked("notes"), asked("notes has:fi"), false),
        (asked("notes"), in_room("notes"), false),
        (in_room("notes"), in_room("notes "), true),
    ] {
        assert_eq!(one.is_like(&other), is_like, "{one:?} {other:?}");
    }
    let mut view = open("x");
    assert_eq!(view.successful(), None);
    answer(&mut view, page(&[1], None));
    view.ask(asked("on:x"));
    assert_eq!(view.successful(), Some(&asked("x")), "shown until the other is found");
    view.refuse(&view.wanted().unwrap(), &ErrorPayload::invalid_format(vec![]));
    assert!(view.found.is_none() && view.successful().is_none(), "nothing stays of the first");
    view.ask(asked("y"));
    answer(&mut view, page(&[], None));
    assert_eq!(view.successful(), None);
}

#[test]
fn nothing_is_requested_without_a_question_or_a_view() {
    for query in ["", "  ", "from:", "\"\""] {
        assert_eq!(open(query).wanted(), None, "{query}");
    }
    let mut view = open("x");
    answer(&mut view, page(&[1], None));
    view.ask(asked(""));
    assert!(view.found.is_none());
    view.ask(asked("y"));
    view.is_open = false;
    assert_eq!(view.wanted(), None);
}

#[test]
fn pages_are_added_and_loaded_again_as_far_as_they_were_shown() {
    let mut view = open("x");
    answer(&mut view, page(&[9, 8], Some("a")));
    assert_eq!(view.wanted(), None);
    view.load_more();
    let wanted = view.wanted().unwrap();
    assert_eq!(view.request(&wanted).cursor.as_deref(), Some("a"));
    answer(&mut view, page(&[8, 7], None));
    assert_eq!(seqs(&view), [9, 8, 7], "none of them twice");
    view.load_more();
    assert_eq!(view.wanted(), None);

    let versions = |view: &SearchView| {
        let hits = &view.found.as_ref().unwrap().hits;
        hits.iter().map(|hit| hit.version).collect::<Vec<_>>()
    };
    let before = versions(&view);
    view.note(&edited(8));
    view.note(&edited(5)); // is not shown
    answer(&mut view, page(&[9], Some("b")));
    assert_eq!(seqs(&view), [9, 8, 7], "shown meanwhile");
    let changed = FoundMessage { ranges: vec![[1, 2]], ..result(8) };
    let rest = SearchPage { results: vec![changed, result(7)], ..page(&[], Some("c")) };
    answer(&mut view, rest);
    assert_eq!(seqs(&view), [9, 8, 7]);
    let after = versions(&view);
    assert_eq!((after[0], after[2]), (before[0], before[2]));
    assert_ne!(after[1], before[1], "it is shown anew");
    assert!(view.found.unwrap().has_more());
}

#[test]
fn what_is_deleted_disappears_at_once() {
    let mut view = open("x");
    answer(&mut view, page(&[9, 8], None));
    let late = view.wanted();
    view.note(&deleted(9));
    assert_eq!((seqs(&view), late), (vec![8], None));
    assert_eq!(view.found.as_ref().map(|found| found.total), Some(8));
    answer(&mut view, page(&[8], None));
    view.note(&Event::RoomGone(RoomGone { room: room().id }));
    assert_eq!(seqs(&view), [0; 0]);
}

#[test]
fn a_refusal_is_said_until_something_else_is_asked_for() {
    for (message, words) in [
        ("must say what to look for", "The search must say what to look for."),
        ("on: must be a day as 2026-11-30", "“on:” must be a day as 2026-11-30."),
    ] {
        let mut view = open("-x");
        let error = ErrorPayload::invalid_format(vec![FieldError::new("query", message)]);
        view.refuse(&view.wanted().unwrap(), &error);
        assert_eq!((view.fault.as_deref(), view.wanted()), (Some(words), None));
        view.ask(asked("y"));
        assert!(view.fault.is_none() && view.wanted().is_some());
    }
    let mut view = open("x");
    let error = ErrorPayload::new(ErrorCode::NotFound, "There is no such room");
    view.refuse(&view.wanted().unwrap(), &error);
    assert_eq!(view.fault.as_deref(), Some("There is no such room."));
}

#[test]
fn authors_are_shown_by_their_present_names() {
    let mut view = open("x");
    answer(&mut view, page(&[9], None));
    let bodil = Sender { name: "Bodil".to_owned(), ..Sender::from(user("bo")) };
    view.update_people(&Senders::from([(bodil.id, bodil)]));
    let hit = &view.found.unwrap().hits[0];
    assert_eq!((hit.found.message.sender.name.as_str(), hit.version), ("Bodil", 2));
}
