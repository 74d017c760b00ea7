//! Search: what is found, by whom, and how pages follow each other.

mod equal;
mod scan;

use protocol::{
    ChatDelete, ChatEdit, ChatPin, ChatReact, ErrorCode, ErrorPayload, Message, OpId, Request,
    Response, RoomName, Search, SearchPage, ServerMessage, Timestamp,
};
use reqwest::StatusCode;
use server::store::{BuildRules, BuildStep};
use uuid::Uuid;

use crate::support::{Server, Socket, chat_with};

const ROOM: &str = "general";

/// Searches over a socket.
async fn search(socket: &mut Socket, search: Search) -> Result<SearchPage, ErrorPayload> {
    match socket.request(&Request::Search(search)).await {
        ServerMessage::Response(Response::Search(page)) => Ok(page),
        ServerMessage::Error(error) => Err(error),
        other => panic!("expected results, got {other:?}"),
    }
}

fn query(query: &str) -> Search {
    Search { query: query.into(), ..Search::default() }
}

/// Returns the texts that a query finds.
async fn found(socket: &mut Socket, text: &str) -> Vec<String> {
    let page = search(socket, query(text)).await.unwrap();
    assert_eq!(page.total, page.results.len() as u64, "{text}");
    page.results.into_iter().map(|found| found.message.text.unwrap()).collect()
}

async fn say(socket: &mut Socket, room: &str, text: &str) -> Message {
    let sent = socket.say(chat_with(room, text, &[])).await.unwrap();
    Message { id: sent.id, room: sent.room, seq: sent.seq, ..Message::default() }
}

/// Builds the index until nothing is due by these rules.
pub(super) async fn build(server: &Server, rules: BuildRules) {
    while build_once(server, rules).await == BuildStep::Done {}
}

async fn build_once(server: &Server, rules: BuildRules) -> BuildStep {
    // The server's own task may have the lease, and does not mind another builder.
    server.sql("UPDATE search_builder SET leased_until = 0");
    let lease = (Uuid::new_v4(), Timestamp::from_millis(i64::MAX / 2));
    server.app.store.build_search(lease, rules).await.unwrap()
}

/// Rules that leave nothing to be done.
pub(super) const ALL: BuildRules =
    BuildRules { rows: 1, segments: 3, postings: 4_000, stale_for: 0 };

#[tokio::test]
async fn messages_are_found_by_words_phrases_and_operators() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let bob = server.join("bob", &ada).await;
    let (mut ada_socket, mut bob_socket) =
        (ada.subscriber(&server, ROOM).await, bob.subscriber(&server, ROOM).await);
    let first = say(&mut ada_socket, ROOM, "The Donaudampfschiff leaves at noon").await;
    let file = bob.send_file(&server, "Fahrplan.pdf", b"%PDF-1.4").await;
    bob_socket.say(chat_with(ROOM, "see the plan, @ada", &[&file])).await.unwrap();
    say(&mut bob_socket, ROOM, "or https://example.com/plan").await;
    let id = Some(OpId(Uuid::new_v4()));
    let (room, on) = (Some(RoomName::from(ROOM)), true);
    let pin = ChatPin { room: room.clone(), id: first.id, op: id, on };
    ada_socket.ask(Request::ChatPin(pin)).await.unwrap();
    let op = Some(OpId(Uuid::new_v4()));
    let react = ChatReact { room, id: first.id, op, emoji: "👍".into(), on };
    ada_socket.ask(Request::ChatReact(react)).await.unwrap();
    let (ship, plan, link) = (
        "The Donaudampfschiff leaves at noon",
        "see the plan, @ada",
        "or https://example.com/plan",
    );
    for is_built in [false, true] {
        if is_built {
            build(&server, ALL).await;
        }
        for (text, texts) in [
            ("schiff", vec![ship]),
            ("DONAU noon", vec![ship]),
            ("chiff x", vec![]),
            ("pl", vec![link, plan]),
            ("lan", vec![link, plan]),
            ("plan -https", vec![plan]),
            ("\"the plan\"", vec![plan]),
            ("\"the  PLA", vec![plan]),
            ("fahrplan", vec![plan]),
            ("from:bob", vec![link, plan]),
            ("from:@bob has:link", vec![link]),
            ("from:ada from:bob plan", vec![link, plan]),
            ("has:file", vec![plan]),
            ("has:image", vec![]),
            ("has:reaction", vec![ship]),
            ("is:pinned", vec![ship]),
            ("is:thread", vec![]),
            ("in:general on:2020-02-03", vec![]),
            ("after:2020-02-03 noon", vec![ship]),
            ("before:2020-02-03 noon", vec![]),
            ("mentions:me", vec![plan]),
            ("from:ada -in:general", vec![]),
        ] {
            assert_eq!(found(&mut ada_socket, text).await, texts, "{text}, built: {is_built}");
        }
        assert_eq!(found(&mut bob_socket, "mentions:me").await, Vec::<String>::new());
    }
    let page = search(&mut ada_socket, query("plan")).await.unwrap();
    assert_eq!(page.results[0].ranges, [[23, 27]]);
    assert_eq!(page.results[1].ranges, [[8, 12]], "the name of the file is not in the text");
    assert_eq!(page.results[0].room, first.room);
}

