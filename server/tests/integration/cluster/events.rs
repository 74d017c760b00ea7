//! Every event reaches the users of the other node: at once, or after Redis was away.

mod deed;

use std::time::{Duration, Instant};

use protocol::{
    Chat, ChatDelete, ChatEdit, ChatPin, ChatPreviews, ChatReact, Event, Favourite, MessageId,
    Notify, NotifyLevel, Presence, Read, Request, Role, RoomId, RoomKind, SystemEvent, Typing,
    http::{NewRole, NewStatus, QuietTime, QuietUntil, UpdateProfile, UpdateRoom},
};
use reqwest::{Method, StatusCode};

use self::deed::{ALL, Deed};
use super::{Redis, two_nodes, wait_connected};
use crate::{
    support::{Server, Socket, TestUser, png, room_chat, rooms::room, wait_for},
    user_changes::rename,
};

const ROOM: &str = "general";

/// Two nodes: ada and others act on the first, and bo listens on the second.
struct World {
    one: Server,
    other: Server,
    redis: Redis,
    ada: TestUser,
    bo: TestUser,
    cy: TestUser,
    dan: TestUser,
    eve: TestUser,
    adas: Socket,
    dans: Socket,
    cys: Option<Socket>,
    /// Another device of bo, on the first node.
    phone: Socket,
    bos: Socket,
    /// A message that begins a thread, and a reply in it that will be deleted.
    first: MessageId,
    reply: MessageId,
    /// A message without replies, and another one.
    plain: MessageId,
    edited: MessageId,
    hidden: RoomId,
    shown: RoomId,
}

impl World {
    async fn start() -> Self {
        let (one, other, redis) = two_nodes(&["--rate-limit=off"]).await;
        let ada = one.register_owner("ada").await;
        let [bo, cy] = [one.join("bo", &ada).await, one.join("cy", &ada).await];
        let [dan, eve] = [one.join("dan", &ada).await, one.join("eve", &ada).await];
        for slug in ["renamed", "archived", "joined", "left", "notify", "favourite"] {
            ada.create_room(&one, slug, false).await;
        }
        for slug in ["added", "removed"] {
            ada.create_room(&one, slug, true).await;
        }
        ada.add(&one, "removed", "bo").await;
        let mut phone = bo.connect(&one).await;
        for slug in [ROOM, "left", "notify", "favourite"] {
            phone.subscribe(slug, None).await;
        }
        let (_, hidden) = room(bo.direct(&one, &["cy"]).await);
        let (_, shown) = room(bo.direct(&one, &["ada"]).await);
        bo.remove(&one, &shown.id.to_string(), "bo").await;
        let mut adas = ada.subscriber(&one, ROOM).await;
        let first = adas.chat(ROOM, "a thread begins, @bo").await.id;
        let reply = adas.reply_in(ROOM, first, "a reply").await.id;
        phone.reply_in(ROOM, first, "another reply").await;
        let plain = adas.chat(ROOM, "plain").await.id;
        let edited = adas.chat(ROOM, "before").await.id;
        let dans = dan.subscriber(&one, ROOM).await;
        let mut bos = bo.subscriber(&other, ROOM).await;
        for slug in ["removed", "renamed", "archived"] {
            bos.subscribe(slug, None).await;
        }
        let (hidden, shown) = (hidden.id, shown.id);
        Self {
            one,
            other,
            redis,
            ada,
            bo,
            cy,
            dan,
            eve,
            adas,
            dans,
            cys: None,
            phone,
            bos,
            first,
            reply,
            plain,
            edited,
            hidden,
            shown,
        }
    }

    async fn post(&self, method: Method, path: &str) {
        let (status, _) = self.ada.call(&self.one, method, path, None::<&()>).await;
        assert!(status.is_success(), "{path}: {status}");
    }

    async fn profile(&self, user: &TestUser, update: &UpdateProfile) {
        let (status, _) = user.call(&self.one, Method::PATCH, "/api/me", Some(update)).await;
        assert_eq!(status, StatusCode::OK);
    }

