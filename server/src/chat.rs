//! What a request does: check it, write the room's log or read it, publish. One function for each [`Request`].

use std::time::Duration;

use protocol::{
    Chat, ChatDelete, ChatEdit, ChatReact, ClientId, Empty, ErrorCode, ErrorPayload, Event,
    History, HistoryPage, LoggedEvent, Member, Members, MembersPage, MessageId, OpId, Read,
    ReadPosition, Refused, Request, Response, Resume, ResumeRoom, Resumed, RoomId, RoomName,
    RoomsPage, ServerMessage, SessionId, Subscribe, Subscribed, Typing, TypingUser, Unsubscribe,
    Unsubscribed, User, UserId,
    limits::{MAX_PAGE_MEMBERS, MAX_SUBSCRIPTIONS},
};
use uuid::Uuid;

use crate::{
    cluster::{Nodes, message::Word},
    config::Switch,
    delivery::bus::{Bus, Reply},
    error::{Error, SESSION_ENDED, STORE_AWAY},
    hub::{Hub, PRESENCE_QUERY_TIMEOUT, Topic},
    store::{Change, Logged, NewChange, NewMessage, Snapshot, Store, StoreError},
};

/// How long a request waits where this node stood still, until it is known again who may ask.
const SURE_WITHIN: Duration = Duration::from_secs(5);

/// The chat itself. Cheap to clone.
#[derive(Clone, Debug)]
pub struct ChatService {
    store: Store,
    hub: Hub,
    bus: Bus,
    nodes: Nodes,
    max_subscriptions: usize,
}

/// Who asks, and over which connection.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The connection.
    pub client: ClientId,
    /// The person.
    pub user: User,
    /// The person's session.
    pub session: SessionId,
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
    /// Likewise, in order with the events of all its rooms (`Hub::complete_resume`).
    Resumed(Box<Resumed>),
    /// It was a notice.
    Nothing,
}

