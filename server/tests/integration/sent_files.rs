//! Files that users send: with messages, and without.

mod copies;
mod descriptions;
mod in_room;
mod limits;
mod previews;
mod resumable;
mod s3;
mod serving;

use protocol::{
    Chat, ChatDelete, ChatEdit, ErrorCode, Event, File, FileId, Message, OpId, Request, Response,
    Subscribe, http::UploadedFile,
};
use reqwest::StatusCode;
use uuid::Uuid;

use crate::support::{Server, Socket, chat_with, room_chat};

const ROOM: &str = "general";

/// Returns the next event, which is a message.
async fn message(socket: &mut Socket) -> Message {
    match socket.event().await {
        Event::Chat(message) => message,
        other => panic!("expected a message, got {other:?}"),
    }
}

fn edit(id: protocol::MessageId, text: &str, files: Option<&[&File]>) -> Request {
    let files = files.map(|files| files.iter().map(|file| file.id).collect());
    let op = Some(OpId(Uuid::new_v4()));
    Request::ChatEdit(ChatEdit { room: Some(ROOM.into()), id, op, text: text.into(), files })
}

#[tokio::test]
async fn a_message_has_the_files_that_its_author_has_sent() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let (mut ada_socket, mut bo_socket) = (ada.connect(&server).await, bo.connect(&server).await);
    bo_socket.subscribe(ROOM, None).await;

    let notes = ada.send_file(&server, "../notes ü.txt", b"some words\n").await;
    assert_eq!((notes.name.as_str(), notes.size), ("notes ü.txt", 11));
    assert_eq!(notes.media_type, "text/plain");
    assert_eq!(notes.url, format!("/files/{}/notes%20%C3%BC.txt", notes.id));
    let (status, again) = ada.get(&server, &format!("/api/files/{}", notes.id)).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(serde_json::from_value::<UploadedFile>(again).unwrap().file, notes);
    let of_another = bo.get(&server, &format!("/api/files/{}", notes.id)).await.0;
    assert_eq!(of_another, StatusCode::NOT_FOUND);
    let empty = ada.send_file(&server, "", b"").await;
    assert_eq!((empty.name.as_str(), empty.size), ("file", 0));

    // The order is that of the message, and a text is not needed.
    let sent = ada_socket.say(chat_with(ROOM, "", &[&empty, &notes])).await.unwrap();
    let live = message(&mut bo_socket).await;
    assert_eq!((live.id, live.text.as_deref()), (sent.id, Some("")));
    assert_eq!(live.files, [empty.clone(), notes.clone()]);
    assert_eq!(bo_socket.page(ROOM).await, std::slice::from_ref(&live));
    let snapshot = bo_socket.subscribe(ROOM, None).await;
    assert_eq!(snapshot.messages, std::slice::from_ref(&live));
    let since = Request::Subscribe(Subscribe {
        room: ROOM.into(),
        since: Some(0),
        epoch: None,
        join: None,
    });
    let Response::Subscribe(replay) = bo_socket.ask(since).await.unwrap() else { panic!() };
    let events: Vec<_> = replay.events.into_iter().map(|event| event.0).collect();
    assert_eq!(events, [Event::Chat(live.clone())]);
    let (_, single) = bo.get(&server, &format!("/api/messages/{}", sent.id)).await;
    assert_eq!(serde_json::from_value::<Message>(single).unwrap(), live);

    // Now everybody who sees the room may see them, but they are not of those who did not send.
    assert_eq!(bo.status(&server, &notes.url).await, StatusCode::OK);
    let of_another = bo.get(&server, &format!("/api/files/{}", notes.id)).await.0;
    assert_eq!(of_another, StatusCode::NOT_FOUND);

    // The same after a restart.
    let server = server.restart().await;
    assert_eq!(bo.open(&server, &notes.url, &[]).await.text().await.unwrap(), "some words\n");
    let mut bo_socket = bo.connect(&server).await;
    assert_eq!(bo_socket.page(ROOM).await, [live]);
}

