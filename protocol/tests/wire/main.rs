//! The JSON of every message, on native targets and in WebAssembly. A change here breaks clients.

mod decoding;
mod events;
mod requests;
mod responses;

use std::collections::BTreeSet;

use events::events;
use protocol::{
    Event, LaterMessage, LinkPicture, LinkPreview, Message, MessageId, ReceivedMessage, Request,
    Response, Role, Room, RoomId, Sender, ServerMessage, Timestamp, User, UserId, decode_request,
    decode_server_message, encode_request,
};
use requests::requests;
use responses::responses;
use wasm_bindgen_test::wasm_bindgen_test;

const EPOCH: &str = "0f0e0d0c-0b0a-4908-8706-050403020100";

fn id(number: u128) -> uuid::Uuid {
    uuid::Uuid::from_u128(0x0198_0000_0000_7000_8000_0000_0000_0000 + number)
}

fn room() -> RoomId {
    RoomId(id(1))
}

fn ada() -> User {
    User {
        id: UserId(id(2)),
        username: "ada".into(),
        name: "Ada".into(),
        role: Role::Owner,
        ..User::default()
    }
}

fn timestamp() -> Timestamp {
    Timestamp::from_millis(1_764_000_000_123)
}

fn later() -> LaterMessage {
    LaterMessage {
        id: message().id,
        room: room(),
        text: "Good morning".into(),
        at: timestamp(),
        reminder: false,
        reply_to: None,
        thread: None,
        in_room: false,
        files: Vec::new(),
        previews: None,
        error: None,
    }
}

fn message() -> Message {
    Message {
        id: MessageId(id(3)),
        room: room(),
        seq: 42,
        sender: Sender { id: ada().id, name: "Ada".into(), username: None, ..Default::default() },
        text: Some("hello".into()),
        sent_at: timestamp(),
        edited_at: None,
        reactions: Vec::new(),
        ..Message::default()
    }
}

fn preview() -> LinkPreview {
    LinkPreview {
        url: "https://example.org/calm".into(),
        site: "Example".into(),
        title: "Calm".into(),
        text: Some("Nothing moves.".into()),
        picture: Some(Box::new(LinkPicture {
            url: "/link-pictures/01980000-0000-7000-8000-000000000009".into(),
            width: 480,
            height: 252,
        })),
    }
}

const PREVIEW: &str = r#"{"url":"https://example.org/calm","site":"Example","title":"Calm",
    "text":"Nothing moves.","picture":{
    "url":"/link-pictures/01980000-0000-7000-8000-000000000009","width":480,"height":252}}"#;

fn listed() -> Room {
    Room {
        id: room(),
        slug: "general".into(),
        name: "General".into(),
        topic: "Everything".into(),
        created_by: Some(ada().id),
        member: true,
        seq: 42,
        read_seq: 40,
        unread: 2,
        mentions: 1,
        ..Room::default()
    }
}

const LISTED: &str = r#"
    {"id":"01980000-0000-7000-8000-000000000001","slug":"general","name":"General",
    "kind":"public","private":false,"topic":"Everything","archived":false,
    "created_by":"01980000-0000-7000-8000-000000000002","member":true,"notify":"mentions",
    "favourite":false,"seq":42,"read_seq":40,"unread":2,"mentions":1}"#;
const MESSAGE: &str = r#"
    {"id":"01980000-0000-7000-8000-000000000003",
    "room":"01980000-0000-7000-8000-000000000001","seq":42,
    "sender":{"id":"01980000-0000-7000-8000-000000000002","name":"Ada"},"text":"hello",
    "sent_at":"2025-11-24T16:00:00.123Z"}"#;
/// The end of the message after an edit and a reaction.
const REACTED: &str = r#"
    123Z","edited_at":"2025-11-24T16:00:00.123Z",
    "reactions":[{"user":"01980000-0000-7000-8000-000000000002","emoji":"🎉"}]}"#;
/// The end of the message after its deletion.
const DELETED: &str = r#"123Z","deleted":true,
    "deleted_by":{"id":"01980000-0000-7000-8000-000000000002","name":"Ada"}}"#;
/// The end of the message if it is a reply in a thread, quotes a message and is pinned.
const REPLY: &str = r#"123Z","pinned_by":{"id":"01980000-0000-7000-8000-000000000002",
    "name":"Ada"},"reply_to":{"id":"01980000-0000-7000-8000-000000000003",
    "sender":{"id":"01980000-0000-7000-8000-000000000002","name":"Ada"},"text":"hello",
    "file":"notes.txt"},"thread":"01980000-0000-7000-8000-000000000003","in_room":true,
    "thread_replies":{"count":3,"last_at":"2025-11-24T16:00:00.123Z",
    "people":["01980000-0000-7000-8000-000000000002"]}}"#;
const ID: &str = r#""01980000-0000-7000-8000-000000000003""#;
const OP: &str = r#""01980000-0000-7000-8000-000000000005""#;
const ROOM: &str = r#""01980000-0000-7000-8000-000000000001""#;
const SENDER: &str = r#"{"id":"01980000-0000-7000-8000-000000000002","name":"Ada"}"#;
const ADA: &str =
    r#"{"id":"01980000-0000-7000-8000-000000000002","username":"ada","name":"Ada","role":"owner"}"#;

/// Removes line breaks and indentation.
fn compact(json: &str) -> String {
    json.lines().map(str::trim_start).collect()
}

#[wasm_bindgen_test]
#[test]
fn requests_have_this_json() {
    let mut seen = BTreeSet::new();
    for (request, payload) in requests() {
        let name = request.name();
        let payload = compact(&payload);
        let text = encode_request(&request, Some("7"));
        assert_eq!(text, format!(r#"{{"type":"{name}","payload":{payload},"request_id":"7"}}"#));
        assert_eq!(decode_request(&text), Ok((request, Some("7".into()))));
        seen.insert(name);
    }
    let all = BTreeSet::from_iter(Request::NAMES.iter().copied());
    assert_eq!(seen, all, "every request is covered");
}

#[wasm_bindgen_test]
#[test]
fn responses_and_events_have_this_json() {
    let mut seen = BTreeSet::new();
    for (message, payload) in responses().into_iter().chain(events()) {
        let name = message.name();
        let payload = compact(&payload);
        let text = message.encode(None, timestamp());
        let sent_at = r#""timestamp":"2025-11-24T16:00:00.123Z""#;
        let envelope =
            format!(r#"{{"type":"{name}","payload":{payload},"request_id":null,{sent_at}}}"#);
        assert_eq!(text, envelope);
        let received = decode_server_message(&text).map_err(|error| error.to_string());
        assert_eq!(
            received,
            Ok(ReceivedMessage {
                message: Some(message),
                request_id: None,
                timestamp: timestamp()
            })
        );
        seen.insert(name);
    }
    let all = Response::NAMES.iter().chain(Event::NAMES).copied().chain(["error"]);
    assert_eq!(seen, all.collect(), "every response and every event is covered");
}

#[wasm_bindgen_test]
#[test]
fn events_of_the_room_log_have_a_position_in_it() {
    for (message, _) in events() {
        let ServerMessage::Event(event) = message else { unreachable!("events only") };
        let position = event.log_position();
        let is_logged = Event::LOGGED_NAMES.contains(&event.name());
        assert_eq!(position.is_some(), is_logged, "{}", event.name());
        assert!(position.is_none_or(|(of, seq)| Some(of) == event.room() && seq >= 42));
    }
    assert_eq!(
        Event::LOGGED_NAMES,
        ["chat", "chat_edited", "chat_deleted", "chat_reacted", "chat_pinned", "chat_previewed"]
    );
}
