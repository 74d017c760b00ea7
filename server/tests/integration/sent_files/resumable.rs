//! Resumable uploads: tus 1.0.

use protocol::{File, http::UploadedFile};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::support::{Server, TestUser, chat_with, wait_for};

const ROOM: &str = "general";
const PATH: &str = "/api/uploads";

fn header(response: &Response, name: &str) -> String {
    let value = response.headers().get(name).map(|value| value.to_str().unwrap());
    value.unwrap_or_default().to_owned()
}

fn request(server: &Server, user: &TestUser, method: Method, path: &str) -> RequestBuilder {
    server.request(method, path).bearer_auth(&user.token).header("Tus-Resumable", "1.0.0")
}

async fn create(server: &Server, user: &TestUser, length: usize) -> Response {
    // `notes.txt`, and `text` as its description
    let request = request(server, user, Method::POST, PATH).header("Upload-Length", length).header(
        "Upload-Metadata",
        "filename bm90ZXMudHh0,filetype dGV4dC9wbGFpbg==,description dGV4dA==,is_draft",
    );
    request.send().await.unwrap()
}

/// Begins an upload. Returns its address.
async fn begin(server: &Server, user: &TestUser, length: usize) -> String {
    let response = create(server, user, length).await;
    assert_eq!(response.status(), StatusCode::CREATED);
    assert_eq!(header(&response, "tus-resumable"), "1.0.0");
    assert!(header(&response, "upload-expires").ends_with(" GMT"));
    header(&response, "location")
}

fn patch(
    server: &Server,
    user: &TestUser,
    path: &str,
    offset: usize,
    bytes: &[u8],
) -> RequestBuilder {
    request(server, user, Method::PATCH, path)
        .header("Upload-Offset", offset)
        .header("Content-Type", "application/offset+octet-stream")
        .body(bytes.to_vec())
}

async fn append(
    server: &Server,
    user: &TestUser,
    path: &str,
    offset: usize,
    bytes: &[u8],
) -> (StatusCode, String) {
    let response = patch(server, user, path, offset, bytes).send().await.unwrap();
    (response.status(), header(&response, "upload-offset"))
}

async fn offset(server: &Server, user: &TestUser, path: &str) -> String {
    let response = request(server, user, Method::HEAD, path).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(header(&response, "cache-control"), "no-store");
    header(&response, "upload-offset")
}

async fn file(server: &Server, user: &TestUser, id: &str) -> File {
    let (status, body) = user.get(server, &format!("/api/files/{id}")).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    serde_json::from_value::<UploadedFile>(body).unwrap().file
}

#[tokio::test]
async fn an_upload_goes_on_where_it_was_interrupted() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let path = begin(&server, &ada, 11).await;
    assert_eq!(
        append(&server, &ada, &path, 0, b"some ").await,
        (StatusCode::NO_CONTENT, "5".into())
    );
    // Each part is stored: any node can go on, also after a restart.
    let server = server.restart().await;
    assert_eq!(offset(&server, &ada, &path).await, "5");
    assert_eq!(append(&server, &ada, &path, 4, b"words!").await.0, StatusCode::CONFLICT);
    let last = patch(&server, &ada, &path, 5, b"words\n").send().await.unwrap();
    assert_eq!(
        (last.status(), header(&last, "upload-offset")),
        (StatusCode::NO_CONTENT, "11".into())
    );
    let id = header(&last, "banter-file");
    let sent = file(&server, &ada, &id).await;
    assert_eq!((sent.name.as_str(), sent.size), ("notes.txt", 11));
    assert_eq!(
        (sent.media_type.as_str(), sent.description.as_deref()),
        ("text/plain", Some("text"))
    );
    let bytes = ada.open(&server, &sent.url, &[]).await.bytes().await.unwrap();
    assert_eq!(bytes, &b"some words\n"[..]);
    assert_eq!(server.stored_files(), 1, "no part is left");
    // A client that did not get the answer asks again.
    let head = request(&server, &ada, Method::HEAD, &path).send().await.unwrap();
    assert_eq!(header(&head, "banter-file"), id);
    assert_eq!(
        (header(&head, "upload-offset"), header(&head, "upload-length")),
        ("11".into(), "11".into())
    );
    let again = patch(&server, &ada, &path, 11, b"").send().await.unwrap();
    assert_eq!((again.status(), header(&again, "banter-file")), (StatusCode::NO_CONTENT, id));
    let mut socket = ada.connect(&server).await;
    socket.say(chat_with(ROOM, "", &[&sent])).await.unwrap();
}

