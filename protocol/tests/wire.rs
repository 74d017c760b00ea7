//! Every message as it stands on the wire, on native targets and in WebAssembly alike. A change
//! here breaks clients.

use std::collections::BTreeSet;

use protocol::{
    Auth, Authenticated, Changed, Chat, ChatDelete, ChatDeleted, ChatEdit, ChatEdited, ChatReact,
    ChatReacted, ClientId, DefaultRoom, Empty, ErrorCode, ErrorPayload, Event, FieldError,
    Heartbeat, History, HistoryPage, LoggedEvent, Member, Members, MembersPage, Message, MessageId,
    OpId, Reaction, Read, ReadPosition, Received, Refused, Request, Response, Resume, ResumeRoom,
    Resumed, Role, Room, RoomId, RoomsPage, Sender, Sent, ServerMessage, Subscribe, Subscribed,
    System, SystemEvent, Timestamp, Typing, TypingUser, Unsubscribe, Unsubscribed, User, UserId,
    Welcome, decode_request, decode_server_message, encode_request,
};
use wasm_bindgen_test::wasm_bindgen_test;

const EPOCH: &str = "0f0e0d0c-0b0a-4908-8706-050403020100";

fn id(number: u128) -> uuid::Uuid {
    uuid::Uuid::from_u128(0x0198_0000_0000_7000_8000_0000_0000_0000 + number)
}

fn room() -> RoomId {
    RoomId(id(1))
}

fn ada() -> User {
    User { id: UserId(id(2)), username: "ada".into(), name: "Ada".into(), role: Role::Owner }
}

fn moment() -> Timestamp {
    Timestamp::from_millis(1_764_000_000_123)
}

fn message() -> Message {
    Message {
        id: MessageId(id(3)),
        room: room(),
        seq: 42,
        sender: Sender { id: ada().id, name: "Ada".into() },
        text: Some("hello".into()),
        sent_at: moment(),
        edited_at: None,
        reactions: Vec::new(),
        deleted: false,
    }
}

const MESSAGE: &str = r#"{"id":"01980000-0000-7000-8000-000000000003","room":"01980000-0000-7000-8000-000000000001","seq":42,"sender":{"id":"01980000-0000-7000-8000-000000000002","name":"Ada"},"text":"hello","sent_at":"2025-11-24T16:00:00.123Z"}"#;
const ID: &str = r#""01980000-0000-7000-8000-000000000003""#;
const OP: &str = r#""01980000-0000-7000-8000-000000000005""#;
const ROOM: &str = r#""01980000-0000-7000-8000-000000000001""#;
const ADA: &str =
    r#"{"id":"01980000-0000-7000-8000-000000000002","username":"ada","name":"Ada","role":"owner"}"#;

fn requests() -> Vec<(Request, String)> {
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
        (Request::Rooms(Empty {}), plain("{}")),
        (Request::Ping(Empty {}), plain("{}")),
        (Request::Pong(Empty {}), plain("{}")),
    ]
}

