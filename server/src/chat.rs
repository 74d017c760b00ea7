//! What a request does: check it, write the room's log or read it, publish. One function for each [`Request`].

use protocol::{
    Chat, ClientId, Empty, ErrorCode, ErrorPayload, Event, History, HistoryPage, Member, Members, MembersPage,
    MessageId, Request, Response, RoomId, RoomName, RoomsPage, Sent, ServerMessage, Subscribe, Subscribed, Unsubscribe,
    Unsubscribed, User, UserId,
    limits::{MAX_PAGE_MEMBERS, MAX_SUBSCRIPTIONS},
};
use uuid::Uuid;

use crate::{
    bus::{Bus, Reply},
    config::Switch,
    error::Error,
    hub::Hub,
    store::{Appended, NewMessage, Snapshot, Store, StoreError},
};

/// The chat itself. Cheap to clone.
#[derive(Clone, Debug)]
pub struct ChatService {
    store: Store,
    hub: Hub,
    bus: Bus,
    max_subscriptions: usize,
}

/// Who asks, and over which connection.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The connection.
    pub client: ClientId,
    /// The person.
    pub user: User,
    /// The room of `/ws/{room}`.
    pub default_room: Option<RoomId>,
}

/// How a request was answered.
#[derive(Debug)]
pub enum Answer {
    /// With this.
    Now(ServerMessage),
    /// It has its place in the order of writes; `reply` is called after the commit.
    AfterCommit,
    /// The hub is to send it, in order with the room's events (`Hub::complete_subscribe`).
    Subscribed(RoomId, Box<Subscribed>),
}

impl ChatService {
    /// On top of these.
    #[must_use]
    pub fn new(store: Store, hub: Hub, bus: Bus, rate_limit: Switch) -> Self {
        let max_subscriptions = if rate_limit == Switch::On { MAX_SUBSCRIPTIONS } else { usize::MAX };
        Self { store, hub, bus, max_subscriptions }
    }

    /// The hub that delivers.
    #[must_use]
    pub fn hub(&self) -> &Hub {
        &self.hub
    }

    /// Serves a request up to where the next of the same connection may begin.
    ///
    /// # Errors
    /// It cannot be done; the error is the answer.
    pub async fn serve(
        &self,
        caller: &Caller,
        request: Request,
        reply: impl FnOnce() -> Reply,
    ) -> Result<Answer, Error> {
        match request {
            Request::Chat(chat) => self.send(caller, chat, reply()).await,
            Request::Subscribe(subscribe) => {
                let answer = self.subscribe(caller, subscribe).await?;
                Ok(Answer::Subscribed(answer.room, Box::new(answer)))
            }
            Request::Unsubscribe(unsubscribe) => self.unsubscribe(caller, unsubscribe).await.map(Answer::Now),
            Request::History(history) => self.history(caller, history).await.map(Answer::Now),
            Request::Members(members) => self.members(caller.user.id, members).await.map(Answer::Now),
            Request::Rooms(Empty {}) => {
                let rooms = self.store.rooms(caller.user.id).await?;
                Ok(Answer::Now(Response::Rooms(RoomsPage { rooms }).into()))
            }
            Request::Ping(Empty {}) => Ok(Answer::Now(Event::Pong(Empty {}).into())),
            // Both are taken where they arrive; a connection is authenticated once.
            Request::Auth(_) | Request::Pong(Empty {}) => {
                let detail = "This connection is authenticated already.";
                Ok(Answer::Now(ErrorPayload::new(ErrorCode::Conflict, detail).into()))
            }
        }
    }

    /// Appends a message. It is published after its commit, in the order of the log, with its answer beside it.
    async fn send(&self, caller: &Caller, chat: Chat, reply: Reply) -> Result<Answer, Error> {
        let new = NewMessage {
            id: chat.id.unwrap_or_else(|| MessageId(Uuid::now_v7())),
            room: named_or_default(caller, chat.room)?,
            sender: caller.user.clone().into(),
            text: chat.text,
        };
        let bus = self.bus.clone();
        let then = move |appended: Result<Appended, StoreError>| match appended {
            Ok(Appended::Repeat(sent)) => reply.send(Ok(sent)),
            Ok(Appended::New(message)) => {
                let (room, seq, sent) = (message.room, message.seq, Sent::from(&message));
                bus.publish(room, seq, Event::Chat(message), Some((reply, sent)));
            }
            Err(error) => reply.send(Err(error.into())),
        };
        self.store.append(new, then).await?;
        Ok(Answer::AfterCommit)
    }

