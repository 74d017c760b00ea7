//! The conversation over one connection: what the page wants of the server, and what the answers do to the page.
//!
//! Pure: text in, text out. Wishes are state, not commands. Whatever [`Link::wants`] finds missing in the model and
//! has not asked for on this connection, it asks for. A new connection begins a new `Link`, and so everything that
//! was lost on the way is asked for again.

use std::collections::{HashMap, HashSet};

use protocol::{
    Chat, ChatDelete, ChatEdit, ChatReact, Empty, ErrorCode, ErrorPayload, Event, History, Members,
    MessageId, OpId, Read, Request, RequestId, Response, Resume, ResumeRoom, Resumed, Room, RoomId,
    RoomName, Sent, ServerMessage, Subscribe, Subscribed, SystemEvent, Typing, Welcome,
    decode_server_message, encode_request,
    limits::{MAX_SUBSCRIPTIONS, PAGE_MESSAGES, PROTOCOL_VERSION},
};
use serde::Deserialize;
use uuid::Uuid;

use crate::{
    changes::{Change, Kind},
    chat::{Applied, Chat as OpenChat, Phase, room_of, seq_of},
    model::{Connection, Model},
};

/// How long to wait before asking again what failed on the server's side, in milliseconds, unless it says.
const PATIENCE_MS: i64 = 1_000;
/// How long a room's people stay as they are known, in milliseconds, where counting them here is not possible.
const PEOPLE_EVERY_MS: i64 = 30_000;
/// How soon the rooms may be asked for again, in milliseconds.
const ROOMS_EVERY_MS: i64 = 2_000;
/// The same where it is only likely that something changed.
const ROOMS_LOOK_EVERY_MS: i64 = 15_000;
/// So often in a row a room is asked for from where it stands; then it starts afresh.
const TRIES: u32 = 3;
/// Silence that ends a connection before the server named its heartbeat, in milliseconds.
const WELCOME_WITHIN_MS: i64 = 10_000;
/// An answer that takes longer, in milliseconds, will not come: the connection is not what it seems.
const ANSWER_WITHIN_MS: i64 = 20_000;
/// What a build calls itself while it is developed.
const DEVELOPMENT_BUILD: &str = "dev";

/// What a request was about, to understand its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    Rooms,
    Subscribe(RoomId),
    Older { room: RoomId, before: u64 },
    Members(RoomId),
    Chat { room: RoomId, id: MessageId },
    Change { room: RoomId, op: OpId },
    Read { room: RoomId, seq: u64 },
    Resume,
    Ping,
}

/// One connection's part of the page's state.
#[derive(Debug)]
pub struct Link {
    build: String,
    welcomed: bool,
    anothers: bool,
    silence_ms: i64,
    requests: u64,
    asked: HashMap<RequestId, (Asked, i64)>,
    /// The rooms have to be read again, not before `rooms_at`.
    rooms_stale: bool,
    rooms_at: i64,
    /// They were read on this connection.
    rooms_known: bool,
    /// What happened while the rooms were asked for: the answer may have been made before it.
    meanwhile: Vec<Event>,
    followed: HashSet<RoomId>,
    /// Rooms not open here, followed for what is unread in them.
    tracked: HashSet<RoomId>,
    /// Those of them whose answer is on its way.
    resuming: Vec<RoomId>,
    resume_tries: u32,
    peopled: HashSet<RoomId>,
    recount_at: i64,
    hold_until: i64,
    /// How often the server failed at what is to be sent.
    faults: HashMap<Uuid, u32>,
    /// What the others were told of somebody writing here.
    writing: Option<(RoomId, u32)>,
}

impl Link {
    /// A new connection of a page of this build.
    pub fn new(build: String) -> Self {
        Self {
            build,
            welcomed: false,
            anothers: false,
            silence_ms: WELCOME_WITHIN_MS,
            requests: 0,
            asked: HashMap::new(),
            rooms_stale: true,
            rooms_at: i64::MIN,
            rooms_known: false,
            meanwhile: Vec::new(),
            followed: HashSet::new(),
            tracked: HashSet::new(),
            resuming: Vec::new(),
            resume_tries: 0,
            peopled: HashSet::new(),
            recount_at: i64::MIN,
            hold_until: i64::MIN,
            faults: HashMap::new(),
            writing: None,
        }
    }

    /// How long the server may be silent before the connection counts as lost, in milliseconds.
    pub fn silence_ms(&self) -> i64 {
        self.silence_ms
    }

