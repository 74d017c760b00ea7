//! The earlier texts of edited messages.

use protocol::{
    ChatEdit, EarlierText, Edits, EditsPage, ErrorCode, Event, MessageId, Request, Response,
};
use uuid::Uuid;

use crate::{
    support::{Server, Socket, log_secrets},
    threads::delete,
};

const ROOM: &str = "general";

async fn edits(socket: &mut Socket, id: MessageId) -> Result<Vec<EarlierText>, ErrorCode> {
    page_of_edits(socket, id, None).await.map(|page| page.edits)
}

async fn page_of_edits(
    socket: &mut Socket,
    id: MessageId,
    after: Option<u64>,
) -> Result<EditsPage, ErrorCode> {
    match socket.ask(Request::Edits(Edits { room: Some(ROOM.into()), id, after })).await? {
        Response::Edits(page) => Ok(page),
        other => panic!("expected edits, got {other:?}"),
    }
}

#[tokio::test]
async fn earlier_texts_come_with_the_time_at_which_each_was_written() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let mut socket = ada.subscriber(&server, ROOM).await;
    let sent = socket.chat(ROOM, "the first text").await;
    assert_eq!(edits(&mut socket, sent.id).await, Ok(Vec::new()));
    let mut written = vec![("the first text", sent.sent_at, sent.seq)];
    for text in ["the second text", "the third text"] {
        log_secrets::register(text);
        let edit = ChatEdit {
            room: Some(ROOM.into()),
            id: sent.id,
            op: None,
            text: text.into(),
            files: None,
        };
        socket.send(&Request::ChatEdit(edit), "edit").await;
        let Event::ChatEdited(edited) = socket.event().await else { panic!("expected the edit") };
        written.push((text, edited.edited_at, edited.seq));
    }
    written.pop();
    let earlier = written
        .into_iter()
        .map(|(text, edited_at, seq)| EarlierText { text: text.into(), edited_at, seq })
        .collect();
    assert_eq!(edits(&mut socket, sent.id).await, Ok(earlier));
    socket.request(&delete(sent.id)).await;
    assert_eq!(edits(&mut socket, sent.id).await, Ok(Vec::new()));
    let missing = edits(&mut socket, MessageId(Uuid::new_v4())).await;
    assert_eq!(missing, Err(ErrorCode::NotFound));
}

#[tokio::test]
async fn a_long_history_of_edits_is_read_page_by_page() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let mut socket = ada.connect(&server).await;
    let text = |number: usize| format!("{number} {}", "ä".repeat(9_000));
    let id = socket.chat(ROOM, &text(0)).await.id;
    for number in 1..=60 {
        let edit =
            ChatEdit { room: Some(ROOM.into()), id, op: None, text: text(number), files: None };
        socket.ask(Request::ChatEdit(edit)).await.unwrap();
    }
    let (mut texts, mut after, mut pages) = (Vec::new(), None, 0);
    loop {
        let page = page_of_edits(&mut socket, id, after).await.unwrap();
        after = page.edits.last().map(|edit| edit.seq);
        texts.extend(page.edits.into_iter().map(|edit| edit.text));
        pages += 1;
        if !page.has_more {
            break;
        }
    }
    assert_eq!(texts, (0..60).map(text).collect::<Vec<_>>());
    assert_eq!(pages, 3);
    let end = page_of_edits(&mut socket, id, after).await.unwrap();
    assert!(end.edits.is_empty() && !end.has_more);
    socket.request(&delete(id)).await;
    let deleted = page_of_edits(&mut socket, id, Some(1)).await.unwrap();
    assert!(deleted.edits.is_empty() && !deleted.has_more);
}