impl ChatService {
    /// On top of these.
    #[must_use]
    pub fn new(store: Store, hub: Hub, bus: Bus, nodes: Nodes, rate_limit: Switch) -> Self {
        let max_subscriptions =
            if rate_limit == Switch::On { MAX_SUBSCRIPTIONS } else { usize::MAX };
        Self { store, hub, bus, nodes, max_subscriptions }
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
        if self.nodes.are_unsure() {
            self.be_sure(caller).await?;
        }
        match request {
            Request::Chat(chat) => self.send(caller, chat, reply()).await,
            Request::Subscribe(subscribe) => {
                let answer = self.subscribe(caller, subscribe).await?;
                Ok(Answer::Subscribed(answer.room, Box::new(answer)))
            }
            Request::Resume(resume) => {
                self.resume(caller, resume).await.map(|resumed| Answer::Resumed(Box::new(resumed)))
            }
            Request::ChatEdit(ChatEdit { room, id, op, text }) => {
                self.change(caller, (room, id, op), Change::Edit(text), reply()).await
            }
            Request::ChatDelete(ChatDelete { room, id, op }) => {
                self.change(caller, (room, id, op), Change::Delete, reply()).await
            }
            Request::ChatReact(ChatReact { room, id, op, emoji, on }) => {
                self.change(caller, (room, id, op), Change::React { emoji, on }, reply()).await
            }
            Request::Typing(typing) => self.typing(caller, typing).await,
            Request::Read(read) => self.read(caller, read, reply()).await,
            Request::Unsubscribe(unsubscribe) => {
                self.unsubscribe(caller, unsubscribe).await.map(Answer::Now)
            }
            Request::History(history) => self.history(caller, history).await.map(Answer::Now),
            Request::Members(members) => {
                self.members(caller.user.id, members).await.map(Answer::Now)
            }
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

    /// This node stood still: waits until whoever may not ask any more is gone.
    async fn be_sure(&self, caller: &Caller) -> Result<(), Error> {
        tokio::time::timeout(SURE_WITHIN, self.nodes.sure()).await.map_err(|_| STORE_AWAY)?;
        let is_connected = self.hub.is_connected(caller.client);
        if is_connected { Ok(()) } else { Err(Error::Unauthorized(SESSION_ENDED)) }
    }

    /// Appends a message. It is published after its commit, in the order of the log, with its answer beside it.
    async fn send(&self, caller: &Caller, chat: Chat, reply: Reply) -> Result<Answer, Error> {
        let new = NewMessage {
            id: chat.id.unwrap_or_else(|| MessageId(Uuid::now_v7())),
            room: named_or_default(caller, chat.room)?,
            sender: caller.user.clone().into(),
            session: caller.session,
            text: chat.text,
        };
        self.store.append(new, self.publish(reply)).await?;
        Ok(Answer::AfterCommit)
    }

    /// Changes a message, likewise.
    async fn change(
        &self,
        caller: &Caller,
        (room, message, op): (Option<RoomName>, MessageId, Option<OpId>),
        change: Change,
        reply: Reply,
    ) -> Result<Answer, Error> {
        let room = named_or_default(caller, room)?;
        let op = op.unwrap_or_else(|| OpId(Uuid::now_v7()));
        let new =
            NewChange { op, room, message, user: caller.user.id, session: caller.session, change };
        self.store.change(new, self.publish(reply)).await?;
        Ok(Answer::AfterCommit)
    }

    /// What follows a commit: the event for those who follow the room, and the answer.
    fn publish(&self, reply: Reply) -> impl FnOnce(Result<Logged, StoreError>) + Send + 'static {
        let (bus, hub) = (self.bus.clone(), self.hub.clone());
        move |logged| match logged {
            Ok(Logged::Repeat(room, answer)) => {
                // Where the answer to its first commit was lost, nobody was told of it.
                hub.mark_stale([room]);
                reply.send(Ok(answer));
            }
            Ok(Logged::New { room, seq, event, answer }) => {
                bus.publish(room, seq, event, Some((reply, answer)))
            }
            Err(error) => reply.send(Err(error.into())),
        }
    }

    /// Sets how far a person has read; the person's other connections hear of it.
    async fn read(&self, caller: &Caller, read: Read, reply: Reply) -> Result<Answer, Error> {
        let room = named_or_default(caller, read.room)?;
        let (hub, nodes, user, client) =
            (self.hub.clone(), self.nodes.clone(), caller.user.id, caller.client);
        let then = move |position: Result<ReadPosition, StoreError>| {
            if let Ok(position) = position {
                hub.send_to_user(user, Event::Read(position), client);
                nodes.tell(Topic::User(user), &Word::ToUser(LoggedEvent(Event::Read(position))));
            }
            reply.send(position.map(Response::Read).map_err(Error::from));
        };
        self.store.read_until(user, room, read.seq, then).await?;
        Ok(Answer::AfterCommit)
    }

    /// Tells the others who follow a room that one is writing. One must follow it oneself: others see who they hear of.
    async fn typing(&self, caller: &Caller, typing: Typing) -> Result<Answer, Error> {
        let name = named_or_default(caller, typing.room)?;
        let room = self.store.room_access(caller.user.id, name).await?.room;
        if !self.hub.is_subscribed(caller.client, room) {
            return Err(Error::Forbidden("Follow the room first.".into()));
        }
        let (user, event) =
            (caller.user.id, Event::Typing(TypingUser { room, user: caller.user.clone().into() }));
        if self.nodes.are_many() {
            self.nodes.tell(Topic::Room(room), &Word::passing(event.clone(), user));
        }
        self.hub.send_to_others(room, user, event);
        Ok(Answer::Nothing)
    }

    /// Begins to follow a room from its present end on: gives that end's `seq`.
    ///
    /// # Errors
    /// There is no such room, or the store is away.
    pub async fn enter(&self, caller: &Caller, room: &RoomName) -> Result<(RoomId, u64), Error> {
        let room = self.join(caller, room).await?;
        self.begin_subscribe(caller, room)?;
        let seq = self.store.room_seq(caller.user.id, room).await;
        Ok((room, seq.inspect_err(|_| self.hub.abort_subscribe(caller.client, room))?))
    }

    /// Makes the caller a member of a room that is to be followed.
    async fn join(&self, caller: &Caller, room: &RoomName) -> Result<RoomId, Error> {
        let access = self.store.room_access(caller.user.id, room.clone()).await?;
        if !access.member {
            if self.places_left(caller) == 0 {
                return Err(self.too_many_rooms());
            }
            self.store.join(vec![access.room], caller.user.id).await?;
        }
        Ok(access.room)
    }

    /// How many more rooms the connection may follow.
    fn places_left(&self, caller: &Caller) -> usize {
        self.max_subscriptions.saturating_sub(self.hub.rooms_of(caller.client).len())
    }

    /// Begins to follow a room. Its events wait in the hub from here on, until `Hub::complete_subscribe`.
    fn begin_subscribe(&self, caller: &Caller, room: RoomId) -> Result<(), Error> {
        let begun = self.hub.begin_subscribe(caller.client, room, self.max_subscriptions);
        if begun { Ok(()) } else { Err(self.too_many_rooms()) }
    }

    async fn subscribe(&self, caller: &Caller, subscribe: Subscribe) -> Result<Subscribed, Error> {
        let room = self.join(caller, &subscribe.room).await?;
        // What happens meanwhile is kept for this connection from the moment on when it follows: not before its turn.
        let turn = self.store.turn_to_recover(caller.user.id).await?;
        self.begin_subscribe(caller, room)?;
        let since = subscribe.since.filter(|_| self.is_same_history(subscribe.epoch.as_deref()));
        let snapshot = self.store.snapshot(turn, caller.user.id, room, since).await;
        let snapshot = snapshot.inspect_err(|_| self.hub.abort_subscribe(caller.client, room))?;
        Ok(self.subscribed(subscribe.room, room, snapshot))
    }

    fn is_same_history(&self, epoch: Option<&str>) -> bool {
        epoch.is_none_or(|epoch| epoch == self.store.epoch())
    }

    fn subscribed(
        &self,
        name: RoomName,
        room: RoomId,
        Snapshot { seq, events, page }: Snapshot,
    ) -> Subscribed {
        Subscribed {
            subscribed: name,
            room,
            seq,
            epoch: self.store.epoch().to_owned(),
            recovered: events.is_some(),
            events: events.unwrap_or_default(),
            messages: page.messages,
            has_more: page.has_more,
        }
    }

    /// Follows many rooms: three steps of the store for all of them together.
    async fn resume(&self, caller: &Caller, resume: Resume) -> Result<Resumed, Error> {
        let same_history = self.is_same_history(resume.epoch.as_deref());
        let names = resume.rooms.iter().map(|asked| asked.room.clone()).collect();
        let accesses = self.store.rooms_access(caller.user.id, names).await?;
        let seen = accesses.iter().flatten();
        let to_join: Vec<_> =
            seen.filter(|access| !access.member).map(|access| access.room).collect();
        if !to_join.is_empty() {
            let most = self.places_left(caller);
            self.store.join(to_join.into_iter().take(most).collect(), caller.user.id).await?;
        }
        let turn = self.store.turn_to_recover(caller.user.id).await?; // as above
        let (mut begun, mut refused) = (Vec::<(RoomName, RoomId, Option<u64>)>::new(), Vec::new());
        for (ResumeRoom { room: name, since }, access) in resume.rooms.into_iter().zip(accesses) {
            let room = access.map_err(Error::from).and_then(|access| {
                self.begin_subscribe(caller, access.room)?;
                Ok(access.room)
            });
            match room {
                Ok(room) if begun.iter().any(|(_, other, _)| *other == room) => {} // named twice
                Ok(room) => begun.push((name, room, since.filter(|_| same_history))),
                Err(error) => refused.push(Refused { room: name, error: error.into_payload() }),
            }
        }
        let asked = begun.iter().map(|(_, room, since)| (*room, *since)).collect();
        let snapshots = self.store.snapshots(turn, caller.user.id, asked).await;
        let snapshots = snapshots.inspect_err(|_| {
            begun.iter().for_each(|(_, room, _)| self.hub.abort_subscribe(caller.client, *room));
        })?;
        let has_more = snapshots.len() < begun.len();
        let mut rooms = Vec::with_capacity(snapshots.len());
        let mut snapshots = snapshots.into_iter();
        for (name, room, _) in begun {
            match snapshots.next() {
                Some((_, Ok(snapshot))) => rooms.push(self.subscribed(name, room, snapshot)),
                Some((_, Err(error))) => {
                    self.hub.abort_subscribe(caller.client, room);
                    refused.push(Refused { room: name, error: Error::from(error).into_payload() });
                }
                None => self.hub.abort_subscribe(caller.client, room), // the answer is full
            }
        }
        Ok(Resumed { rooms, refused, has_more })
    }

    fn too_many_rooms(&self) -> Error {
        Error::Forbidden(
            format!("A connection may follow {} rooms at a time.", self.max_subscriptions).into(),
        )
    }

    async fn unsubscribe(
        &self,
        caller: &Caller,
        unsubscribe: Unsubscribe,
    ) -> Result<ServerMessage, Error> {
        let access = self.store.room_access(caller.user.id, unsubscribe.room.clone()).await?;
        self.hub.unsubscribe(caller.client, access.room);
        Ok(Response::Unsubscribe(Unsubscribed { unsubscribed: unsubscribe.room }).into())
    }

    async fn history(&self, caller: &Caller, mut history: History) -> Result<ServerMessage, Error> {
        let name = named_or_default(caller, history.room.take())?;
        let page = self.history_page(caller.user.id, name, history).await?;
        Ok(Response::History(page).into())
    }

    /// A page of a room's messages.
    ///
    /// # Errors
    /// There is no such room for that person, or the store is away.
    pub async fn history_page(
        &self,
        user: UserId,
        room: RoomName,
        history: History,
    ) -> Result<HistoryPage, Error> {
        let _turn = self.store.own_turn(user).await?;
        let room = self.store.room_access(user, room).await?.room;
        let page = self.store.history(room, history).await?;
        Ok(HistoryPage { room, messages: page.messages, has_more: page.has_more })
    }

    async fn members(&self, user: UserId, members: Members) -> Result<ServerMessage, Error> {
        let _turn = self.store.own_turn(user).await?;
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
        let visit = if self.nodes.are_cut_off() { None } else { self.hub.watch_presence(room) };
        if visit.is_some() {
            // Other nodes answer within milliseconds, or not at all.
            tokio::time::sleep(PRESENCE_QUERY_TIMEOUT).await;
        }
        let (online, total_online) = self.hub.online(room, &users);
        let members =
            users.into_iter().zip(online).map(|(user, online)| Member { user, online }).collect();
        Ok(MembersPage { room, members, total, total_online: total_online as u64, has_more })
    }
}

fn named_or_default(caller: &Caller, room: Option<RoomName>) -> Result<RoomName, Error> {
    room.or_else(|| caller.default_room.map(RoomName::from)).ok_or_else(|| {
        Error::field("room", "is required, since this connection has no room of its own")
    })
}
