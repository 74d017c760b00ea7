//! Images: their size, their previews, and what is removed from them.

use std::io::Cursor;

use image::{ImageFormat, Rgb, RgbImage};
use protocol::{File, FileId, http::UploadedFile};
use reqwest::{Response, StatusCode};
use uuid::Uuid;

use crate::support::{Server, TestUser, chat_with, png, wait_for};

const ROOM: &str = "general";
/// A text in the metadata of a photograph.
const SECRET: &[u8] = b"52.5200N 13.4050E";

/// A photograph that is stored lying and shown upright.
fn photograph(width: u32, height: u32) -> Vec<u8> {
    let image = RgbImage::from_pixel(width, height, Rgb([30, 160, 90]));
    let mut jpeg = Cursor::new(Vec::new());
    image.write_to(&mut jpeg, ImageFormat::Jpeg).unwrap();
    let mut jpeg = jpeg.into_inner();
    let exif =
        [&b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"[..], SECRET]
            .concat();
    let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
    jpeg.splice(2..2, [&[0xff, 0xe1][..], &length, &exif].concat());
    jpeg
}

async fn preview_of(server: &Server, user: &TestUser, file: &File) -> Response {
    let path = file.preview.as_deref().unwrap();
    wait_for("the preview", async {
        loop {
            let response = user.open(server, path, &[]).await;
            if response.status() != StatusCode::NOT_FOUND {
                return response;
            }
            tokio::task::yield_now().await;
        }
    })
    .await
}

fn has_secret(bytes: &[u8]) -> bool {
    bytes.windows(SECRET.len()).any(|part| part == SECRET)
}

#[tokio::test]
async fn a_photograph_has_a_size_a_preview_and_no_metadata() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let original = photograph(1600, 800);
    assert!(has_secret(&original));
    let file = ada.send_file(&server, "a.jpg", &original).await;
    assert_eq!((file.width, file.height), (Some(800), Some(1600)), "as it is shown");
    let stored = ada.open(&server, &file.url, &[]).await.bytes().await.unwrap();
    assert_eq!(stored.len() as u64, file.size);
    assert!(!has_secret(&stored));
    let pixels = |bytes: &[u8]| image::load_from_memory(bytes).unwrap().to_rgb8();
    assert_eq!(pixels(&stored), pixels(&original));

    let preview = preview_of(&server, &ada, &file).await;
    assert_eq!(preview.status(), StatusCode::OK);
    let headers = preview.headers().clone();
    assert_eq!(headers["content-type"], "image/jpeg");
    assert_eq!(headers["cache-control"], "private, no-cache");
    let bytes = preview.bytes().await.unwrap();
    assert!(!has_secret(&bytes));
    assert_eq!(pixels(&bytes).dimensions(), (720, 1440));
    let tag = headers["etag"].to_str().unwrap();
    let path = file.preview.as_deref().unwrap();
    let same = ada.open(&server, path, &[("If-None-Match", tag)]).await;
    assert_eq!(same.status(), StatusCode::NOT_MODIFIED);

    // It is for those who may see the file.
    assert_eq!(bo.status(&server, path).await, StatusCode::NOT_FOUND);
    let mut socket = ada.connect(&server).await;
    let sent = socket.say(chat_with(ROOM, "", &[&file])).await.unwrap();
    assert_eq!(bo.status(&server, path).await, StatusCode::OK);
    let delete = protocol::ChatDelete { room: Some(ROOM.into()), id: sent.id, op: None };
    socket.ask(protocol::Request::ChatDelete(delete)).await.unwrap();
    assert_eq!(bo.status(&server, path).await, StatusCode::NOT_FOUND);
    server.app.files.sweep().await.unwrap();
    assert_eq!(server.stored_files(), 0);
}

#[tokio::test]
async fn metadata_stay_where_the_setting_is_off() {
    let server = Server::start_with(&["--rate-limit=off", "--remove-metadata=off"]).await;
    let ada = server.register_owner("ada").await;
    let original = photograph(40, 20);
    let file = ada.send_file(&server, "a.jpg", &original).await;
    let stored = ada.open(&server, &file.url, &[]).await.bytes().await.unwrap();
    assert_eq!(stored, original);
    let preview = preview_of(&server, &ada, &file).await.bytes().await.unwrap();
    assert!(!has_secret(&preview), "a preview never has any");
}

#[tokio::test]
async fn what_cannot_be_decoded_has_no_preview() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    // A broken image looks like one until it is decoded.
    let whole = png(300, 300);
    let broken = ada.send_file(&server, "a.png", &whole[..whole.len() - 30]).await;
    assert_eq!((broken.width, broken.height), (Some(300), Some(300)));
    assert_eq!(ada.status(&server, &broken.url).await, StatusCode::OK);
    let after = ada.send_file(&server, "b.png", &whole).await;
    assert_eq!(preview_of(&server, &ada, &after).await.status(), StatusCode::OK);
    let path = format!("/api/files/{}", broken.id);
    let (_, now) = ada.get(&server, &path).await;
    assert_eq!(now["file"]["preview"], serde_json::Value::Null, "it was tried");
    assert_eq!(ada.status(&server, &format!("/previews/{}", broken.id)).await, 404);

    // A head that claims a huge image: 139 KB of zeros could be 144 megapixels.
    let mut huge = whole.clone();
    huge[16..20].copy_from_slice(&60_000_u32.to_be_bytes());
    huge[20..24].copy_from_slice(&60_000_u32.to_be_bytes());
    for bytes in [&huge[..], b"GIF89a", b"\xff\xd8\xff\xe1\xff\xff", b"<svg width='9' height='9'/>"]
    {
        let file = ada.send_file(&server, "a", bytes).await;
        assert_eq!((file.width, file.preview), (None, None), "{}", file.media_type);
        let stored = ada.open(&server, &file.url, &[]).await.bytes().await.unwrap();
        assert_eq!(stored, bytes, "it is stored as it is");
    }
    let path = format!("/previews/{}", after.id);
    let anonymous = server.get(&path).send().await.unwrap();
    assert_eq!(anonymous.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_preview_that_was_due_is_made_after_a_restart() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let file = ada.send_file(&server, "a.png", &png(20, 20)).await;
    preview_of(&server, &ada, &file).await;
    // As if the process had been killed right after it stored another file.
    let due = FileId(Uuid::from_u128(file.id.0.as_u128() ^ 1));
    let path =
        |id: FileId| server.data().join(format!("files/{:02x}/{}", id.0.as_bytes()[15], id.0));
    std::fs::create_dir_all(path(due).parent().unwrap()).unwrap();
    std::fs::copy(path(file.id), path(due)).unwrap();
    server.sql(&format!(
        "INSERT INTO files (id, user_id, position, name, media_type, size, width, height, preview,
             attempts, created_at)
         SELECT {}, user_id, 0, name, media_type, size, width, height, 'due', 1, created_at
         FROM files",
        server.id_literal(due.0)
    ));
    let server = server.restart().await;
    let (_, due) = ada.get(&server, &format!("/api/files/{due}")).await;
    let due: UploadedFile = serde_json::from_value(due).unwrap();
    assert_eq!(preview_of(&server, &ada, &due.file).await.status(), StatusCode::OK);
}