    /// Whether the server takes this page for another person's: somebody else signed in since it was made. Nothing of
    /// it may be said then; the page has to be made anew.
    pub fn is_anothers(&self) -> bool {
        self.anothers
    }

    /// Whether something waits for its time to be asked again.
    pub fn is_holding(&self, now: i64) -> bool {
        now < self.hold_until || self.rooms_stale && now < self.rooms_at
    }

    /// Whether the server owes an answer for too long.
    pub fn is_overdue(&self, now: i64) -> bool {
        self.asked.values().any(|(_, asked_at)| now - asked_at > ANSWER_WITHIN_MS)
    }

    /// Whether all that the page follows is up to date.
    pub fn is_settled(&self, model: &Model) -> bool {
        self.welcomed
            && !self.is_asked(&Asked::Rooms)
            && self.resuming.is_empty()
            && self.to_resume(model).next().is_none()
            && model.chats.iter().all(|(room, chat)| {
                matches!(chat.phase, Phase::Refused(_))
                    || self.followed.contains(room) && !self.is_subscribing(*room)
            })
    }

    /// Asks for a sign of life; not before `welcome`, which is one, and until which nothing can be sent.
    pub fn ping(&mut self, now: i64) -> Option<String> {
        self.welcomed.then(|| self.ask(Asked::Ping, &Request::Ping(Empty {}), now))
    }

    /// Somebody looks at the page again: rooms made meanwhile are worth a look, now and then.
    pub fn look_again(&mut self, now: i64) {
        self.rooms_stale |=
            now > self.rooms_at.saturating_add(ROOMS_LOOK_EVERY_MS - ROOMS_EVERY_MS);
    }

    /// All that the page wants by now and did not ask for on this connection.
    pub fn wants(&mut self, model: &Model, now: i64) -> Vec<String> {
        if !self.welcomed || now < self.hold_until {
            return Vec::new();
        }
        let mut frames = Vec::new();
        if self.rooms_stale && now >= self.rooms_at && !self.is_asked(&Asked::Rooms) {
            self.rooms_stale = false;
            self.rooms_at = now + ROOMS_EVERY_MS;
            frames.push(self.ask(Asked::Rooms, &Request::Rooms(Empty {}), now));
        }
        if now > self.recount_at {
            self.recount_at = now + PEOPLE_EVERY_MS;
            let is_stale = |room, chat: &OpenChat| {
                chat.members_stale || model.open == Some(room) && chat.is_crowded()
            };
            self.peopled
                .retain(|room| model.chats.get(room).is_some_and(|chat| !is_stale(*room, chat)));
        }
        for (room, chat) in &model.chats {
            if !matches!(chat.phase, Phase::Refused(_)) {
                frames.extend(self.wants_of_room(*room, chat, now));
            } else if !self.is_subscribing(*room) {
                // Should it be opened again, it is asked for again.
                self.followed.remove(room);
                self.peopled.remove(room);
            }
        }
        frames.extend(self.wants_to_resume(model, now));
        // Another device may have read further meanwhile: `rooms` tells.
        let may_read = self.rooms_known && !self.is_asked(&Asked::Rooms);
        for (room, seq) in model.reads.iter().filter(|_| may_read) {
            if !self
                .asked
                .values()
                .any(|(asked, _)| matches!(asked, Asked::Read { room: of, .. } if of == room))
            {
                let read = Read { room: Some((*room).into()), seq: *seq };
                frames.push(self.ask(
                    Asked::Read { room: *room, seq: *seq },
                    &Request::Read(read),
                    now,
                ));
            }
        }
        for entry in model.outbox.next(now) {
            if !self.is_sending_to(entry.room) {
                let chat = Chat {
                    room: Some(entry.room.into()),
                    text: entry.text.clone(),
                    id: Some(entry.id),
                };
                frames.push(self.ask(
                    Asked::Chat { room: entry.room, id: entry.id },
                    &Request::Chat(chat),
                    now,
                ));
            }
        }
        for change in model.changes.next(now) {
            let busy =
                |asked: &Asked| matches!(asked, Asked::Change { room, .. } if *room == change.room);
            if !self.asked.values().any(|(asked, _)| busy(asked)) {
                let asked = Asked::Change { room: change.room, op: change.op };
                frames.push(self.ask(asked, &change_request(change), now));
            }
        }
        if let Some((room, _)) = model.writing.filter(|_| self.writing != model.writing) {
            self.writing = model.writing;
            frames.push(encode_request(&Request::Typing(Typing { room: Some(room.into()) }), None));
        }
        frames
    }

