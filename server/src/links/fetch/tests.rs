//! Against servers of this machine, which a setting allows, or which are found by planted names.

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

use tokio_util::task::TaskTracker;

use super::*;

/// A server that answers each request with the same bytes, and then leaves the connection open.
struct Stranger {
    address: SocketAddr,
    requests: Arc<AtomicUsize>,
}

impl Stranger {
    async fn start(answer: impl Into<Vec<u8>>) -> Self {
        Self::answering(Arc::new(answer.into()), 0).await
    }

    /// After the answer, `more` bytes follow, one in each hundred milliseconds.
    async fn answering(answer: Arc<Vec<u8>>, more: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&requests);
        TaskTracker::new().spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                counted.fetch_add(1, Ordering::SeqCst);
                let answer = Arc::clone(&answer);
                TaskTracker::new().spawn(async move {
                    let mut head = [0; 4096];
                    let _ = stream.read(&mut head).await;
                    let _ = stream.write_all(&answer).await;
                    for _ in 0..more {
                        tokio::time::sleep(Duration::from_millis(100)).await;
                        let _ = stream.write_all(b"x").await;
                    }
                    let _ = stream.read(&mut head).await; // until the other side closes
                });
            }
        });
        Self { address, requests }
    }

    fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

fn page_with(headers: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n{headers}\r\n\r\n{body}")
}

fn html(body: &str) -> String {
    page_with("Content-Type: text/html; charset=utf-8", body)
}

fn leading_to(url: &str) -> String {
    format!("HTTP/1.1 302 Found\r\nLocation: {url}\r\nContent-Length: 0\r\n\r\n")
}

/// A fetcher that may fetch from this machine.
fn fetcher() -> Fetcher {
    Fetcher::over(Connector::new("127.0.0.0/8".parse().unwrap()), MAX_TIME).unwrap()
}

fn in_a_hurry() -> Fetcher {
    let connector = Connector::new("127.0.0.0/8".parse().unwrap());
    Fetcher::over(connector, Duration::from_millis(600)).unwrap()
}

async fn title(fetcher: &Fetcher, url: &str) -> Result<Option<String>, Fault> {
    fetcher.page(url).await.map(|page| page.title)
}

#[tokio::test]
async fn a_page_is_fetched_and_redirects_are_followed() {
    let page = Stranger::start(html("<title>Here</title></head>")).await;
    let first = Stranger::start(leading_to(&page.url())).await;
    for url in [page.url(), first.url()] {
        assert_eq!(title(&fetcher(), &url).await.unwrap().as_deref(), Some("Here"));
    }
    let around = Stranger::start(leading_to("?again")).await;
    assert!(matches!(title(&fetcher(), &around.url()).await, Err(Fault::Redirects)));
    assert_eq!(around.requests(), 1 + MAX_REDIRECTS);
}

#[tokio::test]
async fn private_addresses_are_never_asked_neither_first_nor_by_a_redirect() {
    let inside = Stranger::start(html("<title>Secret</title>")).await;
    let port = inside.address.port();
    let strict = Fetcher::new(PrivateNetworks::default(), "").unwrap();
    for host in ["127.0.0.1", "127.1", "2130706433", "[::ffff:127.0.0.1]", "localhost", "0.0.0.0"] {
        let url = format!("http://{host}:{port}/");
        assert!(matches!(title(&strict, &url).await, Err(Fault::Unreachable(_))), "{host}");
    }
    // The first of two is in a network that may be asked, and leads to one that may not.
    let some = Connector::new("127.0.0.2/32".parse().unwrap());
    let some = Fetcher::over(some, MAX_TIME).unwrap();
    let listener = TcpListener::bind("127.0.0.2:0").await.unwrap();
    let leading = listener.local_addr().unwrap();
    let answer = leading_to(&inside.url());
    TaskTracker::new().spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let _ = stream.read(&mut [0; 4096]).await;
        stream.write_all(answer.as_bytes()).await.unwrap();
    });
    let fetched = title(&some, &format!("http://{leading}/")).await;
    assert!(matches!(fetched, Err(Fault::Unreachable(_))), "{fetched:?}");
    assert_eq!(inside.requests(), 0);
}

#[tokio::test]
async fn a_name_is_resolved_once_and_only_public_addresses_of_it_are_asked() {
    let inside = Stranger::start(html("<title>Secret</title>")).await;
    let asked = Arc::new(AtomicUsize::new(0));
    let planted = |networks: &str, found: Vec<SocketAddr>| {
        let asked = Arc::clone(&asked);
        let resolve = move |_: String, _: u16| -> crate::outbound::BoxFuture<_> {
            // A name server that answers differently the next time.
            let first = asked.fetch_add(1, Ordering::SeqCst) == 0;
            let found = if first { found.clone() } else { vec!["10.0.0.1:80".parse().unwrap()] };
            Box::pin(async move { Ok::<_, io::Error>(found) })
        };
        let networks = networks.parse().unwrap();
        Fetcher::over(Connector::resolving(networks, Arc::new(resolve)), MAX_TIME).unwrap()
    };
    let url = format!("http://rebind.example:{}/", inside.address.port());
    let fetched = title(&planted("", vec![inside.address]), &url).await;
    assert!(matches!(fetched, Err(Fault::Unreachable(_))), "{fetched:?}");
    assert_eq!((inside.requests(), asked.swap(0, Ordering::SeqCst)), (0, 1));
    let allowed = planted("127.0.0.0/8", vec!["192.168.0.1:1".parse().unwrap(), inside.address]);
    assert_eq!(title(&allowed, &url).await.unwrap().as_deref(), Some("Secret"));
    assert_eq!((inside.requests(), asked.load(Ordering::SeqCst)), (1, 1));
}

