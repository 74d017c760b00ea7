//! Single messages, and permanent links to them.

use protocol::{Message, MessageId, http::NewRoom};
use reqwest::{StatusCode, header};
use uuid::Uuid;

use crate::{
    support::{PASSWORD, Server, TestUser},
    threads::delete,
};

async fn page(server: &Server, user: &TestUser, path: &str) -> reqwest::Response {
    let cookie = format!("banter_session={}", user.token);
    server.get(path).header(header::COOKIE, cookie).send().await.unwrap()
}

fn location(response: &reqwest::Response) -> String {
    response.headers()[header::LOCATION].to_str().unwrap().to_owned()
}

async fn message(server: &Server, user: &TestUser, id: MessageId) -> Result<Message, StatusCode> {
    let path = format!("/api/messages/{}", id.0);
    let response = server.get(&path).bearer_auth(&user.token).send().await.unwrap();
    if response.status().is_success() {
        Ok(response.json().await.unwrap())
    } else {
        Err(response.status())
    }
}

/// Returns the parts of a page that are marked as the place to which a link led.
fn marked(html: &str) -> Vec<&str> {
    let items = html.split("<li").filter(|item| item.contains("aria-current=\"true\""));
    items.collect()
}

#[tokio::test]
async fn a_message_is_there_for_those_who_see_its_room() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let new = NewRoom { name: "Secret".into(), slug: Some("secret".into()), private: true };
    server.post("/api/rooms").bearer_auth(&ada.token).json(&new).send().await.unwrap();
    let mut socket = ada.connect(&server).await;
    let open = socket.chat("general", "for all").await.id;
    let hidden = socket.chat("secret", "for few").await.id;
    let reply = socket.reply_in("general", open, "a reply").await.id;
    assert_eq!(message(&server, &bo, open).await.unwrap().replies.unwrap().count, 1);
    assert_eq!(message(&server, &bo, reply).await.unwrap().thread, Some(open));
    assert_eq!(message(&server, &ada, hidden).await.unwrap().text.as_deref(), Some("for few"));
    assert_eq!(message(&server, &bo, hidden).await, Err(StatusCode::NOT_FOUND));
    let nowhere = MessageId(Uuid::new_v4());
    assert_eq!(message(&server, &bo, nowhere).await, Err(StatusCode::NOT_FOUND));
    let wrong = server.get("/api/messages/x").bearer_auth(&bo.token).send().await.unwrap();
    assert_eq!(wrong.status(), StatusCode::NOT_FOUND);
    socket.request(&delete(open)).await;
    let gone = message(&server, &bo, open).await.unwrap();
    assert_eq!((gone.deleted, gone.text), (true, None));
    for (id, status) in [(hidden.0, StatusCode::NOT_FOUND), (open.0, StatusCode::SEE_OTHER)] {
        assert_eq!(page(&server, &bo, &format!("/m/{id}")).await.status(), status);
    }
}

#[tokio::test]
async fn a_link_opens_the_room_at_the_message_and_reads_nothing() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let mut author = ada.connect(&server).await;
    let first = author.chat("general", "the first of many").await;
    let reply = author.reply_in("general", first.id, "said in the thread alone").await;
    for number in 0..70 {
        author.chat("general", &format!("message {number}")).await;
    }
    let newest = author.chat("general", "the newest of all").await;
    let before = bo.connect(&server).await.room("general").await;
    for (id, text, other) in [
        (first.id, "the first of many", "message 3"),
        (reply.id, "said in the thread alone", "the first of many"),
        (newest.id, "the newest of all", "message 69"),
    ] {
        let link = page(&server, &bo, &format!("/m/{}", id.0)).await;
        assert_eq!(link.status(), StatusCode::SEE_OTHER);
        let to = location(&link);
        let (path, anchor) = to.split_once('#').unwrap();
        assert!(path.starts_with("/rooms/general?at="), "{path}");
        let html = page(&server, &bo, path).await.text().await.unwrap();
        let marked = marked(&html);
        assert_eq!(marked.len(), 1, "{path}");
        assert!(marked[0].contains(text) && marked[0].contains(&format!("id=\"{anchor}\"")));
        assert!(html.contains(other), "the message stands in its context");
    }
    let plain = page(&server, &bo, "/rooms/general").await.text().await.unwrap();
    assert!(marked(&plain).is_empty() && !plain.contains("said in the thread alone"));
    for odd in ["?at=x", "?at=99999", "?at=2&thread=x", "?at=1&thread=", "?thread=x"] {
        let page = page(&server, &bo, &format!("/rooms/general{odd}")).await;
        assert_eq!(page.status(), StatusCode::OK, "{odd}");
    }
    assert_eq!(bo.connect(&server).await.room("general").await, before);
}

#[tokio::test]
async fn who_is_signed_out_comes_to_the_message_after_signing_in() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let id = ada.connect(&server).await.chat("general", "a message").await.id;
    let path = format!("/m/{}", id.0);
    let signed_out = server.get(&path).send().await.unwrap();
    assert_eq!(signed_out.status(), StatusCode::SEE_OTHER);
    let sign_in = location(&signed_out);
    assert!(sign_in.starts_with("/sign-in?next=%2Fm%2F"), "{sign_in}");
    let form = [("username", "ada"), ("password", PASSWORD), ("next", &path)];
    let signed_in = server
        .post("/sign-in")
        .header(header::ORIGIN, server.origin())
        .form(&form)
        .send()
        .await
        .unwrap();
    assert_eq!(location(&signed_in), path);
}
