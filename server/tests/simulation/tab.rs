//! A page in a tab: the real model and sync engine over a faulty proxy. The parts around them in a
//! browser are imitated here after `app/src/connect.rs` and `app/src/boot.rs`.

mod device;

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    time::Duration,
};

use app::{
    page::{OpenRoom, Workspace},
    state::{
        connection::ConnectionState,
        model::Model,
        outbox::{PendingMessage, PendingMessages},
        room::RoomState,
        updates::Updates,
    },
    sync::SyncEngine,
};
use futures_util::{SinkExt as _, StreamExt as _};
use protocol::{
    Chat, Members, MembersPage, MessageId, Request, Response, RoomId, ServerMessage, Subscribe,
};
use tokio::io::DuplexStream;
use tokio_tungstenite::{WebSocketStream, tungstenite::Message as Frame};
use uuid::Uuid;

pub(crate) use self::device::Device;
use self::device::waiting;
use crate::{
    control::{Control, DirectClient},
    monitor::Monitor,
    scenario::{Era, Scenario, Written},
};

/// The step by which a tab's clock is advanced instead of waiting for a retry, in milliseconds.
const SKIPPED_MS: i64 = 500;

pub(crate) struct Tab {
    pub(crate) name: String,
    pub(crate) user: usize,
    pub(crate) control: Control,
    pub(crate) model: RefCell<Option<Model>>,
    scenario: Rc<Scenario>,
    device: Device,
    /// The outbox as last stored.
    stored: RefCell<PendingMessages>,
    stored_updates: RefCell<Updates>,
    /// The room that is in view when the page is loaded.
    room: Cell<RoomId>,
    /// The number of page loads.
    pub(crate) loads: Cell<u64>,
    written: Cell<u64>,
    settled: Cell<bool>,
    skipped_ms: Cell<i64>,
}

impl Tab {
    pub(crate) fn new(
        scenario: &Rc<Scenario>,
        name: String,
        user: usize,
        control: Control,
        device: Device,
    ) -> Rc<Self> {
        Rc::new(Self {
            name,
            user,
            control,
            model: RefCell::default(),
            scenario: Rc::clone(scenario),
            device,
            stored: RefCell::default(),
            stored_updates: RefCell::default(),
            room: Cell::new(scenario.rooms[0].0),
            loads: Cell::default(),
            written: Cell::default(),
            settled: Cell::default(),
            skipped_ms: Cell::default(),
        })
    }

    /// Updates the model as a user action does.
    pub(crate) fn update<T>(&self, change: impl FnOnce(&mut Model) -> T) -> Option<T> {
        let changed = self.model.borrow_mut().as_mut().map(change);
        self.changed();
        self.control.wake.notify_one();
        changed
    }

    pub(crate) fn with_model<T>(&self, read: impl FnOnce(&Model) -> T) -> Option<T> {
        self.model.borrow().as_ref().map(read)
    }

    pub(crate) fn write(&self, room: RoomId, id: Uuid, text: String) {
        let id = MessageId(id);
        let at = self.scenario.next_timestamp();
        self.update(|model| {
            self.written.set(self.written.get() + 1);
            let origin = (self.name.clone(), self.written.get());
            let chat = Chat { text: text.clone(), ..Chat::default() };
            let written = Written::new(self.user, room, &chat, origin);
            self.scenario.record.borrow_mut().written.insert(id, written);
            model.write(id, room, text, at);
        });
    }

    pub(crate) fn open(&self, room: RoomId) {
        self.room.set(room);
        self.update(|model| {
            if model.rooms.iter().any(|known| known.id == room) {
                model.open(Some(room));
            }
            if model.thread_in_view.is_some_and(|(shown, _)| Some(shown) != model.room_in_view) {
                model.close_thread();
            }
        });
    }

