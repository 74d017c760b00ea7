use protocol::{ChatDeleted, ChatReacted, Message};

use super::*;
use crate::state::fixtures::{message, room, user};

fn chat(seq: u64, by: &str, text: &str) -> Event {
    Event::Chat(Message { sender: user(by).into(), text: Some(text.to_owned()), ..message(seq) })
}

#[test]
fn messages_of_other_users_are_counted_once_with_their_mentions() {
    let (mut room, ada) = (room(), user("ada"));
    for event in [chat(1, "bo", "hello"), chat(2, "ada", "@ada"), chat(3, "bo", "thanks @Ada!")] {
        assert!(count(&mut room, &event, &ada));
        assert!(count(&mut room, &event, &ada));
    }
    assert_eq!((room.seq, room.unread, room.mentions), (3, 2, 1));
    assert!(mark_read(&mut room, 3));
    assert_eq!((room.read_seq, room.unread, room.mentions), (3, 0, 0));
}

#[test]
fn a_reminder_is_unread_to_its_author_and_begins_what_is() {
    let (mut room, ada) = (Room { kind: RoomKind::Direct, ..room() }, user("ada"));
    let reminder = |seq| {
        let Event::Chat(message) = chat(seq, "ada", "⏰ ask @ada and @room") else {
            unreachable!()
        };
        Event::Chat(Message { reminder: true, ..message })
    };
    assert!(count(&mut room, &chat(1, "ada", "a note"), &ada));
    assert!(count(&mut room, &reminder(2), &ada));
    assert_eq!((room.read_seq, room.unread, room.mentions), (1, 1, 0));
    assert!(count(&mut room, &chat(3, "ada", "another"), &ada));
    assert!(count(&mut room, &reminder(4), &ada));
    assert_eq!((room.read_seq, room.unread, unread_to_user(&room)), (1, 2, 2));
}

#[test]
fn a_mention_of_the_whole_room_is_counted_by_the_server() {
    let (mut room, ada) = (room(), user("ada"));
    assert!(!count(&mut room, &chat(1, "bo", "@room, lunch"), &ada));
    assert!(count(&mut room, &chat(2, "ada", "@room, lunch"), &ada));
    assert!(count(&mut room, &chat(3, "bo", "@ada and @room"), &ada));
    assert_eq!((room.unread, room.mentions), (2, 1));
}

#[test]
fn replies_in_threads_are_not_unread_in_the_room_but_mention_there() {
    let (mut room, ada) = (room(), user("ada"));
    let reply = |seq, text: &str, in_room| {
        let Event::Chat(reply) = chat(seq, "bo", text) else { unreachable!() };
        Event::Chat(Message { thread: Some(message(1).id), in_room, ..reply })
    };
    for event in [reply(1, "a", false), reply(2, "@ada", false), reply(3, "b", true)] {
        assert!(count(&mut room, &event, &ada));
    }
    assert_eq!((room.seq, room.unread, room.mentions), (3, 1, 1));
    let mut list = RoomList::from(vec![room.clone()]);
    let read = ReadPosition { room: room.id, seq: 3, mentions: 1, ..Default::default() };
    assert!(list.mark_read(read));
    assert_eq!((list[0].unread, list[0].mentions), (0, 1), "the thread is still unread");
    assert!(!list.mark_read(ReadPosition { thread: Some(message(1).id), ..read }));
}

#[test]
fn a_gap_and_updates_of_unread_messages_cannot_be_counted_here() {
    let (mut room, ada) = (room(), user("ada"));
    assert!(!count(&mut room, &chat(3, "bo", "hello"), &ada));
    assert!(count(&mut room, &chat(4, "bo", "hello"), &ada));
    let deleted = |seq, message_seq| {
        Event::ChatDeleted(ChatDeleted {
            id: message(message_seq).id,
            room: room.id,
            seq,
            message_seq,
            deleted_by: Some(Box::new(user("bo").into())),
            ..Default::default()
        })
    };
    let (first, second) = (deleted(5, 4), deleted(6, 2));
    assert!(!count(&mut room, &first, &ada));
    assert!(!mark_read(&mut room, 3));
    assert!(count(&mut room, &second, &ada));
}

