//! Checks the messages of one connection against the contract, for every kind of client.

use std::{collections::BTreeMap, rc::Rc};

use protocol::{
    ErrorCode, Event, Message, MessageId, OpId, ReceivedMessage, Request, Response, RoomId,
    ServerMessage, Subscribed, SystemEvent, decode_request, decode_server_message,
    limits::MAX_RECOVERED_EVENTS,
};

mod privacy;
mod reading;

use crate::scenario::{Era, Scenario, Trace};

pub(crate) struct Monitor {
    scenario: Rc<Scenario>,
    name: String,
    user: usize,
    pub(crate) era: Era,
    /// The requests without a reply, by id, each with the end of the private room's log at which
    /// the user had been removed when it was sent.
    pending: BTreeMap<String, (Request, Option<u64>)>,
    /// The last received `seq` of each room that the client is subscribed to.
    subscribed_to: BTreeMap<RoomId, u64>,
    /// The read positions that the connection knows.
    read_up_to: BTreeMap<(RoomId, Option<MessageId>), u64>,
    trace: Trace,
}

impl Monitor {
    pub(crate) fn new(scenario: &Rc<Scenario>, name: &str, user: usize, era: Era) -> Self {
        let trace = scenario.record.borrow_mut().traces.entry(name.to_owned()).or_default().clone();
        trace.note("--", "connected");
        Self {
            scenario: Rc::clone(scenario),
            name: name.to_owned(),
            user,
            era,
            pending: BTreeMap::new(),
            subscribed_to: BTreeMap::new(),
            read_up_to: BTreeMap::new(),
            trace,
        }
    }

    pub(crate) fn has_all_replies(&self) -> bool {
        self.pending.is_empty()
    }

    fn fault(&self, what: &str) {
        self.scenario.fault(format!("{}: {what}", self.name));
    }

    /// Records a message of the client.
    pub(crate) fn sent(&mut self, text: &str) {
        self.trace.note("->", text);
        let Ok((request, id)) = decode_request(text) else {
            return self.fault("the client sent an invalid request");
        };
        if let (Some(id), false) = (id, matches!(request, Request::Typing(_) | Request::Pong(_))) {
            self.may_apply(&request);
            let absent = self.absent_since();
            self.pending.insert(id, (request, absent));
        }
    }

    /// Checks a message of the server.
    pub(crate) fn received(&mut self, text: &str) -> Option<ReceivedMessage> {
        self.trace.note("<-", text);
        self.scenario.record.borrow_mut().frames += 1;
        let Ok(received) = decode_server_message(text) else {
            self.fault(&format!("the server sent an unreadable message: {text}"));
            return None;
        };
        let request = match &received.request_id {
            None => None,
            Some(id) => match self.pending.remove(id) {
                Some((request, absent)) => {
                    if let Some(ServerMessage::Response(response)) = &received.message {
                        self.may_learn(&request, absent, response);
                    }
                    Some(request)
                }
                None => {
                    self.fault(&format!("a reply without a request, or a second reply: {text}"));
                    return None;
                }
            },
        };
        match (&received.message, request) {
            (Some(ServerMessage::Event(event)), _) => self.event(event),
            (Some(ServerMessage::Response(response)), Some(request)) => {
                self.response(&request, response)
            }
            (Some(ServerMessage::Error(error)), request) => {
                if error.code == ErrorCode::Internal {
                    self.fault(&format!("the server failed at {request:?}"));
                }
                if !matches!(error.code, ErrorCode::RateLimited | ErrorCode::Unavailable) {
                    self.refused(request, &error.detail);
                } else if let Some(Request::Chat(refused)) = request {
                    let is_next = |(request, _): &(Request, _)| match request {
                        Request::Chat(chat) => chat.room == refused.room,
                        _ => false,
                    };
                    if self.pending.values().any(is_next) {
                        self.scenario
                            .record
                            .borrow_mut()
                            .deferred_clients
                            .insert(self.name.clone());
                    }
                }
            }
            (message, request) => self.fault(&format!("the reply to {request:?} was {message:?}")),
        }
        Some(received)
    }

    fn refused(&self, request: Option<Request>, why: &str) {
        let mut record = self.scenario.record.borrow_mut();
        let why = || why.to_owned();
        match request {
            Some(Request::Chat(chat)) => record.refused.extend(chat.id.map(|id| (id, why()))),
            Some(Request::ChatEdit(edit)) => {
                record.refused_ops.extend(edit.op.map(|op| (op, why())))
            }
            Some(Request::ChatDelete(delete)) => {
                record.refused_ops.extend(delete.op.map(|op| (op, why())))
            }
            Some(Request::ChatReact(react)) => {
                record.refused_ops.extend(react.op.map(|op| (op, why())))
            }
            Some(Request::ChatPin(pin)) => record.refused_ops.extend(pin.op.map(|op| (op, why()))),
            _ => {}
        }
    }

