//! Direct rooms: of certain people, found again, hidden and shown, and never seen by others.

use protocol::{ErrorCode, Event, NotifyLevel, RoomKind, UserId, http::UpdateRoom};
use reqwest::StatusCode;

use crate::support::{
    Server, TestUser,
    rooms::{problem, room},
};

async fn four(server: &Server) -> [TestUser; 4] {
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let cy = server.join("cy", &ada).await;
    let dan = server.join("dan", &ada).await;
    [ada, bo, cy, dan]
}

#[tokio::test]
async fn the_same_people_have_one_room() {
    let server = Server::start().await;
    let [ada, bo, cy, _] = four(&server).await;
    let (status, made) = room(bo.direct(&server, &["cy"]).await);
    assert_eq!(status, StatusCode::CREATED);
    assert_eq!((made.kind, made.private, made.member), (RoomKind::Direct, true, true));
    assert_eq!((made.slug, made.name.as_str()), (made.id.0.to_string(), "cy"));
    assert_eq!((made.created_by, made.notify), (Some(bo.user.id), NotifyLevel::All));
    let people = |people: &Option<Vec<protocol::User>>| {
        let people = people.iter().flatten();
        people.map(|user| user.username.clone()).collect::<Vec<_>>()
    };
    assert_eq!(people(&made.people), ["cy"]);

    let again =
        [(&bo, vec!["cy", "bo", "cy"]), (&bo, vec![]), (&cy, vec!["bo"]), (&bo, vec!["cy", "ada"])];
    let cy_id = cy.user.id.0.simple().to_string().to_uppercase();
    let mut ids = Vec::new();
    for (user, others) in again {
        ids.push(room(user.direct(&server, &others).await).1);
    }
    let by_id = room(bo.direct(&server, &[&cy_id, &cy.user.id.to_string(), "cy"]).await);
    assert_eq!((by_id.0, by_id.1.id), (StatusCode::OK, made.id));
    assert_eq!((ids[0].id, ids[2].id), (made.id, made.id));
    assert_eq!(ids[2].name, "bo", "each sees the others' names");
    assert_eq!((ids[1].name.as_str(), people(&ids[1].people)), ("bo", vec![]), "notes to oneself");
    assert_eq!((ids[3].name.as_str(), ids[3].people.iter().flatten().count()), ("ada, cy", 2));
    let (_, notes) = room(bo.direct(&server, &[&bo.user.id.to_string()]).await);
    assert_eq!(notes.id, ids[1].id);

    for (others, status, code) in [
        (vec!["nobody"], StatusCode::NOT_FOUND, ErrorCode::NotFound),
        (vec!["cy", "nobody"], StatusCode::NOT_FOUND, ErrorCode::NotFound),
    ] {
        let refused = bo.direct(&server, &others).await;
        assert_eq!((refused.0, problem(refused).0), (status, code), "{others:?}");
    }
    ada.ban(&server, "dan").await;
    assert_eq!(bo.direct(&server, &["dan"]).await.0, StatusCode::FORBIDDEN);
    assert_eq!(bo.direct(&server, &["cy", "dan"]).await.0, StatusCode::FORBIDDEN);
    let mut nine = Vec::new();
    for number in 1..=9 {
        nine.push(server.join(&format!("user-{number}"), &ada).await.user.username);
    }
    let named: Vec<_> = nine.iter().map(String::as_str).collect();
    assert_eq!(bo.direct(&server, &named[..8]).await.0, StatusCode::CREATED);
    assert_eq!(bo.direct(&server, &named).await.0, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn people_who_ask_at_once_get_one_room() {
    let server = Server::start().await;
    let [_, bo, cy, _] = four(&server).await;
    let asked = (0..16).map(|number| {
        let (by, whom) = if number % 2 == 0 { (&bo, "cy") } else { (&cy, "bo") };
        let server = &server;
        async move { room(by.direct(server, &[whom]).await) }
    });
    let rooms = futures_util::future::join_all(asked).await;
    assert!(rooms.iter().all(|(_, room)| room.id == rooms[0].1.id));
    let made = rooms.iter().filter(|(status, _)| *status == StatusCode::CREATED);
    assert_eq!(made.count(), 1);
}

#[tokio::test]
async fn a_direct_room_is_live_for_its_people_and_for_nobody_else() {
    let server = Server::start().await;
    let [ada, bo, cy, dan] = four(&server).await;
    let mut adas = ada.connect(&server).await;
    let (mut bos, mut cys) = (bo.connect(&server).await, cy.connect(&server).await);
    let mut dans = dan.connect(&server).await;
    let (_, made) = room(bo.direct(&server, &["cy"]).await);
    assert_eq!(bos.room_changed().await, made);
    let seen = cys.room_changed().await;
    assert_eq!((seen.id, seen.name.as_str(), seen.kind), (made.id, "bo", RoomKind::Direct));
    let id = made.id.to_string();
    cys.subscribe(&id, None).await;
    bos.chat(&id, "between us, @ada").await;
    assert!(matches!(cys.event().await, Event::Chat(message) if message.room == made.id));
    let listed = cys.rooms().await;
    let listed = listed.iter().find(|room| room.id == made.id).unwrap();
    assert_eq!((listed.unread, listed.seq, listed.name.as_str()), (1, 1, "bo"));
    for (user, socket) in [(&ada, &mut adas), (&dan, &mut dans)] {
        socket.heard_nothing().await;
        assert!(socket.rooms().await.iter().all(|room| room.id != made.id));
        assert_eq!(user.get(&server, &format!("/api/rooms/{id}")).await.0, StatusCode::NOT_FOUND);
        assert_eq!(user.add(&server, &id, "ada").await, StatusCode::NOT_FOUND);
        assert_eq!(user.remove(&server, &id, "bo").await, StatusCode::NOT_FOUND);
        let update = UpdateRoom { topic: Some("x".into()), ..UpdateRoom::default() };
        assert_eq!(user.update_room(&server, &id, update).await.0, StatusCode::NOT_FOUND);
    }
    for refused in [
        bo.add(&server, &id, "ada").await,
        bo.remove(&server, &id, "cy").await,
        bo.remove(&server, &id, "ada").await,
        bo.update_room(&server, &id, UpdateRoom::default()).await.0,
    ] {
        assert_eq!(refused, StatusCode::FORBIDDEN);
    }
}

#[tokio::test]
async fn who_leaves_sees_it_again_with_the_next_message() {
    let server = Server::start().await;
    let [_, bo, cy, _] = four(&server).await;
    let (mut desk, mut phone) = (bo.connect(&server).await, bo.connect(&server).await);
    let mut cys = cy.connect(&server).await;
    let (_, made) = room(bo.direct(&server, &["cy"]).await);
    let id = made.id.to_string();
    for socket in [&mut desk, &mut phone, &mut cys] {
        assert_eq!(socket.room_changed().await.id, made.id);
    }
    let is_listed = async |socket: &mut crate::support::Socket| {
        socket.rooms().await.into_iter().find(|room| room.id == made.id)
    };
    assert_eq!(bo.remove(&server, &id, "bo").await, StatusCode::NO_CONTENT);
    for socket in [&mut desk, &mut phone] {
        assert!(matches!(socket.room_event().await, Event::RoomGone(gone) if gone.room == made.id));
        assert_eq!(is_listed(socket).await, None);
    }
    cys.heard_nothing().await;
    assert!(is_listed(&mut cys).await.is_some(), "only who leaves does not see it");

    cys.chat(&id, "are you there?").await;
    for socket in [&mut desk, &mut phone] {
        let seen = socket.room_changed().await;
        assert_eq!((seen.id, seen.unread, seen.seq), (made.id, 1, 1));
        assert_eq!(is_listed(socket).await.map(|room| room.unread), Some(1));
    }
    cys.chat(&id, "hello?").await;
    desk.heard_nothing().await;

    bo.remove(&server, &id, "bo").await;
    desk.room_event().await;
    let (status, shown) = room(bo.direct(&server, &["cy"]).await);
    assert_eq!((status, shown.id, shown.unread), (StatusCode::OK, made.id, 2));
    assert_eq!(desk.room_changed().await.id, made.id);
    assert!(is_listed(&mut desk).await.is_some());
}

/// A reply that only its thread shows brings the room back for those whom it concerns.
#[tokio::test]
async fn a_reply_in_a_thread_shows_the_room_again_to_those_who_follow_it_or_are_mentioned() {
    let server = Server::start().await;
    let [_, bo, cy, dan] = four(&server).await;
    let (_, made) = room(bo.direct(&server, &["cy", "dan"]).await);
    let id = made.id.to_string();
    let (mut bos, mut cys) = (bo.connect(&server).await, cy.connect(&server).await);
    let mut dans = dan.connect(&server).await;
    let first = bos.chat(&id, "where shall we eat?").await.id;
    cys.reply_in(&id, first, "at home").await;
    let is_listed = async |socket: &mut crate::support::Socket| {
        socket.rooms().await.iter().any(|room| room.id == made.id)
    };
    for (user, socket, name) in [(&bo, &mut bos, "bo"), (&dan, &mut dans, "dan")] {
        assert_eq!(user.remove(&server, &id, name).await, StatusCode::NO_CONTENT);
        assert!(!is_listed(socket).await);
    }
    cys.reply_in(&id, first, "or outside?").await;
    assert!(is_listed(&mut bos).await, "the thread that bo began has something new");
    assert!(!is_listed(&mut dans).await, "nothing is new for dan");

    cys.reply_in(&id, first, "what do you say, @dan?").await;
    assert!(is_listed(&mut dans).await, "dan is mentioned");
    let listed = dans.rooms().await.into_iter().find(|room| room.id == made.id).unwrap();
    assert_eq!(listed.mentions, 1);

    // What somebody follows no longer does not bring the room back, unless it mentions them.
    bos.follow(&id, first, false).await.unwrap();
    bo.remove(&server, &id, "bo").await;
    cys.reply_in(&id, first, "anybody?").await;
    assert!(!is_listed(&mut bos).await);
    cys.reply_in(&id, first, "@bo?").await;
    assert!(is_listed(&mut bos).await);
    bo.remove(&server, &id, "bo").await;
    cys.say(protocol::Chat { in_room: true, ..crate::support::reply_in(&id, first, "so, home") })
        .await
        .unwrap();
    assert!(is_listed(&mut bos).await, "the room shows this reply");
}

#[tokio::test]
async fn nobody_writes_where_all_others_are_banned() {
    let server = Server::start().await;
    let [ada, bo, cy, dan] = four(&server).await;
    let (_, pair) = room(bo.direct(&server, &["cy"]).await);
    let (_, three) = room(bo.direct(&server, &["cy", "dan"]).await);
    let (_, notes) = room(bo.direct(&server, &[]).await);
    let mut bos = bo.connect(&server).await;
    let id = uuid::Uuid::now_v7();
    bos.request(&crate::support::chat(&pair.slug, "before", Some(id))).await;
    ada.ban(&server, "cy").await;
    let chat =
        |room: &str| format!(r#"{{"type":"chat","payload":{{"room":"{room}","text":"x"}}}}"#);
    assert_eq!(bos.refused(&chat(&pair.slug)).await.code, ErrorCode::Forbidden);
    let repeat = bos.request(&crate::support::chat(&pair.slug, "again", Some(id))).await;
    assert_eq!(repeat.name(), "chat_response", "a repeat gets its first answer");
    bos.chat(&three.slug, "dan is here").await;
    bos.chat(&notes.slug, "to myself").await;
    let people = bos.rooms().await.into_iter().find(|room| room.id == pair.id).unwrap().people;
    let cy_id: UserId = cy.user.id;
    assert!(people.unwrap().iter().any(|user| user.id == cy_id && user.banned));
    ada.ban(&server, "dan").await;
    assert_eq!(bos.refused(&chat(&three.slug)).await.code, ErrorCode::Forbidden);
    drop(dan);
}
