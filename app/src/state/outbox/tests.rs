//! Tests of the messages that are not in the room log yet.

use protocol::FileId;

use super::*;
use crate::state::pending::TAB_GRACE_MS;

fn pending(id: u128, room: u128) -> PendingMessage {
    let written_at = Timestamp::from_millis(i64::try_from(id).unwrap_or_default());
    let (room, text) = (RoomId(Uuid::from_u128(room)), id.to_string());
    PendingMessage::new(MessageId(Uuid::from_u128(id)), room, text, written_at)
}

fn next(outbox: &PendingMessages) -> Vec<String> {
    outbox.next(0).into_iter().map(|message| message.text.clone()).collect()
}

#[test]
fn each_room_sends_one_message_at_a_time() {
    let mut outbox = PendingMessages::restored(vec![pending(3, 8), pending(1, 7), pending(2, 7)]);
    assert_eq!(next(&outbox), ["1", "3"]);
    outbox.remove(MessageId(Uuid::from_u128(1)));
    assert_eq!(next(&outbox), ["2", "3"]);
}

#[test]
fn a_message_of_another_tab_is_deferred_and_blocks_no_other_message() {
    let mut outbox = PendingMessages::default();
    outbox.merge_from_tab(pending(1, 7), 0);
    outbox.push(pending(2, 7));
    let next = |outbox: &PendingMessages, now| {
        outbox.next(now).first().map(|message| message.text.clone())
    };
    assert_eq!(next(&outbox, 0).as_deref(), Some("2"));
    outbox.remove(MessageId(Uuid::from_u128(2)));
    assert_eq!(next(&outbox, TAB_GRACE_MS - 1), None);
    outbox.merge_from_tab(pending(1, 7), 4_000);
    assert_eq!(next(&outbox, TAB_GRACE_MS).as_deref(), Some("1"));
    outbox
        .merge_from_tab(PendingMessage { refused: Some("no".to_owned()), ..pending(1, 7) }, 4_000);
    assert_eq!(next(&outbox, TAB_GRACE_MS), None);
    assert_eq!(outbox.items().len(), 1);
}

#[test]
fn a_reply_is_stored_with_its_quote_and_thread_and_earlier_items_are_read() {
    let quote = Quote { text: Some("which?".to_owned()), ..Quote::default() };
    let reply = PendingMessage {
        reply_to: Some(Box::new(quote)),
        thread: Some(MessageId(Uuid::from_u128(9))),
        in_room: true,
        ..pending(1, 7)
    };
    let stored = reply.to_text().unwrap();
    assert_eq!(PendingMessage::from_text(&stored), Some(reply.clone()));
    let plain = pending(1, 7).to_text().unwrap();
    for name in ["reply_to", "thread", "in_room"] {
        assert!(stored.contains(name) && !plain.contains(name), "{name}");
    }
    assert_eq!(PendingMessage::from_text(&plain), Some(pending(1, 7)));
    let (room, thread) = (reply.room, reply.thread.unwrap());
    assert!(reply.is_shown_in(room.into()) && !pending(1, 8).is_shown_in(room.into()));
    assert!(reply.is_shown_in(Conversation::thread(room, thread)));
    let hidden = PendingMessage { in_room: false, ..reply };
    assert!(!hidden.is_shown_in(room.into()));
    assert!(!hidden.is_shown_in(Conversation::thread(room, MessageId::default())));
}

#[test]
fn a_held_message_waits_and_is_never_lost() {
    let held = PendingMessage { held: true, ..pending(1, 7) };
    let mut outbox = PendingMessages::default();
    outbox.push(held.clone());
    outbox.push(pending(2, 8));
    assert_eq!(next(&outbox), ["2"]);
    assert_eq!(outbox.held().count(), 1);
    outbox.release(held.id);
    assert_eq!((next(&outbox), outbox.held().count()), (vec!["1".into(), "2".into()], 0));
    assert!(!outbox.items()[0].is_stored_like(&held), "the other tabs learn of it");

    // Another tab leaves it to this one.
    let stored = PendingMessage::from_text(&held.to_text().unwrap()).unwrap();
    let mut other = PendingMessages::default();
    other.merge_from_tab(stored.clone(), 0);
    let ready = |outbox: &PendingMessages, now| !outbox.next(now).is_empty();
    assert!(!ready(&other, TAB_GRACE_MS + UNDO_MS - 1));
    assert!(ready(&other, TAB_GRACE_MS + UNDO_MS));
    // A later page sends it, at once if nobody can hold it any more.
    for (age, wait) in [(1_000, UNDO_MS - 1_000), (UNDO_MS, 0), (-1, 0)] {
        let mut page = PendingMessages::restored(vec![stored.clone()]);
        let now = Timestamp::from_millis(stored.written_at.as_millis() + age);
        page.leave_held(now, 50);
        assert!(ready(&page, 50 + wait), "{age}");
        assert!(wait == 0 || !ready(&page, 49 + wait), "{age}");
    }
}

