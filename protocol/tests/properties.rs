//! What holds for all that anybody may send: no text brings the parser down, and each is answered
//! as the contract says.
#![cfg(not(target_arch = "wasm32"))]

use proptest::{collection::vec, option, prelude::*, sample::Index};
use protocol::{
    Auth, Chat, ChatDelete, ChatEdit, ChatReact, Empty, ErrorCode, History, Members, MessageId,
    OpId, Read, Rejected, Request, Resume, ResumeRoom, RoomName, Subscribe, Timestamp, Typing,
    Unsubscribe, decode_request, decode_server_message, encode_request,
    envelope::read_body,
    http::{ChangePassword, Login, NewInvite, NewMember, NewRole, NewRoom, Register},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};
use uuid::Uuid;

fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

fn room() -> impl Strategy<Value = RoomName> {
    prop_oneof!["[a-z0-9][a-z0-9-]{0,63}", any::<String>()].prop_map(RoomName)
}

fn number() -> impl Strategy<Value = Option<u64>> {
    option::of(any::<u64>())
}

/// Any request that can be served, of any type.
fn request() -> impl Strategy<Value = Request> {
    let text = || any::<String>().prop_map(|text| if text.is_empty() { "a".into() } else { text });
    let message_id = || any::<u128>().prop_map(|id| MessageId(Uuid::from_u128(id)));
    let change = || {
        let op = option::of(any::<u128>().prop_map(|id| OpId(Uuid::from_u128(id))));
        (option::of(room()), message_id(), op)
    };
    let resumed = (room(), number()).prop_map(|(room, since)| ResumeRoom { room, since });
    let subscribe = (room(), number(), option::of(any::<String>()));
    let members = (room(), option::of(any::<String>()), number());
    prop_oneof![
        any::<String>().prop_map(|token| Request::Auth(Auth { token })),
        subscribe.prop_map(|(room, since, epoch)| Request::Subscribe(Subscribe {
            room,
            since,
            epoch
        })),
        room().prop_map(|room| Request::Unsubscribe(Unsubscribe { room })),
        (option::of(room()), text(), option::of(message_id()))
            .prop_map(|(room, text, id)| Request::Chat(Chat { room, text, id })),
        (option::of(room()), 0..4, any::<u64>(), number()).prop_map(
            |(room, cursor, seq, limit)| {
                let cursor = |number| (cursor == number).then_some(seq);
                Request::History(History {
                    room,
                    before: cursor(1),
                    after: cursor(2),
                    around: cursor(3),
                    limit,
                })
            }
        ),
        (option::of(any::<String>()), vec(resumed, 0..4))
            .prop_map(|(epoch, rooms)| Request::Resume(Resume { epoch, rooms })),
        (change(), text()).prop_map(|((room, id, op), text)| Request::ChatEdit(ChatEdit {
            room,
            id,
            op,
            text
        })),
        change().prop_map(|(room, id, op)| Request::ChatDelete(ChatDelete { room, id, op })),
        (change(), "[👍🎉🏽]{1,32}", any::<bool>()).prop_map(|((room, id, op), emoji, on)| {
            Request::ChatReact(ChatReact { room, id, op, emoji, on })
        }),
        option::of(room()).prop_map(|room| Request::Typing(Typing { room })),
        (option::of(room()), any::<u64>())
            .prop_map(|(room, seq)| Request::Read(Read { room, seq })),
        members.prop_map(|(room, after, limit)| Request::Members(Members { room, after, limit })),
        Just(Request::Rooms(Empty {})),
        Just(Request::Ping(Empty {})),
        Just(Request::Pong(Empty {})),
    ]
}

fn request_id() -> impl Strategy<Value = Option<String>> {
    option::of(vec(any::<char>(), 0..=64).prop_map(String::from_iter))
}

/// Any JSON, nested a little.
fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        "[a-z0-9-]{0,80}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 6, |inner| {
        let key = prop_oneof![3 => field(), 1 => any::<String>()];
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::from),
            vec((key, inner), 0..6).prop_map(|fields| fields.into_iter().collect()),
        ]
    })
}

/// A name that the protocol has for something.
fn field() -> impl Strategy<Value = String> {
    const NAMES: &[&str] = &[
        "type",
        "payload",
        "request_id",
        "token",
        "room",
        "channel",
        "text",
        "id",
        "since",
        "epoch",
        "limit",
    ];
    proptest::sample::select(NAMES).prop_map(str::to_owned)
}

