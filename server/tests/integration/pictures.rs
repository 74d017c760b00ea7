//! Pictures of users: setting, serving and removing them.

use protocol::{Event, User, http::Me};
use reqwest::{Method, Response, StatusCode, header};

use crate::support::{Server, TestUser, png};

const ROOM: &str = "general";
const PATH: &str = "/api/me/picture";

async fn put(server: &Server, user: &TestUser, bytes: Vec<u8>) -> StatusCode {
    let request = server.request(Method::PUT, PATH).bearer_auth(&user.token);
    request.body(bytes).send().await.unwrap().status()
}

async fn me(server: &Server, user: &TestUser) -> User {
    let response = server.get("/api/auth/me").bearer_auth(&user.token).send().await.unwrap();
    response.json::<Me>().await.unwrap().user
}

async fn open(server: &Server, user: &TestUser, path: &str) -> Response {
    server.get(path).bearer_auth(&user.token).send().await.unwrap()
}

#[tokio::test]
async fn a_picture_is_shown_by_an_address_of_its_own_version() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let mut bo_socket = bo.subscriber(&server, ROOM).await;
    assert_eq!(me(&server, &ada).await.picture, None);
    let none = open(&server, &bo, "/pictures/ada").await;
    assert_eq!(none.status(), StatusCode::NOT_FOUND);

    assert_eq!(put(&server, &ada, png(500, 300)).await, StatusCode::NO_CONTENT);
    let first = me(&server, &ada).await.picture.unwrap();
    assert!(first.starts_with(&format!("/pictures/{}?v=", ada.user.id.0)), "{first}");
    let response = open(&server, &bo, &first).await;
    assert_eq!(response.status(), StatusCode::OK);
    let headers = response.headers().clone();
    assert_eq!(headers[header::CONTENT_TYPE], "image/jpeg");
    assert_eq!(headers[header::CACHE_CONTROL], "private, max-age=31536000, immutable");
    assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
    let policy = headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(policy.starts_with("sandbox; default-src 'none'"), "{policy}");
    let image = image::load_from_memory(&response.bytes().await.unwrap()).unwrap();
    assert_eq!((image.width(), image.height()), (256, 256));
    let anonymous = server.get(&first).send().await.unwrap();
    assert_eq!(anonymous.status(), StatusCode::UNAUTHORIZED);

    let mut ada_socket = ada.connect(&server).await;
    ada_socket.chat(ROOM, "with a face").await;
    let Event::Chat(message) = bo_socket.event().await else { panic!("expected a message") };
    assert_eq!(message.sender.picture.as_ref(), Some(&first));

    assert_eq!(put(&server, &ada, png(20, 20)).await, StatusCode::NO_CONTENT);
    let second = me(&server, &ada).await.picture.unwrap();
    assert_ne!(first, second);
    let stored = bo_socket.subscribe(ROOM, None).await.messages;
    assert_eq!(stored[0].sender.picture.as_ref(), Some(&second), "messages show the present one");
    for other in [first.as_str(), "/pictures/ada", "/pictures/ada?v=x"] {
        let response = open(&server, &bo, other).await;
        assert_eq!(response.headers()[header::CACHE_CONTROL], "private, no-cache", "{other}");
    }

    let removed = server.request(Method::DELETE, PATH).bearer_auth(&ada.token);
    assert_eq!(removed.send().await.unwrap().status(), StatusCode::NO_CONTENT);
    assert_eq!(me(&server, &ada).await.picture, None);
    assert_eq!(open(&server, &bo, &second).await.status(), StatusCode::NOT_FOUND);
    assert_eq!(bo_socket.subscribe(ROOM, None).await.messages[0].sender.picture, None);
}

#[tokio::test]
async fn what_is_no_fitting_image_is_refused() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let png = png(64, 64);
    for (bytes, status) in [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec(), StatusCode::UNSUPPORTED_MEDIA_TYPE),
        (Vec::new(), StatusCode::UNSUPPORTED_MEDIA_TYPE),
        (png[..png.len() / 2].to_vec(), StatusCode::UNPROCESSABLE_ENTITY),
        (vec![0; 5_000_001], StatusCode::PAYLOAD_TOO_LARGE),
    ] {
        assert_eq!(put(&server, &ada, bytes).await, status);
    }
    assert_eq!(me(&server, &ada).await.picture, None);
    // The largest body that is accepted: an image with more bytes after its end.
    let mut largest = png.clone();
    largest.resize(5_000_000, 0);
    assert_eq!(put(&server, &ada, largest).await, StatusCode::NO_CONTENT);
    // Only this call takes so much, and only of a user who is signed in.
    let request = server.request(Method::PUT, PATH).body(png);
    assert_eq!(request.send().await.unwrap().status(), StatusCode::UNAUTHORIZED);
    let patch = server.request(Method::PATCH, "/api/me").bearer_auth(&ada.token);
    let patch = patch.header(header::CONTENT_TYPE, "application/json").body(vec![b' '; 70_000]);
    assert_eq!(patch.send().await.unwrap().status(), StatusCode::PAYLOAD_TOO_LARGE);
}

/// The cookie alone authenticates only requests of our own pages.
#[tokio::test]
async fn a_picture_is_set_by_cookie_from_our_own_pages_only() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let cookie = format!("banter_session={}", ada.token);
    for (origin, status) in [
        ("https://evil.example".to_owned(), StatusCode::FORBIDDEN),
        (server.origin(), StatusCode::NO_CONTENT),
    ] {
        let request = server.request(Method::PUT, PATH).header(header::COOKIE, &cookie);
        let request = request.header(header::ORIGIN, origin).body(png(9, 9));
        assert_eq!(request.send().await.unwrap().status(), status);
    }
    let shown = server.get("/pictures/ada").header(header::COOKIE, &cookie).send().await.unwrap();
    assert_eq!(shown.status(), StatusCode::OK);
}
