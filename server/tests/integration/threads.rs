//! Threads: replies, what a room shows of them, and the summary of each thread.

use protocol::{
    Chat, ChatDelete, ErrorCode, Event, History, HistoryPage, Message, MessageId, OpId, Request,
    ThreadSummary, Typing, http::NewRoom,
};
use reqwest::StatusCode;
use uuid::Uuid;

use crate::support::{Server, reply_in, room_chat, texts};

const ROOM: &str = "general";

pub(crate) fn delete(id: MessageId) -> Request {
    Request::ChatDelete(ChatDelete { room: Some(ROOM.into()), id, op: None })
}

fn in_room(thread: MessageId, text: &str) -> Chat {
    Chat { in_room: true, ..reply_in(ROOM, thread, text) }
}

#[tokio::test]
async fn a_reply_is_an_event_of_the_room_that_only_its_thread_shows() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let mut author = ada.connect(&server).await;
    let first = author.chat(ROOM, "who comes along?").await;
    let mut reader = bo.subscriber(&server, ROOM).await;
    let reply = author.reply_in(ROOM, first.id, "only in the thread").await;
    let shown = author.say(in_room(first.id, "for everybody as well")).await.unwrap();
    let last = author.chat(ROOM, "the room goes on").await;
    assert_eq!((first.seq, reply.seq, shown.seq, last.seq), (1, 2, 3, 4));

    let mut live = Vec::new();
    while live.len() < 3 {
        if let Event::Chat(message) = reader.event().await {
            live.push(message);
        }
    }
    let kinds: Vec<_> = live.iter().map(|m| (m.seq, m.thread, m.in_room)).collect();
    let thread = Some(first.id);
    assert_eq!(kinds, [(2, thread, false), (3, thread, true), (4, None, false)]);
    let counts: Vec<_> =
        live.iter().map(|m| m.thread_replies.as_ref().map(|replies| replies.count)).collect();
    assert_eq!(counts, [Some(1), Some(2), None]);

    let in_the_room = ["who comes along?", "for everybody as well", "the room goes on"];
    assert_eq!(texts(&reader.page(ROOM).await), in_the_room);
    let fresh = reader.subscribe(ROOM, None).await;
    assert_eq!((texts(&fresh.messages), fresh.seq), (in_the_room.to_vec(), 4));
    let recovered = reader.subscribe(ROOM, Some(1)).await;
    assert!(recovered.recovered);
    let events: Vec<_> = recovered.events.into_iter().map(|event| event.0).collect();
    let mut expected: Vec<_> = live.iter().cloned().map(Event::Chat).collect();
    let newest = live[1].thread_replies.clone();
    let Event::Chat(reply) = &mut expected[0] else { unreachable!() };
    reply.thread_replies.clone_from(&newest); // the present summary
    assert_eq!(events, expected);

    assert_eq!(
        texts(&reader.thread_page(ROOM, first.id).await),
        ["only in the thread", "for everybody as well"]
    );
    let page = reader.page(ROOM).await;
    assert_eq!(page[0].replies, newest);
    assert_eq!((&page[1].replies, &page[1].thread_replies), (&None, &newest));
    let http: protocol::HistoryPage = server
        .get("/api/rooms/general/messages")
        .bearer_auth(&bo.token)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(http.messages, page);
}