    /// Does it on the first node.
    async fn act(&mut self, deed: Deed) {
        let (one, ada, bo) = (&self.one, &self.ada, &self.bo);
        let name = Some(ROOM.into());
        match deed {
            Deed::RoomMade => {
                ada.create_room(one, "made", false).await;
            }
            Deed::RoomRenamed => {
                let update = UpdateRoom { name: Some("Otherwise".into()), ..UpdateRoom::default() };
                room(ada.update_room(one, "renamed", update).await);
            }
            Deed::RoomArchived => {
                let update = UpdateRoom { archived: Some(true), ..UpdateRoom::default() };
                room(ada.update_room(one, "archived", update).await);
            }
            Deed::Added => assert!(ada.add(one, "added", "bo").await.is_success()),
            Deed::Removed => assert!(ada.remove(one, "removed", "bo").await.is_success()),
            Deed::JoinedElsewhere => {
                self.phone.subscribe("joined", None).await;
            }
            Deed::LeftElsewhere => assert!(bo.remove(one, "left", "bo").await.is_success()),
            Deed::NotifyElsewhere => {
                let level = NotifyLevel::Nothing;
                let notify = Notify { room: "notify".into(), level };
                self.phone.ask(Request::Notify(notify)).await.unwrap();
            }
            Deed::FavouriteElsewhere => {
                let favourite = Favourite { room: "favourite".into(), on: true };
                self.phone.ask(Request::Favourite(favourite)).await.unwrap();
            }
            Deed::DirectMade => {
                room(self.dan.direct(one, &["bo", "cy"]).await);
            }
            Deed::DirectHidden => {
                assert!(bo.remove(one, &self.hidden.to_string(), "bo").await.is_success());
            }
            Deed::DirectShownAgain => {
                self.adas.chat(&self.shown.to_string(), "still there?").await;
            }
            Deed::Replied => {
                self.adas.reply_in(ROOM, self.plain, "the first reply").await;
            }
            Deed::ReplyDeleted => {
                let delete = ChatDelete { room: name, id: self.reply, op: None };
                self.adas.ask(Request::ChatDelete(delete)).await.unwrap();
            }
            Deed::Quoted => {
                let quote = Chat { reply_to: Some(self.first), ..room_chat(ROOM, "as was said") };
                self.adas.say(quote).await.unwrap();
            }
            Deed::Edited => {
                let edit = ChatEdit {
                    room: name,
                    id: self.edited,
                    op: None,
                    text: "after".into(),
                    files: None,
                };
                self.adas.ask(Request::ChatEdit(edit)).await.unwrap();
            }
            Deed::Reacted => {
                let (id, emoji) = (self.edited, "🎉".into());
                let react = ChatReact { room: name, id, op: None, emoji, on: true };
                self.adas.ask(Request::ChatReact(react)).await.unwrap();
            }
            Deed::Pinned => {
                let pin = ChatPin { room: name, id: self.edited, op: None, on: true };
                self.adas.ask(Request::ChatPin(pin)).await.unwrap();
            }
            Deed::PreviewsRemoved => {
                let remove = ChatPreviews { room: name, id: self.edited, op: None, on: false };
                self.adas.ask(Request::ChatPreviews(remove)).await.unwrap();
            }
            Deed::ReadElsewhere => {
                let read = Read { room: name, seq: 1, thread: None, back: true };
                self.phone.read(read).await.unwrap();
            }
            Deed::ReadThreadElsewhere => {
                let read = Read { room: name, seq: 2, thread: Some(self.first), back: false };
                self.phone.read(read).await.unwrap();
            }
            Deed::UnfollowedElsewhere => {
                self.phone.follow(ROOM, self.first, false).await.unwrap();
            }
            Deed::TypingInThread => {
                let typing = Typing { room: name, thread: Some(self.first) };
                self.adas.send(&Request::Typing(typing), "notice").await;
            }
            Deed::PersonRenamed => rename(one, ada, "Countess").await,
            Deed::PictureChanged => {
                let picture = one.request(Method::PUT, "/api/me/picture");
                let picture = picture.bearer_auth(&self.cy.token).body(png(9, 9));
                assert!(picture.send().await.unwrap().status().is_success());
            }
            Deed::RoleChanged => {
                let role = NewRole { role: Role::Admin };
                let path = "/api/users/dan/role";
                let (status, _) = ada.call(one, Method::POST, path, Some(&role)).await;
                assert!(status.is_success());
            }
            Deed::StatusChanged => {
                let status = NewStatus { text: Some("at lunch".into()), ..NewStatus::default() };
                let update =
                    UpdateProfile { status: Some(Some(status)), ..UpdateProfile::default() };
                self.profile(&self.dan, &update).await;
            }
            Deed::Quiet => {
                let until = protocol::Timestamp::from_millis(i64::from(u32::MAX) * 1000);
                let quiet = QuietTime::Until(QuietUntil { until });
                let update = UpdateProfile { quiet: Some(Some(quiet)), ..UpdateProfile::default() };
                self.profile(&self.cy, &update).await;
            }
            Deed::Banned => self.post(Method::POST, "/api/users/eve/ban").await,
            Deed::EmojiAdded => {
                let emoji = one.request(Method::PUT, "/api/emoji/blobcat");
                let emoji = emoji.bearer_auth(&self.ada.token).body(png(9, 9));
                assert!(emoji.send().await.unwrap().status().is_success());
            }
            Deed::Away => self.dans.set_visible(false).await,
            Deed::CameOnline => {
                let mut socket = self.cy.connect_by_header(one).await;
                socket.subscribe(ROOM, None).await;
                self.cys = Some(socket);
            }
        }
    }

