//! Messages carry the trees of their texts, wherever they are read.

use protocol::{
    Block, ChatEdit, Event, History, ListRooms, Message, Request, Response, ServerMessage, Span,
    blocks::Mention,
};

use crate::{
    support::{Server, Socket},
    threads::delete,
};

const ROOM: &str = "general";
const TEXT: &str = "**Tea** for @bo";

fn tree() -> Vec<Block> {
    vec![Block::Paragraph(vec![
        Span::Strong(vec![Span::Text("Tea".into())]),
        Span::Text(" for ".into()),
        Span::Mention(Mention { username: "bo".into(), text: None }),
    ])]
}

async fn event(socket: &mut Socket) -> Message {
    match socket.event().await {
        Event::Chat(message) => message,
        other => panic!("expected a message, got {other:?}"),
    }
}

async fn mentions(socket: &mut Socket) -> u64 {
    match socket.request(&Request::Rooms(ListRooms::default())).await {
        ServerMessage::Response(Response::Rooms(page)) => page.rooms[0].mentions,
        other => panic!("expected rooms, got {other:?}"),
    }
}

#[tokio::test]
async fn a_message_has_its_tree_wherever_it_is_read() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let mut author = ada.connect(&server).await;
    let mut reader = bo.subscriber(&server, ROOM).await;
    let sent = author.chat(ROOM, TEXT).await;
    assert_eq!(event(&mut reader).await.blocks, tree());
    assert_eq!(reader.page(ROOM).await[0].blocks, tree());
    assert_eq!(reader.subscribe(ROOM, None).await.messages[0].blocks, tree());
    let events = reader.subscribe(ROOM, Some(0)).await.events;
    assert!(matches!(&events[0].0, Event::Chat(message) if message.blocks == tree()));
    let around = History { room: Some(ROOM.into()), around: Some(1), ..History::default() };
    match reader.ask(Request::History(around)).await.unwrap() {
        Response::History(page) => assert_eq!(page.messages[0].blocks, tree()),
        other => panic!("expected a page, got {other:?}"),
    }

    author.chat(ROOM, "plain\nwords").await;
    let plain = event(&mut reader).await;
    assert_eq!((plain.text.as_deref(), &plain.blocks[..]), (Some("plain\nwords"), &[][..]));
    let edit = |text: &str| {
        Request::ChatEdit(ChatEdit {
            room: Some(ROOM.into()),
            id: plain.id,
            op: None,
            text: text.into(),
            files: None,
        })
    };
    author.ask(edit(TEXT)).await.unwrap();
    let Event::ChatEdited(edited) = reader.event().await else { panic!("expected the edit") };
    assert_eq!((edited.text.as_deref(), edited.blocks), (Some(TEXT), tree()));
    assert_eq!(reader.page(ROOM).await[1].blocks, tree());
    let events = reader.subscribe(ROOM, Some(2)).await.events;
    assert!(matches!(&events[0].0, Event::ChatEdited(edited) if edited.blocks == tree()));

    author.request(&delete(sent.id)).await;
    let deleted = reader.page(ROOM).await.remove(0);
    assert_eq!((deleted.text, deleted.blocks), (None, vec![]));
}

#[tokio::test]
async fn mentions_in_code_notify_nobody() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let mut author = ada.connect(&server).await;
    let mut reader = bo.subscriber(&server, ROOM).await;
    let sent = author.chat(ROOM, "`@bo`\n\n```\n@room\n```\n\\@bo https://a.b/@bo").await;
    assert_eq!(mentions(&mut reader).await, 0);
    author.chat(ROOM, "> _@bo_").await;
    author.chat(ROOM, "| a |\n|-|\n| @room |").await;
    assert_eq!(mentions(&mut reader).await, 2);
    // An edit adds no mention, and ends those that it no longer has.
    let named = author.chat(ROOM, "@bo").await;
    assert_eq!(mentions(&mut reader).await, 3);
    for (id, text) in [(sent.id, "@bo"), (named.id, "`@bo`")] {
        let edit =
            ChatEdit { room: Some(ROOM.into()), id, op: None, text: text.into(), files: None };
        author.ask(Request::ChatEdit(edit)).await.unwrap();
    }
    assert_eq!(mentions(&mut reader).await, 2);
}

