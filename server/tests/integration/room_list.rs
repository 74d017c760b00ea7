//! The list of rooms: its pages, its changes, and the events that keep it up to date.

use std::collections::BTreeSet;

use protocol::{
    Event, ListRooms, Request, Response, Room, RoomsPage, ServerMessage, Unsubscribe,
    http::{NewMember, NewRoom, Rooms},
    limits::{MAX_REPLY_BYTES, MAX_SUBSCRIPTIONS},
};
use reqwest::Method;
use uuid::Uuid;

use crate::support::{Server, Socket, TestUser};

async fn create(server: &Server, by: &TestUser, slug: &str, private: bool) -> Room {
    let new = NewRoom { name: slug.into(), slug: Some(slug.into()), private };
    let created = server.post("/api/rooms").bearer_auth(&by.token).json(&new).send().await;
    created.unwrap().json().await.unwrap()
}

async fn add(server: &Server, by: &TestUser, room: &str, user: &TestUser) {
    let body = NewMember { user: user.user.username.clone() };
    let path = format!("/api/rooms/{room}/members");
    let added = server.post(&path).bearer_auth(&by.token).json(&body).send().await.unwrap();
    assert!(added.status().is_success());
}

async fn remove(server: &Server, by: &TestUser, room: &str, user: &TestUser) {
    let path = format!("/api/rooms/{room}/members/{}", user.user.username);
    let removed = server.request(Method::DELETE, &path).bearer_auth(&by.token).send().await;
    assert!(removed.unwrap().status().is_success());
}

async fn page(socket: &mut Socket, list: ListRooms) -> RoomsPage {
    match socket.request(&Request::Rooms(list)).await {
        ServerMessage::Response(Response::Rooms(page)) => page,
        other => panic!("expected rooms, got {other:?}"),
    }
}

async fn listed(socket: &mut Socket, slug: &str) -> Room {
    let page = page(socket, ListRooms::default()).await;
    page.rooms.into_iter().find(|room| room.slug == slug).unwrap()
}

async fn changed(socket: &mut Socket) -> Room {
    match socket.room_event().await {
        Event::RoomChanged(changed) => changed.room,
        other => panic!("expected a changed room, got {other:?}"),
    }
}

/// Checks that no change of the list has arrived.
async fn nothing_changed(socket: &mut Socket) {
    let ping = Request::Ping(protocol::Empty {});
    socket.send(&ping, "nothing").await;
    loop {
        let received = socket.receive().await;
        if received.request_id.as_deref() == Some("nothing") {
            return;
        }
        if let Some(ServerMessage::Event(event @ (Event::RoomChanged(_) | Event::RoomGone(_)))) =
            received.message
        {
            panic!("unexpected {event:?}");
        }
    }
}

#[tokio::test]
async fn users_learn_of_their_rooms_without_asking() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let mut adas = ada.connect(&server).await;
    let (mut desk, mut phone) = (bo.connect(&server).await, bo.connect(&server).await);

    let plans = create(&server, &ada, "plans", true).await;
    assert_eq!(changed(&mut adas).await, plans);
    adas.chat("plans", "before bo came, @bo").await;
    nothing_changed(&mut desk).await;
    add(&server, &ada, "plans", &bo).await;
    for socket in [&mut desk, &mut phone] {
        let room = changed(socket).await;
        assert!(room.id == plans.id && room.member && room.private);
        assert_eq!((room.seq, room.read_seq, room.unread, room.mentions), (1, 1, 0, 0));
    }
    add(&server, &ada, "plans", &bo).await;
    nothing_changed(&mut desk).await;
    remove(&server, &ada, "plans", &bo).await;
    for socket in [&mut desk, &mut phone] {
        match socket.room_event().await {
            Event::RoomGone(gone) => assert_eq!(gone.room, plans.id),
            other => panic!("expected the end of a room, got {other:?}"),
        }
    }
    nothing_changed(&mut adas).await;
}