    /// Opens a thread of the room in view, one with replies if there is any. Without a number,
    /// closes the thread in view.
    pub(crate) fn open_thread(&self, number: Option<usize>) {
        self.update(|model| {
            let Some(number) = number else { return model.close_thread() };
            let Some(room) = model.room_in_view else { return };
            let Some(open) = model.opened_rooms.get(&room) else { return };
            let all = || open.log.messages.iter().filter(|message| message.thread.is_none());
            let mut ids: Vec<_> = all().filter(|message| message.replies.is_some()).collect();
            if ids.is_empty() {
                ids = all().collect();
            }
            if let Some(id) = ids.get(number % ids.len().max(1)).map(|message| message.id) {
                model.open_thread(room, id);
            }
        });
    }

    pub(crate) fn reload(&self) {
        self.control.reloads.set(true);
        self.control.wake.notify_one();
    }

    /// Stores every change on the device immediately.
    fn changed(&self) {
        if let Some(model) = &*self.model.borrow() {
            let mut stored = self.stored.borrow_mut();
            if *stored != model.outbox {
                self.device.store(stored.items(), model.outbox.items());
                stored.clone_from(&model.outbox);
            }
            let mut stored = self.stored_updates.borrow_mut();
            if *stored != model.updates {
                self.device.store_updates(&stored, &model.updates);
                stored.clone_from(&model.updates);
            }
        }
        self.scenario.notify();
    }

    /// Describes why the page is not up to date, or which of its messages are not in the room log
    /// yet. Refused messages are not counted.
    pub(crate) fn unsettled(&self) -> Option<String> {
        let Some(Some(why)) = self.with_model(|model| {
            if !self.settled.get() {
                return Some("is not up to date, or waits for a response".to_owned());
            }
            let changes: Vec<_> =
                waiting(&model.updates).filter(|change| change.refused.is_none()).collect();
            if !changes.is_empty() || !model.read_state.unconfirmed.is_empty() {
                return Some(format!(
                    "still has to send {changes:?} and {:?}",
                    model.read_state.unconfirmed
                ));
            }
            // A sent message of a room that is not shown waits for nothing.
            let hidden = |room| model.opened_rooms.get(&room).is_none_or(RoomState::is_refused);
            let waits = |message: &&PendingMessage| {
                message.refused.is_none() && !(message.confirmed.is_some() && hidden(message.room))
            };
            let waiting: Vec<_> = model
                .outbox
                .items()
                .iter()
                .filter(waits)
                .map(|message| (message.id, message.confirmed.is_some()))
                .collect();
            (!waiting.is_empty()).then(|| format!("still has {waiting:?} in its outbox"))
        }) else {
            return if self.model.borrow().is_none() {
                Some("is not loaded".to_owned())
            } else {
                None
            };
        };
        Some(why)
    }

    /// Returns the refused messages with the reason of each.
    pub(crate) fn refused(&self) -> Vec<(MessageId, RoomId, String)> {
        let refused =
            |message: &PendingMessage| Some((message.id, message.room, message.refused.clone()?));
        self.with_model(|model| model.outbox.items().iter().filter_map(refused).collect())
            .unwrap_or_default()
    }

