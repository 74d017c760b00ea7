//! A scripted client: repeats each request until it receives a reply, over as many connections as
//! that takes. An observing client subscribes to a room from the start and records all events.

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, VecDeque},
    rc::Rc,
};

use futures_util::{SinkExt as _, StreamExt as _};
use protocol::{
    Chat, ErrorCode, Event, MessageId, ReceivedMessage, Request, Response, RoomId, ServerMessage,
    Subscribe, Subscribed, encode_request,
};
use tokio_tungstenite::tungstenite::Message as Frame;

use crate::{
    control::Control,
    monitor::Monitor,
    scenario::{Scenario, Written},
};

/// The id of the request by which an observing client subscribes.
const OBSERVE: &str = "subscribe";

pub(crate) struct ScriptedClient {
    pub(crate) name: String,
    pub(crate) user: usize,
    pub(crate) control: Control,
    scenario: Rc<Scenario>,
    /// The requests without a reply, by request id. The first `sent` of them are in flight.
    pending: RefCell<VecDeque<(String, Request)>>,
    sent: Cell<usize>,
    signals: RefCell<Vec<Request>>,
    requests: Cell<u64>,
    pub(crate) observes: Option<RoomId>,
    pub(crate) observed: RefCell<Observed>,
    /// What this connection last heard of read positions, and of threads that the user follows.
    pub(crate) heard: RefCell<Heard>,
    settled: Cell<bool>,
}

/// What a device heard of its user's other devices, or did itself, over one connection.
#[derive(Clone, Debug, Default)]
pub(crate) struct Heard {
    pub(crate) positions: BTreeMap<(RoomId, Option<MessageId>), u64>,
    pub(crate) follows: BTreeMap<MessageId, bool>,
}

/// The recorded events of a room.
#[derive(Clone, Debug, Default)]
pub(crate) struct Observed {
    pub(crate) events: BTreeMap<u64, Event>,
    /// All events after this `seq` are recorded. It is above 0 only if a response could not contain
    /// them all.
    pub(crate) from: u64,
    pub(crate) last: Option<u64>,
    epoch: Option<String>,
}

impl ScriptedClient {
    pub(crate) fn new(
        scenario: &Rc<Scenario>,
        name: String,
        user: usize,
        control: Control,
        observes: Option<RoomId>,
    ) -> Rc<Self> {
        Rc::new(Self {
            name,
            user,
            control,
            scenario: Rc::clone(scenario),
            pending: RefCell::default(),
            sent: Cell::default(),
            signals: RefCell::default(),
            requests: Cell::default(),
            observes,
            observed: RefCell::default(),
            heard: RefCell::default(),
            settled: Cell::default(),
        })
    }

    /// Queues a request, and repeats it until it receives a reply.
    pub(crate) fn request(&self, request: Request) {
        self.requests.set(self.requests.get() + 1);
        self.pending.borrow_mut().push_back((format!("r{}", self.requests.get()), request));
        self.control.wake.notify_one();
    }

    /// Queues a request without a reply. It is sent once, if the client is connected.
    pub(crate) fn signal(&self, request: Request) {
        self.signals.borrow_mut().push(request);
        self.control.wake.notify_one();
    }

    /// Sends a message to a room.
    pub(crate) fn chat(&self, room: RoomId, id: uuid::Uuid, chat: Chat) {
        let id = MessageId(id);
        let origin = (self.name.clone(), self.requests.get());
        let written = Written::new(self.user, room, &chat, origin);
        self.scenario.record.borrow_mut().written.insert(id, written);
        self.request(Request::Chat(Chat { room: Some(room.into()), id: Some(id), ..chat }));
    }

    pub(crate) fn unsettled(&self) -> Option<String> {
        let pending = self.pending.borrow();
        if !pending.is_empty() {
            let what = pending.front().map(|(id, request)| (id, request.name()));
            return Some(format!("waits for {} responses, first {what:?}", pending.len()));
        }
        (self.observes.is_some() && !self.settled.get())
            .then(|| "is not subscribed to its room".to_owned())
    }

