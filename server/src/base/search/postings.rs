//! How a segment of the index stores what it has: its messages, and for each gram which of them
//! have it. All numbers are of variable length: seven bits a byte, the lowest first.

use std::collections::HashMap;

use uuid::Uuid;

/// A message of a segment. Messages are ordered by their time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Doc {
    /// When it was sent, in milliseconds.
    pub sent_at: i64,
    /// Its position in the room log.
    pub seq: u64,
    /// The room.
    pub room: Uuid,
}

/// The messages of a segment, in order.
#[derive(Debug)]
pub struct Docs;

impl Docs {
    /// Encodes messages that are in order.
    #[must_use]
    pub fn encode(docs: &[Doc]) -> Vec<u8> {
        let mut rooms: Vec<Uuid> = Vec::new();
        let mut numbers = HashMap::new();
        for doc in docs {
            numbers.entry(doc.room).or_insert_with(|| {
                rooms.push(doc.room);
                rooms.len() - 1
            });
        }
        let mut bytes = Vec::new();
        push(&mut bytes, rooms.len() as u64);
        rooms.iter().for_each(|room| bytes.extend_from_slice(room.as_bytes()));
        let mut last_at = 0;
        let mut last_seqs = vec![0; rooms.len()];
        for doc in docs {
            let number = numbers[&doc.room];
            push(&mut bytes, number as u64);
            push(&mut bytes, zigzag(doc.sent_at.wrapping_sub(last_at)));
            let step = doc.seq.wrapping_sub(last_seqs[number]).cast_signed();
            push(&mut bytes, zigzag(step));
            (last_at, last_seqs[number]) = (doc.sent_at, doc.seq);
        }
        bytes
    }

    /// Decodes all messages. `None` if the bytes are of something else.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<Vec<Doc>> {
        let mut docs = Vec::with_capacity(bytes.len() / 4);
        Self::each(bytes, |doc| docs.push(doc))?;
        Some(docs)
    }

    /// Decodes the messages with these numbers, which ascend. `None` if the bytes are of something
    /// else.
    #[must_use]
    pub fn decode_some(bytes: &[u8], numbers: &[u32]) -> Option<Vec<Doc>> {
        let mut docs = Vec::with_capacity(numbers.len());
        let mut wanted = numbers.iter().copied().peekable();
        let mut number = 0;
        Self::each(bytes, |doc| {
            if wanted.next_if_eq(&number).is_some() {
                docs.push(doc);
            }
            number += 1;
        })?;
        Some(docs)
    }

    fn each(mut bytes: &[u8], mut take: impl FnMut(Doc)) -> Option<()> {
        let count = usize::try_from(pull(&mut bytes)?).ok()?;
        let (rooms, mut bytes) = bytes.split_at_checked(count.checked_mul(16)?)?;
        let (rooms, _) = rooms.as_chunks::<16>();
        let mut last_at = 0i64;
        let mut last_seqs = vec![0u64; count];
        while !bytes.is_empty() {
            let number = usize::try_from(pull(&mut bytes)?).ok()?;
            let last_seq = last_seqs.get_mut(number)?;
            last_at = last_at.wrapping_add(unzigzag(pull(&mut bytes)?));
            *last_seq = last_seq.wrapping_add(unzigzag(pull(&mut bytes)?).cast_unsigned());
            take(Doc { sent_at: last_at, seq: *last_seq, room: Uuid::from_bytes(rooms[number]) });
        }
        Some(())
    }
}

/// Numbers in ascending order: which messages of a segment have a gram.
#[derive(Debug)]
pub struct Postings;

impl Postings {
    /// Encodes numbers that ascend.
    #[must_use]
    pub fn encode(numbers: &[u32]) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(numbers.len() + 4);
        let mut last = 0;
        for number in numbers {
            push(&mut bytes, u64::from(number - last));
            last = *number;
        }
        bytes
    }

    /// Decodes numbers. `None` if the bytes are of something else.
    #[must_use]
    pub fn decode(mut bytes: &[u8]) -> Option<Vec<u32>> {
        let mut numbers = Vec::with_capacity(bytes.len());
        let mut last = 0u32;
        while !bytes.is_empty() {
            last = last.checked_add(u32::try_from(pull(&mut bytes)?).ok()?)?;
            numbers.push(last);
        }
        Some(numbers)
    }
}

fn push(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn pull(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0u64;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(number);
        }
    }
    None
}

/// Makes small numbers of small negative ones too.
fn zigzag(number: i64) -> u64 {
    (number << 1 ^ number >> 63).cast_unsigned()
}

fn unzigzag(number: u64) -> i64 {
    (number >> 1).cast_signed() ^ -(number & 1).cast_signed()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn messages_are_decoded_as_they_were(
            docs in prop::collection::vec((any::<i64>(), any::<u64>(), 0u128..4), 0..50),
        ) {
            let docs: Vec<_> = docs
                .into_iter()
                .map(|(sent_at, seq, room)| Doc { sent_at, seq, room: Uuid::from_u128(room) })
                .collect();
            let bytes = Docs::encode(&docs);
            let numbers: Vec<u32> = (0..50).step_by(3).collect();
            let some = docs.iter().copied().step_by(3).collect::<Vec<_>>();
            prop_assert_eq!(Docs::decode_some(&bytes, &numbers), Some(some));
            prop_assert_eq!(Docs::decode(&bytes), Some(docs));
        }

        #[test]
        fn postings_are_decoded_as_they_were(
            numbers in prop::collection::btree_set(any::<u32>(), 0..50),
        ) {
            let numbers: Vec<_> = numbers.into_iter().collect();
            prop_assert_eq!(Postings::decode(&Postings::encode(&numbers)), Some(numbers));
        }

        #[test]
        fn other_bytes_do_not_panic(bytes in prop::collection::vec(any::<u8>(), 0..50)) {
            let _ = Docs::decode(&bytes);
            let _ = Postings::decode(&bytes);
        }
    }
}
