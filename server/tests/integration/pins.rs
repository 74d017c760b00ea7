//! Pinned messages.

use protocol::{
    Changed, ChatPin, ErrorCode, Event, Message, MessageId, OpId, Pins, PinsPage, Request,
    Response, Sender, limits::MAX_PINS,
};
use uuid::Uuid;

use crate::{
    support::{Server, Socket, reply_in, texts},
    threads::delete,
};

const ROOM: &str = "general";

async fn pin_as(
    socket: &mut Socket,
    id: MessageId,
    on: bool,
    op: Option<OpId>,
) -> Result<Changed, ErrorCode> {
    let pin = ChatPin { room: Some(ROOM.into()), id, op, on };
    match socket.ask(Request::ChatPin(pin)).await? {
        Response::ChatPin(changed) => Ok(changed),
        other => panic!("expected a response to chat_pin, got {other:?}"),
    }
}

async fn pin(socket: &mut Socket, id: MessageId, on: bool) -> Result<u64, ErrorCode> {
    pin_as(socket, id, on, None).await.map(|changed| changed.seq)
}

async fn pins(socket: &mut Socket) -> Vec<Message> {
    page_of_pins(socket, None).await.unwrap().messages
}

async fn page_of_pins(
    socket: &mut Socket,
    after: Option<MessageId>,
) -> Result<PinsPage, ErrorCode> {
    match socket.ask(Request::Pins(Pins { room: Some(ROOM.into()), after })).await? {
        Response::Pins(page) => Ok(page),
        other => panic!("expected pins, got {other:?}"),
    }
}

#[tokio::test]
async fn pins_are_events_of_the_log_and_part_of_their_messages() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let mut author = ada.connect(&server).await;
    let first = author.chat(ROOM, "a link that all need").await.id;
    let second = author.chat(ROOM, "a date").await.id;
    let reply = author.say(reply_in(ROOM, first, "a detail")).await.unwrap().id;
    let mut reader = bo.subscriber(&server, ROOM).await;
    assert_eq!(pin(&mut author, first, true).await, Ok(4));
    let Event::ChatPinned(pinned) = reader.event().await else { panic!("expected the pin") };
    assert_eq!(
        (pinned.id, pinned.seq, pinned.message_seq, pinned.user, pinned.on),
        (first, 4, 1, ada.user.id, true)
    );
    assert_eq!(pin(&mut reader, reply, true).await, Ok(5), "whoever may chat may pin");
    assert_eq!(pin(&mut reader, second, true).await, Ok(6));
    assert_eq!(pin(&mut author, first, true).await, Ok(4), "it is pinned already");
    assert_eq!(texts(&pins(&mut reader).await), ["a date", "a detail", "a link that all need"]);
    let page = reader.page(ROOM).await;
    let by: Vec<_> = page.iter().map(|message| message.pinned_by.as_deref().cloned()).collect();
    let by_user = |user: &protocol::User| Some(Sender::from(user.clone()));
    assert_eq!(by, [by_user(&ada.user), by_user(&bo.user)]);

    let op = Some(OpId(Uuid::new_v4()));
    let removed = pin_as(&mut author, second, false, op).await.unwrap();
    assert_eq!(removed.seq, 7);
    assert_eq!(pin_as(&mut author, first, true, op).await.unwrap(), removed, "by its op");
    assert_eq!(pin_as(&mut reader, second, false, op).await, Err(ErrorCode::Conflict));
    assert_eq!(pin(&mut reader, second, false).await, Ok(7), "it is away already");
    author.request(&delete(first)).await;
    assert_eq!(texts(&pins(&mut reader).await), ["a detail"], "a deleted message is gone");
    assert_eq!(pin(&mut author, first, true).await, Err(ErrorCode::NotFound));
    assert_eq!(pin(&mut author, MessageId(Uuid::new_v4()), true).await, Err(ErrorCode::NotFound));

    let events = ada.connect(&server).await.subscribe(ROOM, Some(3)).await.events;
    let kinds: Vec<_> = events
        .into_iter()
        .map(|event| match event.0 {
            Event::ChatPinned(pin) => (pin.seq, pin.message_seq, pin.on),
            Event::ChatDeleted(deleted) => (deleted.seq, deleted.message_seq, false),
            other => panic!("expected pins, got {other:?}"),
        })
        .collect();
    assert_eq!(kinds, [(4, 1, true), (5, 3, true), (6, 2, true), (7, 2, false), (8, 1, false)]);
}

#[tokio::test]
async fn a_room_takes_a_hundred_pins() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let mut socket = ada.connect(&server).await;
    let mut ids = Vec::new();
    for number in 0..=MAX_PINS {
        ids.push(socket.chat(ROOM, &number.to_string()).await.id);
    }
    for id in &ids[..MAX_PINS] {
        pin(&mut socket, *id, true).await.unwrap();
    }
    assert_eq!(pin(&mut socket, ids[MAX_PINS], true).await, Err(ErrorCode::Conflict));
    assert!(pin(&mut socket, ids[0], true).await.is_ok(), "it is one of them");
    assert_eq!(pins(&mut socket).await.len(), MAX_PINS);
    socket.request(&delete(ids[5])).await;
    assert!(pin(&mut socket, ids[MAX_PINS], true).await.is_ok());
    assert_eq!(pins(&mut socket).await[0].id, ids[MAX_PINS]);
}

#[tokio::test]
async fn a_long_list_of_pins_is_read_page_by_page() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let mut socket = ada.connect(&server).await;
    let mut pinned = Vec::new();
    for number in 0..60 {
        let text = format!("{number} {}", "ä".repeat(9_000));
        let id = socket.chat(ROOM, &text).await.id;
        pin(&mut socket, id, true).await.unwrap();
        pinned.insert(0, id);
    }
    let first = page_of_pins(&mut socket, None).await.unwrap();
    assert!(first.has_more);
    let (mut ids, mut has_more) = (Vec::new(), first.has_more);
    ids.extend(first.messages.iter().map(|message| message.id));
    // Whoever reads the list goes on where it was, though that pin is gone.
    let last = *ids.last().unwrap();
    pin(&mut socket, last, false).await.unwrap();
    while has_more {
        let page = page_of_pins(&mut socket, ids.last().copied()).await.unwrap();
        ids.extend(page.messages.iter().map(|message| message.id));
        has_more = page.has_more;
    }
    assert_eq!(ids, pinned);
    let end = page_of_pins(&mut socket, pinned.last().copied()).await.unwrap();
    assert!(end.messages.is_empty() && !end.has_more);
    let other = socket.chat(ROOM, "never pinned").await.id;
    let refused = page_of_pins(&mut socket, Some(other)).await;
    assert_eq!(refused.map(|page| page.has_more), Err(ErrorCode::NotFound));
}
