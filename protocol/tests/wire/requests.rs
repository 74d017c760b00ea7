//! Every request with its payload as JSON.

use protocol::{
    Auth, Chat, ChatDelete, ChatEdit, ChatPin, ChatPreviews, ChatReact, Draft, Edits, Empty,
    Favourite, FileId, Files, History, Later, LaterCancel, LaterList, ListRooms, Members, Notify,
    NotifyLevel, OpId, Pins, Read, Remind, Request, Resume, ResumeRoom, Search, Subscribe,
    ThreadFollow, Threads, Typing, Unsubscribe, Visibility,
};

use crate::{EPOCH, ID, OP, ROOM, id, message, room, timestamp};

pub(crate) fn requests() -> Vec<(Request, String)> {
    let plain = |payload: &str| payload.to_owned();
    vec![
        (Request::Auth(Auth { token: "x.y.z".into() }), plain(r#"{"token":"x.y.z"}"#)),
        (
            Request::Subscribe(Subscribe {
                room: "general".into(),
                since: None,
                epoch: None,
                join: None,
            }),
            plain(r#"{"room":"general"}"#),
        ),
        (
            Request::Subscribe(Subscribe {
                room: "general".into(),
                since: Some(41),
                epoch: Some(EPOCH.into()),
                join: Some(false),
            }),
            format!(r#"{{"room":"general","since":41,"epoch":"{EPOCH}","join":false}}"#),
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
                ..Default::default()
            }),
            format!(
                r#"{{"room":{ROOM},"text":"hello","id":"01980000-0000-7000-8000-000000000003"}}"#
            ),
        ),
        (
            Request::Chat(Chat {
                room: None,
                text: "hello".into(),
                id: None,
                ..Default::default()
            }),
            plain(r#"{"text":"hello"}"#),
        ),
        (
            Request::Chat(Chat { files: vec![FileId(id(5))], ..Default::default() }),
            format!(r#"{{"text":"","files":[{OP}]}}"#),
        ),
        (
            Request::ChatEdit(ChatEdit {
                id: message().id,
                text: "hullo".into(),
                files: Some(Vec::new()),
                ..Default::default()
            }),
            format!(r#"{{"id":{ID},"text":"hullo","files":[]}}"#),
        ),
        (
            Request::Resume(Resume {
                epoch: Some(EPOCH.into()),
                rooms: vec![
                    ResumeRoom { room: room().into(), since: Some(41) },
                    ResumeRoom { room: "news".into(), since: None },
                ],
                join: Some(false),
            }),
            format!(
                r#"{{"epoch":"{EPOCH}","join":false,"rooms":[{},{{"room":"news"}}]}}"#,
                format_args!(r#"{{"room":{ROOM},"since":41}}"#)
            ),
        ),
        (
            Request::ChatEdit(ChatEdit {
                room: Some("general".into()),
                id: message().id,
                op: Some(OpId(id(5))),
                text: "hullo".into(),
                files: None,
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
        (
            Request::Typing(Typing { room: Some("general".into()), thread: None }),
            plain(r#"{"room":"general"}"#),
        ),
        (
            Request::Read(Read { room: Some("general".into()), seq: 42, ..Default::default() }),
            plain(r#"{"room":"general","seq":42}"#),
        ),
        (
            Request::Read(Read { seq: 42, thread: Some(message().id), back: true, room: None }),
            format!(r#"{{"seq":42,"thread":{ID},"back":true}}"#),
        ),
        (
            Request::Chat(Chat {
                text: "hello".into(),
                reply_to: Some(message().id),
                thread: Some(message().id),
                in_room: true,
                ..Chat::default()
            }),
            format!(r#"{{"text":"hello","reply_to":{ID},"thread":{ID},"in_room":true}}"#),
        ),
        (
            Request::Chat(Chat {
                text: "https://example.org".into(),
                previews: Some(false),
                ..Chat::default()
            }),
            plain(r#"{"text":"https://example.org","previews":false}"#),
        ),
        (
            Request::ChatPreviews(ChatPreviews {
                room: Some("general".into()),
                id: message().id,
                op: Some(OpId(id(5))),
                on: false,
            }),
            format!(r#"{{"room":"general","id":{ID},"op":{OP},"on":false}}"#),
        ),
        (
            Request::ChatPin(ChatPin {
                room: Some("general".into()),
                id: message().id,
                op: Some(OpId(id(5))),
                on: true,
            }),
            format!(r#"{{"room":"general","id":{ID},"op":{OP},"on":true}}"#),
        ),
        (
            Request::Notify(Notify { room: "general".into(), level: NotifyLevel::Nothing }),
            plain(r#"{"room":"general","level":"nothing"}"#),
        ),
        (
            Request::Favourite(Favourite { room: "general".into(), on: true }),
            plain(r#"{"room":"general","on":true}"#),
        ),
        (
            Request::ThreadFollow(ThreadFollow {
                room: "general".into(),
                thread: message().id,
                on: false,
            }),
            format!(r#"{{"room":"general","thread":{ID},"on":false}}"#),
        ),
        (
            Request::Draft(Draft {
                room: "general".into(),
                thread: Some(message().id),
                text: "begun".into(),
                at: message().sent_at,
            }),
            format!(
                r#"{{"room":"general","thread":{ID},"text":"begun",
                "at":"2025-11-24T16:00:00.123Z"}}"#
            ),
        ),
        (Request::Drafts(Empty {}), plain("{}")),
        (
            Request::Later(Later {
                room: "general".into(),
                text: "Good morning".into(),
                at: message().sent_at,
                id: Some(message().id),
                reply_to: None,
                thread: Some(message().id),
                in_room: true,
                files: Vec::new(),
                previews: Some(false),
            }),
            format!(
                r#"{{"room":"general","text":"Good morning","at":"2025-11-24T16:00:00.123Z",
                "id":{ID},"thread":{ID},"in_room":true,"previews":false}}"#
            ),
        ),
        (
            Request::Remind(Remind {
                at: message().sent_at,
                text: "call back".into(),
                id: None,
                room: Some("general".into()),
                message: Some(message().id),
            }),
            format!(
                r#"{{"at":"2025-11-24T16:00:00.123Z","text":"call back","room":"general",
                "message":{ID}}}"#
            ),
        ),
        (Request::LaterCancel(LaterCancel { id: message().id }), format!(r#"{{"id":{ID}}}"#)),
        (Request::LaterList(LaterList { after: None }), plain("{}")),
        (Request::Presence(Visibility { visible: false }), plain(r#"{"visible":false}"#)),
        (
            Request::Threads(Threads { cursor: Some("x".into()), limit: Some(2) }),
            plain(r#"{"cursor":"x","limit":2}"#),
        ),
        (
            Request::Files(Files {
                room: Some("general".into()),
                before: Some(9),
                limit: None,
                query: Some("plan".into()),
            }),
            plain(r#"{"room":"general","before":9,"query":"plan"}"#),
        ),
        (
            Request::Search(Search { query: "plan".into(), ..Default::default() }),
            plain(r#"{"query":"plan"}"#),
        ),
        (
            Request::Search(Search {
                query: "on:2026-11-30".into(),
                room: Some("general".into()),
                cursor: Some("x".into()),
                limit: Some(2),
                time_zone: Some("Europe/Berlin".into()),
            }),
            plain(
                r#"{"query":"on:2026-11-30","room":"general","cursor":"x","limit":2,
                "time_zone":"Europe/Berlin"}"#,
            ),
        ),
        (
            Request::Pins(Pins { room: Some("general".into()), after: None }),
            plain(r#"{"room":"general"}"#),
        ),
        (
            Request::Pins(Pins { room: None, after: Some(message().id) }),
            format!(r#"{{"after":{ID}}}"#),
        ),
        (
            Request::Edits(Edits { id: message().id, ..Edits::default() }),
            format!(r#"{{"id":{ID}}}"#),
        ),
        (
            Request::Edits(Edits {
                room: Some("general".into()),
                id: message().id,
                after: Some(42),
            }),
            format!(r#"{{"room":"general","id":{ID},"after":42}}"#),
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