    /// One's rooms that are not followed yet, and not open here. Once the rooms are known: they say from where on.
    fn to_resume<'a>(&'a self, model: &'a Model) -> impl Iterator<Item = &'a Room> {
        let rooms = model.rooms.iter().filter(|_| self.rooms_known);
        rooms.filter(|room| {
            room.member && !model.chats.contains_key(&room.id) && !self.tracked.contains(&room.id)
        })
    }

    fn wants_to_resume(&mut self, model: &Model, now: i64) -> Option<String> {
        if !self.resuming.is_empty() {
            return None;
        }
        let fresh = self.resume_tries >= TRIES;
        let rooms: Vec<_> =
            self.to_resume(model).take(MAX_SUBSCRIPTIONS).map(|room| (room.id, room.seq)).collect();
        if rooms.is_empty() {
            return None;
        }
        self.resuming = rooms.iter().map(|(room, _)| *room).collect();
        self.tracked.extend(&self.resuming);
        let rooms = rooms
            .into_iter()
            .map(|(room, seq)| ResumeRoom { room: room.into(), since: (!fresh).then_some(seq) });
        let resume = Resume { epoch: None, rooms: rooms.collect() };
        Some(self.ask(Asked::Resume, &Request::Resume(resume), now))
    }

    fn wants_of_room(&mut self, room: RoomId, chat: &OpenChat, now: i64) -> Vec<String> {
        let mut frames = Vec::new();
        if self.followed.insert(room) {
            let known = chat.phase == Phase::Ready && chat.tries <= TRIES;
            let request = Subscribe {
                room: room.into(),
                since: known.then_some(chat.seq),
                epoch: chat.epoch.clone().filter(|_| known),
            };
            frames.push(self.ask(Asked::Subscribe(room), &Request::Subscribe(request), now));
        }
        if self.is_subscribing(room) {
            return frames;
        }
        if self.peopled.insert(room) {
            let request = Members { room: room.into(), after: None, limit: None };
            frames.push(self.ask(Asked::Members(room), &Request::Members(request), now));
        }
        if let Some(before) = chat.older_wanted()
            && !self.is_asked(&Asked::Older { room, before })
        {
            let request = History {
                room: Some(RoomName::from(room)),
                before: Some(before),
                limit: Some(PAGE_MESSAGES),
                ..History::default()
            };
            frames.push(self.ask(Asked::Older { room, before }, &Request::History(request), now));
        }
        frames
    }

    fn ask(&mut self, asked: Asked, request: &Request, now: i64) -> String {
        self.requests += 1;
        let id = self.requests.to_string();
        let frame = encode_request(request, Some(&id));
        self.asked.insert(id, (asked, now));
        frame
    }

    fn is_asked(&self, what: &Asked) -> bool {
        self.asked.values().any(|(asked, _)| asked == what)
    }

    fn is_sending_to(&self, room: RoomId) -> bool {
        self.asked
            .values()
            .any(|(asked, _)| matches!(asked, Asked::Chat { room: to, .. } if *to == room))
    }

    fn is_subscribing(&self, room: RoomId) -> bool {
        self.is_asked(&Asked::Subscribe(room))
    }

    /// Takes a message from the server; gives what to say back at once.
    pub fn receive(&mut self, model: &mut Model, text: &str, now: i64) -> Option<String> {
        let Ok(received) = decode_server_message(text) else {
            self.unreadable(model, text);
            return None;
        };
        let asked =
            received.request_id.and_then(|id| self.asked.remove(&id)).map(|(asked, _)| asked);
        match received.message? {
            ServerMessage::Event(Event::Ping(_)) => {
                return Some(encode_request(&Request::Pong(Empty {}), None));
            }
            ServerMessage::Event(Event::Welcome(welcome)) => self.welcome(model, *welcome),
            ServerMessage::Event(event) => self.event(model, &event, now),
            ServerMessage::Response(response) => self.answer(model, asked?, response, now),
            ServerMessage::Error(error) => self.error(model, asked?, error, now),
        }
        if let Connection::CatchingUp { .. } = model.connection
            && self.is_settled(model)
        {
            model.connection = Connection::Current;
        }
        None
    }

