//! Edits, deletions and reactions: events in the room log, and the current state of the message.

use protocol::{
    Changed, ChatDelete, ChatEdit, ChatReact, ErrorCode, Event, History, Message, MessageId, OpId,
    Reaction, Request, Response, ServerMessage, http::NewRole,
};
use reqwest::StatusCode;
use uuid::Uuid;

use crate::support::{Server, Socket};

const ROOM: &str = "general";

fn op() -> Option<OpId> {
    Some(OpId(Uuid::new_v4()))
}

fn edit(id: MessageId, op: Option<OpId>, text: &str) -> Request {
    Request::ChatEdit(ChatEdit { room: Some(ROOM.into()), id, op, text: text.into(), files: None })
}

fn delete(id: MessageId, op: Option<OpId>) -> Request {
    Request::ChatDelete(ChatDelete { room: Some(ROOM.into()), id, op })
}

fn react(id: MessageId, emoji: &str, on: bool) -> Request {
    Request::ChatReact(ChatReact { room: Some(ROOM.into()), id, op: op(), emoji: emoji.into(), on })
}

async fn change(socket: &mut Socket, request: &Request) -> Result<Changed, ErrorCode> {
    match (request, socket.request(request).await) {
        (Request::ChatEdit(_), ServerMessage::Response(Response::ChatEdit(changed)))
        | (Request::ChatDelete(_), ServerMessage::Response(Response::ChatDelete(changed)))
        | (Request::ChatReact(_), ServerMessage::Response(Response::ChatReact(changed))) => {
            Ok(changed)
        }
        (_, ServerMessage::Error(error)) => Err(error.code),
        (_, other) => panic!("expected a response, got {other:?}"),
    }
}

async fn page(socket: &mut Socket) -> Vec<Message> {
    let history = Request::History(History { room: Some(ROOM.into()), ..History::default() });
    match socket.request(&history).await {
        ServerMessage::Response(Response::History(page)) => page.messages,
        other => panic!("expected a page, got {other:?}"),
    }
}

#[tokio::test]
async fn updates_are_events_and_pages_have_the_current_state() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let (mut author, mut reader) = (ada.subscriber(&server, ROOM).await, bo.connect(&server).await);
    reader.subscribe(ROOM, None).await;
    let sent = author.chat(ROOM, "a first text").await;
    assert_eq!(change(&mut author, &edit(sent.id, op(), "a second text")).await.unwrap().seq, 2);
    assert_eq!(change(&mut author, &react(sent.id, "🎉", true)).await.unwrap().seq, 3);

    let Event::Chat(_) = reader.event().await else { panic!("expected the message first") };
    let Event::ChatEdited(edited) = reader.event().await else { panic!("expected the edit") };
    assert_eq!((edited.id, edited.seq, edited.message_seq), (sent.id, 2, 1));
    assert_eq!(edited.text.as_deref(), Some("a second text"));
    let Event::ChatReacted(reacted) = reader.event().await else { panic!("expected the reaction") };
    assert_eq!(
        (reacted.seq, reacted.user, reacted.emoji.as_str(), reacted.on),
        (3, ada.user.id, "🎉", true)
    );

    let messages = page(&mut reader).await;
    assert_eq!(messages[0].text.as_deref(), Some("a second text"));
    assert_eq!(messages[0].edited_at, Some(edited.edited_at));
    assert_eq!(messages[0].reactions, [Reaction { user: ada.user.id, emoji: "🎉".into() }]);
    assert_eq!(messages[0].seq, 1, "a message keeps its position");

    assert_eq!(change(&mut author, &react(sent.id, "🎉", false)).await.unwrap().seq, 4);
    assert_eq!(change(&mut author, &delete(sent.id, op())).await.unwrap().seq, 5);
    let Event::ChatReacted(taken_back) = reader.event().await else {
        panic!("expected the removal of the reaction")
    };
    assert!(!taken_back.on);
    let Event::ChatDeleted(deleted) = reader.event().await else { panic!("expected the deletion") };
    assert_eq!((deleted.id, deleted.seq, deleted.message_seq), (sent.id, 5, 1));
    let messages = page(&mut reader).await;
    assert_eq!(
        (messages[0].deleted, &messages[0].text, messages[0].edited_at),
        (true, &None, None)
    );
}

#[tokio::test]
async fn recovered_events_include_all_updates_but_no_deleted_text() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let mut socket = ada.subscriber(&server, ROOM).await;
    let kept = socket.chat(ROOM, "a text that stays").await;
    let gone = socket.chat(ROOM, "a text that goes").await;
    change(&mut socket, &edit(gone.id, op(), "another that goes")).await.unwrap();
    change(&mut socket, &react(kept.id, "👍", true)).await.unwrap();
    change(&mut socket, &delete(gone.id, op())).await.unwrap();

    let replay = ada.connect(&server).await.subscribe(ROOM, Some(0)).await;
    assert!(replay.recovered);
    assert_eq!(replay.seq, 5);
    let events: Vec<_> = replay.events.into_iter().map(|event| event.0).collect();
    let [
        Event::Chat(first),
        Event::Chat(second),
        Event::ChatEdited(edited),
        Event::ChatReacted(_),
        Event::ChatDeleted(_),
    ] = events.as_slice()
    else {
        panic!("{events:?}");
    };
    assert_eq!(first.text.as_deref(), Some("a text that stays"));
    assert_eq!((second.deleted, &second.text, &edited.text), (true, &None, &None));
}

