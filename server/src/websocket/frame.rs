//! Frames (RFC 6455): encoding of outgoing frames, parsing and unmasking of incoming ones.
//!
//! A frame that a server sends is not masked, so it is the same for every reader. A broadcast is
//! therefore one buffer that all outboxes share (docs/decisions/0003-connection-loop.md).

use bytes::{BufMut as _, Bytes, BytesMut};
use protocol::limits::MAX_CLOSE_REASON_BYTES;

/// The type of a frame (RFC 6455, section 5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opcode {
    /// Continues a message.
    Continuation,
    /// UTF-8 text.
    Text,
    /// Bytes.
    Binary,
    /// Starts or answers the closing handshake.
    Close,
    /// Asks for a pong.
    Ping,
    /// Answers a ping.
    Pong,
}

impl Opcode {
    fn from_bits(bits: u8) -> Option<Self> {
        Some(match bits {
            0 => Self::Continuation,
            1 => Self::Text,
            2 => Self::Binary,
            8 => Self::Close,
            9 => Self::Ping,
            10 => Self::Pong,
            _ => return None,
        })
    }

    fn bits(self) -> u8 {
        match self {
            Self::Continuation => 0,
            Self::Text => 1,
            Self::Binary => 2,
            Self::Close => 8,
            Self::Ping => 9,
            Self::Pong => 10,
        }
    }

    /// Returns whether this is a control frame. Control frames are short, never fragmented, and may
    /// come between the fragments of a message.
    #[must_use]
    pub fn is_control(self) -> bool {
        matches!(self, Self::Close | Self::Ping | Self::Pong)
    }
}

/// Encodes an unmasked frame that is not fragmented.
#[must_use]
pub fn encode(opcode: Opcode, payload: &[u8]) -> Bytes {
    let mut frame = BytesMut::with_capacity(payload.len() + 10);
    frame.put_u8(0x80 | opcode.bits());
    match payload.len() {
        short @ ..=125 => frame.put_u8(short as u8),
        medium @ ..=0xffff => {
            frame.put_u8(126);
            frame.put_u16(medium as u16);
        }
        long => {
            frame.put_u8(127);
            frame.put_u64(long as u64);
        }
    }
    frame.put_slice(payload);
    frame.freeze()
}

/// Encodes a text message.
#[must_use]
pub fn text(text: &str) -> Bytes {
    encode(Opcode::Text, text.as_bytes())
}

/// Encodes a close frame. A reason that is too long is cut at a character boundary. Without a code,
/// the frame has no reason either.
#[must_use]
pub fn close(code: Option<u16>, reason: &str) -> Bytes {
    let Some(code) = code else { return encode(Opcode::Close, &[]) };
    let mut end = reason.len().min(MAX_CLOSE_REASON_BYTES);
    while !reason.is_char_boundary(end) {
        end -= 1;
    }
    let mut payload = code.to_be_bytes().to_vec();
    payload.extend_from_slice(&reason.as_bytes()[..end]);
    encode(Opcode::Close, &payload)
}

/// The header of a frame from a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// True if the frame is the last one of its message.
    pub is_final: bool,
    /// The type.
    pub opcode: Opcode,
    /// The length of the payload, in bytes.
    pub len: u64,
    /// The masking key.
    pub mask: [u8; 4],
    /// The length of the header itself, in bytes.
    pub head_len: usize,
}

/// Parses the header of a frame from a client. Returns `None` if more bytes are needed.
///
/// # Errors
/// Fails if the frame violates RFC 6455, section 5.2: it is not masked, has an unknown opcode or a
/// reserved bit, has a length that is not in its shortest form, or is a control frame that is too
/// long or fragmented.
pub fn parse_head(bytes: &[u8]) -> Result<Option<Head>, &'static str> {
    let [first, second, rest @ ..] = bytes else { return Ok(None) };
    if first & 0x70 != 0 {
        return Err("reserved bits are set");
    }
    let opcode = Opcode::from_bits(first & 0x0f).ok_or("unknown opcode")?;
    let is_final = first & 0x80 != 0;
    if second & 0x80 == 0 {
        return Err("frames from a client must be masked");
    }
    let short = second & 0x7f;
    if opcode.is_control() && (!is_final || short > 125) {
        return Err("a control frame must be whole and at most 125 bytes long");
    }
    let len_bytes = match short {
        126 => 2,
        127 => 8,
        _ => 0,
    };
    if rest.len() < len_bytes + 4 {
        return Ok(None);
    }
    let (len, rest) = rest.split_at(len_bytes);
    let len = match short {
        126 | 127 => len.iter().fold(0, |len: u64, byte| len << 8 | u64::from(*byte)),
        short => u64::from(short),
    };
    let shortest = match short {
        126 => 126,
        127 => 1 << 16,
        _ => 0,
    };
    if len < shortest {
        return Err("the length is not in its shortest form");
    }
    if len >> 63 != 0 {
        return Err("the length's highest bit is set");
    }
    let mask = [rest[0], rest[1], rest[2], rest[3]];
    Ok(Some(Head { is_final, opcode, len, mask, head_len: 2 + len_bytes + 4 }))
}

