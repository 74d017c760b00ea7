//! Tests of what waits for its time.

use super::*;

fn waiting(id: u128, at: i64) -> LaterMessage {
    LaterMessage {
        id: MessageId(Uuid::from_u128(id)),
        room: RoomId(Uuid::from_u128(1)),
        text: format!("message {id}"),
        at: Timestamp::from_millis(at),
        reminder: false,
        reply_to: None,
        thread: None,
        in_room: false,
        files: Vec::new(),
        previews: None,
        error: None,
    }
}

fn ids(list: &WaitingList) -> Vec<u128> {
    list.iter().map(|message| message.id.0.as_u128()).collect()
}

fn gone(id: u128, sent: bool, reminder: bool) -> LaterGone {
    LaterGone { id: MessageId(Uuid::from_u128(id)), sent, reminder }
}

#[test]
fn what_changes_while_the_list_is_on_its_way_stays() {
    let mut list = WaitingList::default();
    list.requested();
    list.changed(waiting(1, 50));
    list.changed(waiting(2, 20));
    list.gone(gone(3, false, false));
    list.replace(vec![waiting(1, 10), waiting(3, 30), waiting(4, 40)], None);
    assert_eq!(ids(&list), [2, 4, 1]);
    list.requested();
    list.replace(vec![waiting(4, 40)], None);
    assert_eq!(ids(&list), [4], "the others are gone on the server");
}

#[test]
fn what_was_sent_does_not_wait_again_and_a_reminder_is_due() {
    let mut list = WaitingList::default();
    list.changed(waiting(1, 10));
    list.gone(gone(1, true, true));
    list.changed(waiting(1, 10));
    assert_eq!((ids(&list), list.due.len()), (vec![], 1));
    assert_eq!(list.due[0].text, "message 1");
    list.changed(waiting(2, 10));
    list.gone(gone(2, false, true));
    list.gone(gone(3, true, false));
    assert_eq!(list.due.len(), 1, "one was cancelled, the other is no reminder");
}

#[test]
fn the_text_of_a_reminder_is_taken_apart() {
    let id = Uuid::from_u128(7);
    let (message, room) = (Link::Message(MessageId(id)), Link::Room(RoomId(id)));
    for (text, words, link) in [
        ("⏰ tea", "tea", None),
        ("⏰ tea\nand cake\nhttps://a.example/m/ID", "tea\nand cake", Some(message)),
        ("⏰ https://a.example/m/ID", "", Some(message)),
        ("⏰ tea\nhttps://a.example/rooms/ID", "tea", Some(room)),
        ("⏰ https://a.example/x/ID", "https://a.example/x/ID", None),
        ("⏰ https://b.example/m/ID", "https://b.example/m/ID", None),
        ("⏰ see /m/ID", "see /m/ID", None),
    ] {
        let (text, words) =
            (text.replace("ID", &id.to_string()), words.replace("ID", &id.to_string()));
        let read = read_reminder(&text, "https://a.example");
        assert_eq!(read, Reminder { words: &words, link }, "{text}");
    }
}

#[test]
fn a_reminder_that_was_due_while_the_page_was_away_is_shown() {
    let mut list = WaitingList::default();
    for (id, at, reminder) in [(1, 10, true), (2, 10, false), (3, 30, true), (4, 10, true)] {
        list.changed(LaterMessage { reminder, ..waiting(id, at) });
    }
    list.reconnected();
    let listed = LaterMessage { reminder: true, ..waiting(4, 10) };
    list.replace(vec![listed], Some(Timestamp::from_millis(20)));
    let due: Vec<_> = list.due.iter().map(|due| due.id.0.as_u128()).collect();
    assert_eq!((due, ids(&list)), (vec![1], vec![4]), "3 was cancelled, 4 still waits");
}

#[test]
fn a_changed_reminder_keeps_its_link() {
    let id = MessageId(Uuid::from_u128(7));
    let text = format!("⏰ tea\nhttps://a.example/m/{}", id.0);
    let reminder = LaterMessage { reminder: true, text, ..waiting(1, 10) };
    let ask = Ask::at(&reminder, Timestamp::from_millis(20), "https://a.example");
    let Ask::Remind(ask) = ask else { panic!() };
    assert_eq!((ask.text.as_str(), ask.message, ask.room.is_none()), ("tea", Some(id), true));
    assert_eq!((ask.id, ask.at.as_millis()), (Some(reminder.id), 20));
}