#[tokio::test]
async fn a_deleted_message_tells_who_deleted_it() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let mut owner = ada.subscriber(&server, ROOM).await;
    let mut author = bo.subscriber(&server, ROOM).await;
    let mut reader = bo.subscriber(&server, ROOM).await;
    let own = author.chat(ROOM, "deleted by its author").await;
    let kept = author.chat(ROOM, "not deleted").await;
    let other = author.chat(ROOM, "deleted by the owner").await;
    change(&mut author, &delete(own.id, op())).await.unwrap();
    change(&mut owner, &delete(other.id, op())).await.unwrap();
    let by = |user: &protocol::User| Some(Box::new(protocol::Sender::from(user.clone())));
    let expected = [(own.id, by(&bo.user)), (kept.id, None), (other.id, by(&ada.user))];

    let mut live = Vec::new();
    while live.len() < 2 {
        if let Event::ChatDeleted(deleted) = reader.event().await {
            live.push((deleted.id, deleted.deleted_by));
        }
    }
    assert_eq!(live, [expected[0].clone(), expected[2].clone()]);
    let replay = ada.connect(&server).await.subscribe(ROOM, Some(0)).await;
    let events = replay.events.into_iter().map(|event| event.0);
    let (mut messages, mut deletions) = (Vec::new(), Vec::new());
    for event in events {
        match event {
            Event::Chat(message) => messages.push((message.id, message.deleted_by)),
            Event::ChatDeleted(deleted) => deletions.push((deleted.id, deleted.deleted_by)),
            _ => {}
        }
    }
    assert_eq!((messages.as_slice(), deletions), (expected.as_slice(), live));
    let page = page(&mut owner).await.into_iter();
    assert_eq!(page.map(|m| (m.id, m.deleted_by)).collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn a_retried_update_is_applied_once_even_after_a_restart() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let mut socket = ada.connect(&server).await;
    let sent = socket.chat(ROOM, "a text").await;
    let (editing, deleting) = (op(), op());
    let edited = change(&mut socket, &edit(sent.id, editing, "a new text")).await.unwrap();
    drop(socket);
    let server = server.restart().await;
    let mut socket = ada.connect(&server).await;
    assert_eq!(change(&mut socket, &edit(sent.id, editing, "another text")).await.unwrap(), edited);
    assert_eq!(page(&mut socket).await[0].text.as_deref(), Some("a new text"));
    let other_user = change(&mut bo.connect(&server).await, &edit(sent.id, editing, "mine")).await;
    assert_eq!(other_user.unwrap_err(), ErrorCode::Conflict);

    let reacted = change(&mut socket, &react(sent.id, "👍", true)).await.unwrap();
    let again = react(sent.id, "👍", true);
    assert_eq!(change(&mut socket, &again).await.unwrap(), reacted, "the reaction already exists");
    change(&mut socket, &react(sent.id, "👍", false)).await.unwrap();
    assert_eq!(change(&mut socket, &again).await.unwrap(), reacted, "and is not set a second time");
    let deleted = change(&mut socket, &delete(sent.id, deleting)).await.unwrap();
    assert_eq!(change(&mut socket, &delete(sent.id, deleting)).await.unwrap(), deleted);
    assert_eq!(
        change(&mut socket, &delete(sent.id, op())).await.unwrap(),
        deleted,
        "it is already deleted"
    );
    assert_eq!(socket.subscribe(ROOM, Some(0)).await.seq, 5);
}

#[tokio::test]
async fn unauthorized_updates_are_refused() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let cy = server.join("cy", &ada).await;
    let (mut owner, mut author, mut other) =
        (ada.connect(&server).await, bo.connect(&server).await, cy.connect(&server).await);
    let sent = author.chat(ROOM, "a text").await;
    assert_eq!(
        change(&mut other, &edit(sent.id, op(), "another")).await.unwrap_err(),
        ErrorCode::Forbidden
    );
    assert_eq!(
        change(&mut owner, &edit(sent.id, op(), "another")).await.unwrap_err(),
        ErrorCode::Forbidden
    );
    assert_eq!(change(&mut other, &delete(sent.id, op())).await.unwrap_err(), ErrorCode::Forbidden);
    let nowhere = MessageId(Uuid::new_v4());
    assert_eq!(
        change(&mut author, &edit(nowhere, op(), "another")).await.unwrap_err(),
        ErrorCode::NotFound
    );
    assert_eq!(
        change(&mut other, &react(sent.id, "two words", true)).await.unwrap_err(),
        ErrorCode::InvalidFormat
    );

    let admin = server
        .post("/api/users/cy/role")
        .bearer_auth(&ada.token)
        .json(&NewRole { role: protocol::Role::Admin });
    assert_eq!(admin.send().await.unwrap().status(), StatusCode::NO_CONTENT);
    change(&mut other, &delete(sent.id, op())).await.unwrap();
    for late in [edit(sent.id, op(), "too late"), react(sent.id, "👍", true)] {
        assert_eq!(change(&mut author, &late).await.unwrap_err(), ErrorCode::NotFound);
    }
}