    /// Returns whether an event tells bo of it.
    fn is_told(&self, deed: Deed, event: &Event) -> bool {
        let changed = |slug: &str| match event {
            Event::RoomChanged(changed) => Some(&changed.room).filter(|room| room.slug == slug),
            _ => None,
        };
        let person = |user: &TestUser| match event {
            Event::UserChanged(changed) => {
                Some(&changed.user).filter(|changed| changed.id == user.user.id)
            }
            _ => None,
        };
        match (deed, event) {
            (Deed::RoomMade, _) => changed("made").is_some_and(|room| !room.member),
            (Deed::RoomRenamed, _) => {
                changed("renamed").is_some_and(|room| room.name == "Otherwise")
            }
            (Deed::RoomArchived, _) => changed("archived").is_some_and(|room| room.archived),
            (Deed::Added, _) => changed("added").is_some_and(|room| room.member),
            (Deed::Removed, Event::System(system)) => {
                system.event == SystemEvent::Removed && system.user.id == self.bo.user.id
            }
            (Deed::JoinedElsewhere, _) => changed("joined").is_some_and(|room| room.member),
            (Deed::LeftElsewhere, _) => changed("left").is_some_and(|room| !room.member),
            (Deed::NotifyElsewhere, _) => {
                changed("notify").is_some_and(|room| room.notify == NotifyLevel::Nothing)
            }
            (Deed::FavouriteElsewhere, _) => {
                changed("favourite").is_some_and(|room| room.favourite)
            }
            (Deed::DirectMade, Event::RoomChanged(changed)) => {
                let room = &changed.room;
                room.kind == RoomKind::Direct
                    && room.people.as_ref().is_some_and(|people| people.len() == 2)
            }
            (Deed::DirectHidden, Event::RoomGone(gone)) => gone.room == self.hidden,
            (Deed::DirectShownAgain, Event::RoomChanged(changed)) => {
                (changed.room.id, changed.room.unread) == (self.shown, 1)
            }
            (Deed::Replied, Event::Chat(message)) => {
                message.thread == Some(self.plain)
                    && message.thread_replies.as_ref().is_some_and(|replies| replies.count == 1)
            }
            (Deed::ReplyDeleted, Event::ChatDeleted(deleted)) => {
                (deleted.id, deleted.thread) == (self.reply, Some(self.first))
                    && deleted.thread_replies.as_ref().is_some_and(|replies| replies.count == 1)
            }
            (Deed::Quoted, Event::Chat(message)) => {
                message.reply_to.as_ref().is_some_and(|quote| quote.id == self.first)
            }
            (Deed::Edited, Event::ChatEdited(edited)) => edited.text.as_deref() == Some("after"),
            (Deed::Reacted, Event::ChatReacted(reacted)) => reacted.id == self.edited && reacted.on,
            (Deed::Pinned, Event::ChatPinned(pinned)) => pinned.id == self.edited && pinned.on,
            (Deed::PreviewsRemoved, Event::ChatPreviewed(previewed)) => previewed.id == self.edited,
            (Deed::ReadElsewhere, Event::Read(position)) => {
                (position.thread, position.read_seq) == (None, 0)
            }
            (Deed::ReadThreadElsewhere, Event::Read(position)) => {
                (position.thread, position.read_seq) == (Some(self.first), 2)
            }
            (Deed::UnfollowedElsewhere, Event::ThreadChanged(follow)) => {
                follow.thread == self.first && !follow.on
            }
            (Deed::TypingInThread, Event::Typing(typing)) => typing.thread == Some(self.first),
            (Deed::PersonRenamed, _) => {
                person(&self.ada).is_some_and(|user| user.name == "Countess")
            }
            (Deed::PictureChanged, _) => {
                person(&self.cy).is_some_and(|user| user.picture.is_some())
            }
            (Deed::RoleChanged, _) => {
                person(&self.dan).is_some_and(|user| user.role == Role::Admin)
            }
            (Deed::StatusChanged, _) => person(&self.dan).is_some_and(|user| user.status.is_some()),
            (Deed::Quiet, _) => person(&self.cy).is_some_and(|user| user.quiet),
            (Deed::Banned, _) => person(&self.eve).is_some_and(|user| user.banned),
            (Deed::EmojiAdded, Event::EmojiChanged(changed)) => changed.emoji.is_some(),
            (Deed::Away, Event::Presence(changed)) => {
                (changed.user, changed.presence) == (self.dan.user.id, Presence::Away)
            }
            (Deed::CameOnline, Event::Presence(changed)) => {
                (changed.user, changed.presence) == (self.cy.user.id, Presence::Online)
            }
            _ => false,
        }
    }

