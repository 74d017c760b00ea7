//! Joins and leaves are announced once on all nodes.

use protocol::{
    Event, Members, Presence, Request, Response, ServerMessage, SystemEvent, Unsubscribe,
    http::NewRoom,
};

use super::{
    create_secret_room, members, next_presence_change, online_members_of, repetitions, two_nodes,
    wait_connected,
};
use crate::support::{Socket, chat, seq_and_text, wait_for};

#[tokio::test]
async fn a_join_right_after_a_subscribe_response_is_announced_once() {
    let (one, other, _redis) = two_nodes(&["--rate-limit=off"]).await;
    let ada = one.register_owner("ada").await;
    let bo = one.join("bo", &ada).await;
    let (mut ada_socket, mut bo_socket) = (ada.connect(&one).await, bo.connect(&other).await);
    for number in 0..repetitions() {
        let name = format!("room-{number}");
        let room = NewRoom { name: name.clone(), slug: None, private: false };
        assert!(
            one.post("/api/rooms")
                .bearer_auth(&ada.token)
                .json(&room)
                .send()
                .await
                .unwrap()
                .status()
                .is_success()
        );
        ada_socket.subscribe(&name, None).await;
        bo_socket.subscribe(&name, None).await;
        let Event::System(joined) = ada_socket.event().await else { panic!("expected bo to join") };
        assert_eq!((joined.event, joined.user.username.as_str()), (SystemEvent::Joined, "bo"));
        bo_socket.chat(&name, "once").await;
        assert_eq!(presence_changes_before_message(&mut ada_socket).await, []);
    }
}

/// Returns the presence changes that a socket receives before the next message.
async fn presence_changes_before_message(socket: &mut Socket) -> Vec<SystemEvent> {
    let mut changes = Vec::new();
    loop {
        match socket.event().await {
            Event::System(system) => changes.push(system.event),
            Event::Chat(_) => return changes,
            _ => {}
        }
    }
}

#[tokio::test]
async fn a_user_missing_from_a_member_list_is_announced_when_redis_is_back() {
    let (one, other, mut redis) = two_nodes(&["--rate-limit=off"]).await;
    let ada = one.register_owner("ada").await;
    let bo = one.join("bo", &ada).await;
    let mut bo_socket = bo.subscriber(&other, "general").await;
    redis.kill();
    one.metric_becomes("banter_redis_up", 0).await;
    let mut ada_socket = ada.connect_by_header(&one).await;
    ada_socket.subscribe("general", None).await;
    assert_eq!(members(&mut ada_socket).await.1, 1);
    redis.restart_killed().await;
    assert_eq!(next_presence_change(&mut ada_socket).await, SystemEvent::Joined);
    assert_eq!(members(&mut ada_socket).await.1, 2);
    bo_socket.chat("general", "online all the time").await;
    assert_eq!(presence_changes_before_message(&mut ada_socket).await, []);
}

#[tokio::test]
async fn a_user_removed_while_redis_is_down_does_not_reappear() {
    let (one, other, mut redis) = two_nodes(&["--rate-limit=off"]).await;
    let ada = one.register_owner("ada").await;
    let bo = one.join("bo", &ada).await;
    create_secret_room(&one, &ada, &[&bo]).await;
    let mut ada_socket = ada.subscriber(&one, "secret").await;
    let mut bo_socket = bo.subscriber(&other, "secret").await;
    assert_eq!(next_presence_change(&mut ada_socket).await, SystemEvent::Joined);
    redis.kill();
    one.metric_becomes("banter_redis_up", 0).await;
    let path = "/api/rooms/secret/members/bo";
    one.request(reqwest::Method::DELETE, path).bearer_auth(&ada.token).send().await.unwrap();
    redis.restart_killed().await;
    for node in [&one, &other] {
        wait_connected(node).await;
    }
    assert_eq!(next_presence_change(&mut bo_socket).await, SystemEvent::Removed);
    ada_socket.send(&chat("secret", "without bo", None), "chat").await;
    assert_eq!(presence_changes_before_message(&mut ada_socket).await, [SystemEvent::Removed]);
}

#[tokio::test]
async fn users_who_join_simultaneously_see_each_other() {
    let (one, other, _redis) = two_nodes(&["--rate-limit=off"]).await;
    let ada = one.register_owner("ada").await;
    let bo = one.join("bo", &ada).await;
    let (mut ada_socket, mut bo_socket) = (ada.connect(&one).await, bo.connect(&other).await);
    for number in 0..repetitions() {
        let room = format!("room-{number}");
        let new = NewRoom { name: room.clone(), slug: None, private: false };
        one.post("/api/rooms").bearer_auth(&ada.token).json(&new).send().await.unwrap();
        tokio::join!(ada_socket.subscribe(&room, None), bo_socket.subscribe(&room, None));
        for socket in [&mut ada_socket, &mut bo_socket] {
            wait_for("both users to be online", async {
                while online_members_of(socket, &room).await.1 != 2 {}
            })
            .await;
        }
    }
}

