//! Closes notifications of what was read, or is gone.

use protocol::{MessageId, PushId, RoomId, UserId};
use uuid::Uuid;

use super::{Closed, DevicePayload, Kind, Sent, devices::host_of};
use crate::store::{
    Result, now,
    sql::{Db, Row, values},
};

/// The push services that end the subscription of a browser that shows nothing when it is sent
/// something.
const LOUD_SERVICES: [&str; 2] = ["push.apple.com", "push.services.mozilla.com"];

/// Selects what browsers may show.
macro_rules! select_shown {
    () => {
        "SELECT device_id, tag, pushed.user_id, pushed.seq, endpoint
         FROM pushed JOIN push_devices ON push_devices.id = device_id"
    };
}

/// Leaves jobs for the browsers that may show a notification of a room or thread that its user has
/// read. Returns whether there are any.
pub(in crate::store) fn close_read(
    db: &Db,
    user: UserId,
    (room, thread): (RoomId, Option<MessageId>),
    read_seq: u64,
) -> Result<bool> {
    let tag = thread.map_or(room.0, |thread| thread.0);
    let select =
        concat!(select_shown!(), " WHERE pushed.user_id = $1 AND tag = $2 AND pushed.seq <= $3");
    close(db, room, &db.rows(select, values![user, tag, read_seq], Shown::read)?)
}

/// Leaves jobs for the browsers that may show a message that is deleted: of its room or thread.
pub(in crate::store) fn close_deleted(
    db: &Db,
    (room, thread): (RoomId, Option<MessageId>),
    seq: u64,
) -> Result<()> {
    let select = concat!(
        select_shown!(),
        " JOIN room_members ON room_members.user_id = pushed.user_id
         WHERE room_members.room_id = $1 AND tag IN ($1, $2) AND pushed.seq = $3"
    );
    let thread = thread.map_or(room.0, |thread| thread.0);
    close(db, room, &db.rows(select, values![room, thread, seq], Shown::read)?).map(drop)
}

/// Leaves jobs for the browsers of a user that may show something of a room, or of its threads.
pub(in crate::store) fn close_room(db: &Db, user: UserId, room: RoomId) -> Result<()> {
    let select = concat!(
        select_shown!(),
        " WHERE pushed.user_id = $1 AND (tag = $2 OR EXISTS (SELECT 1 FROM messages
             WHERE messages.id = tag AND messages.room_id = $2))"
    );
    close(db, room, &db.rows(select, values![user, room], Shown::read)?).map(drop)
}

/// What a browser may show.
struct Shown {
    device: PushId,
    user: UserId,
    tag: Uuid,
    seq: u64,
    endpoint: String,
}

impl Shown {
    fn read(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            device: row.get("device_id")?,
            user: row.get("user_id")?,
            tag: row.get("tag")?,
            seq: row.get("seq")?,
            endpoint: row.get("endpoint")?,
        })
    }
}

/// Leaves jobs that close what is shown of a room and its threads.
fn close(db: &Db, room: RoomId, shown: &[Shown]) -> Result<bool> {
    for Shown { device, user, tag, seq, endpoint } in shown {
        let delete = "DELETE FROM pushed WHERE device_id = $1 AND tag = $2";
        db.execute(delete, values![*device, *tag])?;
        if !is_loud(endpoint) {
            let select = "SELECT sent_at FROM messages WHERE room_id = $1 AND seq = $2";
            let at = db.row(select, values![room, *seq], |row| row.get("sent_at"))?;
            let closed = Closed { tag: *tag, until: at.map(|at| (*seq, at)) };
            let payload = DevicePayload::new(*device, Sent::Close(closed)).to_json()?;
            add_job(db, Kind::Close, *user, &payload)?;
        }
    }
    Ok(!shown.is_empty())
}

fn is_loud(endpoint: &str) -> bool {
    let host = host_of(endpoint);
    LOUD_SERVICES.iter().any(|service| {
        host.strip_suffix(service).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    })
}

/// Adds a job that is due now.
pub(super) fn add_job(db: &Db, kind: Kind, user: UserId, payload: &str) -> Result<()> {
    db.execute(
        "INSERT INTO jobs (id, kind, user_id, payload, due_at, error, holder, leased_until)
         VALUES ($1, $2, $3, $4, $5, NULL, NULL, 0)",
        values![Uuid::now_v7(), kind.as_str(), user, payload, now()],
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::is_loud;

    #[test]
    fn services_that_end_silent_subscriptions_are_told_by_their_host() {
        assert!(is_loud("https://web.push.apple.com/abc"));
        assert!(is_loud("https://updates.push.services.mozilla.com/wpush/v2/abc"));
        assert!(!is_loud("https://fcm.googleapis.com/fcm/send/abc"));
        assert!(!is_loud("https://notpush.apple.com/abc"));
        assert!(!is_loud("https://push.apple.com.example/abc"));
    }
}
