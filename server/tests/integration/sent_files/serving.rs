//! How files are served: to whom, with which headers, and in parts.

use reqwest::{Response, StatusCode, header};

use crate::support::{Server, TestUser, chat_with, png};

fn text<'a>(response: &'a Response, name: &str) -> &'a str {
    response.headers().get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
}

async fn send_private(server: &Server, author: &TestUser) -> protocol::File {
    author.create_room(server, "secret", true).await;
    let file = author.send_file(server, "plan.txt", b"the plan").await;
    let mut socket = author.connect(server).await;
    socket.say(chat_with("secret", "", &[&file])).await.unwrap();
    file
}

#[tokio::test]
async fn only_who_may_see_the_room_may_see_its_files() {
    let server = Server::start().await;
    let owner = server.register_owner("owner").await;
    let ada = server.join("ada", &owner).await;
    let bo = server.join("bo", &owner).await;
    let file = send_private(&server, &ada).await;
    assert_eq!(ada.status(&server, &file.url).await, StatusCode::OK);
    for stranger in [&bo, &owner] {
        assert_eq!(stranger.status(&server, &file.url).await, StatusCode::NOT_FOUND);
        let nameless = format!("/files/{}/x", file.id);
        assert_eq!(stranger.status(&server, &nameless).await, StatusCode::NOT_FOUND);
    }
    let anonymous = server.get(&file.url).send().await.unwrap();
    assert_eq!(anonymous.status(), StatusCode::UNAUTHORIZED);
    // Rights count at each request.
    assert_eq!(ada.add(&server, "secret", "bo").await, StatusCode::NO_CONTENT);
    let seen = bo.open(&server, &file.url, &[]).await;
    let tag = text(&seen, "etag").to_owned();
    assert_eq!(seen.text().await.unwrap(), "the plan");
    assert_eq!(ada.remove(&server, "secret", "bo").await, StatusCode::NO_CONTENT);
    let cached = bo.open(&server, &file.url, &[("If-None-Match", &tag)]).await;
    assert_eq!(cached.status(), StatusCode::NOT_FOUND);
    // The cookie opens it too, as an image on a page.
    let cookie = format!("banter_session={}", ada.token);
    let shown = server.get(&file.url).header(header::COOKIE, cookie).send().await.unwrap();
    assert_eq!(shown.status(), StatusCode::OK);
}

#[tokio::test]
async fn another_name_leads_to_the_right_one() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let file = ada.send_file(&server, "a?b %2f#ü.txt", b"x").await;
    for other in ["wrong.txt", "a", "a%2Fb"] {
        let response = ada.open(&server, &format!("/files/{}/{other}", file.id), &[]).await;
        assert_eq!(response.status(), StatusCode::SEE_OTHER, "{other}");
        assert_eq!(text(&response, "location"), file.url);
    }
    let nameless = ada.open(&server, &format!("/files/{}", file.id), &[]).await;
    assert_eq!(text(&nameless, "location"), file.url);
    assert_eq!(ada.status(&server, &file.url).await, StatusCode::OK);
}

#[tokio::test]
async fn headers_keep_a_browser_from_running_what_is_in_a_file() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let gif_and_script = b"GIF89a/*\0\0\0\0\0\0*/=1;alert(1)//";
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>";
    let html = b"<!DOCTYPE html><html><script>alert(1)</script></html>";
    let xml = b"<?xml version='1.0'?><?xml-stylesheet href='x'?><a/>";
    let unknown = "application/octet-stream";
    for (name, bytes, kind, disposition) in [
        ("a.png", &png(3, 3)[..], "image/png", "inline"),
        ("a.gif", gif_and_script, "image/gif", "inline"),
        ("a.svg", svg, unknown, "attachment"),
        ("a.png", svg, unknown, "attachment"),
        ("a.html", html, unknown, "attachment"),
        ("a.xml", xml, unknown, "attachment"),
        ("a.html", b"just words", "text/plain", "attachment"),
        ("a.js", b"alert(1)", "text/plain", "attachment"),
        ("a.pdf", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "application/pdf", "attachment"),
        ("a", b"\0\x01\x02\x03", unknown, "attachment"),
    ] {
        let file = ada.send_file(&server, name, bytes).await;
        let response = ada.open(&server, &file.url, &[("Accept-Encoding", "gzip, br")]).await;
        assert_eq!(text(&response, "content-type"), kind, "{name}: {}", file.media_type);
        let shown = format!("{disposition}; filename*=UTF-8''{name}");
        assert_eq!(text(&response, "content-disposition"), shown);
        assert_eq!(text(&response, "x-content-type-options"), "nosniff");
        assert_eq!(text(&response, "cache-control"), "private, no-cache");
        assert_eq!(
            text(&response, "content-security-policy"),
            "sandbox; default-src 'none'; img-src 'self'; media-src 'self'; frame-ancestors 'none'"
        );
        assert_eq!(text(&response, "content-length"), bytes.len().to_string());
        assert_eq!(response.bytes().await.unwrap(), bytes);
    }
}