#[test]
fn a_message_waits_for_its_files_and_the_next_ones_for_it_unless_they_are_large() {
    let file = |size| PendingFile { size, ..PendingFile::default() };
    let with = |size| PendingMessage { files: vec![file(size)], ..pending(1, 7) };
    let mut outbox = PendingMessages::restored(vec![with(9_000), pending(2, 7), pending(3, 8)]);
    assert_eq!(next(&outbox), ["3"]);
    assert!(outbox.change_file(Uuid::nil(), |file| file.file = Some(FileId::default())));
    assert_eq!(next(&outbox), ["1", "3"]);
    let outbox = PendingMessages::restored(vec![with(90_000_000), pending(2, 7)]);
    assert_eq!(next(&outbox), ["2"]);
}

#[test]
fn an_upload_of_another_tab_goes_on_here() {
    let stored = PendingMessage { files: vec![PendingFile::default()], ..pending(1, 7) };
    let mut outbox = PendingMessages::restored(vec![stored.clone()]);
    let mut other = stored.clone();
    other.files[0].upload = Some("/api/uploads/1".to_owned());
    assert!(!other.is_stored_like(&stored));
    outbox.merge_from_tab(other.clone(), 0);
    assert_eq!(outbox.items()[0].files, other.files);
    outbox.merge_from_tab(stored, 0);
    assert_eq!(outbox.items()[0].files, other.files, "nothing is forgotten");
    outbox.refuse_file(Uuid::nil(), "Too large");
    assert_eq!(outbox.items()[0].refused.as_deref(), Some("Too large"));
    assert_eq!(outbox.due_files(0).count(), 0);
    // The other tab tries again, so this one may have to.
    outbox.merge_from_tab(other.clone(), 0);
    assert_eq!(outbox.due_files(0).collect::<Vec<_>>(), [Uuid::nil()]);
    // A description that was taken away there is not the one that the server has.
    other.files[0].file = Some(FileId::default());
    other.files[0].described = Some("A boat".to_owned());
    outbox.merge_from_tab(other.clone(), 0);
    assert!(!outbox.items()[0].is_ready());
    other.files[0].described = Some(String::new());
    outbox.merge_from_tab(other, 0);
    assert!(outbox.items()[0].is_ready());
}

#[test]
fn a_refused_message_waits_and_blocks_no_other_message() {
    let mut outbox = PendingMessages::restored(vec![pending(1, 7), pending(2, 7)]);
    outbox.refuse(MessageId(Uuid::from_u128(1)), "no".to_owned());
    assert_eq!(next(&outbox), ["2"]);
    outbox.retry(MessageId(Uuid::from_u128(1)));
    assert_eq!(next(&outbox), ["1"]);
}

#[test]
fn a_confirmed_message_stays_until_the_room_log_is_read_that_far() {
    let mut outbox = PendingMessages::restored(vec![pending(1, 7), pending(2, 7)]);
    let (id, room) = (MessageId(Uuid::from_u128(1)), RoomId(Uuid::from_u128(7)));
    outbox.confirm(Sent { id, room, seq: 5, sent_at: Timestamp::default() });
    assert_eq!(next(&outbox), ["2"]);
    outbox.drop_confirmed(room, 4);
    assert_eq!(outbox.items().len(), 2);
    outbox.drop_confirmed(room, 5);
    assert_eq!(outbox.items(), [pending(2, 7)]);
}
