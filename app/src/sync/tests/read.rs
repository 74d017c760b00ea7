//! Tests of read positions.

use super::*;

#[test]
fn opening_a_room_marks_the_position_at_which_the_user_resumes() {
    let (mut model, mut engine) = with_other_room();
    deliver(&mut engine, &mut model, None, in_other(8, "hello"));
    model.open(Some(other(0).id));
    assert_eq!(model.read_state.new_after, Some(7));
    let (request, id) = requested(&mut engine, &model, "subscribe").unwrap();
    assert_eq!(
        request,
        Request::Subscribe(Subscribe {
            room: other(0).id.into(),
            since: None,
            epoch: None,
            join: Some(false)
        })
    );
    model.set_at_end(other(0).id, true);
    assert_eq!(other_counts(&model).2, 1);
    let Response::Subscribe(response) = subscribed(false, 8, &[]) else { unreachable!() };
    let response = Subscribed { room: other(0).id, ..response };
    deliver(&mut engine, &mut model, Some(&id), Response::Subscribe(response));
    model.set_at_end(other(0).id, true);
    assert_eq!((other_counts(&model), model.read_state.new_after), ((8, 8, 0, 0), Some(7)));
    let (request, id) = requested(&mut engine, &model, "read").unwrap();
    assert_eq!(
        request,
        Request::Read(Read { room: Some(other(0).id.into()), seq: 8, ..Default::default() })
    );
    deliver(&mut engine, &mut model, None, in_other(9, "more"));
    model.set_at_end(other(0).id, true);
    assert!(requested(&mut engine, &model, "read").is_none());
    let position = ReadPosition { room: other(0).id, seq: 8, ..Default::default() };
    deliver(&mut engine, &mut model, Some(&id), Response::Read(position));
    let (request, _) = requested(&mut engine, &model, "read").unwrap();
    assert!(matches!(request, Request::Read(Read { seq: 9, .. })));
    assert_eq!((other_counts(&model), model.read_state.new_after), ((9, 9, 0, 0), Some(7)));
}

#[test]
fn a_room_that_was_never_read_is_new_from_its_first_message() {
    let mut model = open_page();
    model.rooms.find_mut(room().id).unwrap().unread = 2;
    model.open(None);
    model.open(Some(room().id));
    assert_eq!(model.read_state.new_after, Some(0));
    assert_eq!(model.timeline(room().id).first_new(), Some(1));
}

#[test]
fn what_was_seen_of_a_room_is_read_and_the_rest_stays_unread() {
    let (mut model, mut engine) = with_other_room();
    model.set_at_end(room().id, false);
    for seq in 3..=6 {
        let text = if seq == 6 { "@ada" } else { "hello" };
        let said = Message { text: Some(text.to_owned()), ..message(seq) };
        deliver(&mut engine, &mut model, None, Event::Chat(said));
    }
    let counts = |model: &Model| {
        let room = model.rooms.find(room().id).unwrap();
        (room.read_seq, room.unread, room.mentions)
    };
    let before = counts(&model).0;
    model.read_up_to(room().id, before);
    assert_eq!(counts(&model), (before, 4, 1));
    model.read_up_to(room().id, 4);
    assert_eq!(counts(&model), (4, 2, 1));
    model.read_up_to(room().id, 3);
    assert_eq!(counts(&model), (4, 2, 1), "reading does not go back");
    let (request, id) = requested(&mut engine, &model, "read").unwrap();
    assert!(matches!(request, Request::Read(Read { seq: 4, .. })));
    let position = ReadPosition { room: room().id, seq: 4, ..Default::default() };
    deliver(&mut engine, &mut model, Some(&id), Response::Read(position));
    assert!(requested(&mut engine, &model, "rooms").is_none(), "the rest was counted here");
    model.read_up_to(other(0).id, 9);
    assert!(model.read_state.unconfirmed.is_empty(), "another room is not in view");
    model.set_at_end(room().id, true);
    assert_eq!(counts(&model), (6, 0, 0));
}

#[test]
fn messages_that_arrive_out_of_sight_are_marked_as_new() {
    let (mut model, mut engine) = with_other_room();
    model.set_at_end(room().id, true);
    deliver(&mut engine, &mut model, None, Event::Chat(message(3)));
    model.set_at_end(room().id, true);
    assert_eq!((model.read_state.new_after, model.rooms.unread()), (None, 0));
    model.set_at_end(room().id, false);
    deliver(&mut engine, &mut model, None, Event::Chat(message(4)));
    deliver(&mut engine, &mut model, None, Event::Chat(message(5)));
    assert_eq!((model.read_state.new_after, model.rooms.unread()), (Some(3), 2));
}