/// Masks or unmasks a part of a payload. `offset` is the position of `bytes` in the payload.
pub fn unmask(bytes: &mut [u8], mask: [u8; 4], offset: usize) {
    let mask: [u8; 4] = std::array::from_fn(|at| mask[(at + offset) % 4]);
    let wide = u64::from_ne_bytes(std::array::from_fn(|at| mask[at % 4]));
    let mut chunks = bytes.chunks_exact_mut(8);
    for chunk in &mut chunks {
        let word = u64::from_ne_bytes(std::array::from_fn(|at| chunk[at])) ^ wide;
        chunk.copy_from_slice(&word.to_ne_bytes());
    }
    for (byte, mask) in chunks.into_remainder().iter_mut().zip(mask.iter().cycle()) {
        *byte ^= mask;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_encoded_in_the_shortest_form() {
        for (len, head) in [(0, 2), (125, 2), (126, 4), (65_535, 4), (65_536, 10)] {
            assert_eq!(encode(Opcode::Text, &vec![0; len]).len(), head + len, "{len}");
        }
    }

    #[test]
    fn a_close_reason_is_cut_at_a_character() {
        let frame = close(Some(1008), &"ä".repeat(100));
        assert_eq!(frame.len(), 2 + 2 + 122);
        assert!(std::str::from_utf8(&frame[4..]).is_ok());
    }

    #[test]
    fn headers_are_parsed_in_each_form_and_wait_for_missing_bytes() {
        let frames: [(&[u8], u64); 3] = [
            (&[0x81, 0x85, 1, 2, 3, 4], 5),
            (&[0x81, 0xfe, 1, 0, 1, 2, 3, 4], 256),
            (&[0x81, 0xff, 0, 0, 0, 0, 0, 1, 0, 0, 1, 2, 3, 4], 65_536),
        ];
        for (bytes, len) in frames {
            let head = parse_head(bytes).unwrap().unwrap();
            assert_eq!((head.len, head.mask, head.head_len), (len, [1, 2, 3, 4], bytes.len()));
            for cut in 0..bytes.len() {
                assert_eq!(parse_head(&bytes[..cut]), Ok(None));
            }
        }
    }

    #[test]
    fn protocol_violations_are_refused() {
        for bytes in [[0x81, 0x05], [0xc1, 0x85], [0x83, 0x85], [0x09, 0x85], [0x89, 0xfe]] {
            assert!(parse_head(&bytes).is_err(), "{bytes:x?}");
        }
        for frame in [
            &[0x81, 0xfe, 0, 0, 0, 0, 0, 0][..],
            &[0x81, 0xfe, 0, 125, 0, 0, 0, 0],
            &[0x81, 0xff, 0, 0, 0, 0, 0, 0, 0, 126, 0, 0, 0, 0],
            &[0x82, 0xff, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0],
        ] {
            assert!(parse_head(frame).is_err(), "not the shortest form: {frame:x?}");
        }
        assert!(parse_head(&[0x81, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4]).is_err());
    }

    #[test]
    fn unmasking_in_parts_equals_unmasking_the_whole() {
        let plain: Vec<u8> = (0..50).collect();
        for cut in 0..plain.len() {
            let mut bytes = plain.clone();
            unmask(&mut bytes, [7, 77, 177, 200], 0);
            let (head, tail) = bytes.split_at_mut(cut);
            unmask(head, [7, 77, 177, 200], 0);
            unmask(tail, [7, 77, 177, 200], cut);
            assert_eq!(bytes, plain);
        }
    }
}
