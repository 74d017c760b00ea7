use super::*;
use crate::state::fixtures::{message, room, user};
use protocol::{ChatDeleted, ChatEdited, ThreadFollow, ThreadSummary};

fn at(seq: u64) -> Timestamp {
    message(seq).sent_at
}

fn summary(count: u64, last: u64) -> Option<Box<ThreadSummary>> {
    Some(Box::new(ThreadSummary { count, last_at: Some(at(last)), people: vec![user("bo").id] }))
}

/// A reply to message 1 as the `count`th one.
fn reply(seq: u64, by: &str, text: &str, count: u64) -> Event {
    Event::Chat(Message {
        sender: user(by).into(),
        text: Some(text.to_owned()),
        thread: Some(message(1).id),
        thread_replies: summary(count, seq),
        ..message(seq)
    })
}

fn followed(last: u64, count: u64, unread: u64) -> FollowedThread {
    let message = Message { replies: summary(count, last), ..message(1) };
    let (room, last_at) = (room().id, at(last));
    FollowedThread { room, message, unread, mentions: 0, read_seq: 2, last_at, last: None }
}

fn list(thread: FollowedThread) -> ThreadList {
    let mut list = ThreadList::default();
    list.replace(vec![thread], true);
    list
}

fn counts(list: &ThreadList) -> (u64, u64, u64) {
    let thread = list.find(message(1).id).unwrap();
    (thread.message.replies.as_ref().unwrap().count, thread.unread, thread.mentions)
}

#[test]
fn replies_of_others_are_counted_once_with_their_mentions() {
    let (mut list, ada) = (list(followed(4, 1, 1)), user("ada"));
    for event in [reply(5, "bo", "@ada", 2), reply(6, "ada", "yes", 3), reply(7, "bo", "ok", 4)] {
        list.apply(&event, &ada);
    }
    assert_eq!((counts(&list), list.changes), ((4, 3, 1), 0));
    assert_eq!((list.unread(), list.mentions()), (3, 1));
}

#[test]
fn the_summary_is_set_even_if_the_reply_is_in_the_list_already() {
    let (mut list, ada) = (list(followed(6, 3, 2)), user("ada"));
    // Replies of a recovery carry the summary as it is now.
    for seq in 5..=6 {
        list.apply(&reply(seq, "bo", "known", 3), &ada);
    }
    assert_eq!(counts(&list), (3, 2, 0));
    for seq in 7..=8 {
        let Event::Chat(known) = reply(seq, "bo", "missed", 5) else { unreachable!() };
        let event = Event::Chat(Message { thread_replies: summary(5, 8), ..known });
        list.apply(&event, &ada);
    }
    assert_eq!(counts(&list), (5, 4, 0));
}

#[test]
fn replies_that_a_response_lacks_are_counted_in_it() {
    let (mut list, ada) = (list(followed(4, 1, 1)), user("ada"));
    list.apply(&reply(5, "bo", "in the response", 2), &ada);
    list.apply(&reply(6, "bo", "after it", 3), &ada);
    list.replace(vec![followed(5, 2, 2)], true);
    assert_eq!(counts(&list), (3, 3, 0));
    list.replace(vec![followed(6, 3, 3)], true);
    assert_eq!(counts(&list), (3, 3, 0));
}

#[test]
fn a_reply_may_begin_the_following_of_its_thread() {
    let ada = user("ada");
    for (event, changes) in [
        (reply(5, "bo", "first", 1), 1),
        (reply(5, "bo", "another", 7), 0),
        (reply(5, "bo", "@ada", 7), 1),
        (reply(5, "bo", "@room look", 7), 1),
        (reply(5, "ada", "mine", 7), 1),
    ] {
        let mut list = ThreadList::default();
        list.apply(&event, &ada);
        assert_eq!(list.changes, changes, "{event:?}");
    }
}

#[test]
fn a_mention_in_a_thread_that_is_no_longer_followed_loads_the_list_again() {
    let ada = user("ada");
    let follow = |on| ThreadFollow { room: room().id.into(), thread: message(1).id, on };
    let mut unread = list(followed(4, 1, 1));
    assert!(!unread.followed(&follow(false)) && unread.find(message(1).id).is_none());
    unread.apply(&reply(5, "bo", "now @ada", 2), &ada);
    assert_eq!(unread.changes, 1, "the server lists it again");
    assert!(unread.followed(&follow(true)), "what is unread in it counts again");

    // The event of a mention may overtake the answer to what was asked for before it.
    let mut overtaken = list(followed(4, 1, 1));
    overtaken.apply(&reply(5, "bo", "now @ada", 2), &ada);
    assert!(overtaken.followed(&follow(false)), "the mention counts no longer in the room");
    assert_eq!(overtaken.changes, 1);
}

#[test]
fn a_deleted_reply_sets_the_summary_and_asks_for_the_count() {
    let (mut list, ada) = (list(followed(4, 1, 1)), user("ada"));
    list.apply(&reply(5, "bo", "wrong", 2), &ada);
    let deleted = ChatDeleted {
        id: message(5).id,
        room: room().id,
        seq: 6,
        message_seq: 5,
        thread: Some(message(1).id),
        thread_replies: summary(1, 4),
        ..ChatDeleted::default()
    };
    list.apply(&Event::ChatDeleted(deleted), &ada);
    assert_eq!((counts(&list).0, list.changes), (1, 1));
    assert_eq!(list.find(message(1).id).unwrap().last_at, at(4));
    list.replace(vec![followed(4, 1, 1)], true);
    assert_eq!(counts(&list), (1, 1, 0), "the deleted reply is not counted again");
}

