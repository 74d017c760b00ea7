//! Encodes server messages as text frames.

use std::cell::RefCell;

use bytes::Bytes;
use protocol::ServerMessage;

use super::frame::{self, Opcode};
use crate::base::clock::now;

/// The buffer that a thread keeps between messages, in bytes. Few messages are larger.
const SCRATCH: usize = 4 << 10;

thread_local! {
    static JSON: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Encodes a message with the current time as its `timestamp`.
#[must_use]
pub fn frame(message: &ServerMessage, request_id: Option<&str>) -> Bytes {
    JSON.with_borrow_mut(|json| {
        json.clear();
        message.encode_to(json, request_id, now());
        let frame = frame::encode(Opcode::Text, json);
        json.shrink_to(SCRATCH);
        frame
    })
}