#[tokio::test]
async fn a_name_cannot_break_out_of_its_header() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let file = ada.send_file(&server, "a\"; x=\r\nSet-Cookie: a=b\u{202e}ü.txt", b"x").await;
    assert_eq!(file.name, "a\"; x=Set-Cookie: a=bü.txt");
    let response = ada.open(&server, &file.url, &[]).await;
    assert!(response.headers().get("set-cookie").is_none());
    assert_eq!(
        text(&response, "content-disposition"),
        "attachment; filename*=UTF-8''a%22%3B%20x%3DSet-Cookie%3A%20a%3Db%C3%BC.txt"
    );
    let long = ada.send_file(&server, &format!("{}.jpeg", "ü".repeat(300)), b"x").await;
    assert_eq!(long.name.len(), 255);
    assert_eq!(ada.status(&server, &long.url).await, StatusCode::OK);
}

#[tokio::test]
async fn parts_of_a_file_are_served() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let content: Vec<u8> = (0..200_000_u32).map(|number| (number % 251) as u8).collect();
    let file = ada.send_file(&server, "a", &content).await;
    let whole = ada.open(&server, &file.url, &[]).await;
    assert_eq!(text(&whole, "accept-ranges"), "bytes");
    let tag = text(&whole, "etag").to_owned();
    assert!(tag.starts_with('"'), "{tag}");
    assert_eq!(whole.bytes().await.unwrap(), content);

    for (range, from, to) in [
        ("bytes=0-0", 0, 1),
        ("bytes=70000-139999", 70_000, 140_000),
        ("bytes=-7", 199_993, 200_000),
        ("bytes=199999-300000", 199_999, 200_000),
    ] {
        let part = ada.open(&server, &file.url, &[("Range", range)]).await;
        assert_eq!(part.status(), StatusCode::PARTIAL_CONTENT, "{range}");
        assert_eq!(text(&part, "content-range"), format!("bytes {from}-{}/200000", to - 1));
        assert_eq!(text(&part, "content-length"), (to - from).to_string());
        assert_eq!(text(&part, "etag"), tag);
        assert_eq!(part.bytes().await.unwrap(), content[from..to]);
    }
    let beyond = ada.open(&server, &file.url, &[("Range", "bytes=200000-")]).await;
    assert_eq!(beyond.status(), StatusCode::RANGE_NOT_SATISFIABLE);
    assert_eq!(text(&beyond, "content-range"), "bytes */200000");
    let changed = [("Range", "bytes=0-0"), ("If-Range", "\"another\"")];
    assert_eq!(ada.open(&server, &file.url, &changed).await.status(), StatusCode::OK);
    let same = ada.open(&server, &file.url, &[("If-None-Match", &tag)]).await;
    assert_eq!(same.status(), StatusCode::NOT_MODIFIED);
    assert_eq!(text(&same, "etag"), tag);
    let head = server.request(reqwest::Method::HEAD, &file.url).bearer_auth(&ada.token);
    let head = head.send().await.unwrap();
    assert_eq!(text(&head, "content-length"), "200000");
    assert_eq!(head.bytes().await.unwrap().len(), 0);
    let empty = ada.send_file(&server, "empty", b"").await;
    let empty = ada.open(&server, &empty.url, &[]).await;
    assert_eq!((empty.status(), empty.bytes().await.unwrap().len()), (StatusCode::OK, 0));
}
