//! Threads, pins and their read positions on two nodes.

use protocol::{ChatPin, Event, Read, Request, Typing};

use super::two_nodes;

const ROOM: &str = "general";

#[tokio::test]
async fn replies_pins_and_positions_reach_all_nodes() {
    let (one, other, _redis) = two_nodes(&["--rate-limit=off"]).await;
    let ada = one.register_owner("ada").await;
    let bo = one.join("bo", &ada).await;
    let mut author = ada.subscriber(&one, ROOM).await;
    let first = author.chat(ROOM, "a thread begins").await.id;
    let mut reader = bo.subscriber(&other, ROOM).await;
    let mut phone = bo.connect(&one).await;

    author.reply_in(ROOM, first, "a reply to @bo").await;
    let reply = loop {
        // Who comes online elsewhere may be told at any time.
        if let Event::Chat(reply) = reader.event().await {
            break reply;
        }
    };
    assert_eq!((reply.thread, reply.thread_replies.unwrap().count), (Some(first), 1));
    let pin = ChatPin { room: Some(ROOM.into()), id: first, op: None, on: true };
    author.request(&Request::ChatPin(pin)).await;
    let Event::ChatPinned(pinned) = reader.event().await else { panic!("expected the pin") };
    assert_eq!((pinned.id, pinned.user, pinned.seq), (first, ada.user.id, 3));
    let typing = Typing { room: Some(ROOM.into()), thread: Some(first) };
    author.send(&Request::Typing(typing), "notice").await;
    let Event::Typing(typing) = reader.event().await else { panic!("expected the signal") };
    assert_eq!((typing.user.id, typing.thread), (ada.user.id, Some(first)));

    let read = Read { room: Some(ROOM.into()), seq: 2, thread: Some(first), back: false };
    let position = reader.read(read).await.unwrap();
    assert_eq!((position.read_seq, position.unread, position.mentions), (2, 0, 0));
    assert_eq!(phone.event().await, Event::Read(position));
    let followed = reader.follow(ROOM, first, false).await.unwrap();
    assert_eq!(phone.event().await, Event::ThreadChanged(followed));
}