    /// Receives events until bo was told of all of this.
    async fn hear(&mut self, mut deeds: Vec<Deed>) {
        while !deeds.is_empty() {
            let waiting = format!("{deeds:?}");
            let received = wait_for(&waiting, self.bos.receive()).await;
            if let Some(protocol::ServerMessage::Event(event)) = received.message {
                deeds.retain(|deed| !self.is_told(*deed, &event));
            }
        }
    }
}

#[tokio::test]
async fn every_event_reaches_the_other_node_at_once() {
    let mut world = World::start().await;
    let mut slowest = (Duration::ZERO, ALL[0]);
    for deed in ALL {
        let begun = Instant::now();
        world.act(deed).await;
        world.hear(vec![deed]).await;
        slowest = slowest.max((begun.elapsed(), deed));
    }
    eprintln!("the slowest event: {slowest:?}");
}

#[tokio::test]
async fn every_event_is_made_up_for_once_redis_is_back() {
    let mut world = World::start().await;
    world.redis.kill();
    for node in [&world.one, &world.other] {
        node.metric_becomes("banter_redis_up", 0).await;
    }
    // A signal passes.
    let lasting: Vec<_> = ALL.into_iter().filter(|deed| *deed != Deed::TypingInThread).collect();
    for deed in &lasting {
        world.act(*deed).await;
    }
    world.redis.restart_killed().await;
    for node in [&world.one, &world.other] {
        wait_connected(node).await;
    }
    let begun = Instant::now();
    world.hear(lasting).await;
    eprintln!("made up for within {:?}", begun.elapsed());
}
