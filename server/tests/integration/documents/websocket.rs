//! The AsyncAPI document.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::StreamExt as _;
use jsonschema::{Draft, Validator};
use protocol::{Event, Request, Response};
use reqwest::Method;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message as Frame;

use super::{assert_fits, document, validator};
use crate::{
    cluster::create_secret_room,
    later::in_an_hour,
    support::{Server, Socket, png, wait_for},
};

/// Compares the messages of a connection with the document.
struct Conversation {
    asyncapi: Value,
    validators: BTreeMap<String, Validator>,
    /// The messages seen so far.
    seen: BTreeSet<String>,
}

impl Conversation {
    fn fits(&mut self, key: String, message: &Value) {
        let schema = &self.asyncapi["components"]["messages"][&key]["payload"];
        assert!(schema.is_object(), "{key} is not documented: {message}");
        let validator = self.validators.entry(key.clone());
        let validator = validator.or_insert_with(|| validator_of(&self.asyncapi, schema));
        assert_fits(message, validator, &key);
        self.seen.insert(key);
    }

    /// Sends a request and returns its reply. Also checks all messages before it.
    async fn request(&mut self, socket: &mut Socket, request: Value) -> Value {
        let mut message = request;
        message["request_id"] = "7".into();
        self.fits(format!("request.{}", message["type"].as_str().unwrap()), &message);
        socket.send_text(message.to_string()).await;
        loop {
            let received = self.receive(socket).await;
            if received["request_id"] == "7" {
                return received;
            }
        }
    }

    async fn receive(&mut self, socket: &mut Socket) -> Value {
        let text = loop {
            match wait_for("a message", socket.stream.next()).await {
                Some(Ok(Frame::Text(text))) => break text,
                Some(Ok(Frame::Ping(_) | Frame::Pong(_))) => {}
                other => panic!("expected a message, got {other:?}"),
            }
        };
        let message: Value = serde_json::from_str(&text).unwrap();
        let name = message["type"].as_str().unwrap();
        let key = match name {
            "error" => "error".to_owned(),
            name if name.ends_with("_response") => format!("response.{name}"),
            name => format!("event.{name}"),
        };
        self.fits(key, &message);
        message
    }
}

pub(crate) fn validator_of(asyncapi: &Value, schema: &Value) -> Validator {
    validator(schema, asyncapi, Draft::Draft7)
}

