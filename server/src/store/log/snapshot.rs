//! Snapshots of room logs, for clients that subscribe or resume.

use protocol::{History, LoggedEvent, RoomId, UserId, limits::MAX_REPLY_BYTES};

use super::{
    super::{
        RecoveryPermit, Result, Store, StoreError,
        access::{RoomAccess, access_among},
        sql::Db,
    },
    MessagePage, encoded_len,
    events::events_since,
    messages::{Scope, page},
};

/// A room log at one moment: the events that a client has missed, or the newest page.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// True if the user was a member of the room at that moment.
    pub member: bool,
    /// The last `seq` that the snapshot covers.
    pub seq: u64,
    /// All events after `since`; `None` if they are too many, or if `since` is not of this epoch.
    pub events: Option<Vec<LoggedEvent>>,
    /// The newest page if there are no events, otherwise empty.
    pub page: MessagePage,
}

impl Store {
    /// Returns a snapshot of a room log.
    ///
    /// # Errors
    /// Fails if the store is unavailable, or if the user may no longer see the room.
    pub async fn snapshot(
        &self,
        permit: RecoveryPermit,
        user: UserId,
        room: RoomId,
        since: Option<u64>,
    ) -> Result<Snapshot> {
        let only = self.snapshots(permit, user, vec![(room, since)]).await?.pop();
        only.map_or(Err(StoreError::NotFound("room")), |(_, snapshot)| snapshot)
    }

    /// Returns snapshots of several room logs, all of the same moment.
    ///
    /// The first room is always included. The others follow as long as all snapshots together fit
    /// [`MAX_REPLY_BYTES`].
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn snapshots(
        &self,
        permit: RecoveryPermit,
        user: UserId,
        rooms: Vec<(RoomId, Option<u64>)>,
    ) -> Result<Vec<(RoomId, Result<Snapshot>)>> {
        self.read(move |db| {
            let _permit = permit;
            db.read_snapshot(|| snapshots(db, user, rooms))
        })
        .await
    }
}

impl Snapshot {
    /// Returns the snapshot, for a subscription.
    ///
    /// # Errors
    /// Returns [`StoreError::NotFound`] if the user was not a member.
    pub fn of_member(self) -> Result<Self> {
        if self.member { Ok(self) } else { Err(StoreError::NotFound("room")) }
    }

    /// Returns the approximate length as JSON, in bytes.
    fn encoded_len(&self) -> usize {
        const EMPTY: usize = 250;
        let events = self.events.iter().flatten().map(encoded_len);
        EMPTY + events.chain(self.page.messages.iter().map(encoded_len)).sum::<usize>()
    }
}

pub(in crate::store) fn snapshots(
    db: &Db,
    user: UserId,
    rooms: Vec<(RoomId, Option<u64>)>,
) -> Result<Vec<(RoomId, Result<Snapshot>)>> {
    let (mut snapshots, mut bytes) = (Vec::new(), 0);
    let ids: Vec<_> = rooms.iter().map(|(room, _)| *room).collect();
    let known = access_among(db, user, &ids)?;
    for (room, since) in rooms {
        let known = known.get(&room).ok_or(StoreError::NotFound("room"));
        let snapshot = known.and_then(|(access, end)| snapshot(db, access, since, *end));
        let snapshot = match snapshot {
            Err(error) if error.is_outage() => return Err(error), // applies to all rooms
            snapshot => snapshot,
        };
        bytes += snapshot.as_ref().map_or(0, Snapshot::encoded_len);
        if bytes > MAX_REPLY_BYTES && !snapshots.is_empty() {
            break;
        }
        snapshots.push((room, snapshot));
    }
    Ok(snapshots)
}

/// Returns a snapshot of a room log, whose last `seq` is known.
fn snapshot(db: &Db, access: &RoomAccess, since: Option<u64>, seq: u64) -> Result<Snapshot> {
    let RoomAccess { room, member, .. } = *access;
    let events = since.map(|since| events_since(db, room, since, seq)).transpose()?.flatten();
    let page = if events.is_none() {
        page(db, Scope::Room(room), &History::default())?
    } else {
        MessagePage::default()
    };
    Ok(Snapshot { member, seq, events, page })
}
