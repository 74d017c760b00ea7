//! Names, topics, addresses and archives of rooms, and who may change them.

use protocol::{
    ChatDelete, ChatEdit, ChatReact, ErrorCode, Favourite, History, ListRooms, Notify, NotifyLevel,
    Read, Request, Response, Role, ServerMessage, Typing,
    http::{NewRole, UpdateRoom},
};
use reqwest::{Method, StatusCode};

use crate::support::{
    Server, TestUser, chat,
    rooms::{problem, room},
};

fn named(name: &str) -> UpdateRoom {
    UpdateRoom { name: Some(name.into()), ..UpdateRoom::default() }
}

fn archived(archived: bool) -> UpdateRoom {
    UpdateRoom { archived: Some(archived), ..UpdateRoom::default() }
}

async fn make_admin(server: &Server, owner: &TestUser, user: &str) {
    let path = format!("/api/users/{user}/role");
    let role = NewRole { role: Role::Admin };
    assert!(owner.call(server, Method::POST, &path, Some(&role)).await.0.is_success());
}

#[tokio::test]
async fn a_room_is_changed_as_a_whole_or_not_at_all() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let made = bo.create_room(&server, "plans", false).await;
    bo.create_room(&server, "taken", false).await;
    let update = UpdateRoom {
        name: Some("  Great plans ".into()),
        slug: Some("great-plans".into()),
        topic: Some(" What comes next ".into()),
        archived: None,
    };
    let (status, changed) = room(bo.update_room(&server, "plans", update.clone()).await);
    assert_eq!((status, changed.id), (StatusCode::OK, made.id));
    assert_eq!(
        [&*changed.name, &*changed.slug, &*changed.topic],
        ["Great plans", "great-plans", "What comes next"]
    );
    assert_eq!(room(bo.get(&server, "/api/rooms/great-plans").await).1, changed);
    let refused = [
        (UpdateRoom { slug: Some("taken".into()), ..update.clone() }, StatusCode::CONFLICT),
        (
            UpdateRoom { slug: Some("echo".into()), ..update.clone() },
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        (
            UpdateRoom { slug: Some("A b".into()), ..update.clone() },
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        (UpdateRoom { name: Some(" ".into()), ..update.clone() }, StatusCode::UNPROCESSABLE_ENTITY),
        (
            UpdateRoom { topic: Some("x".repeat(251)), ..update.clone() },
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        (
            UpdateRoom { topic: Some("a\nb".into()), ..update.clone() },
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
    ];
    for (update, expected) in refused {
        let update = UpdateRoom { archived: Some(true), ..update };
        assert_eq!(bo.update_room(&server, "great-plans", update).await.0, expected);
        assert_eq!(room(bo.get(&server, "/api/rooms/great-plans").await).1, changed);
    }
    let longest = UpdateRoom { topic: Some("ä".repeat(250)), ..UpdateRoom::default() };
    assert_eq!(
        room(bo.update_room(&server, "great-plans", longest).await).1.topic.chars().count(),
        250
    );
    let none = UpdateRoom { topic: Some(String::new()), ..UpdateRoom::default() };
    assert_eq!(room(bo.update_room(&server, "great-plans", none).await).1.topic, "");
    assert_eq!(bo.update_room(&server, "nowhere", named("x")).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn managers_are_the_creator_while_a_member_admins_and_the_owner_where_they_see_it() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let [bo, cy, dan] = [
        server.join("bo", &ada).await,
        server.join("cy", &ada).await,
        server.join("dan", &ada).await,
    ];
    make_admin(&server, &ada, "dan").await;
    bo.create_room(&server, "public", false).await;
    bo.create_room(&server, "secret", true).await;
    cy.subscriber(&server, "public").await;
    bo.add(&server, "secret", "cy").await;
    let may = async |user: &TestUser, room: &str| {
        let update = named(&format!("by {}", user.user.username));
        user.update_room(&server, room, update).await.0
    };
    for (user, public, secret) in
        [(&bo, 200, 200), (&cy, 403, 403), (&dan, 200, 404), (&ada, 200, 404)]
    {
        assert_eq!(may(user, "public").await, public, "{}", user.user.username);
        assert_eq!(may(user, "secret").await, secret, "{}", user.user.username);
    }
    assert_eq!(may(&cy, "general").await, 403);
    assert_eq!(may(&ada, "general").await, 200);
    // The creator who has left manages a public room no longer, nor a private one.
    bo.remove(&server, "public", "bo").await;
    bo.remove(&server, "secret", "bo").await;
    assert_eq!(may(&bo, "public").await, 403);
    assert_eq!(may(&bo, "secret").await, 404);
    assert_eq!(may(&cy, "secret").await, 200, "who joined first, as there is no admin");
    cy.add(&server, "secret", "dan").await;
    assert_eq!(may(&cy, "secret").await, 403, "now there is one");
    assert_eq!(may(&dan, "secret").await, 200);
    assert_eq!(dan.remove(&server, "secret", "cy").await, StatusCode::NO_CONTENT);
    assert_eq!(cy.remove(&server, "public", "ada").await, StatusCode::FORBIDDEN);
    assert_eq!(ada.remove(&server, "public", "cy").await, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn the_first_room_keeps_its_address_and_is_never_archived() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let slug = UpdateRoom { slug: Some("other".into()), ..UpdateRoom::default() };
    for update in [slug, archived(true)] {
        let refused = ada.update_room(&server, "general", update).await;
        assert_eq!((refused.0, problem(refused).0), (StatusCode::CONFLICT, ErrorCode::Conflict));
    }
    let same = UpdateRoom { slug: Some("general".into()), archived: Some(false), ..named("Lobby") };
    let (status, changed) = room(ada.update_room(&server, "general", same).await);
    assert_eq!(
        (status, changed.name.as_str(), changed.slug.as_str()),
        (StatusCode::OK, "Lobby", "general")
    );
}

#[tokio::test]
async fn an_archived_room_is_read_only() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    ada.create_room(&server, "plans", false).await;
    let (mut adas, mut bos) =
        (ada.subscriber(&server, "plans").await, bo.subscriber(&server, "plans").await);
    let id = uuid::Uuid::now_v7();
    let op = Some(protocol::OpId(uuid::Uuid::now_v7()));
    adas.request(&chat("plans", "first", Some(id))).await;
    let message = protocol::MessageId(id);
    let at = || Some("plans".into());
    let edit = Request::ChatEdit(ChatEdit {
        room: at(),
        id: message,
        op,
        text: "second".into(),
        files: None,
    });
    adas.request(&edit).await;
    assert_eq!(room(ada.update_room(&server, "plans", archived(true)).await).0, StatusCode::OK);
    assert!(adas.room_changed().await.archived);
    while !bos.room_changed().await.archived {}
    let react = ChatReact { room: at(), id: message, op: None, emoji: "🎉".into(), on: true };
    for request in [
        chat("plans", "third", None),
        Request::ChatEdit(ChatEdit {
            room: at(),
            id: message,
            op: None,
            text: "x".into(),
            files: None,
        }),
        Request::ChatReact(react),
        Request::ChatDelete(ChatDelete { room: at(), id: message, op: None }),
    ] {
        match adas.request(&request).await {
            ServerMessage::Error(error) => assert_eq!(error.code, ErrorCode::Forbidden),
            other => panic!("{request:?} is answered by {other:?}"),
        }
    }
    assert_eq!(adas.request(&chat("plans", "again", Some(id))).await.name(), "chat_response");
    assert_eq!(adas.request(&edit).await.name(), "chat_edit_response");
    for request in [
        Request::Read(Read { room: at(), seq: 2, ..Default::default() }),
        Request::Notify(Notify { room: "plans".into(), level: NotifyLevel::All }),
        Request::Favourite(Favourite { room: "plans".into(), on: true }),
        Request::History(History { room: at(), ..Default::default() }),
    ] {
        let answer = adas.request(&request).await;
        assert!(!matches!(answer, ServerMessage::Error(_)), "{request:?}: {answer:?}");
    }
    adas.send(&Request::Typing(Typing { room: at(), ..Default::default() }), "typing").await;
    adas.heard_nothing().await;
    bos.heard_nothing().await;
    let form = server.post("/rooms/plans/messages").bearer_auth(&ada.token);
    let form = form.header("cookie", format!("banter_session={}", ada.token));
    let form = form.header("origin", server.origin()).form(&[("text", "by form"), ("nonce", "1")]);
    let refused = form.send().await.unwrap();
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    let page = refused.text().await.unwrap();
    assert!(page.contains("This room is archived") && page.contains("by form"), "{page}");

    room(ada.update_room(&server, "plans", archived(false)).await);
    adas.chat("plans", "third").await;
}

#[tokio::test]
async fn everybody_who_sees_a_room_hears_of_a_change_as_they_see_it() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let cy = server.join("cy", &ada).await;
    for (slug, private) in [("public", false), ("secret", true)] {
        ada.create_room(&server, slug, private).await;
        let mut adas = ada.connect(&server).await;
        if private {
            ada.add(&server, slug, "bo").await;
        }
        let mut bos = bo.subscriber(&server, slug).await;
        bos.request(&Request::Favourite(Favourite { room: slug.into(), on: true })).await;
        let level = NotifyLevel::Nothing;
        bos.request(&Request::Notify(Notify { room: slug.into(), level })).await;
        adas.chat(slug, "for bo").await;
        let mut cys = cy.connect(&server).await;
        let update = UpdateRoom { topic: Some("news".into()), ..named("Renamed") };
        let (_, changed) = room(ada.update_room(&server, slug, update).await);
        let seen = bos.room_changed().await;
        assert_eq!((seen.name.as_str(), seen.topic.as_str()), ("Renamed", "news"));
        assert_eq!((seen.member, seen.favourite, seen.notify, seen.unread), (true, true, level, 1));
        assert_eq!(adas.room_changed().await, changed);
        if private {
            cys.heard_nothing().await;
        } else {
            let seen = cys.room_changed().await;
            assert_eq!((seen.name.as_str(), seen.member, seen.unread), ("Renamed", false, 0));
            assert_eq!(
                seen,
                cys.rooms().await.into_iter().find(|room| room.id == seen.id).unwrap()
            );
        }
        assert_eq!(seen, bos.rooms().await.into_iter().find(|room| room.id == seen.id).unwrap());
        // Nothing is told of a change that changes nothing.
        room(ada.update_room(&server, slug, named("Renamed")).await);
        bos.heard_nothing().await;
    }
}

#[tokio::test]
async fn levels_and_favourites_reach_the_other_devices_and_the_list_of_changes() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let (mut desk, mut phone) =
        (bo.subscriber(&server, "general").await, bo.connect(&server).await);
    server.sql("UPDATE rooms SET created_at = 0");
    server.sql("UPDATE room_members SET joined_at = 0");
    let as_of = phone.room_page(ListRooms::default()).await.as_of;
    let changes = ListRooms { changed_since: as_of, ..ListRooms::default() };
    assert_eq!(phone.room_page(changes.clone()).await.rooms, []);
    let general = phone.rooms().await.pop().unwrap();
    assert_eq!((general.notify, general.favourite), (NotifyLevel::Mentions, false));
    let notify = Request::Notify(Notify { room: "general".into(), level: NotifyLevel::Nothing });
    let level = NotifyLevel::Nothing;
    let stored = Response::Notify(Notify { room: general.id.into(), level });
    assert_eq!(desk.request(&notify).await, ServerMessage::Response(stored));
    assert_eq!(phone.room_changed().await.notify, NotifyLevel::Nothing);
    desk.request(&Request::Favourite(Favourite { room: "general".into(), on: true })).await;
    let seen = phone.room_changed().await;
    assert_eq!((seen.notify, seen.favourite), (NotifyLevel::Nothing, true));
    desk.heard_nothing().await;
    assert_eq!(phone.room_page(changes.clone()).await.rooms, [seen]);
    let mut adas = ada.connect(&server).await;
    let refused = r#"{"type":"notify","payload":{"room":"general","level":"all"}}"#;
    assert_eq!(adas.refused(refused).await.code, ErrorCode::Forbidden, "ada is no member");
    let missing = r#"{"type":"favourite","payload":{"room":"nowhere","on":true}}"#;
    assert_eq!(adas.refused(missing).await.code, ErrorCode::NotFound);
    server.sql("UPDATE room_members SET changed_at = 0");
    assert_eq!(phone.room_page(changes.clone()).await.rooms, []);
    room(ada.update_room(&server, "general", named("Lobby")).await);
    let seen = phone.room_changed().await;
    assert_eq!(seen.name, "Lobby");
    assert_eq!(phone.room_page(changes).await.rooms, [seen], "a new name is a change");
}

#[tokio::test]
async fn a_topic_has_nothing_that_is_invisible_or_turns_the_text_around_it() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    ada.create_room(&server, "plans", false).await;
    let topic = |topic: &str| UpdateRoom { topic: Some(topic.into()), ..UpdateRoom::default() };
    for odd in ["a\u{202e}b", "a\u{2028}b", "a\u{200b}b", "\u{200b}", "\u{2066}a", "\u{301}a"] {
        let refused = ada.update_room(&server, "plans", topic(odd)).await;
        assert_eq!(refused.0, StatusCode::UNPROCESSABLE_ENTITY, "{}", odd.escape_unicode());
        let fields = [("name", "Front desk"), ("slug", ""), ("topic", odd)];
        let form = server.post("/new-room").bearer_auth(&ada.token);
        let form = form.header("cookie", format!("banter_session={}", ada.token));
        let form = form.header("origin", server.origin()).form(&fields).send().await.unwrap();
        let path = form.headers()["location"].to_str().unwrap();
        assert!(path.starts_with("/new-room?fault=topic"), "{path}");
    }
    for plain in ["", "Küche 👩🏽‍💻 – می‌خواهم", "العربية"] {
        let (_, changed) = room(ada.update_room(&server, "plans", topic(plain)).await);
        assert_eq!(changed.topic, plain);
    }
    // What an earlier version has stored is read as before, and stays while it is not changed.
    server.sql("UPDATE rooms SET topic = 'an old \u{202e} topic' WHERE slug = 'plans'");
    let (_, changed) = room(ada.update_room(&server, "plans", named("Renamed")).await);
    assert_eq!(changed.topic, "an old \u{202e} topic");
    let listed = ada.connect(&server).await.rooms().await;
    assert!(listed.iter().any(|room| room.topic == changed.topic));
}
