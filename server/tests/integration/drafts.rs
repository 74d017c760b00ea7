//! Drafts: what a user has begun to write, on all devices.

use protocol::{
    Draft, ErrorCode, Event, KeptDraft, MessageId, Request, Response, ServerMessage, Timestamp,
    http::UpdateRoom,
};
use reqwest::StatusCode;

use crate::support::{Server, Socket, reply_in};

fn draft(room: &str, thread: Option<MessageId>, text: &str, at: i64) -> Request {
    let at = Timestamp::from_millis(at);
    Request::Draft(Draft { room: room.into(), thread, text: text.into(), at })
}

impl Socket {
    /// Returns the texts of the drafts, the newest first.
    async fn drafts(&mut self) -> Vec<String> {
        match self.request(&Request::Drafts(protocol::Empty {})).await {
            ServerMessage::Response(Response::Drafts(page)) => {
                page.drafts.into_iter().map(|draft| draft.text).collect()
            }
            other => panic!("expected drafts, got {other:?}"),
        }
    }

    /// Returns the text of the next event `draft`. Skips all other messages.
    async fn draft_event(&mut self) -> KeptDraft {
        loop {
            if let Event::Draft(draft) = self.event().await {
                return draft;
            }
        }
    }
}

#[tokio::test]
async fn a_draft_reaches_the_other_devices_and_nobody_else() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let (mut desk, mut phone) = (ada.connect(&server).await, ada.connect(&server).await);
    let mut bos = bo.connect(&server).await;
    let room = desk.subscribe("general", None).await.room;
    bos.subscribe("general", None).await;
    let thread = bos.chat("general", "lunch?").await.id;

    desk.send(&draft("general", None, "I think", 10), "1").await;
    let seen = phone.draft_event().await;
    assert_eq!((seen.room, seen.thread, seen.text.as_str()), (room, None, "I think"));
    phone.send(&draft("general", Some(thread), "yes", 11), "1").await;
    assert_eq!(desk.draft_event().await.thread, Some(thread));
    desk.send(&draft("general", None, "older", 9), "2").await;
    assert_eq!(desk.drafts().await, ["yes", "I think"]);
    assert_eq!(bos.drafts().await, [""; 0]);
    bos.heard_nothing().await;
    phone.heard_nothing().await;
}

#[tokio::test]
async fn a_message_ends_the_draft_of_its_place_alone() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let (mut desk, mut phone) = (ada.connect(&server).await, ada.connect(&server).await);
    let thread = desk.chat("general", "lunch?").await.id;
    for (place, text) in [(None, "for the room"), (Some(thread), "for the thread")] {
        desk.send(&draft("general", place, text, 10), "1").await;
        assert_eq!(phone.draft_event().await.text, text);
    }
    phone.reply_in("general", thread, "at noon").await;
    let ended = desk.draft_event().await;
    assert_eq!((ended.thread, ended.text.as_str()), (Some(thread), ""));
    assert_eq!(desk.drafts().await, ["for the room"]);
    phone.send(&draft("general", Some(thread), "late", 11), "2").await;
    assert_eq!(phone.drafts().await, ["for the room"]);

    let refused = desk.request(&Request::Chat(reply_in("general", thread, ""))).await;
    assert!(matches!(refused, ServerMessage::Error(_)));
    assert_eq!(desk.drafts().await, ["for the room"]);
    desk.chat("general", "done").await;
    assert_eq!(phone.draft_event().await.thread, None);
    assert_eq!(phone.drafts().await, [""; 0]);
}

#[tokio::test]
async fn where_one_may_not_write_no_draft_is_kept() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    ada.create_room(&server, "secret", true).await;
    assert_eq!(ada.add(&server, "secret", "bo").await, StatusCode::NO_CONTENT);
    let mut bos = bo.connect(&server).await;
    let refused = async |socket: &mut Socket, request| match socket.request(&request).await {
        ServerMessage::Error(error) => error.code,
        other => panic!("expected an error, got {other:?}"),
    };
    let unknown = MessageId(uuid::Uuid::now_v7());
    for request in [draft("nowhere", None, "x", 10), draft("general", Some(unknown), "x", 10)] {
        assert_eq!(refused(&mut bos, request).await, ErrorCode::NotFound);
    }
    let long = "x".repeat(protocol::limits::MAX_TEXT_CHARS + 1);
    for text in [long.as_str(), "\0"] {
        let request = draft("general", None, text, 10);
        assert_eq!(refused(&mut bos, request).await, ErrorCode::InvalidFormat);
    }
    bos.send(&draft("secret", None, "kept", 10), "1").await;
    assert_eq!(bos.drafts().await, ["kept"]);
    assert_eq!(ada.remove(&server, "secret", "bo").await, StatusCode::NO_CONTENT);
    assert_eq!(bos.drafts().await, [""; 0], "of a room that one no longer sees");
    assert_eq!(refused(&mut bos, draft("secret", None, "x", 11)).await, ErrorCode::NotFound);

    ada.create_room(&server, "old", false).await;
    let archived = UpdateRoom { archived: Some(true), ..UpdateRoom::default() };
    ada.update_room(&server, "old", archived).await;
    assert_eq!(refused(&mut bos, draft("old", None, "x", 10)).await, ErrorCode::NotFound);
}
