//! Reactions: their one spelling, and what one user may add.

use futures_util::future::join_all;
use protocol::{
    Changed, ChatReact, ErrorCode, Event, History, HistoryPage, MessageId, OpId, Reaction, Request,
    Response, Resume, ResumeRoom, ServerMessage,
    limits::{MAX_EMOJI_PER_MESSAGE, MAX_OWN_REACTIONS, MAX_REACTIONS, MAX_REPLY_BYTES},
};
use server::store::{MessageUpdate, NewUpdate, NewUser};
use tokio::sync::oneshot;
use uuid::Uuid;

use crate::support::{Server, Socket};

const ROOM: &str = "general";

fn react(id: MessageId, emoji: &str, on: bool, op: Uuid) -> Request {
    let (room, op) = (Some(ROOM.into()), Some(OpId(op)));
    Request::ChatReact(ChatReact { room, id, op, emoji: emoji.into(), on })
}

async fn change(
    socket: &mut Socket,
    id: MessageId,
    emoji: &str,
    on: bool,
) -> Result<Changed, ErrorCode> {
    reply(socket, &react(id, emoji, on, Uuid::new_v4())).await
}

async fn reply(socket: &mut Socket, request: &Request) -> Result<Changed, ErrorCode> {
    match socket.request(request).await {
        ServerMessage::Response(Response::ChatReact(changed)) => Ok(changed),
        ServerMessage::Error(error) => Err(error.code),
        other => panic!("expected a response, got {other:?}"),
    }
}

async fn page(socket: &mut Socket, history: History) -> HistoryPage {
    let history = Request::History(History { room: Some(ROOM.into()), ..history });
    match socket.request(&history).await {
        ServerMessage::Response(Response::History(page)) => page,
        other => panic!("expected a page, got {other:?}"),
    }
}

async fn reactions(socket: &mut Socket) -> Vec<Reaction> {
    page(socket, History::default()).await.messages.pop().unwrap().reactions
}

/// Returns one of many emoji.
fn emoji(number: usize) -> String {
    char::from_u32(0x1f400 + u32::try_from(number).unwrap()).unwrap().to_string()
}

/// Creates users, and lets each add as many reactions as one may.
async fn react_as_many(server: &Server, message: MessageId, users: usize) {
    for user in 0..users {
        let new = NewUser {
            username: format!("guest{user}"),
            display_name: None,
            password: String::new(),
            invite: None,
            open: true,
            must_be_first: false,
            device: Default::default(),
        };
        let session = server.app.store.register(new).await.unwrap();
        let mut answers = Vec::new();
        for number in 0..MAX_OWN_REACTIONS {
            let kind = (user * MAX_OWN_REACTIONS + number) % MAX_EMOJI_PER_MESSAGE;
            let update = MessageUpdate::React { emoji: emoji(kind), on: true };
            let new = NewUpdate {
                op: OpId(Uuid::new_v4()),
                room: ROOM.into(),
                message,
                user: session.user.id,
                session: session.id,
                update,
                links: Default::default(),
            };
            let (answer, answered) = oneshot::channel();
            let on_commit = |logged: Result<_, _>| answer.send(logged.is_ok()).unwrap();
            server.app.store.update(new, on_commit).await.unwrap();
            answers.push(answered);
        }
        assert!(join_all(answers).await.into_iter().all(Result::unwrap));
    }
}

#[tokio::test]
async fn all_spellings_of_an_emoji_are_one_reaction() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let mut socket = ada.connect(&server).await;
    let id = socket.chat(ROOM, "liked").await.id;
    let mut reader = ada.subscriber(&server, ROOM).await;
    let first = change(&mut socket, id, "\u{2764}", true).await.unwrap();
    let Event::ChatReacted(reacted) = reader.event().await else { panic!("no reaction") };
    assert_eq!(reacted.emoji, "\u{2764}\u{fe0f}");
    for spelling in ["\u{2764}\u{fe0f}", "\u{2764}\u{fe0e}"] {
        assert_eq!(change(&mut socket, id, spelling, true).await.unwrap().seq, first.seq);
    }
    let reaction = Reaction { user: ada.user.id, emoji: "\u{2764}\u{fe0f}".into() };
    assert_eq!(reactions(&mut socket).await, [reaction]);
    change(&mut socket, id, "\u{2764}\u{fe0e}", false).await.unwrap();
    assert!(reactions(&mut socket).await.is_empty());
    for other in ["ok", "1", "👍👍", "\u{fe0f}", "\u{2800}", "👍 "] {
        let refused = change(&mut socket, id, other, true).await;
        assert_eq!(refused, Err(ErrorCode::InvalidFormat), "{other}");
    }
}

