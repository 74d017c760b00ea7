//! Closes notifications of what was read.

use protocol::{MessageId, PushId, RoomId, UserId};
use uuid::Uuid;

use super::{DevicePayload, Kind, Sent};
use crate::store::{
    Result, now,
    sql::{Db, Row, values},
};

/// The push services that end the subscription of a browser that shows nothing when it is sent
/// something.
const LOUD_SERVICES: [&str; 2] = ["push.apple.com", "push.services.mozilla.com"];

/// Leaves jobs for the browsers that may show a notification of a room or thread that its user has
/// read. Returns whether there are any.
pub(in crate::store) fn close_read(
    db: &Db,
    user: UserId,
    (room, thread): (RoomId, Option<MessageId>),
    read_seq: u64,
) -> Result<bool> {
    let tag = thread.map_or(room.0, |thread| thread.0);
    let select = "SELECT device_id, endpoint
         FROM pushed JOIN push_devices ON push_devices.id = device_id
         WHERE pushed.user_id = $1 AND tag = $2 AND seq <= $3";
    let read = |row: &Row<'_>| Ok((row.get("device_id")?, row.get("endpoint")?));
    let shown: Vec<(PushId, String)> = db.rows(select, values![user, tag, read_seq], read)?;
    for (device, endpoint) in &shown {
        let delete = "DELETE FROM pushed WHERE device_id = $1 AND tag = $2";
        db.execute(delete, values![*device, tag])?;
        if !is_loud(endpoint) {
            let payload = DevicePayload::new(*device, Sent::Close(tag)).to_json()?;
            add_job(db, Kind::Close, user, &payload)?;
        }
    }
    Ok(!shown.is_empty())
}

fn is_loud(endpoint: &str) -> bool {
    let host = url::Url::parse(endpoint).ok();
    let host = host.as_ref().and_then(url::Url::host_str).unwrap_or_default();
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
