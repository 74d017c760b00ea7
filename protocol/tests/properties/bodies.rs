//! Decoding of HTTP bodies.

use proptest::{collection::vec, prelude::*, sample::Index};
use protocol::{
    ErrorCode, Rejected,
    envelope::read_body,
    http::{ChangePassword, Login, NewInvite, NewMember, NewRole, NewRoom, Register},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::{
    check_error,
    strategies::{body, config, json},
};

/// Reads a body, and checks the result or the error. Returns the value that was read.
fn read_as<T: Serialize + DeserializeOwned>(body: &[u8]) -> Result<Option<Value>, TestCaseError> {
    match read_body::<T>(body) {
        Ok(read) => {
            let read = serde_json::to_value(read).expect("JSON");
            let text = read.to_string();
            let again: T = read_body(text.as_bytes()).expect("what was written can be read");
            prop_assert_eq!(serde_json::to_value(again).expect("JSON"), read.clone());
            let first = body.trim_ascii_start().first();
            prop_assert_eq!(first, Some(&b'{'));
            Ok(Some(read))
        }
        Err(error) => {
            let faults = error.errors.clone();
            let code = error.code;
            check_error(&Rejected { request_id: None, error })?;
            if code == ErrorCode::InvalidJson {
                prop_assert!(serde_json::from_slice::<Value>(body).is_err());
            }
            for fault in faults {
                prop_assert!(!fault.message.contains("struct"), "not for users: {}", fault.message);
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

proptest! {
    #![proptest_config(config(256))]

    #[test]
    fn any_bytes_are_a_body_or_get_an_error(body in vec(any::<u8>(), 0..200)) {
        read_as_each(&body)?;
    }

    #[test]
    fn any_json_is_a_body_or_gets_an_error(body in prop_oneof![3 => body(), 1 => json()]) {
        read_as_each(body.to_string().as_bytes())?;
    }

    #[test]
    fn a_damaged_body_gets_an_error(
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
    fn a_valid_body_is_read(
        username in any::<String>(),
        password in any::<String>(),
        invite in any::<Option<String>>(),
        more in json(),
    ) {
        let body = json!({
            "username": username,
            "password": password,
            "invite": invite,
            "more": more,
        });
        let read = read_as::<Register>(body.to_string().as_bytes())?.expect("a valid body");
        prop_assert_eq!(&read["username"], &json!(username));
        prop_assert_eq!(&read["password"], &json!(password));
        prop_assert_eq!(read.get("invite").cloned(), invite.map(Value::from));
    }
}

#[test]
fn null_instead_of_an_enum_is_an_error_of_its_field() {
    let error = read_body::<NewRole>(br#"{"role":null}"#).expect_err("not a role");
    assert_eq!((error.code, error.errors[0].field.as_str()), (ErrorCode::InvalidFormat, "role"));
    let error = read_body::<Login>(b"[]").expect_err("not an object");
    assert_eq!(
        (error.code, error.errors[0].message.as_str()),
        (ErrorCode::InvalidFormat, "must be a JSON object")
    );
    for body in [&b"{\"role\":\"\xff\"}"[..], b"", b"{", b"{\"role\":5} {"] {
        assert_eq!(
            read_body::<NewRole>(body).expect_err("not JSON").code,
            ErrorCode::InvalidJson,
            "{body:?}"
        );
    }
}
