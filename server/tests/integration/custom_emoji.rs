//! Emoji that users add: who may, what is refused, who learns of it, and where they are used.

use protocol::{
    ChatReact, CustomEmoji, EmojiChanged, ErrorCode, Event, MessageId, Request, Response, Role,
    ServerMessage,
    http::{AddedEmoji, CustomEmojiList, NewRole, Problem},
    limits::{MAX_EMOJI_BYTES, MAX_OWN_CUSTOM_EMOJI},
};
use reqwest::{Method, StatusCode, header};

use crate::support::{Server, Socket, TestUser, png};

const ROOM: &str = "general";

async fn put(
    server: &Server,
    user: &TestUser,
    name: &str,
    bytes: Vec<u8>,
) -> Result<CustomEmoji, (StatusCode, Problem)> {
    let request = server.request(Method::PUT, &format!("/api/emoji/{name}"));
    let response = request.bearer_auth(&user.token).body(bytes).send().await.unwrap();
    match response.status() {
        StatusCode::CREATED => Ok(response.json::<AddedEmoji>().await.unwrap().emoji),
        status => Err((status, response.json().await.unwrap())),
    }
}

async fn refused(server: &Server, user: &TestUser, name: &str, bytes: Vec<u8>) -> StatusCode {
    put(server, user, name, bytes).await.unwrap_err().0
}

async fn remove(server: &Server, user: &TestUser, name: &str) -> StatusCode {
    let request = server.request(Method::DELETE, &format!("/api/emoji/{name}"));
    request.bearer_auth(&user.token).send().await.unwrap().status()
}

async fn list(server: &Server, user: &TestUser) -> CustomEmojiList {
    let response = server.get("/api/emoji").bearer_auth(&user.token).send().await.unwrap();
    response.json().await.unwrap()
}

/// Returns the next change of an emoji. Skips all other messages.
async fn changed(socket: &mut Socket) -> EmojiChanged {
    loop {
        let message = socket.receive().await.message;
        if let Some(ServerMessage::Event(Event::EmojiChanged(changed))) = message {
            return *changed;
        }
    }
}

async fn react(socket: &mut Socket, id: MessageId, emoji: &str, on: bool) -> Result<(), ErrorCode> {
    let room = Some(ROOM.into());
    let react = ChatReact { room, id, op: None, emoji: emoji.into(), on };
    match socket.request(&Request::ChatReact(react)).await {
        ServerMessage::Response(Response::ChatReact(_)) => Ok(()),
        ServerMessage::Error(error) => Err(error.code),
        other => panic!("expected a response, got {other:?}"),
    }
}

#[tokio::test]
async fn an_emoji_is_added_told_served_and_removed() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let mut bo_socket = bo.connect(&server).await;
    let added = put(&server, &ada, "blobcat", png(200, 100)).await.unwrap();
    assert_eq!((added.name.as_str(), added.by.id), ("blobcat", ada.user.id));
    let told = changed(&mut bo_socket).await;
    assert_eq!(told, EmojiChanged { name: "blobcat".into(), emoji: Some(added.clone()) });

    let first = put(&server, &ada, "a-ship", png(9, 9)).await.unwrap();
    assert!(changed(&mut bo_socket).await.emoji.is_some());
    let emoji = vec![first, added.clone()];
    assert_eq!(list(&server, &bo).await, CustomEmojiList { emoji, may_add: false });
    assert!(list(&server, &ada).await.may_add);

    let response = server.get(&added.url).bearer_auth(&bo.token).send().await.unwrap();
    let headers = response.headers().clone();
    assert_eq!(headers[header::CONTENT_TYPE], "image/webp");
    assert_eq!(headers[header::CACHE_CONTROL], "private, max-age=31536000, immutable");
    assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
    let policy = headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(policy.starts_with("sandbox; default-src 'none'"), "{policy}");
    let image = image::load_from_memory(&response.bytes().await.unwrap()).unwrap();
    assert_eq!((image.width(), image.height()), (128, 64));
    let anonymous = server.get(&added.url).send().await.unwrap();
    assert_eq!(anonymous.status(), StatusCode::UNAUTHORIZED);

    assert_eq!(remove(&server, &ada, "blobcat").await, StatusCode::NO_CONTENT);
    assert_eq!(changed(&mut bo_socket).await, EmojiChanged { name: "blobcat".into(), emoji: None });
    assert_eq!(remove(&server, &ada, "blobcat").await, StatusCode::NOT_FOUND);
    let gone = server.get(&added.url).bearer_auth(&bo.token).send().await.unwrap();
    assert_eq!(gone.status(), StatusCode::NOT_FOUND);
    // A new picture of the name has another address.
    let again = put(&server, &ada, "blobcat", png(9, 9)).await.unwrap();
    assert_ne!(again.url, added.url);
}

