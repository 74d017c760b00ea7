use protocol::{Event, Message, Room};
use uuid::Uuid;

use super::*;
use crate::state::fixtures::{message, open_page, room, user};

/// Creates a page whose room has messages 1 to 6 of Bo, all of which are read.
fn read_page() -> Model {
    let mut model = open_page();
    for seq in 3..=6 {
        let text = Some(if seq == 5 { "@ada".to_owned() } else { seq.to_string() });
        model.apply(&Event::Chat(Message { text, ..message(seq) }), 0);
    }
    let known = model.rooms.find_mut(room().id).unwrap();
    (known.seq, known.read_seq, known.unread, known.mentions) = (6, 6, 0, 0);
    model.set_at_end(room().id, true);
    model
}

fn counts(model: &Model) -> (u64, u64, u64) {
    let room = model.rooms.find(room().id).unwrap();
    (room.read_seq, room.unread, room.mentions)
}

#[test]
fn a_message_and_all_after_it_become_unread_and_stay_so() {
    let mut model = read_page();
    model.mark_unread(room().id, 4);
    assert_eq!(counts(&model), (3, 3, 1));
    assert_eq!(model.read_state.new_after, Some(3));
    model.set_at_end(room().id, true);
    model.read_up_to(room().id, 6);
    assert_eq!(counts(&model), (3, 3, 1), "what stands in view does not count as read");
    assert_eq!(model.read_state.unconfirmed.get(&room().id), Some(&3));
    model.resume_reading(room().id);
    model.set_at_end(room().id, true);
    assert_eq!(counts(&model), (6, 0, 0));
    assert!(model.read_state.back.is_empty(), "reading again replaces it");
}

#[test]
fn reminders_are_read_once_they_were_in_view() {
    let mut model = open_page();
    let own = |seq, reminder| Message { sender: user("ada").into(), reminder, ..message(seq) };
    for (seq, reminder) in [(3, false), (4, true), (5, false), (6, true)] {
        model.apply(&Event::Chat(own(seq, reminder)), 0);
    }
    assert_eq!(counts(&model), (3, 2, 0), "own messages before the first are read");
    model.read_up_to(room().id, 5);
    assert_eq!(counts(&model), (5, 1, 0));
    model.mark_unread(room().id, 3);
    assert_eq!(counts(&model), (2, 2, 0));
}

#[test]
fn mentions_in_threads_stay_while_the_room_is_read() {
    let mut model = read_page();
    model.mark_unread(room().id, 4);
    model.open(None);
    model.open(Some(room().id));
    // One more stands in a thread, whose replies the log of the room lacks.
    model.rooms.find_mut(room().id).unwrap().mentions += 1;
    model.read_up_to(room().id, 4);
    assert_eq!(counts(&model), (4, 2, 2));
    model.read_up_to(room().id, 5);
    assert_eq!(counts(&model), (5, 1, 1));
    model.mark_unread(room().id, 5);
    assert_eq!(counts(&model), (4, 2, 2));
}

#[test]
fn a_room_that_is_opened_again_is_read_again() {
    let mut model = read_page();
    model.mark_unread(room().id, 6);
    model.open(None);
    model.open(Some(room().id));
    assert_eq!((model.read_state.held, counts(&model)), (None, (5, 1, 0)));
    model.set_at_end(room().id, true);
    assert_eq!(counts(&model), (6, 0, 0));
}

#[test]
fn the_position_at_which_a_room_was_entered_can_be_put_back_once() {
    let mut model = read_page();
    assert!(!model.put_back(), "nothing was unread");
    model.mark_unread(room().id, 4);
    model.open(None);
    model.open(Some(room().id));
    model.set_at_end(room().id, true);
    assert_eq!(counts(&model), (6, 0, 0));
    assert!(model.put_back());
    assert_eq!(counts(&model), (3, 3, 1));
    assert!(!model.put_back());
}

#[test]
fn another_device_that_marks_messages_as_unread_keeps_them_so_here() {
    let mut model = read_page();
    model.read_state.unconfirmed.clear();
    let back = ReadPosition { room: room().id, seq: 3, read_seq: 3, ..Default::default() };
    assert!(!model.count(&Event::Read(back)), "only the server knows what is unread then");
    assert_eq!(model.read_state.held, Some(room().id));
    model.set_at_end(room().id, true);
    assert_eq!(counts(&model).0, 3);
    model.read_state.set_back(room().id, 1);
    model.count(&Event::Read(ReadPosition { seq: 5, ..back }));
    assert_eq!(counts(&model).0, 3, "what is set back here comes last");
}

#[test]
fn far_from_the_end_what_becomes_unread_is_counted_up_to_the_read_position() {
    let mut model = read_page();
    let log = &mut model.opened_rooms.get_mut(&room().id).unwrap().log;
    log.wants_around = Some(2);
    let page = protocol::HistoryPage {
        messages: (1..=4).map(message).collect(),
        ..protocol::HistoryPage::default()
    };
    log.messages.drain(..5);
    log.has_more = true;
    log.apply_page(crate::state::room::Cursor::Around(2), page);
    assert!(!log.is_latest());
    let known = model.rooms.find_mut(room().id).unwrap();
    (known.read_seq, known.unread) = (4, 2);
    model.mark_unread(room().id, 3);
    assert_eq!(counts(&model), (2, 4, 0));
}

#[test]
fn a_room_marked_as_read_unseen_can_be_put_back_with_what_came_since() {
    let mut model = open_page();
    let other = Room {
        id: RoomId(Uuid::from_u128(2)),
        slug: "desk".to_owned(),
        seq: 9,
        read_seq: 4,
        unread: 5,
        mentions: 1,
        ..room()
    };
    model.update_rooms(vec![other.clone()]);
    model.mark_room_read(other.id);
    let find = |model: &Model| model.rooms.find(other.id).cloned().unwrap();
    assert_eq!((find(&model).read_seq, find(&model).unread), (9, 0));
    let next = Message { room: other.id, ..message(10) };
    model.apply(&Event::Chat(next), 0);
    model.restore_unread(&other);
    assert_eq!((find(&model).read_seq, find(&model).unread, find(&model).mentions), (4, 6, 1));
    assert!(model.read_state.back.contains(&other.id));
}
