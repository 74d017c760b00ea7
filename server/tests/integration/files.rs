//! Weight: compressed responses, and the files of the page.

use std::{fs, path::Path};

use reqwest::{RequestBuilder, StatusCode, header};
use sha2::{Digest as _, Sha256};

use crate::support::Server;

const PUBLIC: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../public");

/// Returns encoding, length, and whether caches know that the encoding is negotiated.
async fn sent(request: RequestBuilder) -> (String, usize, bool) {
    let response = request.send().await.unwrap();
    let header = |name| {
        let value = response.headers().get(name).map(|value| value.to_str().unwrap());
        value.unwrap_or_default().to_owned()
    };
    let (encoding, vary) = (header(header::CONTENT_ENCODING), header(header::VARY));
    let varies = vary.to_ascii_lowercase().contains("accept-encoding");
    (encoding, response.bytes().await.unwrap().len(), varies)
}

#[tokio::test]
async fn pages_and_json_are_compressed() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let mut socket = ada.connect(&server).await;
    for number in 0..50 {
        socket.chat("general", &format!("message {number} of a room that is read")).await;
    }
    for path in ["/rooms/general", "/api/openapi.json", "/api/rooms/general/messages", "/metrics"] {
        let get = |accept: &'static str| {
            let get = server.get(path).bearer_auth(&ada.token);
            let get = get.header(header::COOKIE, format!("banter_session={}", ada.token));
            sent(get.header(header::ACCEPT_ENCODING, accept))
        };
        let (none, plain, _) = get("identity").await;
        assert_eq!(none, "", "{path}");
        for (accept, encoding) in
            [("gzip, deflate, br, zstd", "br"), ("gzip", "gzip"), ("br;q=0.1, gzip", "gzip")]
        {
            let (found, length, varies) = get(accept).await;
            assert_eq!((&*found, varies), (encoding, true), "{path} {accept}");
            assert!(length * 3 < plain, "{path} {accept}: {length} of {plain}");
        }
        assert_eq!(get("br;q=0, gzip;q=0").await.0, "", "{path}");
    }
}

#[tokio::test]
async fn small_responses_and_sockets_are_not_compressed() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    for path in ["/healthz", "/readyz", "/api/auth/me", "/api/nowhere"] {
        let get = server.get(path).bearer_auth(&ada.token);
        let (encoding, ..) = sent(get.header(header::ACCEPT_ENCODING, "br, gzip")).await;
        assert_eq!(encoding, "", "{path}");
    }
    let bearer = format!("Bearer {}", ada.token);
    let headers = [("authorization", bearer.as_str()), ("accept-encoding", "br, gzip")];
    server.connect("/ws", &headers).await.unwrap().welcome().await;
}

#[tokio::test]
async fn a_response_that_another_site_caused_does_not_reveal_its_size() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    for (site, encoding) in
        [("cross-site", ""), ("same-site", ""), ("same-origin", "br"), ("none", "br")]
    {
        let get = server.get("/new-room?name=guess").header("sec-fetch-site", site);
        let get = get.header(header::COOKIE, format!("banter_session={}", ada.token));
        assert_eq!(sent(get.header(header::ACCEPT_ENCODING, "br")).await.0, encoding, "{site}");
    }
}

#[tokio::test]
async fn the_files_that_browsers_ask_for_exist() {
    let server = Server::start_with(&[&format!("--site-root={PUBLIC}")]).await;
    for (path, kind) in [
        ("/favicon.ico", "image/x-icon"),
        ("/robots.txt", "text/plain; charset=utf-8"),
        ("/manifest.webmanifest", "application/manifest+json"),
    ] {
        let response = server.get(path).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        assert_eq!(response.headers()[header::CONTENT_TYPE], kind, "{path}");
    }
    let robots = server.get("/robots.txt").send().await.unwrap().text().await.unwrap();
    assert!(robots.contains("User-agent: *\nDisallow: /\n"), "{robots}");
    let page = server.get("/first-start").send().await.unwrap().text().await.unwrap();
    assert!(page.contains("<meta name=\"description\" content=\"Team chat"), "{page}");
    assert!(page.contains("<meta name=\"referrer\" content=\"same-origin\""), "{page}");

    let manifest = server.get("/manifest.webmanifest").send().await.unwrap().text().await.unwrap();
    let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
    let icons = manifest["icons"].as_array().unwrap();
    // Systems that cut no shape take an icon without a purpose.
    for (size, purpose) in [("192x192", None), ("512x512", None), ("512x512", Some("maskable"))] {
        let fits =
            |icon: &serde_json::Value| icon["sizes"] == size && icon["purpose"].as_str() == purpose;
        assert!(icons.iter().any(fits), "{size} {purpose:?}");
    }
    let shortcuts = manifest["shortcuts"].as_array().unwrap();
    let icons_of = |it: &serde_json::Value| it["icons"].as_array().unwrap().clone();
    let of_shortcuts: Vec<_> = shortcuts.iter().flat_map(icons_of).collect();
    for shortcut in shortcuts {
        let page = server.get(shortcut["url"].as_str().unwrap()).send().await.unwrap();
        assert_eq!(page.status(), StatusCode::SEE_OTHER, "{shortcut}");
    }
    let target = &manifest["share_target"];
    assert_eq!(target["action"], "/share");
    assert_eq!(target["params"]["files"][0]["name"], "files");
    let css = fs::read_to_string(Path::new(PUBLIC).join("../style/tokens.css")).unwrap();
    let icons = icons.iter().chain(&of_shortcuts).map(|icon| icon["src"].as_str().unwrap());
    let named = page.split('"').chain(css.split('"')).chain(icons);
    let named = named.filter(|path| path.starts_with("/icons/") || path.starts_with("/fonts/"));
    for path in named {
        let response = server.get(path).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        let (file, bytes) = (path.to_owned(), response.bytes().await.unwrap());
        let hash: String =
            Sha256::digest(&bytes)[..6].iter().map(|byte| format!("{byte:02x}")).collect();
        assert!(file.contains(&format!(".{hash}.")), "{file} must be named by {hash}");
        if file.ends_with(".png") {
            let width = u32::from_be_bytes(bytes[16..20].try_into().unwrap());
            assert!(file.contains(&format!("-{width}.")), "{file} is {width} pixels wide");
        }
    }
}
