//! Tests of the assembler with frames written by hand.

use super::*;

const MASK: [u8; 4] = [3, 1, 4, 1];

fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first, 0x80 | u8::try_from(payload.len()).unwrap()];
    frame.extend(MASK);
    let mut payload = payload.to_vec();
    unmask(&mut payload, MASK, 0);
    frame.extend(payload);
    frame
}

fn read(
    assembler: &mut Assembler,
    bytes: &[u8],
) -> Result<Vec<IncomingMessage>, ProtocolViolation> {
    let mut messages = Vec::new();
    assembler.feed(&mut bytes.to_vec(), |message| messages.push(message))?;
    Ok(messages)
}

fn text(text: &str) -> IncomingMessage {
    IncomingMessage::Text(text.into())
}

#[test]
fn messages_arrive_for_any_split_of_the_bytes() {
    let stream = [
        frame(0x81, b"one"),
        frame(0x01, b"two, "),
        frame(0x89, b"ping"),
        frame(0x00, b""),
        frame(0x80, "für drei".as_bytes()),
        frame(0x82, &[0xff]),
        frame(0x88, &[0x03, 0xe8]),
    ]
    .concat();
    let expected = [
        text("one"),
        IncomingMessage::Ping(b"ping".to_vec()),
        text("two, für drei"),
        IncomingMessage::Binary(vec![0xff]),
        IncomingMessage::Close(Some(1000)),
    ];
    for size in 1..=stream.len() {
        let mut assembler = Assembler::new(100);
        let messages: Vec<_> =
            stream.chunks(size).flat_map(|bytes| read(&mut assembler, bytes).unwrap()).collect();
        assert_eq!(messages, expected, "in pieces of {size}");
        assert!(assembler.rest.is_empty());
    }
}

#[test]
fn a_message_may_have_the_maximum_length_and_no_more() {
    let mut assembler = Assembler::new(10);
    assert_eq!(read(&mut assembler, &frame(0x81, b"0123456789")), Ok(vec![text("0123456789")]));
    let violation = Err((CloseCode::TooBig, "the message is too long"));
    assert_eq!(read(&mut Assembler::new(10), &frame(0x81, b"0123456789a")), violation);
    assert_eq!(read(&mut assembler, &frame(0x01, b"012345")), Ok(vec![]));
    assert_eq!(read(&mut assembler, &frame(0x80, b"6789a")), violation);
    let claims_four_gigabytes = [0x81, 0xff, 0, 0, 0, 1, 0, 0, 0, 0, 1, 2, 3, 4];
    assert_eq!(read(&mut Assembler::new(10), &claims_four_gigabytes), violation);
}

#[test]
fn nothing_is_read_after_a_close_frame() {
    let mut assembler = Assembler::new(100);
    let bytes = [frame(0x88, &[]), vec![0xff; 100]].concat();
    assert_eq!(read(&mut assembler, &bytes), Ok(vec![IncomingMessage::Close(None)]));
    assert_eq!(read(&mut assembler, &[0xff; 100]), Ok(vec![]));
}

#[test]
fn each_violation_has_its_close_code() {
    for (bytes, code) in [
        (frame(0x81, &[0xff]), CloseCode::InvalidUtf8),
        (frame(0x80, b"no message"), CloseCode::Protocol),
        ([frame(0x01, b"a"), frame(0x81, b"b")].concat(), CloseCode::Protocol),
        (frame(0x88, &[3]), CloseCode::Protocol),
        (frame(0x88, &[0x03, 0xed]), CloseCode::Protocol), // 1005 must not be sent
        (frame(0x88, &[0x03, 0xe8, 0xff]), CloseCode::InvalidUtf8),
    ] {
        assert_eq!(read(&mut Assembler::new(100), &bytes).unwrap_err().0, code, "{bytes:x?}");
    }
}