#[tokio::test]
async fn what_is_wrong_in_a_query_is_refused() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let bob = server.join("bob", &ada).await;
    ada.create_room(&server, "secret", true).await;
    let mut socket = bob.connect(&server).await;
    for text in ["", "-plan", "from:", "from:nobody", "in:secret", "in:nowhere", "has:x", "on:x"] {
        let refused = search(&mut socket, query(text)).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::InvalidFormat, "{text}");
        assert_eq!(refused.errors[0].field, "query", "{text}");
    }
    for (room, code) in [("secret", ErrorCode::NotFound), ("general", ErrorCode::InvalidFormat)] {
        let wrong = Search { room: Some(room.into()), cursor: Some("x".into()), ..query("plan") };
        let wrong =
            if code == ErrorCode::NotFound { Search { cursor: None, ..wrong } } else { wrong };
        assert_eq!(search(&mut socket, wrong).await.unwrap_err().code, code, "{room}");
    }
    let zone = Search { time_zone: Some("Nowhere".into()), ..query("plan") };
    assert_eq!(search(&mut socket, zone).await.unwrap_err().errors[0].field, "time_zone");
    let response = server.get("/api/search?query=-x").bearer_auth(&bob.token).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let response = server.get("/api/search?query=x").send().await.unwrap();
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn only_what_one_may_see_at_that_moment_is_found() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let bob = server.join("bob", &ada).await;
    let mut socket = bob.connect(&server).await;
    let mut ada_socket = ada.connect(&server).await;
    for (room, is_private) in [("open", false), ("secret", true)] {
        ada.create_room(&server, room, is_private).await;
        say(&mut ada_socket, room, &format!("needle of {room}")).await;
    }
    for is_built in [false, true] {
        if is_built {
            build(&server, ALL).await;
        }
        // Of public rooms, those that are named are searched without being a member.
        assert_eq!(found(&mut socket, "needle").await, Vec::<String>::new());
        assert_eq!(found(&mut socket, "needle in:open").await, ["needle of open"]);
        assert_eq!(ada.add(&server, "secret", "bob").await, StatusCode::NO_CONTENT);
        assert_eq!(found(&mut socket, "needle").await, ["needle of secret"]);
        assert_eq!(found(&mut socket, "needle in:secret").await, ["needle of secret"]);
        let first = Search { limit: Some(1), ..query("needle -x") };
        search(&mut socket, first).await.unwrap();
        assert_eq!(ada.remove(&server, "secret", "bob").await, StatusCode::NO_CONTENT);
        assert_eq!(found(&mut socket, "needle").await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_message_is_found_as_it_is_now() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let mut socket = ada.subscriber(&server, ROOM).await;
    let first = say(&mut socket, ROOM, "before the edit").await;
    for is_built in [false, true] {
        if is_built {
            build(&server, ALL).await;
        }
        let (from, to) = if is_built { ("after", "finally") } else { ("before", "after") };
        assert_eq!(found(&mut socket, from).await.len(), 1);
        let edit = ChatEdit {
            room: Some(ROOM.into()),
            id: first.id,
            op: Some(OpId(Uuid::new_v4())),
            text: format!("{to} the edit"),
            files: None,
        };
        socket.ask(Request::ChatEdit(edit)).await.unwrap();
        assert_eq!(found(&mut socket, from).await, Vec::<String>::new());
        assert_eq!(found(&mut socket, to).await.len(), 1);
    }
    build(&server, ALL).await;
    let delete = ChatDelete { room: Some(ROOM.into()), id: first.id, op: None };
    socket.ask(Request::ChatDelete(delete)).await.unwrap();
    assert_eq!(found(&mut socket, "edit").await, Vec::<String>::new());
    // Nothing of it is left in the index.
    build(&server, ALL).await;
    assert_eq!(server.number("SELECT count(*) FROM search_grams"), 0);
}

#[tokio::test]
async fn long_texts_are_indexed_too() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let mut socket = ada.subscriber(&server, ROOM).await;
    for number in 0..300 {
        say(&mut socket, ROOM, &format!("long{number} and other words")).await;
    }
    // A segment is full long before it has as many messages as a large one.
    let rules = BuildRules { rows: 5, segments: 2, postings: 100, stale_for: i64::MAX / 2 };
    for _ in 0..200 {
        build_once(&server, rules).await;
    }
    assert_eq!(build_once(&server, rules).await, BuildStep::Idle, "it comes to an end");
    assert!(server.number("SELECT count(*) FROM search_pending") < 5);
    // The first connection has answered no heartbeat meanwhile.
    let mut socket = ada.subscriber(&server, ROOM).await;
    for number in [0, 150, 299] {
        assert_eq!(found(&mut socket, &format!("long{number} -longer")).await.len(), 1, "{number}");
    }
}

#[tokio::test]
async fn pages_follow_each_other() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let mut socket = ada.subscriber(&server, ROOM).await;
    for number in 0..7 {
        say(&mut socket, ROOM, &format!("needle {number}")).await;
    }
    let mut cursor = None;
    let mut texts = Vec::new();
    loop {
        let page = Search { limit: Some(3), cursor, ..query("needle") };
        let page = search(&mut socket, page).await.unwrap();
        assert_eq!((page.total, page.more, page.incomplete), (7, false, false));
        let found = page.results.into_iter().map(|found| found.message.text.unwrap());
        texts.extend(found);
        // What comes meanwhile changes nothing.
        say(&mut socket, ROOM, "needle, late").await;
        match page.next {
            Some(next) => cursor = Some(next),
            None => break,
        }
    }
    let all: Vec<_> = (0..7).rev().map(|number| format!("needle {number}")).collect();
    assert_eq!(texts, all);
    // A cursor is of one search.
    let first = search(&mut socket, Search { limit: Some(3), ..query("needle") }).await.unwrap();
    let other = Search { cursor: first.next, ..query("needl") };
    assert_eq!(search(&mut socket, other).await.unwrap_err().code, ErrorCode::InvalidFormat);
    let page = server.get("/api/search?query=needle&limit=2").bearer_auth(&ada.token);
    let page: SearchPage = page.send().await.unwrap().json().await.unwrap();
    assert_eq!(page.results.len(), 2);
}
