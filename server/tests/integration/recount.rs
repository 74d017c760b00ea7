//! After random requests every count equals a recount of the room log: of threads, unread messages,
//! mentions and pins.

mod model;

use std::collections::HashMap;

use protocol::{Chat, ChatEdit, ChatPin, MessageId, Pins, Read, Request, Response, UserId};

use self::model::Model;
use crate::{
    support::{Server, Socket, TestUser, reply_in, room_chat},
    threads::delete,
};

const ROOM: &str = "general";
const NAMES: [&str; 4] = ["ada", "bo", "cy", "dan"];

/// Numbers that only look random, from a seed.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }

    fn text(&mut self) -> String {
        let words = ["hello", "@ada", "@bo", "@cy", "@dan", "@room", "world"];
        let words: Vec<_> = (0..3).map(|_| words[self.below(words.len())]).collect();
        words.join(" ")
    }
}

/// A server, its users with a socket each, and what they have done.
struct Plan {
    server: Server,
    users: Vec<TestUser>,
    sockets: Vec<Socket>,
    random: Random,
    model: Model,
}

impl Plan {
    async fn start(seed: u64) -> Self {
        let server = Server::start().await;
        let mut users = vec![server.register_owner(NAMES[0]).await];
        for name in &NAMES[1..] {
            users.push(server.join(name, &users[0]).await);
        }
        let mut sockets = Vec::new();
        for user in &users {
            sockets.push(user.subscriber(&server, ROOM).await);
        }
        server.sql(
            "UPDATE room_members SET notify = 'nothing'
             WHERE user_id = (SELECT id FROM users WHERE username = 'dan')",
        );
        let mut model = Model { quiet: Some(users[3].user.id), ..Model::default() };
        for user in &users {
            model.name(user.user.id, &user.user.username);
        }
        Self { server, users, sockets, random: Random(seed), model }
    }

    fn user(&self, index: usize) -> UserId {
        self.users[index].user.id
    }

    fn some_message(&mut self) -> MessageId {
        let index = self.random.below(self.model.messages.len());
        self.model.messages[index].id
    }

    fn some_thread(&mut self) -> MessageId {
        let first: Vec<_> =
            self.model.messages.iter().filter(|m| m.thread.is_none()).map(|m| m.id).collect();
        // Few threads have many replies.
        first[self.random.below(first.len().min(4))]
    }

    /// Sends a random request, and records its effect.
    async fn step(&mut self) {
        let by = self.random.below(NAMES.len());
        let user = self.user(by);
        if self.model.messages.is_empty() {
            return self.send(by, None, false).await;
        }
        match self.random.below(12) {
            0 | 1 => self.send(by, None, false).await,
            2..=4 => {
                let thread = self.some_thread();
                let in_room = self.random.below(3) == 0;
                self.send(by, Some(thread), in_room).await;
            }
            5 => {
                let (id, text) = (self.some_message(), self.random.text());
                let edit = ChatEdit {
                    room: Some(ROOM.into()),
                    id,
                    op: None,
                    text: text.clone(),
                    files: None,
                };
                if self.sockets[by].ask(Request::ChatEdit(edit)).await.is_ok() {
                    self.model.edit(id, &text);
                }
            }
            6 => {
                let id = self.some_message();
                if self.sockets[by].ask(delete(id)).await.is_ok() {
                    self.model.delete(id);
                }
            }
            7 => {
                let (id, on) = (self.some_message(), self.random.below(3) > 0);
                let pin = ChatPin { room: Some(ROOM.into()), id, op: None, on };
                if self.sockets[by].ask(Request::ChatPin(pin)).await.is_ok() {
                    self.model.pin(id, on);
                }
            }
            8 => {
                let (thread, on) = (self.some_thread(), self.random.below(2) == 0);
                self.sockets[by].follow(ROOM, thread, on).await.unwrap();
                self.model.asked.insert((user, thread), on);
            }
            place => {
                let thread = (place > 9).then(|| self.some_thread());
                let end = self.model.messages.last().unwrap().seq as usize + 2;
                let (seq, back) = (self.random.below(end) as u64, self.random.below(4) == 0);
                let read = Read { room: Some(ROOM.into()), seq, thread, back };
                let before = self.model.position(user, thread);
                let position = self.sockets[by].read(read).await.unwrap();
                if let Some(end) = self.model.end(thread, seq) {
                    let asked = if back { seq.saturating_sub(1) } else { seq }.min(end);
                    let expected = if back { asked } else { asked.max(before) };
                    assert_eq!(position.read_seq, expected);
                }
                self.model.positions.insert((user, thread), position.read_seq);
                let expected = match thread {
                    None => self.model.unread(user),
                    Some(thread) => self.model.unread_in(user, thread),
                };
                assert_eq!((position.unread, position.mentions), expected);
            }
        }
    }