    pub(crate) async fn run(self: Rc<Self>) {
        let token = self.scenario.users[self.user].token.clone();
        loop {
            self.control.drops_connection.set(false);
            if self.control.proxy.is_disconnected() {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
                continue;
            }
            let Some((mut socket, era)) = self.control.connect(&token, &self.scenario).await else {
                continue;
            };
            let mut monitor = Monitor::new(&self.scenario, &self.name, self.user, era);
            self.sent.set(0);
            *self.heard.borrow_mut() = Heard::default();
            if let Some(room) = self.observes {
                let (since, epoch) = {
                    let observed = self.observed.borrow();
                    (observed.last, observed.epoch.clone())
                };
                let request = Subscribe { room: room.into(), since, epoch, join: None };
                let text = encode_request(&Request::Subscribe(request), Some(OBSERVE));
                monitor.sent(&text);
                if socket.send(Frame::text(text)).await.is_err() {
                    continue;
                }
            }
            while !self.control.must_disconnect() {
                let new: Vec<_> =
                    self.pending.borrow().iter().skip(self.sent.get()).cloned().collect();
                self.sent.set(self.sent.get() + new.len());
                let mut broken = false;
                let signals = std::mem::take(&mut *self.signals.borrow_mut());
                for signal in signals {
                    let text = encode_request(&signal, None);
                    monitor.sent(&text);
                    broken = broken || socket.feed(Frame::text(text)).await.is_err();
                }
                for (id, request) in new {
                    let text = encode_request(&request, Some(&id));
                    monitor.sent(&text);
                    broken = broken || socket.feed(Frame::text(text)).await.is_err();
                }
                // Keeps reading while a write is blocked.
                let received = tokio::select! {
                    received = async {
                        let (mut sink, mut stream) = (&mut socket).split();
                        let flushing = async {
                            if sink.flush().await.is_ok() {
                                std::future::pending().await
                            }
                        };
                        tokio::select! {
                            received = stream.next() => received,
                            () = flushing => None,
                        }
                    } => received,
                    () = self.control.wake.notified() => {
                        if broken { break }
                        continue;
                    }
                };
                match received {
                    Some(Ok(Frame::Text(text))) => {
                        if let Some(received) = monitor.received(&text) {
                            self.received(received);
                        }
                        self.scenario.notify();
                    }
                    Some(Ok(Frame::Close(_)) | Err(_)) | None => break,
                    Some(Ok(_)) => {}
                }
            }
            self.settled.set(false);
        }
    }

    fn received(&self, received: ReceivedMessage) {
        let ReceivedMessage { message, request_id, .. } = received;
        match &message {
            Some(
                ServerMessage::Event(Event::Read(position))
                | ServerMessage::Response(Response::Read(position)),
            ) => {
                let place = (position.room, position.thread);
                self.heard.borrow_mut().positions.insert(place, position.read_seq);
            }
            Some(
                ServerMessage::Event(Event::ThreadChanged(follow))
                | ServerMessage::Response(Response::ThreadFollow(follow)),
            ) => {
                self.heard.borrow_mut().follows.insert(follow.thread, follow.on);
            }
            // It has the position of a new membership.
            Some(ServerMessage::Event(Event::RoomChanged(changed))) => {
                self.heard.borrow_mut().positions.remove(&(changed.room.id, None));
            }
            _ => {}
        }
        match message {
            Some(ServerMessage::Event(event)) => self.observe(event),
            Some(ServerMessage::Response(Response::Subscribe(response)))
                if request_id.as_deref() == Some(OBSERVE) =>
            {
                self.subscribed(response)
            }
            Some(ServerMessage::Response(_)) => {
                self.replied(request_id.as_deref());
            }
            Some(ServerMessage::Error(error)) => {
                let passes = matches!(error.code, ErrorCode::RateLimited | ErrorCode::Unavailable);
                if request_id.as_deref() == Some(OBSERVE) || passes {
                    // Repeats the request over another connection.
                    self.control.drops_connection.set(true);
                    return;
                }
                self.replied(request_id.as_deref());
            }
            None => {}
        }
    }

    fn replied(&self, id: Option<&str>) {
        let mut pending = self.pending.borrow_mut();
        let Some(place) = pending.iter().position(|(sent, _)| Some(sent.as_str()) == id) else {
            return;
        };
        if place < self.sent.get() {
            self.sent.set(self.sent.get() - 1);
        }
        pending.remove(place);
    }

    fn observe(&self, event: Event) {
        if let Some((room, seq)) = event.log_position()
            && Some(room) == self.observes
        {
            let mut observed = self.observed.borrow_mut();
            observed.last = Some(seq);
            observed.events.insert(seq, event);
        }
    }

    fn subscribed(&self, response: Subscribed) {
        let mut observed = self.observed.borrow_mut();
        if !response.recovered {
            *observed =
                Observed { from: response.seq, epoch: Some(response.epoch), ..Observed::default() };
        }
        observed.last = Some(response.seq);
        for event in response.events {
            if let Some((_, seq)) = event.0.log_position() {
                observed.events.insert(seq, event.0);
            }
        }
        drop(observed);
        self.settled.set(true);
    }
}
