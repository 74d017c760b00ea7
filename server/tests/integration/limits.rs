//! Each limit: what just fits, and one more.

use std::{sync::Arc, time::Instant};

use futures_util::{SinkExt as _, StreamExt as _};
use protocol::{
    ClientId, ErrorCode, History, HistoryPage, Members, Request, Response, Room, ServerMessage,
    SessionId, Subscribe, Unsubscribe,
    http::{Login, Problem},
    limits::{LOG_IN_RATE, MAX_SUBSCRIPTIONS, MESSAGE_RATE, REQUEST_RATE, TICKET_RATE},
};
use reqwest::{StatusCode, header};
use server::{
    chat::Caller,
    delivery::{in_flight::InFlightWrites, reply::ReplyTo},
    store::{NewStoredRoom, NewUser},
    websocket::outbox::Outbox,
};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::{Message as Frame, protocol::CloseFrame};
use uuid::Uuid;

use crate::support::{PASSWORD, Person, Server, Socket, chat, soon};

const LIMITED: &[&str] = &["--rate-limit=on"];

#[tokio::test]
async fn a_person_who_writes_too_fast_is_told_when_to_go_on() {
    let server = Server::start_with(LIMITED).await;
    let ada = server.owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let mut sockets = [ada.connect(&server).await, ada.connect(&server).await];
    let mut refused = None;
    // The bucket fills up while it is emptied: what is refused in the end came from both connections together.
    for number in 0..1000 {
        let socket = &mut sockets[number % 2];
        socket
            .send_text(
                r#"{"type":"chat","payload":{"room":"general","text":"hi"},"request_id":"1"}"#,
            )
            .await;
        match socket.answer("1").await {
            ServerMessage::Error(error) => {
                refused = Some((number, error));
                break;
            }
            sent => assert_eq!(sent.name(), "chat_response"),
        }
    }
    let (number, error) = refused.unwrap();
    assert!(number >= MESSAGE_RATE.burst as usize, "{number}");
    assert_eq!(error.code, ErrorCode::RateLimited);
    assert!((1..=100).contains(&error.retry_after_ms.unwrap()), "{error:?}");
    bo.connect(&server).await.chat("general", "somebody else is not limited").await;
}

