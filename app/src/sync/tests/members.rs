//! Tests of member lists.

use super::*;

#[test]
fn members_that_cannot_be_counted_are_requested_again_after_a_while() {
    let (mut model, mut engine) = up_to_date();
    let (_, id) = requested(&mut engine, &model, "members").unwrap();
    let page = MembersPage {
        room: room().id,
        members: Vec::new(),
        total: 900,
        total_online: 1,
        has_more: true,
    };
    deliver(&mut engine, &mut model, Some(&id), Response::Members(page.clone()));
    let joined = Event::System(System::new(room().id, SystemEvent::Joined, user("zoe")));
    deliver(&mut engine, &mut model, None, joined);
    assert!(engine.due_requests(&model, 30_000).is_empty());
    let again = requests(&engine.due_requests(&model, 30_001));
    assert!(matches!(&again[..], [(Request::Members(_), _)]));
    assert!(engine.due_requests(&model, 30_002).is_empty());
    deliver(&mut engine, &mut model, Some(&again[0].1), Response::Members(page));
    assert!(engine.due_requests(&model, 90_000).is_empty());
}

#[test]
fn members_of_a_crowded_open_room_are_requested_again_after_a_while() {
    let (mut model, mut engine) = up_to_date();
    let (_, id) = requested(&mut engine, &model, "members").unwrap();
    let page = |total_online| {
        let members = Vec::new();
        Response::Members(MembersPage {
            room: room().id,
            members,
            total: 900,
            total_online,
            has_more: true,
        })
    };
    deliver(&mut engine, &mut model, Some(&id), page(100));
    assert!(engine.due_requests(&model, 30_000).is_empty());
    let again = requests(&engine.due_requests(&model, 30_001));
    assert!(matches!(&again[..], [(Request::Members(_), _)]));
    deliver(&mut engine, &mut model, Some(&again[0].1), page(99));
    assert!(engine.due_requests(&model, 90_000).is_empty());
    model.opened_rooms.get_mut(&room().id).unwrap().members.total_online = 101;
    model.open(None);
    assert!(engine.due_requests(&model, 150_000).is_empty(), "the room is not open");
}
