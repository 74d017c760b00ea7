//! Decodes any text as the payload of a request. The first byte selects the type.
#![no_main]

use libfuzzer_sys::fuzz_target;
use protocol::{ErrorCode, Request, decode_request, encode_request};

fuzz_target!(|input: (u8, &str)| {
    let (name, payload) = (Request::NAMES[usize::from(input.0) % Request::NAMES.len()], input.1);
    let text = format!(r#"{{"type":"{name}","request_id":"7","payload":{payload}}}"#);
    match decode_request(&text) {
        Ok((request, id)) => {
            assert!(request.faults().is_empty());
            let written = encode_request(&request, id.as_deref());
            assert_eq!(decode_request(&written), Ok((request, id)));
        }
        // A payload that is a valid object leaves the envelope valid.
        Err(rejected)
            if serde_json::from_str::<serde_json::Map<_, serde_json::Value>>(payload).is_ok() =>
        {
            assert_eq!(rejected.error.code, ErrorCode::InvalidFormat);
            assert!(!rejected.error.errors.is_empty());
            assert_eq!(rejected.request_id.as_deref(), Some("7"));
        }
        Err(_) => {}
    }
});
