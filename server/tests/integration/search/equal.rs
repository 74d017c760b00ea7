//! Random messages and random queries: what the server finds equals a scan of all messages.

use protocol::{
    ChatDelete, ChatEdit, ChatPin, ChatReact, MessageId, OpId, Request, RoomName, Search,
    SearchPage,
};
use uuid::Uuid;

use super::{
    ALL, build,
    scan::{Known, Part, scan},
};
use crate::support::{Server, Socket, TestUser, chat_with};

const NAMES: [&str; 3] = ["ada", "bo", "cy"];
/// All may read the first two rooms; the last is of the first two users.
const MEMBERS: [&[usize]; 3] = [&[0, 1, 2], &[0, 1, 2], &[0, 1]];

const WORDS: &[&str] = &[
    "Straße",
    "STRASSE",
    "crème",
    "cre\u{300}me",
    "Donaudampfschiff",
    "schiff",
    "foo_bar",
    "foo-bar",
    "fooBar",
    "漢字",
    "漢",
    "かな",
    "が",
    "가각",
    "한국",
    "ภาษาไทย",
    "👍",
    "❤\u{fe0f}",
    "👨\u{200d}👩",
    "Ёлка",
    "елка",
    "مُحَمَّد",
    "محمد",
    "שָׁלוֹם",
    "c++",
    "a",
    "ab",
    "abc",
    "banana",
    "x2",
    "@bo",
    "@ada",
    "`code()`",
    "**bold**",
    "ΟΔΟΣ",
    "οδός",
    "İstanbul",
    "1,000.5",
    "#release",
];
const LINK: &str = "https://example.com/ab?c=1";
const FILES: &[(&str, &[u8])] =
    &[("Übersicht_final.txt", b"text"), ("abc.gif", b"GIF89a\x01\x00\x01\x00\x00\x00\x00;")];

/// Numbers that only look random, from a seed.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }

    fn one_of<'a, T: ?Sized>(&mut self, all: &[&'a T]) -> &'a T {
        all[self.below(all.len())]
    }

    fn text(&mut self) -> String {
        let mut text = String::new();
        for _ in 0..=self.below(6) {
            text.push_str(self.one_of(WORDS));
            text.push_str(self.one_of(&[" ", " ", " ", "  ", "\n", "-", ", ", "\u{3000}"]));
        }
        text.push_str(self.one_of(WORDS));
        if self.below(6) == 0 {
            text.push(' ');
            text.push_str(LINK);
        }
        text
    }

    /// A part of a text, by characters.
    fn part_of(&mut self, text: &str, most: usize) -> String {
        let letters: Vec<char> = text.chars().collect();
        let from = self.below(letters.len());
        letters.into_iter().skip(from).take(1 + self.below(most)).collect()
    }
}

struct Plan {
    server: Server,
    users: Vec<TestUser>,
    sockets: Vec<Socket>,
    rooms: Vec<String>,
    room_ids: Vec<Uuid>,
    known: Vec<Known>,
    random: Random,
}

impl Plan {
    async fn start(seed: u64) -> Self {
        let server = Server::start().await;
        let mut users = vec![server.register_owner(NAMES[0]).await];
        for name in &NAMES[1..] {
            users.push(server.join(name, &users[0]).await);
        }
        let (mut rooms, mut room_ids) = (Vec::new(), Vec::new());
        for (name, is_private) in [("one", false), ("two", true), ("three", true)] {
            let room = users[0].create_room(&server, name, is_private).await;
            rooms.push(room.slug);
            room_ids.push(room.id.0);
        }
        let mut sockets = Vec::new();
        for user in &users {
            sockets.push(user.connect(&server).await);
        }
        for (room, members) in rooms.iter().zip(MEMBERS) {
            for member in members.iter().filter(|member| **member > 0) {
                users[0].add(&server, room, NAMES[*member]).await;
            }
        }
        Self { server, users, sockets, rooms, room_ids, known: Vec::new(), random: Random(seed) }
    }

