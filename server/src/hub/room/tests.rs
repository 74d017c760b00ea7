use protocol::limits::MAX_OUTBOX_BYTES;
use uuid::Uuid;

use super::*;
use crate::websocket::outbox::testing;

fn frame(text: &str) -> Bytes {
    Bytes::copy_from_slice(text.as_bytes())
}

fn sent(outbox: &Outbox) -> Vec<String> {
    testing::take(outbox).iter().map(|frame| String::from_utf8_lossy(frame).into_owned()).collect()
}

async fn subscriber() -> (ClientId, UserId, Outbox) {
    let (outbox, _) = testing::outbox().await;
    (ClientId(Uuid::new_v4()), UserId(Uuid::new_v4()), outbox)
}

fn deliver(room: &mut LiveRoom, seq: u64, text: &str) {
    room.deliver(seq, &frame(text), &mut Vec::new());
}

#[tokio::test]
async fn no_event_precedes_the_reply_and_none_is_repeated() {
    let mut room = LiveRoom::default();
    let (client, user, outbox) = subscriber().await;
    room.begin(client, user, &outbox, 0);
    deliver(&mut room, 7, "seven");
    room.send_to_others(UserId(Uuid::nil()), &frame("ephemeral"));
    deliver(&mut room, 8, "eight");
    assert!(sent(&outbox).is_empty());
    assert_eq!(room.complete(client, 7, frame("reply to seven")), Some(true));
    deliver(&mut room, 8, "eight");
    deliver(&mut room, 9, "nine");
    assert_eq!(sent(&outbox), ["reply to seven", "ephemeral", "eight", "nine"]);
    room.check_invariants();
}

#[tokio::test]
async fn many_events_add_a_reader_to_the_flush_list_once() {
    let mut room = LiveRoom::default();
    let (client, user, outbox) = subscriber().await;
    room.begin(client, user, &outbox, 0);
    room.complete(client, 0, frame("reply"));
    let mut readers = Vec::new();
    for seq in 1..=3 {
        room.deliver(seq, &frame("event"), &mut readers);
    }
    assert_eq!(readers.len(), 1);
    readers[0].flush_or_wake();
    assert_eq!(outbox.waiting_bytes(), 0);
    room.deliver(4, &frame("event"), &mut readers);
    assert_eq!(readers.len(), 2);
}

#[tokio::test]
async fn an_event_received_several_times_waits_once_for_the_reply() {
    let mut room = LiveRoom::default();
    let [(reader, hers, live), (newcomer, his, outbox)] = [subscriber().await, subscriber().await];
    room.begin(reader, hers, &live, 0);
    room.complete(reader, 0, frame("reply"));
    room.begin(newcomer, his, &outbox, 0);
    let large = "x".repeat(MAX_OUTBOX_BYTES / 2);
    deliver(&mut room, 2, &large); // ahead of 1, which the reader lacks
    deliver(&mut room, 1, "one"); // releases 2
    for (seq, text) in [(1, "one"), (2, large.as_str())] {
        deliver(&mut room, seq, text); // once more, from the room log
    }
    room.complete(newcomer, 0, frame("reply"));
    assert!(!outbox.is_closing());
    assert_eq!(sent(&outbox), ["reply", "one", &large]);
    room.check_invariants();
}

#[tokio::test]
async fn a_second_subscribe_gets_an_reply_without_repeated_events() {
    let mut room = LiveRoom::default();
    let (client, user, outbox) = subscriber().await;
    room.begin(client, user, &outbox, 0);
    room.complete(client, 1, frame("reply"));
    room.begin(client, user, &outbox, 0);
    deliver(&mut room, 2, "two");
    assert_eq!(room.complete(client, 2, frame("again")), Some(false));
    assert_eq!(sent(&outbox), ["reply", "again"]);
    room.check_invariants();
    assert!(room.leave(client));
}

#[tokio::test]
async fn a_failed_second_reply_loses_no_event() {
    let mut room = LiveRoom::default();
    let (client, user, outbox) = subscriber().await;
    room.begin(client, user, &outbox, 0);
    room.complete(client, 1, frame("reply"));
    room.begin(client, user, &outbox, 0);
    deliver(&mut room, 2, "two");
    room.abort(client);
    assert_eq!(sent(&outbox), ["reply", "two"]);
    room.check_invariants();
}

#[tokio::test]
async fn a_failed_first_reply_leaves_no_trace() {
    let mut room = LiveRoom::default();
    let (client, user, outbox) = subscriber().await;
    room.begin(client, user, &outbox, 0);
    room.abort(client);
    assert!(room.is_empty() && !room.presence.is_announced_online(user));
    room.check_invariants();
}

#[tokio::test]
async fn only_the_first_and_the_last_socket_of_a_user_change_presence() {
    let mut room = LiveRoom::default();
    let (desk, user, outbox) = subscriber().await;
    let (phone, ..) = subscriber().await;
    for (client, first) in [(desk, true), (phone, false)] {
        room.begin(client, user, &outbox, 0);
        assert_eq!(room.complete(client, 0, frame("reply")), Some(first));
    }
    assert_eq!(room.presence.online(), 1);
    assert!(!room.leave(desk));
    assert!(room.leave(phone));
    assert!(!room.leave(phone));
    assert!(room.is_empty());
    room.check_invariants();
}
