//! Subscriptions to many rooms at once, from the last event that the client has seen.

use protocol::{
    ErrorCode, Event, Request, Response, Resume, ResumeRoom, Resumed, ServerMessage, Subscribe,
    http::NewRoom,
    limits::{MAX_RECOVERED_EVENTS, MAX_TEXT_CHARS},
};

use crate::support::{Server, Socket, TestUser, seq_and_text};

async fn make_room(server: &Server, by: &TestUser, name: &str, private: bool) {
    let new = NewRoom { name: name.into(), slug: Some(name.into()), private };
    assert!(
        server
            .post("/api/rooms")
            .bearer_auth(&by.token)
            .json(&new)
            .send()
            .await
            .unwrap()
            .status()
            .is_success()
    );
}

async fn resume(
    socket: &mut Socket,
    epoch: Option<&str>,
    rooms: &[(&str, Option<u64>)],
) -> Resumed {
    let rooms = rooms
        .iter()
        .map(|(room, since)| ResumeRoom { room: (*room).into(), since: *since })
        .collect();
    match socket
        .request(&Request::Resume(Resume { epoch: epoch.map(str::to_owned), rooms, join: None }))
        .await
    {
        ServerMessage::Response(Response::Resume(resumed)) => resumed,
        other => panic!("expected a response to resume, got {other:?}"),
    }
}

#[tokio::test]
async fn each_room_resumes_after_its_last_seen_event() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    for room in ["one", "two", "three"] {
        make_room(&server, &ada, room, false).await;
    }
    make_room(&server, &ada, "secret", true).await;
    let mut author = ada.connect(&server).await;
    for room in ["one", "two"] {
        for text in ["first", "second", "third"] {
            author.chat(room, text).await;
        }
    }
    let mut socket = bo.connect(&server).await;
    let asked = [
        ("one", Some(1)),
        ("two", Some(3)),
        ("three", None),
        ("secret", Some(0)),
        ("one", Some(0)),
    ];
    let Resumed { rooms, refused, has_more } = resume(&mut socket, None, &asked).await;
    let named: Vec<_> = rooms
        .iter()
        .map(|room| (room.subscribed.0.as_str(), room.recovered, room.events.len()))
        .collect();
    assert_eq!(
        named,
        [("one", true, 2), ("two", true, 0), ("three", false, 0)],
        "each message once"
    );
    assert_eq!((refused.len(), refused[0].error.code, has_more), (1, ErrorCode::NotFound, false));
    for room in ["three", "two", "one"] {
        author.chat(room, room).await;
        assert_eq!(seq_and_text(socket.event().await).1, room);
    }
}

#[tokio::test]
async fn another_epoch_starts_from_the_newest_page() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let mut socket = ada.connect(&server).await;
    socket.chat("general", "a text").await;
    let ahead = resume(&mut socket, None, &[("general", Some(7))]).await.rooms;
    let other = resume(&mut socket, Some("another epoch"), &[("general", Some(0))]).await.rooms;
    for room in [&ahead[0], &other[0]] {
        assert_eq!((room.recovered, room.messages.len(), room.seq), (false, 1, 1));
    }
}

#[tokio::test]
async fn a_long_response_is_cut_and_continued_by_another_resume() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let rooms: Vec<_> = (0..4).map(|number| format!("room-{number}")).collect();
    let mut author = ada.connect(&server).await;
    for room in &rooms {
        make_room(&server, &ada, room, false).await;
        for _ in 0..20 {
            author.chat(room, &"x".repeat(MAX_TEXT_CHARS)).await; // 200 KB
        }
    }
    let mut socket = ada.connect(&server).await;
    let mut left: Vec<_> = rooms.iter().map(|room| (room.as_str(), Some(0))).collect();
    let mut responses = 0;
    while !left.is_empty() {
        let Resumed { rooms, has_more, .. } = resume(&mut socket, None, &left).await;
        assert!(
            !rooms.is_empty() && rooms.iter().all(|room| room.recovered && room.events.len() == 20)
        );
        left.drain(..rooms.len());
        assert_eq!(has_more, !left.is_empty());
        responses += 1;
    }
    assert_eq!(responses, 2);
}

#[tokio::test]
async fn too_many_missed_events_return_the_newest_page() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let mut author = ada.connect(&server).await;
    for number in 0..=MAX_RECOVERED_EVENTS {
        author.send(&crate::support::chat("general", "a text", None), &number.to_string()).await;
    }
    author.reply(&MAX_RECOVERED_EVENTS.to_string()).await;
    let mut socket = ada.connect(&server).await;
    let rooms = resume(&mut socket, None, &[("general", Some(1))]).await.rooms;
    assert_eq!((rooms[0].recovered, rooms[0].events.len()), (true, MAX_RECOVERED_EVENTS));
    let rooms = resume(&mut socket, None, &[("general", Some(0))]).await.rooms;
    assert_eq!((rooms[0].recovered, rooms[0].messages.len(), rooms[0].has_more), (false, 50, true));
}

#[tokio::test]
async fn concurrent_messages_arrive_once_and_in_order() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let mut author = ada.connect(&server).await;
    let writing = async {
        for number in 0..300 {
            author.chat("general", &number.to_string()).await;
        }
    };
    let reading = async {
        let mut socket = bo.connect(&server).await;
        let mut seq = 0;
        while seq < 300 {
            let room = resume(&mut socket, None, &[("general", Some(seq))]).await.rooms.remove(0);
            for event in room.events {
                let Event::Chat(message) = event.0 else { panic!("only messages were written") };
                assert_eq!(message.seq, seq + 1);
                seq = message.seq;
            }
            assert_eq!(room.seq, seq);
            while seq < 300 && seq % 7 != 0 {
                let (next, _) = seq_and_text(socket.event().await);
                assert_eq!(next, seq + 1);
                seq = next;
            }
            if seq % 2 == 0 {
                socket = bo.connect(&server).await;
            }
        }
    };
    tokio::join!(writing, reading);
}

#[tokio::test]
async fn a_device_that_was_away_does_not_join_a_room_that_its_user_left() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    for room in ["news", "left"] {
        make_room(&server, &ada, room, false).await;
    }
    let mut first = bo.connect(&server).await;
    resume(&mut first, None, &[("news", None), ("left", None)]).await;
    let status = bo.remove(&server, "left", &bo.user.id.to_string()).await;
    assert!(status.is_success(), "{status}");

    let mut second = bo.connect(&server).await;
    let asked = |room: &str| ResumeRoom { room: room.into(), since: Some(0) };
    let rooms = vec![asked("news"), asked("left")];
    let request = Request::Resume(Resume { epoch: None, rooms, join: Some(false) });
    let ServerMessage::Response(Response::Resume(resumed)) = second.request(&request).await else {
        panic!("expected a response to resume");
    };
    assert_eq!(resumed.rooms.len(), 1, "the user is still a member of this one");
    assert_eq!(resumed.refused[0].error.code, ErrorCode::NotFound);
    let subscribe = Subscribe { room: "left".into(), since: None, epoch: None, join: Some(false) };
    let ServerMessage::Error(error) = second.request(&Request::Subscribe(subscribe)).await else {
        panic!("expected an error");
    };
    assert_eq!(error.code, ErrorCode::NotFound);
    let is_member = |rooms: Vec<protocol::Room>| {
        rooms.into_iter().find(|room| room.slug == "left").unwrap().member
    };
    assert!(!is_member(second.rooms().await));
    second.subscribe("left", None).await;
    assert!(is_member(second.rooms().await), "subscribing to a public room joins it by default");
}