    pub(crate) async fn run(self: Rc<Self>) {
        let token = self.scenario.users[self.user].token.clone();
        loop {
            if self.control.suspended.get() {
                self.control.wake.notified().await;
                continue;
            }
            if self.control.reloads.take() || self.model.borrow().is_none() {
                *self.model.borrow_mut() = None;
                self.scenario.notify();
                if self.control.proxy.is_disconnected() || !self.load().await {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
                continue;
            }
            self.control.drops_connection.set(false);
            if let Some((socket, era)) = self.control.connect(&token, &self.scenario).await {
                self.run_session(socket, era).await;
                self.settled.set(false);
                self.update(|model| model.connection = ConnectionState::Connecting);
            }
        }
    }

    /// Loads the page: a snapshot of the room in view, and the list of rooms.
    async fn load(&self) -> bool {
        let Some(workspace) = self.workspace().await else { return false };
        let mut model = Model::from_page(workspace);
        model.outbox = PendingMessages::restored(self.device.outbox());
        model.updates = Updates::restored(self.device.updates());
        *self.stored.borrow_mut() = model.outbox.clone();
        *self.stored_updates.borrow_mut() = model.updates.clone();
        *self.model.borrow_mut() = Some(model);
        self.loads.set(self.loads.get() + 1);
        self.scenario.notify();
        true
    }

    async fn workspace(&self) -> Option<Workspace> {
        let mut direct =
            DirectClient::connect(&self.scenario, &format!("{} (loading)", self.name), self.user)
                .await?;
        let room = self.room.get();
        let subscribe = Subscribe { room: room.into(), since: None, epoch: None, join: None };
        let subscribed = match direct.request(&Request::Subscribe(subscribe)).await? {
            ServerMessage::Response(Response::Subscribe(response)) => Some(response),
            _ => None,
        };
        let rooms = direct.rooms().await?;
        let members = match &subscribed {
            None => None,
            Some(_) => {
                let members = Members { room: room.into(), after: None, limit: None };
                match direct.request(&Request::Members(members)).await? {
                    ServerMessage::Response(Response::Members(page)) => Some(page),
                    _ => None,
                }
            }
        };
        let known = rooms.iter().find(|known| known.id == room).cloned();
        let open = subscribed
            .as_ref()
            .zip(members)
            .zip(known)
            .map(|((response, members), known)| open(response, members, known));
        Some(Workspace {
            user: self.scenario.users[self.user].profile.clone(),
            rooms,
            epoch: subscribed.map_or_else(String::new, |response| response.epoch),
            open,
            invite: None,
            unsent: None,
            custom_emoji: Vec::new(),
            registration_closed: false,
        })
    }

    async fn run_session(&self, mut socket: WebSocketStream<DuplexStream>, era: Era) {
        let mut monitor = Monitor::new(&self.scenario, &self.name, self.user, era);
        let mut engine = SyncEngine::new("dev".to_owned());
        let now = || self.scenario.now() + self.skipped_ms.get();
        loop {
            if self.control.must_disconnect() {
                return;
            }
            if self.control.suspended.get() {
                self.control.wake.notified().await;
                continue;
            }
            let frames =
                self.with_model(|model| engine.due_requests(model, now())).unwrap_or_default();
            for frame in frames {
                monitor.sent(&frame);
                if !self.send(&mut socket, frame).await {
                    return;
                }
            }
            let settled = self.with_model(|model| {
                engine.is_settled(model) && model.connection == ConnectionState::Current
            });
            self.settled.set(
                settled == Some(true) && monitor.has_all_replies() && !engine.is_waiting(now()),
            );
            self.changed();
            let holds = async {
                if engine.is_waiting(now()) {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                } else {
                    std::future::pending().await
                }
            };
            tokio::select! {
                frame = socket.next() => match frame {
                    Some(Ok(Frame::Text(text))) => {
                        monitor.received(&text);
                        let reply = self.model.borrow_mut().as_mut().and_then(|model| {
                            let reply = engine.receive(model, &text, now());
                            let in_view = model.room_in_view;
                            if let Some(room) = in_view.filter(|_| model.read_state.at_end) {
                                model.set_at_end(room, true);
                            }
                            reply
                        });
                        self.changed();
                        if let Some(reply) = reply {
                            monitor.sent(&reply);
                            if !self.send(&mut socket, reply).await {
                                return;
                            }
                        }
                    }
                    Some(Ok(Frame::Close(_)) | Err(_)) | None => return,
                    Some(Ok(_)) => {}
                },
                () = self.control.wake.notified() => {}
                () = holds => self.skipped_ms.set(self.skipped_ms.get() + SKIPPED_MS),
            }
        }
    }

    /// Returns whether the connection is still open.
    async fn send(&self, socket: &mut WebSocketStream<DuplexStream>, text: String) -> bool {
        let mut sending = std::pin::pin!(socket.send(Frame::text(text)));
        loop {
            tokio::select! {
                sent = &mut sending => return sent.is_ok(),
                () = self.control.wake.notified() => {
                    if self.control.must_disconnect() {
                        return false;
                    }
                }
            }
        }
    }
}

fn open(response: &protocol::Subscribed, members: MembersPage, room: protocol::Room) -> OpenRoom {
    OpenRoom {
        room: protocol::Room { seq: response.seq, ..room },
        messages: response.messages.clone(),
        has_more: response.has_more,
        members,
        place: None,
    }
}