#[tokio::test]
async fn names_and_pictures_that_do_not_fit_are_refused() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    put(&server, &ada, "blobcat", png(9, 9)).await.unwrap();
    for name in ["blobcat", "tada", "100", "party_popper"] {
        let (status, problem) = put(&server, &ada, name, png(9, 9)).await.unwrap_err();
        assert_eq!((status, problem.code), (StatusCode::CONFLICT, ErrorCode::Conflict), "{name}");
    }
    for name in ["x", "Parrot", "_blobcat", "a.b", "%C3%A9t", &"a".repeat(33)] {
        let (status, problem) = put(&server, &ada, name, png(9, 9)).await.unwrap_err();
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
        assert_eq!(problem.errors[0].field, "name", "{name}");
    }
    let png_of_one = png(1, 1);
    let mut bomb = png_of_one.clone();
    bomb[16..24].copy_from_slice(&[0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60]); // 60,000 by 60,000
    for (bytes, status) in [
        (vec![0; MAX_EMOJI_BYTES + 1], StatusCode::PAYLOAD_TOO_LARGE),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec(), StatusCode::UNSUPPORTED_MEDIA_TYPE),
        (b"<!doctype html><script>1</script>".to_vec(), StatusCode::UNSUPPORTED_MEDIA_TYPE),
        (Vec::new(), StatusCode::UNSUPPORTED_MEDIA_TYPE),
        (png_of_one[..40].to_vec(), StatusCode::UNPROCESSABLE_ENTITY),
        (bomb, StatusCode::UNPROCESSABLE_ENTITY),
        (png(513, 1), StatusCode::UNPROCESSABLE_ENTITY),
    ] {
        assert_eq!(refused(&server, &ada, "bad", bytes).await, status);
    }
    // Both an image and a page: nothing of the latter is left.
    let mut both = [png(512, 512), b"<script>alert(1)</script>".to_vec()].concat();
    both.resize(MAX_EMOJI_BYTES, 0);
    let both = put(&server, &ada, "both", both).await.unwrap();
    let served = server.get(&both.url).bearer_auth(&ada.token).send().await.unwrap();
    let served = served.bytes().await.unwrap();
    assert!(!served.windows(8).any(|part| part == b"<script>"));
    // The body is read only of a user who is signed in.
    let request = server.request(Method::PUT, "/api/emoji/other").body(png(9, 9));
    assert_eq!(request.send().await.unwrap().status(), StatusCode::UNAUTHORIZED);
    let names: Vec<_> = list(&server, &ada).await.emoji.into_iter().map(|it| it.name).collect();
    assert_eq!(names, ["blobcat", "both"]);
}

#[tokio::test]
async fn the_setting_tells_who_may_add_and_who_added_may_remove() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let give = async |role| {
        let role = NewRole { role };
        let request = server.post("/api/users/bo/role").bearer_auth(&ada.token).json(&role);
        assert_eq!(request.send().await.unwrap().status(), StatusCode::NO_CONTENT);
    };
    assert_eq!(refused(&server, &bo, "blobcat", png(9, 9)).await, StatusCode::FORBIDDEN);
    put(&server, &ada, "adas", png(9, 9)).await.unwrap();
    give(Role::Admin).await;
    put(&server, &bo, "bos", png(9, 9)).await.unwrap();
    give(Role::Member).await;
    assert_eq!(remove(&server, &bo, "adas").await, StatusCode::FORBIDDEN);
    assert_eq!(remove(&server, &bo, "bos").await, StatusCode::NO_CONTENT);

    let server = Server::start_with(&["--rate-limit=off", "--custom-emoji=all"]).await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    assert!(list(&server, &bo).await.may_add);
    put(&server, &bo, "bos", png(9, 9)).await.unwrap();
    assert_eq!(remove(&server, &ada, "bos").await, StatusCode::NO_CONTENT);
    // One member cannot take the places of all.
    for number in 0..MAX_OWN_CUSTOM_EMOJI {
        put(&server, &bo, &format!("bos-{number}"), png(1, 1)).await.unwrap();
    }
    let (status, problem) = put(&server, &bo, "one-more", png(1, 1)).await.unwrap_err();
    assert_eq!((status, problem.code), (StatusCode::CONFLICT, ErrorCode::Conflict));
    put(&server, &ada, "one-more", png(1, 1)).await.unwrap();
    assert_eq!(remove(&server, &bo, "bos-0").await, StatusCode::NO_CONTENT);
    put(&server, &bo, "bos-0", png(1, 1)).await.unwrap();
}

