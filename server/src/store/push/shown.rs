//! What browsers may show: of each room or thread the newest message (table `pushed`).

use protocol::PushId;
use uuid::Uuid;

use super::{
    DeviceTask, Sent,
    audience::{is_notified, subject},
};
use crate::store::{
    Result, Store,
    sql::{Db, values},
};

/// What was noted before a message is sent.
#[derive(Clone, Copy, Debug)]
pub struct Noted {
    tag: Uuid,
    seq: u64,
    /// What was noted before.
    before: Option<u64>,
}

impl Store {
    /// Notes what a browser may show from now on: what is read while its push service does not
    /// answer is closed as well. `None` if the message is not to be sent any more.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn note_pushed(&self, task: &DeviceTask) -> Result<Option<Noted>> {
        let Sent::Message(message) = task.what else { return Ok(None) };
        let (device, user) = (task.device, task.user);
        self.write(move |db| {
            let Some(subject) = subject(db, message)? else { return Ok(None) };
            if !is_notified(db, &subject, user)? {
                return Ok(None);
            }
            let tag = subject.tag();
            let before = shown(db, device, tag)?;
            let select = "SELECT id FROM push_devices WHERE id = $1 AND user_id = $2";
            if db.row(select, values![device, user], |row| row.get::<PushId>("id"))?.is_none() {
                return Ok(None);
            }
            db.execute(
                "INSERT INTO pushed (device_id, tag, user_id, seq) VALUES ($1, $2, $3, $4)
                 ON CONFLICT (device_id, tag) DO UPDATE SET seq = excluded.seq
                     WHERE pushed.seq < excluded.seq",
                values![device, tag, user, subject.seq],
            )?;
            Ok(Some(Noted { tag, seq: subject.seq, before }))
        })
        .await
    }
}

/// Returns the `seq` of the newest message of a room or thread that a browser may show.
pub(super) fn shown(db: &Db, device: PushId, tag: Uuid) -> Result<Option<u64>> {
    let select = "SELECT seq FROM pushed WHERE device_id = $1 AND tag = $2";
    db.row(select, values![device, tag], |row| row.get("seq"))
}

/// Notes that a push service has not taken a message. What was noted meanwhile stays.
pub(super) fn note_refused(db: &Db, device: PushId, noted: Noted) -> Result<()> {
    let Noted { tag, seq, before } = noted;
    match before {
        // It was tried before, or the service may have changed the order.
        Some(before) if before >= seq => 0,
        Some(before) => db.execute(
            "UPDATE pushed SET seq = $1 WHERE device_id = $2 AND tag = $3 AND seq = $4",
            values![before, device, tag, seq],
        )?,
        None => db.execute(
            "DELETE FROM pushed WHERE device_id = $1 AND tag = $2 AND seq = $3",
            values![device, tag, seq],
        )?,
    };
    Ok(())
}
