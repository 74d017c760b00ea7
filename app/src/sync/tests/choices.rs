//! Tests of the user's choices for rooms.

use protocol::{Favourite, Notify, NotifyLevel};

use super::*;

#[test]
fn a_choice_is_sent_once_and_the_last_one_wins() {
    let (mut model, mut engine) = up_to_date();
    requests(&engine.due_requests(&model, 0));
    let id = room().id;
    model.choices.set_notify(id, NotifyLevel::Nothing);
    let (request, first) = requested(&mut engine, &model, "notify").unwrap();
    let level = NotifyLevel::Nothing;
    assert_eq!(request, Request::Notify(Notify { room: id.into(), level }));
    assert!(requested(&mut engine, &model, "notify").is_none());
    model.choices.set_notify(id, NotifyLevel::All);
    assert!(requested(&mut engine, &model, "notify").is_none(), "one at a time");
    let response = Response::Notify(Notify { room: id.into(), level });
    deliver(&mut engine, &mut model, Some(&first), response);
    assert_eq!(model.rooms.find(id).unwrap().notify, NotifyLevel::Nothing);
    let (request, second) = requested(&mut engine, &model, "notify").unwrap();
    let level = NotifyLevel::All;
    assert_eq!(request, Request::Notify(Notify { room: id.into(), level }));
    let response = Response::Notify(Notify { room: id.into(), level });
    deliver(&mut engine, &mut model, Some(&second), response);
    assert_eq!(model.choices.notify(model.rooms.find(id).unwrap()), NotifyLevel::All);
    assert!(requested(&mut engine, &model, "notify").is_none());
}

#[test]
fn a_refused_choice_is_taken_back_and_said() {
    let (mut model, mut engine) = up_to_date();
    requests(&engine.due_requests(&model, 0));
    let id = room().id;
    model.choices.set_favourite(id, true);
    assert!(model.choices.favourite(model.rooms.find(id).unwrap()), "shown at once");
    let (request, sent) = requested(&mut engine, &model, "favourite").unwrap();
    assert_eq!(request, Request::Favourite(Favourite { room: id.into(), on: true }));
    let error = ErrorPayload::new(ErrorCode::Unavailable, "Away.");
    deliver(&mut engine, &mut model, Some(&sent), error);
    let again = requests(&engine.due_requests(&model, RETRY_MS));
    let (_, sent) = again.iter().find(|(request, _)| request.name() == "favourite").unwrap();
    let error = ErrorPayload::new(ErrorCode::NotFound, "There is no such room.");
    deliver(&mut engine, &mut model, Some(sent), error);
    assert!(!model.choices.favourite(model.rooms.find(id).unwrap()));
    assert_eq!(model.choices.refusal(id), Some("There is no such room."));
}
