//! Two nodes on one store, with a real Redis between them.

use std::{collections::BTreeSet, time::Duration};

use protocol::{
    Event, Member, Members, Request, Response, ServerMessage, SystemEvent,
    http::{NewMember, NewRoom},
};

use crate::support::{Server, Socket, TestUser, wait_for};

mod access;
mod counts;
mod delivery;
mod events;
mod outages;
mod people;
mod presence;
mod redis;
mod resubscribing;
mod rooms;
mod threads;

pub(crate) use redis::Redis;

/// Starts two nodes that see each other, and their Redis.
pub(crate) async fn two_nodes(flags: &[&str]) -> (Server, Server, Redis) {
    two_nodes_on(Redis::start().await, flags).await
}

async fn two_nodes_on(redis: Redis, flags: &[&str]) -> (Server, Server, Redis) {
    let redis_url = redis.flag();
    let flags: Vec<_> = flags.iter().copied().chain([redis_url.as_str()]).collect();
    let with_secret: Vec<_> =
        flags.iter().copied().chain(["--secret=one key for all the nodes of a test"]).collect();
    let one = Server::start_with(&with_secret).await;
    let other = one.start_another_node(&flags).await;
    for node in [&one, &other] {
        wait_connected(node).await;
    }
    (one, other, redis)
}

pub(crate) async fn wait_connected(node: &Server) {
    wait_for("the other node", async {
        while node.metric("banter_nodes").await != Some(2)
            || node.metric("banter_redis_up").await != Some(1)
        {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
}

/// Creates a private room with its owner and further members.
pub(crate) async fn create_secret_room(node: &Server, owner: &TestUser, members: &[&TestUser]) {
    let room = NewRoom { name: "Secret".into(), slug: Some("secret".into()), private: true };
    let made = node.post("/api/rooms").bearer_auth(&owner.token).json(&room).send().await.unwrap();
    assert!(made.status().is_success());
    for member in members {
        add_secret_member(node, owner, member).await;
    }
}

async fn add_secret_member(node: &Server, owner: &TestUser, user: &TestUser) {
    let member = NewMember { user: user.user.username.clone() };
    let added = node
        .post("/api/rooms/secret/members")
        .bearer_auth(&owner.token)
        .json(&member)
        .send()
        .await
        .unwrap();
    assert!(added.status().is_success());
}

/// Returns the `seq` of each message that a socket receives, up to the last one.
async fn message_seqs_until(socket: &mut Socket, last: u64) -> Vec<u64> {
    let mut seqs = Vec::new();
    while seqs.last() != Some(&last) {
        if let Event::Chat(message) = socket.event().await {
            seqs.push(message.seq);
        }
    }
    seqs
}

async fn members(socket: &mut Socket) -> (BTreeSet<String>, u64) {
    online_members_of(socket, "general").await
}

async fn online_members_of(socket: &mut Socket, room: &str) -> (BTreeSet<String>, u64) {
    let asked = Request::Members(Members { room: room.into(), after: None, limit: None });
    let ServerMessage::Response(Response::Members(page)) = socket.request(&asked).await else {
        panic!("expected members");
    };
    let online = page.members.iter().filter(|member| member.online);
    (online.map(|Member { user, .. }| user.username.clone()).collect(), page.total_online)
}

/// Returns the number of repetitions of a race, from `BANTER_TRIES`.
fn repetitions() -> usize {
    std::env::var("BANTER_TRIES").map_or(20, |tries| tries.parse().unwrap())
}

/// Returns the next event of a socket, which must be a presence change.
async fn next_presence_change(socket: &mut Socket) -> SystemEvent {
    match socket.event().await {
        Event::System(system) => system.event,
        other => panic!("expected a presence change, got {other:?}"),
    }
}
