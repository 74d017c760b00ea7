//! Decoding of requests: accepted spellings, limits and errors.

use protocol::{
    Auth, Chat, Empty, ErrorCode, Request, Subscribe, decode_request, decode_server_message,
};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::compact;

#[wasm_bindgen_test]
#[test]
fn the_spellings_of_the_guide_are_accepted() {
    let (request, _) =
        decode_request(r#"{"type":"auth","token":"x"}"#).expect("a token beside the type");
    assert_eq!(request, Request::Auth(Auth { token: "x".into() }));
    let (request, _) =
        decode_request(r#"{"type":"subscribe","payload":{"channel":"news"}}"#).expect("channel");
    assert_eq!(
        request,
        Request::Subscribe(Subscribe { room: "news".into(), since: None, epoch: None, join: None })
    );
    for bare in [r#"{"type":"pong"}"#, r#"{"type":"pong","payload":null,"request_id":null}"#] {
        assert_eq!(decode_request(bare), Ok((Request::Pong(Empty {}), None)));
    }
}

#[wasm_bindgen_test]
#[test]
fn unknown_fields_and_events_are_ignored() {
    let chat =
        r#"{"type":"chat","payload":{"text":"hi","color":"green"},"request_id":null,"trace":[1]}"#;
    assert!(decode_request(chat).is_ok());
    let event = r#"{"type":"sunrise","payload":{"at":6},"request_id":null,
        "timestamp":"2025-11-24T16:00:00.123Z"}"#;
    assert!(
        decode_server_message(&compact(event)).is_ok_and(|received| received.message.is_none())
    );
}

#[wasm_bindgen_test]
#[test]
fn invalid_requests_are_explained_with_their_request_id() {
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
fn text_length_is_limited() {
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
fn a_text_that_shows_nothing_is_empty() {
    for text in ["", " ", "\u{2800}", "\u{200b}\u{fe0f}", "\u{3164} \u{ad}", "\u{301}"] {
        let chat = Chat { text: text.into(), ..Chat::default() };
        let faults = chat.invalid_fields();
        let messages: Vec<_> = faults.iter().map(|fault| fault.message.as_str()).collect();
        assert_eq!(messages, ["must not be empty"], "{}", text.escape_unicode());
        let shown = Chat { text: format!("{text}."), ..chat };
        assert!(shown.invalid_fields().is_empty(), "{}", text.escape_unicode());
    }
}

#[wasm_bindgen_test]
#[test]
fn text_may_contain_all_characters_but_nul() {
    let chat = |text: &str| {
        decode_request(&format!(
            r#"{{"type":"chat","payload":{{"room":"general","text":"{text}"}}}}"#
        ))
    };
    assert!(chat(r"tab\t, bell\u0007, \ud83e\udd80").is_ok());
    let error = chat(r"nul\u0000").expect_err("PostgreSQL cannot store it").error;
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