#[tokio::test]
async fn a_connection_that_asks_too_much_is_told_so_whatever_it_asks() {
    let server = Server::start_with(LIMITED).await;
    let ada = server.owner("ada").await;
    let mut socket = ada.connect(&server).await;
    const COUNT: usize = 2000;
    for number in 0..COUNT {
        let text = if number % 2 == 0 { r#"{"type":"ping","request_id":"1"}"# } else { "nonsense" };
        socket.send_text(text).await;
    }
    let mut limited = 0;
    for number in 0..COUNT {
        match socket.receive().await.message.unwrap() {
            ServerMessage::Error(error) if error.code == ErrorCode::RateLimited => {
                assert!(number >= REQUEST_RATE.burst as usize, "{number}");
                assert!(error.retry_after_ms.is_some());
                limited += 1;
            }
            _ => {}
        }
    }
    assert!(limited > 0);
    ada.connect(&server).await.chat("general", "another connection is not limited").await;
}

#[tokio::test]
async fn tickets_are_limited_per_person() {
    let server = Server::start_with(LIMITED).await;
    let ada = server.owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let ticket = |person: &Person| server.post("/ws/ticket").bearer_auth(&person.token).send();
    let mut given = 0;
    let refused = loop {
        let response = ticket(&ada).await.unwrap();
        if response.status() != StatusCode::OK {
            break response;
        }
        given += 1;
    };
    assert!(given >= TICKET_RATE.burst, "{given}");
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.headers()[header::RETRY_AFTER], "1");
    assert_eq!(refused.json::<Problem>().await.unwrap().code, ErrorCode::RateLimited);
    assert_eq!(ticket(&bo).await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn guessing_passwords_is_limited_per_name() {
    let server = Server::start_with(LIMITED).await;
    let ada = server.owner("ada").await;
    server.join("bo", &ada).await;
    let log_in = |username: &str, password: &str| {
        let login = Login { username: username.into(), password: password.into() };
        let request = server.post("/api/auth/login").json(&login);
        async move { request.send().await.unwrap().status() }
    };
    let burst = LOG_IN_RATE.burst as usize;
    let guesses =
        futures_util::future::join_all((0..2 * burst).map(|_| log_in("ada", "a wrong guess")))
            .await;
    let count = |status| guesses.iter().filter(|other| **other == status).count();
    assert!(count(StatusCode::UNAUTHORIZED) >= burst, "{guesses:?}");
    assert!(count(StatusCode::TOO_MANY_REQUESTS) > 0, "{guesses:?}");
    assert_eq!(log_in("bo", PASSWORD).await, StatusCode::OK);
    let forms = (0..2 * burst)
        .map(|_| server.post("/sign-in").form(&[("username", "ada"), ("password", "x")]).send());
    let too_fast = futures_util::future::join_all(forms).await.into_iter().any(|page| {
        let back = page.unwrap().headers()[header::LOCATION].to_str().unwrap().to_owned();
        back.starts_with("/sign-in?fault=too-fast") && back.contains("wait=")
    });
    assert!(too_fast, "the page says so, too");
}

/// Opens a socket by ticket; the status where that is refused.
async fn open(
    server: &Server,
    person: &Person,
    headers: &[(&'static str, &str)],
) -> Result<Socket, StatusCode> {
    let mut request = server.post("/ws/ticket").bearer_auth(&person.token);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = request.send().await.unwrap();
    if response.status() != StatusCode::OK {
        return Err(response.status());
    }
    let bearer = format!("Bearer {}", person.token);
    let headers = headers.iter().copied().chain([("authorization", bearer.as_str())]);
    let mut socket = server.connect("/ws", &headers.collect::<Vec<_>>()).await?;
    socket.welcome().await;
    Ok(socket)
}

#[tokio::test]
async fn a_person_has_so_many_sockets_and_no_more() {
    let server = Server::start_with(&["--max-sockets-per-user=2"]).await;
    let ada = server.owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let before = server.holdings();
    let first = open(&server, &ada, &[]).await.unwrap();
    let second = open(&server, &ada, &[]).await.unwrap();
    assert_eq!(open(&server, &ada, &[]).await.err(), Some(StatusCode::TOO_MANY_REQUESTS));
    let bearer = format!("Bearer {}", ada.token);
    let refused = server.connect("/ws", &[("authorization", &bearer)]).await;
    assert_eq!(refused.err(), Some(StatusCode::TOO_MANY_REQUESTS), "without a ticket");
    let mut late = server.connect("/ws", &[]).await.unwrap();
    let error =
        late.refused(&format!(r#"{{"type":"auth","payload":{{"token":"{}"}}}}"#, ada.token)).await;
    assert_eq!(error.code, ErrorCode::RateLimited);
    assert_eq!(late.closed().await.0, 1008, "by first message");
    open(&server, &bo, &[]).await.unwrap();
    drop((first, second, late));
    server.settles_to(&before).await;
    open(&server, &ada, &[]).await.unwrap();
}

#[tokio::test]
async fn an_address_has_so_many_sockets_and_a_trusted_proxy_tells_which_it_is() {
    let flags = ["--max-sockets-per-address=2", "--trusted-proxies=127.0.0.0/8"];
    let server = Server::start_with(&flags).await;
    let ada = server.owner("ada").await;
    let from = |address| [("x-forwarded-for", address)];
    let _first = open(&server, &ada, &from("192.0.2.1")).await.unwrap();
    let _second = open(&server, &ada, &from("192.0.2.1")).await.unwrap();
    assert_eq!(
        open(&server, &ada, &from("192.0.2.1")).await.err(),
        Some(StatusCode::TOO_MANY_REQUESTS)
    );
    let refused = server.connect("/ws", &from("192.0.2.1")).await;
    assert_eq!(
        refused.err(),
        Some(StatusCode::TOO_MANY_REQUESTS),
        "before anybody is authenticated"
    );
    let _third = open(&server, &ada, &from("192.0.2.2")).await.unwrap();
}

#[tokio::test]
async fn the_server_has_so_many_sockets_and_no_more() {
    let server = Server::start_with(&["--max-sockets=1"]).await;
    let ada = server.owner("ada").await;
    let _first = open(&server, &ada, &[]).await.unwrap();
    assert_eq!(open(&server, &ada, &[]).await.err(), Some(StatusCode::SERVICE_UNAVAILABLE));
    assert_eq!(server.connect("/ws", &[]).await.err(), Some(StatusCode::SERVICE_UNAVAILABLE));
}

#[tokio::test]
async fn a_body_has_so_many_bytes_and_no_more() {
    let server = Server::start().await;
    let body = r#"{"username":"ada","password":"x"}"#;
    let fits = format!("{body}{}", " ".repeat(65_536 - body.len()));
    for (body, status) in
        [(fits.clone(), StatusCode::UNAUTHORIZED), (fits + " ", StatusCode::PAYLOAD_TOO_LARGE)]
    {
        let request =
            server.post("/api/auth/login").header(header::CONTENT_TYPE, "application/json");
        assert_eq!(request.body(body).send().await.unwrap().status(), status);
    }
}

#[tokio::test]
async fn what_is_counted_can_be_scraped() {
    let server = Server::start().await;
    let ada = server.owner("ada").await;
    let mut socket = ada.follow(&server, "general").await;
    socket.chat("general", "hush hush").await;
    socket.refused("nonsense").await;
    let response = server.get("/metrics").send().await.unwrap();
    assert!(
        response.headers()[header::CONTENT_TYPE]
            .to_str()
            .unwrap()
            .starts_with("text/plain; version=0.0.4")
    );
    let text = response.text().await.unwrap();
    for line in [
        "banter_connections 1",
        "banter_sockets 1",
        "banter_users_online 1",
        "banter_rooms 1",
        "banter_subscriptions 1",
        "banter_messages_received_total{type=\"chat\"} 1",
        "banter_messages_received_total{type=\"invalid\"} 1",
        "banter_errors_total{code=\"invalid_json\"} 1",
        "banter_request_duration_seconds_count{type=\"chat\"} 1",
        "banter_delivery_duration_seconds_count 1",
        "banter_http_request_duration_seconds_count{status=\"201\"} 1",
    ] {
        assert!(text.lines().any(|other| other == line), "{line} is not in\n{text}");
    }
    assert!(!text.contains("hush") && !text.contains("general"), "{text}");
}

#[tokio::test]
async fn bytes_and_closes_are_counted_one_by_one() {
    let server = Server::start_with(&["--rate-limit=off", "--heartbeat=3600/3600"]).await;
    let ada = server.owner("ada").await;
    let mut socket = ada.connect(&server).await;
    let (received, sent) = ("banter_bytes_received_total", "banter_bytes_sent_total");
    let count = async |name| server.metric(name).await.unwrap();
    let before =
        (count(received).await, count(sent).await, count("banter_messages_sent_total").await);
    socket.send_text("nonsense").await;
    let Frame::Text(answer) = socket.frame().await else { panic!("an answer was to come") };
    assert!((126..1 << 16).contains(&answer.len()), "its frame begins with four bytes");
    // Ours begins with two, and four of a mask.
    assert_eq!(count(received).await, before.0 + 6 + 8);
    assert_eq!(count(sent).await, before.1 + 4 + answer.len() as u64);
    assert_eq!(count("banter_messages_sent_total").await, before.2 + 1);
    assert_eq!(
        (count("banter_outbox_bytes").await, count("banter_outbox_max_bytes").await),
        (0, 0)
    );

    let mut broken = ada.connect(&server).await;
    broken.stream.send(Frame::binary(vec![1])).await.unwrap();
    assert_eq!(broken.closed().await.0, 1003);
    let mut unknown = server.connect("/ws?ticket=wrong", &[]).await.unwrap();
    assert_eq!(unknown.closed().await.0, 1008);
    let leaving = CloseFrame { code: 1000.into(), reason: "".into() };
    socket.stream.close(Some(leaving)).await.unwrap();
    assert_eq!(socket.closed().await.0, 1000);
    for closed in [&mut socket, &mut broken, &mut unknown] {
        soon("the end of the line", async { while closed.stream.next().await.is_some() {} }).await;
    }
    drop(ada.connect(&server).await);
    for code in [1000, 1003, 1006, 1008] {
        let name = format!("banter_closes_total{{code=\"{code}\"}}");
        soon(&name, async { while server.metric(&name).await != Some(1) {} }).await;
    }
    assert_eq!(count("banter_sockets").await, 0);
}

#[tokio::test]
async fn a_connection_follows_a_thousand_rooms_and_no_more() {
    let server = Server::start_with(LIMITED).await;
    let ada = server.owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let store = &server.app.store;
    let rooms = (0..=MAX_SUBSCRIPTIONS).map(|number| {
        let slug = format!("room-{number}");
        store.create_room(NewStoredRoom {
            name: slug.clone(),
            slug,
            private: false,
            creator: ada.user.id,
        })
    });
    let rooms = futures_util::future::try_join_all(rooms).await.unwrap();
    let (listener, session) =
        (TcpListener::bind("127.0.0.1:0").await.unwrap(), SessionId(Uuid::new_v4()));
    let stream = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let outbox = Outbox::new(stream, server.app.metrics.clone());
    let caller = Caller {
        client: ClientId(Uuid::new_v4()),
        user: bo.user.clone(),
        session,
        default_room: None,
    };
    let reply = ReplyTo {
        outbox: outbox.clone(),
        in_flight: InFlightWrites::new(outbox.clone()),
        request_id: None,
        request: "subscribe",
        received_at: Instant::now(),
        metrics: server.app.metrics.clone(),
    };
    let _connection =
        server.app.hub.connect(caller.client, bo.user.clone(), session, outbox, Arc::default());
    let serve = |request| server.app.chat.dispatch(&caller, request, &reply);
    let subscribe = |room: &Room| {
        Request::Subscribe(Subscribe { room: room.id.into(), since: None, epoch: None })
    };
    let all_but_one = rooms[1..].iter().map(|room| serve(subscribe(room)));
    futures_util::future::try_join_all(all_but_one).await.unwrap();
    assert_eq!(server.app.hub.counts().subscriptions, 1000);

    let one_more = serve(subscribe(&rooms[0])).await;
    assert!(
        matches!(&one_more, Err(error) if error.code() == ErrorCode::Forbidden),
        "{one_more:?}"
    );
    assert!(
        !store.room_access(bo.user.id, rooms[0].id.into()).await.unwrap().member,
        "refused is refused"
    );
    assert!(store.room_access(bo.user.id, rooms[1].id.into()).await.unwrap().member);
    serve(subscribe(&rooms[1])).await.unwrap();
    serve(Request::Unsubscribe(Unsubscribe { room: rooms[1].id.into() })).await.unwrap();
    serve(subscribe(&rooms[0])).await.unwrap();
    assert_eq!(server.app.hub.counts().subscriptions, 1000);
}

#[tokio::test]
async fn a_page_has_so_many_messages_and_no_more() {
    let server = Server::start().await;
    let ada = server.owner("ada").await;
    let mut socket = ada.connect(&server).await;
    for number in 1..=101 {
        socket.send(&chat("general", "x", None), &number.to_string()).await;
    }
    socket.answer("101").await;
    for (limit, found) in
        [(None, 50), (Some(99), 99), (Some(100), 100), (Some(101), 100), (Some(u64::MAX), 100)]
    {
        let history = History { room: Some("general".into()), limit, ..History::default() };
        match socket.ask(&Request::History(history)).await {
            ServerMessage::Response(Response::History(page)) => {
                assert_eq!((page.messages.len(), page.has_more), (found, true), "{limit:?}");
                assert_eq!(page.messages.last().map(|message| message.seq), Some(101), "{limit:?}");
            }
            other => panic!("{limit:?}: {other:?}"),
        }
        let query = limit.map(|limit| format!("?limit={limit}")).unwrap_or_default();
        let call =
            server.get(&format!("/api/rooms/general/messages{query}")).bearer_auth(&ada.token);
        let page: HistoryPage = call.send().await.unwrap().json().await.unwrap();
        assert_eq!((page.messages.len(), page.has_more), (found, true), "{limit:?}");
    }
}

#[tokio::test]
async fn a_page_has_so_many_members_and_no_more() {
    let server = Server::start().await;
    let ada = server.owner("ada").await;
    let mut socket = ada.follow(&server, "general").await;
    let store = &server.app.store;
    let room = store.room_access(ada.user.id, "general".into()).await.unwrap().room;
    let joining = (1..=500).map(async |number| {
        let username = format!("guest{number:03}");
        let new = NewUser {
            username,
            display_name: None,
            password: "none".into(),
            invite: None,
            open: true,
            must_be_first: false,
        };
        store.join(vec![room], store.register(new).await.unwrap().user.id).await.unwrap();
    });
    futures_util::future::join_all(joining).await;
    for (after, limit, found, has_more) in [
        (None, None, 500, true),
        (None, Some(501), 500, true),
        (None, Some(2), 2, true),
        (None, Some(0), 1, true),
        (Some("ada"), Some(u64::MAX), 500, false),
        (Some("guest499"), None, 1, false),
        (Some("guest500"), None, 0, false),
    ] {
        let members = Members { room: "general".into(), after: after.map(str::to_owned), limit };
        match socket.ask(&Request::Members(members)).await {
            ServerMessage::Response(Response::Members(page)) => {
                let page = (page.members.len(), page.has_more, page.total, page.total_online);
                assert_eq!(page, (found, has_more, 501, 1), "{after:?} {limit:?}");
            }
            other => panic!("{after:?} {limit:?}: {other:?}"),
        }
    }
}