#[tokio::test]
async fn everybody_learns_of_a_new_public_room_and_joins_it_on_all_devices() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let mut adas = ada.connect(&server).await;
    let (mut desk, mut phone) = (bo.connect(&server).await, bo.connect(&server).await);
    let lobby = create(&server, &ada, "lobby", false).await;
    assert_eq!(changed(&mut adas).await, lobby);
    for socket in [&mut desk, &mut phone] {
        assert_eq!(changed(socket).await, Room { member: false, ..lobby.clone() });
    }
    adas.chat("lobby", "early").await;
    desk.subscribe("lobby", None).await;
    let joined = changed(&mut phone).await;
    assert_eq!((joined.member, joined.read_seq, joined.unread), (true, 1, 0));
    nothing_changed(&mut desk).await;
    remove(&server, &bo, "lobby", &bo).await;
    for socket in [&mut desk, &mut phone] {
        let left = changed(socket).await;
        assert!(left.id == lobby.id && !left.member, "a public room stays visible");
    }
    nothing_changed(&mut adas).await;
}

#[tokio::test]
async fn messages_from_before_a_membership_are_not_unread() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let (mut adas, mut bos) = (ada.connect(&server).await, bo.connect(&server).await);
    create(&server, &ada, "plans", true).await;
    create(&server, &ada, "lobby", false).await;
    let unread = async |bos: &mut Socket, slug| {
        let room = listed(bos, slug).await;
        (room.read_seq, room.unread, room.mentions)
    };
    for text in ["one", "two for @bo"] {
        adas.chat("plans", text).await;
        adas.chat("lobby", text).await;
    }
    add(&server, &ada, "plans", &bo).await;
    assert_eq!(unread(&mut bos, "plans").await, (2, 0, 0));
    adas.chat("plans", "welcome, @bo").await;
    assert_eq!(unread(&mut bos, "plans").await, (2, 1, 1));
    add(&server, &ada, "plans", &bo).await;
    assert_eq!(unread(&mut bos, "plans").await, (2, 1, 1), "bo is a member already");
    remove(&server, &ada, "plans", &bo).await;
    adas.chat("plans", "without @bo").await;
    add(&server, &ada, "plans", &bo).await;
    assert_eq!(unread(&mut bos, "plans").await, (4, 0, 0));

    bos.subscribe("lobby", None).await;
    assert_eq!(unread(&mut bos, "lobby").await, (2, 0, 0));
    bos.subscribe("lobby", None).await;
    adas.chat("lobby", "a third").await;
    assert_eq!(unread(&mut bos, "lobby").await, (2, 1, 0));
}

/// Inserts private rooms of one member into the database.
fn insert_rooms(server: &Server, user: &TestUser, names: &[String]) -> Vec<Uuid> {
    let literal = |id| server.id_literal(id);
    let (ids, user) = (names.iter().map(|_| Uuid::now_v7()).collect::<Vec<_>>(), user.user.id.0);
    let rooms = ids
        .iter()
        .zip(names)
        .map(|(id, name)| format!("({}, '{}', '{name}', 1, 0)", literal(*id), name.to_lowercase()));
    let members = ids.iter().map(|id| format!("({}, {}, 0)", literal(*id), literal(user)));
    server.sql(&format!(
        "INSERT INTO rooms (id, slug, name, private, created_at) VALUES {};
         INSERT INTO room_members (room_id, user_id, joined_at) VALUES {};",
        rooms.collect::<Vec<_>>().join(","),
        members.collect::<Vec<_>>().join(","),
    ));
    ids
}

