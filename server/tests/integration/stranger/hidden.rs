//! The rooms that the stranger may not see, and what happens in them.

use protocol::{
    ChatDelete, ChatEdit, ChatPin, ChatReact, Favourite, MessageId, Notify, NotifyLevel, Read,
    Request, Room, Typing, Unsubscribe, http::UpdateRoom,
};
use reqwest::StatusCode;
use uuid::Uuid;

use crate::support::{Server, Socket, TestUser, chat, rooms::room};

/// Words that stand in the hidden rooms alone.
pub(super) const SECRETS: [&str; 4] = ["xylophon", "quetzal", "zeppelin", "obsidian"];

/// What the stranger has heard of: names of hidden things, or of things that are not there.
pub(super) struct Heard {
    pub(super) rooms: Vec<String>,
    pub(super) messages: Vec<Uuid>,
}

impl Heard {
    /// The same numbers of names and ids, of nothing.
    pub(super) fn nothing_like(&self) -> Self {
        let name = |name: &String| match Uuid::try_parse(name) {
            Ok(_) => Uuid::now_v7().to_string(),
            Err(_) => format!("nothing-{}", name.len()),
        };
        Self {
            rooms: self.rooms.iter().map(name).collect(),
            messages: self.messages.iter().map(|_| Uuid::new_v4()).collect(),
        }
    }

    /// Everything that nobody tells the stranger.
    pub(super) fn hints(&self) -> impl Iterator<Item = String> {
        let rooms = self.rooms.iter().cloned();
        let messages = self.messages.iter().map(Uuid::to_string);
        rooms.chain(messages).chain(SECRETS.map(str::to_owned))
    }
}

/// A hidden room with the people who write there.
struct Place {
    name: String,
    /// The message that begins a thread.
    first: MessageId,
    /// True if there is more than one person.
    is_shared: bool,
}

/// The hidden rooms, and two people on one or two nodes.
pub(super) struct HiddenRooms<'a> {
    pub(super) heard: Heard,
    places: Vec<Place>,
    one: (&'a Server, &'a TestUser, Socket),
    other: (&'a Server, &'a TestUser, Socket),
}

impl<'a> HiddenRooms<'a> {
    /// Makes private and direct rooms of two people with messages, threads and pins. The stranger
    /// has been a member of one of them.
    pub(super) async fn make(
        (server, bo): (&'a Server, &'a TestUser),
        (elsewhere, cy): (&'a Server, &'a TestUser),
        stranger: &TestUser,
    ) -> Self {
        let private = bo.create_room(server, "xylophon-plans", true).await;
        bo.add(server, "xylophon-plans", "cy").await;
        let update = UpdateRoom {
            slug: Some("xylophon-new".into()),
            name: Some("xylophon".into()),
            topic: Some("quetzal".into()),
            archived: None,
        };
        room(bo.update_room(server, "xylophon-plans", update).await);
        let (_, direct) = room(bo.direct(server, &[&cy.user.username]).await);
        let (_, notes) = room(bo.direct(server, &[]).await);
        let left = bo.create_room(server, "quetzal-left", true).await;
        for user in ["cy", "stranger"] {
            bo.add(server, "quetzal-left", user).await;
        }
        let mut heard = Heard {
            rooms: vec!["xylophon-plans".into(), "xylophon-new".into(), "quetzal-left".into()],
            messages: Vec::new(),
        };
        let mut places = Vec::new();
        let mut bos = bo.connect(server).await;
        let cys = cy.connect(elsewhere).await;
        let mut strangers = stranger.connect(server).await;
        for room in [&private, &direct, &notes, &left] {
            let name = room.id.to_string();
            let is_left = room.id == left.id;
            let writer = if is_left { &mut strangers } else { &mut bos };
            let first = MessageId(Uuid::new_v4());
            writer.request(&chat(&name, "zeppelin @cy @stranger", Some(first.0))).await;
            let reply = bos.reply_in(&name, first, "obsidian @stranger").await.id;
            let other = bos.chat(&name, "zeppelin").await.id;
            pin(&mut bos, &name, other, true).await;
            heard.messages.extend([first.0, reply.0, other.0]);
            heard.rooms.push(name.clone());
            places.push(Place { name, first, is_shared: room.id != notes.id });
        }
        assert_eq!(bo.remove(server, "quetzal-left", "stranger").await, StatusCode::NO_CONTENT);
        strangers.say_goodbye().await;
        Self { heard, places, one: (server, bo, bos), other: (elsewhere, cy, cys) }
    }

