//! The list of a room's files.

use protocol::{
    ChatDelete, ErrorCode, Files, FilesPage, Message, Request, Response, http::UpdateRoom,
};

use reqwest::StatusCode;

use super::edit;
use crate::support::{Server, Socket, chat_with, reply_in, rooms::room};

const ROOM: &str = "general";

async fn page(
    socket: &mut Socket,
    room: &str,
    before: Option<u64>,
    limit: Option<u64>,
) -> Result<FilesPage, ErrorCode> {
    ask(socket, Files { room: Some(room.into()), before, limit, query: None }).await
}

async fn ask(socket: &mut Socket, files: Files) -> Result<FilesPage, ErrorCode> {
    match socket.ask(Request::Files(files)).await? {
        Response::Files(page) => Ok(page),
        other => panic!("expected files, got {other:?}"),
    }
}

/// Returns the names of the files of each message.
fn names(messages: &[Message]) -> Vec<String> {
    let name = |message: &Message| {
        let names: Vec<_> = message.files.iter().map(|file| file.name.as_str()).collect();
        names.join(" ")
    };
    messages.iter().map(name).collect()
}

#[tokio::test]
async fn a_room_lists_the_messages_that_have_files() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let mut socket = ada.connect(&server).await;
    let mut files = Vec::new();
    for name in ["a", "b", "c", "d", "e", "elsewhere"] {
        files.push(ada.send_file(&server, name, name.as_bytes()).await);
    }
    let first = socket.say(chat_with(ROOM, "one", &[&files[0]])).await.unwrap();
    socket.chat(ROOM, "only words").await;
    let reply =
        protocol::Chat { files: vec![files[1].id], ..reply_in(ROOM, first.id, "in the thread") };
    socket.say(reply).await.unwrap();
    let later = socket.chat(ROOM, "a file comes later").await;
    let two = socket.say(chat_with(ROOM, "", &[&files[3], &files[4]])).await.unwrap();
    ada.create_room(&server, "other", false).await;
    socket.say(chat_with("other", "", &[&files[5]])).await.unwrap();
    socket.ask(edit(later.id, "here it is", Some(&[&files[2]]))).await.unwrap();

    let mut reader = bo.connect(&server).await;
    let all = page(&mut reader, ROOM, None, None).await.unwrap();
    assert_eq!(names(&all.messages), ["d e", "c", "b", "a"]);
    assert!(!all.has_more);
    assert_eq!(all.messages[2].thread, Some(first.id));
    // Page by page, and never less than one message.
    let mut paged = Vec::new();
    let mut before = None;
    for limit in [2, 0, 100] {
        let next = page(&mut reader, ROOM, before, Some(limit)).await.unwrap();
        assert_eq!(next.has_more, limit != 100);
        let last = next.messages.last().map(|message| message.seq);
        assert_eq!(next.next, last.filter(|_| next.has_more));
        before = next.next;
        paged.extend(next.messages);
    }
    assert_eq!(paged, all.messages);

    let delete = ChatDelete { room: Some(ROOM.into()), id: two.id, op: None };
    socket.ask(Request::ChatDelete(delete)).await.unwrap();
    socket.ask(edit(later.id, "it was wrong", Some(&[]))).await.unwrap();
    let all = page(&mut reader, ROOM, None, None).await.unwrap();
    assert_eq!(names(&all.messages), ["b", "a"]);
}

#[tokio::test]
async fn only_those_who_see_a_room_see_its_files_also_when_it_is_archived() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let (mut socket, mut stranger) = (ada.connect(&server).await, bo.connect(&server).await);
    for (room, private) in [("hidden", true), ("open", false)] {
        ada.create_room(&server, room, private).await;
        let file = ada.send_file(&server, "a", b"a").await;
        socket.say(chat_with(room, "", &[&file])).await.unwrap();
        let archived = UpdateRoom { archived: Some(true), ..UpdateRoom::default() };
        ada.update_room(&server, room, archived).await;
        assert_eq!(page(&mut socket, room, None, None).await.unwrap().messages.len(), 1);
    }
    let refused = page(&mut stranger, "hidden", None, None).await;
    assert_eq!(refused.map(|page| page.messages.len()), Err(ErrorCode::NotFound));
    // Who was a member sees them no more.
    ada.create_room(&server, "left", true).await;
    assert!(ada.add(&server, "left", "bo").await.is_success());
    let file = bo.send_file(&server, "b", b"b").await;
    stranger.say(chat_with("left", "", &[&file])).await.unwrap();
    assert_eq!(page(&mut stranger, "left", None, None).await.unwrap().messages.len(), 1);
    assert!(ada.remove(&server, "left", "bo").await.is_success());
    let refused = page(&mut stranger, "left", None, None).await;
    assert_eq!(refused.map(|page| page.messages.len()), Err(ErrorCode::NotFound));
    assert_eq!(bo.describe(&server, &file, "mine").await.0, StatusCode::NOT_FOUND);
    // Nobody else is in the room of two.
    let cy = server.join("cy", &ada).await;
    let (_, direct) = room(ada.direct(&server, &["bo"]).await);
    let file = ada.send_file(&server, "c", b"c").await;
    socket.say(chat_with(&direct.slug, "", &[&file])).await.unwrap();
    let shown = page(&mut stranger, &direct.slug, None, None).await.unwrap();
    assert_eq!(names(&shown.messages), ["c"]);
    let refused = page(&mut cy.connect(&server).await, &direct.slug, None, None).await;
    assert_eq!(refused.map(|page| page.messages.len()), Err(ErrorCode::NotFound));

    let shown = page(&mut stranger, "open", None, None).await.unwrap();
    assert_eq!(names(&shown.messages), ["a"]);
    let nowhere = page(&mut stranger, "nowhere", None, None).await;
    assert_eq!(nowhere.map(|page| page.messages.len()), Err(ErrorCode::NotFound));
}

#[tokio::test]
async fn files_are_found_by_a_part_of_their_names() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let mut socket = ada.connect(&server).await;
    for names in [["Übersicht.pdf", "a.txt"], ["plan.txt", "PLAN 2.txt"], ["plan 10%.txt", "b"]] {
        let mut files = Vec::new();
        for name in names {
            files.push(ada.send_file(&server, name, name.as_bytes()).await);
        }
        socket.say(chat_with(ROOM, "", &[&files[0], &files[1]])).await.unwrap();
    }
    let mut find = async |query: &str, limit| {
        let room = Some(ROOM.into());
        let files = Files { room, before: None, limit, query: Some(query.to_owned()) };
        ask(&mut socket, files).await
    };
    let (one, both) = ("plan.txt PLAN 2.txt", ["plan 10%.txt b", "plan.txt PLAN 2.txt"]);
    assert_eq!(names(&find(" plan ", None).await.unwrap().messages), both);
    assert_eq!(names(&find("ubersicht", None).await.unwrap().messages), ["Übersicht.pdf a.txt"]);
    assert_eq!(names(&find("0%", None).await.unwrap().messages), ["plan 10%.txt b"]);
    assert_eq!(names(&find("n 2", None).await.unwrap().messages), [one]);
    assert_eq!(find("%", Some(1)).await.unwrap().next, None);
    assert!(find("plan", Some(1)).await.unwrap().next.is_some());
    assert_eq!(find("_", None).await.unwrap().messages, []);
    assert_eq!(find(" ", None).await.unwrap().messages.len(), 3, "an empty query finds all");
    assert_eq!(find(&"x".repeat(101), None).await.unwrap_err(), ErrorCode::InvalidFormat);
}