#[tokio::test]
async fn a_user_of_more_rooms_than_a_connection_may_follow_sees_and_opens_each() {
    const COUNT: usize = MAX_SUBSCRIPTIONS + 200;
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let names: Vec<_> = (0..COUNT).map(|number| format!("Room-{number:04}")).collect();
    insert_rooms(&server, &ada, &names);
    let mut adas = ada.connect(&server).await;
    add(&server, &ada, "room-1150", &bo).await;
    bo.connect(&server).await.chat("room-1150", "hello @ada").await;

    let all = page(&mut adas, ListRooms::default()).await;
    assert!(all.rooms.len() == COUNT + 1 && !all.has_more, "general, and all that fit");
    let last = all.rooms.iter().find(|room| room.slug == "room-1150").unwrap();
    assert_eq!((last.unread, last.mentions), (1, 1));

    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let list = ListRooms { after: after.take(), limit: Some(500), changed_since: None };
        let RoomsPage { rooms, has_more, .. } = page(&mut adas, list).await;
        after = rooms.last().map(|room| room.id.into());
        assert!(rooms.len() == 500 || !has_more);
        seen.extend(rooms);
        if !has_more {
            break;
        }
    }
    assert_eq!(seen, all.rooms, "the pages are the list");
    let path = "/api/rooms?after=room-0010&limit=2";
    let Rooms { rooms, has_more } =
        server.get(path).bearer_auth(&ada.token).send().await.unwrap().json().await.unwrap();
    let slugs: Vec<_> = rooms.iter().map(|room| room.slug.as_str()).collect();
    assert_eq!((slugs.as_slice(), has_more), (&["room-0011", "room-0012"][..], true));

    let mut opened = BTreeSet::new();
    for room in &all.rooms {
        opened.insert(adas.subscribe(&room.slug, None).await.room);
        let request = Request::Unsubscribe(Unsubscribe { room: room.id.into() });
        adas.request(&request).await;
    }
    assert_eq!(opened.len(), COUNT + 1);

    let html =
        server.get("/rooms/room-1150").header("cookie", format!("banter_session={}", ada.token));
    let html = html.send().await.unwrap().text().await.unwrap();
    assert!(html.contains("hello @ada") && html.contains("/rooms/room-1150"));
    assert!(!html.contains("/rooms/room-1149"), "a page lists as many as it needs at first");
}

#[tokio::test]
async fn a_list_that_is_too_long_ends_early() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let names: Vec<_> = (0..2500).map(|number| format!("{number:0>64}")).collect();
    insert_rooms(&server, &ada, &names);
    let mut adas = ada.connect(&server).await;
    let first = page(&mut adas, ListRooms::default()).await;
    let bytes = serde_json::to_string(&first.rooms).unwrap().len();
    assert!(first.has_more && bytes <= MAX_REPLY_BYTES && bytes > MAX_REPLY_BYTES / 2, "{bytes}");
    let after = first.rooms.last().map(|room| room.id.into());
    let rest = page(&mut adas, ListRooms { after, ..ListRooms::default() }).await;
    assert_eq!((first.rooms.len() + rest.rooms.len(), rest.has_more), (2501, false));
    let nowhere = adas.refused(r#"{"type":"rooms","payload":{"after":"nowhere"}}"#).await;
    assert_eq!(nowhere.code, protocol::ErrorCode::NotFound);
}

#[tokio::test]
async fn a_list_of_changes_has_the_rooms_that_changed() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    insert_rooms(&server, &ada, &(0..20).map(|number| format!("old-{number}")).collect::<Vec<_>>());
    // General is as new as this test.
    server.sql("UPDATE rooms SET created_at = 0");
    let mut adas = ada.connect(&server).await;
    let as_of = page(&mut adas, ListRooms::default()).await.as_of;
    let changes = async |socket: &mut Socket| {
        let list = ListRooms { changed_since: as_of, ..ListRooms::default() };
        let page = page(socket, list).await;
        page.rooms.into_iter().map(|room| (room.slug, room.unread)).collect::<Vec<_>>()
    };
    assert_eq!(changes(&mut adas).await, []);
    add(&server, &ada, "old-7", &bo).await;
    let sent = bo.connect(&server).await.chat("old-7", "news").await;
    assert_eq!(changes(&mut adas).await, [("old-7".into(), 1)]);
    let react = protocol::ChatReact {
        room: Some("old-7".into()),
        id: sent.id,
        op: None,
        emoji: "🎉".into(),
        on: true,
    };
    adas.request(&Request::ChatReact(react)).await;
    server.sql("UPDATE messages SET sent_at = 0");
    assert_eq!(changes(&mut adas).await, [("old-7".into(), 1)], "an update is a change");
    create(&server, &bo, "new", false).await;
    assert_eq!(changes(&mut adas).await, [("new".into(), 0), ("old-7".into(), 1)]);
}
