//! The earlier texts of edited messages.

use protocol::{ChatEdit, EarlierText, Edits, ErrorCode, Event, MessageId, Request, Response};
use uuid::Uuid;

use crate::{
    support::{Server, Socket, log_secrets},
    threads::delete,
};

const ROOM: &str = "general";

async fn edits(socket: &mut Socket, id: MessageId) -> Result<Vec<EarlierText>, ErrorCode> {
    match socket.ask(Request::Edits(Edits { room: Some(ROOM.into()), id })).await? {
        Response::Edits(page) => Ok(page.edits),
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
    let mut written = vec![("the first text", sent.sent_at)];
    for text in ["the second text", "the third text"] {
        log_secrets::register(text);
        let edit = ChatEdit { room: Some(ROOM.into()), id: sent.id, op: None, text: text.into() };
        socket.send(&Request::ChatEdit(edit), "edit").await;
        let Event::ChatEdited(edited) = socket.event().await else { panic!("expected the edit") };
        written.push((text, edited.edited_at));
    }
    written.pop();
    let earlier = written
        .into_iter()
        .map(|(text, edited_at)| EarlierText { text: text.into(), edited_at })
        .collect();
    assert_eq!(edits(&mut socket, sent.id).await, Ok(earlier));
    socket.request(&delete(sent.id)).await;
    assert_eq!(edits(&mut socket, sent.id).await, Ok(Vec::new()));
    let missing = edits(&mut socket, MessageId(Uuid::new_v4())).await;
    assert_eq!(missing, Err(ErrorCode::NotFound));
}