#[tokio::test]
async fn stored_reactions_get_the_one_spelling_at_the_start() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let mut socket = ada.subscriber(&server, ROOM).await;
    let id = socket.chat(ROOM, "liked").await.id;
    change(&mut socket, id, "👍", true).await.unwrap();
    change(&mut socket, id, "\u{2764}", true).await.unwrap();
    // An earlier version kept both as they came.
    server.sql(
        "UPDATE reactions SET emoji = '\u{2764}' WHERE emoji = '👍';
         UPDATE changes SET emoji = '\u{2764}' WHERE emoji = '👍';
         DELETE FROM meta WHERE key = 'unicode_rules'",
    );
    drop(socket);
    let server = server.restart().await;
    let mut socket = ada.connect(&server).await;
    let reaction = Reaction { user: ada.user.id, emoji: "\u{2764}\u{fe0f}".into() };
    assert_eq!(reactions(&mut socket).await, [reaction]);
    change(&mut socket, id, "\u{2764}", false).await.unwrap();
    assert!(reactions(&mut socket).await.is_empty());
}

#[tokio::test]
async fn one_user_leaves_room_for_the_reactions_of_others() {
    let server = Server::start_with(&["--rate-limit", "off"]).await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let (mut author, mut other) = (ada.connect(&server).await, bo.connect(&server).await);
    let id = author.chat(ROOM, "liked by all").await.id;
    for number in 0..MAX_OWN_REACTIONS {
        change(&mut author, id, &emoji(number), true).await.unwrap();
    }
    assert_eq!(change(&mut author, id, "🎉", true).await, Err(ErrorCode::Forbidden));
    change(&mut author, id, &emoji(0), true).await.unwrap();
    change(&mut other, id, "🎉", true).await.unwrap();
    change(&mut author, id, &emoji(0), false).await.unwrap();
    change(&mut author, id, "🎉", true).await.unwrap();
}

#[tokio::test]
async fn an_emoji_that_is_there_can_be_joined_when_no_other_can_be_added() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let mut socket = ada.connect(&server).await;
    let id = socket.chat(ROOM, "liked by all").await.id;
    react_as_many(&server, id, MAX_EMOJI_PER_MESSAGE / MAX_OWN_REACTIONS).await;
    assert_eq!(change(&mut socket, id, "🎉", true).await, Err(ErrorCode::Forbidden));
    change(&mut socket, id, &emoji(0), true).await.unwrap();
}

#[tokio::test]
async fn pages_with_many_reactions_end_early_and_recovery_goes_on() {
    let server = Server::start_with(&["--rate-limit", "off"]).await;
    let ada = server.register_owner("ada").await;
    let mut socket = ada.connect(&server).await;
    let mut ids = Vec::new();
    for number in 0..10 {
        ids.push(socket.chat(ROOM, &format!("message {number}")).await.id);
    }
    react_as_many(&server, ids[0], MAX_REACTIONS / MAX_OWN_REACTIONS).await;
    server.sql(
        "INSERT INTO reactions (message_id, seq, user_id, emoji)
         SELECT messages.id, reactions.seq, user_id, emoji FROM messages, reactions
         WHERE messages.id <> reactions.message_id",
    );
    let newest = page(&mut socket, History::default()).await;
    assert!(newest.has_more && newest.messages.len() < 10);
    assert_eq!(newest.messages.last().unwrap().id, ids[9]);
    // Page by page, each message comes once and with all its reactions.
    let (mut seen, mut cursor) = (Vec::new(), None);
    loop {
        let page = page(&mut socket, History { after: cursor.or(Some(0)), ..History::default() });
        let page = page.await;
        assert!(serde_json::to_string(&page.messages).unwrap().len() <= MAX_REPLY_BYTES + 100);
        assert!(page.messages.iter().all(|message| message.reactions.len() == MAX_REACTIONS));
        seen.extend(page.messages.iter().map(|message| message.id));
        cursor = page.messages.last().map(|message| message.seq);
        if !page.has_more {
            break;
        }
    }
    assert_eq!(seen, ids);
    let around = page(&mut socket, History { around: Some(5), ..History::default() }).await;
    assert!(around.messages.iter().any(|message| message.id == ids[4]));
    let rooms = vec![ResumeRoom { room: ROOM.into(), since: Some(0) }];
    let resumed = socket.request(&Request::Resume(Resume { epoch: None, rooms, join: None })).await;
    let ServerMessage::Response(Response::Resume(resumed)) = resumed else { panic!("{resumed:?}") };
    assert_eq!(resumed.rooms.len(), 1);
    assert_eq!(resumed.rooms[0].messages, newest.messages);
}
