//! Steps in threads, direct rooms and pins, and of read positions.

use protocol::{
    Chat, ChatDelete, ChatPin, Edits, History, Members, MessageId, Pins, Read, Request, Response,
    RoomId, ServerMessage, Subscribe, ThreadFollow, Threads,
};
use reqwest::{Method, StatusCode};

use super::{Driver, USER_OF_DEVICES, membership::NO_BODY};
use crate::{control::DirectClient, plan::Step, scenario::Hidden};

/// The messages among which a plan chooses those that begin threads. Few have many replies.
const THREADS: usize = 3;

impl Driver {
    /// Returns an acknowledged message that may begin a thread, and that a user may see.
    fn thread(&self, number: usize, user: usize) -> Option<(MessageId, RoomId)> {
        let record = self.scenario.record.borrow();
        let mut first: Vec<_> = record
            .acked
            .range((record.era, MessageId(uuid::Uuid::nil()))..)
            .filter_map(|((_, id), seq)| Some((*seq, *id, record.written.get(id)?)))
            .filter(|(_, _, written)| written.thread.is_none())
            .filter(|(_, _, written)| self.scenario.is_for(user, written.room))
            .map(|(seq, id, written)| (seq, id, written.room))
            .collect();
        first.sort_unstable();
        first.truncate(THREADS);
        (!first.is_empty()).then(|| first[number % first.len()]).map(|(_, id, room)| (id, room))
    }

    /// The same, with replies if any of them has some.
    fn answered(&self, number: usize, user: usize) -> Option<(MessageId, RoomId)> {
        let mut all = (number..number + THREADS).filter_map(|number| self.thread(number, user));
        let answered = all.find(|(thread, _)| !self.replies(*thread).is_empty());
        answered.or_else(|| self.thread(number, user))
    }

    /// Returns an acknowledged message of a room.
    fn message_of(&self, number: usize, room: RoomId) -> Option<MessageId> {
        let record = self.scenario.record.borrow();
        let known: Vec<_> = record
            .acked
            .range((record.era, MessageId(uuid::Uuid::nil()))..)
            .map(|((_, id), _)| *id)
            .filter(|id| record.written.get(id).is_some_and(|written| written.room == room))
            .collect();
        (!known.is_empty()).then(|| known[number % known.len()])
    }

