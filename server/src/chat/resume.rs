//! `resume`: subscribes to many rooms at once, each from where the client left off.

use protocol::{
    Refused, Response, Resume, ResumeRoom, Resumed, RoomId, RoomName, ServerMessage, Subscribed,
};

use super::{Caller, ChatService, Outcome};
use crate::{delivery::reply::ReplyTo, error::Error, store::Snapshot};

/// A subscription that waits for its snapshot: the room as the client named it, its id, and the
/// last `seq` that the client has.
type Begun = (RoomName, RoomId, Option<u64>);

impl ChatService {
    /// Subscribes the connection to many rooms. The store reads for all of them together.
    pub(super) async fn resume(
        &self,
        caller: &Caller,
        resume: Resume,
        reply: &ReplyTo,
    ) -> Result<Outcome, Error> {
        let resumed = self.resume_rooms(caller, resume).await?;
        self.complete_resume(caller, resumed, reply);
        Ok(Outcome::Done)
    }

    async fn resume_rooms(&self, caller: &Caller, resume: Resume) -> Result<Resumed, Error> {
        let same_epoch = self.is_current_epoch(resume.epoch.as_deref());
        let names = resume.rooms.iter().map(|asked| asked.room.clone()).collect();
        let accesses = self.store.rooms_access(caller.user.id, names).await?;
        let joins = resume.join.unwrap_or(true);
        let to_join: Vec<_> = (accesses.iter().flatten())
            .filter(|access| joins && !access.member)
            .map(|access| access.room)
            .collect();
        if !to_join.is_empty() {
            let limit = self.subscriptions_left(caller);
            self.join_rooms(caller, to_join.into_iter().take(limit).collect()).await?;
        }
        // The hub buffers the rooms' events from `begin_subscribe` on, so the permit comes first.
        let permit = self.store.recovery_permit(caller.user.id).await?;
        let (mut begun, mut refused) = (Vec::<Begun>::new(), Vec::new());
        for (ResumeRoom { room: name, since }, access) in resume.rooms.into_iter().zip(accesses) {
            let room = access.map_err(Error::from).and_then(|access| {
                self.begin_subscribe(caller, access.room)?;
                Ok(access.room)
            });
            match room {
                Ok(room) if begun.iter().any(|(_, other, _)| *other == room) => {} // named twice
                Ok(room) => begun.push((name, room, since.filter(|_| same_epoch))),
                Err(error) => refused.push(Refused { room: name, error: error.into_payload() }),
            }
        }
        let positions = begun.iter().map(|(_, room, since)| (*room, *since)).collect();
        let snapshots = self.store.snapshots(permit, caller.user.id, positions).await;
        let snapshots = snapshots.inspect_err(|_| {
            begun.iter().for_each(|(_, room, _)| self.hub.abort_subscribe(caller.client, *room));
        })?;
        let has_more = snapshots.len() < begun.len();
        let mut rooms = Vec::with_capacity(snapshots.len());
        let mut snapshots = snapshots.into_iter();
        for (name, room, _) in begun {
            let snapshot = snapshots.next().map(|(_, snapshot)| snapshot);
            match snapshot.map(|snapshot| snapshot.and_then(Snapshot::of_member)) {
                Some(Ok(snapshot)) => rooms.push(self.subscribed(name, room, snapshot)),
                Some(Err(error)) => {
                    self.hub.abort_subscribe(caller.client, room);
                    refused.push(Refused { room: name, error: Error::from(error).into_payload() });
                }
                None => self.hub.abort_subscribe(caller.client, room), // the reply is full
            }
        }
        Ok(Resumed { rooms, refused, has_more })
    }

    /// Has the hub send the reply, in order with the events of all its rooms. Rooms from which the
    /// user was removed since the reply was made are refused in it.
    fn complete_resume(&self, caller: &Caller, mut resumed: Resumed, reply: &ReplyTo) {
        loop {
            let seqs: Vec<_> = resumed.rooms.iter().map(|room| (room.room, room.seq)).collect();
            let frame = reply.encode(&ServerMessage::from(Response::Resume(resumed.clone())));
            let Err(gone) = self.hub.complete_resume(caller.client, &seqs, frame) else { break };
            let (gone, rooms): (Vec<_>, _) =
                resumed.rooms.into_iter().partition(|room| gone.contains(&room.room));
            resumed.rooms = rooms;
            let error = Error::NotFound("room").into_payload();
            let refuse =
                |Subscribed { subscribed: room, .. }| Refused { room, error: error.clone() };
            resumed.refused.extend(gone.into_iter().map(refuse));
        }
        reply.mark_replied();
    }
}
