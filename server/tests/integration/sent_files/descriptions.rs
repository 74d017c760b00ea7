//! Descriptions of files.

use protocol::{
    File,
    http::{UpdateRoom, UploadedFile},
};
use reqwest::StatusCode;

use super::message;
use crate::support::{Server, TestUser, chat_with, png};

const ROOM: &str = "general";

async fn describe(
    server: &Server,
    user: &TestUser,
    file: &File,
    text: &str,
) -> Result<File, (StatusCode, String)> {
    match user.describe(server, file, text).await {
        (StatusCode::OK, body) => Ok(serde_json::from_value::<UploadedFile>(body).unwrap().file),
        (status, body) => Err((status, body["detail"].to_string())),
    }
}

async fn page(server: &Server, user: &TestUser) -> String {
    let cookie = format!("banter_session={}", user.token);
    let page = server.get("/rooms/general").header("Cookie", cookie).send().await.unwrap();
    page.text().await.unwrap()
}

#[tokio::test]
async fn a_description_is_part_of_its_file_and_an_alternative_text() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let mut socket = ada.connect(&server).await;
    let mut reader = bo.subscriber(&server, ROOM).await;

    let request = server.post("/api/files").bearer_auth(&ada.token).body(png(20, 10));
    let named = [("name", "bay.png"), ("description", " A red\nboat ")];
    let sent = request.query(&named).send().await.unwrap();
    assert_eq!(sent.status(), StatusCode::CREATED);
    let file = sent.json::<UploadedFile>().await.unwrap().file;
    assert_eq!(file.description.as_deref(), Some("A red boat"));

    let other = describe(&server, &ada, &file, "A \"red\" <boat>").await.unwrap();
    assert_eq!(other.description.as_deref(), Some("A \"red\" <boat>"));
    assert_eq!(File { description: None, ..other.clone() }, File { description: None, ..file });
    let long = "x".repeat(1_001);
    for (text, rule) in [("a\u{202e}b", "invisible"), (&*long, "1000 characters")] {
        let (status, detail) = describe(&server, &ada, &other, text).await.unwrap_err();
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(detail.contains(rule), "{detail}");
    }
    let of_another = describe(&server, &bo, &other, "mine").await;
    assert_eq!(of_another.unwrap_err().0, StatusCode::NOT_FOUND);

    socket.say(chat_with(ROOM, "", &[&other])).await.unwrap();
    assert_eq!(message(&mut reader).await.files, std::slice::from_ref(&other));
    let html = page(&server, &bo).await;
    assert!(html.contains("alt=\"A &quot;red&quot; &lt;boat&gt;\""), "{html}");

    // It can be changed with the message, by its sender alone, as long as one can write there.
    let of_another = describe(&server, &bo, &other, "mine").await;
    assert_eq!(of_another.unwrap_err().0, StatusCode::NOT_FOUND);
    let gone = describe(&server, &ada, &other, "").await.unwrap();
    assert_eq!(gone.description, None);
    assert_eq!(reader.page(ROOM).await[0].files, [gone]);
    let html = page(&server, &bo).await;
    assert!(html.contains("alt=\"bay.png\""), "the name stands for it: {html}");

    ada.create_room(&server, "old", false).await;
    let file = ada.send_file(&server, "a.png", &png(20, 10)).await;
    socket.say(chat_with("old", "", &[&file])).await.unwrap();
    let archived = UpdateRoom { archived: Some(true), ..UpdateRoom::default() };
    ada.update_room(&server, "old", archived).await;
    let refused = describe(&server, &ada, &file, "late").await.unwrap_err();
    assert_eq!(refused.0, StatusCode::FORBIDDEN);
}