#[test]
fn messages_that_were_missed_out_of_sight_are_marked_as_new() {
    for (at_end, read_seq, mark) in [(false, 2, Some(2)), (true, 2, None), (false, 0, Some(0))] {
        let (mut model, mut engine) = with_other_room();
        model.set_at_end(room().id, at_end);
        assert_eq!((model.read_state.new_after, model.rooms.unread()), (None, 0));
        engine = SyncEngine::new(engine.build);
        deliver(&mut engine, &mut model, None, welcome("b1", 1));
        let (_, id) = requested(&mut engine, &model, "rooms").unwrap();
        let rooms = vec![Room { seq: 4, read_seq, unread: 2, ..room() }, other(7)];
        deliver(&mut engine, &mut model, Some(&id), Response::Rooms(rooms_page(rooms.clone())));
        assert_eq!(
            model.read_state.new_after, mark,
            "at the end: {at_end}, read before: {read_seq}"
        );
        model.replace_rooms(rooms);
        assert_eq!(model.read_state.new_after, mark);
    }
}

#[test]
fn a_read_position_of_another_device_is_applied() {
    let (mut model, mut engine) = with_other_room();
    deliver(&mut engine, &mut model, None, in_other(8, "hello"));
    deliver(&mut engine, &mut model, None, in_other(9, "@ada"));
    let read = |seq| Event::Read(ReadPosition { room: other(0).id, seq, ..Default::default() });
    deliver(&mut engine, &mut model, None, read(9));
    assert_eq!(other_counts(&model), (9, 9, 0, 0));
    assert!(engine.due_requests(&model, 5_000).is_empty());
    deliver(&mut engine, &mut model, None, read(8));
    assert!(matches!(&requests(&engine.due_requests(&model, 5_000))[..], [(Request::Rooms(_), _)]));
}

#[test]
fn a_position_that_is_set_back_is_sent_as_such_and_the_last_one_wins() {
    let (mut model, mut engine) = with_other_room();
    for seq in 3..=5 {
        deliver(&mut engine, &mut model, None, Event::Chat(message(seq)));
    }
    model.set_at_end(room().id, true);
    let (_, first) = requested(&mut engine, &model, "read").unwrap();
    model.mark_unread(room().id, 4);
    // The page may be closed before the server has confirmed the first one.
    let (request, id) = requested(&mut engine, &model, "read").unwrap();
    assert!(matches!(request, Request::Read(Read { seq: 4, back: true, .. })), "{request:?}");
    let position = |seq| {
        let room = room().id;
        Response::Read(ReadPosition { room, seq, read_seq: seq, ..Default::default() })
    };
    deliver(&mut engine, &mut model, Some(&first), position(5));
    let counts = |model: &Model| {
        let room = model.rooms.find(room().id).unwrap();
        (room.read_seq, room.unread)
    };
    assert_eq!(counts(&model), (3, 2));
    assert!(requested(&mut engine, &model, "read").is_none());
    deliver(&mut engine, &mut model, Some(&id), position(3));
    assert_eq!(counts(&model), (3, 2));
    assert!(model.read_state.unconfirmed.is_empty() && model.read_state.back.is_empty());
}

#[test]
fn what_is_read_set_back_and_read_again_ends_as_read() {
    let (mut model, mut engine) = with_other_room();
    deliver(&mut engine, &mut model, None, in_other(8, "hello"));
    let place = other(0).id.into();
    model.clear_unread(&[place]);
    let (_, first) = requested(&mut engine, &model, "read").unwrap();
    model.restore_last_cleared();
    let (_, back) = requested(&mut engine, &model, "read").unwrap();
    model.clear_unread(&[place]);
    assert!(requested(&mut engine, &model, "read").is_none(), "the one before is on its way");
    let position = |seq| {
        let room = other(0).id;
        Response::Read(ReadPosition { room, seq, read_seq: seq, ..Default::default() })
    };
    deliver(&mut engine, &mut model, Some(&first), position(8));
    assert!(requested(&mut engine, &model, "read").is_none());
    deliver(&mut engine, &mut model, Some(&back), position(7));
    let (request, _) = requested(&mut engine, &model, "read").unwrap();
    assert!(matches!(request, Request::Read(Read { seq: 8, back: false, .. })), "{request:?}");
}