#[tokio::test]
async fn a_user_who_reconnects_to_another_node_is_neither_gone_nor_new() {
    let (one, other, _redis) = two_nodes(&["--rate-limit=off"]).await;
    let ada = one.register_owner("ada").await;
    let bo = one.join("bo", &ada).await;
    let mut ada_socket = ada.subscriber(&one, "general").await;
    let mut bo_socket = bo.subscriber(&other, "general").await;
    assert_eq!(next_presence_change(&mut ada_socket).await, SystemEvent::Joined);
    for (seq, node) in [(1, &other), (2, &one), (3, &other)] {
        drop(bo_socket);
        bo_socket = bo.subscriber(node, "general").await;
        bo_socket.chat("general", "here").await;
        assert_eq!(seq_and_text(ada_socket.event().await), (seq, "here".to_owned()));
    }
    bo_socket.say_goodbye().await;
    assert_eq!(next_presence_change(&mut ada_socket).await, SystemEvent::Left);
}

#[tokio::test]
async fn changes_of_rooms_reach_all_nodes() {
    let (one, other, _redis) = two_nodes(&["--rate-limit=off"]).await;
    let ada = one.register_owner("ada").await;
    let bo = one.join("bo", &ada).await;
    let mut bo_socket = bo.connect(&other).await;
    create_secret_room(&one, &ada, &[&bo]).await;
    let Event::RoomChanged(added) = bo_socket.room_event().await else { panic!("expected a room") };
    assert!(added.room.slug == "secret" && added.room.member);
    let path = "/api/rooms/secret/members/bo";
    one.request(reqwest::Method::DELETE, path).bearer_auth(&ada.token).send().await.unwrap();
    let Event::RoomGone(gone) = bo_socket.room_event().await else { panic!("expected its end") };
    assert_eq!(gone.room, added.room.id);
    let room = NewRoom { name: "Lobby".to_owned(), slug: None, private: false };
    one.post("/api/rooms").bearer_auth(&ada.token).json(&room).send().await.unwrap();
    let Event::RoomChanged(new) = bo_socket.room_event().await else { panic!("expected a room") };
    assert!(new.room.slug == "lobby" && !new.room.member);
}

/// Returns the presence of each user that a member list of `general` shows.
async fn presences(socket: &mut Socket) -> Vec<(String, Presence)> {
    let asked = Request::Members(Members { room: "general".into(), after: None, limit: None });
    let ServerMessage::Response(Response::Members(page)) = socket.request(&asked).await else {
        panic!("expected members");
    };
    let members = page.members.into_iter();
    members.map(|member| (member.user.username, member.presence)).collect()
}

#[tokio::test]
async fn the_most_present_connection_counts_over_all_nodes() {
    let (one, other, _redis) = two_nodes(&["--rate-limit=off"]).await;
    let ada = one.register_owner("ada").await;
    let bo = one.join("bo", &ada).await;
    let id = bo.user.id;
    let mut adas = ada.subscriber(&one, "general").await;
    let mut page = bo.subscriber(&other, "general").await;
    assert_eq!(adas.presence_event().await, (id, Presence::Online));
    page.set_visible(false).await;
    assert_eq!(adas.presence_event().await, (id, Presence::Away));
    let mut phone = bo.connect(&one).await; // follows no room
    assert_eq!(adas.presence_event().await, (id, Presence::Online));
    phone.set_visible(false).await;
    assert_eq!(adas.presence_event().await, (id, Presence::Away));
    page.set_visible(true).await;
    assert_eq!(adas.presence_event().await, (id, Presence::Online));
    phone.say_goodbye().await;
    page.say_goodbye().await;
    assert_eq!(adas.presence_event().await, (id, Presence::Offline));
}

#[tokio::test]
async fn presence_is_repaired_when_redis_is_back() {
    let (one, other, mut redis) = two_nodes(&["--rate-limit=off"]).await;
    let ada = one.register_owner("ada").await;
    let [bo, cy] = [one.join("bo", &ada).await, one.join("cy", &ada).await];
    let mut adas = ada.subscriber(&one, "general").await;
    let mut bos = bo.subscriber(&other, "general").await;
    let mut cys = cy.subscriber(&other, "general").await;
    cys.request(&Request::Unsubscribe(Unsubscribe { room: "general".into() })).await;
    wait_for("cy to be known", async {
        while presences(&mut adas).await[2].1 != Presence::Online {}
    })
    .await;
    redis.kill();
    for node in [&one, &other] {
        wait_for("the outage to be detected", async {
            while node.metric("banter_redis_up").await != Some(0) {}
        })
        .await;
    }
    bos.set_visible(false).await;
    cys.say_goodbye().await;
    redis.restart_killed().await;
    wait_for("bo to be away", async {
        while adas.presence_event().await != (bo.user.id, Presence::Away) {}
    })
    .await;
    wait_for("cy to be gone", async {
        while presences(&mut adas).await[2].1 != Presence::Offline {}
    })
    .await;
    assert_eq!(presences(&mut adas).await[1], ("bo".to_owned(), Presence::Away));
}
