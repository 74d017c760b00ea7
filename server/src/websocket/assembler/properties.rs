//! Properties that hold for all bytes a client may send, for any split by the network.

use proptest::{collection::vec, prelude::*, sample::Index};

use super::{super::frame, *};

/// The longest message in these tests.
const MAX: usize = 300;

fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

/// Encodes a frame. The length takes the shortest form that holds it, from `form` on (0: 7 bits, 1:
/// 16 bits, 2: 64 bits). Clients begin at 0.
fn write(first: u8, payload: &[u8], mask: [u8; 4], form: u8) -> Vec<u8> {
    let mut frame = vec![first];
    match (payload.len(), form) {
        (len @ ..=125, 0) => frame.push(0x80 | len as u8),
        (len @ ..=0xffff, ..=1) => {
            frame.push(0x80 | 126);
            frame.extend((len as u16).to_be_bytes());
        }
        (len, _) => {
            frame.push(0x80 | 127);
            frame.extend((len as u64).to_be_bytes());
        }
    }
    frame.extend(mask);
    frame.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    frame
}

/// The result of reading bytes: the messages, and the violation that ended them.
type ReadResult = (Vec<IncomingMessage>, Result<(), ProtocolViolation>);

/// Feeds `bytes` in pieces of these sizes, repeated as often as needed. Without sizes, feeds all.
fn read(max: usize, bytes: &[u8], sizes: &[usize]) -> ReadResult {
    let mut assembler = Assembler::new(max);
    let mut messages = Vec::new();
    let mut outcome = Ok(());
    let mut rest = bytes;
    let mut sizes = sizes.iter().cycle();
    while !rest.is_empty() {
        let size = sizes.next().copied().unwrap_or(rest.len()).clamp(1, rest.len());
        let (piece, behind) = rest.split_at(size);
        rest = behind;
        let fed = assembler.feed(&mut piece.to_vec(), |message| {
            assert!(outcome.is_ok(), "no message follows a violation");
            messages.push(message);
        });
        outcome = outcome.and(fed);
        let held = assembler.message.as_ref().map_or(0, |message| message.bytes.len());
        assert!(held <= max, "{held} bytes of a message");
        assert!(
            assembler.rest.len() <= 130,
            "{} bytes of a head or control frame",
            assembler.rest.len()
        );
        // A growing buffer may double, but never grows by the length that a header claims.
        let capacity = assembler.message.as_ref().map_or(0, |message| message.bytes.capacity());
        assert!(capacity <= 2 * max.max(8) && assembler.rest.capacity() <= 130, "{capacity}");
    }
    (messages, outcome)
}

/// A text or binary message, its split into frames, and the control frames between them.
#[derive(Clone, Debug)]
struct FragmentedMessage {
    message: IncomingMessage,
    cuts: Vec<Index>,
    between: Vec<IncomingMessage>,
    mask: [u8; 4],
}

impl FragmentedMessage {
    fn frames(&self) -> Vec<u8> {
        let (opcode, payload) = match &self.message {
            IncomingMessage::Text(text) => (0x01, text.as_bytes()),
            IncomingMessage::Binary(bytes) => (0x02, bytes.as_slice()),
            other => return write_control(other, self.mask),
        };
        let mut cuts: Vec<_> = self.cuts.iter().map(|cut| cut.index(payload.len() + 1)).collect();
        cuts.sort_unstable();
        let starts = std::iter::once(0).chain(cuts.iter().copied());
        let ends = cuts.iter().copied().chain([payload.len()]);
        let mut between = self.between.iter();
        let mut frames = Vec::new();
        for (number, (start, end)) in starts.zip(ends).enumerate() {
            let last = number == cuts.len();
            let first = if number == 0 { opcode } else { 0 } | if last { 0x80 } else { 0 };
            frames.extend(write(first, &payload[start..end], self.mask, 0));
            if !last && let Some(control) = between.next() {
                frames.extend(write_control(control, self.mask));
            }
        }
        frames
    }

    fn expected(&self) -> impl Iterator<Item = IncomingMessage> {
        let interleaved =
            self.between.iter().take(self.cuts.len()).filter(|_| !is_control(&self.message));
        interleaved.cloned().chain([self.message.clone()])
    }
}

fn is_control(message: &IncomingMessage) -> bool {
    !matches!(message, IncomingMessage::Text(_) | IncomingMessage::Binary(_))
}

fn write_control(message: &IncomingMessage, mask: [u8; 4]) -> Vec<u8> {
    match message {
        IncomingMessage::Ping(payload) => write(0x89, payload, mask, 0),
        IncomingMessage::Close(Some(code)) => write(0x88, &code.to_be_bytes(), mask, 0),
        IncomingMessage::Close(None) => write(0x88, &[], mask, 0),
        _ => write(0x8a, b"alive", mask, 0),
    }
}

