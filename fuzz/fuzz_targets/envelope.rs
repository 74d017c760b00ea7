//! Decodes any text as a message of a client and as one of a server.
#![no_main]

use libfuzzer_sys::fuzz_target;
use protocol::{ErrorCode, decode_request, decode_server_message, encode_request};

fuzz_target!(|text: &str| {
    match decode_request(text) {
        Ok((request, id)) => {
            let written = encode_request(&request, id.as_deref());
            assert_eq!(decode_request(&written), Ok((request, id)));
        }
        Err(rejected) => {
            let error = rejected.error;
            let known = [ErrorCode::InvalidJson, ErrorCode::InvalidFormat, ErrorCode::UnknownType];
            assert!(known.contains(&error.code));
            assert_eq!(error.errors.is_empty(), error.code != ErrorCode::InvalidFormat);
            if let Ok(value) = serde_json::from_str::<serde_json::Value>(text) {
                assert_ne!(error.code, ErrorCode::InvalidJson);
                assert!(value.is_object() || error.code == ErrorCode::InvalidFormat);
            }
        }
    }
    if let Ok(received) = decode_server_message(text)
        && let Some(message) = received.message
    {
        let written = message.encode(received.request_id.as_deref(), received.timestamp);
        let again = decode_server_message(&written).expect("encoded messages can be decoded");
        assert_eq!(again.message, Some(message));
        assert_eq!((again.request_id, again.timestamp), (received.request_id, received.timestamp));
    }
});
