//! Tests of the people of rooms that are not open.

use protocol::{Member, Presence, PresenceChanged, RoomKind};

use super::*;

fn direct(number: u128, name: &str) -> Room {
    Room {
        id: RoomId(Uuid::from_u128(number)),
        slug: format!("direct-{number}"),
        kind: RoomKind::Direct,
        private: true,
        people: Some(vec![user(name)]),
        ..room()
    }
}

fn members_page(id: RoomId, names: &[&str], total: u64) -> Response {
    let member =
        |name: &&str| Member { user: user(name), presence: Presence::Online, ..Member::default() };
    Response::Members(MembersPage {
        room: id,
        members: names.iter().map(member).collect(),
        total,
        total_online: 0,
        has_more: false,
    })
}

/// Returns the rooms whose members are requested, with the ids of the requests.
fn asked(engine: &mut SyncEngine, model: &Model) -> Vec<(RoomId, String)> {
    let sent = requests(&engine.due_requests(model, 0)).into_iter();
    sent.filter_map(|(request, id)| match request {
        Request::Members(members) => Some((members.room.as_id().unwrap(), id)),
        _ => None,
    })
    .collect()
}

/// Creates a page with this list of rooms that is up to date, but for the members.
fn with_rooms(rooms: Vec<Room>) -> (Model, SyncEngine) {
    let (mut model, mut engine) = connected();
    let sent = requests(&engine.due_requests(&model, 0));
    let all = [Room { seq: 2, read_seq: 2, ..room() }].into_iter().chain(rooms).collect();
    deliver(&mut engine, &mut model, Some(&sent[0].1), Response::Rooms(rooms_page(all)));
    deliver(&mut engine, &mut model, Some(&sent[1].1), subscribed(true, 2, &[]));
    (model, engine)
}

#[test]
fn the_presence_of_people_in_direct_rooms_is_asked_unless_it_was_told() {
    let (bo, chen) = (direct(20, "bo"), direct(21, "chen"));
    let (mut model, mut engine) = with_rooms(vec![bo.clone(), chen.clone()]);
    model.presences.expire();
    model.apply(
        &Event::Presence(PresenceChanged { user: user("bo").id, presence: Presence::Away }),
        0,
    );
    let sent = asked(&mut engine, &model);
    assert_eq!(sent.iter().map(|(room, _)| *room).collect::<Vec<_>>(), [room().id, chen.id]);
    let page = members_page(chen.id, &["ada", "chen"], 2);
    deliver(&mut engine, &mut model, Some(&sent[1].1), page);
    assert_eq!(model.presences.of(user("bo").id), Presence::Away);
    assert_eq!(model.presences.of(user("chen").id), Presence::Online);
    assert!(asked(&mut engine, &model).is_empty());
}

#[test]
fn where_everybody_is_shown_the_presence_of_all_is_asked_once() {
    let first = Room { id: RoomId(Uuid::from_u128(30)), slug: "first".to_owned(), ..room() };
    let others = Room { created_by: Some(user("bo").id), ..room() };
    let (mut model, mut engine) = with_rooms(vec![first.clone()]);
    *model.rooms.find_mut(room().id).unwrap() = others;
    assert_eq!(asked(&mut engine, &model).len(), 1, "the members of the open room");
    model.presences.are_wanted = true;
    let sent = asked(&mut engine, &model);
    assert_eq!(sent.iter().map(|(room, _)| *room).collect::<Vec<_>>(), [first.id]);
    let page = members_page(first.id, &["ada", "dan"], 2);
    deliver(&mut engine, &mut model, Some(&sent[0].1), page);
    assert_eq!(model.presences.of(user("dan").id), Presence::Online);
    assert!(asked(&mut engine, &model).is_empty());
}

#[test]
fn of_many_direct_rooms_only_some_are_asked_a_few_at_a_time() {
    let names: Vec<_> = (0..60u8).map(|n| format!("u{n}")).collect();
    let rooms = (100..).zip(&names).map(|(number, name)| direct(number, name));
    let (mut model, mut engine) = with_rooms(rooms.collect());
    let mut asked_for = 0;
    loop {
        let sent = asked(&mut engine, &model);
        let direct: Vec<_> = sent.iter().filter(|(id, _)| *id != room().id).collect();
        if direct.is_empty() {
            break;
        }
        assert!(direct.len() <= 8);
        asked_for += direct.len();
        for (id, request) in direct {
            deliver(&mut engine, &mut model, Some(request), members_page(*id, &["ada"], 2));
        }
    }
    assert_eq!(asked_for, 20);
}

#[test]
fn the_list_of_all_rooms_asks_who_is_in_them() {
    let (mut model, mut engine) = up_to_date();
    requests(&engine.due_requests(&model, 0));
    let desk = other(0).id;
    model.room_people.wanted = vec![desk];
    let sent = asked(&mut engine, &model);
    assert_eq!(sent.len(), 1);
    let page = members_page(desk, &["ada", "bo", "chen", "dana"], 12);
    deliver(&mut engine, &mut model, Some(&sent[0].1), page);
    let people = model.room_people.of(desk).unwrap();
    assert_eq!((people.total, people.faces.len()), (12, 3));
    assert!(asked(&mut engine, &model).is_empty());
    let changed = protocol::RoomChanged { room: other(3) };
    deliver(&mut engine, &mut model, None, Event::RoomChanged(changed));
    let again = asked(&mut engine, &model);
    assert!(again.iter().any(|(room, _)| *room == desk), "somebody may have come or left");
}
