//! The chat's requests: each checks what it may do, reads or writes the store, and arranges the
//! reply. One file for each request family; [`ChatService::dispatch`] has the only match over all
//! requests.

mod choices;
mod drafts;
mod due;
mod files;
mod history;
mod later;
mod members;
mod pins;
mod presence;
mod read;
mod resume;
mod rooms;
mod search;
mod send;
mod subscribe;
mod threads;
mod typing;
mod update;

use std::{sync::Arc, time::Duration};

use protocol::{
    ClientId, Empty, ErrorCode, ErrorPayload, Event, FieldError, Request, RoomId, RoomName,
    ServerMessage, SessionId, User, limits::MAX_SUBSCRIPTIONS,
};
use tokio::sync::Notify;

use crate::{
    cluster::Cluster,
    config::Switch,
    delivery::{
        bus::Bus, notifier::Notifier, read_counts::ReadCounts, reply::ReplyTo,
        room_changes::RoomChanges,
    },
    error::{Error, SESSION_ENDED, STORE_UNAVAILABLE},
    hub::Hub,
    search::SearchService,
    store::{LinkRules, Store},
};

/// How long a request waits for the revalidation after a stall.
const REVALIDATION_TIMEOUT: Duration = Duration::from_secs(5);

/// The chat itself. Shared by reference count, so that a request adds one reference only.
#[derive(Debug)]
pub struct ChatService {
    store: Store,
    hub: Hub,
    bus: Bus,
    cluster: Cluster,
    notifier: Notifier,
    changes: RoomChanges,
    counts: ReadCounts,
    search: SearchService,
    max_subscriptions: usize,
    /// The URL for links in messages that the server writes.
    public_url: String,
    /// Which links get previews.
    links: LinkRules,
    /// Wakes the task that does jobs.
    jobs_due: Arc<Notify>,
}

/// The user who sends a request, and the connection that carries it.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The connection.
    pub client: ClientId,
    /// The user.
    pub user: User,
    /// The user's session.
    pub session: SessionId,
    /// The room of `/ws/{room}`, used by requests that name no room.
    pub default_room: Option<RoomId>,
}

/// The result of a request that did not fail.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "it is moved once, and a box would cost each reply")]
pub enum Outcome {
    /// The reply, to be sent now.
    Reply(ServerMessage),
    /// The reply is queued already, is sent after the commit, or is not due.
    Done,
}

impl ChatService {
    /// Creates the service on top of these parts.
    #[must_use]
    pub fn new(
        store: Store,
        hub: Hub,
        bus: Bus,
        cluster: Cluster,
        changes: RoomChanges,
        counts: ReadCounts,
        rate_limit: Switch,
    ) -> Self {
        let max_subscriptions =
            if rate_limit == Switch::On { MAX_SUBSCRIPTIONS } else { usize::MAX };
        let notifier = Notifier::new(hub.clone(), cluster.clone());
        let search = SearchService::new(store.clone());
        let (public_url, jobs_due) = (String::new(), Arc::new(Notify::new()));
        Self {
            store,
            hub,
            bus,
            cluster,
            notifier,
            changes,
            counts,
            search,
            max_subscriptions,
            public_url,
            links: LinkRules::default(),
            jobs_due,
        }
    }

    /// Sets the URL for links in messages that the server writes, without a slash at its end.
    #[must_use]
    pub fn with_public_url(self, url: &str) -> Self {
        Self { public_url: url.to_owned(), ..self }
    }

    /// Sets which links get previews.
    #[must_use]
    pub fn with_links(self, links: LinkRules) -> Self {
        Self { links, ..self }
    }