    /// Does everything that somebody can do in each of the rooms. All of it makes events.
    pub(super) async fn happen(&mut self) {
        for place in &self.places {
            let name = place.name.as_str();
            let room = Some(name.into());
            let (server, bo, bos) = &mut self.one;
            let sent = bos.chat(name, "obsidian").await;
            let id = sent.id;
            self.heard.messages.push(id.0);
            bos.subscribe(name, None).await;
            bos.reply_in(name, place.first, "zeppelin @stranger").await;
            let edit = ChatEdit {
                room: room.clone(),
                id,
                op: None,
                text: "obsidian @stranger".into(),
                files: None,
            };
            bos.request(&Request::ChatEdit(edit)).await;
            if place.is_shared {
                let (_, _, cys) = &mut self.other;
                cys.subscribe(name, None).await;
                let react =
                    ChatReact { room: room.clone(), id, op: None, emoji: "🎉".into(), on: true };
                cys.request(&Request::ChatReact(react)).await;
                for thread in [None, Some(place.first)] {
                    let typing = Typing { room: room.clone(), thread };
                    cys.send(&Request::Typing(typing), "notice").await;
                    let read = Read { room: room.clone(), seq: sent.seq, thread, back: false };
                    cys.read(read).await.unwrap();
                }
                cys.follow(name, place.first, true).await.unwrap();
                cys.request(&Request::Unsubscribe(Unsubscribe { room: name.into() })).await;
            }
            for on in [true, false] {
                pin(bos, name, id, on).await;
                bos.request(&Request::Favourite(Favourite { room: name.into(), on })).await;
                let level = if on { NotifyLevel::All } else { NotifyLevel::Mentions };
                bos.request(&Request::Notify(Notify { room: name.into(), level })).await;
            }
            let delete = ChatDelete { room: room.clone(), id, op: None };
            bos.request(&Request::ChatDelete(delete)).await;
            // A direct room refuses these.
            for topic in ["xylophon", "quetzal"] {
                let update = UpdateRoom { topic: Some(topic.into()), ..UpdateRoom::default() };
                bo.update_room(server, name, update).await;
            }
            bo.add(server, name, "dan").await;
            bo.remove(server, name, "dan").await;
            bos.request(&Request::Unsubscribe(Unsubscribe { room: name.into() })).await;
        }
        // Presence in rooms, over a connection of its own.
        let (elsewhere, cy, _) = &self.other;
        let mut socket = cy.connect_by_header(elsewhere).await;
        for place in self.places.iter().filter(|place| place.is_shared) {
            socket.subscribe(&place.name, None).await;
        }
        socket.say_goodbye().await;
    }

    /// Returns what somebody of the rooms sees of them, without what people did there since.
    pub(super) async fn state(&mut self) -> Vec<(Room, u64)> {
        let mut state = Vec::new();
        for room in self.one.2.rooms().await {
            if room.slug != "general" {
                let members = protocol::Members { room: room.id.into(), after: None, limit: None };
                let page = self.one.2.ask(Request::Members(members)).await.unwrap();
                let protocol::Response::Members(page) = page else { panic!("expected members") };
                state.push((room, page.total));
            }
        }
        state
    }
}

async fn pin(socket: &mut Socket, room: &str, id: MessageId, on: bool) {
    let pin = ChatPin { room: Some(room.into()), id, op: None, on };
    socket.request(&Request::ChatPin(pin)).await;
}