#[tokio::test]
async fn a_reaction_is_an_emoji_that_exists_and_can_be_taken_away_later() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let mut socket = ada.subscriber(&server, ROOM).await;
    let id = socket.chat(ROOM, "liked").await.id;
    for unknown in [":blobcat:", ":tada:", ":x:", "blobcat", ":Parrot:", ":par rot:"] {
        let refused = react(&mut socket, id, unknown, true).await;
        assert_eq!(refused, Err(ErrorCode::InvalidFormat), "{unknown}");
    }
    put(&server, &ada, "blobcat", png(9, 9)).await.unwrap();
    react(&mut socket, id, ":blobcat:", true).await.unwrap();
    assert_eq!(remove(&server, &ada, "blobcat").await, StatusCode::NO_CONTENT);
    let stored = socket.subscribe(ROOM, None).await.messages.pop().unwrap();
    assert_eq!(stored.reactions[0].emoji, ":blobcat:");
    react(&mut socket, id, ":blobcat:", false).await.unwrap();
    assert_eq!(react(&mut socket, id, ":blobcat:", true).await, Err(ErrorCode::InvalidFormat));
    let stored = socket.subscribe(ROOM, None).await.messages.pop().unwrap();
    assert!(stored.reactions.is_empty());
}

#[tokio::test]
async fn the_page_of_a_room_shows_the_pictures_before_any_script_runs() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let mut socket = ada.connect(&server).await;
    let blobcat = put(&server, &ada, "blobcat", png(9, 9)).await.unwrap();
    let ship = put(&server, &ada, "ship-it", png(9, 9)).await.unwrap();
    let other = put(&server, &ada, "not-there", png(9, 9)).await.unwrap();
    socket.chat(ROOM, "a :blobcat: and :nobody: and `:blobcat:`").await;
    let id = socket.chat(ROOM, ":blobcat: :tada:").await.id;
    react(&mut socket, id, ":ship-it:", true).await.unwrap();
    let page = async || {
        let cookie = format!("banter_session={}", ada.token);
        let request = server.get("/rooms/general").header(header::COOKIE, cookie);
        let page = request.send().await.unwrap().text().await.unwrap();
        page.replace("&quot;", "\"")
    };
    let shown = page().await;
    let picture = |url: &str| format!("src=\"{url}\"");
    assert_eq!(shown.matches(&picture(&blobcat.url)).count(), 2, "not in code: {shown}");
    assert_eq!(shown.matches(&picture(&ship.url)).count(), 1);
    assert_eq!(shown.matches("loading=\"lazy\" decoding").count(), 3, "not all at once: {shown}");
    assert!(shown.contains("alt=\":blobcat:\"") && shown.contains(":nobody:"));
    assert!(shown.contains("class=\"prose__emoji\""), "only emoji are large");
    assert!(!shown.contains(&other.url), "the page has only those that it shows");
    assert_eq!(remove(&server, &ada, "blobcat").await, StatusCode::NO_CONTENT);
    let shown = page().await;
    assert!(!shown.contains(&blobcat.url) && shown.contains("a :blobcat: and"));
    let names: String = (0..200).map(|number| format!(":none-{number}: ")).collect();
    socket.chat(ROOM, &format!("{names}:not-there:")).await;
    assert!(page().await.contains(&other.url), "found among many names");
}