#[tokio::test]
async fn only_free_files_of_the_author_are_taken() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let mut socket = ada.connect(&server).await;
    let (mine, other) =
        (ada.send_file(&server, "a.txt", b"a").await, ada.send_file(&server, "b.txt", b"b").await);
    let of_bo = bo.send_file(&server, "c.txt", b"c").await;
    let nothing = File { id: FileId(Uuid::new_v4()), ..File::default() };

    let refused = |files: &[&File]| chat_with(ROOM, "with files", files);
    assert_eq!(socket.say(refused(&[&mine, &of_bo])).await, Err(ErrorCode::NotFound));
    assert_eq!(socket.say(refused(&[&mine, &nothing])).await, Err(ErrorCode::NotFound));
    assert_eq!(socket.say(refused(&[&mine, &mine])).await, Err(ErrorCode::InvalidFormat));
    let many: Vec<_> = std::iter::repeat_with(|| FileId(Uuid::new_v4())).take(11).collect();
    let too_many = Chat { files: many, ..room_chat(ROOM, "eleven") };
    assert_eq!(socket.say(too_many).await, Err(ErrorCode::InvalidFormat));
    assert_eq!(socket.say(room_chat(ROOM, " ")).await, Err(ErrorCode::InvalidFormat));
    let nowhere = chat_with("nowhere", "x", &[&mine]);
    assert_eq!(socket.say(nowhere).await, Err(ErrorCode::NotFound));
    // A refused message takes none.
    assert_eq!(bo.status(&server, &mine.url).await, StatusCode::NOT_FOUND);

    let id = Some(protocol::MessageId(Uuid::new_v4()));
    let chat = Chat { id, ..chat_with(ROOM, "first", &[&mine]) };
    let first = socket.say(chat.clone()).await.unwrap();
    assert_eq!(socket.say(refused(&[&mine])).await, Err(ErrorCode::Conflict));
    // A repeat is answered as the first, whatever else it says.
    for repeat in [
        chat.clone(),
        Chat { files: vec![other.id], ..chat.clone() },
        Chat { files: vec![nothing.id], ..chat.clone() },
        Chat { files: vec![other.id, other.id], ..chat.clone() },
    ] {
        assert_eq!(socket.say(repeat).await, Ok(first.clone()));
    }
    let page = socket.page(ROOM).await;
    assert_eq!(page.len(), 1);
    assert_eq!(page[0].files, [mine]);
    socket.say(refused(&[&other])).await.unwrap();
}

#[tokio::test]
async fn an_edit_keeps_replaces_and_removes_files() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let mut socket = ada.connect(&server).await;
    let mut reader = ada.subscriber(&server, ROOM).await;
    let mut files = Vec::new();
    for name in ["a.txt", "b.txt", "c.txt"] {
        files.push(ada.send_file(&server, name, name.as_bytes()).await);
    }
    let [a, b, c] = [&files[0], &files[1], &files[2]];
    let sent = socket.say(chat_with(ROOM, "two", &[a, b])).await.unwrap();
    message(&mut reader).await;

    // Clients that do not know files keep them, and so may leave the text empty.
    for text in ["new words", ""] {
        socket.ask(edit(sent.id, text, None)).await.unwrap();
        let Event::ChatEdited(edited) = reader.event().await else { panic!("expected an edit") };
        assert_eq!(
            (edited.text.as_deref(), &edited.files),
            (Some(text), &vec![a.clone(), b.clone()])
        );
    }
    socket.ask(edit(sent.id, "", Some(&[c, a]))).await.unwrap();
    let Event::ChatEdited(edited) = reader.event().await else { panic!("expected an edit") };
    assert_eq!(edited.files, [c.clone(), a.clone()]);
    assert_eq!(socket.page(ROOM).await[0].files, [c.clone(), a.clone()]);
    assert_eq!(ada.status(&server, &b.url).await, StatusCode::NOT_FOUND, "it is gone");
    let gone = socket.ask(edit(sent.id, "x", Some(&[b]))).await;
    assert_eq!(gone, Err(ErrorCode::NotFound));
    let empty = socket.ask(edit(sent.id, "", Some(&[]))).await;
    assert_eq!(empty, Err(ErrorCode::InvalidFormat));
    let twice = socket.ask(edit(sent.id, "", Some(&[a, a]))).await;
    assert_eq!(twice, Err(ErrorCode::InvalidFormat));
    assert_eq!(socket.page(ROOM).await[0].files, [c.clone(), a.clone()], "nothing was changed");

    // A replay has the files as they are now.
    let since = Subscribe { room: ROOM.into(), since: Some(sent.seq), epoch: None, join: None };
    let Response::Subscribe(replay) = socket.ask(Request::Subscribe(since)).await.unwrap() else {
        panic!("expected a subscription")
    };
    for event in replay.events {
        let Event::ChatEdited(edited) = event.0 else { panic!("expected an edit") };
        assert_eq!(edited.files, [c.clone(), a.clone()]);
    }
    socket.ask(edit(sent.id, "only words", Some(&[]))).await.unwrap();
    assert_eq!(socket.page(ROOM).await[0].files, []);
    assert_eq!(socket.ask(edit(sent.id, " ", None)).await, Err(ErrorCode::InvalidFormat));
    server.app.files.sweep().await.unwrap();
    assert_eq!(server.stored_files(), 0);
}