#[tokio::test]
async fn messages_match_the_document() {
    let server = Server::start_with(&["--rate-limit=off", "--heartbeat=1/5"]).await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let asyncapi = document(&server, "/api/asyncapi.json").await;
    let mut talk = Conversation { asyncapi, validators: BTreeMap::new(), seen: BTreeSet::new() };

    let mut socket = server.connect("/ws", &[]).await.unwrap();
    let early = talk.request(&mut socket, json!({ "type": "rooms", "payload": {} })).await;
    assert_eq!(early["payload"]["code"], "unauthorized");
    talk.request(&mut socket, json!({ "type": "auth", "payload": { "token": ada.token } })).await;
    assert_eq!(talk.receive(&mut socket).await["type"], "welcome");

    let mut requests = vec![
        (json!({ "type": "subscribe", "payload": { "room": "general" } }), "subscribe_response"),
        (
            json!({ "type": "chat", "payload": { "room": "general", "text": "good morning" } }),
            "chat_response",
        ),
        (
            json!({ "type": "subscribe", "payload": { "room": "general", "since": 0 } }),
            "subscribe_response",
        ),
        (
            json!({ "type": "history", "payload": { "room": "general", "limit": 1 } }),
            "history_response",
        ),
        (json!({ "type": "members", "payload": { "room": "general" } }), "members_response"),
        (json!({ "type": "rooms" }), "rooms_response"),
        (json!({ "type": "ping" }), "pong"),
        (json!({ "type": "members", "payload": { "room": "nowhere" } }), "error"),
        (json!({ "type": "auth", "payload": { "token": "again" } }), "error"),
        (json!({ "type": "chat", "payload": { "text": "where?" } }), "error"),
    ];
    for (request, expected) in requests.drain(..) {
        let reply = talk.request(&mut socket, request.clone()).await;
        assert_eq!(reply["type"], expected, "{request}: {reply}");
    }
    for text in ["not JSON", "[]", r#"{"type":"dance"}"#] {
        socket.send_text(text).await;
        while talk.receive(&mut socket).await["type"] != "error" {}
    }
    let history = talk
        .request(&mut socket, json!({ "type": "history", "payload": { "room": "general" } }))
        .await;
    let id = &history["payload"]["messages"][0]["id"];
    let op = uuid::Uuid::new_v4();
    let react = json!({ "room": "general", "id": id, "op": op, "emoji": "🎉", "on": true });
    for (name, payload) in [
        ("chat_edit", json!({ "room": "general", "id": id, "text": "good day" })),
        ("chat_react", react),
        ("chat", json!({ "room": "general", "text": "a reply", "thread": id, "reply_to": id })),
        ("chat_pin", json!({ "room": "general", "id": id, "on": true })),
        ("chat_previews", json!({ "room": "general", "id": id, "on": false })),
        ("pins", json!({ "room": "general" })),
        ("files", json!({ "room": "general", "limit": 2 })),
        ("search", json!({ "query": "day", "limit": 1 })),
        ("edits", json!({ "room": "general", "id": id })),
        ("thread_follow", json!({ "room": "general", "thread": id, "on": true })),
        ("threads", json!({ "limit": 1 })),
        ("drafts", json!({})),
        ("history", json!({ "room": "general", "thread": id })),
        ("read", json!({ "room": "general", "seq": 4, "thread": id })),
        ("subscribe", json!({ "room": "general", "since": 0 })),
        ("read", json!({ "room": "general", "seq": 1 })),
        ("notify", json!({ "room": "general", "level": "all" })),
        ("favourite", json!({ "room": "general", "on": true })),
        ("chat_delete", json!({ "room": "general", "id": id })),
        ("resume", json!({ "rooms": [{ "room": "general", "since": 0 }, { "room": "nowhere" }] })),
    ] {
        let reply = talk.request(&mut socket, json!({ "type": name, "payload": payload })).await;
        assert_eq!(reply["type"], format!("{name}_response"), "{reply}");
    }
    let ticket = bo.ticket(&server).await;
    let mut bos = server.connect(&format!("/ws/general?ticket={ticket}"), &[]).await.unwrap();
    let welcome = talk.receive(&mut bos).await;
    assert!(welcome["payload"]["default_room"].is_object(), "{welcome}");
    let joined = loop {
        let message = talk.receive(&mut socket).await;
        if message["type"] == "system" {
            break message;
        }
    };
    assert_eq!(joined["payload"]["event"], "joined");
    let typing = json!({ "type": "typing", "payload": {} });
    talk.fits("request.typing".into(), &typing);
    bos.send_text(typing.to_string()).await;
    while talk.receive(&mut socket).await["type"] != "typing" {}
    let notice = json!({ "type": "presence", "payload": { "visible": false } });
    talk.fits("request.presence".into(), &notice);
    bos.send_text(notice.to_string()).await;
    while talk.receive(&mut socket).await["type"] != "presence" {}
    let mut adas = ada.connect(&server).await;
    talk.request(&mut adas, json!({ "type": "read", "payload": { "room": "general", "seq": 2 } }))
        .await;
    while talk.receive(&mut socket).await["type"] != "read" {}
    let draft = json!({ "room": "general", "text": "begun", "at": "2025-11-24T16:00:00.123Z" });
    let draft = json!({ "type": "draft", "payload": draft });
    talk.fits("request.draft".into(), &draft);
    adas.send_text(draft.to_string()).await;
    while talk.receive(&mut socket).await["type"] != "draft" {}
    let waiting = uuid::Uuid::new_v4();
    let later = json!({ "room": "general", "text": "later", "at": in_an_hour(), "id": waiting });
    talk.request(&mut adas, json!({ "type": "later", "payload": later })).await;
    while talk.receive(&mut socket).await["type"] != "later_changed" {}
    let remind = json!({ "text": "tea", "at": in_an_hour(), "room": "general" });
    talk.request(&mut adas, json!({ "type": "remind", "payload": remind })).await;
    talk.request(&mut adas, json!({ "type": "later_list", "payload": {} })).await;
    talk.request(&mut adas, json!({ "type": "later_cancel", "payload": { "id": waiting } })).await;
    while talk.receive(&mut socket).await["type"] != "later_gone" {}
    let follow = json!({ "room": "general", "thread": id, "on": false });
    talk.request(&mut adas, json!({ "type": "thread_follow", "payload": follow })).await;
    while talk.receive(&mut socket).await["type"] != "thread_changed" {}
    while talk.receive(&mut socket).await["type"] != "ping" {}
    let pong = json!({ "type": "pong" });
    talk.fits("request.pong".into(), &pong);
    socket.send_text(pong.to_string()).await;
    create_secret_room(&server, &bo, &[&ada]).await;
    while talk.receive(&mut socket).await["type"] != "room_changed" {}
    let removed = server.request(Method::DELETE, "/api/rooms/secret/members/ada");
    removed.bearer_auth(&bo.token).send().await.unwrap();
    while talk.receive(&mut socket).await["type"] != "room_gone" {}
    let profile = server.request(Method::PATCH, "/api/me").bearer_auth(&bo.token);
    profile.json(&json!({ "about": "Runs the desk." })).send().await.unwrap();
    while talk.receive(&mut socket).await["type"] != "user_changed" {}
    let emoji = server.request(Method::PUT, "/api/emoji/blobcat").bearer_auth(&ada.token);
    emoji.body(png(9, 9)).send().await.unwrap();
    while talk.receive(&mut socket).await["type"] != "emoji_changed" {}
    talk.request(&mut socket, json!({ "type": "unsubscribe", "payload": { "room": "general" } }))
        .await;

    let all = talk.asyncapi["components"]["messages"].as_object().unwrap().keys().cloned();
    assert_eq!(talk.seen, all.collect(), "each message was seen once");
}

#[tokio::test]
async fn every_message_type_is_documented_with_its_reply() {
    let server = Server::start().await;
    let asyncapi = document(&server, "/api/asyncapi.json").await;
    for (kind, names) in
        [("request", Request::NAMES), ("response", Response::NAMES), ("event", Event::NAMES)]
    {
        for name in names {
            let message = &asyncapi["components"]["messages"][format!("{kind}.{name}")];
            assert_eq!(message["name"], *name, "{kind}");
            let reference = message["payload"]["$ref"].as_str().unwrap();
            let payload = asyncapi.pointer(reference.strip_prefix('#').unwrap()).unwrap();
            assert_eq!(payload["properties"]["type"]["const"], *name);
        }
    }
    // Signals have no response, only errors.
    let signals = ["pong", "typing", "draft", "presence"];
    for name in Request::NAMES.iter().filter(|name| !signals.contains(name)) {
        for channel in ["connection", "room"] {
            let replies =
                &asyncapi["operations"][format!("{channel}.request.{name}")]["reply"]["messages"];
            assert_eq!(
                replies.as_array().map(Vec::len),
                Some(2),
                "{name}: its response, and an error"
            );
        }
    }
}