    fn event(&mut self, event: &Event) {
        if let Event::System(system) = event
            && system.event == SystemEvent::Removed
            && system.user.id == self.scenario.users[self.user].profile.id
        {
            self.subscribed_to.remove(&system.room);
        }
        if let Event::Chat(message) = event {
            self.message(message);
        }
        self.may_hear(event);
        self.heard(event);
        let Some((room, seq)) = event.log_position() else { return };
        if room == self.scenario.private {
            let user = self.scenario.users[self.user].profile.id;
            self.scenario.record.borrow_mut().seen_in_private.insert((user, self.era, seq));
            self.may_know(room, seq);
        }
        match self.subscribed_to.get_mut(&room) {
            None => self.fault(&format!(
                "event {seq} without a subscription, or before its response: {event:?}"
            )),
            Some(last) if seq == *last + 1 => *last = seq,
            Some(last) => {
                let last = *last;
                self.fault(&format!("event {seq} after {last}: {event:?}"));
            }
        }
    }

    fn message(&self, message: &Message) {
        self.may_know(message.room, message.seq);
        let Message { id, room, seq, .. } = *message;
        let fault = {
            let mut record = self.scenario.record.borrow_mut();
            let place = *record.places.entry((self.era, id)).or_insert((room, seq));
            let written = record.written.get(&id);
            let is_written = written.is_some_and(|written| {
                written.room == room
                    && (written.thread, written.in_room) == (message.thread, message.in_room)
                    && written.reply_to == message.reply_to.as_ref().map(|quote| quote.id)
                    && self.scenario.users[written.user].profile.id == message.sender.id
            });
            (place != (room, seq) || !is_written || message.deleted != message.text.is_none())
                .then(|| format!("{message:?}, seen before at {place:?}, sent as {written:?}"))
        };
        if let Some(fault) = fault {
            self.fault(&fault);
        }
    }

    fn page(&self, messages: &[Message], room: RoomId) {
        if !messages.is_sorted_by(|one, next| one.seq < next.seq)
            || messages.iter().any(|one| one.room != room)
        {
            self.fault(&format!("a page out of order: {messages:?}"));
        }
        messages.iter().for_each(|message| self.message(message));
    }

    fn response(&mut self, request: &Request, response: &Response) {
        match (request, response) {
            (Request::Subscribe(request), Response::Subscribe(response)) => {
                self.subscribed(request.since, request.epoch.as_deref(), response);
            }
            (Request::Resume(request), Response::Resume(response)) => {
                for room in &response.rooms {
                    let since = request
                        .rooms
                        .iter()
                        .find(|one| one.room == room.subscribed)
                        .and_then(|one| one.since);
                    self.subscribed(since, request.epoch.as_deref(), room);
                }
            }
            (Request::Chat(chat), Response::Chat(sent)) => {
                if chat.id != Some(sent.id) {
                    self.fault(&format!("the response to {chat:?} was {sent:?}"));
                }
                self.acknowledge_message(sent.id, sent.room, sent.seq);
            }
            (Request::ChatEdit(edit), Response::ChatEdit(changed)) => {
                self.acknowledge_change(edit.op, edit.id, changed);
            }
            (Request::ChatDelete(delete), Response::ChatDelete(changed)) => {
                self.acknowledge_change(delete.op, delete.id, changed);
            }
            (Request::ChatReact(react), Response::ChatReact(changed)) => {
                self.acknowledge_change(react.op, react.id, changed);
            }
            (Request::ChatPin(pin), Response::ChatPin(changed)) => {
                self.acknowledge_change(pin.op, pin.id, changed);
            }
            (Request::Threads(_), Response::Threads(page)) => self.threads(page),
            (Request::Pins(_), Response::Pins(page)) => {
                page.messages.iter().for_each(|message| self.message(message));
            }
            (Request::Read(read), Response::Read(position)) => {
                self.answered(read, position);
            }
            (Request::History(request), Response::History(page)) => {
                self.page(&page.messages, page.room);
                let outside = page.messages.iter().any(|message| {
                    let is_here = match request.thread {
                        Some(thread) => message.thread == Some(thread),
                        None => message.is_shown_in_room(),
                    };
                    !is_here
                        || request.before.is_some_and(|before| message.seq >= before)
                        || request.after.is_some_and(|after| message.seq <= after)
                });
                if outside {
                    self.fault(&format!("the response to {request:?} was {page:?}"));
                }
            }
            (Request::Rooms(_), Response::Rooms(page)) => {
                for room in &page.rooms {
                    self.may_know(room.id, room.seq);
                    self.may_see_topic(room);
                }
            }
            (Request::Members(_), Response::Members(_))
            | (Request::Edits(_), Response::Edits(_))
            | (Request::ThreadFollow(_), Response::ThreadFollow(_))
            | (Request::Drafts(_), Response::Drafts(_))
            | (Request::LaterList(_), Response::LaterList(_))
            | (Request::Unsubscribe(_), Response::Unsubscribe(_)) => {}
            (request, response) => {
                self.fault(&format!("the response to {request:?} was {response:?}"))
            }
        }
    }

