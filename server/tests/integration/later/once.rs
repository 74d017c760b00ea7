//! Each message is sent once: by a killed server, and by several nodes.

use protocol::{Event, Later, MessageId, Timestamp};

use super::{ROOM, from_now, in_an_hour, later};
use crate::{
    cluster::two_nodes,
    ports::free_port,
    process::Process,
    support::{Server, Socket, wait_for},
};

/// Keeps many messages until a time. Returns their ids.
async fn keep_many(socket: &mut Socket, count: usize, at: Timestamp) -> Vec<MessageId> {
    let mut ids = Vec::new();
    for number in 0..count {
        let new = later(ROOM, &format!("number {number}"), at);
        ids.extend(new.id);
        socket.keep(new).await.unwrap();
    }
    ids
}

#[tokio::test]
async fn a_killed_server_sends_each_message_once() {
    let folder = tempfile::tempdir().unwrap();
    let settings = [("BANTER_RATE_LIMIT", "off")];
    let process = Process::start_with(folder.path(), free_port(), &settings).await;
    let token = process.register().await;
    let mut socket = process.connect(&token).await;
    socket.subscribe(ROOM, None).await;
    let mut expected = keep_many(&mut socket, 20, from_now(300)).await;
    // It is killed while it sends them.
    while !matches!(socket.event().await, Event::Chat(_)) {}
    drop(process);
    let process = Process::start_with(folder.path(), free_port(), &settings).await;
    let mut socket = process.connect(&token).await;
    // What the killed one held is due when its lease ends.
    let file = rusqlite::Connection::open(folder.path().join("banter.sqlite3")).unwrap();
    file.execute_batch("UPDATE jobs SET leased_until = 0").unwrap();
    drop(file);
    expected.extend(keep_many(&mut socket, 1, from_now(0)).await);
    let page = wait_for("all to be sent", async {
        loop {
            let page = socket.page(ROOM).await;
            if page.len() >= expected.len() && socket.waiting().await.is_empty() {
                return page;
            }
        }
    })
    .await;
    let mut sent: Vec<_> = page.iter().map(|message| message.id).collect();
    sent.sort_unstable();
    assert_eq!(sent, expected);
}

#[tokio::test]
async fn several_nodes_send_each_message_once() {
    let flags = ["--rate-limit=off", "--secret=one key for all the nodes of a test"];
    let one = Server::start_with(&flags).await;
    let other = one.start_another_node(&["--rate-limit=off"]).await;
    let ada = one.register_owner("ada").await;
    let (mut first, mut second) = (ada.connect(&one).await, ada.connect(&other).await);
    let mut expected = keep_many(&mut first, 30, from_now(500)).await;
    expected.extend(keep_many(&mut second, 30, from_now(300)).await);
    expected.sort_unstable();
    let page = wait_for("all to be sent", async {
        while !second.waiting().await.is_empty() {
            tokio::task::yield_now().await;
        }
        let history = protocol::History {
            room: Some(ROOM.into()),
            limit: Some(100),
            ..protocol::History::default()
        };
        first.history(history).await.unwrap().messages
    })
    .await;
    let mut sent: Vec<_> = page.iter().map(|message| message.id).collect();
    sent.sort_unstable();
    assert_eq!(sent, expected);
    let seqs: Vec<_> = page.iter().map(|message| message.seq).collect();
    assert_eq!(seqs, (1..=60).collect::<Vec<_>>());
}

#[tokio::test]
async fn another_node_tells_of_it_at_once() {
    let (one, other, _redis) = two_nodes(&["--rate-limit=off"]).await;
    let ada = one.register_owner("ada").await;
    let (mut desk, mut phone) = (ada.connect(&one).await, ada.connect(&other).await);
    phone.subscribe(ROOM, None).await;
    let kept = desk.keep(later(ROOM, "from afar", in_an_hour())).await.unwrap();
    assert_eq!(phone.later_changed().await, kept);
    let now = Later { id: Some(kept.id), ..later(ROOM, "from afar", from_now(0)) };
    desk.keep(now).await.unwrap();
    let (mut is_seen, mut is_gone) = (false, false);
    while !(is_seen && is_gone) {
        match phone.event().await {
            Event::Chat(message) => is_seen |= message.id == kept.id,
            Event::LaterGone(gone) => is_gone |= gone.id == kept.id,
            _ => {}
        }
    }
}