#[tokio::test]
async fn what_arrived_before_an_interruption_is_kept() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let path = begin(&server, &ada, 30_000_000).await;
    let mut stream = tokio::net::TcpStream::connect(server.address).await.unwrap();
    let head = format!(
        "PATCH {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nTus-Resumable: 1.0.0\r\n\
         Content-Type: application/offset+octet-stream\r\nUpload-Offset: 0\r\n\
         Content-Length: 30000000\r\n\r\n",
        server.address, ada.token
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let content: Vec<u8> = (0..30_000_000_u32).map(|number| (number % 251) as u8).collect();
    stream.write_all(&content[..10_000_000]).await.unwrap();
    // The first part is stored while the rest is on its way. Nobody else appends meanwhile.
    wait_for("a part to be stored", async {
        while offset(&server, &ada, &path).await == "0" {
            tokio::task::yield_now().await;
        }
    })
    .await;
    let busy = patch(&server, &ada, &path, 0, b"x").send().await.unwrap();
    assert_eq!((busy.status(), header(&busy, "retry-after")), (StatusCode::LOCKED, "2".into()));
    drop(stream);
    wait_for("the rest to be stored", async {
        while offset(&server, &ada, &path).await != "10000000" {
            tokio::task::yield_now().await;
        }
    })
    .await;
    let rest = wait_for("the lock to end", async {
        loop {
            let rest = patch(&server, &ada, &path, 10_000_000, &content[10_000_000..]);
            let rest = rest.send().await.unwrap();
            if rest.status() != StatusCode::LOCKED {
                return rest;
            }
        }
    })
    .await;
    assert_eq!(rest.status(), StatusCode::NO_CONTENT);
    let sent = file(&server, &ada, &header(&rest, "banter-file")).await;
    let bytes = ada.open(&server, &sent.url, &[]).await.bytes().await.unwrap();
    assert!(bytes == content, "the parts are put together in order");
    assert_eq!(server.stored_files(), 1);
}

