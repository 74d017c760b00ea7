//! Repeated requests: the first response comes again, whatever else the request says.

use protocol::{
    Changed, ChatDelete, ChatEdit, ChatReact, ErrorCode, MessageId, OpId, Request, Response, Sent,
    ServerMessage,
};
use serde_json::json;
use uuid::Uuid;

use crate::support::{Server, Socket, chat};

const ROOM: &str = "general";

async fn send(socket: &mut Socket, request: &Request) -> Result<Sent, ErrorCode> {
    match socket.request(request).await {
        ServerMessage::Response(Response::Chat(sent)) => Ok(sent),
        ServerMessage::Error(error) => Err(error.code),
        other => panic!("expected a response, got {other:?}"),
    }
}

async fn change(socket: &mut Socket, request: &Request) -> Result<Changed, ErrorCode> {
    match socket.request(request).await {
        ServerMessage::Response(
            Response::ChatEdit(changed)
            | Response::ChatDelete(changed)
            | Response::ChatReact(changed),
        ) => Ok(changed),
        ServerMessage::Error(error) => Err(error.code),
        other => panic!("expected a response, got {other:?}"),
    }
}

/// Texts that no message can have.
fn bad_texts() -> Vec<String> {
    let texts = ["", " ", "\u{2800}", "\u{200b}", "\u{fe0f}\u{34f}", "a\0"];
    texts.map(str::to_owned).into_iter().chain(["a".repeat(10_001)]).collect()
}

#[tokio::test]
async fn a_repeated_message_is_answered_as_the_first_whatever_it_says() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let (mut socket, mut other) = (ada.connect(&server).await, bo.connect(&server).await);
    let id = Uuid::new_v4();
    let first = send(&mut socket, &chat(ROOM, "once", Some(id))).await.unwrap();
    for text in bad_texts() {
        let repeat = Request::Chat(protocol::Chat {
            room: Some(ROOM.into()),
            text: text.clone(),
            id: Some(MessageId(id)),
            ..Default::default()
        });
        assert_eq!(send(&mut socket, &repeat).await.as_ref(), Ok(&first), "{text:.9}");
        assert_eq!(send(&mut other, &repeat).await, Err(ErrorCode::Conflict), "{text:.9}");
        let Request::Chat(mut new) = repeat else { unreachable!() };
        for id in [None, Some(MessageId(Uuid::new_v4()))] {
            new.id = id;
            let refused = send(&mut socket, &Request::Chat(new.clone())).await;
            assert_eq!(refused, Err(ErrorCode::InvalidFormat), "{text:.9}");
        }
    }
    let elsewhere = chat("no-such-room", "twice", Some(id));
    assert_eq!(send(&mut socket, &elsewhere).await.as_ref(), Ok(&first));
    let nowhere = Request::Chat(protocol::Chat {
        room: None,
        text: "thrice".into(),
        id: Some(MessageId(id)),
        ..Default::default()
    });
    assert_eq!(send(&mut socket, &nowhere).await, Ok(first));
}

#[tokio::test]
async fn a_repeat_that_follows_at_once_is_answered_as_the_first() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let mut socket = ada.connect(&server).await;
    let id = Uuid::new_v4();
    for (text, request_id) in [("once", "1"), ("", "2")] {
        let payload = json!({ "room": ROOM, "text": text, "id": id });
        let envelope = json!({ "type": "chat", "payload": payload, "request_id": request_id });
        socket.send_text(envelope.to_string()).await;
    }
    // Answers may arrive in another order.
    let mut answers = Vec::new();
    while answers.len() < 2 {
        let received = socket.receive().await;
        answers.extend(received.message.filter(|_| received.request_id.is_some()));
    }
    assert!(matches!(answers[0], ServerMessage::Response(Response::Chat(_))), "{answers:?}");
    assert_eq!(answers[0], answers[1]);
}

#[tokio::test]
async fn a_repeated_update_is_answered_as_the_first_whatever_it_says() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let mut socket = ada.connect(&server).await;
    let id = socket.chat(ROOM, "liked").await.id;
    let op = || Some(OpId(Uuid::new_v4()));
    let edit = |op, text: &str| {
        Request::ChatEdit(ChatEdit {
            room: Some(ROOM.into()),
            id,
            op,
            text: text.into(),
            files: None,
        })
    };
    let react = |op, emoji: &str| {
        let room = Some(ROOM.into());
        Request::ChatReact(ChatReact { room, id, op, emoji: emoji.into(), on: true })
    };
    let (edit_op, react_op) = (op(), op());
    let edited = change(&mut socket, &edit(edit_op, "loved")).await.unwrap();
    let reacted = change(&mut socket, &react(react_op, "👍")).await.unwrap();
    for text in bad_texts() {
        assert_eq!(change(&mut socket, &edit(edit_op, &text)).await.as_ref(), Ok(&edited));
        for op in [None, op()] {
            let refused = change(&mut socket, &edit(op, &text)).await;
            assert_eq!(refused, Err(ErrorCode::InvalidFormat), "{text:.9}");
        }
    }
    assert_eq!(change(&mut socket, &react(react_op, "")).await.as_ref(), Ok(&reacted));
    assert_eq!(change(&mut socket, &react(op(), "")).await, Err(ErrorCode::InvalidFormat));
    let delete = |op| Request::ChatDelete(ChatDelete { room: None, id, op });
    assert_eq!(change(&mut socket, &delete(react_op)).await, Ok(reacted));
    assert_eq!(change(&mut socket, &delete(op())).await, Err(ErrorCode::InvalidFormat));
}