#[tokio::test]
async fn pages_of_rooms_and_threads_have_cursors() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let mut socket = ada.connect(&server).await;
    let first = socket.chat(ROOM, "1").await;
    for number in 2..=21 {
        let text = number.to_string();
        if number % 2 == 0 {
            socket.reply_in(ROOM, first.id, &text).await;
        } else {
            socket.chat(ROOM, &text).await;
        }
    }
    let place = |thread: Option<MessageId>| History {
        room: Some(ROOM.into()),
        thread,
        limit: Some(4),
        ..History::default()
    };
    let room = || place(None);
    let thread = || place(Some(first.id));
    for (history, expected, has_more) in [
        (room(), vec!["15", "17", "19", "21"], true),
        (History { before: Some(6), ..room() }, vec!["1", "3", "5"], false),
        (History { after: Some(16), ..room() }, vec!["17", "19", "21"], false),
        (History { around: Some(9), ..room() }, vec!["5", "7", "9", "11"], true),
        // A reply has its place in the room, even if the room does not show it.
        (History { around: Some(10), ..room() }, vec!["7", "9", "11", "13"], true),
        (thread(), vec!["14", "16", "18", "20"], true),
        (History { before: Some(8), ..thread() }, vec!["2", "4", "6"], false),
        (History { after: Some(14), ..thread() }, vec!["16", "18", "20"], false),
        (History { around: Some(10), ..thread() }, vec!["6", "8", "10", "12"], true),
    ] {
        let page = socket.history(history.clone()).await.unwrap();
        assert_eq!((texts(&page.messages), page.has_more), (expected, has_more), "{history:?}");
        assert_eq!(page.thread, history.thread);
        let call = server.get(&format!("/api/rooms/{ROOM}/messages")).bearer_auth(&ada.token);
        let same = call.query(&history).send().await.unwrap().json::<HistoryPage>().await.unwrap();
        assert_eq!(same, page, "{history:?}");
    }
    let two = server.get(&format!("/api/rooms/{ROOM}/messages?before=9&after=2"));
    let refused = two.bearer_auth(&ada.token).send().await.unwrap();
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn the_summary_follows_replies_and_their_deletion() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let mut owner = ada.subscriber(&server, ROOM).await;
    let first = owner.chat(ROOM, "a question").await;
    let (mut sockets, mut ids) = (Vec::new(), Vec::new());
    for name in ["bo", "cy", "dan", "eve", "fay", "gus"] {
        let user = server.join(name, &ada).await;
        ids.push(user.user.id);
        sockets.push(user.connect(&server).await);
    }
    let mut replies = Vec::new();
    for socket in &mut sockets {
        replies.push(socket.reply_in(ROOM, first.id, "an answer").await);
    }
    let again = sockets[0].reply_in(ROOM, first.id, "another answer").await;
    let faces = |of: &[usize]| of.iter().map(|index| ids[*index]).collect::<Vec<_>>();
    let summary = |page: Vec<Message>| *page[0].replies.clone().unwrap();
    let expected =
        ThreadSummary { count: 7, last_at: Some(again.sent_at), people: faces(&[0, 5, 4, 3, 2]) };
    assert_eq!(summary(owner.page(ROOM).await), expected);

    owner.request(&delete(again.id)).await;
    owner.request(&delete(replies[5].id)).await;
    owner.request(&delete(replies[5].id)).await; // has no effect
    let expected = ThreadSummary {
        count: 5,
        last_at: Some(replies[4].sent_at),
        people: faces(&[4, 3, 2, 1, 0]),
    };
    assert_eq!(summary(owner.page(ROOM).await), expected);
    let mut reader = ada.connect(&server).await;
    let events = reader.subscribe(ROOM, Some(8)).await.events;
    for event in events {
        let Event::ChatDeleted(deleted) = event.0 else { panic!("expected deletions: {event:?}") };
        assert_eq!(deleted.thread, Some(first.id));
        assert_eq!(deleted.thread_replies.as_deref(), Some(&expected));
    }

    // The first message keeps its replies when it is deleted, and takes further ones.
    owner.request(&delete(first.id)).await;
    let page = owner.page(ROOM).await;
    assert!(page[0].deleted);
    assert_eq!(summary(page), expected);
    let live = reader.event().await;
    assert!(matches!(live, Event::ChatDeleted(deleted) if deleted.thread_replies.is_none()));
    owner.reply_in(ROOM, first.id, "it goes on").await;
    for reply in &replies {
        owner.request(&delete(reply.id)).await;
    }
    let left = owner.thread_page(ROOM, first.id).await;
    assert_eq!(left.iter().filter(|reply| !reply.deleted).count(), 1);
    owner.request(&delete(left.last().unwrap().id)).await;
    let none = ThreadSummary::default();
    assert_eq!(summary(owner.page(ROOM).await), none);
}

#[tokio::test]
async fn what_a_reply_refers_to_must_be_in_its_room() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let new = NewRoom { name: "Other".into(), slug: Some("other".into()), private: false };
    server.post("/api/rooms").bearer_auth(&ada.token).json(&new).send().await.unwrap();
    let mut socket = ada.connect(&server).await;
    let elsewhere = socket.chat("other", "in another room").await.id;
    let first = socket.chat(ROOM, "a thread begins").await.id;
    let reply = socket.reply_in(ROOM, first, "a reply").await.id;
    let deleted = socket.chat(ROOM, "to be deleted").await.id;
    socket.request(&delete(deleted)).await;
    let nowhere = MessageId(Uuid::new_v4());
    let quote = |id| Chat { reply_to: Some(id), ..room_chat(ROOM, "a quote") };
    let answer = |id| reply_in(ROOM, id, "an answer");
    for (chat, error) in [
        (answer(nowhere), ErrorCode::NotFound),
        (answer(elsewhere), ErrorCode::NotFound),
        (answer(reply), ErrorCode::InvalidFormat),
        (quote(nowhere), ErrorCode::NotFound),
        (quote(elsewhere), ErrorCode::NotFound),
        (quote(deleted), ErrorCode::NotFound),
        (Chat { reply_to: Some(nowhere), ..answer(first) }, ErrorCode::NotFound),
    ] {
        assert_eq!(socket.say(chat.clone()).await, Err(error), "{chat:?}");
    }
    let last = socket.chat(ROOM, "nothing was stored").await.seq;
    assert_eq!(last, 5);
    // The first message of a thread may be deleted; a quote may be of a reply.
    assert_eq!(socket.say(answer(deleted)).await.unwrap().seq, 6);
    assert_eq!(socket.say(quote(reply)).await.unwrap().seq, 7);
    // Without a thread, `in_room` says nothing.
    socket.say(Chat { in_room: true, ..room_chat(ROOM, "plain") }).await.unwrap();
    assert!(!socket.page(ROOM).await.last().unwrap().in_room);
    for (history, error) in [(nowhere, ErrorCode::NotFound), (reply, ErrorCode::InvalidFormat)] {
        let history =
            History { room: Some(ROOM.into()), thread: Some(history), ..History::default() };
        assert_eq!(socket.history(history).await.unwrap_err(), error);
    }
}

