//! Tests of the list of rooms.

use super::*;

#[test]
fn unread_messages_of_a_room_that_is_not_open_are_counted() {
    let (mut model, mut engine) = with_other_room();
    deliver(&mut engine, &mut model, None, in_other(8, "hello"));
    deliver(&mut engine, &mut model, None, in_other(9, "@ada, are you there?"));
    assert_eq!((other_counts(&model), model.rooms.unread()), ((9, 7, 2, 1), 2));
    assert!(engine.due_requests(&model, 5_000).is_empty());
    deliver(&mut engine, &mut model, None, in_other(11, "a gap before this"));
    deliver(&mut engine, &mut model, None, in_other(12, "and no gap before this"));
    let again = requests(&engine.due_requests(&model, 5_000));
    assert!(matches!(&again[..], [(Request::Rooms(_), _)]));
    deliver(&mut engine, &mut model, None, in_other(14, "another gap"));
    assert!(engine.due_requests(&model, 6_000).is_empty());
    // The response precedes the last message.
    let rooms = vec![room(), Room { seq: 13, read_seq: 7, unread: 6, mentions: 1, ..other(0) }];
    deliver(&mut engine, &mut model, Some(&again[0].1), Response::Rooms(rooms_page(rooms)));
    assert_eq!(other_counts(&model), (14, 7, 7, 1));
    assert!(engine.due_requests(&model, 6_000).is_empty());
    assert!(engine.is_waiting(6_000));
    assert_eq!(requests(&engine.due_requests(&model, 7_000)).len(), 1);
}

#[test]
fn refused_messages_stay_without_their_room() {
    let (mut model, _) = with_other_room();
    let (refused, waiting) = (write(&mut model, 50), write(&mut model, 51));
    model.outbox.refuse(refused, "no".to_owned());
    let left =
        |model: &Model| model.outbox.items().iter().map(|message| message.id).collect::<Vec<_>>();
    model.replace_rooms(vec![room(), other(7)]);
    assert_eq!(left(&model), [refused, waiting]);
    model.replace_rooms(vec![other(7)]);
    assert_eq!(left(&model), [refused, waiting]);
    let homeless = model.outbox.refused_in(|room| model.rooms.find(room).is_none());
    assert_eq!(homeless.map(|message| message.id).collect::<Vec<_>>(), [refused]);
}

#[test]
fn a_list_from_before_a_read_position_does_not_undo_it() {
    let (mut model, mut engine) = with_other_room();
    model.rooms[0].unread = 3;
    model.rooms[0].read_seq = 0;
    model.set_at_end(room().id, true);
    let rooms = vec![Room { seq: 2, read_seq: 0, unread: 3, ..room() }, other(7)];
    assert!(model.replace_rooms(rooms));
    assert_eq!((model.rooms[0].read_seq, model.rooms[0].unread), (2, 0));
    assert!(requested(&mut engine, &model, "read").is_some());
}
