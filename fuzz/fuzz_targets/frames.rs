//! The bytes of a WebSocket client, whole and in pieces of two sizes: both come to the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use reader::{ProtocolViolation, Message, Assembler};

// The two files alone: the server around them takes minutes to build.
#[path = "../../server/src/ws/frame.rs"]
#[expect(dead_code, reason = "what is written is not fuzzed")]
mod frame;
#[path = "../../server/src/ws/reader.rs"]
#[rustfmt::skip] // its tests are not here
mod reader;

fn read(max: usize, bytes: &[u8], sizes: [usize; 2]) -> (Vec<Message>, Result<(), ProtocolViolation>) {
    let mut reader = Assembler::new(max);
    let mut messages = Vec::new();
    let mut outcome = Ok(());
    let mut rest = bytes;
    for size in sizes.into_iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (piece, behind) = rest.split_at(size.clamp(1, rest.len()));
        rest = behind;
        let fed = reader.feed(&mut piece.to_vec(), |message| {
            assert!(outcome.is_ok(), "nothing comes after a breach");
            messages.push(message);
        });
        outcome = outcome.and(fed);
    }
    (messages, outcome)
}

fuzz_target!(|input: (u16, [u8; 2], &[u8])| {
    let (max, sizes, bytes) = input;
    let max = usize::from(max);
    let whole = read(max, bytes, [bytes.len(); 2]);
    for message in &whole.0 {
        let (len, most) = match message {
            Message::Text(text) => (text.len(), max),
            Message::Binary(bytes) => (bytes.len(), max),
            Message::Ping(payload) => (payload.len(), 125),
            Message::Pong | Message::Close(_) => (0, 0),
        };
        assert!(len <= most);
    }
    assert_eq!(read(max, bytes, sizes.map(usize::from)), whole);
});
