//! Quotes show the quoted message as it stands now.

use protocol::{Chat, ChatEdit, Event, Message, Quote, Request, Sender, limits::MAX_QUOTE_CHARS};

use crate::{
    support::{Server, chat_with, room_chat},
    threads::delete,
};

const ROOM: &str = "general";

fn quote(messages: &[Message]) -> Quote {
    *messages.last().unwrap().reply_to.clone().unwrap()
}

#[tokio::test]
async fn a_quote_stands_as_its_message_stands_now() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let mut author = ada.connect(&server).await;
    let long = "é𝒳".repeat(MAX_QUOTE_CHARS);
    let quoted = author.chat(ROOM, &long).await;
    let mut reader = bo.subscriber(&server, ROOM).await;
    author.say(Chat { reply_to: Some(quoted.id), ..room_chat(ROOM, "I agree") }).await.unwrap();
    let sender = Sender::from(ada.user.clone());
    let first = Quote {
        id: quoted.id,
        sender: sender.clone(),
        text: Some("é𝒳".repeat(MAX_QUOTE_CHARS / 2)),
        file: None,
        deleted: false,
    };
    let Event::Chat(live) = reader.event().await else { panic!("expected a message") };
    assert_eq!(*live.reply_to.clone().unwrap(), first);
    assert_eq!(quote(&reader.page(ROOM).await), first);

    let edit = ChatEdit {
        room: Some(ROOM.into()),
        id: quoted.id,
        op: None,
        text: "a **short** `one`".into(),
        files: None,
    };
    author.request(&Request::ChatEdit(edit)).await;
    let edited = Quote { text: Some("a short one".into()), ..first.clone() };
    assert_eq!(quote(&reader.page(ROOM).await), edited);
    assert_eq!(quote(&reader.subscribe(ROOM, None).await.messages), edited);

    author.request(&delete(quoted.id)).await;
    let deleted = Quote { text: None, deleted: true, ..first };
    assert_eq!(quote(&reader.page(ROOM).await), deleted);
    let events = reader.subscribe(ROOM, Some(1)).await.events;
    let Event::Chat(replayed) = &events[0].0 else { panic!("expected a message") };
    assert_eq!(replayed.reply_to.as_deref(), Some(&deleted), "no replay has the deleted text");
}

#[tokio::test]
async fn a_quote_names_the_first_file_until_the_message_is_deleted() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let mut author = ada.connect(&server).await;
    let (one, two) = (
        ada.send_file(&server, "one.txt", b"1").await,
        ada.send_file(&server, "two.txt", b"2").await,
    );
    let quoted = author.say(chat_with(ROOM, "", &[&two, &one])).await.unwrap();
    author.say(Chat { reply_to: Some(quoted.id), ..room_chat(ROOM, "that") }).await.unwrap();
    let shown = quote(&author.page(ROOM).await);
    assert_eq!((shown.text.as_deref(), shown.file.as_deref()), (Some(""), Some("two.txt")));

    author.request(&delete(quoted.id)).await;
    let deleted = quote(&author.page(ROOM).await);
    assert!(deleted.deleted && deleted.file.is_none());
}