    fn welcome(&mut self, model: &mut Model, welcome: Welcome) {
        let Welcome { user, heartbeat, build, protocol, .. } = welcome;
        if user.id != model.me.id {
            self.anothers = true;
            return;
        }
        let other_build =
            build != self.build && build != DEVELOPMENT_BUILD && self.build != DEVELOPMENT_BUILD;
        model.me = user;
        model.outdated |= other_build || protocol > PROTOCOL_VERSION;
        model.connection = Connection::CatchingUp { missing: 0 };
        self.silence_ms =
            i64::try_from(heartbeat.interval_ms + heartbeat.timeout_ms).unwrap_or(i64::MAX);
        self.welcomed = true;
        self.writing = model.writing; // what was written before is no news
        model.chats.values_mut().for_each(|chat| chat.tries += 1);
    }

    fn event(&mut self, model: &mut Model, event: &Event, now: i64) {
        self.count(model, event);
        if let Event::System(system) = event
            && system.event == SystemEvent::Removed
            && system.user.id == model.me.id
        {
            self.left(model, system.room);
        }
        if let Event::Chat(message) = event {
            // An answer, too: the other one may come later, and may not be readable.
            self.asked.retain(|_, (asked, _)| {
                *asked != Asked::Chat { room: message.room, id: message.id }
            });
            model.outbox.acknowledge(Sent::from(message));
            model.cover(message.room);
        }
        if let Event::ChatDeleted(deleted) = event {
            model.heard.retain(|message| message.id != deleted.id);
        }
        let Some((room, chat)) =
            room_of(event).and_then(|room| Some((room, model.chats.get_mut(&room)?)))
        else {
            return;
        };
        if let Event::System(system) = event
            && system.event == SystemEvent::Removed
            && system.user.id == model.me.id
        {
            chat.phase = Phase::Refused("You are not in this room any more.".to_owned());
            return;
        }
        if let Event::Typing(typing) = event {
            chat.typed(typing.user.clone(), now);
        }
        match (chat.apply(event), event) {
            (Applied::Changed, Event::Chat(message)) => model.grown(room, vec![message.clone()]),
            (Applied::Gap, _) => self.follow_anew(room),
            (Applied::Changed | Applied::Known, _) => {}
        }
        model.cover(room);
    }

    /// One is in that room no longer, as it seems: the server knows.
    fn left(&mut self, model: &mut Model, room: RoomId) {
        if let Some(room) = model.rooms.iter_mut().find(|known| known.id == room) {
            room.member = false; // following it would be joining it
        }
        self.tracked.remove(&room);
        self.rooms_stale = true;
    }

    /// Keeps what the list of rooms tells right, or asks for it anew.
    fn count(&mut self, model: &mut Model, event: &Event) {
        if seq_of(event).is_none() && !matches!(event, Event::Read(_)) {
            return;
        }
        self.rooms_stale |= !model.count(event);
        if self.is_asked(&Asked::Rooms) {
            self.meanwhile.push(event.clone());
        }
    }

    /// Takes the rooms, and what came after the answer was made.
    fn rooms(&mut self, model: &mut Model, rooms: Vec<Room>) {
        self.rooms_known = true;
        self.rooms_stale |= !model.take_rooms(rooms);
        for event in std::mem::take(&mut self.meanwhile) {
            self.rooms_stale |= !model.count(&event);
        }
        for room in model.rooms.iter().filter(|room| room.member) {
            // One was taken out of it, and is in it again.
            if let Some(chat) =
                model.chats.get_mut(&room.id).filter(|chat| matches!(chat.phase, Phase::Refused(_)))
                && !self.is_subscribing(room.id)
            {
                chat.phase = Phase::Loading;
                self.followed.remove(&room.id);
            }
        }
        let ahead = |room: &Room| {
            let chat = model.chats.get(&room.id).filter(|_| self.followed.contains(&room.id));
            chat.is_some_and(|chat| {
                chat.phase == Phase::Ready && chat.seq > room.seq && !self.is_subscribing(room.id)
            })
        };
        self.rooms_stale |= model.rooms.iter().any(ahead);
    }

    /// What is told of a room's own log, and ends further on than the list of rooms knows.
    fn catch_up(&mut self, model: &mut Model, answer: &Subscribed) {
        for event in &answer.events {
            self.count(model, &event.0);
        }
        if let Some(room) = model.rooms.iter_mut().find(|room| room.id == answer.room) {
            room.member = true;
            self.rooms_stale |= answer.seq > room.seq;
        } else {
            self.rooms_stale = true;
        }
    }

