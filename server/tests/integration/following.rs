//! The threads that a user follows, and the read positions in them.

use protocol::{
    ErrorCode, Event, FollowedThread, History, MessageId, Read, ReadPosition, Request, Response,
    Threads, ThreadsPage,
};
use uuid::Uuid;

use crate::{
    support::{Server, Socket, room_chat, texts},
    threads::delete,
};

const ROOM: &str = "general";

fn read_thread(thread: MessageId, seq: u64, back: bool) -> Read {
    Read { room: Some(ROOM.into()), seq, thread: Some(thread), back }
}

async fn page(socket: &mut Socket, threads: Threads) -> Result<ThreadsPage, ErrorCode> {
    match socket.ask(Request::Threads(threads)).await? {
        Response::Threads(page) => Ok(page),
        other => panic!("expected threads, got {other:?}"),
    }
}

fn counts(threads: &[FollowedThread]) -> Vec<(MessageId, u64, u64, u64)> {
    threads
        .iter()
        .map(|thread| (thread.message.id, thread.read_seq, thread.unread, thread.mentions))
        .collect()
}

#[tokio::test]
async fn one_follows_what_one_began_answered_or_is_mentioned_in() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let mut author = ada.subscriber(&server, ROOM).await;
    let mut sockets = Vec::new();
    for name in ["bo", "cy", "dan", "eve"] {
        sockets.push(server.join(name, &ada).await.subscriber(&server, ROOM).await);
    }
    let [bo, cy, dan, eve] = &mut sockets[..] else { unreachable!() };
    let first = author.chat(ROOM, "what do you think, @dan?").await;
    assert_eq!(counts(&author.threads().await), [], "a message is no thread yet");
    let reply = bo.reply_in(ROOM, first.id, "good, but ask @cy").await;
    assert_eq!(counts(&author.threads().await), [(first.id, 0, 1, 0)]);
    assert_eq!(counts(&bo.threads().await), [(first.id, 0, 0, 0)]);
    assert_eq!(counts(&cy.threads().await), [(first.id, 0, 1, 1)]);
    assert_eq!(counts(&dan.threads().await), [(first.id, 0, 1, 0)], "the first message names dan");
    assert_eq!(counts(&eve.threads().await), []);
    let listed = author.threads().await.remove(0);
    assert_eq!((listed.last_at, listed.message.replies.unwrap().count), (reply.sent_at, 1));

    eve.follow(ROOM, first.id, true).await.unwrap();
    assert_eq!(counts(&eve.threads().await), [(first.id, 0, 1, 0)]);
    for socket in [&mut *cy, &mut *eve, &mut author] {
        socket.follow(ROOM, first.id, false).await.unwrap();
        assert_eq!(counts(&socket.threads().await), []);
    }
    bo.reply_in(ROOM, first.id, "please").await;
    eve.reply_in(ROOM, first.id, "an answer").await;
    for socket in [&mut *cy, &mut *eve, &mut author] {
        assert_eq!(counts(&socket.threads().await), [], "who asked not to follow is left alone");
    }
    cy.follow(ROOM, first.id, true).await.unwrap();
    assert_eq!(counts(&cy.threads().await), [(first.id, 0, 3, 1)]);

    let nowhere = MessageId(Uuid::new_v4());
    assert_eq!(eve.follow(ROOM, nowhere, true).await, Err(ErrorCode::NotFound));
    assert_eq!(eve.follow(ROOM, reply.id, true).await, Err(ErrorCode::InvalidFormat));
    assert_eq!(eve.follow("nowhere", first.id, true).await, Err(ErrorCode::NotFound));
}

#[tokio::test]
async fn a_mention_is_counted_where_its_thread_is_listed() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let mut author = ada.subscriber(&server, ROOM).await;
    let mut bo = server.join("bo", &ada).await.subscriber(&server, ROOM).await;
    let first = author.chat(ROOM, "a thread").await;
    author.reply_in(ROOM, first.id, "first @bo").await;
    let counted =
        async |bo: &mut Socket| (counts(&bo.threads().await), bo.rooms().await[0].mentions);
    assert_eq!(counted(&mut bo).await, (vec![(first.id, 0, 1, 1)], 1));
    bo.follow(ROOM, first.id, false).await.unwrap();
    assert_eq!(counted(&mut bo).await, (vec![], 0), "nothing is counted that no list shows");
    bo.follow(ROOM, first.id, true).await.unwrap();
    assert_eq!(counted(&mut bo).await, (vec![(first.id, 0, 1, 1)], 1));
    bo.follow(ROOM, first.id, false).await.unwrap();
    author.reply_in(ROOM, first.id, "now @bo").await;
    assert_eq!(counted(&mut bo).await, (vec![(first.id, 0, 2, 2)], 2), "follows again");
    bo.follow(ROOM, first.id, false).await.unwrap();
    bo.reply_in(ROOM, first.id, "leave me alone").await;
    assert_eq!(counted(&mut bo).await, (vec![], 0), "an own reply does not follow again");
}