    /// Begins to follow a room from its present end on: gives that end's `seq`.
    ///
    /// # Errors
    /// There is no such room, or the store is away.
    pub async fn enter(&self, caller: &Caller, room: &RoomName) -> Result<(RoomId, u64), Error> {
        let room = self.begin_subscribe(caller, room).await?;
        let seq = self.store.room_seq(caller.user.id, room).await;
        Ok((room, seq.inspect_err(|_| self.hub.abort_subscribe(caller.client, room))?))
    }

    /// Begins to follow a room. Its events wait in the hub from here on, until `Hub::complete_subscribe`.
    async fn begin_subscribe(&self, caller: &Caller, room: &RoomName) -> Result<RoomId, Error> {
        let access = self.store.room_access(caller.user.id, room.clone()).await?;
        if !self.hub.begin_subscribe(caller.client, access.room, self.max_subscriptions) {
            let most = self.max_subscriptions;
            return Err(Error::Forbidden(format!("A connection may follow {most} rooms at a time.").into()));
        }
        if !access.member {
            let joined = self.store.join(access.room, caller.user.id).await;
            joined.inspect_err(|_| self.hub.abort_subscribe(caller.client, access.room))?;
        }
        Ok(access.room)
    }

    async fn subscribe(&self, caller: &Caller, subscribe: Subscribe) -> Result<Subscribed, Error> {
        let room = self.begin_subscribe(caller, &subscribe.room).await?;
        let same_history = subscribe.epoch.as_deref().is_none_or(|epoch| epoch == self.store.epoch());
        let since = subscribe.since.filter(|_| same_history);
        let snapshot = self.store.snapshot(caller.user.id, room, since).await;
        let Snapshot { seq, events, page } = snapshot.inspect_err(|_| self.hub.abort_subscribe(caller.client, room))?;
        Ok(Subscribed {
            subscribed: subscribe.room,
            room,
            seq,
            epoch: self.store.epoch().to_owned(),
            recovered: events.is_some(),
            events: events.unwrap_or_default(),
            messages: page.messages,
            has_more: page.has_more,
        })
    }

    async fn unsubscribe(&self, caller: &Caller, unsubscribe: Unsubscribe) -> Result<ServerMessage, Error> {
        let access = self.store.room_access(caller.user.id, unsubscribe.room.clone()).await?;
        self.hub.unsubscribe(caller.client, access.room);
        Ok(Response::Unsubscribe(Unsubscribed { unsubscribed: unsubscribe.room }).into())
    }

    async fn history(&self, caller: &Caller, mut history: History) -> Result<ServerMessage, Error> {
        let name = named_or_default(caller, history.room.take())?;
        let room = self.store.room_access(caller.user.id, name).await?.room;
        let page = self.store.history(room, history).await?;
        Ok(Response::History(HistoryPage { room, messages: page.messages, has_more: page.has_more }).into())
    }

    async fn members(&self, user: UserId, members: Members) -> Result<ServerMessage, Error> {
        let room = self.store.room_access(user, members.room).await?.room;
        Ok(Response::Members(self.members_page(room, members.after, members.limit).await?).into())
    }

    /// A page of a room's members, and who of them is online.
    ///
    /// # Errors
    /// The store is away.
    pub async fn members_page(
        &self,
        room: RoomId,
        after: Option<String>,
        limit: Option<u64>,
    ) -> Result<MembersPage, Error> {
        let limit = limit.unwrap_or(MAX_PAGE_MEMBERS).clamp(1, MAX_PAGE_MEMBERS);
        let (mut users, total) = self.store.members(room, after, limit).await?;
        let has_more = users.len() > limit as usize;
        users.truncate(limit as usize);
        let (online, total_online) = self.hub.online(room, &users);
        let members = users.into_iter().zip(online).map(|(user, online)| Member { user, online }).collect();
        Ok(MembersPage { room, members, total, total_online: total_online as u64, has_more })
    }
}

fn named_or_default(caller: &Caller, room: Option<RoomName>) -> Result<RoomName, Error> {
    room.or_else(|| caller.default_room.map(RoomName::from))
        .ok_or_else(|| Error::field("room", "is required, since this connection has no room of its own"))
}