#[tokio::test]
async fn uploads_of_others_are_not_found() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let path = begin(&server, &ada, 5).await;
    for (method, status) in
        [(Method::HEAD, StatusCode::NOT_FOUND), (Method::DELETE, StatusCode::NOT_FOUND)]
    {
        let response = request(&server, &bo, method.clone(), &path).send().await.unwrap();
        assert_eq!(response.status(), status, "{method}");
    }
    assert_eq!(append(&server, &bo, &path, 0, b"words").await.0, StatusCode::NOT_FOUND);
    let anonymous = server.request(Method::HEAD, &path).header("Tus-Resumable", "1.0.0");
    assert_eq!(anonymous.send().await.unwrap().status(), StatusCode::UNAUTHORIZED);
    assert_eq!(append(&server, &ada, &path, 0, b"words").await.0, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn requests_that_break_the_protocol_are_refused() {
    let server = Server::start_with(&["--rate-limit=off", "--max-file=1k"]).await;
    let ada = server.register_owner("ada").await;
    let options = server.request(Method::OPTIONS, PATH).send().await.unwrap();
    assert_eq!(options.status(), StatusCode::NO_CONTENT);
    for (name, value) in [
        ("tus-version", "1.0.0"),
        ("tus-resumable", "1.0.0"),
        ("tus-max-size", "1000"),
        ("tus-extension", "creation,termination,expiration"),
    ] {
        assert_eq!(header(&options, name), value);
    }
    let post = || server.post(PATH).bearer_auth(&ada.token);
    let current = || post().header("Tus-Resumable", "1.0.0");
    for (request, status) in [
        (post().header("Upload-Length", "1"), StatusCode::PRECONDITION_FAILED),
        (
            post().header("Tus-Resumable", "0.2.2").header("Upload-Length", "1"),
            StatusCode::PRECONDITION_FAILED,
        ),
        (current(), StatusCode::BAD_REQUEST),
        (current().header("Upload-Defer-Length", "1"), StatusCode::BAD_REQUEST),
        (current().header("Upload-Length", "-1"), StatusCode::BAD_REQUEST),
        (current().header("Upload-Length", "1001"), StatusCode::PAYLOAD_TOO_LARGE),
        (current().header("Upload-Length", "9".repeat(30)), StatusCode::PAYLOAD_TOO_LARGE),
        (
            current().header("Upload-Length", "1").header("Upload-Metadata", "filename ?"),
            StatusCode::BAD_REQUEST,
        ),
    ] {
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), status, "{response:?}");
        assert_eq!(header(&response, "tus-resumable"), "1.0.0");
        let names_version = status == StatusCode::PRECONDITION_FAILED;
        assert_eq!(header(&response, "tus-version") == "1.0.0", names_version);
    }
    let path = begin(&server, &ada, 5).await;
    let kind = request(&server, &ada, Method::PATCH, &path).header("Upload-Offset", "0");
    assert_eq!(
        kind.body("words").send().await.unwrap().status(),
        StatusCode::UNSUPPORTED_MEDIA_TYPE
    );
    let nowhere = request(&server, &ada, Method::PATCH, &path)
        .header("Content-Type", "application/offset+octet-stream");
    assert_eq!(nowhere.body("words").send().await.unwrap().status(), StatusCode::BAD_REQUEST);
    assert_eq!(append(&server, &ada, &path, 0, b"words!").await.0, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(offset(&server, &ada, &path).await, "0");
    // Some clients can send no PATCH.
    let post = request(&server, &ada, Method::POST, &path)
        .header("X-HTTP-Method-Override", "PATCH")
        .header("Upload-Offset", "0")
        .header("Content-Type", "application/offset+octet-stream");
    assert_eq!(post.body("words").send().await.unwrap().status(), StatusCode::NO_CONTENT);
    let other = request(&server, &ada, Method::POST, &path).send().await.unwrap();
    assert_eq!(other.status(), StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn an_empty_file_is_there_at_once() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let response = create(&server, &ada, 0).await;
    assert_eq!(response.status(), StatusCode::CREATED);
    let sent = file(&server, &ada, &header(&response, "banter-file")).await;
    assert_eq!(sent.size, 0);
}

#[tokio::test]
async fn an_upload_that_is_ended_or_expires_leaves_nothing_behind() {
    let server = Server::start_with(&["--rate-limit=off", "--max-storage=1k"]).await;
    let ada = server.register_owner("ada").await;
    let mut socket = ada.connect(&server).await;
    let ended = begin(&server, &ada, 600).await;
    append(&server, &ada, &ended, 0, &[7; 100]).await;
    let full = create(&server, &ada, 600).await.status();
    assert_eq!(full, StatusCode::INSUFFICIENT_STORAGE, "it counts with its length");
    let end = |path: String| request(&server, &ada, Method::DELETE, &path).send();
    assert_eq!(end(ended.clone()).await.unwrap().status(), StatusCode::NO_CONTENT);
    assert_eq!(end(ended.clone()).await.unwrap().status(), StatusCode::NOT_FOUND);
    assert_eq!(append(&server, &ada, &ended, 100, &[7; 500]).await.0, StatusCode::NOT_FOUND);

    let expired = begin(&server, &ada, 600).await;
    append(&server, &ada, &expired, 0, &[7; 100]).await;
    server.app.files.sweep().await.unwrap();
    assert_eq!(server.stored_files(), 1);
    server.sql("UPDATE uploads SET expires_at = 1");
    let gone = request(&server, &ada, Method::HEAD, &expired).send().await.unwrap();
    assert_eq!(gone.status(), StatusCode::NOT_FOUND);
    server.app.files.sweep().await.unwrap();
    assert_eq!(server.stored_files(), 0);

    // What a message has stays.
    let whole = begin(&server, &ada, 3).await;
    let last = patch(&server, &ada, &whole, 0, b"abc").send().await.unwrap();
    let taken = file(&server, &ada, &header(&last, "banter-file")).await;
    socket.say(chat_with(ROOM, "", &[&taken])).await.unwrap();
    assert_eq!(end(whole).await.unwrap().status(), StatusCode::NO_CONTENT);
    let free = begin(&server, &ada, 3).await;
    let last = patch(&server, &ada, &free, 0, b"abc").send().await.unwrap();
    let removed = file(&server, &ada, &header(&last, "banter-file")).await;
    assert_eq!(end(free).await.unwrap().status(), StatusCode::NO_CONTENT);
    server.app.files.sweep().await.unwrap();
    assert_eq!(ada.status(&server, &taken.url).await, StatusCode::OK);
    assert_eq!(ada.status(&server, &removed.url).await, StatusCode::NOT_FOUND);
    assert_eq!(server.stored_files(), 1);
}

#[tokio::test]
async fn the_bytes_of_an_upload_that_is_ended_are_removed_at_once() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    // If each round waited for a sweep, all would take too long.
    let rounds = async {
        for _ in 0..5 {
            let path = begin(&server, &ada, 600).await;
            append(&server, &ada, &path, 0, &[7; 100]).await;
            let end = request(&server, &ada, Method::DELETE, &path).send().await.unwrap();
            assert_eq!(end.status(), StatusCode::NO_CONTENT);
            while server.stored_files() > 0 {
                tokio::time::sleep(std::time::Duration::from_millis(1)).await;
            }
        }
    };
    wait_for("the bytes to be removed", rounds).await;
}