    pub(super) async fn converse(&mut self, step: Step) -> Result<(), String> {
        match step {
            Step::Read { user, device, room, back, less } => {
                let user = self.reader(user);
                let room = self.joined(room, user);
                let seq = self.last(room).saturating_sub(back as u64);
                let room = Some(self.room(room).into());
                let read = Read { room, seq, ..Read::default() };
                self.device(user, device).request(Request::Read(read.clone()));
                if let Some(less) = less {
                    let seq = seq.saturating_sub(less as u64);
                    self.device(user, device + less % 2)
                        .request(Request::Read(Read { seq, ..read }));
                }
            }
            Step::ReadBack { user, device, room, back } => {
                let (room, seq) = (self.room(room), self.last(room).saturating_sub(back as u64));
                let read = Read { room: Some(room.into()), seq, back: true, ..Read::default() };
                let user = self.reader(user);
                self.device(user, device).request(Request::Read(read));
            }
            Step::Reply { user, thread, quote, in_room, mention, count } => {
                let user = user % self.clients.len();
                let place = match (thread, quote) {
                    (Some(thread), _) => {
                        self.thread(thread, user).map(|(id, room)| (Some(id), room))
                    }
                    (None, quote) => self
                        .message(quote.unwrap_or_default(), Some(user))
                        .map(|(_, room)| (None, room)),
                };
                let Some((thread, room)) = place else { return Ok(()) };
                let reply_to = quote.and_then(|quote| self.message_of(quote, room));
                for number in 0..count {
                    let (id, text) = (self.random.uuid(), self.text(mention));
                    let chat = Chat { text, reply_to, thread, in_room, ..Chat::default() };
                    // Some of those who answer are others.
                    let by = if number % 2 == 0 { user } else { self.other(user, room) };
                    self.client(by).chat(room, id, chat);
                }
            }
            Step::DeleteReply { thread, reply, by_owner } => {
                let Some((id, room, by)) = self.last_reply(thread, reply) else { return Ok(()) };
                let by = if by_owner { 0 } else { by };
                let op = self.op(room, id, "delete", None);
                let delete = ChatDelete { room: Some(room.into()), id, op };
                self.client(by).request(Request::ChatDelete(delete));
            }
            Step::ReadThread { user, device, thread, reply, back } => {
                let user = self.reader(user);
                let Some((thread, room)) = self.answered(thread, user) else { return Ok(()) };
                let seq = self.reply_seq(thread, reply);
                if !self.replies(thread).is_empty() {
                    self.scenario.count("thread read");
                }
                let read = Read { room: Some(room.into()), seq, thread: Some(thread), back };
                self.device(user, device).request(Request::Read(read.clone()));
                // Another device has read less, which changes nothing.
                if !back && reply % 2 == 0 {
                    let seq = self.reply_seq(thread, reply + 1);
                    self.device(user, device + 1).request(Request::Read(Read { seq, ..read }));
                }
            }
            Step::Follow { user, device, thread, on } => {
                let user = user % self.clients.len();
                let Some((thread, room)) = self.thread(thread, user) else { return Ok(()) };
                let follow = ThreadFollow { room: room.into(), thread, on };
                self.device(user, device).request(Request::ThreadFollow(follow));
            }
            Step::Pin { user, message, on } => {
                let Some((id, room)) = self.message(message, None) else { return Ok(()) };
                let op = self.op(room, id, if on { "pin" } else { "unpin" }, None);
                let pin = ChatPin { room: Some(room.into()), id, op, on };
                self.client(user).request(Request::ChatPin(pin));
            }
            Step::SetTopic => self.set_topic().await,
            Step::WriteDirect { user, room, count } => {
                let Some((room, user)) = self.direct(room, user) else { return Ok(()) };
                self.chats(user, room, count, "between us");
            }
            Step::HideDirect { user, room } => {
                if let Some((room, user)) = self.direct(room, user)
                    && !self.cluster.is_clustered()
                {
                    self.hide(user, room).await?;
                }
            }
            Step::Look { user, room, message, what } => self.look(user, room, message, what),
            other => return Err(format!("no step of a conversation: {other:?}")),
        }
        Ok(())
    }

    /// Returns the user of a step that reads: half of the time the one with several devices.
    fn reader(&self, number: usize) -> usize {
        let of_devices = number.is_multiple_of(2);
        if of_devices { USER_OF_DEVICES } else { number / 2 % self.clients.len() }
    }

    /// Returns the number of a room that a user has subscribed to, if there is one.
    fn joined(&self, number: usize, user: usize) -> usize {
        let record = self.scenario.record.borrow();
        let user = self.scenario.users[user].profile.id;
        let rooms = self.scenario.rooms.iter().enumerate();
        let joined = rooms.filter(|(_, (room, _))| record.joined.contains_key(&(user, *room)));
        let joined: Vec<_> = joined.map(|(number, _)| number).collect();
        if joined.is_empty() { number } else { joined[number % joined.len()] }
    }

    /// Returns another user who may write to a room, if there is one.
    fn other(&self, user: usize, room: RoomId) -> usize {
        let count = self.clients.len();
        let mut others = (user + 1..user + count).map(|other| other % count);
        others.find(|other| self.scenario.may_see(*other, room)).unwrap_or(user)
    }

