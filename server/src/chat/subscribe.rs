//! `subscribe` and `unsubscribe`: start and end the live stream of a room.

use protocol::{
    Response, RoomId, RoomName, ServerMessage, Subscribe, Subscribed, Unsubscribe, Unsubscribed,
};

use super::{Caller, ChatService, Outcome};
use crate::{delivery::reply::ReplyTo, error::Error, store::Snapshot};

impl ChatService {
    /// Subscribes the connection. The hub sends the reply, in order with the room's events.
    pub(super) async fn subscribe(
        &self,
        caller: &Caller,
        subscribe: Subscribe,
        reply: &ReplyTo,
    ) -> Result<Outcome, Error> {
        let room = if subscribe.join.unwrap_or(true) {
            self.join(caller, &subscribe.room).await?
        } else {
            self.store.room_access(caller.user.id, subscribe.room.clone()).await?.room
        };
        // The hub buffers the room's events from `begin_subscribe` on, so the permit comes first.
        let permit = self.store.recovery_permit(caller.user.id).await?;
        self.begin_subscribe(caller, room)?;
        let since = subscribe.since.filter(|_| self.is_current_epoch(subscribe.epoch.as_deref()));
        let snapshot = self.store.snapshot(permit, caller.user.id, room, since).await;
        // Whoever is no member by now is refused. Later removals end the subscription.
        let snapshot = snapshot.and_then(Snapshot::of_member);
        let snapshot = snapshot.inspect_err(|_| self.hub.abort_subscribe(caller.client, room))?;
        let subscribed = self.subscribed(subscribe.room, room, snapshot);
        let seq = subscribed.seq;
        let frame = reply.encode(&ServerMessage::from(Response::Subscribe(subscribed)));
        if !self.hub.complete_subscribe(caller.client, room, seq, frame) {
            return Err(Error::NotFound("room"));
        }
        reply.mark_replied();
        Ok(Outcome::Done)
    }

    /// Subscribes the connection from the room's current end on, without a reply, and returns the
    /// `seq` of that end. The caller completes the subscription.
    ///
    /// # Errors
    /// Fails if the user may not see such a room, or if the store is unavailable.
    pub async fn enter(&self, caller: &Caller, room: &RoomName) -> Result<(RoomId, u64), Error> {
        let room = self.join(caller, room).await?;
        self.begin_subscribe(caller, room)?;
        let seq = self.store.room_seq(caller.user.id, room).await;
        Ok((room, seq.inspect_err(|_| self.hub.abort_subscribe(caller.client, room))?))
    }

    /// Ends the live stream.
    pub(super) async fn unsubscribe(
        &self,
        caller: &Caller,
        Unsubscribe { room }: Unsubscribe,
    ) -> Result<Outcome, Error> {
        let access = self.store.room_access(caller.user.id, room.clone()).await?;
        self.hub.unsubscribe(caller.client, access.room);
        Ok(Outcome::Reply(Response::Unsubscribe(Unsubscribed { unsubscribed: room }).into()))
    }

    /// Makes the user a member of a room that the connection is about to subscribe to.
    async fn join(&self, caller: &Caller, room: &RoomName) -> Result<RoomId, Error> {
        let access = self.store.room_access(caller.user.id, room.clone()).await?;
        if !access.member {
            if self.subscriptions_left(caller) == 0 {
                return Err(self.too_many_subscriptions());
            }
            self.join_rooms(caller, vec![access.room]).await?;
        }
        Ok(access.room)
    }

    /// Makes the user a member of public rooms. The user's other connections learn of it.
    pub(super) async fn join_rooms(
        &self,
        caller: &Caller,
        rooms: Vec<RoomId>,
    ) -> Result<(), Error> {
        let joined = self.store.join(rooms, caller.user.id).await?;
        self.changes.tell(caller.user.id, joined, Some(caller.client)).await;
        Ok(())
    }

    /// Returns how many more rooms the connection may subscribe to.
    pub(super) fn subscriptions_left(&self, caller: &Caller) -> usize {
        self.max_subscriptions.saturating_sub(self.hub.rooms_of(caller.client).len())
    }

    /// Starts a subscription. The hub buffers the room's events until it is completed.
    pub(super) fn begin_subscribe(&self, caller: &Caller, room: RoomId) -> Result<(), Error> {
        let begun = self.hub.begin_subscribe(caller.client, room, self.max_subscriptions);
        if begun { Ok(()) } else { Err(self.too_many_subscriptions()) }
    }

    /// Returns whether a client's positions count in the present epoch.
    pub(super) fn is_current_epoch(&self, epoch: Option<&str>) -> bool {
        epoch.is_none_or(|epoch| epoch == self.store.epoch())
    }

    /// Returns the reply for one room.
    pub(super) fn subscribed(
        &self,
        name: RoomName,
        room: RoomId,
        Snapshot { seq, events, page, member: _ }: Snapshot,
    ) -> Subscribed {
        Subscribed {
            subscribed: name,
            room,
            seq,
            epoch: self.store.epoch(),
            recovered: events.is_some(),
            events: events.unwrap_or_default(),
            messages: page.messages,
            has_more: page.has_more,
        }
    }

    fn too_many_subscriptions(&self) -> Error {
        let limit = self.max_subscriptions;
        Error::Forbidden(format!("A connection can subscribe to {limit} rooms at most.").into())
    }
}
