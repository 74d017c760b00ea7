//! Tests of resuming the rooms that were not opened.

use super::*;

#[test]
fn the_rest_of_a_partial_response_is_requested_later() {
    let (mut model, mut engine) = connected();
    let (_, id) = requested(&mut engine, &model, "rooms").unwrap();
    deliver(
        &mut engine,
        &mut model,
        Some(&id),
        Response::Rooms(rooms_page(vec![room(), other(7)])),
    );
    let (_, id) = requested(&mut engine, &model, "resume").unwrap();
    assert!(requested(&mut engine, &model, "resume").is_none());
    deliver(&mut engine, &mut model, Some(&id), Response::Resume(resumed(&[], true)));
    assert!(engine.due_requests(&model, 0).is_empty());
    let again = requests(&engine.due_requests(&model, RETRY_MS));
    let (request, id) = again.iter().find(|(request, _)| request.name() == "resume").unwrap();
    assert!(matches!(request, Request::Resume(resume) if resume.rooms.len() == 1));
    deliver(&mut engine, &mut model, Some(id), Response::Resume(resumed(&[7], false)));
    assert!(requested(&mut engine, &model, "resume").is_none());
}

#[test]
fn a_removed_user_does_not_join_the_room_again() {
    let (mut model, mut engine) = with_other_room();
    let removed = removed_from(other(0).id);
    deliver(&mut engine, &mut model, None, removed);
    assert!(requested(&mut engine, &model, "resume").is_none());
    assert_eq!(requests(&engine.due_requests(&model, 5_000)).len(), 1);
}

#[test]
fn a_refused_room_is_resumed_once_the_user_is_a_member_again() {
    let (mut model, mut engine) = connected();
    let sent = requests(&engine.due_requests(&model, 0));
    let rooms = rooms_page(vec![Room { seq: 2, read_seq: 2, ..room() }, other(7)]);
    deliver(&mut engine, &mut model, Some(&sent[0].1), Response::Rooms(rooms.clone()));
    let (_, id) = requested(&mut engine, &model, "resume").unwrap();
    let error = ErrorPayload::new(ErrorCode::NotFound, "There is no such room.");
    let refused = Refused { room: other(0).id.into(), error };
    let response = Resumed { rooms: Vec::new(), refused: vec![refused], has_more: false };
    deliver(&mut engine, &mut model, Some(&id), Response::Resume(response));
    assert!(requested(&mut engine, &model, "resume").is_none());
    let later = requests(&engine.due_requests(&model, 60_000));
    let (_, id) = later.iter().find(|(request, _)| request.name() == "rooms").unwrap();
    deliver(&mut engine, &mut model, Some(id), Response::Rooms(rooms));
    assert!(requested(&mut engine, &model, "resume").is_some());
}

#[test]
fn what_changes_in_rooms_that_are_not_open_outdates_their_copies() {
    let (mut model, mut engine) = with_other_room();
    let id = message(7).id;
    let edited = |room: RoomId, seq| {
        Event::ChatEdited(ChatEdited { id, room, seq, message_seq: 2, ..ChatEdited::default() })
    };
    deliver(&mut engine, &mut model, None, in_other(8, "hello"));
    deliver(&mut engine, &mut model, None, edited(room().id, 3)); // its log has the change
    assert!(model.outdated_copies.is_empty());
    deliver(&mut engine, &mut model, None, edited(other(0).id, 9));
    assert!(model.outdated_copies.contains(&other(0).id));
}

#[test]
fn a_room_whose_missed_events_are_unknown_outdates_its_copy() {
    let (mut model, mut engine) = connected();
    let (_, id) = requested(&mut engine, &model, "rooms").unwrap();
    let rooms = rooms_page(vec![room(), other(7)]);
    deliver(&mut engine, &mut model, Some(&id), Response::Rooms(rooms));
    let (_, id) = requested(&mut engine, &model, "resume").unwrap();
    let mut response = resumed(&[900], false);
    response.rooms[0].recovered = false;
    deliver(&mut engine, &mut model, Some(&id), Response::Resume(response));
    assert!(model.outdated_copies.contains(&other(0).id));
}
