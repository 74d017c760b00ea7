//! What only the store knows of memberships, which a recount of unread messages begins with.

use std::{collections::BTreeMap, path::Path, time::Duration};

use protocol::{MessageId, RoomId, UserId};

/// After which events users became members, and their positions in
/// threads.
#[derive(Debug, Default)]
pub(crate) struct Memberships {
    pub(crate) joined: BTreeMap<(UserId, RoomId), u64>,
    pub(crate) threads: BTreeMap<(UserId, MessageId), u64>,
    pub(crate) following: BTreeMap<(UserId, MessageId), bool>,
}

/// A kind, a user, a room or thread, a position, and whether the user follows the thread.
pub(crate) type MembershipRow = (String, String, String, u64, bool);

impl Memberships {
    /// Returns the query; `hex` writes an id.
    pub(crate) fn select(hex: &str) -> String {
        let id = |column| hex.replace("{}", column);
        format!(
            "SELECT 'room', {}, {}, joined_seq, 0 FROM room_members
             UNION ALL SELECT 'thread', {}, {}, read_seq, following FROM thread_followers",
            id("user_id"),
            id("room_id"),
            id("user_id"),
            id("thread")
        )
    }

    /// Reads a SQLite file.
    pub(crate) fn rows_of(file: &Path) -> Vec<MembershipRow> {
        let file = rusqlite::Connection::open(file).unwrap();
        file.busy_timeout(Duration::from_secs(10)).unwrap();
        let mut select = file.prepare(&Self::select("lower(hex({}))")).unwrap();
        let rows = select.query_map([], |row| {
            let is_following = row.get::<_, i64>(4)? > 0;
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, is_following))
        });
        rows.unwrap().map(Result::unwrap).collect()
    }

    pub(crate) fn of(rows: Vec<MembershipRow>) -> Self {
        let mut all = Self::default();
        for (kind, user, id, seq, following) in rows {
            let (user, id) = (UserId(user.parse().unwrap()), id.parse().unwrap());
            if kind == "room" {
                all.joined.insert((user, RoomId(id)), seq);
            } else {
                all.threads.insert((user, MessageId(id)), seq);
                all.following.insert((user, MessageId(id)), following);
            }
        }
        all
    }
}