#[tokio::test]
async fn addresses_that_are_not_of_the_web_are_refused() {
    for url in [
        "ftp://a.example/",
        "file:///etc/passwd",
        "http://user@127.0.0.1:3000/",
        "http://:secret@127.0.0.1:3000/",
        "http://127.0.0.1:25/",
        "http://127.0.0.1:1023/",
        "javascript:alert(1)",
    ] {
        assert!(matches!(title(&fetcher(), url).await, Err(Fault::Address)), "{url}");
        let leading = Stranger::start(leading_to(url)).await;
        let fetched = title(&fetcher(), &leading.url()).await;
        assert!(matches!(fetched, Err(Fault::Address)), "{url}");
    }
}

#[tokio::test]
async fn the_own_host_is_never_asked_neither_first_nor_by_a_redirect_nor_for_a_picture() {
    let own = Stranger::start(html("<title>Own</title>")).await;
    let port = own.address.port();
    let fetcher = Fetcher::new("127.0.0.0/8".parse().unwrap(), "https://127.0.0.1:8443/").unwrap();
    let (own_url, other) = (own.url(), TcpListener::bind("127.0.0.2:0").await.unwrap());
    let leading = format!("http://{}/", other.local_addr().unwrap());
    let answer = leading_to(&own_url);
    TaskTracker::new().spawn(async move {
        let (mut stream, _) = other.accept().await.unwrap();
        let _ = stream.read(&mut [0; 4096]).await;
        stream.write_all(answer.as_bytes()).await.unwrap();
    });
    for url in [own_url.clone(), leading, format!("http://127.1.:{port}/")] {
        let fetched = title(&fetcher, &url).await;
        assert!(matches!(fetched, Err(Fault::Address)), "{url}: {fetched:?}");
    }
    let picture = fetcher.picture(Url::parse(&own_url).unwrap()).await;
    assert!(matches!(picture, Err(Fault::Address)), "{picture:?}");
    assert_eq!(own.requests(), 0);
    // The dot of the root changes nothing.
    let named = Fetcher::new(PrivateNetworks::default(), "https://chat.example").unwrap();
    for url in ["http://chat.example.:9200/", "https://Chat.Example/"] {
        assert!(matches!(title(&named, url).await, Err(Fault::Address)), "{url}");
    }
}

#[tokio::test]
async fn other_types_and_statuses_are_no_pages() {
    for answer in [
        page_with("Content-Type: application/json", "{}"),
        page_with("X-Nothing: x", "<title>x</title>"),
        page_with("Content-Type: text/html\r\nContent-Encoding: gzip", "x"),
        page_with("Content-Type: image/png", "x"),
    ] {
        let page = Stranger::start(answer).await;
        assert!(matches!(title(&fetcher(), &page.url()).await, Err(Fault::Type)));
    }
    let gone = Stranger::start("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n").await;
    assert!(matches!(title(&fetcher(), &gone.url()).await, Err(Fault::Status(404))));
    let nonsense = Stranger::start("220 mail.example ESMTP\r\n").await;
    assert!(matches!(title(&fetcher(), &nonsense.url()).await, Err(Fault::Unreachable(_))));
}

#[tokio::test]
async fn slow_huge_and_endless_answers_end() {
    // It says nothing at all, or its head never ends.
    let endless = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nX-Long: ";
    for (answer, more) in [("", 0), (endless, 1000)] {
        let silent = Stranger::answering(Arc::new(answer.into()), more).await;
        assert!(matches!(title(&in_a_hurry(), &silent.url()).await, Err(Fault::Slow)));
    }
    // Its body never ends.
    let head = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<title>Slow</title>";
    let slow = Stranger::answering(Arc::new(head.into()), 1000).await;
    assert!(matches!(title(&in_a_hurry(), &slow.url()).await, Err(Fault::Slow)));
    // The end of its head is enough, even across two packets.
    let split = Stranger::answering(Arc::new(format!("{head}</hea").into()), 0).await;
    assert!(matches!(title(&in_a_hurry(), &split.url()).await, Err(Fault::Slow)));
    let enough = Stranger::answering(Arc::new(format!("{head}</HEAD>").into()), 1000).await;
    assert_eq!(title(&in_a_hurry(), &enough.url()).await.unwrap().as_deref(), Some("Slow"));
    // Of a huge one, the beginning is read.
    let huge = html(&format!("<title>Huge</title>{}", "<meta >".repeat(1 << 20)));
    let huge = Stranger::start(huge).await;
    assert_eq!(title(&fetcher(), &huge.url()).await.unwrap().as_deref(), Some("Huge"));
    let late = html(&format!("{}<title>Late</title>", " ".repeat(MAX_PAGE_BYTES)));
    let late = Stranger::start(late).await;
    assert_eq!(title(&fetcher(), &late.url()).await.unwrap(), None);
}

#[tokio::test]
async fn a_picture_has_at_most_so_many_bytes() {
    let fitting = "x".repeat(MAX_PICTURE_BYTES);
    let fitting = Stranger::start(page_with("Content-Type: image/png", &fitting)).await;
    let url = Url::parse(&fitting.url()).unwrap();
    assert_eq!(fetcher().picture(url).await.unwrap().len(), MAX_PICTURE_BYTES);
    let large = "x".repeat(MAX_PICTURE_BYTES + 1);
    let large = Stranger::start(page_with("Content-Type: image/png", &large)).await;
    let url = Url::parse(&large.url()).unwrap();
    assert!(matches!(fetcher().picture(url).await, Err(Fault::Size)));
    let svg = Stranger::start(page_with("Content-Type: image/svg+xml", "<svg/>")).await;
    let url = Url::parse(&svg.url()).unwrap();
    assert!(matches!(fetcher().picture(url).await, Err(Fault::Type)));
}
