//! Cursors: where a page of results ended. They hold for one user and one search.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use protocol::{Search, UserId, limits::MAX_COUNTED_RESULTS};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::{base::search::Doc, store::SearchPlace};

/// What a cursor belongs to.
type Owner = [u8; 8];

/// The bits of the flags.
const MORE: u8 = 1;
const COUNTS: u8 = 2;

/// Returns what the cursors of a search belong to.
pub(super) fn digest(user: UserId, search: &Search) -> Owner {
    let mut hasher = Sha256::new();
    hasher.update(user.0.as_bytes());
    let room = search.room.as_ref().map(|room| room.0.as_str()).unwrap_or_default();
    for part in [&search.query, room, search.time_zone.as_deref().unwrap_or_default()] {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    let hash: [u8; 32] = hasher.finalize().into();
    let mut owner = Owner::default();
    owner.copy_from_slice(&hash[..8]);
    owner
}

/// Encodes a cursor.
pub(super) fn encode(place: &SearchPlace, owner: Owner) -> String {
    let SearchPlace { doc, total, more, counts } = place;
    let flags = if *more { MORE } else { 0 } | if *counts { COUNTS } else { 0 };
    let mut bytes = Vec::from(owner);
    bytes.extend(doc.sent_at.to_be_bytes());
    bytes.extend(doc.seq.to_be_bytes());
    bytes.extend(doc.room.as_bytes());
    bytes.extend(total.to_be_bytes());
    bytes.push(flags);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Decodes a cursor. `None` if it is none, or of another user or search.
pub(super) fn decode(text: &str, owner: Owner) -> Option<SearchPlace> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    let rest = bytes.strip_prefix(&owner)?;
    let (sent_at, rest) = rest.split_first_chunk()?;
    let (seq, rest) = rest.split_first_chunk()?;
    let (room, rest) = rest.split_first_chunk()?;
    let (total, rest) = rest.split_first_chunk()?;
    let [flags] = rest else { return None };
    let total = u64::from_be_bytes(*total);
    (total <= MAX_COUNTED_RESULTS).then(|| SearchPlace {
        doc: Doc {
            sent_at: i64::from_be_bytes(*sent_at),
            seq: u64::from_be_bytes(*seq),
            room: Uuid::from_bytes(*room),
        },
        total,
        more: flags & MORE > 0,
        counts: flags & COUNTS > 0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_holds_for_its_user_and_its_search() {
        let search = Search { query: "plan".into(), ..Search::default() };
        let user = UserId(Uuid::from_u128(1));
        let doc = Doc { sent_at: -3, seq: u64::MAX, room: Uuid::from_u128(7) };
        let place = SearchPlace { doc, total: 12, more: true, counts: false };
        let owner = digest(user, &search);
        let cursor = encode(&place, owner);
        assert_eq!(decode(&cursor, owner), Some(place));
        let others = [
            digest(UserId(Uuid::from_u128(2)), &search),
            digest(user, &Search { query: "plans".into(), ..search.clone() }),
            digest(user, &Search { room: Some("general".into()), ..search.clone() }),
            digest(user, &Search { time_zone: Some("UTC".into()), ..search }),
        ];
        for other in others {
            assert_eq!(decode(&cursor, other), None);
        }
        for odd in ["", "x", "=", &cursor[..cursor.len() - 4], &format!("{cursor}AAAA")] {
            assert_eq!(decode(odd, owner), None, "{odd}");
        }
    }
}
