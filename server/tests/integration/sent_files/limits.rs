//! What is refused, and what is left behind then.

use protocol::ErrorCode;
use reqwest::{StatusCode, header};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::support::{Server, chat_with, rooms::problem, wait_for};

const ROOM: &str = "general";

#[tokio::test]
async fn a_file_above_the_limit_is_refused() {
    let server = Server::start_with(&["--rate-limit=off", "--max-file=1k"]).await;
    let ada = server.register_owner("ada").await;
    ada.send_file(&server, "fits", &[7; 1000]).await;
    let answer = ada.send_bytes(&server, "too large", &[7; 1001]).await;
    assert_eq!(answer.0, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(problem(answer).0, ErrorCode::TooLarge);
    // Without a length, it is noticed on the way.
    let chunks = [vec![7; 600], vec![7; 600]].map(Ok::<_, std::io::Error>);
    let body = reqwest::Body::wrap_stream(futures_util::stream::iter(chunks));
    let request = server.post("/api/files?name=x").bearer_auth(&ada.token).body(body);
    assert_eq!(request.send().await.unwrap().status(), StatusCode::PAYLOAD_TOO_LARGE);
    server.app.files.sweep().await.unwrap();
    assert_eq!(server.stored_files(), 1);
}

#[tokio::test]
async fn all_files_together_have_a_limit() {
    let server = Server::start_with(&["--rate-limit=off", "--max-storage=2k"]).await;
    let ada = server.register_owner("ada").await;
    let mut socket = ada.connect(&server).await;
    let first = ada.send_file(&server, "first", &[7; 1500]).await;
    let answer = ada.send_bytes(&server, "second", &[7; 501]).await;
    assert_eq!(answer.0, StatusCode::INSUFFICIENT_STORAGE);
    assert_eq!(problem(answer).0, ErrorCode::StorageFull);
    let chunks = [vec![7; 400], vec![7; 101]].map(Ok::<_, std::io::Error>);
    let body = reqwest::Body::wrap_stream(futures_util::stream::iter(chunks));
    let request = server.post("/api/files").bearer_auth(&ada.token).body(body);
    assert_eq!(request.send().await.unwrap().status(), StatusCode::INSUFFICIENT_STORAGE);
    ada.send_file(&server, "second", &[7; 500]).await;
    assert_eq!(ada.send_bytes(&server, "third", &[7]).await.0, StatusCode::INSUFFICIENT_STORAGE);
    // What is deleted makes space at once.
    let sent = socket.say(chat_with(ROOM, "", &[&first])).await.unwrap();
    let delete = protocol::ChatDelete { room: Some(ROOM.into()), id: sent.id, op: None };
    socket.ask(protocol::Request::ChatDelete(delete)).await.unwrap();
    ada.send_file(&server, "third", &[7; 1500]).await;
}

#[tokio::test]
async fn the_files_of_each_user_have_a_limit() {
    let limits = ["--rate-limit=off", "--max-storage=4k", "--max-storage-per-user=2k"];
    let server = Server::start_with(&limits).await;
    let ada = server.register_owner("ada").await;
    let bob = server.join("bob", &ada).await;
    // An unfinished upload counts with its length.
    let tus = |request: reqwest::RequestBuilder| {
        request.bearer_auth(&ada.token).header("Tus-Resumable", "1.0.0")
    };
    let begin = |length: usize| tus(server.post("/api/uploads")).header("Upload-Length", length);
    let begun = begin(1500).send().await.unwrap();
    assert_eq!(begun.status(), StatusCode::CREATED);
    assert_eq!(begin(501).send().await.unwrap().status(), StatusCode::INSUFFICIENT_STORAGE);
    let answer = ada.send_bytes(&server, "second", &[7; 501]).await;
    assert_eq!(answer.0, StatusCode::INSUFFICIENT_STORAGE);
    let (code, detail) = problem(answer);
    assert_eq!(code, ErrorCode::StorageFull);
    assert!(detail.contains("Your files"), "it says whose limit it is: {detail}");
    // So does what arrives without a length.
    let chunks = [vec![7; 400], vec![7; 101]].map(Ok::<_, std::io::Error>);
    let body = reqwest::Body::wrap_stream(futures_util::stream::iter(chunks));
    let request = server.post("/api/files").bearer_auth(&ada.token).body(body);
    assert_eq!(request.send().await.unwrap().status(), StatusCode::INSUFFICIENT_STORAGE);
    ada.send_file(&server, "second", &[7; 500]).await;
    // Others have their own.
    bob.send_file(&server, "of bob", &[7; 2000]).await;
    // What is ended makes space at once.
    let path = begun.headers()["location"].to_str().unwrap().to_owned();
    let ended = tus(server.request(reqwest::Method::DELETE, &path)).send().await.unwrap();
    assert_eq!(ended.status(), StatusCode::NO_CONTENT);
    ada.send_file(&server, "third", &[7; 1500]).await;
}

#[tokio::test]
async fn a_file_of_unknown_length_counts_while_it_arrives() {
    let server = Server::start_with(&["--rate-limit=off", "--max-storage=9M"]).await;
    let ada = server.register_owner("ada").await;
    let (sender, chunks) = tokio::sync::mpsc::channel::<Vec<u8>>(1);
    let chunks = futures_util::stream::unfold(chunks, async |mut chunks| {
        let chunk = chunks.recv().await?;
        Some((Ok::<_, std::io::Error>(chunk), chunks))
    });
    let body = reqwest::Body::wrap_stream(chunks);
    let request = server.post("/api/files").bearer_auth(&ada.token).body(body);
    let sending = tokio::spawn(request.send());
    sender.send(vec![7; 1000]).await.unwrap();
    // It reserves little while it is small, so that there is space for 88 others or 89, not for 90.
    let mut others = 0;
    while ada.send_bytes(&server, "b", &[7; 100_000]).await.0 == StatusCode::CREATED {
        others += 1;
    }
    assert!((80..90).contains(&others), "{others}");
    // It ends as soon as it does not fit any more, long before its own end.
    let sent = async {
        while sender.send(vec![7; 100_000]).await.is_ok() {}
        sending.await.unwrap().unwrap()
    };
    let response = wait_for("the file to be refused", sent).await;
    assert_eq!(response.status(), StatusCode::INSUFFICIENT_STORAGE);
    // What fits exactly is taken.
    let half = (9_000_000 - others * 100_000) / 2;
    let chunks = vec![vec![7; half]; 2].into_iter().map(Ok::<_, std::io::Error>);
    let body = reqwest::Body::wrap_stream(futures_util::stream::iter(chunks));
    let request = server.post("/api/files").bearer_auth(&ada.token).body(body);
    assert_eq!(request.send().await.unwrap().status(), StatusCode::CREATED);
}

#[tokio::test]
async fn a_photograph_whose_metadata_cannot_be_removed_is_refused() {
    let broken = b"\xff\xd8\xff\xe1\xff\xffExif\0\0MM\0*52.5200N 13.4050E";
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let answer = ada.send_bytes(&server, "a.jpg", broken).await;
    assert_eq!(answer.0, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let (code, detail) = problem(answer);
    assert_eq!(code, ErrorCode::Unsupported);
    assert!(detail.contains("ZIP"), "it says what to do: {detail}");
    ada.send_file(&server, "a.jpg", b"\xff\xd8\xff\xe1\xff\xffonly broken").await;
    // A resumable upload ends with it.
    let tus = |request: reqwest::RequestBuilder| {
        request.bearer_auth(&ada.token).header("Tus-Resumable", "1.0.0")
    };
    let begun = tus(server.post("/api/uploads")).header("Upload-Length", broken.len());
    let begun = begun.send().await.unwrap();
    let path = begun.headers()["location"].to_str().unwrap().to_owned();
    let append = tus(server.request(reqwest::Method::PATCH, &path)).header("Upload-Offset", 0);
    let append = append.header("Content-Type", "application/offset+octet-stream");
    let append = append.body(broken.to_vec()).send().await.unwrap();
    assert_eq!(append.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let head = tus(server.request(reqwest::Method::HEAD, &path)).send().await.unwrap();
    assert_eq!(head.status(), StatusCode::NOT_FOUND);
    server.app.files.sweep().await.unwrap();
    assert_eq!(server.stored_files(), 1);
    // Where metadata stay, it is a file as any other.
    let server = Server::start_with(&["--rate-limit=off", "--remove-metadata=off"]).await;
    let ada = server.register_owner("ada").await;
    ada.send_file(&server, "a.jpg", broken).await;
}

#[tokio::test]
async fn what_is_no_file_of_a_user_is_refused() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let anonymous = server.post("/api/files").body("x").send().await.unwrap();
    assert_eq!(anonymous.status(), StatusCode::UNAUTHORIZED);
    let form = server.post("/api/files").bearer_auth(&ada.token);
    let form = form.header(header::CONTENT_TYPE, "multipart/form-data; boundary=x").body("--x--");
    let response = form.send().await.unwrap();
    assert_eq!(response.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let problem: protocol::http::Problem = response.json().await.unwrap();
    assert_eq!(problem.code, ErrorCode::Unsupported);
    for path in ["/api/files/none", "/files/none/a", "/files/none", "/api/files/%00"] {
        assert_eq!(ada.status(&server, path).await, StatusCode::NOT_FOUND, "{path}");
    }
    // The cookie alone is not enough for a page elsewhere.
    let cookie = format!("banter_session={}", ada.token);
    let request = server.post("/api/files").header(header::COOKIE, cookie).body("x");
    let elsewhere = request.header(header::ORIGIN, "https://evil.example");
    assert_eq!(elsewhere.send().await.unwrap().status(), StatusCode::FORBIDDEN);
    assert_eq!(server.stored_files(), 0);
}

#[tokio::test]
async fn a_broken_upload_leaves_nothing_behind() {
    let server = Server::start_with(&["--rate-limit=off", "--max-storage=1M"]).await;
    let ada = server.register_owner("ada").await;
    let mut stream = tokio::net::TcpStream::connect(server.address).await.unwrap();
    let head = format!(
        "POST /api/files?name=a HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\n\
         Content-Length: 1000000\r\nExpect: 100-continue\r\n\r\n",
        server.address, ada.token
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    // The server asks for the bytes once it has begun the upload.
    let mut asked = [0; 12];
    stream.read_exact(&mut asked).await.unwrap();
    assert_eq!(&asked, b"HTTP/1.1 100");
    stream.write_all(&[7; 5000]).await.unwrap();
    // What is under way counts with its length.
    let other = ada.send_bytes(&server, "b", &[7; 100_000]).await.0;
    assert_eq!(other, StatusCode::INSUFFICIENT_STORAGE);
    drop(stream);
    wait_for("the upload to be given up", async {
        while ada.send_bytes(&server, "b", &[7; 100_000]).await.0 != StatusCode::CREATED {
            tokio::task::yield_now().await;
        }
    })
    .await;
    server.app.files.sweep().await.unwrap();
    let names = std::fs::read_dir(server.data().join("files")).unwrap();
    assert!(names.map(|name| name.unwrap().path()).all(|path| path.is_dir()));
}

#[tokio::test]
async fn an_upload_of_a_killed_process_keeps_its_space_for_minutes_alone() {
    let server = Server::start_with(&["--rate-limit=off", "--max-storage=1M"]).await;
    let ada = server.register_owner("ada").await;
    let mut stream = tokio::net::TcpStream::connect(server.address).await.unwrap();
    let head = format!(
        "POST /api/files?name=a HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\n\
         Content-Length: 1000\r\nExpect: 100-continue\r\n\r\n",
        server.address, ada.token
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    // The server asks for the bytes once it has begun the upload.
    let mut asked = [0; 25];
    stream.read_exact(&mut asked).await.unwrap();
    assert_eq!(&asked, b"HTTP/1.1 100 Continue\r\n\r\n");
    let other = ada.send_bytes(&server, "b", &[7; 999_500]).await.0;
    assert_eq!(other, StatusCode::INSUFFICIENT_STORAGE);
    // As if nobody had renewed it for two minutes and a half.
    server.sql("UPDATE uploads SET expires_at = expires_at - 150000");
    server.app.files.sweep().await.unwrap();
    ada.send_file(&server, "b", &[7; 999_500]).await;
    stream.write_all(&[7; 1000]).await.unwrap();
    let mut status = [0; 12];
    wait_for("the answer", stream.read_exact(&mut status)).await.unwrap();
    assert_eq!(&status, b"HTTP/1.1 404");
    wait_for("its bytes to be removed", async {
        while server.stored_files() > 1 {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_file_that_can_never_fit_is_too_large() {
    let limits = ["--rate-limit=off", "--max-storage-per-user=2k"];
    let server = Server::start_with(&limits).await;
    let ada = server.register_owner("ada").await;
    let answer = ada.send_bytes(&server, "large", &[7; 2001]).await;
    let (code, detail) = problem(answer);
    assert_eq!(code, ErrorCode::TooLarge);
    assert!(detail.contains("2000 bytes"), "{detail}");
}

#[tokio::test]
async fn one_user_sends_ten_files_at_once() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let mut streams = Vec::new();
    for number in 0..11 {
        let mut stream = tokio::net::TcpStream::connect(server.address).await.unwrap();
        let head = format!(
            "POST /api/files?name={number} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\n\
             Content-Length: 10\r\n\r\n",
            server.address, ada.token
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        streams.push(stream);
    }
    // One of them is refused before it has sent a byte.
    let reads = streams.iter_mut().map(|stream| {
        Box::pin(async {
            let mut head = [0; 12];
            stream.read_exact(&mut head).await.unwrap();
            String::from_utf8(head.to_vec()).unwrap()
        })
    });
    let (first, index, rest) = futures_util::future::select_all(reads).await;
    assert_eq!(first, "HTTP/1.1 429");
    drop(rest);
    for (_, mut stream) in streams.into_iter().enumerate().filter(|(other, _)| *other != index) {
        stream.write_all(&[7; 10]).await.unwrap();
        let mut head = [0; 12];
        stream.read_exact(&mut head).await.unwrap();
        assert_eq!(&head, b"HTTP/1.1 201");
    }
    ada.send_file(&server, "after", b"x").await;
}