fn control() -> impl Strategy<Value = IncomingMessage> {
    prop_oneof![
        vec(any::<u8>(), 0..=125).prop_map(IncomingMessage::Ping),
        Just(IncomingMessage::Pong)
    ]
}

fn sent() -> impl Strategy<Value = FragmentedMessage> {
    let message = prop_oneof![
        4 => any::<String>()
            .prop_filter("too long", |text| text.len() <= MAX)
            .prop_map(IncomingMessage::Text),
        4 => vec(any::<u8>(), 0..=MAX).prop_map(IncomingMessage::Binary),
        1 => control(),
    ];
    (message, vec(any::<Index>(), 0..5), vec(control(), 0..5), any::<[u8; 4]>()).prop_map(
        |(message, cuts, between, mask)| FragmentedMessage { message, cuts, between, mask },
    )
}

/// Bytes that get far into the parser: valid frames, some with one byte changed, and noise.
fn hostile() -> impl Strategy<Value = Vec<u8>> {
    let loose = (any::<u8>(), vec(any::<u8>(), 0..140), any::<[u8; 4]>(), 0..=2_u8)
        .prop_map(|(first, payload, mask, form)| write(first & 0x8f, &payload, mask, form));
    let changed = (sent(), any::<Index>(), any::<u8>()).prop_map(|(sent, at, byte)| {
        let mut bytes = sent.frames();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        bytes
    });
    let part = prop_oneof![
        4 => sent().prop_map(|sent| sent.frames()),
        3 => loose,
        2 => changed,
        1 => vec(any::<u8>(), 0..40),
    ];
    vec(part, 0..6).prop_map(|parts| parts.concat())
}

/// The sizes of the pieces in which bytes arrive.
fn pieces() -> impl Strategy<Value = Vec<usize>> {
    prop_oneof![vec(1..8_usize, 1..6), vec(1..400_usize, 1..6)]
}