fn message_type() -> impl Strategy<Value = Value> {
    let name = proptest::sample::select(Request::NAMES).prop_map(Value::from);
    prop_oneof![8 => name, 1 => any::<String>().prop_map(Value::from), 1 => json()]
}

/// An object with the fields of an envelope, each perhaps missing or of any kind.
fn envelope() -> impl Strategy<Value = Map<String, Value>> {
    let payload = prop_oneof![
        2 => request().prop_map(|request| serde_json::to_value(request).expect("JSON")),
        2 => json(),
        1 => Just(json!({})),
    ];
    let id = prop_oneof![3 => request_id().prop_map(Value::from), 1 => json()];
    let more = vec((any::<String>(), json()), 0..3);
    (
        option::weighted(0.9, message_type()),
        option::of(payload),
        option::of(id),
        option::weighted(0.1, json()),
        more,
    )
        .prop_map(|(name, payload, id, token, more)| {
            let known =
                [("type", name), ("payload", payload), ("request_id", id), ("token", token)];
            let known =
                known.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
            more.into_iter().chain(known).collect()
        })
}

/// An object with the fields of HTTP calls, each perhaps of a wrong kind.
fn body() -> impl Strategy<Value = Value> {
    const NAMES: &[&str] = &[
        "username",
        "password",
        "display_name",
        "invite",
        "current",
        "new",
        "name",
        "slug",
        "private",
        "user",
        "expires_in",
        "uses",
        "role",
    ];
    let name = prop_oneof![8 => proptest::sample::select(NAMES).prop_map(str::to_owned), 1 => any::<String>()];
    let value = prop_oneof![4 => any::<String>().prop_map(Value::from), 1 => json()];
    vec((name, value), 0..8).prop_map(|fields| fields.into_iter().collect())
}

/// Checks the answer to a body; returns what was read.
fn read_as<T: Serialize + DeserializeOwned>(body: &[u8]) -> Result<Option<Value>, TestCaseError> {
    match read_body::<T>(body) {
        Ok(read) => {
            let read = serde_json::to_value(read).expect("JSON");
            let text = read.to_string();
            let again: T = read_body(text.as_bytes()).expect("what was read, written");
            prop_assert_eq!(serde_json::to_value(again).expect("JSON"), read.clone());
            let first = body.trim_ascii_start().first();
            prop_assert_eq!(first, Some(&b'{'));
            Ok(Some(read))
        }
        Err(error) => {
            let faults = error.errors.clone();
            let code = error.code;
            check_answer(&Rejected { request_id: None, error })?;
            if code == ErrorCode::InvalidJson {
                prop_assert!(serde_json::from_slice::<Value>(body).is_err());
            }
            for fault in faults {
                prop_assert!(
                    !fault.message.contains("struct"),
                    "for programmers: {}",
                    fault.message
                );
            }
            Ok(None)
        }
    }
}

fn read_as_each(body: &[u8]) -> Result<(), TestCaseError> {
    read_as::<Register>(body)?;
    read_as::<Login>(body)?;
    read_as::<ChangePassword>(body)?;
    read_as::<NewRoom>(body)?;
    read_as::<NewMember>(body)?;
    read_as::<NewInvite>(body)?;
    read_as::<NewRole>(body)?;
    Ok(())
}

/// Whether an answer is one of section 1 of the contract.
fn check_answer(rejected: &Rejected) -> Result<(), TestCaseError> {
    let error = &rejected.error;
    match error.code {
        ErrorCode::InvalidJson => prop_assert_eq!(&error.detail, "Invalid JSON"),
        ErrorCode::InvalidFormat => {
            prop_assert_eq!(&error.detail, "Invalid message format");
            prop_assert!(!error.errors.is_empty(), "invalid_format says where");
            prop_assert!(error.errors.iter().all(|fault| !fault.message.is_empty()));
        }
        ErrorCode::UnknownType => prop_assert!(error.detail.starts_with("Unknown message type: ")),
        other => prop_assert!(false, "{other:?} is not for what cannot be read"),
    }
    prop_assert_eq!(error.errors.is_empty(), error.code != ErrorCode::InvalidFormat);
    prop_assert_eq!(error.retry_after_ms, None);
    Ok(())
}

fn readable_id(value: Option<&Value>) -> Option<String> {
    let id = value?.as_str()?;
    (id.chars().count() <= 64).then(|| id.to_owned())
}