    fn resumed(&mut self, model: &mut Model, answer: Resumed, now: i64) {
        let Resumed { rooms, refused, has_more } = answer;
        let mut asked = std::mem::take(&mut self.resuming);
        let nothing = rooms.is_empty(); // but refusals, which may pass
        self.resume_tries = 0;
        for room in &rooms {
            self.catch_up(model, room);
            asked.retain(|asked| *asked != room.room);
        }
        for room in refused {
            let Some(id) = room.room.as_id() else { continue };
            if !passes(room.error.code) {
                asked.retain(|asked| *asked != id); // nothing to be done about it on this connection
            }
            if room.error.code == ErrorCode::NotFound {
                self.left(model, id);
            }
        }
        if has_more || !asked.is_empty() {
            asked.iter().for_each(|room| {
                self.tracked.remove(room);
            });
            if nothing {
                self.hold_until = now + PATIENCE_MS;
            }
        }
    }

    /// Something is missing: the next [`wants`](Self::wants) subscribes from where the room stands.
    fn follow_anew(&mut self, room: RoomId) {
        if !self.is_subscribing(room) {
            self.followed.remove(&room);
        }
    }

    fn answer(&mut self, model: &mut Model, asked: Asked, response: Response, now: i64) {
        match (asked, response) {
            (Asked::Rooms, Response::Rooms(page)) => {
                self.rooms(model, page.rooms);
                if let Connection::CatchingUp { missing } = &mut model.connection {
                    let behind = |room: &protocol::Room| {
                        let chat =
                            model.chats.get(&room.id).filter(|chat| chat.phase == Phase::Ready);
                        chat.map_or(0, |chat| room.seq.saturating_sub(chat.seq))
                    };
                    *missing = model.rooms.iter().map(behind).sum();
                }
            }
            (Asked::Subscribe(room), Response::Subscribe(answer)) => {
                self.catch_up(model, &answer);
                self.subscribed(model, room, answer);
            }
            (Asked::Resume, Response::Resume(answer)) => self.resumed(model, answer, now),
            (Asked::Read { room, seq }, Response::Read(position)) => {
                if model.reads.get(&room) == Some(&seq) {
                    model.reads.remove(&room);
                }
                // Another place than asked for, where the log ends before it: it was restored.
                if !model.reads.contains_key(&room) {
                    self.rooms_stale |= !model.read(room, position.seq);
                }
            }
            (Asked::Older { room, before }, Response::History(page)) => {
                if let Some(chat) = model.chats.get_mut(&room) {
                    chat.older(before, page);
                }
            }
            (Asked::Members(room), Response::Members(page)) => {
                if let Some(chat) = model.chats.get_mut(&room) {
                    chat.members(page);
                }
            }
            (Asked::Chat { room, .. }, Response::Chat(sent)) => {
                model.outbox.acknowledge(sent);
                model.cover(room);
            }
            (
                Asked::Change { room, op },
                Response::ChatEdit(changed)
                | Response::ChatDelete(changed)
                | Response::ChatReact(changed),
            ) => {
                model.changes.answered(op, changed.seq);
                model.cover(room);
            }
            _ => {} // an answer of another name: the server is not ours
        }
    }

    fn subscribed(&mut self, model: &mut Model, room: RoomId, answer: Subscribed) {
        let Some(chat) = model.chats.get_mut(&room) else { return };
        if answer.recovered && chat.phase != Phase::Ready {
            // What it goes on from was let go of meanwhile.
            chat.phase = Phase::Loading;
            return self.follow_anew(room);
        }
        let missed = chat.subscribed(answer);
        for message in &chat.messages {
            model.outbox.take(message.id);
        }
        model.cover(room);
        model.grown(room, missed);
    }