/// Text with errors: valid characters, truncated ones, and wrong bytes.
fn nearly_utf8() -> impl Strategy<Value = Vec<u8>> {
    let part = prop_oneof![
        6 => any::<char>().prop_map(|letter| letter.to_string().into_bytes()),
        1 => (any::<char>(), any::<Index>()).prop_map(|(letter, cut)| {
            let bytes = letter.to_string().into_bytes();
            bytes[..cut.index(bytes.len())].to_vec()
        }),
        1 => vec(any::<u8>(), 1..3),
        1 => prop_oneof![
            Just(vec![0xed, 0xa0, 0x80]),
            Just(vec![0xf4, 0x90, 0x80, 0x80]),
            Just(vec![0xc0, 0x80]),
        ],
    ];
    vec(part, 0..12).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn valid_messages_are_read_for_any_split(
        sent in vec(sent(), 0..6),
        close in proptest::option::of(prop_oneof![Just(None), (3000..=4999_u16).prop_map(Some)]),
        sizes in pieces(),
    ) {
        let close = close.map(IncomingMessage::Close);
        let mut bytes: Vec<u8> = sent.iter().flat_map(FragmentedMessage::frames).collect();
        bytes.extend(close.iter().flat_map(|close| write_control(close, [1, 2, 3, 4])));
        let expected = sent.iter().flat_map(FragmentedMessage::expected).chain(close);
        let expected: Vec<_> = expected.collect();
        prop_assert_eq!(read(MAX, &bytes, &sizes), (expected, Ok(())));
    }

    #[test]
    fn hostile_bytes_have_one_result_for_any_split(
        bytes in hostile(), sizes in pieces(), max in 0..=MAX,
    ) {
        let whole = read(max, &bytes, &[]);
        prop_assert_eq!(read(max, &bytes, &sizes), whole.clone());
        prop_assert_eq!(read(max, &bytes, &[1]), whole);
    }

    #[test]
    fn noise_does_no_harm(bytes in vec(any::<u8>(), 0..600), sizes in pieces(), max in 0..=MAX) {
        prop_assert_eq!(read(max, &bytes, &sizes), read(max, &bytes, &[]));
    }

    #[test]
    fn invalid_text_is_refused_at_the_first_invalid_byte(
        payload in nearly_utf8(),
        cuts in vec(any::<Index>(), 1..4),
        mask in any::<[u8; 4]>(),
    ) {
        prop_assume!(payload.len() <= MAX);
        let message = IncomingMessage::Binary(payload.clone());
        let sent = FragmentedMessage { message, cuts, between: vec![], mask };
        let mut bytes = sent.frames();
        bytes[0] = bytes[0] & 0x80 | 0x01;
        let mut assembler = Assembler::new(MAX);
        let mut messages = Vec::new();
        let refused = bytes.iter().position(|byte| {
            assembler.feed(&mut [*byte], |message| messages.push(message)).is_err()
        });
        match std::str::from_utf8(&payload) {
            Ok(text) => {
                prop_assert_eq!(refused, None);
                prop_assert_eq!(messages, [IncomingMessage::Text(text.to_owned())]);
            }
            Err(_) => {
                let shown = |len: &usize| {
                    std::str::from_utf8(&payload[..*len])
                        .is_err_and(|error| error.error_len().is_some())
                };
                // Text that ends within a character is only invalid at its end.
                let len = (0..=payload.len()).find(shown);
                let len = len.unwrap_or(payload.len());
                let at = refused.expect("refused");
                prop_assert!(messages.is_empty());
                let mut masked = 0;
                let mut sent_by_then = 0;
                // The payload bytes up to and including the refused one.
                while let Some(head) = parse_head(&bytes[masked..]).expect("heads hold") {
                    let start = masked + head.head_len;
                    let end = start + head.len as usize;
                    sent_by_then += (at + 1).clamp(start, end) - start;
                    masked = end;
                    if end > at {
                        break;
                    }
                }
                prop_assert_eq!(sent_by_then, len);
            }
        }
    }

    #[test]
    fn a_header_is_parsed_from_its_own_bytes_alone(bytes in vec(any::<u8>(), 0..20)) {
        let mut seen = None;
        for len in 0..=bytes.len() {
            match (parse_head(&bytes[..len]), seen) {
                (Ok(None), None) => {}
                (read, None) => seen = Some(read),
                (read, Some(before)) => prop_assert_eq!(read, before),
            }
            if let Some(Ok(Some(head))) = seen {
                prop_assert!(head.head_len <= len && head.head_len <= 14 && head.len < 1 << 63);
                prop_assert!(!head.opcode.is_control() || (head.is_final && head.len <= 125));
            }
        }
    }

    #[test]
    fn frames_of_the_server_are_read_back_after_masking(
        len in prop_oneof![0..200_usize, 65_500..65_600_usize],
        fill in any::<u8>(),
        mask in any::<[u8; 4]>(),
    ) {
        let payload = vec![fill; len];
        let theirs = frame::encode(Opcode::Binary, &payload);
        let ours = write(0x82, &payload, mask, 0);
        let head = parse_head(&ours).expect("holds").expect("whole");
        prop_assert_eq!(head.head_len, theirs.len() - payload.len() + 4);
        prop_assert_eq!(theirs[0], ours[0]);
        prop_assert_eq!(&theirs[2..head.head_len - 4], &ours[2..head.head_len - 4]);
        prop_assert_eq!(theirs[1] | 0x80, ours[1]);
        prop_assert_eq!(read(70_000, &ours, &[]), (vec![IncomingMessage::Binary(payload)], Ok(())));
    }

    #[test]
    fn a_close_frame_is_valid_if_its_code_may_be_sent_and_its_reason_is_text(
        code in any::<u16>(),
        reason in vec(any::<u8>(), 0..=123),
        is_text in any::<bool>(),
    ) {
        let reason = match is_text {
            true => String::from_utf8_lossy(&reason).into_owned().into_bytes(),
            false => reason,
        };
        prop_assume!(reason.len() <= 123);
        let payload = [code.to_be_bytes().as_slice(), &reason].concat();
        let may_be_sent = matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999);
        let (messages, outcome) = read(MAX, &write(0x88, &payload, [9, 8, 7, 6], 0), &[3]);
        if std::str::from_utf8(&reason).is_err() {
            prop_assert_eq!(outcome.map_err(|(code, _)| code), Err(CloseCode::InvalidUtf8));
        } else if may_be_sent {
            let expected = vec![IncomingMessage::Close(Some(code))];
            prop_assert_eq!((messages, outcome), (expected, Ok(())));
        } else {
            prop_assert_eq!(outcome.map_err(|(code, _)| code), Err(CloseCode::Protocol));
        }
    }
}

#[test]
fn every_close_code_is_accepted_or_refused() {
    let refused: Vec<u16> = (0..=u16::MAX)
        .filter(|code| read(MAX, &write(0x88, &code.to_be_bytes(), [0; 4], 0), &[]).1.is_err())
        .collect();
    let expected = (0..=999).chain(1004..=1006).chain(1015..=2999).chain(5000..=u16::MAX);
    assert_eq!(refused, expected.collect::<Vec<u16>>());
}