fn is_bad_id(value: Option<&Value>) -> bool {
    value.is_some_and(|id| !id.is_null()) && readable_id(value).is_none()
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn what_a_client_writes_is_what_the_server_reads(request in request(), id in request_id()) {
        let text = encode_request(&request, id.as_deref());
        prop_assert_eq!(decode_request(&text), Ok((request, id)));
    }

    #[test]
    fn any_text_is_read_or_answered(text in any::<String>()) {
        let answer = decode_request(&text).expect_err("no such text is a request");
        check_answer(&answer)?;
        let _ = decode_server_message(&text);
    }

    #[test]
    fn any_json_is_read_or_answered_as_json(value in json()) {
        let text = value.to_string();
        if let Err(rejected) = decode_request(&text) {
            check_answer(&rejected)?;
            prop_assert_ne!(rejected.error.code, ErrorCode::InvalidJson);
            prop_assert!(value.is_object() || rejected.error.code == ErrorCode::InvalidFormat);
            prop_assert_eq!(rejected.request_id, readable_id(value.get("request_id")));
        }
        let _ = decode_server_message(&text);
    }

    #[test]
    fn any_envelope_is_answered_under_its_id(fields in envelope()) {
        let id = readable_id(fields.get("request_id"));
        let name = fields.get("type").and_then(Value::as_str);
        match decode_request(&Value::from(fields.clone()).to_string()) {
            Ok((request, read)) => {
                prop_assert_eq!(read, id);
                prop_assert_eq!(Some(request.name()), name);
                prop_assert!(request.faults().is_empty());
            }
            Err(rejected) => {
                check_answer(&rejected)?;
                prop_assert_eq!(rejected.request_id, id);
                let known = name.is_none_or(|name| Request::NAMES.contains(&name));
                let fits = !is_bad_id(fields.get("request_id"))
                    && fields.get("payload").is_none_or(|payload| payload.is_object() || payload.is_null());
                let expected = if known || !fits { ErrorCode::InvalidFormat } else { ErrorCode::UnknownType };
                prop_assert_eq!(rejected.error.code, expected);
            }
        }
    }

    #[test]
    fn a_damaged_request_is_answered(request in request(), id in request_id(), damage in vec((any::<Index>(), any::<char>()), 1..4), cut in option::of(any::<Index>())) {
        let mut letters: Vec<char> = encode_request(&request, id.as_deref()).chars().collect();
        for (at, letter) in damage {
            let at = at.index(letters.len());
            letters[at] = letter;
        }
        if let Some(cut) = cut {
            letters.truncate(cut.index(letters.len()));
        }
        let text = String::from_iter(letters);
        if let Err(rejected) = decode_request(&text) {
            check_answer(&rejected)?;
            if let Ok(value) = serde_json::from_str::<Value>(&text) {
                prop_assert_ne!(rejected.error.code, ErrorCode::InvalidJson);
                prop_assert_eq!(rejected.request_id, readable_id(value.get("request_id")));
            }
        }
    }

    #[test]
    fn order_space_and_unknown_fields_change_nothing(
        request in request(),
        id in request_id(),
        order in Just(["type", "payload", "request_id", "else"]).prop_shuffle(),
        space in "[ \t\r\n]{0,3}",
        more in json(),
    ) {
        let payload = serde_json::to_string(&request).expect("JSON");
        let fields = order.map(|name| {
            let value = match name {
                "type" => json!(request.name()).to_string(),
                "payload" => payload.clone(),
                "request_id" => json!(id).to_string(),
                _ => more.to_string(),
            };
            format!("{space}\"{name}\"{space}:{space}{value}{space}")
        });
        let text = format!("{space}{{{}}}{space}", fields.join(","));
        prop_assert_eq!(decode_request(&text), Ok((request, id)));
    }

    #[test]
    fn a_field_that_is_there_twice_is_answered(request in request(), id in "[a-z]{1,64}", name in any::<bool>()) {
        let text = encode_request(&request, Some(&id));
        let twice = if name { r#"{"type":"chat","# } else { r#"{"payload":{},"# };
        let rejected = decode_request(&text.replacen('{', twice, 1)).expect_err("which one counts?");
        check_answer(&rejected)?;
        prop_assert_eq!((rejected.error.code, rejected.request_id), (ErrorCode::InvalidFormat, Some(id)));
    }

    #[test]
    fn depth_does_no_harm(depth in 0..5_000_usize, open in "[\\[{]", inside in any::<bool>()) {
        let nested = if open == "[" { "[".repeat(depth) } else { r#"{"a":"#.repeat(depth) };
        let closed = nested.clone() + "1" + &(if open == "[" { "]" } else { "}" }).repeat(depth);
        for nested in [nested, closed] {
            let text =
                if inside { format!(r#"{{"type":"chat","request_id":"1","payload":{nested}}}"#) } else { nested };
            check_answer(&decode_request(&text).expect_err("no request"))?;
        }
    }

    #[test]
    fn any_bytes_are_a_body_or_answered(body in vec(any::<u8>(), 0..200)) {
        read_as_each(&body)?;
    }

    #[test]
    fn any_json_is_a_body_or_answered(body in prop_oneof![3 => body(), 1 => json()]) {
        read_as_each(body.to_string().as_bytes())?;
    }

    #[test]
    fn a_damaged_body_is_answered(
        body in body(),
        damage in vec((any::<Index>(), any::<u8>()), 1..4),
        cut in any::<Index>(),
    ) {
        let mut body = body.to_string().into_bytes();
        for (at, byte) in damage {
            let at = at.index(body.len());
            body[at] = byte;
        }
        read_as_each(&body)?;
        read_as_each(&body[..cut.index(body.len())])?;
    }

    #[test]
    fn a_body_that_fits_is_read(
        username in any::<String>(),
        password in any::<String>(),
        invite in any::<Option<String>>(),
        more in json(),
    ) {
        let body = json!({"username": username, "password": password, "invite": invite, "more": more}).to_string();
        let read = read_as::<Register>(body.as_bytes())?.expect("it fits");
        prop_assert_eq!(&read["username"], &json!(username));
        prop_assert_eq!(&read["password"], &json!(password));
        prop_assert_eq!(read.get("invite").cloned(), invite.map(Value::from));
    }

    #[test]
    fn a_moment_is_read_as_it_is_written(millis in any::<i64>(), spread in -62_167_219_200_000..253_402_207_200_000_i64) {
        for millis in [millis, spread] {
            let moment = Timestamp::from_millis(millis);
            let text = moment.to_string();
            prop_assert_eq!(text.len(), 24);
            prop_assert_eq!(text.parse(), Ok(moment));
        }
        prop_assert_eq!(Timestamp::from_millis(spread).as_millis(), spread);
    }

    #[test]
    fn any_text_is_a_moment_or_none(text in prop_oneof![any::<String>(), "[0-9TtZz:+. -]{0,40}"]) {
        if let Ok(moment) = text.parse::<Timestamp>() {
            prop_assert_eq!(moment.to_string().parse(), Ok(moment));
        }
    }
}

proptest! {
    #![proptest_config(cases(2000))]

    #[test]
    fn moments_are_read_and_refused_as_a_calendar_library_does(
        (year, month, day) in (1..9999_u32, 0..15_u32, 0..34_u32),
        (hour, minute, second) in (0..26_u32, 0..62_u32, 0..60_u32),
        decimals in "(\\.[0-9]{1,9})?",
        offset in prop_oneof![
            Just("Z".to_owned()),
            (prop_oneof![Just('+'), Just('-')], 0..25_u32, 0..61_u32)
                .prop_map(|(sign, hours, minutes)| format!("{sign}{hours:02}:{minutes:02}")),
        ],
    ) {
        let text = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{decimals}{offset}");
        // Every offset of RFC 3339 counts: up to 23:59, as the library has it up to 25:59.
        let theirs = text.parse::<jiff::Timestamp>().ok().filter(|_| !offset[1..].starts_with("24"));
        let theirs = theirs.map(|moment| Timestamp::from_millis(moment.as_nanosecond().div_euclid(1_000_000) as i64));
        prop_assert_eq!(text.parse().ok(), theirs, "{}", text);
    }
}

#[test]
fn an_array_has_no_id() {
    let rejected = decode_request(r#"["7"]"#).expect_err("no envelope");
    assert_eq!((rejected.error.code, rejected.request_id), (ErrorCode::InvalidFormat, None));
}

#[test]
fn null_in_place_of_a_word_is_a_fault_of_its_field() {
    let error = read_body::<NewRole>(br#"{"role":null}"#).expect_err("no role");
    assert_eq!((error.code, error.errors[0].field.as_str()), (ErrorCode::InvalidFormat, "role"));
    let error = read_body::<Login>(b"[]").expect_err("no object");
    assert_eq!(
        (error.code, error.errors[0].message.as_str()),
        (ErrorCode::InvalidFormat, "must be a JSON object")
    );
    for body in [&b"{\"role\":\"\xff\"}"[..], b"", b"{", b"{\"role\":5} {"] {
        assert_eq!(
            read_body::<NewRole>(body).expect_err("no JSON").code,
            ErrorCode::InvalidJson,
            "{body:?}"
        );
    }
}
