//! A site with pages that messages link to.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
    sync::Semaphore,
};

use crate::support::png;

/// A site of this machine, which notes the paths that are asked for.
pub(super) struct Site {
    url: String,
    asked: Arc<Mutex<Vec<String>>>,
    /// Requests for `/held` wait for it.
    held: Arc<Semaphore>,
}

impl Site {
    /// Serves these paths: of each the status line with further headers, and the body.
    pub(super) async fn start(pages: &[(&str, &str, &[u8])]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        // Not the host of the server, whose own pages are not fetched.
        let url = format!("http://localhost:{}", listener.local_addr().unwrap().port());
        let pages = pages.iter().map(|(path, head, body)| {
            let head = format!("HTTP/1.1 {head}\r\nContent-Length: {}\r\n\r\n", body.len());
            ((*path).to_owned(), [head.as_bytes(), body].concat())
        });
        let pages: Arc<HashMap<_, _>> = Arc::new(pages.collect());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (noted, held) = (Arc::clone(&asked), Arc::new(Semaphore::new(0)));
        let gate = Arc::clone(&held);
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let (pages, noted) = (Arc::clone(&pages), Arc::clone(&noted));
                let gate = Arc::clone(&gate);
                tokio::spawn(async move {
                    let mut head = vec![0; 4096];
                    let read = stream.read(&mut head).await.unwrap_or_default();
                    let head = String::from_utf8_lossy(&head[..read]).into_owned();
                    assert!(!head.to_lowercase().contains("cookie"), "{head}");
                    assert!(!head.to_lowercase().contains("referer"), "{head}");
                    assert!(head.contains("(link preview)"), "{head}");
                    let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
                    let answer = pages.get(&path).cloned();
                    let is_held = path == "/held";
                    noted.lock().unwrap().push(path);
                    if is_held {
                        let _permit = gate.acquire().await.unwrap();
                    }
                    let nothing = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".to_vec();
                    let _ = stream.write_all(&answer.unwrap_or(nothing)).await;
                });
            }
        });
        Self { url, asked, held }
    }

    /// Answers requests for `/held`.
    pub(super) fn release(&self) {
        self.held.add_permits(1);
    }

    pub(super) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    pub(super) fn asked(&self) -> Vec<String> {
        let mut asked = self.asked.lock().unwrap().clone();
        asked.sort();
        asked
    }
}

pub(super) const HTML: &str = "200 OK\r\nContent-Type: text/html";
const PAGE: &[u8] = b"<title>Calm</title><meta name=description content='Nothing moves.'>\
    <meta property=og:site_name content=News><meta property=og:image content=/a.png>";

pub(super) async fn news() -> Site {
    let image = png(960, 504);
    Site::start(&[
        ("/calm", HTML, PAGE),
        ("/a.png", "200 OK\r\nContent-Type: image/png", &image),
        ("/held", HTML, b"<title>Held</title>"),
        ("/bare", HTML, b"<title>Bare <script>alert(1)</script></title>"),
    ])
    .await
}
