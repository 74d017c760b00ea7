//! Decodes any bytes as the body of an HTTP request. The first byte selects the type.
#![no_main]

use libfuzzer_sys::fuzz_target;
use protocol::{
    ErrorCode,
    envelope::read_body,
    http::{ChangePassword, Login, NewInvite, NewMember, NewRole, NewRoom, Register, UpdateProfile},
};
use serde::{Serialize, de::DeserializeOwned};

fn read<T: Serialize + DeserializeOwned>(body: &[u8]) {
    match read_body::<T>(body) {
        Ok(read) => {
            let written = serde_json::to_vec(&read).expect("JSON");
            let again: T = read_body(&written).expect("what was written can be read");
            assert_eq!(serde_json::to_vec(&again).expect("JSON"), written);
        }
        Err(error) => {
            assert!(matches!(error.code, ErrorCode::InvalidJson | ErrorCode::InvalidFormat));
            assert_eq!(error.errors.is_empty(), error.code != ErrorCode::InvalidFormat);
            if error.code == ErrorCode::InvalidJson {
                assert!(serde_json::from_slice::<serde_json::Value>(body).is_err());
            }
        }
    }
}

fuzz_target!(|input: (u8, &[u8])| {
    let (call, body) = input;
    match call % 8 {
        0 => read::<Register>(body),
        1 => read::<Login>(body),
        2 => read::<ChangePassword>(body),
        3 => read::<NewRoom>(body),
        4 => read::<NewMember>(body),
        5 => read::<NewInvite>(body),
        6 => read::<UpdateProfile>(body),
        _ => read::<NewRole>(body),
    }
});