    /// Returns the acknowledged replies of a thread, the newest first, each with its `seq`.
    fn replies(&self, thread: MessageId) -> Vec<(u64, MessageId)> {
        let record = self.scenario.record.borrow();
        let replies = record.acked.range((record.era, MessageId(uuid::Uuid::nil()))..);
        let replies = replies.filter(|((_, id), _)| {
            record.written.get(id).is_some_and(|written| written.thread == Some(thread))
        });
        let mut replies: Vec<_> = replies.map(|((_, id), seq)| (*seq, *id)).collect();
        replies.sort_unstable();
        replies.reverse();
        replies
    }

    /// Returns the `seq` of one of the last replies of a thread that a client has seen.
    fn reply_seq(&self, thread: MessageId, back: usize) -> u64 {
        let replies = self.replies(thread);
        replies.get(back).or(replies.last()).map_or(1, |(seq, _)| *seq)
    }

    /// Returns one of the last replies of a thread that the owner sees, with its room and author,
    /// among those that nobody asked to delete.
    fn last_reply(&self, thread: usize, back: usize) -> Option<(MessageId, RoomId, usize)> {
        let (thread, room) = self.answered(thread, 0)?;
        let mut replies = self.replies(thread);
        replies.retain(|(_, id)| {
            let record = self.scenario.record.borrow();
            !record.ops.values().any(|op| op.message == *id && op.kind == "delete")
        });
        let (_, id) = *replies.get(back).or(replies.last())?;
        let author = self.scenario.record.borrow().written.get(&id)?.user;
        self.scenario.count(if back == 0 { "newest reply deleted" } else { "reply deleted" });
        Some((id, room, author))
    }

    /// Returns a direct room and one of its people.
    fn direct(&self, room: usize, user: usize) -> Option<(RoomId, usize)> {
        let rooms = &self.scenario.people;
        let (room, people) = rooms.iter().nth(room % rooms.len().max(1))?;
        Some((*room, people[user % people.len()]))
    }

    /// Asks for what a room has, also as somebody who may not see it.
    fn look(&self, user: usize, room: usize, message: usize, what: usize) {
        let room = self.room(room);
        let message = self.message_of(message, room).unwrap_or_default();
        let name = Some(room.into());
        self.client(user).request(match what {
            0 => Request::Pins(Pins { room: name, after: None }),
            1 => Request::Edits(Edits { room: name, id: message, after: None }),
            2 => Request::Threads(Threads { limit: Some(2), cursor: None }),
            3 => Request::Members(Members { room: room.into(), after: None, limit: None }),
            4 => Request::Rooms(protocol::ListRooms::default()),
            _ => Request::History(History {
                room: name,
                thread: Some(message),
                ..History::default()
            }),
        });
    }

    /// Hides a direct room from one of its people.
    async fn hide(&mut self, user: usize, room: RoomId) -> Result<(), String> {
        self.cluster.start().await?;
        let before = self.end_of(user, room).await?;
        let id = self.scenario.users[user].profile.id;
        // From now on the room may be missing in the lists of the user.
        let first = Hidden { before: 0, after: u64::MAX };
        self.scenario.record.borrow_mut().hidden.insert((user, room), first);
        let path = format!("/api/rooms/{room}/members/{id}");
        let status = self.call(user, Method::DELETE, &path, NO_BODY).await?;
        if status != StatusCode::NO_CONTENT {
            return Err(format!("hiding a direct room: {status}"));
        }
        let after = self.end_of(user, room).await?;
        self.scenario.record.borrow_mut().hidden.insert((user, room), Hidden { before, after });
        Ok(())
    }

    /// Returns the end of a room's log.
    async fn end_of(&self, user: usize, room: RoomId) -> Result<u64, String> {
        let mut direct =
            DirectClient::connect(&self.scenario, "the plan", user).await.ok_or("no connection")?;
        let subscribe = Subscribe { room: room.into(), since: None, epoch: None, join: None };
        match direct.request(&Request::Subscribe(subscribe)).await.ok_or("no response")? {
            ServerMessage::Response(Response::Subscribe(response)) => Ok(response.seq),
            other => Err(format!("a direct room: {other:?}")),
        }
    }
}
