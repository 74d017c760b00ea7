//! Tests of the notice whether the page is visible, and of the presence of others.

use protocol::{Presence, PresenceChanged};

use super::*;

/// Returns the notices among the frames that are due.
fn notices(engine: &mut SyncEngine, model: &Model) -> Vec<bool> {
    let frames = engine.due_requests(model, 0).into_iter();
    let notice = |frame: String| match decode_request(&frame).unwrap() {
        (Request::Presence(notice), None) => Some(notice.visible),
        _ => None,
    };
    frames.filter_map(notice).collect()
}

#[test]
fn each_connection_says_whether_the_page_is_visible() {
    let (mut model, mut engine) = connected();
    assert_eq!(notices(&mut engine, &model), [false]);
    assert!(notices(&mut engine, &model).is_empty());
    model.visible = true;
    assert_eq!(notices(&mut engine, &model), [true]);
    let mut engine = SyncEngine::new("b1".to_owned());
    deliver(&mut engine, &mut model, None, welcome("b1", 1));
    assert_eq!(notices(&mut engine, &model), [true], "again on a new connection");
}

#[test]
fn the_presence_of_a_user_changes_in_every_opened_room() {
    let (mut model, mut engine) = with_other_room();
    let bo = user("bo");
    let joined = |room| System::new(room, SystemEvent::Joined, bo.clone());
    let rooms = [room().id, other(0).id];
    for room in rooms {
        model.opened_rooms.entry(room).or_default();
        deliver(&mut engine, &mut model, None, Event::System(joined(room)));
    }
    let shown = |model: &Model| {
        rooms.map(|room| {
            let members = &model.opened_rooms[&room].members.list;
            members.iter().find(|member| member.user.id == bo.id).map(|member| member.presence)
        })
    };
    assert_eq!(shown(&model), [Some(Presence::Online); 2]);
    let away = PresenceChanged { user: bo.id, presence: Presence::Away };
    deliver(&mut engine, &mut model, None, Event::Presence(away));
    assert_eq!(shown(&model), [Some(Presence::Away); 2]);
}