    fn error(&mut self, model: &mut Model, asked: Asked, error: ErrorPayload, now: i64) {
        let passes = passes(error.code);
        if passes {
            let wait = error
                .retry_after_ms
                .and_then(|wait| i64::try_from(wait).ok())
                .unwrap_or(PATIENCE_MS);
            self.hold_until = now.saturating_add(wait);
        }
        match asked {
            Asked::Chat { id, .. } if !passes || self.is_hopeless(id.0, error.code) => {
                model.outbox.fail(id, error.detail)
            }
            // What is to be changed is gone, and with it the place to say so.
            Asked::Change { op, .. } if error.code == ErrorCode::NotFound => model.changes.take(op),
            Asked::Change { op, .. } if !passes || self.is_hopeless(op.0, error.code) => {
                model.changes.fail(op, error.detail)
            }
            Asked::Subscribe(room) if !passes => {
                if let Some(chat) = model.chats.get_mut(&room) {
                    chat.phase = Phase::Refused(error.detail);
                }
            }
            Asked::Subscribe(room) => {
                self.followed.remove(&room);
                if let Some(chat) = model.chats.get_mut(&room) {
                    chat.tries += 1;
                }
            }
            Asked::Resume => self.resume_failed(passes),
            Asked::Read { room, .. } if !passes => {
                model.reads.remove(&room);
            }
            Asked::Members(room) if passes => {
                self.peopled.remove(&room);
            }
            Asked::Rooms => {
                self.meanwhile.clear();
                self.rooms_stale |= passes;
            }
            Asked::Older { room, .. } if !passes => {
                if let Some(chat) = model.chats.get_mut(&room) {
                    chat.wants_older = false;
                }
            }
            Asked::Chat { .. }
            | Asked::Change { .. }
            | Asked::Members(_)
            | Asked::Older { .. }
            | Asked::Read { .. }
            | Asked::Ping => {}
        }
    }

    /// Whether the server has a fault that shows each time this is sent: the others behind it are not to wait for ever.
    fn is_hopeless(&mut self, id: Uuid, code: ErrorCode) -> bool {
        if code != ErrorCode::Internal {
            return false;
        }
        let faults = self.faults.entry(id).or_default();
        *faults += 1;
        *faults > TRIES
    }

    /// Asks for the same rooms again, where that makes sense.
    fn resume_failed(&mut self, again: bool) {
        let rooms = std::mem::take(&mut self.resuming);
        self.resume_tries += 1;
        if again {
            rooms.iter().for_each(|room| {
                self.tracked.remove(room);
            });
        }
    }

    /// A newer server said what this page cannot read. Asking again would meet it again.
    fn unreadable(&mut self, model: &mut Model, text: &str) {
        #[derive(Deserialize)]
        struct Envelope {
            request_id: Option<RequestId>,
        }
        model.outdated = true;
        let Ok(Envelope { request_id: Some(request) }) = serde_json::from_str(text) else { return };
        let Some((asked, _)) = self.asked.remove(&request) else { return };
        match asked {
            // Resuming is what failed: the room starts afresh instead.
            Asked::Subscribe(room) => {
                let Some(chat) = model.chats.get_mut(&room) else { return };
                chat.phase = match chat.phase {
                    Phase::Ready => Phase::Loading,
                    Phase::Loading | Phase::Refused(_) => {
                        Phase::Refused("This page is too old to show it.".to_owned())
                    }
                };
                self.followed.remove(&room);
            }
            // Whether it is in the log, its event will tell, or the next connection: it stays asked, without a limit.
            Asked::Chat { .. } => {
                self.asked.insert(request, (asked, i64::MAX));
            }
            Asked::Older { room, .. } => {
                if let Some(chat) = model.chats.get_mut(&room) {
                    chat.wants_older = false;
                }
            }
            // It was answered; its event tells what became of it.
            Asked::Change { op, .. } => model.changes.take(op),
            // Without what happened in them it may be readable; more cannot be done.
            Asked::Resume => self.resume_failed(self.resume_tries <= TRIES),
            Asked::Read { room, .. } => {
                model.reads.remove(&room);
            }
            // The next connection asks again; until then what is known stays.
            Asked::Rooms => self.meanwhile.clear(),
            Asked::Members(_) | Asked::Ping => {}
        }
    }
}

fn change_request(change: &Change) -> Request {
    let (room, id, op) = (Some(change.room.into()), change.message, Some(change.op));
    match change.kind.clone() {
        Kind::Edit(text) => Request::ChatEdit(ChatEdit { room, id, op, text }),
        Kind::Delete => Request::ChatDelete(ChatDelete { room, id, op }),
        Kind::React { emoji, on } => Request::ChatReact(ChatReact { room, id, op, emoji, on }),
    }
}

/// Whether what failed may work later.
fn passes(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::RateLimited
            | ErrorCode::Unavailable
            | ErrorCode::Internal
            | ErrorCode::Unauthorized
    )
}

#[cfg(test)]
mod tests;
