//! Decoding of requests and envelopes.

use proptest::{collection::vec, option, prelude::*, sample::Index};
use protocol::{ErrorCode, Request, decode_request, decode_server_message, encode_request};
use serde_json::{Value, json};

use crate::{
    check_error, is_bad_id, readable_id,
    strategies::{config, envelope, json, request, request_id},
};

proptest! {
    #![proptest_config(config(256))]

    #[test]
    fn an_encoded_request_is_decoded_unchanged(request in request(), id in request_id()) {
        let text = encode_request(&request, id.as_deref());
        prop_assert_eq!(decode_request(&text), Ok((request, id)));
    }

    #[test]
    fn any_text_is_decoded_or_gets_an_error(text in any::<String>()) {
        let rejected = decode_request(&text).expect_err("random text is not a request");
        check_error(&rejected)?;
        let _ = decode_server_message(&text);
    }

    #[test]
    fn any_json_is_decoded_or_gets_an_error(value in json()) {
        let text = value.to_string();
        if let Err(rejected) = decode_request(&text) {
            check_error(&rejected)?;
            prop_assert_ne!(rejected.error.code, ErrorCode::InvalidJson);
            prop_assert!(value.is_object() || rejected.error.code == ErrorCode::InvalidFormat);
            prop_assert_eq!(rejected.request_id, readable_id(value.get("request_id")));
        }
        let _ = decode_server_message(&text);
    }

    #[test]
    fn an_error_has_the_request_id_of_any_envelope(fields in envelope()) {
        let id = readable_id(fields.get("request_id"));
        let name = fields.get("type").and_then(Value::as_str);
        match decode_request(&Value::from(fields.clone()).to_string()) {
            Ok((request, read)) => {
                prop_assert_eq!(read, id);
                prop_assert_eq!(Some(request.name()), name);
                prop_assert!(request.has_retry_id() || request.faults().is_empty());
            }
            Err(rejected) => {
                check_error(&rejected)?;
                prop_assert_eq!(rejected.request_id, id);
                let known = name.is_none_or(|name| Request::NAMES.contains(&name));
                let fits = !is_bad_id(fields.get("request_id"))
                    && fields
                        .get("payload")
                        .is_none_or(|payload| payload.is_object() || payload.is_null());
                let expected = if known || !fits {
                    ErrorCode::InvalidFormat
                } else {
                    ErrorCode::UnknownType
                };
                prop_assert_eq!(rejected.error.code, expected);
            }
        }
    }

    #[test]
    fn a_damaged_request_gets_an_error(
        request in request(),
        id in request_id(),
        damage in vec((any::<Index>(), any::<char>()), 1..4),
        cut in option::of(any::<Index>()),
    ) {
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
            check_error(&rejected)?;
            if let Ok(value) = serde_json::from_str::<Value>(&text) {
                prop_assert_ne!(rejected.error.code, ErrorCode::InvalidJson);
                prop_assert_eq!(rejected.request_id, readable_id(value.get("request_id")));
            }
        }
    }

    #[test]
    fn order_whitespace_and_unknown_fields_do_not_matter(
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
    fn a_duplicate_field_gets_an_error(
        request in request(),
        id in "[a-z]{1,64}",
        name in any::<bool>(),
    ) {
        let text = encode_request(&request, Some(&id));
        let twice = if name { r#"{"type":"chat","# } else { r#"{"payload":{},"# };
        let text = text.replacen('{', twice, 1);
        let rejected = decode_request(&text).expect_err("a duplicate field");
        check_error(&rejected)?;
        prop_assert_eq!(rejected.error.code, ErrorCode::InvalidFormat);
        prop_assert_eq!(rejected.request_id, Some(id));
    }

    #[test]
    fn deep_nesting_gets_an_error(
        depth in 0..5_000_usize,
        open in "[\\[{]",
        inside in any::<bool>(),
    ) {
        let nested = if open == "[" { "[".repeat(depth) } else { r#"{"a":"#.repeat(depth) };
        let closed = nested.clone() + "1" + &(if open == "[" { "]" } else { "}" }).repeat(depth);
        for nested in [nested, closed] {
            let text = if inside {
                format!(r#"{{"type":"chat","request_id":"1","payload":{nested}}}"#)
            } else {
                nested
            };
            check_error(&decode_request(&text).expect_err("not a request"))?;
        }
    }
}

#[test]
fn an_array_has_no_request_id() {
    let rejected = decode_request(r#"["7"]"#).expect_err("not an envelope");
    assert_eq!((rejected.error.code, rejected.request_id), (ErrorCode::InvalidFormat, None));
}
