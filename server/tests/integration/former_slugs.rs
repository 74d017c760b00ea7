//! The former addresses of rooms lead to them for 90 days.

use protocol::{ErrorCode, Request, Resume, ResumeRoom, http::NewRoom, http::UpdateRoom};
use reqwest::{Method, StatusCode, header};

use crate::support::{Server, TestUser, rooms::room};

fn slug(slug: &str) -> UpdateRoom {
    UpdateRoom { slug: Some(slug.into()), ..UpdateRoom::default() }
}

async fn create(server: &Server, by: &TestUser, slug: &str) -> StatusCode {
    let new = NewRoom { name: "Another".into(), slug: Some(slug.into()), private: false };
    by.call(server, Method::POST, "/api/rooms", Some(&new)).await.0
}

#[tokio::test]
async fn a_former_address_leads_on() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let made = bo.create_room(&server, "old", false).await;
    room(bo.update_room(&server, "old", slug("new")).await);
    let cookie = format!("banter_session={}", ada.token);
    let page = server.get("/rooms/old?at=3").header(header::COOKIE, &cookie).send().await.unwrap();
    assert_eq!(page.status(), StatusCode::SEE_OTHER);
    assert_eq!(page.headers()[header::LOCATION], "/rooms/new?at=3");
    let form = server.post("/rooms/old/messages").header(header::COOKIE, &cookie);
    let form = form.header(header::ORIGIN, server.origin()).form(&[("text", "by form")]);
    assert_eq!(form.send().await.unwrap().status(), StatusCode::SEE_OTHER);
    assert_eq!(room(ada.get(&server, "/api/rooms/old").await).1.id, made.id);
    let (status, page) = ada.get(&server, "/api/rooms/old/messages").await;
    assert_eq!((status, page["messages"][0]["text"].as_str()), (StatusCode::OK, Some("by form")));

    let mut socket = ada.connect(&server).await;
    assert_eq!(socket.subscribe("old", None).await.room, made.id);
    assert_eq!(socket.chat("old", "by name").await.room, made.id);
    let rooms = vec![ResumeRoom { room: "old".into(), since: Some(0) }];
    let resumed = socket.request(&Request::Resume(Resume { epoch: None, rooms, join: None })).await;
    assert!(format!("{resumed:?}").contains(&made.id.to_string()), "{resumed:?}");
    for request in ["history", "members", "unsubscribe"] {
        let text = format!(
            r#"{{"type":"{request}","payload":{{"room":"old"}},"request_id":"{request}"}}"#
        );
        socket.send_text(text).await;
        assert_eq!(socket.reply(request).await.name(), format!("{request}_response"));
    }
    let ticket = ada.ticket(&server).await;
    let mut at_room = server.connect(&format!("/ws/old?ticket={ticket}"), &[]).await.unwrap();
    assert_eq!(at_room.welcome().await.default_room.unwrap().room, made.id);

    // The time of the former address is over.
    server.sql("UPDATE former_slugs SET until = 1");
    let page = server.get("/rooms/old").header(header::COOKIE, &cookie).send().await.unwrap();
    assert_eq!(page.status(), StatusCode::NOT_FOUND);
    let chat = r#"{"type":"chat","payload":{"room":"old","text":"x"}}"#;
    assert_eq!(socket.refused(chat).await.code, ErrorCode::NotFound);
    assert_eq!(create(&server, &ada, "old").await, StatusCode::CREATED);
}

#[tokio::test]
async fn only_a_manager_takes_a_former_address() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let [bo, cy] = [server.join("bo", &ada).await, server.join("cy", &ada).await];
    let made = bo.create_room(&server, "old", true).await;
    room(bo.update_room(&server, "old", slug("newer")).await);
    room(bo.update_room(&server, "newer", slug("newest")).await);
    for user in [&ada, &cy] {
        assert_eq!(create(&server, user, "old").await, StatusCode::CONFLICT);
        assert_eq!(create(&server, user, "newest").await, StatusCode::CONFLICT);
    }
    let like = NewRoom { name: "Old".into(), slug: None, private: false };
    let (_, other) = room(cy.call(&server, Method::POST, "/api/rooms", Some(&like)).await);
    assert_eq!(other.slug, "old-2", "a former address is given to nobody else");
    assert_eq!(cy.update_room(&server, "old-2", slug("newer")).await.0, StatusCode::CONFLICT);
    // It goes back to its room, and the address before it leads on.
    assert_eq!(room(bo.update_room(&server, "newest", slug("old")).await).1.id, made.id);
    for name in ["old", "newer", "newest"] {
        assert_eq!(room(bo.get(&server, &format!("/api/rooms/{name}")).await).1.id, made.id);
    }
    // Who manages the room gives one of them to another room.
    assert_eq!(create(&server, &bo, "newer").await, StatusCode::CREATED);
    assert_ne!(room(bo.get(&server, "/api/rooms/newer").await).1.id, made.id);
    for user in [&ada, &cy] {
        assert_eq!(user.get(&server, "/api/rooms/newest").await.0, StatusCode::NOT_FOUND);
    }
}