#[tokio::test]
async fn the_list_has_the_last_reply_and_the_authors() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let mut author = ada.connect(&server).await;
    let mut bo = server.join("bo", &ada).await.connect(&server).await;
    let mut cy = server.join("cy", &ada).await.connect(&server).await;
    let (first, other) = (author.chat(ROOM, "a thread").await, author.chat(ROOM, "another").await);
    bo.reply_in(ROOM, first.id, "the *first* answer").await;
    let long = format!("**{}**", "ö".repeat(300));
    let newest = cy.reply_in(ROOM, first.id, &long).await;
    bo.reply_in(ROOM, other.id, "here too").await;

    let mut listed = async |limit| {
        let ThreadsPage { threads, users, .. } =
            page(&mut author, Threads { cursor: None, limit }).await.unwrap();
        let mut users: Vec<_> = users.into_iter().map(|user| user.name).collect();
        users.sort_unstable();
        let last = |thread: FollowedThread| {
            thread.last.map(|last| (last.id, last.sender.name, last.text.unwrap()))
        };
        (threads.into_iter().map(last).collect::<Vec<_>>(), users)
    };
    let (threads, users) = listed(None).await;
    assert_eq!(users, ["bo", "cy"], "each once");
    assert_eq!(threads[0].as_ref().unwrap().2, "here too");
    let expected = (newest.id, "cy".to_owned(), "ö".repeat(200));
    assert_eq!(threads[1], Some(expected), "without Markdown");
    let (threads, users) = listed(Some(1)).await;
    assert_eq!((threads.len(), users), (1, vec!["bo".to_owned()]), "those of the page");

    cy.ask(delete(newest.id)).await.unwrap();
    let (threads, users) = listed(None).await;
    assert_eq!(threads[1].as_ref().unwrap().2, "the first answer", "the newest that is left");
    assert_eq!(users, ["bo"]);
    for thread in [first.id, other.id] {
        let replies = bo.thread_page(ROOM, thread).await;
        bo.ask(delete(replies[0].id)).await.unwrap();
    }
    assert_eq!(listed(None).await, (vec![None, None], Vec::new()));
}

#[tokio::test]
async fn threads_come_in_pages_newest_first() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let (mut socket, mut other) = (ada.connect(&server).await, bo.connect(&server).await);
    let mut ids = Vec::new();
    for number in 0..5 {
        let first = socket.chat(ROOM, &format!("thread {number}")).await;
        ids.push(first.id);
    }
    for id in [ids[3], ids[0], ids[4], ids[1]] {
        other.reply_in(ROOM, id, "a reply").await;
    }
    socket.follow(ROOM, ids[2], true).await.unwrap(); // without replies, its own time counts
    let expected = [ids[1], ids[4], ids[0], ids[3], ids[2]];
    let mut found = Vec::new();
    let mut next = None;
    loop {
        let asked = Threads { cursor: next.take(), limit: Some(2) };
        let page = page(&mut socket, asked).await.unwrap();
        assert!(page.threads.len() <= 2);
        found.extend(page.threads.into_iter().map(|thread| thread.message.id));
        next = page.next;
        if next.is_none() {
            break;
        }
    }
    // Replies of the same millisecond are ordered by their ids.
    let times: std::collections::HashMap<_, _> = (socket.threads().await.into_iter())
        .map(|thread| (thread.message.id, thread.last_at))
        .collect();
    assert!(found.iter().map(|id| (times[id], *id)).rev().is_sorted());
    assert_eq!(found.len(), expected.len());
    assert!(expected.iter().all(|id| found.contains(id)));

    let first = page(&mut socket, Threads { cursor: None, limit: Some(1) }).await.unwrap();
    let stolen = Threads { cursor: first.next, limit: None };
    assert_eq!(page(&mut other, stolen).await, Err(ErrorCode::InvalidFormat));
    let wrong = Threads { cursor: Some("0".into()), limit: None };
    assert_eq!(page(&mut socket, wrong).await, Err(ErrorCode::InvalidFormat));
}