#[tokio::test]
async fn a_repeated_reply_gets_its_first_answer_whatever_it_says() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let (mut socket, mut other) = (ada.connect(&server).await, bo.connect(&server).await);
    let first = socket.chat(ROOM, "a thread begins").await.id;
    let quoted = socket.chat(ROOM, "quoted").await.id;
    let reply = Chat {
        id: Some(MessageId(Uuid::new_v4())),
        reply_to: Some(quoted),
        ..reply_in(ROOM, first, "once")
    };
    let sent = socket.say(reply.clone()).await.unwrap();
    socket.request(&delete(quoted)).await;
    let nowhere = Some(MessageId(Uuid::new_v4()));
    for repeat in [
        reply.clone(),
        Chat { thread: nowhere, ..reply.clone() },
        Chat { thread: Some(sent.id), ..reply.clone() },
        Chat { thread: None, reply_to: nowhere, in_room: true, ..reply.clone() },
        Chat { room: Some("nowhere".into()), ..reply.clone() },
        Chat { text: String::new(), ..reply.clone() },
    ] {
        assert_eq!(socket.say(repeat).await.unwrap(), sent);
    }
    assert_eq!(other.say(reply).await, Err(ErrorCode::Conflict));
    let page = socket.page(ROOM).await;
    assert_eq!(page[0].replies.as_ref().unwrap().count, 1);
    assert_eq!(socket.thread_page(ROOM, first).await.len(), 1);
}

#[tokio::test]
async fn typing_in_a_thread_is_relayed_with_it() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let mut writer = ada.subscriber(&server, ROOM).await;
    let mut reader = bo.subscriber(&server, ROOM).await;
    let thread = writer.chat(ROOM, "a thread begins").await.id;
    let typing = |thread| Request::Typing(Typing { room: Some(ROOM.into()), thread });
    let error = writer.ask(typing(Some(MessageId(Uuid::new_v4())))).await.unwrap_err();
    assert_eq!(error, ErrorCode::NotFound);
    writer.send(&typing(Some(thread)), "notice").await;
    loop {
        if let Event::Typing(typing) = reader.event().await {
            break assert_eq!((typing.user.id, typing.thread), (ada.user.id, Some(thread)));
        }
    }
}

#[tokio::test]
async fn nothing_is_added_to_an_archived_room() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let mut socket = ada.subscriber(&server, ROOM).await;
    let id = Some(MessageId(Uuid::new_v4()));
    let first = socket.say(Chat { id, ..room_chat(ROOM, "before") }).await.unwrap();
    server.sql("UPDATE rooms SET archived_at = 1");
    let refused = Err(ErrorCode::Forbidden);
    assert_eq!(socket.say(room_chat(ROOM, "after")).await, refused);
    assert_eq!(socket.say(reply_in(ROOM, first.id, "after")).await, refused);
    assert_eq!(socket.ask(delete(first.id)).await.unwrap_err(), ErrorCode::Forbidden);
    let typing = Request::Typing(Typing { room: Some(ROOM.into()), thread: None });
    socket.send(&typing, "notice").await; // is dropped without an answer
    let op = Some(OpId(Uuid::new_v4()));
    let edit =
        protocol::ChatEdit { room: None, id: first.id, op, text: "after".into(), files: None };
    let edit = protocol::ChatEdit { room: Some(ROOM.into()), ..edit };
    assert_eq!(socket.ask(Request::ChatEdit(edit)).await.unwrap_err(), ErrorCode::Forbidden);
    let again = socket.say(Chat { id, ..room_chat(ROOM, "before") }).await;
    assert_eq!(again, Ok(first), "what was acknowledged stays so");
    assert_eq!(texts(&socket.page(ROOM).await), ["before"]);
}