#[test]
fn a_changed_room_keeps_its_place_and_what_was_counted_since() {
    let named = |id: u128, name: &str| Room {
        id: RoomId(Uuid::from_u128(id)),
        name: name.to_owned(),
        slug: name.to_lowercase(),
        seq: 5,
        ..room()
    };
    let mut list = RoomList::from(vec![named(1, "alpha"), named(3, "Gamma")]);
    assert!(list.insert(named(2, "Beta"), None));
    let names = |list: &RoomList| list.iter().map(|room| room.name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&list), ["alpha", "Beta", "Gamma"]);
    assert!(list.insert(Room { seq: 7, unread: 2, ..named(2, "Beta") }, None));
    assert!(list.insert(Room { seq: 6, unread: 1, ..named(2, "Beta") }, None));
    let beta = |list: &RoomList| list.find(RoomId(Uuid::from_u128(2))).unwrap().clone();
    assert_eq!((beta(&list).seq, beta(&list).unread), (7, 2), "the later state stays");
    assert!(list.insert(Room { seq: 8, unread: 3, ..named(2, "Beta") }, Some(8)));
    assert_eq!((beta(&list).read_seq, beta(&list).unread), (8, 0), "read here meanwhile");
    let left = Room { member: false, ..named(2, "Beta") };
    assert!(!list.insert(left, None), "whether the rest is unread, the server must say");
    assert!(list.insert(Room { seq: 9, ..named(2, "Zeta") }, None));
    assert_eq!(names(&list), ["alpha", "Gamma", "Zeta"]);
    let id = RoomId(Uuid::from_u128(2));
    assert!(list.by_name("beta").is_some_and(|room| room.id == id), "the former slug leads on");
    let direct = Room { kind: RoomKind::Direct, ..named(4, "Zoe") };
    assert!(list.insert(direct.clone(), None));
    assert_eq!(names(&list), ["Zoe", "alpha", "Gamma", "Zeta"], "direct rooms come first");
    list.remove(direct.id);
    list.remove(RoomId(Uuid::from_u128(1)));
    assert_eq!((names(&list).len(), list.find(RoomId(Uuid::from_u128(3))).is_some()), (2, true));
}

#[test]
fn mentions_and_direct_messages_are_for_the_user_unless_muted() {
    let room = |id: u128, kind, notify, unread, mentions| Room {
        id: RoomId(Uuid::from_u128(id)),
        kind,
        notify,
        unread,
        mentions,
        ..room()
    };
    let (all, some, none) = (NotifyLevel::All, NotifyLevel::Mentions, NotifyLevel::Nothing);
    let list = RoomList::from(vec![
        room(1, RoomKind::Direct, all, 3, 1),
        room(2, RoomKind::Direct, none, 4, 0),
        room(3, RoomKind::Public, some, 5, 2),
        room(4, RoomKind::Public, none, 6, 1),
        Room { member: false, ..room(5, RoomKind::Public, all, 7, 7) },
    ]);
    assert_eq!((list.unread(), list.unread_to_user()), (3 + 5 + 1, 3 + 2 + 1));
}

#[test]
fn a_reaction_only_advances_the_room_log() {
    let (mut room, ada) = (room(), user("ada"));
    count(&mut room, &chat(1, "bo", "hello"), &ada);
    let reacted = ChatReacted {
        id: message(1).id,
        room: room.id,
        seq: 2,
        message_seq: 1,
        user: user("bo").id,
        emoji: "👍".to_owned(),
        on: true,
    };
    assert!(count(&mut room, &Event::ChatReacted(reacted), &ada));
    assert_eq!((room.seq, room.unread), (2, 1));
}