    /// Serves a request up to the point where the next one of the same connection may start.
    ///
    /// # Errors
    /// Fails if the request cannot be served. The error is the reply.
    pub async fn dispatch(
        &self,
        caller: &Caller,
        request: Request,
        reply: &ReplyTo,
    ) -> Result<Outcome, Error> {
        if self.cluster.needs_revalidation() {
            Box::pin(self.wait_revalidated(caller)).await?;
        }
        // Values that do not fit, of a request that may repeat an earlier one.
        let faults = if request.has_retry_id() { request.faults() } else { Vec::new() };
        // Boxed where a request is rare: the future of a common request stays small.
        match request {
            Request::Chat(chat) => self.send(caller, chat, faults, reply).await,
            Request::ChatEdit(edit) => self.edit(caller, edit, faults, reply).await,
            Request::ChatDelete(delete) => self.delete(caller, delete, reply).await,
            Request::ChatReact(react) => self.react(caller, react, faults, reply).await,
            Request::ChatPin(pin) => self.pin(caller, pin, reply).await,
            Request::ChatPreviews(previews) => {
                Box::pin(self.remove_previews(caller, previews, faults, reply)).await
            }
            Request::Read(read) => self.read(caller, read, reply).await,
            Request::Presence(notice) => Ok(self.presence(caller, notice)),
            Request::Typing(typing) => self.typing(caller, typing).await,
            Request::Subscribe(subscribe) => {
                Box::pin(self.subscribe(caller, subscribe, reply)).await
            }
            Request::Unsubscribe(unsubscribe) => {
                Box::pin(self.unsubscribe(caller, unsubscribe)).await
            }
            Request::Resume(resume) => Box::pin(self.resume(caller, resume, reply)).await,
            Request::History(history) => Box::pin(self.history(caller, history)).await,
            Request::Members(members) => Box::pin(self.members(caller, members)).await,
            Request::Notify(notify) => Box::pin(self.notify(caller, notify)).await,
            Request::Favourite(favourite) => Box::pin(self.favourite(caller, favourite)).await,
            Request::Rooms(list) => Box::pin(self.rooms(caller, list)).await,
            Request::ThreadFollow(follow) => {
                Box::pin(self.follow_thread(caller, follow, reply)).await
            }
            Request::Draft(draft) => Box::pin(self.draft(caller, draft, reply)).await,
            Request::Drafts(Empty {}) => Box::pin(self.drafts(caller)).await,
            Request::Later(later) => Box::pin(self.later(caller, later, reply)).await,
            Request::Remind(remind) => Box::pin(self.remind(caller, remind, reply)).await,
            Request::LaterCancel(cancel) => {
                Box::pin(self.cancel_later(caller, cancel, reply)).await
            }
            Request::LaterList(list) => Box::pin(self.later_list(caller, list)).await,
            Request::Threads(threads) => Box::pin(self.threads(caller, threads)).await,
            Request::Pins(pins) => Box::pin(self.pins(caller, pins)).await,
            Request::Files(files) => Box::pin(self.files(caller, files)).await,
            Request::Search(search) => Box::pin(self.find(caller, search)).await,
            Request::Edits(edits) => Box::pin(self.edits(caller, edits)).await,
            Request::Ping(Empty {}) => Ok(Outcome::Reply(Event::Pong(Empty {}).into())),
            // `pong` never gets here: the gateway takes it in. `auth` arrives here only a second
            // time, and a connection is authenticated once.
            Request::Auth(_) | Request::Pong(Empty {}) => {
                let detail = "This connection is authenticated already.";
                Ok(Outcome::Reply(ErrorPayload::new(ErrorCode::Conflict, detail).into()))
            }
        }
    }

    /// Waits after a stall until revoked access has ended, and checks that the caller's has not.
    async fn wait_revalidated(&self, caller: &Caller) -> Result<(), Error> {
        let revalidated =
            tokio::time::timeout(REVALIDATION_TIMEOUT, self.cluster.wait_revalidated()).await;
        revalidated.map_err(|_| STORE_UNAVAILABLE)?;
        if self.hub.is_connected(caller.client) {
            Ok(())
        } else {
            Err(Error::Unauthorized(SESSION_ENDED))
        }
    }
}

impl Caller {
    /// Returns the room that a request names, or else the room of the connection.
    fn room_or_default(&self, room: Option<RoomName>) -> Result<RoomName, FieldError> {
        room.or_else(|| self.default_room.map(RoomName::from)).ok_or_else(|| {
            FieldError::new("room", "is required, since this connection has no room of its own")
        })
    }
}