    fn members_of(room: usize) -> &'static [usize] {
        MEMBERS[room]
    }

    async fn step(&mut self) {
        let room = self.random.below(self.rooms.len());
        let author = Self::members_of(room)[self.random.below(Self::members_of(room).len())];
        let there: Vec<usize> = (0..self.known.len())
            .filter(|index| self.known[*index].room == room && self.known[*index].text.is_some())
            .collect();
        let slug = self.rooms[room].clone();
        let chosen = (!there.is_empty()).then(|| there[self.random.below(there.len())]);
        match (self.random.below(10), chosen) {
            (0, Some(index)) => self.edit(index, &slug).await,
            (1, Some(index)) => {
                let known = &mut self.known[index];
                let (id, op) = (MessageId(known.id), Some(OpId(Uuid::new_v4())));
                let room = Some(RoomName::from(slug.as_str()));
                let request = Request::ChatDelete(ChatDelete { room, id, op });
                self.sockets[known.author].ask(request).await.unwrap();
                known.text = None;
            }
            (2, Some(index)) => {
                let known = &mut self.known[index];
                let (id, op) = (MessageId(known.id), Some(OpId(Uuid::new_v4())));
                let room = Some(RoomName::from(slug.as_str()));
                let request = if self.random.below(2) == 0 {
                    known.is_pinned = true;
                    Request::ChatPin(ChatPin { room, id, op, on: true })
                } else {
                    known.is_reacted = true;
                    Request::ChatReact(ChatReact { room, id, op, emoji: "👍".into(), on: true })
                };
                self.sockets[author].ask(request).await.unwrap();
            }
            (3, Some(index)) if !self.known[index].is_thread => {
                self.say(room, author, Some(index)).await;
            }
            _ => self.say(room, author, None).await,
        }
        if self.random.below(8) == 0 {
            build(&self.server, ALL).await;
        }
    }

    async fn edit(&mut self, index: usize, room: &str) {
        let text = self.random.text();
        let known = &mut self.known[index];
        let edit = ChatEdit {
            room: Some(room.into()),
            id: MessageId(known.id),
            op: Some(OpId(Uuid::new_v4())),
            text: text.clone(),
            files: None,
        };
        self.sockets[known.author].ask(Request::ChatEdit(edit)).await.unwrap();
        known.has_link = text.contains(LINK);
        // An edit adds no mentions.
        let names = mentioned(&text);
        known.mentions.retain(|user| names.contains(user));
        known.text = Some(text);
    }

    async fn say(&mut self, room: usize, author: usize, thread: Option<usize>) {
        let text = self.random.text();
        let (slug, user) = (self.rooms[room].clone(), &self.users[author]);
        let mut files = Vec::new();
        if self.random.below(6) == 0 {
            let (name, bytes) = FILES[self.random.below(FILES.len())];
            files.push(user.send_file(&self.server, name, bytes).await);
        }
        let mut chat = chat_with(&slug, &text, &files.iter().collect::<Vec<_>>());
        chat.thread = thread.map(|index| MessageId(self.known[index].id));
        let sent = self.sockets[author].say(chat).await.unwrap();
        if let Some(index) = thread {
            self.known[index].is_thread = true;
        }
        let members = Self::members_of(room);
        let is_mentioned = |user: &usize| *user != author && members.contains(user);
        self.known.push(Known {
            id: sent.id.0,
            room,
            seq: sent.seq,
            sent_at: sent.sent_at.as_millis(),
            author,
            has_link: text.contains(LINK),
            has_image: files.iter().any(|file| file.media_type.starts_with("image/")),
            files: files.into_iter().map(|file| file.name).collect(),
            is_pinned: false,
            is_reacted: false,
            is_thread: thread.is_some(),
            mentions: mentioned(&text).into_iter().filter(is_mentioned).collect(),
            text: Some(text),
        });
    }

    fn part(&mut self) -> Part {
        let random = &mut self.random;
        let text = match random.below(2) {
            0 => random.one_of(WORDS).to_owned(),
            _ => random.text(),
        };
        match random.below(14) {
            0 => Part::From(random.below(NAMES.len())),
            1 => Part::Has(random.one_of(&["file", "image", "link", "reaction"])),
            2 => Part::Is(random.one_of(&["pinned", "thread"])),
            3 => Part::MentionsMe,
            4 => Part::In(random.below(2)),
            5..8 => Part::Phrase(random.part_of(&text, 8).replace('"', "")),
            _ => {
                let word = random.one_of(WORDS);
                Part::Word(random.part_of(word, 5))
            }
        }
    }

    fn query(&mut self) -> Vec<(bool, Part)> {
        let mut parts = vec![(false, self.part())];
        while self.random.below(2) == 0 && parts.len() < 4 {
            let is_excluded = self.random.below(3) == 0;
            parts.push((is_excluded, self.part()));
        }
        // What is written must be read as what is meant.
        parts.retain(|(_, part)| match part {
            Part::Word(word) => {
                !word.trim().is_empty() && !word.starts_with(['-', '"']) && counts(word)
            }
            Part::Phrase(phrase) => counts(phrase.trim()),
            _ => true,
        });
        parts
    }

    async fn check(&mut self, me: usize) -> usize {
        let parts = self.query();
        if parts.iter().all(|(is_excluded, _)| *is_excluded) {
            return 0;
        }
        let written = parts.iter().map(|(is_excluded, part)| {
            let sign = if *is_excluded { "-" } else { "" };
            format!("{sign}{}", part.written(&NAMES, &self.rooms))
        });
        let query = written.collect::<Vec<_>>().join(" ");
        let rooms: Vec<usize> =
            (0..MEMBERS.len()).filter(|room| MEMBERS[*room].contains(&me)).collect();
        let expected = scan(&self.known, &parts, (me, &rooms), &self.room_ids);
        let mut found = Vec::new();
        let mut search = Search { query: query.clone(), limit: Some(7), ..Search::default() };
        loop {
            let user = self.users[me].user.id;
            let page = self.server.app.search.search(user, search.clone()).await;
            let page = page.unwrap_or_else(|error| panic!("{query}: {error}"));
            let SearchPage { results, next, total, more, incomplete } = page;
            assert!(!more && !incomplete, "{query}");
            assert_eq!(total, expected.len() as u64, "{query}");
            found.extend(results.into_iter().map(|found| (found.message.id.0, found.ranges)));
            match next {
                Some(next) => search.cursor = Some(next),
                None => break,
            }
        }
        let text = |id: &Uuid| self.known.iter().find(|known| known.id == *id).unwrap();
        for (id, ranges) in &expected {
            assert!(
                found.contains(&(*id, ranges.clone())),
                "{query:?} must find {ranges:?} in {:?}",
                text(id)
            );
        }
        for (id, ranges) in &found {
            assert!(
                expected.contains(&(*id, ranges.clone())),
                "{query:?} must not find {ranges:?} in {:?}",
                text(id)
            );
        }
        assert_eq!(found, expected, "{query:?}: the order");
        found.len()
    }
}

/// Returns whether anything of a text counts.
fn counts(text: &str) -> bool {
    text.chars().any(|letter| {
        !matches!(letter, '\u{300}'..='\u{36f}' | '\u{591}'..='\u{5c7}'
        | '\u{64b}'..='\u{655}' | '\u{fe0f}')
    })
}

/// Returns the users whom a text mentions.
fn mentioned(text: &str) -> Vec<usize> {
    let blocks = markup::tree(text);
    let names = protocol::mentioned(text, &blocks);
    (0..NAMES.len()).filter(|user| names.iter().any(|name| name == NAMES[*user])).collect()
}

#[tokio::test]
async fn what_is_found_equals_a_scan() {
    let mut found = 0;
    for seed in 0..6 {
        let mut plan = Plan::start(seed).await;
        for _ in 0..40 {
            plan.step().await;
            for _ in 0..6 {
                let me = plan.random.below(NAMES.len());
                found += plan.check(me).await;
            }
        }
    }
    assert!(found > 1_000, "{found} messages were found in all");
}