#[test]
fn what_was_read_here_stays_read_until_it_is_stored() {
    let mut list = list(followed(6, 3, 2));
    let thread = Some(message(1).id);
    let position = |seq, unread| ReadPosition {
        room: room().id,
        seq,
        thread,
        read_seq: seq,
        unread,
        mentions: 0,
    };
    assert!(list.read(position(5, 1)));
    assert!(!list.read(position(4, 2)), "reading does not go back");
    list.replace(vec![followed(6, 3, 2)], true);
    assert_eq!(counts(&list), (3, 1, 0));
    let sent = list.unconfirmed[&message(1).id];
    list.sent(message(1).id, &sent);
    assert!(!list.set_position(&position(5, 1)) && list.unconfirmed.is_empty());
    assert!(!list.set_position(&position(6, 0)), "no mention was read");
    assert_eq!((counts(&list), list.changes), ((3, 0, 0), 0));
}

#[test]
fn a_first_page_replaces_its_part_of_the_list() {
    let thread = |id: u64, last: u64| FollowedThread {
        message: Message { replies: summary(1, last), ..message(id) },
        ..followed(last, 1, 0)
    };
    let mut list = ThreadList::default();
    list.replace(vec![thread(1, 40), thread(2, 30), thread(3, 20), thread(4, 10)], true);
    list.replace(vec![thread(5, 50), thread(3, 45), thread(1, 40)], false);
    let ids: Vec<_> = list.iter().map(|thread| thread.message.seq).collect();
    assert_eq!(ids, [5, 3, 1, 2, 4], "those with older replies stay");
    list.replace(vec![thread(5, 50), thread(4, 35)], false);
    let ids: Vec<_> = list.iter().map(|thread| thread.message.seq).collect();
    assert_eq!(ids, [5, 4, 2], "threads that are no longer followed are gone");
    list.remove_room(room().id);
    assert_eq!(list.iter().count(), 0);
}

#[test]
fn what_a_first_page_cannot_tell_is_loaded_with_all_pages() {
    let ada = user("ada");
    let on_first_page = |last| {
        let thread = followed(last, 1, 0);
        FollowedThread { message: Message { id: message(2).id, ..thread.message }, ..thread }
    };
    // The thread has moved behind the first page by the deletion of its last reply.
    let mut moved = list(followed(9, 2, 1));
    moved.replace(vec![on_first_page(8), followed(9, 2, 1)], true);
    let deleted = ChatDeleted {
        id: message(9).id,
        message_seq: 9,
        thread: Some(message(1).id),
        thread_replies: summary(1, 4),
        ..ChatDeleted::default()
    };
    moved.apply(&Event::ChatDeleted(deleted), &ada);
    assert_eq!((moved.changes, moved.deep_changes), (1, 0));
    moved.replace(vec![on_first_page(8)], false);
    assert_eq!((moved.iter().count(), moved.deep_changes), (2, 1));
    moved.replace(vec![on_first_page(8), followed(4, 1, 0)], true);
    moved.replace(vec![on_first_page(8)], false);
    assert_eq!((moved.iter().count(), moved.deep_changes), (2, 1), "it is up to date");

    // The page had the deletion before the event came.
    let mut ahead = list(followed(9, 2, 1));
    ahead.replace(vec![on_first_page(8)], false);
    assert_eq!((ahead.iter().count(), ahead.deep_changes), (1, 1));
}

#[test]
fn the_last_reply_is_shown_as_it_stands_now() {
    let (mut list, ada) = (list(followed(4, 1, 0)), user("ada"));
    let last = |list: &ThreadList| {
        let last = list.find(message(1).id)?.last.clone()?;
        Some((last.sender.name, last.text.unwrap()))
    };
    list.learn_authors(vec![user("chen").into()]);
    list.apply(&reply(5, "bo", "**at** noon", 2), &ada);
    let said = |name: &str, text: &str| Some((name.to_owned(), text.to_owned()));
    assert_eq!(last(&list), said("Bo", "**at** noon"), "the event had no tree");
    let edited = |message_seq, seq, text: &str| {
        Event::ChatEdited(ChatEdited {
            id: message(message_seq).id,
            seq,
            message_seq,
            text: Some(text.to_owned()),
            ..ChatEdited::default()
        })
    };
    list.apply(&edited(5, 6, "at one"), &ada);
    list.apply(&edited(4, 7, "another message"), &ada);
    assert_eq!(last(&list), said("Bo", "at one"));
    // A list that was read before takes the reply from here.
    list.replace(vec![followed(4, 1, 0)], true);
    assert_eq!(last(&list), said("Bo", "at one"));
    let Event::Chat(mut older) = reply(4, "chen", "replayed", 2) else { unreachable!() };
    older.thread_replies = summary(2, 5);
    list.apply(&Event::Chat(older), &ada);
    assert_eq!(last(&list), said("Bo", "at one"));
    let bodil = protocol::Sender { name: "Bodil".to_owned(), ..user("bo").into() };
    list.update_people(&Senders::from([(bodil.id, bodil)]));
    assert_eq!(last(&list), said("Bodil", "at one"));
    assert_eq!(list.author(user("bo").id).unwrap().name, "Bodil");
    assert_eq!(list.author(user("chen").id), Some(&user("chen").into()));

    let changes = list.changes;
    let deleted = ChatDeleted {
        id: message(5).id,
        seq: 8,
        message_seq: 5,
        thread: Some(message(1).id),
        thread_replies: summary(1, 4),
        ..ChatDeleted::default()
    };
    list.apply(&Event::ChatDeleted(deleted), &ada);
    assert_eq!((last(&list), list.changes), (None, changes + 1), "the list is asked again");
}
