//! What one user, or one page, cannot do to others.

use protocol::{Event, LoggedEvent, Timestamp, http::UpdateRoom, limits::LINK_RATE};
use uuid::Uuid;

use super::{FLAGS, ROOM, edit, previewed, settled, site::news};
use crate::support::{Server, rooms::room, wait_for};

#[tokio::test]
async fn one_user_with_many_messages_that_wait_keeps_nobody_else_waiting() {
    let (server, site) = (Server::start_with(&FLAGS).await, news().await);
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let mut full = ada.subscriber(&server, ROOM).await;
    let mut other = bo.subscriber(&server, ROOM).await;
    for number in 0..20 {
        full.chat(ROOM, &number.to_string()).await;
    }
    let due_at = i64::MAX / 2;
    server.sql(&format!(
        "INSERT INTO jobs (id, kind, user_id, payload, due_at, error, holder, leased_until)
             SELECT id, 'preview', sender_id, '?', {due_at}, NULL, NULL, 0 FROM messages"
    ));
    full.chat(ROOM, &site.at("/calm")).await;
    let edited = full.chat(ROOM, "a link comes").await;
    edit(&mut full, edited.id, &site.at("/calm")).await;
    let with = other.chat(ROOM, &site.at("/calm")).await;
    assert_eq!(previewed(&mut full).await.id, with.id);
    // What no event tells, no page shows.
    for message in full.page(ROOM).await {
        assert_eq!(message.link_previews.is_empty(), message.id != with.id, "{message:?}");
    }
    // Jobs that nobody can read are given up, and stop nobody.
    server.sql("UPDATE jobs SET due_at = 0");
    let last = other.chat(ROOM, &site.at("/bare")).await;
    assert_eq!(previewed(&mut full).await.id, last.id);
    settled(&server).await;
}

#[tokio::test]
async fn whoever_has_fewer_messages_that_wait_comes_first() {
    let server = Server::start_with(&["--link-previews=off"]).await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let mut hers = ada.subscriber(&server, ROOM).await;
    let mut his = bo.subscriber(&server, ROOM).await;
    let first = hers.chat(ROOM, "1").await;
    let second = hers.chat(ROOM, "2").await;
    let last = his.chat(ROOM, "3").await;
    for (due_at, sent) in [&first, &second, &last].into_iter().enumerate() {
        server.sql(&format!(
            "INSERT INTO jobs (id, kind, user_id, payload, due_at, error, holder, leased_until)
                 SELECT id, 'preview', sender_id, '{{\"message\":\"{}\"}}', {due_at}, NULL, NULL, 0
                 FROM messages WHERE seq = {}",
            sent.id.0, sent.seq
        ));
    }
    let (holder, until) = (Uuid::new_v4(), Timestamp::from_millis(i64::MAX / 2));
    let mut leased = Vec::new();
    while let Some(job) = server.app.store.lease_preview(holder, until).await.unwrap() {
        leased.push(job.message);
    }
    assert_eq!(leased, [last.id, first.id, second.id]);
}

#[tokio::test]
async fn a_user_has_only_so_many_pages_fetched() {
    let flags = ["--link-previews=on", "--link-preview-networks=127.0.0.0/8"];
    let (server, site) = (Server::start_with(&flags).await, news().await);
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let mut greedy = ada.subscriber(&server, ROOM).await;
    let burst = LINK_RATE.burst as usize;
    let pages: Vec<_> = (0..burst + 4).map(|number| site.at(&format!("/{number}"))).collect();
    for three in pages.chunks(3) {
        greedy.chat(ROOM, &three.join(" ")).await;
    }
    // Others have theirs, and what they had fetched is there for all.
    let mut other = bo.subscriber(&server, ROOM).await;
    let first = other.chat(ROOM, &site.at("/calm")).await;
    assert_eq!(previewed(&mut other).await.id, first.id);
    let shared = greedy.chat(ROOM, &site.at("/calm")).await;
    assert_eq!(previewed(&mut other).await.id, shared.id);
    settled(&server).await;
    assert_eq!(site.asked().len(), burst + 2, "{:?}", site.asked());
}

#[tokio::test]
async fn a_room_that_was_archived_meanwhile_gets_no_previews() {
    let (server, site) = (Server::start_with(&FLAGS).await, news().await);
    let ada = server.register_owner("ada").await;
    ada.create_room(&server, "plans", false).await;
    let mut author = ada.subscriber(&server, "plans").await;
    let known = author.chat("plans", &site.at("/calm")).await;
    previewed(&mut author).await;
    let sent = author.chat("plans", &site.at("/held")).await;
    wait_for("the page", async {
        while !site.asked().contains(&"/held".to_owned()) {
            tokio::task::yield_now().await;
        }
    })
    .await;
    let archive = async |archived| {
        let update = UpdateRoom { archived: Some(archived), ..UpdateRoom::default() };
        room(ada.update_room(&server, "plans", update).await);
    };
    archive(true).await;
    site.release();
    settled(&server).await;
    archive(false).await;
    for message in author.page("plans").await {
        assert_eq!(message.link_previews.is_empty(), message.id != known.id, "{message:?}");
    }
    let resumed = ada.connect(&server).await.subscribe("plans", Some(sent.seq)).await;
    let is_preview = |event: &LoggedEvent| matches!(event.0, Event::ChatPreviewed(_));
    assert!(!resumed.events.iter().any(is_preview), "{:?}", resumed.events);
}