#[tokio::test]
async fn a_thread_has_a_read_position_of_its_own() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let mut author = ada.connect(&server).await;
    let (mut desk, mut phone) = (bo.subscriber(&server, ROOM).await, bo.connect(&server).await);
    let first = desk.chat(ROOM, "a question").await.id; // seq 1
    author.reply_in(ROOM, first, "hm, @bo").await; // 2
    let mut shown = room_chat(ROOM, "for all, @bo");
    (shown.thread, shown.in_room) = (Some(first), true);
    author.say(shown).await.unwrap(); // 3
    author.chat(ROOM, "something else").await; // 4
    let last = author.reply_in(ROOM, first, "the last").await; // 5

    let room = |room: protocol::Room| (room.read_seq, room.unread, room.mentions);
    let seen = room(desk.room(ROOM).await);
    assert_eq!(seen, (0, 2, 2), "a reply for both is unread in both; mentions count both");
    assert_eq!(counts(&desk.threads().await), [(first, 0, 3, 2)]);
    let read = desk.read(read_thread(first, 3, false)).await.unwrap();
    let position = |read_seq, unread, mentions| ReadPosition {
        room: read.room,
        seq: read_seq,
        thread: Some(first),
        read_seq,
        unread,
        mentions,
    };
    assert_eq!(read, position(3, 1, 0));
    assert_eq!(phone.event().await, Event::Read(read));
    assert_eq!(room(desk.room(ROOM).await), (0, 2, 1), "the room has its own position");
    assert_eq!(desk.read(read_thread(first, 2, false)).await, Ok(position(3, 1, 0)));
    assert_eq!(desk.read(read_thread(first, 99, false)).await, Ok(position(5, 0, 0)));
    assert_eq!(desk.read(read_thread(first, 3, true)).await, Ok(position(2, 2, 1)));
    assert_eq!(counts(&desk.threads().await), [(first, 2, 2, 1)]);
    author.request(&delete(last.id)).await;
    assert_eq!(counts(&desk.threads().await), [(first, 2, 1, 1)], "deleted replies do not count");
    let whole = Read { room: Some(ROOM.into()), seq: 99, ..Read::default() };
    let read = desk.read(whole).await.unwrap();
    assert_eq!((read.read_seq, read.unread, read.mentions), (6, 0, 0));
    let nowhere = MessageId(Uuid::new_v4());
    assert_eq!(desk.read(read_thread(nowhere, 1, false)).await, Err(ErrorCode::NotFound));
    assert_eq!(desk.read(read_thread(last.id, 1, false)).await, Err(ErrorCode::InvalidFormat));
}

#[tokio::test]
async fn other_sockets_learn_what_the_user_follows() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let (mut desk, mut phone) = (ada.connect(&server).await, ada.connect(&server).await);
    let first = desk.chat(ROOM, "a thread begins").await.id;
    for on in [true, false] {
        let followed = desk.follow(ROOM, first, on).await.unwrap();
        assert_eq!((followed.thread, followed.on), (first, on));
        assert_eq!(phone.event().await, Event::ThreadChanged(followed));
    }
}

#[tokio::test]
async fn replies_from_before_one_came_are_read() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    ada.create_room(&server, "plans", true).await;
    let mut author = ada.connect(&server).await;
    let first = author.chat("plans", "where do we meet?").await;
    for text in ["here", "or there"] {
        author.reply_in("plans", first.id, text).await;
    }
    ada.add(&server, "plans", "bo").await;
    author.reply_in("plans", first.id, "what do you say, @bo?").await;
    let mut reader = bo.connect(&server).await;
    let listed = reader.threads().await.remove(0);
    assert_eq!((listed.unread, listed.mentions), (1, 1));
    let (room, thread) = (Some("plans".into()), Some(first.id));
    let after = Some(listed.read_seq);
    let unread = reader.history(History { room, thread, after, ..History::default() }).await;
    assert_eq!(texts(&unread.unwrap().messages), ["what do you say, @bo?"]);
}