#[tokio::test]
async fn a_deleted_message_has_no_files_and_their_bytes_are_removed() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let mut socket = ada.subscriber(&server, ROOM).await;
    let file = ada.send_file(&server, "a.txt", b"a").await;
    let sent = socket.say(chat_with(ROOM, "words", &[&file])).await.unwrap();
    server.app.files.sweep().await.unwrap();
    assert_eq!(server.stored_files(), 1, "a sweep leaves it");

    let delete = ChatDelete { room: Some(ROOM.into()), id: sent.id, op: None };
    socket.ask(Request::ChatDelete(delete)).await.unwrap();
    assert_eq!(ada.status(&server, &file.url).await, StatusCode::NOT_FOUND);
    let replay = Subscribe { room: ROOM.into(), since: Some(0), epoch: None, join: None };
    let Response::Subscribe(replay) = socket.ask(Request::Subscribe(replay)).await.unwrap() else {
        panic!("expected a subscription")
    };
    let Event::Chat(deleted) = &replay.events[0].0 else { panic!("expected a message") };
    assert!(deleted.deleted && deleted.files.is_empty());
    server.app.files.sweep().await.unwrap();
    assert_eq!(server.stored_files(), 0);
    server.app.files.sweep().await.unwrap();
}

#[tokio::test]
async fn a_file_that_no_message_takes_is_gone_after_a_day() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let mut socket = ada.connect(&server).await;
    let [young, old, taken] = [b"1", b"2", b"3"];
    let young = ada.send_file(&server, "young", young).await;
    let old = ada.send_file(&server, "old", old).await;
    let taken = ada.send_file(&server, "taken", taken).await;
    socket.say(chat_with(ROOM, "", &[&taken])).await.unwrap();
    let day = 24 * 60 * 60 * 1000;
    let at = crate::support::now().as_millis();
    for (file, at) in [(&old, at - day - 1000), (&taken, 0), (&young, at - day + 60_000)] {
        let id = server.id_literal(file.id.0);
        server.sql(&format!("UPDATE files SET created_at = {at} WHERE id = {id}"));
    }
    server.app.files.sweep().await.unwrap();
    for (file, status) in
        [(&young, StatusCode::OK), (&old, StatusCode::NOT_FOUND), (&taken, StatusCode::OK)]
    {
        assert_eq!(ada.status(&server, &file.url).await, status, "{}", file.name);
    }
    assert_eq!(server.stored_files(), 2);
    let expired = socket.say(chat_with(ROOM, "", &[&old])).await;
    assert_eq!(expired, Err(ErrorCode::NotFound));
}