#[tokio::test]
async fn a_slow_upload_does_not_keep_the_server_from_ending() {
    /// More than the buffers of a connection hold: what is written was read, but for those.
    const SENT: usize = 24_000_000;
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let path = begin(&server, &ada, 40_000_000).await;
    let mut stream = tokio::net::TcpStream::connect(server.address).await.unwrap();
    let head = format!(
        "PATCH {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nTus-Resumable: 1.0.0\r\n\
         Content-Type: application/offset+octet-stream\r\nUpload-Offset: 0\r\n\
         Content-Length: 40000000\r\n\r\n",
        server.address, ada.token
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    wait_for("the upload to be locked", async {
        while append(&server, &ada, &path, 1, b"x").await.0 != StatusCode::LOCKED {
            tokio::task::yield_now().await;
        }
    })
    .await;
    stream.write_all(&vec![b'x'; SENT]).await.unwrap();
    let server = server.restart().await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    assert!(answer.starts_with(b"HTTP/1.1 503"), "{}", String::from_utf8_lossy(&answer));
    let kept: usize = offset(&server, &ada, &path).await.parse().unwrap();
    assert!((1..=SENT).contains(&kept), "what arrived is kept: {kept}");
}

#[tokio::test]
async fn a_client_that_leaves_while_its_file_is_put_together_leaves_no_lock() {
    const LENGTH: usize = 40_000_000;
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let path = begin(&server, &ada, LENGTH + 1).await;
    append(&server, &ada, &path, 0, &vec![7; LENGTH]).await;
    // All is there, but not put together, as after a failure of the storage.
    server.sql(&format!("UPDATE uploads SET length = {LENGTH}"));
    let mut stream = tokio::net::TcpStream::connect(server.address).await.unwrap();
    let head = format!(
        "HEAD {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\n\
         Tus-Resumable: 1.0.0\r\n\r\n",
        server.address, ada.token
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    wait_for("the file to be put together", async {
        while append(&server, &ada, &path, 1, b"x").await.0 == StatusCode::CONFLICT {
            tokio::task::yield_now().await;
        }
    })
    .await;
    drop(stream);
    let done = wait_for("the file", async {
        loop {
            let head = request(&server, &ada, Method::HEAD, &path).send().await.unwrap();
            if head.status() != StatusCode::LOCKED {
                return head;
            }
        }
    })
    .await;
    assert_eq!(file(&server, &ada, &header(&done, "banter-file")).await.size, LENGTH as u64);
}

#[tokio::test]
async fn parts_of_single_bytes_are_limited() {
    let server = Server::start_with(&[]).await;
    let ada = server.register_owner("ada").await;
    let path = begin(&server, &ada, 1000).await;
    let mut sent = 0;
    let refused = loop {
        let response = patch(&server, &ada, &path, sent, b"x").send().await.unwrap();
        if response.status() != StatusCode::NO_CONTENT {
            break response;
        }
        sent += 1;
        assert!(sent < 500, "there is no limit");
    };
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(!header(&refused, "retry-after").is_empty());
    assert!(sent >= 100, "{sent}");
    assert_eq!(offset(&server, &ada, &path).await, sent.to_string());
}
