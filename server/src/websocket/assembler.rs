//! Puts the bytes of a client together to messages. An idle connection holds no buffer: bytes arrive in one that the
//! thread's connections share, and only what belongs to a message or head that is not whole yet is kept.

use protocol::CloseCode;

use super::frame::{Head, Opcode, parse_head, unmask};

/// A message, or a control frame, from a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// Checked to be UTF-8.
    Text(String),
    /// Bytes.
    Binary(Vec<u8>),
    /// Asks for a pong with the same payload.
    Ping(Vec<u8>),
    /// An answer to a ping of ours, or a sign of life.
    Pong,
    /// The goodbye, with the client's code.
    Close(Option<u16>),
}

/// Why a client's bytes cannot be read on; the connection ends with this code and reason.
pub type Breach = (CloseCode, &'static str);

/// The state between two reads.
#[derive(Debug)]
pub struct Reader {
    max_message: usize,
    /// A head, or a control frame, that is not whole yet: at most 130 bytes.
    rest: Vec<u8>,
    /// A data frame that is not whole yet, and how much of its payload is in `message`.
    frame: Option<(Head, usize)>,
    /// A message that is not whole yet.
    message: Option<Partial>,
    /// The client has said goodbye or broken the protocol: what follows has no meaning (RFC 6455, section 5.5.1).
    ended: bool,
}

impl Reader {
    /// Reads messages of at most so many bytes, all frames together.
    #[must_use]
    pub fn new(max_message: usize) -> Self {
        Self { max_message, rest: Vec::new(), frame: None, message: None, ended: false }
    }

    /// Takes in bytes and calls `each` with every message that is whole.
    ///
    /// # Errors
    /// A breach of RFC 6455, text that is not UTF-8, or a message that is too long, as soon as the bytes show it. What
    /// came before was handed out; what comes later is ignored.
    pub fn feed(&mut self, bytes: &mut [u8], mut each: impl FnMut(Message)) -> Result<(), Breach> {
        let mut rest = std::mem::take(&mut self.rest);
        let bytes = if rest.is_empty() {
            bytes
        } else {
            rest.extend_from_slice(bytes);
            rest.as_mut_slice()
        };
        let read = self.read_frames(bytes, &mut each);
        self.ended |= read.is_err();
        let used = read?;
        if !self.ended {
            self.rest = bytes[used..].to_vec();
        }
        Ok(())
    }

    /// Reads all whole frames and what is there of a long one; returns how many bytes they took.
    fn read_frames(
        &mut self,
        bytes: &mut [u8],
        each: &mut impl FnMut(Message),
    ) -> Result<usize, Breach> {
        let mut used = 0;
        while !self.ended {
            let (head, start, taken) = if let Some((head, taken)) = self.frame.take() {
                (head, used, taken)
            } else if let Some(head) =
                parse_head(&bytes[used..]).map_err(|reason| (CloseCode::Protocol, reason))?
            {
                self.check(&head)?;
                (head, used + head.head_len, 0)
            } else {
                break;
            };
            let end = start + (head.len as usize - taken); // `check` has bounded it
            if let Some(payload) = bytes.get_mut(start..end) {
                unmask(payload, head.mask, taken);
                if let Some(message) = self.take(&head, payload)? {
                    self.ended = matches!(message, Message::Close(_));
                    each(message);
                }
                used = end;
            } else {
                if !head.opcode.is_control() {
                    let payload = &mut bytes[start..];
                    unmask(payload, head.mask, taken);
                    self.append(head.opcode, payload)?;
                    self.frame = Some((head, taken + payload.len()));
                    used = bytes.len();
                }
                break;
            }
        }
        Ok(used)
    }

    /// Refuses a frame by its head, before its payload is waited for.
    fn check(&self, head: &Head) -> Result<(), Breach> {
        match (head.opcode, &self.message) {
            (Opcode::Continuation, None) => {
                return Err((CloseCode::Protocol, "there is no message to go on with"));
            }
            (Opcode::Text | Opcode::Binary, Some(_)) => {
                return Err((CloseCode::Protocol, "the message before is not whole"));
            }
            _ => {}
        }
        let so_far = self.message.as_ref().map_or(0, |message| message.bytes.len());
        if !head.opcode.is_control() && head.len > (self.max_message - so_far) as u64 {
            return Err((CloseCode::TooBig, "the message is too long"));
        }
        Ok(())
    }

    /// Takes a frame's payload, or the last part of it.
    fn take(&mut self, head: &Head, payload: &[u8]) -> Result<Option<Message>, Breach> {
        Ok(match head.opcode {
            Opcode::Ping => Some(Message::Ping(payload.to_vec())),
            Opcode::Pong => Some(Message::Pong),
            Opcode::Close => Some(Message::Close(close_code(payload)?)),
            opcode if head.is_final && self.message.is_none() => {
                Some(whole(opcode, payload.to_vec())?)
            }
            opcode => {
                self.append(opcode, payload)?;
                match self.message.take_if(|_| head.is_final) {
                    Some(message) => Some(whole(message.opcode, message.bytes)?),
                    None => None,
                }
            }
        })
    }

    fn append(&mut self, opcode: Opcode, payload: &[u8]) -> Result<(), Breach> {
        self.message
            .get_or_insert_with(|| Partial { opcode, bytes: Vec::new(), checked: 0 })
            .append(payload)
    }
}

/// What has come of a message.
#[derive(Debug)]
struct Partial {
    /// Text or binary.
    opcode: Opcode,
    bytes: Vec<u8>,
    /// How many bytes are known to be UTF-8; those behind them begin a character.
    checked: usize,
}

impl Partial {
    fn append(&mut self, payload: &[u8]) -> Result<(), Breach> {
        self.bytes.extend_from_slice(payload);
        if self.opcode == Opcode::Text {
            match std::str::from_utf8(&self.bytes[self.checked..]) {
                Ok(text) => self.checked += text.len(),
                Err(cut) if cut.error_len().is_none() => self.checked += cut.valid_up_to(),
                Err(_) => return Err(NOT_UTF8),
            }
        }
        Ok(())
    }
}

const NOT_UTF8: Breach = (CloseCode::InvalidUtf8, "the text is not UTF-8");

fn whole(opcode: Opcode, payload: Vec<u8>) -> Result<Message, Breach> {
    if opcode == Opcode::Binary {
        return Ok(Message::Binary(payload));
    }
    String::from_utf8(payload).map(Message::Text).map_err(|_| NOT_UTF8)
}

/// The code in a client's close frame (RFC 6455, section 7.4).
fn close_code(payload: &[u8]) -> Result<Option<u16>, Breach> {
    let [high, low, reason @ ..] = payload else {
        return if payload.is_empty() {
            Ok(None)
        } else {
            Err((CloseCode::Protocol, "half a close code"))
        };
    };
    if std::str::from_utf8(reason).is_err() {
        return Err((CloseCode::InvalidUtf8, "the reason is not UTF-8"));
    }
    match u16::from_be_bytes([*high, *low]) {
        code @ (1000..=1003 | 1007..=1014 | 3000..=4999) => Ok(Some(code)),
        _ => Err((CloseCode::Protocol, "a close code that must not be sent")),
    }
}

#[cfg(test)]
mod properties;

#[cfg(test)]
mod tests {
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

    fn read(reader: &mut Reader, bytes: &[u8]) -> Result<Vec<Message>, Breach> {
        let mut messages = Vec::new();
        reader.feed(&mut bytes.to_vec(), |message| messages.push(message))?;
        Ok(messages)
    }

    fn text(text: &str) -> Message {
        Message::Text(text.into())
    }

    #[test]
    fn messages_arrive_however_the_bytes_are_cut() {
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
            Message::Ping(b"ping".to_vec()),
            text("two, für drei"),
            Message::Binary(vec![0xff]),
            Message::Close(Some(1000)),
        ];
        for size in 1..=stream.len() {
            let mut reader = Reader::new(100);
            let messages: Vec<_> =
                stream.chunks(size).flat_map(|bytes| read(&mut reader, bytes).unwrap()).collect();
            assert_eq!(messages, expected, "in pieces of {size}");
            assert!(reader.rest.is_empty());
        }
    }

    #[test]
    fn a_message_may_have_the_longest_length_and_no_more() {
        let mut reader = Reader::new(10);
        assert_eq!(read(&mut reader, &frame(0x81, b"0123456789")), Ok(vec![text("0123456789")]));
        let breach = Err((CloseCode::TooBig, "the message is too long"));
        assert_eq!(read(&mut Reader::new(10), &frame(0x81, b"0123456789a")), breach);
        assert_eq!(read(&mut reader, &frame(0x01, b"012345")), Ok(vec![]));
        assert_eq!(read(&mut reader, &frame(0x80, b"6789a")), breach);
        let claims_four_gigabytes = [0x81, 0xff, 0, 0, 0, 1, 0, 0, 0, 0, 1, 2, 3, 4];
        assert_eq!(read(&mut Reader::new(10), &claims_four_gigabytes), breach);
    }

    #[test]
    fn nothing_counts_after_a_goodbye() {
        let mut reader = Reader::new(100);
        let bytes = [frame(0x88, &[]), vec![0xff; 100]].concat();
        assert_eq!(read(&mut reader, &bytes), Ok(vec![Message::Close(None)]));
        assert_eq!(read(&mut reader, &[0xff; 100]), Ok(vec![]));
    }

    #[test]
    fn breaches_end_with_the_code_they_deserve() {
        for (bytes, code) in [
            (frame(0x81, &[0xff]), CloseCode::InvalidUtf8),
            (frame(0x80, b"no message"), CloseCode::Protocol),
            ([frame(0x01, b"a"), frame(0x81, b"b")].concat(), CloseCode::Protocol),
            (frame(0x88, &[3]), CloseCode::Protocol),
            (frame(0x88, &[0x03, 0xed]), CloseCode::Protocol), // 1005 must not be sent
            (frame(0x88, &[0x03, 0xe8, 0xff]), CloseCode::InvalidUtf8),
        ] {
            assert_eq!(read(&mut Reader::new(100), &bytes).unwrap_err().0, code, "{bytes:x?}");
        }
    }
}
