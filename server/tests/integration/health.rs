//! What `GET /api/health` tells the owner and admins.

use std::time::Duration;

use protocol::http::{Health, RedisHealth, StoreKind};
use reqwest::StatusCode;

use crate::{
    cluster::two_nodes,
    support::{Server, TestUser, wait_for},
};

async fn health(server: &Server, user: &TestUser) -> Health {
    let (status, body) = user.get(server, "/api/health").await;
    assert_eq!(status, StatusCode::OK);
    serde_json::from_value(body).unwrap()
}

#[tokio::test]
async fn the_owner_sees_sizes_and_counts_and_a_member_nothing() {
    let server = Server::start_with(&["--max-storage=5M"]).await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let cy = server.join("cy", &ada).await;
    let first = health(&server, &ada).await;
    assert_eq!((first.users, first.users_here, first.connections), (3, 0, 0));
    assert_eq!((first.files.bytes, first.files.limit), (0, Some(5_000_000)));
    assert!(first.redis.is_none() && first.store.bytes > 10_000, "{first:?}");
    let on_postgres = std::env::var("BANTER_TEST_DATABASE_URL").is_ok_and(|url| !url.is_empty());
    let kind = if on_postgres { StoreKind::Postgresql } else { StoreKind::Sqlite };
    assert_eq!(first.store.kind, kind);
    let disk = first.disk.unwrap();
    assert!(disk.free > 0 && disk.free <= disk.size, "{disk:?}");

    let _sockets = [bo.connect(&server).await, bo.connect(&server).await];
    ada.ban(&server, "cy").await;
    bo.send_file(&server, "notes.txt", &[b'x'; 1_000]).await;
    let then = health(&server, &ada).await;
    assert_eq!((then.users, then.users_here, then.connections), (2, 1, 2));
    assert_eq!((then.files.bytes, then.started_at), (1_000, first.started_at));
    assert_eq!(bo.get(&server, "/api/health").await.0, StatusCode::FORBIDDEN);
    assert_eq!(cy.get(&server, "/api/health").await.0, StatusCode::UNAUTHORIZED);
    let signed_out = server.get("/api/health").send().await.unwrap();
    assert_eq!(signed_out.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn people_are_counted_on_all_nodes_and_the_loss_of_redis_is_told() {
    let (one, other, redis) = two_nodes(&[]).await;
    let ada = one.register_owner("ada").await;
    let bo = one.join("bo", &ada).await;
    let _sockets = [ada.connect(&one).await, ada.connect(&other).await, bo.connect(&other).await];
    wait_for("both users on each node", async {
        while health(&one, &ada).await.users_here != 2 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    let seen = health(&one, &ada).await;
    assert_eq!(seen.connections, 1, "those of the node that answers");
    assert_eq!(seen.redis, Some(RedisHealth { connected: true, nodes: 2 }));
    drop(redis);
    wait_for("the loss of Redis", async {
        while health(&one, &ada).await.redis.is_none_or(|redis| redis.connected) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
}