#[tokio::test]
async fn usernames_may_end_with_punctuation() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo.", &ada).await;
    let mut reader = bo.subscriber(&server, ROOM).await;
    ada.connect(&server).await.chat(ROOM, "*thanks* @bo.").await;
    assert_eq!(mentions(&mut reader).await, 1);
}

#[tokio::test]
async fn the_name_of_nobody_is_text() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let mut socket = ada.connect(&server).await;
    let mut reader = ada.subscriber(&server, ROOM).await;
    let text = |text: &str| Span::Text(text.into());
    let mixed = vec![
        text("@nobody and "),
        Span::Mention(Mention { username: "ada".into(), text: None }),
        text(" "),
        Span::Strong(vec![text("@Nobody")]),
    ];
    let cases = [
        ("@nobody and @ada **@Nobody**", vec![Block::Paragraph(mixed)]),
        ("only @nobody", vec![]),
        ("@room", vec![Block::Paragraph(vec![Span::RoomMention("@room".into())])]),
    ];
    for (source, expected) in &cases {
        let sent = socket.chat(ROOM, source).await;
        assert_eq!(event(&mut reader).await.blocks, *expected, "{source}");
        assert_eq!(socket.page(ROOM).await.pop().unwrap().blocks, *expected, "{source}");
        let edit = ChatEdit {
            room: Some(ROOM.into()),
            id: sent.id,
            op: None,
            text: format!("{source}\n"),
            files: None,
        };
        socket.ask(Request::ChatEdit(edit)).await.unwrap();
        let Event::ChatEdited(edited) = reader.event().await else { panic!("expected the edit") };
        assert_eq!(edited.blocks, *expected, "{source}");
    }
    let events = socket.subscribe(ROOM, Some(0)).await.events;
    let last = events.iter().rev().find_map(|event| match &event.0 {
        Event::ChatEdited(edited) => Some(edited.blocks.clone()),
        _ => None,
    });
    assert_eq!(last.unwrap(), cases[2].1);
}

#[tokio::test]
async fn a_preview_has_the_tree_of_the_message() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let mut socket = ada.connect(&server).await;
    let mut reader = ada.subscriber(&server, ROOM).await;
    for text in ["*a* @ada @nobody", "plain", "", "```rust\nlet a = 1;\n```"] {
        let body = serde_json::json!({ "text": text });
        let (status, preview) =
            ada.call(&server, reqwest::Method::POST, "/api/preview", Some(&body)).await;
        assert_eq!(status, 200, "{text}");
        let preview: protocol::http::Preview = serde_json::from_value(preview).unwrap();
        if !text.is_empty() {
            socket.chat(ROOM, text).await;
            assert_eq!(event(&mut reader).await.blocks, preview.blocks, "{text}");
        }
        let has_tokens =
            |block: &Block| matches!(block, Block::Code(code) if !code.tokens.is_empty());
        assert_eq!(preview.blocks.iter().any(has_tokens), text.contains("rust"), "{text}");
    }
    let long = serde_json::json!({ "text": "a".repeat(10_001) });
    let (status, _) = ada.call(&server, reqwest::Method::POST, "/api/preview", Some(&long)).await;
    assert_eq!(status, 422);
}

/// A page ends early if its trees are large.
#[tokio::test]
async fn trees_count_as_a_part_of_the_page() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let mut socket = ada.connect(&server).await;
    let text = "**https://example.org/** ".repeat(390);
    for _ in 0..15 {
        socket.chat(ROOM, &text).await;
    }
    let history = History { room: Some(ROOM.into()), ..History::default() };
    match socket.ask(Request::History(history)).await.unwrap() {
        Response::History(page) => {
            let bytes = serde_json::to_vec(&page).unwrap().len();
            assert!(page.has_more && bytes <= protocol::limits::MAX_REPLY_BYTES + 1_000, "{bytes}");
            assert!(page.messages.iter().all(|message| !message.blocks.is_empty()));
        }
        other => panic!("expected a page, got {other:?}"),
    }
}
