//! Assembles a client's bytes into messages. An idle connection holds no buffer: bytes arrive in
//! one that all connections of a thread share. Only incomplete headers and messages are kept.

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

use protocol::CloseCode;

use super::frame::{Head, Opcode, parse_head, unmask};

/// A message or control frame from a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IncomingMessage {
    /// Valid UTF-8.
    Text(String),
    /// Bytes.
    Binary(Vec<u8>),
    /// Asks for a pong with the same payload.
    Ping(Vec<u8>),
    /// A pong, requested by a ping or not.
    Pong,
    /// The client's close frame, with its code.
    Close(Option<u16>),
}

/// The reason why a client's bytes cannot be read any further: the code and reason to close with.
pub type ProtocolViolation = (CloseCode, &'static str);

/// The state between two reads of one connection.
#[derive(Debug)]
pub struct Assembler {
    max_message: usize,
    /// An incomplete header or control frame: at most 130 bytes.
    rest: Vec<u8>,
    /// An incomplete data frame, and the number of its payload bytes that are in `message`.
    frame: Option<(Head, usize)>,
    /// An incomplete message.
    message: Option<Partial>,
    /// True after a close frame or a protocol violation. Later bytes are ignored (RFC 6455, section
    /// 5.5.1).
    ended: bool,
}

impl Assembler {
    /// Creates an assembler that accepts messages of at most `max_message` bytes.
    #[must_use]
    pub fn new(max_message: usize) -> Self {
        Self { max_message, rest: Vec::new(), frame: None, message: None, ended: false }
    }

    /// Takes in bytes and calls `each` with every complete message.
    ///
    /// # Errors
    /// Fails on a violation of RFC 6455, on text that is not UTF-8, and on a message that is too
    /// long, as soon as the bytes show it. Earlier messages were handed out; later bytes are
    /// ignored.
    pub fn feed(
        &mut self,
        bytes: &mut [u8],
        mut each: impl FnMut(IncomingMessage),
    ) -> Result<(), ProtocolViolation> {
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

    /// Reads all complete frames and the available part of an incomplete one. Returns the number of
    /// bytes read.
    fn read_frames(
        &mut self,
        bytes: &mut [u8],
        each: &mut impl FnMut(IncomingMessage),
    ) -> Result<usize, ProtocolViolation> {
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
                    self.ended = matches!(message, IncomingMessage::Close(_));
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

    /// Checks a frame by its header, before its payload arrives.
    fn check(&self, head: &Head) -> Result<(), ProtocolViolation> {
        match (head.opcode, &self.message) {
            (Opcode::Continuation, None) => {
                return Err((CloseCode::Protocol, "there is no message to continue"));
            }
            (Opcode::Text | Opcode::Binary, Some(_)) => {
                return Err((CloseCode::Protocol, "the previous message is incomplete"));
            }
            _ => {}
        }
        let so_far = self.message.as_ref().map_or(0, |message| message.bytes.len());
        if !head.opcode.is_control() && head.len > (self.max_message - so_far) as u64 {
            return Err((CloseCode::TooBig, "the message is too long"));
        }
        Ok(())
    }

    /// Takes in a frame's payload, or the last part of it.
    fn take(
        &mut self,
        head: &Head,
        payload: &[u8],
    ) -> Result<Option<IncomingMessage>, ProtocolViolation> {
        Ok(match head.opcode {
            Opcode::Ping => Some(IncomingMessage::Ping(payload.to_vec())),
            Opcode::Pong => Some(IncomingMessage::Pong),
            Opcode::Close => Some(IncomingMessage::Close(close_code(payload)?)),
            opcode if head.is_final && self.message.is_none() => {
                Some(complete(opcode, payload.to_vec())?)
            }
            opcode => {
                self.append(opcode, payload)?;
                match self.message.take_if(|_| head.is_final) {
                    Some(message) => Some(complete(message.opcode, message.bytes)?),
                    None => None,
                }
            }
        })
    }

    fn append(&mut self, opcode: Opcode, payload: &[u8]) -> Result<(), ProtocolViolation> {
        self.message
            .get_or_insert_with(|| Partial { opcode, bytes: Vec::new(), checked: 0 })
            .append(payload)
    }
}

/// The part of a message that has arrived.
#[derive(Debug)]
struct Partial {
    /// Text or binary.
    opcode: Opcode,
    bytes: Vec<u8>,
    /// The number of bytes that are valid UTF-8. The bytes after them start a character.
    checked: usize,
}

impl Partial {
    fn append(&mut self, payload: &[u8]) -> Result<(), ProtocolViolation> {
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

const NOT_UTF8: ProtocolViolation = (CloseCode::InvalidUtf8, "the text is not UTF-8");

fn complete(opcode: Opcode, payload: Vec<u8>) -> Result<IncomingMessage, ProtocolViolation> {
    if opcode == Opcode::Binary {
        return Ok(IncomingMessage::Binary(payload));
    }
    String::from_utf8(payload).map(IncomingMessage::Text).map_err(|_| NOT_UTF8)
}

/// Returns the code in a client's close frame (RFC 6455, section 7.4).
fn close_code(payload: &[u8]) -> Result<Option<u16>, ProtocolViolation> {
    let [high, low, reason @ ..] = payload else {
        return if payload.is_empty() {
            Ok(None)
        } else {
            Err((CloseCode::Protocol, "the close code is incomplete"))
        };
    };
    if std::str::from_utf8(reason).is_err() {
        return Err((CloseCode::InvalidUtf8, "the reason is not UTF-8"));
    }
    match u16::from_be_bytes([*high, *low]) {
        code @ (1000..=1003 | 1007..=1014 | 3000..=4999) => Ok(Some(code)),
        _ => Err((CloseCode::Protocol, "the close code must not be sent")),
    }
}
