//! Feeds the bytes of a WebSocket client at once and in chunks of two sizes. Both must give the
//! same result.
#![no_main]

use assembler::{Assembler, IncomingMessage, ProtocolViolation};
use libfuzzer_sys::fuzz_target;

// Only these two files: the rest of the server takes minutes to build.
#[path = "../../server/src/websocket/frame.rs"]
#[expect(dead_code, reason = "encoding is not fuzzed")]
mod frame;
#[path = "../../server/src/websocket/assembler.rs"]
#[rustfmt::skip] // its tests are not here
mod assembler;

fn read(
    max: usize,
    bytes: &[u8],
    sizes: [usize; 2],
) -> (Vec<IncomingMessage>, Result<(), ProtocolViolation>) {
    let mut assembler = Assembler::new(max);
    let mut messages = Vec::new();
    let mut outcome = Ok(());
    let mut rest = bytes;
    for size in sizes.into_iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (chunk, remaining) = rest.split_at(size.clamp(1, rest.len()));
        rest = remaining;
        let fed = assembler.feed(&mut chunk.to_vec(), |message| {
            assert!(outcome.is_ok(), "no message follows a violation");
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
            IncomingMessage::Text(text) => (text.len(), max),
            IncomingMessage::Binary(bytes) => (bytes.len(), max),
            IncomingMessage::Ping(payload) => (payload.len(), 125),
            IncomingMessage::Pong | IncomingMessage::Close(_) => (0, 0),
        };
        assert!(len <= most);
    }
    assert_eq!(read(max, bytes, sizes.map(usize::from)), whole);
});