    async fn send(&mut self, by: usize, thread: Option<MessageId>, in_room: bool) {
        let text = self.random.text();
        let chat = match thread {
            None => room_chat(ROOM, &text),
            Some(thread) => Chat { in_room, ..reply_in(ROOM, thread, &text) },
        };
        let sent = self.sockets[by].say(chat).await.unwrap();
        self.model.send(&sent, self.users[by].user.id, &text, (thread, in_room));
    }

    /// Returns what differs from a recount.
    async fn differences(&mut self) -> Vec<String> {
        let mut found = Vec::new();
        let mut check = |what: String, is_equal: bool| {
            if !is_equal {
                found.push(what);
            }
        };
        for (user, socket) in self.users.iter().zip(&mut self.sockets) {
            let user = user.user.id;
            let room = socket.room(ROOM).await;
            let seen = (room.read_seq, (room.unread, room.mentions));
            let position = self.model.position(user, None);
            let expected = (position, self.model.unread(user));
            check(format!("{user:?} {seen:?} {expected:?}"), seen == expected);
            let threads: HashMap<_, _> = (socket.threads().await.into_iter())
                .map(|thread| {
                    (thread.message.id, (thread.read_seq, (thread.unread, thread.mentions)))
                })
                .collect();
            let expected = self.model.followed(user).into_iter().map(|thread| {
                let position = self.model.position(user, Some(thread));
                (thread, (position, self.model.unread_in(user, thread)))
            });
            let expected: HashMap<_, _> = expected.collect();
            check(format!("{user:?} {threads:?} {expected:?}"), threads == expected);
        }
        for thread in self.model.threads() {
            let path = format!("/api/messages/{}", thread.0);
            let request = self.server.get(&path).bearer_auth(&self.users[0].token);
            let message: protocol::Message = request.send().await.unwrap().json().await.unwrap();
            let expected = self.model.summary(thread);
            let replies = message.replies.as_deref();
            check(format!("{replies:?} {expected:?}"), replies == Some(&expected));
        }
        let pins = Request::Pins(Pins { room: Some(ROOM.into()), after: None });
        let Response::Pins(pins) = self.sockets[0].ask(pins).await.unwrap() else { panic!("pins") };
        let pins: Vec<_> = pins.messages.into_iter().map(|message| message.id).collect();
        check(format!("{pins:?} {:?}", self.model.pins), pins == self.model.pins);
        found
    }
}

#[tokio::test]
async fn every_count_equals_a_recount() {
    for seed in 1..=2 {
        let mut plan = Plan::start(seed).await;
        for number in 0..180 {
            plan.step().await;
            if number % 60 == 59 {
                assert_eq!(plan.differences().await, Vec::<String>::new(), "seed {seed}");
            }
        }
    }
}

#[tokio::test]
async fn a_recount_finds_what_is_off_by_one() {
    let mut plan = Plan::start(7).await;
    for _ in 0..120 {
        plan.step().await;
    }
    assert_eq!(plan.differences().await, Vec::<String>::new());
    for (plant, undo) in [
        ("UPDATE threads SET replies = replies + 1", "UPDATE threads SET replies = replies - 1"),
        ("UPDATE threads SET last_at = last_at + 1", "UPDATE threads SET last_at = last_at - 1"),
        (
            "UPDATE thread_followers SET read_seq = read_seq + 1",
            "UPDATE thread_followers SET read_seq = read_seq - 1",
        ),
        ("UPDATE mentions SET shown = 1 - shown", "UPDATE mentions SET shown = 1 - shown"),
        (
            "UPDATE thread_followers SET following = 1 - following",
            "UPDATE thread_followers SET following = 1 - following",
        ),
    ] {
        plan.server.sql(plant);
        assert_ne!(plan.differences().await, Vec::<String>::new(), "{plant}");
        plan.server.sql(undo);
        assert_eq!(plan.differences().await, Vec::<String>::new(), "{undo}");
    }
}