    fn acknowledge_message(&self, id: MessageId, room: RoomId, seq: u64) {
        let fault = {
            let mut record = self.scenario.record.borrow_mut();
            let first = *record.acked.entry((self.era, id)).or_insert(seq);
            let place = *record.places.entry((self.era, id)).or_insert((room, seq));
            (first != seq || place != (room, seq)).then(|| {
                format!("{id} acknowledged at {seq}, before at {first}, seen at {place:?}")
            })
        };
        if let Some(fault) = fault {
            self.fault(&fault);
        }
        self.scenario.acknowledged();
    }

    fn acknowledge_change(&self, op: Option<OpId>, id: MessageId, changed: &protocol::Changed) {
        let Some(op) = op else { return };
        let first = *self
            .scenario
            .record
            .borrow_mut()
            .acked_ops
            .entry((self.era, op))
            .or_insert(changed.seq);
        // An update without effect is acknowledged with the `seq` of the update that made it so.
        // Only an edit always has its own.
        let is_edit =
            self.scenario.record.borrow().ops.get(&op).is_some_and(|op| op.kind == "edit");
        if changed.id != id || is_edit && first != changed.seq {
            self.fault(&format!(
                "update {op} of {id} acknowledged as {changed:?}, before at {first}"
            ));
        }
        self.scenario.acknowledged();
    }

    fn subscribed(&mut self, since: Option<u64>, epoch: Option<&str>, response: &Subscribed) {
        let Subscribed { room, seq, recovered, .. } = *response;
        let summary =
            format!("since {since:?} in {epoch:?}, response up to {seq} in {}", response.epoch);
        let user = self.scenario.users[self.user].profile.id;
        self.scenario.record.borrow_mut().joined.entry((user, room)).or_insert(seq);
        let known = self
            .scenario
            .record
            .borrow_mut()
            .epochs
            .entry(self.era)
            .or_insert(response.epoch.clone())
            .clone();
        if known != response.epoch {
            self.fault(&format!("the epoch {known} changed without a restore: {summary}"));
        }
        let same = epoch.is_none_or(|epoch| epoch == response.epoch);
        match since.filter(|_| same) {
            Some(since) if since > seq => {
                self.fault(&format!("the room log lost its end: {summary}"))
            }
            Some(since) if recovered => {
                let positions = response.events.iter().filter_map(|event| event.0.log_position());
                if !positions.map(|(_, seq)| seq).eq(since + 1..=seq) {
                    self.fault(&format!("a resume with a gap: {summary}: {:?}", response.events));
                }
                self.scenario.count("resumed");
            }
            Some(since) => {
                let is_large = self.scenario.record.borrow().large.contains(&room);
                if seq - since <= MAX_RECOVERED_EVENTS as u64 && !is_large {
                    self.fault(&format!("a resume was refused without a reason: {summary}"));
                }
                self.scenario.count("resume refused");
            }
            None if recovered || !response.events.is_empty() => {
                self.fault(&format!("recovered without a request: {summary}"));
            }
            None => {}
        }
        self.page(&response.messages, room);
        if !response.messages.iter().all(Message::is_shown_in_room) {
            self.fault(&format!("a page with replies that only their thread shows: {summary}"));
        }
        for event in &response.events {
            let seq = event.0.log_position().map_or(0, |(_, seq)| seq);
            self.may_know(room, seq);
            if let Event::Chat(message) = &event.0 {
                self.message(message);
            }
        }
        if response.messages.iter().any(|message| message.seq > seq) {
            self.fault(&format!("a page newer than its response: {summary}"));
        }
        let before = self.subscribed_to.insert(room, seq).unwrap_or_default();
        if before > seq {
            self.fault(&format!("a response older than event {before}: {summary}"));
        }
    }
}