fn answers() -> Vec<(ServerMessage, String)> {
    let member = Member { user: ada(), online: true };
    let listed = Room {
        id: room(),
        slug: "general".into(),
        name: "General".into(),
        private: false,
        member: true,
        seq: 42,
        read_seq: 40,
        unread: 2,
        mentions: 1,
    };
    let changed = || Changed { id: message().id, room: room(), seq: 43 };
    let changed_json = format!(r#"{{"id":{ID},"room":{ROOM},"seq":43}}"#);
    let mut reacted = message();
    reacted.edited_at = Some(moment());
    reacted.reactions = vec![Reaction { user: ada().id, emoji: "🎉".into() }];
    let mut deleted = message();
    (deleted.text, deleted.deleted) = (None, true);
    vec![
        (Response::Auth(Authenticated { user: ada() }).into(), format!(r#"{{"user":{ADA}}}"#)),
        (
            Response::Subscribe(Subscribed {
                subscribed: "general".into(),
                room: room(),
                seq: 42,
                epoch: EPOCH.into(),
                recovered: true,
                events: vec![LoggedEvent(Event::Chat(message()))],
                messages: vec![],
                has_more: false,
            })
            .into(),
            format!(
                r#"{{"subscribed":"general","room":{ROOM},"seq":42,"epoch":"{EPOCH}","recovered":true,"events":[{{"type":"chat","payload":{MESSAGE}}}],"messages":[],"has_more":false}}"#
            ),
        ),
        (
            Response::Unsubscribe(Unsubscribed { unsubscribed: "general".into() }).into(),
            r#"{"unsubscribed":"general"}"#.into(),
        ),
        (
            Response::Chat(Sent { id: message().id, room: room(), seq: 42, sent_at: moment() }).into(),
            format!(
                r#"{{"id":"01980000-0000-7000-8000-000000000003","room":{ROOM},"seq":42,"sent_at":"2025-11-24T16:00:00.123Z"}}"#
            ),
        ),
        (
            Response::Resume(Resumed {
                rooms: vec![],
                refused: vec![Refused { room: "news".into(), error: ErrorPayload::new(ErrorCode::NotFound, "No.") }],
                has_more: false,
            })
            .into(),
            r#"{"rooms":[],"refused":[{"room":"news","error":{"detail":"No.","code":"not_found"}}],"has_more":false}"#
                .into(),
        ),
        (Response::ChatEdit(changed()).into(), changed_json.clone()),
        (Response::ChatDelete(changed()).into(), changed_json.clone()),
        (Response::ChatReact(changed()).into(), changed_json),
        (
            Response::Read(ReadPosition { room: room(), seq: 42 }).into(),
            format!(r#"{{"room":{ROOM},"seq":42}}"#),
        ),
        (
            Response::History(HistoryPage { room: room(), messages: vec![message(), reacted, deleted], has_more: true }).into(),
            format!(
                r#"{{"room":{ROOM},"messages":[{MESSAGE},{},{}],"has_more":true}}"#,
                MESSAGE.replace("123Z\"}", r#"123Z","edited_at":"2025-11-24T16:00:00.123Z","reactions":[{"user":"01980000-0000-7000-8000-000000000002","emoji":"🎉"}]}"#),
                MESSAGE.replace(r#""text":"hello","#, "").replace("123Z\"}", "123Z\",\"deleted\":true}")
            ),
        ),
        (
            Response::Members(MembersPage {
                room: room(),
                members: vec![member],
                total: 1,
                total_online: 1,
                has_more: false,
            })
            .into(),
            format!(
                r#"{{"room":{ROOM},"members":[{{"user":{ADA},"online":true}}],"total":1,"total_online":1,"has_more":false}}"#
            ),
        ),
        (
            Response::Rooms(RoomsPage { rooms: vec![listed] }).into(),
            format!(
                r#"{{"rooms":[{{"id":{ROOM},"slug":"general","name":"General","private":false,"member":true,"seq":42,"read_seq":40,"unread":2,"mentions":1}}]}}"#
            ),
        ),
        (
            ErrorPayload { retry_after_ms: Some(500), ..ErrorPayload::new(ErrorCode::Unavailable, "Later.") }.into(),
            r#"{"detail":"Later.","code":"unavailable","retry_after_ms":500}"#.into(),
        ),
        (
            ErrorPayload::invalid_format(vec![FieldError::new("text", "must not be empty")]).into(),
            r#"{"detail":"Invalid message format","code":"invalid_format","errors":[{"field":"text","message":"must not be empty"}]}"#.into(),
        ),
    ]
}

fn events() -> Vec<(ServerMessage, String)> {
    let welcome = Welcome {
        client_id: ClientId(id(4)),
        user: ada(),
        heartbeat: Heartbeat { interval_ms: 25_000, timeout_ms: 15_000 },
        node: "a1b2c3d4".into(),
        protocol: 1,
        build: "b51d".into(),
        default_room: Some(DefaultRoom { room: room(), seq: 42, epoch: EPOCH.into() }),
    };
    let joined = |event| System::new(room(), event, ada());
    let system = |event: &str, verb: &str| {
        format!(r#"{{"room":{ROOM},"event":"{event}","user":{ADA},"text":"Ada {verb}"}}"#)
    };
    vec![
        (
            Event::Welcome(Box::new(welcome)).into(),
            format!(
                r#"{{"client_id":"01980000-0000-7000-8000-000000000004","user":{ADA},"heartbeat":{{"interval_ms":25000,"timeout_ms":15000}},"node":"a1b2c3d4","protocol":1,"build":"b51d","default_room":{{"room":{ROOM},"seq":42,"epoch":"{EPOCH}"}}}}"#
            ),
        ),
        (Event::Chat(message()).into(), MESSAGE.into()),
        (
            Event::ChatEdited(ChatEdited {
                id: message().id,
                room: room(),
                seq: 43,
                message_seq: 42,
                text: Some("hullo".into()),
                edited_at: moment(),
            })
            .into(),
            format!(
                r#"{{"id":{ID},"room":{ROOM},"seq":43,"message_seq":42,"text":"hullo","edited_at":"2025-11-24T16:00:00.123Z"}}"#
            ),
        ),
        (
            Event::ChatDeleted(ChatDeleted {
                id: message().id,
                room: room(),
                seq: 44,
                message_seq: 42,
            })
            .into(),
            format!(r#"{{"id":{ID},"room":{ROOM},"seq":44,"message_seq":42}}"#),
        ),
        (
            Event::ChatReacted(ChatReacted {
                id: message().id,
                room: room(),
                seq: 45,
                message_seq: 42,
                user: ada().id,
                emoji: "🎉".into(),
                on: false,
            })
            .into(),
            format!(
                r#"{{"id":{ID},"room":{ROOM},"seq":45,"message_seq":42,"user":"01980000-0000-7000-8000-000000000002","emoji":"🎉","on":false}}"#
            ),
        ),
        (
            Event::Typing(TypingUser { room: room(), user: ada().into() }).into(),
            format!(
                r#"{{"room":{ROOM},"user":{{"id":"01980000-0000-7000-8000-000000000002","name":"Ada"}}}}"#
            ),
        ),
        (
            Event::Read(ReadPosition { room: room(), seq: 42 }).into(),
            format!(r#"{{"room":{ROOM},"seq":42}}"#),
        ),
        (Event::System(joined(SystemEvent::Joined)).into(), system("joined", "joined")),
        (Event::System(joined(SystemEvent::Left)).into(), system("left", "left")),
        (Event::System(joined(SystemEvent::Removed)).into(), system("removed", "was removed")),
        (Event::Ping(Empty {}).into(), "{}".into()),
        (Event::Pong(Empty {}).into(), "{}".into()),
    ]
}

#[wasm_bindgen_test]
#[test]
fn requests_stand_on_the_wire_like_this() {
    let mut seen = BTreeSet::new();
    for (request, payload) in requests() {
        let name = request.name();
        let text = encode_request(&request, Some("7"));
        assert_eq!(text, format!(r#"{{"type":"{name}","payload":{payload},"request_id":"7"}}"#));
        assert_eq!(decode_request(&text), Ok((request, Some("7".into()))));
        seen.insert(name);
    }
    assert_eq!(seen, BTreeSet::from_iter(Request::NAMES.iter().copied()), "each request is shown");
}

#[wasm_bindgen_test]
#[test]
fn answers_and_events_stand_on_the_wire_like_this() {
    let mut seen = BTreeSet::new();
    for (message, payload) in answers().into_iter().chain(events()) {
        let name = message.name();
        let text = message.encode(None, moment());
        let envelope = format!(
            r#"{{"type":"{name}","payload":{payload},"request_id":null,"timestamp":"2025-11-24T16:00:00.123Z"}}"#
        );
        assert_eq!(text, envelope);
        let received = decode_server_message(&text).map_err(|error| error.to_string());
        assert_eq!(
            received,
            Ok(Received { message: Some(message), request_id: None, timestamp: moment() })
        );
        seen.insert(name);
    }
    let all = Response::NAMES.iter().chain(Event::NAMES).copied().chain(["error"]);
    assert_eq!(seen, all.collect(), "each answer and each event is shown");
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
    assert_eq!(Event::LOGGED_NAMES, ["chat", "chat_edited", "chat_deleted", "chat_reacted"]);
}

#[wasm_bindgen_test]
#[test]
fn the_guides_spellings_are_understood() {
    let (request, _) =
        decode_request(r#"{"type":"auth","token":"x"}"#).expect("a token beside the type");
    assert_eq!(request, Request::Auth(Auth { token: "x".into() }));
    let (request, _) =
        decode_request(r#"{"type":"subscribe","payload":{"channel":"news"}}"#).expect("channel");
    assert_eq!(
        request,
        Request::Subscribe(Subscribe { room: "news".into(), since: None, epoch: None })
    );
    for bare in [r#"{"type":"pong"}"#, r#"{"type":"pong","payload":null,"request_id":null}"#] {
        assert_eq!(decode_request(bare), Ok((Request::Pong(Empty {}), None)));
    }
}

#[wasm_bindgen_test]
#[test]
fn what_a_newer_side_adds_is_ignored() {
    let chat =
        r#"{"type":"chat","payload":{"text":"hi","colour":"green"},"request_id":null,"trace":[1]}"#;
    assert!(decode_request(chat).is_ok());
    let event = r#"{"type":"sunrise","payload":{"at":6},"request_id":null,"timestamp":"2025-11-24T16:00:00.123Z"}"#;
    assert!(decode_server_message(event).is_ok_and(|received| received.message.is_none()));
}

#[wasm_bindgen_test]
#[test]
fn what_cannot_be_served_says_why_under_its_request_id() {
    let long_id = "x".repeat(65);
    let cases = [
        ("", ErrorCode::InvalidJson, None, ""),
        ("{", ErrorCode::InvalidJson, None, ""),
        (r#"{"type":"ping"} x"#, ErrorCode::InvalidJson, None, ""),
        ("[]", ErrorCode::InvalidFormat, None, ""),
        ("7", ErrorCode::InvalidFormat, None, ""),
        (r#"["ping",{},"7"]"#, ErrorCode::InvalidFormat, None, ""),
        (r#"{"request_id":"7"}"#, ErrorCode::InvalidFormat, Some("7"), "type"),
        (r#"{"type":7,"request_id":"7"}"#, ErrorCode::InvalidFormat, Some("7"), "type"),
        (r#"{"type":"ping","type":"pong"}"#, ErrorCode::InvalidFormat, None, ""),
        (
            r#"{"type":"ping","type":"pong","request_id":"7"}"#,
            ErrorCode::InvalidFormat,
            Some("7"),
            "",
        ),
        (r#"{"type":"ping","request_id":7}"#, ErrorCode::InvalidFormat, None, "request_id"),
        (
            &format!(r#"{{"type":"ping","request_id":"{long_id}"}}"#),
            ErrorCode::InvalidFormat,
            None,
            "request_id",
        ),
        (
            r#"{"type":"ping","payload":[],"request_id":"7"}"#,
            ErrorCode::InvalidFormat,
            Some("7"),
            "payload",
        ),
        (
            r#"{"type":"chat","payload":{},"request_id":"7"}"#,
            ErrorCode::InvalidFormat,
            Some("7"),
            "text",
        ),
        (
            r#"{"type":"chat","payload":{"text":""},"request_id":"7"}"#,
            ErrorCode::InvalidFormat,
            Some("7"),
            "text",
        ),
        (
            r#"{"type":"chat","payload":{"text":7},"request_id":"7"}"#,
            ErrorCode::InvalidFormat,
            Some("7"),
            "text",
        ),
        (
            r#"{"type":"history","payload":{"before":1,"after":2}}"#,
            ErrorCode::InvalidFormat,
            None,
            "before",
        ),
        (r#"{"type":"dance","request_id":"7"}"#, ErrorCode::UnknownType, Some("7"), ""),
    ];
    for (text, code, request_id, field) in cases {
        let rejected = decode_request(text).expect_err(text);
        assert_eq!(
            (rejected.error.code, rejected.request_id.as_deref()),
            (code, request_id),
            "{text}"
        );
        let fields: Vec<_> =
            rejected.error.errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(
            fields,
            if code == ErrorCode::InvalidFormat { vec![field] } else { vec![] },
            "{text}"
        );
    }
}

#[wasm_bindgen_test]
#[test]
fn texts_may_have_the_longest_length_and_no_more() {
    let chat = |chars| format!(r#"{{"type":"chat","payload":{{"text":"{}"}}}}"#, "ä".repeat(chars));
    assert!(decode_request(&chat(10_000)).is_ok());
    assert_eq!(
        decode_request(&chat(10_001)).expect_err("too long").error.code,
        ErrorCode::InvalidFormat
    );
    let id = |chars| format!(r#"{{"type":"ping","request_id":"{}"}}"#, "ä".repeat(chars));
    assert!(decode_request(&id(64)).is_ok());
}

#[wasm_bindgen_test]
#[test]
fn a_text_holds_all_characters_but_the_one_that_not_every_store_keeps() {
    let chat = |text: &str| {
        decode_request(&format!(
            r#"{{"type":"chat","payload":{{"room":"general","text":"{text}"}}}}"#
        ))
    };
    assert!(chat(r"tab\t, bell\u0007, \ud83e\udd80").is_ok());
    let error = chat(r"nul\u0000").expect_err("not kept by PostgreSQL").error;
    assert_eq!((error.code, error.errors.len()), (ErrorCode::InvalidFormat, 1));
}

#[wasm_bindgen_test]
#[test]
fn ids_are_compared_by_value() {
    let spelled = |id: &str| format!(r#"{{"type":"chat","payload":{{"text":"x","id":"{id}"}}}}"#);
    let plain = decode_request(&spelled("0198aaaa-0000-7000-8000-000000000003"));
    assert!(plain.is_ok());
    assert_eq!(plain, decode_request(&spelled("0198AAAA000070008000000000000003")));
}
