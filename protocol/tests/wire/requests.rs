//! Every request with its payload as JSON.

use protocol::{
    Auth, Chat, ChatDelete, ChatEdit, ChatReact, Empty, History, ListRooms, Members, OpId, Read,
    Request, Resume, ResumeRoom, Subscribe, Typing, Unsubscribe,
};

use crate::{EPOCH, ID, OP, ROOM, id, message, room, timestamp};

pub(crate) fn requests() -> Vec<(Request, String)> {
    let plain = |payload: &str| payload.to_owned();
    vec![
        (Request::Auth(Auth { token: "x.y.z".into() }), plain(r#"{"token":"x.y.z"}"#)),
        (
            Request::Subscribe(Subscribe { room: "general".into(), since: None, epoch: None }),
            plain(r#"{"room":"general"}"#),
        ),
        (
            Request::Subscribe(Subscribe {
                room: "general".into(),
                since: Some(41),
                epoch: Some(EPOCH.into()),
            }),
            format!(r#"{{"room":"general","since":41,"epoch":"{EPOCH}"}}"#),
        ),
        (
            Request::Unsubscribe(Unsubscribe { room: "general".into() }),
            plain(r#"{"room":"general"}"#),
        ),
        (
            Request::Chat(Chat {
                room: Some(room().into()),
                text: "hello".into(),
                id: Some(message().id),
            }),
            format!(
                r#"{{"room":{ROOM},"text":"hello","id":"01980000-0000-7000-8000-000000000003"}}"#
            ),
        ),
        (
            Request::Chat(Chat { room: None, text: "hello".into(), id: None }),
            plain(r#"{"text":"hello"}"#),
        ),
        (
            Request::Resume(Resume {
                epoch: Some(EPOCH.into()),
                rooms: vec![
                    ResumeRoom { room: room().into(), since: Some(41) },
                    ResumeRoom { room: "news".into(), since: None },
                ],
            }),
            format!(
                r#"{{"epoch":"{EPOCH}","rooms":[{{"room":{ROOM},"since":41}},{{"room":"news"}}]}}"#
            ),
        ),
        (
            Request::ChatEdit(ChatEdit {
                room: Some("general".into()),
                id: message().id,
                op: Some(OpId(id(5))),
                text: "hullo".into(),
            }),
            format!(r#"{{"room":"general","id":{ID},"op":{OP},"text":"hullo"}}"#),
        ),
        (
            Request::ChatDelete(ChatDelete {
                room: Some("general".into()),
                id: message().id,
                op: None,
            }),
            format!(r#"{{"room":"general","id":{ID}}}"#),
        ),
        (
            Request::ChatReact(ChatReact {
                room: Some("general".into()),
                id: message().id,
                op: Some(OpId(id(5))),
                emoji: "🎉".into(),
                on: true,
            }),
            format!(r#"{{"room":"general","id":{ID},"op":{OP},"emoji":"🎉","on":true}}"#),
        ),
        (Request::Typing(Typing { room: Some("general".into()) }), plain(r#"{"room":"general"}"#)),
        (
            Request::Read(Read { room: Some("general".into()), seq: 42 }),
            plain(r#"{"room":"general","seq":42}"#),
        ),
        (Request::History(History::default()), plain("{}")),
        (
            Request::History(History {
                room: Some("general".into()),
                before: Some(42),
                limit: Some(10),
                ..History::default()
            }),
            plain(r#"{"room":"general","before":42,"limit":10}"#),
        ),
        (
            Request::Members(Members {
                room: "general".into(),
                after: Some("ada".into()),
                limit: Some(2),
            }),
            plain(r#"{"room":"general","after":"ada","limit":2}"#),
        ),
        (Request::Rooms(ListRooms::default()), plain("{}")),
        (
            Request::Rooms(ListRooms {
                after: Some("general".into()),
                limit: Some(2),
                changed_since: Some(timestamp()),
            }),
            plain(r#"{"after":"general","limit":2,"changed_since":"2025-11-24T16:00:00.123Z"}"#),
        ),
        (Request::Ping(Empty {}), plain("{}")),
        (Request::Pong(Empty {}), plain("{}")),
    ]
}
